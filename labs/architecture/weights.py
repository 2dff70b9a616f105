"""把一层拆成一个个权重张量，写下每个的形状；数参数就是把形状乘起来再相加。

    Weight(形状, copies, active)   copies 份一样的（专家），每个词元用其中 active 份

手算一遍（Llama-3-8B 的一层注意力，d = 4096，h = 32，h_kv = 8，d_h = 128）：
W_Q 与 W_O 各 (4096, 4096)，W_K 与 W_V 各 (4096, 1024)，共 41,943,040 个。
形状只有一维的（归一化、偏置、汇聚项）不做矩阵乘法，算运算次数时跳过。
来源：transformers 5.23.0 的各个 modeling_*.py，huggingface2026transformers；测试逐层核对。
不含：训练时才有的参数、路由用的偏置缓冲区（不是参数）、Kimi K3 的潜空间专家。
正文：docs/07-architecture/counting.md。
"""

from typing import NamedTuple

from labs.architecture.model_config import Config, d_head, d_model, n_heads, n_kv_heads, number, parts_of

NOT_COUNTED = ("routed_expert_hidden_size", "hidden_size_per_layer_input", "num_kv_shared_layers", "mlp_bias")
OUTPUT_BIAS = ("llama", "qwen3", "qwen3_moe", "gpt_oss")  # attention_bias 也管 W_O 的


class Weight(NamedTuple):
    """一个张量：形状，有几份一样的，每个词元用几份。"""

    shape: tuple[int, ...]
    copies: int = 1
    active: int = 1


def matrices(*shapes: tuple[int, ...]) -> list[Weight]:
    """一组各只有一份的张量。"""
    return [Weight(shape) for shape in shapes]


def grouped_query(config: Config, kind: str) -> list[Weight]:
    """多头、分组查询：W_Q、W_K、W_V、W_O，加上各家的零碎。"""
    parts, d, h, d_h = parts_of(config), d_model(config), n_heads(config), d_head(config, kind)
    q, kv = h * d_h, n_kv_heads(config, kind) * d_h
    values = [] if config.get("attention_k_eq_v") and kind == "full" else [(d, kv)]  # Gemma 4：值就用键
    found = matrices((d, q), (d, kv), *values, (q, d))
    if "qkv-bias" in parts or config.get("attention_bias"):
        found += matrices((q,), (kv,), (kv,))
        found += matrices((d,)) if config["model_type"] in OUTPUT_BIAS else []
    if "qk-norm" in parts or config.get("use_qk_norm") and config["model_type"] == "glm4_moe":
        found += matrices((d_h,), (d_h,))
    if "gate" in parts:
        found += matrices((d, q))
    return found + (matrices((h,)) if "sinks" in parts else [])


def latent(config: Config) -> list[Weight]:
    """MLA：键和值先压到 d_c 维（旋转的 d_R 维另放），用时再展开。"""
    d, h, r = d_model(config), n_heads(config), number(config, "q_lora_rank", default=0)
    d_c, d_r = number(config, "kv_lora_rank"), number(config, "qk_rope_head_dim")
    d_n, d_v = number(config, "qk_nope_head_dim"), number(config, "v_head_dim")
    query = [(d, r), (r,), (r, h * (d_n + d_r))] if r else [(d, h * (d_n + d_r))]
    found = matrices(*query, (d, d_c + d_r), (d_c,), (d_c, h * (d_n + d_v)), (h * d_v, d))
    if "indexer" in parts_of(config):  # 闪电索引器：用很窄的头挑出要看的词元
        n, d_i = number(config, "index_n_heads"), number(config, "index_head_dim")
        found += matrices((r, n * d_i), (d, d_i), (d_i,), (d_i,), (d, n))
    return found


def delta_rule(config: Config) -> list[Weight]:
    """Gated DeltaNet：短卷积、逐头的遗忘与写入强度、输出门。"""
    d, width = d_model(config), number(config, "linear_conv_kernel_dim")
    n_k, n_v = number(config, "linear_num_key_heads"), number(config, "linear_num_value_heads")
    d_k, d_v = number(config, "linear_key_head_dim"), number(config, "linear_value_head_dim")
    qkv, v = 2 * n_k * d_k + n_v * d_v, n_v * d_v
    return matrices((d, qkv), (d, v), (d, n_v), (d, n_v), (qkv, width), (n_v,), (n_v,), (d_v,), (v, d))


