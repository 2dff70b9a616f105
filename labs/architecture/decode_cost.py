"""逐词生成的账：一张卡装得下几段对话，一步要读多少、算多少，每读一字节算几次。

    段数     = ⌊(显存 − 权重) / 每段的缓存⌋
    读的时间 = (权重 + 段数 · 每段的缓存) / 带宽          算的时间 = 段数 · 每词元的运算次数 / 峰值
    算术强度 = 运算次数 / 读的字节                        缓存这一项：普通注意力 2h / (h_kv · b)，b 是每个数的字节

手算一遍（Llama 3 8B，bf16，8,192 个词元，显存 8e10 字节）：权重 16.06e9，每段 2^30 字节，
(80 − 16.06) / 1.0737 = 59.55，装 59 段；读 79.41e9 字节，带宽 3.35e12 字节每秒要 23.7 ms；
算 59 × 1.930e10 = 1.139e12 次，峰值 9.9e14 次每秒要 1.15 ms。
来源：算术强度的写法同 zadouri2025hardware 与 li2025deep；H800 的带宽与峰值见 li2025deep。
不含：激活、分页的空隙、专家只读一部分（混合专家请勿用 step_seconds）、读与算重叠不了的部分、实际只到峰值的几成。
正文：docs/07-architecture/attention-cost.md。
"""

from labs.architecture.costs import entries, forward_flops, held, kv_cost
from labs.architecture.counter import count
from labs.architecture.model_config import Config, n_heads, number, parts_of
from labs.common.validate import check_count

BANDWIDTH = 3.35e12  # 字节每秒
PEAK = 990e12  # bf16 稠密，次每秒


def weight_bytes(config: Config) -> int:
    """全部参数按 bf16 占几个字节。"""
    return 2 * count(config).total


# --8<-- [start:conversations]
def conversations(config: Config, length: int, memory: float) -> int:
    """memory 字节的显存放下权重之后，还能维持几段长 length 的对话；一段也放不下是 0。"""
    left = memory - weight_bytes(config)
    return max(0, int(left // kv_cost(config, length)["cache"]))


def step_seconds(config: Config, length: int, batch: int) -> dict[str, float]:
    """batch 段对话各写一个词元：权重读一遍，缓存各读一遍；秒数按峰值算，是下界。"""
    check_count("batch", batch)
    read = weight_bytes(config) + batch * kv_cost(config, length)["cache"]
    flops = batch * forward_flops(config, length, "last")["total"]
    seconds = {"read": read / BANDWIDTH, "compute": flops / PEAK}
    return {"bytes": read, "flops": flops, **seconds}


# --8<-- [end:conversations]


def cache_intensity(config: Config, bytes_per_number: float = 2) -> float:
    """一个全注意力层里，每读一字节缓存做几次运算，与批大小无关。MLA 按吸收后的次序算；挑着看的模型 ValueError。"""
    if parts_of(config) & {"indexer", "compressed"}:
        raise ValueError(f"{config['model_type']} 每步只读一部分缓存，这里不会算。")
    flops = absorbed_flops(config) if "mla" in parts_of(config) else entries(config, "full", 2)[0][0]
    return flops / (held(config, "full", 2)[0][0] * bytes_per_number)


def absorbed_flops(config: Config) -> int:
    """MLA 吸收之后，一个查询对缓存里一条的运算次数：内积 2h(d_c + d_R)，取值 2h·d_c。"""
    d_c, d_r = number(config, "kv_lora_rank"), number(config, "qk_rope_head_dim")
    return 2 * n_heads(config) * (2 * d_c + d_r)
