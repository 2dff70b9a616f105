"""算力与缓存：由一份 config.json 算出每个词元的运算次数，和 KV 缓存的字节。

    前向 / 词元 = 2 · N_× + Σ_层 每个键的次数 · 看到的键数      N_×：参加矩阵乘法的激活参数
    训练 / 词元 = 3 · 前向                                      反向要算对输入和对权重的梯度，是前向的两倍

手算一遍（Llama-3-8B，T = 8192）：N_× = 7,504,658,432；每层每个键 4 · 32 · 128 = 16,384 次，
因果平均看到 4,096.5 个键，32 层共 2.148e9 次；前向 1.716e10 次，训练 5.147e10 次。
键的次数：普通注意力 4 · h · d_h（内积与加权各 2）；MLA 2 · h · (d_n + d_R + d_v)，按展开后的形式算；
线性注意力没有键，每个词元更新状态约 6 · n_v · d_k · d_v 次（擦除、写入、读出各一次矩阵与向量之积）。
压缩注意力的条数按连续数算，T / 4 与 T / 128，不取整。
不含：softmax、归一化、激活函数、路由的排序、重算激活、通信、读写显存的时间；MLA 吸收权重后的次序。
正文：docs/07-architecture/counting.md。
"""

from collections import Counter

from labs.architecture.counter import count
from labs.architecture.kv_cache import kept
from labs.architecture.model_config import (
    Config,
    d_head,
    layer_kinds,
    n_heads,
    n_kv_heads,
    number,
    parts_of,
)
from labs.common.validate import check_count

KEYS = ("mean", "last")


def keys_seen(context: int, limit: int | None = None, which: str = "mean") -> float:
    """一个查询看到几个键：mean 是读 context 个词元时的平均，last 是最后那个词元；limit 是最多几个。"""
    check_count("context", context)
    if which not in KEYS:
        raise ValueError(f"which 应为 {'、'.join(KEYS)} 之一，得到 {which!r}。")
    cap = context if limit is None else kept("window", context, limit, 0)
    if which == "last":
        return cap
    return (cap * (cap + 1) / 2 + (context - cap) * cap) / context  # 先逐个增加，到顶以后不变


def window(config: Config) -> int:
    """窗口层最多看几个词元。"""
    return number(config, "sliding_window", "attention_chunk_size")


def entries(config: Config, kind: str, context: int, which: str = "mean") -> list[tuple[int, float]]:
    """一层里一个查询要做的内积：（每个键的运算次数，键数），可以有几组。"""
    parts, h = parts_of(config), n_heads(config)
    if kind == "linear":
        return [(linear_state(config) * 6, 1)]
    if "mla" in parts:
        d_n, d_r, d_v = (number(config, name) for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"))
        top = number(config, "index_topk") if "indexer" in parts else None
        main = [(2 * h * (d_n + d_r + d_v), keys_seen(context, top, which))]
        return main + ([(indexer(config), keys_seen(context, None, which))] if top else [])
    cost = 4 * h * d_head(config, kind)
    if kind == "full":
        return [(cost, keys_seen(context, None, which))]
    near = [(cost, keys_seen(context, window(config), which))]
    if kind == "hca":
        return near + [(cost, keys_seen(context, None, which) / 128)]
    if kind == "csa":
        chosen = keys_seen(context, 4 * number(config, "index_topk"), which) / 4
        return near + [(cost, chosen), (indexer(config), keys_seen(context, None, which) / 4)]
    return near


def indexer(config: Config) -> int:
    """索引器给一个键打分的次数。"""
    return 2 * number(config, "index_n_heads") * number(config, "index_head_dim")


def linear_state(config: Config) -> int:
    """一层线性注意力的状态有几个数：每个值头一张 d_k × d_v 的表。"""
    if "kda" in parts_of(config):
        linear = config.get("linear_attn_config", {})
        return number(linear, "num_heads") * number(linear, "head_dim") ** 2
    d_k, d_v = number(config, "linear_key_head_dim"), number(config, "linear_value_head_dim")
    return number(config, "linear_num_value_heads") * d_k * d_v


# --8<-- [start:flops]
def forward_flops(config: Config, context: int, which: str = "mean") -> dict[str, float]:
    """每个词元前向的运算次数，分成矩阵乘法与注意力。which 见 keys_seen。"""
    layers = Counter(layer_kinds(config))
    scores = sum(
        times * cost * keys
        for kind, times in layers.items()
        for cost, keys in entries(config, kind, context, which)
    )
    matmul = 2 * count(config).multiplied  # 每个参数一次乘、一次加
    return {"matmul": matmul, "attention": scores, "total": matmul + scores}


def training_flops(config: Config, context: int) -> float:
    """每个词元训练一步的运算次数：前向一份，反向两份。"""
    return 3 * forward_flops(config, context)["total"]


# --8<-- [end:flops]


def held(config: Config, kind: str, context: int) -> list[tuple[int, float]]:
    """一层缓存里放什么：（每条几个数，几条）。线性注意力的状态不随长度变，另算。"""
    parts = parts_of(config)
    if kind == "linear":
        return []
    if "mla" in parts:
        keys = number(config, "index_head_dim") if "indexer" in parts else 0
        return [(number(config, "kv_lora_rank") + number(config, "qk_rope_head_dim") + keys, context)]
    if "compressed" not in parts:
        limit = window(config) if kind == "window" else context
        return [(2 * n_kv_heads(config, kind) * d_head(config, kind), kept("window", context, limit, 0))]
    near = [(d_head(config), kept("window", context, window(config), 0))]  # 键与值共用一份
    if kind == "hca":
        return near + [(d_head(config), context / 128)]
    return near + ([(d_head(config) + number(config, "index_head_dim"), context / 4)] if kind == "csa" else [])


def kv_cost(config: Config, context: int, bytes_per_number: float = 2) -> dict[str, float]:
    """读到第 context 个词元时的缓存，和再长一个词元要添的字节；窗口已满的层不再增长。"""
    check_count("context", context, minimum=2)
    layers = Counter(layer_kinds(config))

    def total(length: int) -> float:
        return bytes_per_number * sum(
            times * size * n for kind, times in layers.items() for size, n in held(config, kind, length)
        )

    state = layers["linear"] * linear_state(config) * 4 if layers["linear"] else 0  # 状态常用 float32
    return {"per_token": total(context) - total(context - 1), "cache": total(context), "state": state}