def channel_delta_rule(config: Config) -> list[Weight]:
    """KDA：与 Gated DeltaNet 相比，遗忘细到每一维，遗忘门与输出门走低秩。"""
    linear = config.get("linear_attn_config", {})
    d, h, d_h = d_model(config), number(linear, "num_heads"), number(linear, "head_dim")
    qkv = matrices(*[(d, h * d_h)] * 3, (3 * h * d_h, number(linear, "short_conv_kernel_size")))
    gates = matrices(*[(d, d_h), (d_h, h * d_h)] * 2, (h * d_h,), (h,), (d, h))
    return qkv + gates + matrices((d_h,), (h * d_h, d))


def compressed(config: Config, kind: str) -> list[Weight]:
    """DeepSeek-V4：键值共用一个头；csa 每 4 个、hca 每 128 个词元压成一条，csa 再用索引器挑。"""
    d, h, d_h, r = d_model(config), n_heads(config), d_head(config), number(config, "q_lora_rank")
    groups, r_o = number(config, "o_groups"), number(config, "o_lora_rank")
    found = matrices((d, r), (r,), (r, h * d_h), (d, d_h), (d_h,), (h,), (h * d_h, r_o), (groups * r_o, d))
    if kind == "hca":
        found += matrices((d, d_h), (d, d_h), (128 * d_h,), (d_h,))
    if kind == "csa":  # 相邻两块有重叠，所以宽度加倍
        n, d_i = number(config, "index_n_heads"), number(config, "index_head_dim")
        found += matrices((d, 2 * d_h), (d, 2 * d_h), (4 * 2 * d_h,), (d_h,))
        found += matrices((d, 2 * d_i), (d, 2 * d_i), (4 * 2 * d_i,), (d_i,), (r, n * d_i), (d, n))
    return found


def attention(config: Config, kind: str) -> list[Weight]:
    """一层注意力的全部张量；kind 见 model_config.layer_kinds。"""
    parts = parts_of(config)
    if kind == "linear":
        return channel_delta_rule(config) if "kda" in parts else delta_rule(config)
    if "compressed" in parts:
        return compressed(config, kind)
    return latent(config) if "mla" in parts else grouped_query(config, kind)


# --8<-- [start:feed-forward-weights]
def feed_forward(config: Config, experts: bool) -> list[Weight]:
    """一层前馈：稠密的三个矩阵，或路由、专家与共享专家。"""
    parts, d = parts_of(config), d_model(config)
    wide = number(config, "intermediate_size_mlp", "intermediate_size", default=0)
    if not experts:
        return matrices((d, wide), (d, wide), (wide, d))
    E, k = number(config, "n_routed_experts", "num_experts", "num_local_experts"), experts_per_token(config)
    d_e = number(config, "moe_intermediate_size", "intermediate_size")
    found = matrices((d, E)) + [Weight(shape, E, k) for shape in [(d, d_e), (d, d_e), (d_e, d)]]
    if "expert-bias" in parts:  # gpt-oss
        found += matrices((E,)) + [Weight((2 * d_e,), E, k), Weight((d,), E, k)]
    shared = shared_width(config, d_e)
    found += matrices((d, shared), (d, shared), (shared, d)) if shared else []
    return found + (matrices((d, 1)) if "shared-gate" in parts else [])


# --8<-- [end:feed-forward-weights]


def experts_per_token(config: Config) -> int:
    """每个词元经过几个专家，不含共享专家。"""
    return number(config, "num_experts_per_tok", "num_experts_per_token")


def shared_width(config: Config, d_e: int) -> int:
    """共享专家的总宽度；没有共享专家时为 0。"""
    if config["model_type"] == "llama4_text":
        return d_e
    count = number(config, "n_shared_experts", "num_shared_experts", default=0)
    return number(config, "shared_expert_intermediate_size", default=count * d_e)


def refuse_the_uncountable(config: Config) -> None:
    """有些零件本书没有写公式；配置里用到就抛出 ValueError，免得给出一个错的总数。"""
    used = [name for name in NOT_COUNTED if config.get(name)]
    used += ["attention_bias"] if "mla" in parts_of(config) and config.get("attention_bias") else []
    if used:
        raise ValueError(f"还不会数用到 {'、'.join(used)} 的模型；KV 缓存仍可用 costs.kv_cost 计算。")
