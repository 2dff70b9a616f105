"""准确率的误差：n 道题答对 c 道，真正的正确率在哪里。

    正态区间   p̂ ± z √(p̂(1 − p̂)/n)                              p̂ = c/n，95% 时 z ≈ 1.96
    Wilson    [p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)] / (1 + z²/n)

Wilson 区间是所有“没有被 z 检验拒绝”的 p：解 |p̂ − p| ≤ z √(p(1 − p)/n)，标准误用假设的 p 而不是估计的 p̂。
手算一遍（60 道对 60 道）：正态区间是 [1, 1]，宽度为零；Wilson 是 [60/(60 + 3.84), 1] = [0.940, 1]。

来源：brown2001interval（正态区间的覆盖率忽高忽低，小样本推荐 Wilson）。
不含：题目成组（同一篇文章出的几道题）时的聚类标准误。
正文：docs/02-capabilities/lab-harness.py。
"""

import math
from statistics import NormalDist

from labs.common.validate import check_count


def z_value(confidence: float = 0.95) -> float:
    """双侧置信度 → 标准正态的分位数；0.95 → 1.960。"""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence 应在 0 与 1 之间，得到 {confidence!r}。")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def check_successes(name: str, successes: int, n: int) -> None:
    """要求 n ≥ 1，successes 是 0 到 n 的整数，否则 ValueError。"""
    check_count("n", n)
    check_count(name, successes, 0)
    if successes > n:
        raise ValueError(f"{name} 应不大于 n = {n}，得到 {successes}。")


def normal_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """正态（Wald）区间，不截断：靠近 0 或 1 时会越界，也会缩成一个点。"""
    check_successes("successes", successes, n)
    p = successes / n
    half = z_value(confidence) * math.sqrt(p * (1 - p) / n)
    return p - half, p + half


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson 区间，总在 [0, 1] 里，两端的情形也有宽度。"""
    check_successes("successes", successes, n)
    p, z = successes / n, z_value(confidence)
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else (centre - half) / scale  # 两端恰好是 0 与 1，不留舍入误差
    high = 1.0 if successes == n else (centre + half) / scale
    return low, high


def unpaired_difference(a: int, b: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """当作两次独立抽样时，两个准确率之差 (a − b)/n 的正态区间；同题比较请用 paired.py。"""
    check_successes("a", a, n)
    check_successes("b", b, n)
    p, q = a / n, b / n
    half = z_value(confidence) * math.sqrt((p * (1 - p) + q * (1 - q)) / n)
    return p - q - half, p - q + half




def coverage(interval, p: float, n: int, confidence: float = 0.95) -> float:
    """真值为 p 时，区间盖住它的概率：对 0 到 n 的每种结果按二项分布求和。"""
    check_count("n", n)
    if not 0 <= p <= 1:
        raise ValueError(f"p 应在 0 与 1 之间，得到 {p!r}。")
    total = 0.0
    for c in range(n + 1):
        low, high = interval(c, n, confidence)
        if low <= p <= high:
            total += math.comb(n, c) * p**c * (1 - p) ** (n - c)
    return total
