"""要多少对模板，才看得出给定的差距；模板互为复本时，实际有几对。

    对数   n = ((z_{1−α/2m} + z_β) · s / δ)²        s 是一对之差的标准差，δ 是要看出的差距，m 是比较的次数
    有效数  n_eff = n / (1 + (k − 1) ρ)              每 k 对共用一个词，同词两对之差的相关是 ρ

手算一遍：δ = 0.02，s = 0.10，α = 0.05，把握 80%：(1.960 + 0.842) × 0.10 / 0.02 = 14.01，平方 196.2，取 197 对。
比较 34 次、按 Bonferroni，z 从 1.960 变成 3.180，要 405 对。ρ = 1 时，每个词造再多模板，n_eff 只等于词数。

判断只有翻与不翻时 s² 由两头的比例与相关决定，就是 labs/capabilities/gap.py 的 item_variance；两处给出同样的对数。
前提：差近似正态，n 不太小；n < 20 时应改用 t 分布或模拟。
正文：docs/03-harms-bias/disparities.md。
"""

import math
from statistics import NormalDist

from labs.common.validate import check_count


def quantile(probability: float) -> float:
    """标准正态的分位数。"""
    return NormalDist().inv_cdf(probability)


def check_positive(name: str, value: float) -> None:
    """要求 value 是有限的正数；否则抛出 ValueError。"""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} 应为有限的正数，得到 {value!r}。")


def multiplier(alpha: float, power: float, comparisons: int) -> float:
    """z_{1−α/2m} + z_β：差距须是标准误的几倍。"""
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise ValueError(f"{name} 应大于 0、小于 1，得到 {value!r}。")
    check_count("comparisons", comparisons)
    return quantile(1 - alpha / (2 * comparisons)) + quantile(power)


# --8<-- [start:pairs]
def pairs_needed(gap: float, sd: float, alpha: float = 0.05, power: float = 0.8, comparisons: int = 1) -> int:
    """有 power 的把握看出平均差 gap，至少几对；比较多次时按 Bonferroni 收紧 α。"""
    check_positive("gap", gap)
    check_positive("sd", sd)
    return math.ceil((multiplier(alpha, power, comparisons) * sd / gap) ** 2 - 1e-9)


def detectable_gap(pairs: float, sd: float, alpha: float = 0.05, power: float = 0.8, comparisons: int = 1) -> float:
    """pairs 对（可以是有效数，不必是整数）有 power 的把握看得出的最小差距。"""
    check_positive("pairs", pairs)
    check_positive("sd", sd)
    return multiplier(alpha, power, comparisons) * sd / math.sqrt(pairs)


def effective_pairs(pairs: int, per_word: int, correlation: float) -> float:
    """每个词用在 per_word 对里、同词两对之差相关 correlation 时，抵得上几对独立的。"""
    check_count("pairs", pairs)
    check_count("per_word", per_word)
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation 应在 0 与 1 之间，得到 {correlation!r}。")
    return pairs / (1 + (per_word - 1) * correlation)


# --8<-- [end:pairs]
