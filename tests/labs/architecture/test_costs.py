"""算力与缓存：手算、与 torch 的计数器和真的缓存张量对照、与 kv_cache 一致、不变量、报错。"""

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from labs.architecture.costs import forward_flops, keys_seen, kv_cost, training_flops
from labs.architecture.counter import FOLDER, count, load
from labs.architecture.kv_cache import PRESETS, account
from labs.architecture.transformer_block import TransformerBlock

small = runpy.run_path(str(Path(__file__).with_name("test_counter.py")))["small"]  # 同一套小配置
GIB = 2**30
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
COUNTED = [name for name in NAMES if name != "kimi-k3"]


# ---- 手算 ----


def test_keys_seen_by_hand():
    """读 4 个词元：因果 1、2、3、4，平均 2.5；窗口 2：1、2、2、2，平均 1.75。"""
    assert keys_seen(4) == 2.5
    assert keys_seen(4, 2) == 1.75
    assert keys_seen(4, 9) == 2.5
    assert (keys_seen(4, None, "last"), keys_seen(4, 2, "last")) == (4, 2)


def test_llama3_8b_flops_by_hand():
    """2 · 7,504,658,432 加 32 层 · 4 · 32 · 128 · 4,096.5；训练是三倍。"""
    flops = forward_flops(load("llama-3-8b"), 8192)
    assert flops["matmul"] == 15_009_316_864
    assert flops["attention"] == 32 * 4 * 4096 * 4096.5 == 2_147_745_792
    assert flops["total"] == 17_157_062_656
    assert training_flops(load("llama-3-8b"), 8192) == 3 * 17_157_062_656


def test_gpt3_share_of_attention():
    """T = 2048、d = 12288：全看见是 T / 6d = 2.8%，因果减半。"""
    last, mean = (forward_flops(load("gpt-3"), 2048, which) for which in ("last", "mean"))
    layers = 24 * 12288**2 * 96  # 不计词表的矩阵乘法
    assert round(last["attention"] / layers, 3) == 0.028 == round(2048 / (6 * 12288), 3)
    assert round(mean["attention"] / layers, 3) == 0.014


def test_caches_by_hand():
    """DeepSeek-V3 每层每个词元 512 + 64 个数；Qwen3.5 只有 15 层，各 2 · 2 · 256 个数。"""
    assert kv_cost(load("deepseek-v3"), 131_072)["per_token"] == 61 * 576 * 2 == 70_272
    assert kv_cost(load("qwen3.5-397b-a17b"), 131_072)["per_token"] == 15 * 2 * 2 * 256 * 2 == 30_720
    assert kv_cost(load("kimi-k3"), 131_072)["per_token"] == 24 * 576 * 2 == 27_648
    assert kv_cost(load("kimi-k3"), 131_072)["state"] == 69 * 96 * 128 * 128 * 4
    # DeepSeek-V4-Pro：每 4 个词元一条 512 + 128（30 层），每 128 个一条 512（31 层），窗口 128 条 512
    v4 = kv_cost(load("deepseek-v4-pro"), 2**20)
    assert v4["per_token"] == 2 * (30 * 640 / 4 + 31 * 512 / 128) == 9848
    assert v4["cache"] == 2**20 * 9848 + 61 * 128 * 512 * 2
    assert round(kv_cost(load("llama-3.1-405b"), 131_072)["cache"] / GIB) == 63


def test_the_report_of_deepseek_v4_is_of_the_right_size():
    """报告：一百万词元时 Pro 的算力是 V3.2 的 27%，缓存是 10%；我们不计混合精度，缓存略大。"""
    pro, before = load("deepseek-v4-pro"), load("deepseek-v3.2")
    flops = [forward_flops(config, 2**20, "last")["total"] for config in (pro, before)]
    cache = [kv_cost(config, 2**20)["cache"] for config in (pro, before)]
    assert 0.26 < flops[0] / flops[1] < 0.28
    assert 0.10 < cache[0] / cache[1] < 0.12


# ---- 对照 ----


