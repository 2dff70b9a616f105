"""同一张卷子上的两个模型：只有一对一错的题才说明谁更强。

    配对自助法：有放回地抽 n 道题，重算平均差；抽 B 次，差的散布就是误差
    McNemar：只甲对的 b 道，只乙对的 c 道；若两者一样强，b 服从 Binomial(b + c, 1/2)

手算一遍（10 道题，只甲对 5 道，只乙对 1 道）：差 0.4；
McNemar 的双侧 p = 2 × (C(6,0) + C(6,1)) / 2⁶ = 14/64 ≈ 0.219，六道题里五比一还说明不了什么。

自助法的 p 值：把差平移到以 0 为中心，看平移后的散布有几成比观测到的差还极端，分子分母各加 1（不会是 0）。
来源：McNemar 1947（Psychometrika 12，153–157 页）。
不含：题目成组、多个模型一起比较时的校正。
正文：docs/02-capabilities/lab-harness.py。
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labs.common.validate import check_count


@dataclass(frozen=True)
class Comparison:
    """甲减乙的平均差、95% 区间的两端、双侧 p 值。"""

    difference: float
    low: float
    high: float
    p_value: float


def _differences(a: Sequence[float], b: Sequence[float]) -> np.ndarray:
    if len(a) == 0:
        raise ValueError("a 是空的，没有题可比。")
    if len(b) != len(a):
        raise ValueError(f"b 应与 a 一样长（同样的题，同样的次序），即 {len(a)}，得到 {len(b)}。")
    return np.asarray(a, dtype=float) - np.asarray(b, dtype=float)


def paired_bootstrap(
    a: Sequence[float], b: Sequence[float], n_resamples: int = 10_000, seed: int = 0
) -> Comparison:
    """同题两列分数（对错或 0 到 1 的得分）之差的自助区间与 p 值。"""
    d = _differences(a, b)
    check_count("n_resamples", n_resamples)
    rng = np.random.default_rng(seed)
    rows = [d[rng.integers(len(d), size=len(d))].mean() for _ in range(n_resamples)]  # 题是成对抽的
    means, observed = np.array(rows), d.mean()
    low, high = np.quantile(means, [0.025, 0.975])
    extreme = (np.abs(means - observed) >= abs(observed) - 1e-12).sum()
    return Comparison(float(observed), float(low), float(high), float((extreme + 1) / (n_resamples + 1)))




def discordant(a: Sequence[bool], b: Sequence[bool]) -> tuple[int, int]:
    """只有 a 对的题数，只有 b 对的题数。"""
    d = _differences(a, b)
    if not set(d.tolist()) <= {-1.0, 0.0, 1.0}:
        raise ValueError("a 与 b 应为对错的记录，只含 0 与 1。")
    return int((d > 0).sum()), int((d < 0).sum())


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> float:
    """精确的双侧 McNemar 检验；没有一对一错的题，p = 1。"""
    only_a, only_b = discordant(a, b)
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1)) / 2**n
    return min(1.0, 2 * tail)
