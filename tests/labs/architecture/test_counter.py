"""数参数：正文与论文里的总数、手算、与 transformers 空壳模型逐类相等、不变量、报错。"""

import re
from collections import Counter

import pytest
import torch

from labs.architecture.counter import FOLDER, Count, count, load

# 用 transformers 5.23.0 的空壳模型（meta 设备）数出的总参数；没有安装它时也能核对
HUGGING_FACE = {
    "deepseek-v3": 671_026_404_352,
    "deepseek-v3.2": 671_877_929_216,
    "deepseek-v4-flash": 284_332_230_231,
    "deepseek-v4-pro": 1_572_997_179_491,
    "gemma-4-31b": 30_697_345_280,
    "glm-4.5": 352_797_814_784,
    "glm-5": 743_911_199_232,
    "gpt-3": 174_604_259_328,
    "gpt-oss-120b": 116_829_156_672,
    "kimi-k2": 1_026_408_209_408,
    "kimi-linear-48b-a3b": 49_122_675_072,
    "llama-3-70b": 70_553_706_496,
    "llama-3-8b": 8_030_261_248,
    "llama-3.1-405b": 405_853_388_800,
    "llama-4-maverick": 400_711_848_960,
    "mistral-7b-v0.1": 7_241_732_096,
    "muse-glimmer-30b": 27_854_780_928,
    "qwen3-235b-a22b": 235_093_634_560,
    "qwen3-8b": 8_190_735_360,
    "qwen3-next-80b-a3b": 79_674_391_296,
    "qwen3.5-397b-a17b": 396_346_350_336,
    "qwen3.8-2.4t-a95b": 2_419_804_697_984,
    "qwen3.8-27b": 26_895_998_464,
}
MLA = {
    "num_key_value_heads": 4, "q_lora_rank": 12, "kv_lora_rank": 8, "qk_nope_head_dim": 4, "qk_rope_head_dim": 2,
    "v_head_dim": 6,
}  # fmt: skip
MOE = {
    "moe_intermediate_size": 5, "num_experts_per_tok": 2, "n_routed_experts": 4, "n_shared_experts": 1,
    "n_group": 1, "topk_group": 1,
}  # fmt: skip
LINEAR = {
    "linear_conv_kernel_dim": 3, "linear_key_head_dim": 4, "linear_value_head_dim": 6,
    "linear_num_key_heads": 2, "linear_num_value_heads": 4,
}  # fmt: skip
BASE = {
    "vocab_size": 11, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2,
}  # fmt: skip
SMALL = {
    "gpt2": {"vocab_size": 11, "n_positions": 7, "n_embd": 12, "n_layer": 2, "n_head": 3},
    "gpt2-inner": {"vocab_size": 11, "n_positions": 7, "n_embd": 12, "n_layer": 2, "n_head": 3, "n_inner": 30},
    "llama": {**BASE},
    "llama-tied": {**BASE, "tie_word_embeddings": True, "attention_bias": True, "head_dim": 6},
    "mistral": {**BASE, "sliding_window": 3, "head_dim": 6},
    "qwen2": {**BASE},
    "qwen3": {**BASE, "head_dim": 6, "attention_bias": True},
    "qwen3_moe": {
        **BASE, "head_dim": 6, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5,
        "decoder_sparse_step": 2, "mlp_only_layers": [1],
    },
    "glm4_moe": {**BASE, **MOE, "head_dim": 6, "attention_bias": True, "use_qk_norm": True, "first_k_dense_replace": 1},
    "llama4_text": {
        **BASE, "head_dim": 6, "intermediate_size_mlp": 40, "num_local_experts": 4, "num_experts_per_tok": 1,
        "interleave_moe_layer_step": 2, "no_rope_layer_interval": 4, "attention_chunk_size": 3,
    },
    "gpt_oss": {
        **BASE, "head_dim": 6, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 3,
        "attention_bias": True, "layer_types": ["sliding_attention", "full_attention"] * 2,
    },
    "gemma4_text": {
        **BASE, "head_dim": 6, "global_head_dim": 8, "num_global_key_value_heads": 1, "attention_k_eq_v": True,
        "hidden_size_per_layer_input": 0, "sliding_window": 3,
        "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"],
    },
    "muse_glimmer_text": {
        **BASE, "head_dim": 6, "sliding_window": 3,
        "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"],
        "layer_rope_theta": [10000.0, 10000.0, 10000.0, 0],
    },
    "qwen3_next": {
        **BASE, **LINEAR, "head_dim": 6, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5,
        "shared_expert_intermediate_size": 7, "full_attention_interval": 4,
    },
    "qwen3_5_text": {**BASE, **LINEAR, "head_dim": 6, "full_attention_interval": 4},
    "qwen3_5_moe_text": {
        **BASE, **LINEAR, "head_dim": 6, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 5,
        "shared_expert_intermediate_size": 7, "full_attention_interval": 4,
    },
    "kimi_linear": {
        **BASE, **MLA, "q_lora_rank": None, "num_experts": 4, "num_experts_per_token": 2, "num_shared_experts": 1,
        "moe_intermediate_size": 5, "first_k_dense_replace": 1, "pad_token_id": 0,
        "linear_attn_config": {
            "full_attn_layers": [4], "kda_layers": [1, 2, 3], "num_heads": 3, "head_dim": 4, "short_conv_kernel_size": 4,
        },
    },
    "deepseek_v3": {**BASE, **MLA, **MOE, "first_k_dense_replace": 1},
    "deepseek_v32": {
        **BASE, **MLA, **MOE, "first_k_dense_replace": 1, "index_n_heads": 3, "index_head_dim": 4, "index_topk": 2,
    },
    "glm_moe_dsa": {
        **BASE, **MLA, **MOE, "first_k_dense_replace": 1, "index_n_heads": 3, "index_head_dim": 4, "index_topk": 2,
    },
    "deepseek_v4": {
        **BASE, **MOE, "num_key_value_heads": 1, "head_dim": 8, "qk_rope_head_dim": 2, "q_lora_rank": 12, "o_groups": 2,
        "o_lora_rank": 6, "index_n_heads": 3, "index_head_dim": 4, "index_topk": 2, "sliding_window": 3, "hc_mult": 4,
        "compress_ratios": [0, 128, 4, 128, 0], "num_hash_layers": 1, "intermediate_size": 5,  # transformers 里是专家宽度
    },
}  # fmt: skip


