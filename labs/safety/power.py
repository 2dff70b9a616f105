"""多长才检得出：由绿字的比例算 z、检出的把握与所需的字数。

    倾斜后的绿字概率  g = p_G e^δ / (p_G e^δ + 1 − p_G)；分布很平时 p_G = γ，这是上限
    z 的平均值        √T (g − γ) / √(γ(1 − γ))，要它到 z₀：T = z₀² γ(1 − γ) / (g − γ)²

手算一遍：γ = 0.5，g = 0.75，z₀ = 4：T = 16 × 0.25 / 0.0625 = 64，这时约一半的把握；九成要 103。
把握按二项分布精确地算：绿字数是整数，T 加 1 有时把握反而降一点，这里取头一个够的 T。
前提：各字独立、绿的概率同为 g；真的文字里 p_G 忽高忽低，同样的平均值，方差更小。
正文：docs/04-harms-toxicity/detection.md。
"""

import math

from labs.common.validate import check_count
from labs.safety.detection import binomial_tail, z_score
from labs.safety.watermark import check_gamma

LONGEST = 100_000


def tilted_share(p_green: float, delta: float) -> float:
    """倾斜之后绿字的概率：p_G 是 0 或 1 时不变。"""
    if not 0 <= p_green <= 1:
        raise ValueError(f"p_green 应在 0 与 1 之间，得到 {p_green!r}。")
    return p_green / (p_green + (1 - p_green) * math.exp(-delta))


def length_for_z(share: float, gamma: float, z: float) -> int:
    """z 的平均值到 z 要几个字。出错：share ≤ gamma 时多长都不够，ValueError。"""
    check_share(share, gamma)
    return math.ceil(z * z * gamma * (1 - gamma) / (share - gamma) ** 2 - 1e-9)


def critical(scored: int, gamma: float, z: float) -> int:
    """z_score 超过 z 的最小绿字数；scored + 1 表示全绿也不够。"""
    count = max(0, math.floor(gamma * scored + z * math.sqrt(scored * gamma * (1 - gamma))) - 1)
    while count <= scored and z_score(count, scored, gamma) <= z:
        count += 1
    return count


def false_positive_rate(scored: int, gamma: float, z: float) -> float:
    """没有水印时，z_score 超过 z 的概率：每个字以 gamma 的机会是绿的。"""
    check_count("scored", scored)
    check_gamma(gamma)
    least = critical(scored, gamma, z)
    return 0.0 if least > scored else binomial_tail(least, scored, gamma)


def power(scored: int, share: float, gamma: float, z: float) -> float:
    """绿字的概率是 share 时，z_score 超过 z 的概率。"""
    check_count("scored", scored)
    check_share(share, gamma)
    least = critical(scored, gamma, z)
    return 0.0 if least > scored else binomial_tail(least, scored, share)


def length_for_power(share: float, gamma: float, z: float, target: float) -> int:
    """头一个使 power ≥ target 的字数。出错：target 不在 0 与 1 之间，或 10 万字还不够，ValueError。"""
    if not 0 < target < 1:
        raise ValueError(f"target 应大于 0、小于 1，得到 {target!r}。")
    check_share(share, gamma)
    start = max(1, length_for_z(share, gamma, z) // 4)
    for scored in range(start, LONGEST):
        if power(scored, share, gamma, z) >= target:
            return scored
    raise ValueError(f"share = {share} 与 gamma = {gamma} 太近，{LONGEST} 个字还不够。")


def check_share(share: float, gamma: float) -> None:
    """要求 gamma < share < 1；否则抛出 ValueError。"""
    check_gamma(gamma)
    if not gamma < share < 1:
        raise ValueError(f"share 应大于 gamma = {gamma}、小于 1，得到 {share!r}。")