def test_flops_equal_those_counted_on_our_own_blocks():
    """本章的块搭一个小 Llama；计数器数的是每个查询看全部 T 个键。"""
    config = {"model_type": "llama", "vocab_size": 10, "hidden_size": 16, "intermediate_size": 24,
              "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2}  # fmt: skip
    T, B = 7, 2
    blocks = nn.Sequential(*(TransformerBlock(16, 4, 24, n_kv_heads=2) for _ in range(3)))
    table, head = nn.Embedding(10, 16), nn.Linear(16, 10, bias=False)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        head(blocks(table(torch.zeros(B, T, dtype=torch.long))))
    assert counter.get_total_flops() == B * T * forward_flops(config, T, "last")["total"]


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen2", "qwen3", "qwen3_moe", "glm4_moe", "deepseek_v3"])
def test_flops_and_caches_equal_those_of_transformers(name):
    """前向的运算次数与 KV 缓存的字节，都与 transformers 的小模型一个不差。"""
    transformers = pytest.importorskip("transformers", minversion="5.23.0", reason="对照需要 transformers 5.23")
    config, T = small(name), 7
    settings = transformers.CONFIG_MAPPING[name](**{k: v for k, v in config.items() if k != "model_type"})
    model = transformers.AutoModelForCausalLM.from_config(
        settings, attn_implementation="eager", experts_implementation="eager"
    )
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        out = model(torch.arange(T)[None], use_cache=True)
    assert counter.get_total_flops() == T * forward_flops(config, T, "last")["total"]
    assert cached(out) == kv_cost(config, T, 4)["cache"]


@pytest.mark.parametrize(("name", "windowed"), [("mistral", 4), ("gpt_oss", 2), ("kimi_linear", 0), ("qwen3_5_text", 0)])
def test_windows_and_states_equal_those_of_transformers(name, windowed):
    """transformers 的窗口缓存不存当前词元，比我们每层少一条；状态不放在 keys、values 里。"""
    transformers = pytest.importorskip("transformers", minversion="5.23.0", reason="对照需要 transformers 5.23")
    config, T = small(name), 7
    settings = transformers.CONFIG_MAPPING[name](**{k: v for k, v in config.items() if k != "model_type"})
    model = transformers.AutoModelForCausalLM.from_config(
        settings, attn_implementation="eager", experts_implementation="eager"
    )
    with torch.no_grad():
        out = model(torch.arange(T)[None], use_cache=True)
    assert kv_cost(config, T, 4)["cache"] - cached(out) == windowed * 2 * 2 * 6 * 4


def cached(out) -> int:
    layers = [layer for layer in out.past_key_values.layers if getattr(layer, "keys", None) is not None]
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in layers)


@pytest.mark.parametrize("name", ["gpt-3", "llama-3-8b", "mistral-7b-v0.1", "gpt-oss-120b"])
@pytest.mark.parametrize("length", [100, 8192, 131_072])
def test_caches_agree_with_the_module_on_caches(name, length):
    expected = account(PRESETS[name], length, "window")
    assert kv_cost(load(name), length)["cache"] == expected["cache_bytes"]
    flops = forward_flops(load(name), length, "last")
    assert flops["attention"] == expected["flops"]


def test_caches_equal_real_tensors():
    """MLA：每层一张 (T, d_c + d_R)；窗口层只留 w 行。"""
    T = 50
    latent = torch.empty(4, T, 8 + 2, dtype=torch.bfloat16)
    assert kv_cost(small("deepseek_v3"), T)["cache"] == latent.nbytes
    near, far = torch.empty(2, 2, 3, 2, 6), torch.empty(2, 2, T, 2, 6)  # 两层窗口、两层全注意力
    assert kv_cost(small("gpt_oss"), T, 4)["cache"] == near.nbytes + far.nbytes
    states = torch.empty(3, 4, 4, 6)  # 三层线性注意力，四个值头，各一张 4 × 6
    assert kv_cost(small("qwen3_5_text"), T)["state"] == states.nbytes


# ---- 不变量 ----


@pytest.mark.parametrize("name", COUNTED)
def test_longer_contexts_cost_more_and_the_last_token_most(name):
    config = load(name)
    short, long = (forward_flops(config, length) for length in (1000, 100_000))
    assert short["matmul"] == long["matmul"] == 2 * count(config).multiplied
    assert short["attention"] <= long["attention"] <= forward_flops(config, 100_000, "last")["attention"]
    assert kv_cost(config, 1000)["cache"] <= kv_cost(config, 100_000)["cache"]


@pytest.mark.parametrize("name", NAMES)
def test_past_every_window_the_cache_grows_by_the_same_bytes(name):
    config, far = load(name), 2**17
    cost = kv_cost(config, far)
    assert kv_cost(config, 2 * far)["cache"] - cost["cache"] == pytest.approx(far * cost["per_token"])


def test_half_the_bytes_half_the_cache():
    assert kv_cost(load("glm-5"), 1000, 1)["cache"] * 2 == kv_cost(load("glm-5"), 1000)["cache"]


def test_causal_attention_equals_the_rest_at_twelve_widths():
    """习题 ex:attention-equals-matmul：普通多头、d_ff = 4d 的块，因果平均看 T / 2 个键，T = 12d 时各占一半。"""
    config = {"model_type": "gpt2", "vocab_size": 1, "n_positions": 1, "n_embd": 4096, "n_layer": 1, "n_head": 32}
    flops = forward_flops(config, 12 * 4096)
    assert flops["attention"] / flops["matmul"] == pytest.approx(1, abs=1e-4)


# ---- 报错 ----


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="which 应为 mean、last 之一，得到 'max'"):
        keys_seen(4, None, "max")
    with pytest.raises(ValueError, match="context 应为不小于 1"):
        forward_flops(load("llama-3-8b"), 0)
    with pytest.raises(ValueError, match="context 应为不小于 2"):
        kv_cost(load("llama-3-8b"), 1)
    with pytest.raises(ValueError, match="缺少 sliding_window 或 attention_chunk_size"):
        kv_cost({k: v for k, v in load("gpt-oss-120b").items() if k != "sliding_window"}, 10)