def small(name: str) -> dict:
    return {"model_type": name.split("-")[0], **SMALL[name]}


def shell(config: dict) -> dict[str, int]:
    """transformers 的空壳模型按同样的五类数出的参数。"""
    transformers = pytest.importorskip("transformers", minversion="5.23.0", reason="对照需要 transformers 5.23")
    config = dict(config)
    kind = {"kimi_k2": "deepseek_v3"}.get(config["model_type"], config["model_type"])
    del config["model_type"]
    with torch.device("meta"):
        if kind == "muse_glimmer_text":  # 没有只含文字部分的类；视觉部分建一层，名字里筛掉
            settings = transformers.CONFIG_MAPPING["muse_glimmer"](
                text_config={"model_type": kind, **config}, vision_config={"num_hidden_layers": 1}
            )
            model = transformers.AutoModelForImageTextToText.from_config(settings)
        else:
            settings = transformers.CONFIG_MAPPING[kind](**config)
            model = transformers.AutoModelForCausalLM.from_config(settings)
    found: Counter = Counter()
    for name, weight in model.named_parameters():
        if "vision" in name or "projector" in name or "adapter" in name:
            continue
        found[part(name)] += weight.numel()
    return found


def part(name: str) -> str:
    """transformers 的参数名 → 我们的类。"""
    if "lm_head" in name:
        return "head"
    if re.search(r"embed_tokens|wte|wpe", name):
        return "embedding"
    if re.search(r"self_attn|linear_attn|\.attn\.", name):
        return "attention"
    return "feed_forward" if re.search(r"mlp|feed_forward", name) else "norms"


# ---- 总数 ----


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_totals_of_real_models(name):
    assert count(load(name)).total == HUGGING_FACE[name]


