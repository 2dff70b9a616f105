"""语言税：同一份内容，一种语言的词元数是基准语言的几倍；它改变价钱与装得下的内容。

    税率   τ = T_ℓ / T_e                       T 是同一批平行文本的词元总数，e 是基准语言
    拆开   τ = (B_ℓ / B_e) · (c_e / c_ℓ)       B 是字节总数，c = B / T 是一个词元平均装几个字节
    价钱   按词元收费，同样的内容花 τ 倍；窗口 W 个词元，装得下的内容只有基准语言的 1/τ

手算一遍（两条文本，英语 10 与 30 个词元，另一种语言 20 与 40 个）：τ = 60/40 = 1.5。
先逐条相除再平均是 (2 + 1.333)/2 = 1.667：短的一条与长的一条算得一样重，不是账单上的倍数。

误差：条是抽样的单位，自助法一次抽一整条，两种语言一起抽；译文长短由条决定，不能拆开抽。
来源：petrov2023language（他们叫 premium）。不含：推理的计算量，模型在这种语言上答得好不好。
正文：docs/03-harms-bias/disparities.md。
"""

import math
from collections.abc import Sequence

import numpy as np

from labs.common.validate import check_count


def check_counts(name: str, counts: Sequence[int]) -> None:
    """要求 counts 是非空的一列正整数：空的文本没有税率可言；否则抛出 ValueError。"""
    if len(counts) == 0:
        raise ValueError(f"{name} 是空的，没有文本可比。")
    for index, count in enumerate(counts):
        check_count(f"{name}[{index}]", count)


def check_pair(counts: Sequence[int], base: Sequence[int]) -> None:
    """要求两列计数都合格、一样长：同一下标是同一条的两种语言。"""
    check_counts("counts", counts)
    check_counts("base", base)
    if len(counts) != len(base):
        raise ValueError(f"base 应与 counts 一样长（同样的条，同样的次序），即 {len(counts)}，得到 {len(base)}。")


# --8<-- [start:tax]
def tax(counts: Sequence[int], base: Sequence[int]) -> float:
    """词元总数之比 τ；counts[i] 与 base[i] 是同一条在两种语言里的词元数。"""
    check_pair(counts, base)
    return sum(counts) / sum(base)


def decompose(tokens: Sequence[int], bytes_: Sequence[int], base_tokens: Sequence[int], base_bytes: Sequence[int]) -> tuple[float, float]:
    """τ 的两个因子：字节之比、每个词元装的字节数之比的倒数；乘起来就是 τ。"""
    longer = tax(bytes_, base_bytes)
    return longer, tax(tokens, base_tokens) / longer


# --8<-- [end:tax]


def interval(
    counts: Sequence[int], base: Sequence[int], n_resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """τ 的 95% 自助区间：一次抽一整条，两种语言抽同样的条。只有一条时没有区间，抛出 ValueError。"""
    check_pair(counts, base)
    check_count("n_resamples", n_resamples)
    if len(counts) < 2:
        raise ValueError("counts 只有一条，估不出条与条之间的差别，没有区间。")
    rows = np.random.default_rng(seed).integers(len(counts), size=(n_resamples, len(counts)))  # (R, N)
    ratios = np.asarray(counts)[rows].sum(1) / np.asarray(base)[rows].sum(1)  # (R,)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


# --8<-- [start:consequences]
def extra_cost(rate: float, price: float) -> float:
    """基准语言要花 price 的内容，这种语言多花多少；负数是少花。"""
    check_rate(rate)
    return price * (rate - 1)


def usable(window: int, rate: float) -> int:
    """window 个词元的上下文，装得下相当于多少个基准语言词元的内容（向下取整）。"""
    check_count("window", window)
    check_rate(rate)
    return math.floor(window / rate)


# --8<-- [end:consequences]


def check_rate(rate: float) -> None:
    """要求 rate 是有限的正数；否则抛出 ValueError。"""
    if not 0 < rate < math.inf:
        raise ValueError(f"rate 应为有限的正数，得到 {rate!r}。")
