"""读 config.json：各家的键名不同，这里翻译成同一种说法——每层用哪种注意力，前馈是稠密还是混合专家。

    layer_kinds(config)   每层一个：full 全注意力、window 滑动窗口、linear 线性注意力、
                          csa 与 hca 是 DeepSeek-V4 的两种压缩注意力
    expert_layers(config) 每层一个布尔值：True 表示混合专家

手算一遍：Qwen3.5 写 full_attention_interval = 4，于是四层一组 linear、linear、linear、full；
DeepSeek-V3 写 first_k_dense_replace = 3，于是前三层稠密，其余 58 层混合专家。
来源：transformers 5.23.0 各模型的配置类，huggingface2026transformers。
不含：视觉与音频部分、多词元预测层、量化；多模态模型请先取出 text_config。
正文：docs/07-architecture/counting.md。
"""

from collections.abc import Mapping
from typing import Any

from labs.common.validate import check_count

Config = Mapping[str, Any]

# 每种 model_type 由哪些零件拼成；零件的形状在 weights.py
PARTS: dict[str, frozenset[str]] = {
    name: frozenset(parts.split())
    for name, parts in {
        "gpt2": "",
        "llama": "",
        "mistral": "",
        "qwen2": "qkv-bias",
        "qwen3": "qk-norm",
        "qwen3_moe": "qk-norm moe",
        "glm4_moe": "moe",
        "llama4_text": "moe",
        "gpt_oss": "sinks moe expert-bias",
        "gemma4_text": "qk-norm four-norms",
        "muse_glimmer_text": "gate four-norms",
        "qwen3_next": "qk-norm gate delta moe shared-gate",
        "qwen3_5_text": "qk-norm gate delta",
        "qwen3_5_moe_text": "qk-norm gate delta moe shared-gate",
        "kimi_linear": "mla kda moe",
        "deepseek_v3": "mla moe",
        "kimi_k2": "mla moe",
        "deepseek_v32": "mla indexer moe",
        "glm_moe_dsa": "mla indexer moe",
        "deepseek_v4": "compressed moe streams",
    }.items()
}

KINDS = {
    "full_attention": "full",
    "indexed_attention": "full",
    "sliding_attention": "window",
    "chunked_attention": "window",
    "linear_attention": "linear",
    "compressed_sparse_attention": "csa",
    "heavily_compressed_attention": "hca",
}
RATIOS = {0: "window", 4: "csa", 128: "hca"}  # DeepSeek-V4 的 compress_ratios


def parts_of(config: Config) -> frozenset[str]:
    """这个 model_type 的零件；不认识就抛出 ValueError，并列出认识的。"""
    name = config.get("model_type")
    if name not in PARTS:
        raise ValueError(f"model_type 应为 {'、'.join(sorted(PARTS))} 之一，得到 {name!r}。")
    return PARTS[name]


def number(config: Config, *names: str, default: int | None = None, minimum: int = 0) -> int:
    """取第一个写了的键，要求是不小于 minimum 的整数；都没写就用 default，没有 default 则抛出 ValueError。"""
    for name in names:
        if config.get(name) is not None:
            check_count(f"配置的 {name} ", config[name], minimum)
            return config[name]
    if default is None:
        raise ValueError(
            f"{config.get('model_type')} 的配置缺少 {' 或 '.join(names)}；写了的键有 {'、'.join(sorted(config))}。"
        )
    return default


def n_layers(config: Config) -> int:
    """层数，不含多词元预测层。"""
    return number(config, "num_hidden_layers", "n_layer", minimum=1)


def layer_kinds(config: Config) -> list[str]:
    """每层的注意力；没有写明的就是全注意力。出错：层数对不上，或有不认识的种类，抛出 ValueError。"""
    parts, count = parts_of(config), n_layers(config)
    if "layer_types" in config:
        kinds = [KINDS.get(kind, kind) for kind in config["layer_types"]]
    elif "compressed" in parts:  # 末尾多出的几项属于多词元预测层
        kinds = [RATIOS.get(ratio, str(ratio)) for ratio in config.get("compress_ratios", ())[:count]]
    elif "kda" in parts:  # 从 1 数起
        full = config.get("linear_attn_config", {}).get("full_attn_layers", ())
        kinds = ["full" if i in full else "linear" for i in range(1, count + 1)]
    elif "delta" in parts:
        every = number(config, "full_attention_interval", minimum=1)
        kinds = ["linear" if i % every else "full" for i in range(1, count + 1)]
    elif config["model_type"] == "llama4_text":  # 有旋转位置编码的层只看自己那一块
        every = number(config, "no_rope_layer_interval", minimum=1)
        kinds = ["window" if i % every else "full" for i in range(1, count + 1)]
    else:
        windowed = config["model_type"] == "mistral" and config.get("sliding_window")
        kinds = ["window" if windowed else "full"] * count
    strange = sorted(set(kinds) - set(KINDS.values()))
    if len(kinds) != count or strange:
        raise ValueError(f"应有 {count} 层，每层是 {'、'.join(KINDS)} 之一；得到 {len(kinds)} 层，不认识 {strange}。")
    return kinds


def expert_layers(config: Config) -> list[bool]:
    """每层的前馈是不是混合专家。"""
    count = n_layers(config)
    if "moe" not in parts_of(config):
        return [False] * count
    dense = number(config, "first_k_dense_replace", default=0)
    every = number(config, "interleave_moe_layer_step", "decoder_sparse_step", default=1, minimum=1)
    only_dense = config.get("mlp_only_layers") or ()
    return [i >= dense and (i + 1) % every == 0 and i not in only_dense for i in range(count)]


def d_head(config: Config, kind: str = "full") -> int:
    """一个头的宽度，缺省 d / h；Gemma 4 的全注意力层另有宽度。"""
    if kind == "full" and config.get("global_head_dim"):
        return number(config, "global_head_dim")
    return number(config, "head_dim", default=d_model(config) // n_heads(config))


def n_kv_heads(config: Config, kind: str = "full") -> int:
    """键值头数，缺省与查询头相同；Gemma 4 的全注意力层另有一个数。"""
    if kind == "full" and config.get("num_global_key_value_heads"):
        return number(config, "num_global_key_value_heads")
    return number(config, "num_key_value_heads", default=n_heads(config))


def d_model(config: Config) -> int:
    """模型宽度。"""
    return number(config, "hidden_size", "n_embd", minimum=1)


def n_heads(config: Config) -> int:
    """查询头数。"""
    return number(config, "num_attention_heads", "n_head", minimum=1)