def test_gpt3_worked_by_hand():
    L, d, V, n = 96, 12288, 50257, 2048
    assert count(load("gpt-3")).total == L * (12 * d**2 + 13 * d) + V * d + n * d + 2 * d == 174_604_259_328


def test_llama3_8b_worked_by_hand():
    """一块 218,112,000 见“Transformer 块”一节；词表 128,256 × 4,096 一进一出，最后一个归一化。"""
    answer = count(load("llama-3-8b"))
    assert answer.attention + answer.feed_forward + answer.norms - 4096 == 32 * 218_112_000
    assert answer.embedding == answer.head == 128_256 * 4096
    assert answer.multiplied == answer.total - answer.embedding - answer.norms == 7_504_658_432


def test_active_parameters_reported_by_vendors():
    """DeepSeek-V3 说 37B，两种口径都合；gpt-oss-120b 说 5.1B，只有不算输入词表才合。"""
    deepseek, oss = count(load("deepseek-v3")), count(load("gpt-oss-120b"))
    assert round(deepseek.active / 1e9, 2) == 37.55
    assert round(deepseek.active_without_embedding / 1e9, 2) == 36.63
    assert round(oss.active / 1e9, 2) == 5.71
    assert round(oss.active_without_embedding / 1e9, 2) == 5.13


# ---- 对照 ----


@pytest.mark.parametrize("name", SMALL)
def test_small_models_equal_transformers_part_by_part(name):
    answer = count(small(name))
    parts = {key: getattr(answer, key) for key in ("embedding", "attention", "feed_forward", "norms", "head")}
    assert parts == {key: shell(small(name))[key] for key in parts}


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_real_models_equal_transformers(name):
    found = shell(load(name))
    assert count(load(name)).total == found.total() == HUGGING_FACE[name]


# ---- 不变量 ----


@pytest.mark.parametrize("name", SMALL)
def test_what_is_used_lies_within_what_is_there(name):
    answer = count(small(name))
    assert 0 < answer.multiplied < answer.active <= answer.total
    assert answer.active_without_embedding <= answer.active


def test_layers_add_up():
    """层数翻倍，只有层里的部分翻倍。"""
    one, two = count(small("llama")), count({**small("llama"), "num_hidden_layers": 8})
    assert two.total - one.total == one.total - one.embedding - one.head - 16


def test_choosing_more_experts_changes_only_what_is_active():
    few, many = (count({**small("deepseek_v3"), "num_experts_per_tok": k}) for k in (1, 4))
    assert few.total == many.total
    assert many.active - few.active == 3 * 3 * (3 * 16 * 5)  # 三层，多三个专家，每个三张 16 × 5
    assert many.active == many.total


def test_sharing_the_vocabulary_saves_one_table():
    config = {**load("llama-3-8b"), "tie_word_embeddings": True}
    tied, free = count(config), count(load("llama-3-8b"))
    assert free.total - tied.total == 128_256 * 4096
    assert tied.multiplied == free.multiplied  # 那张表仍要乘一次
    assert tied.active_without_embedding == tied.active


def test_windows_and_positions_cost_no_parameters():
    assert count({**load("mistral-7b-v0.1"), "sliding_window": None}).total == HUGGING_FACE["mistral-7b-v0.1"]


# ---- 报错 ----


def test_unknown_names_and_parts_are_refused():
    with pytest.raises(ValueError, match="没有配置 gpt-5；现有：deepseek-v3、"):
        load("gpt-5")
    with pytest.raises(ValueError, match="model_type 应为"):
        count({"model_type": "mamba"})
    with pytest.raises(ValueError, match="llama 的配置缺少 vocab_size"):
        count({k: v for k, v in load("llama-3-8b").items() if k != "vocab_size"})
    with pytest.raises(ValueError, match="routed_expert_hidden_size"):
        count(load("kimi-k3"))


def test_every_stored_config_is_counted_or_refused():
    assert {path.stem for path in FOLDER.glob("*.json")} == {*HUGGING_FACE, "kimi-k3"}


def test_counts_are_plain_numbers():
    answer = Count(embedding=1, attention=2, feed_forward=3, norms=4, head=0, active=10, multiplied=6)
    assert (answer.total, answer.active_without_embedding) == (10, 10)
