"""pass@k：让模型试 k 次，至少对一次的概率。先多抽 n 次，再估计。

    真值      1 − (1 − p)^k                       p 是一次做对的概率，不知道
    直觉的估计  1 − (1 − c/n)^k                    抽 n 次对 c 次，把 c/n 代进去；偏低
    无偏的估计  1 − C(n − c, k) / C(n, k)          从这 n 次里任取 k 次，全错的组合占几成

手算一遍（n = 5，c = 2，k = 2）：任取两次共 C(5,2) = 10 种，全错 C(3,2) = 3 种，无偏估计 0.7；
直觉的估计 1 − 0.6² = 0.64。
极端情形：n = k 时，直觉的估计也不等于“至少对一次”：c = 1，n = k = 2 给 0.75，明明这两次里就有一次对。

来源：chen2021evaluating，2.1 节与附录 A。
不含：题目难度的先验、多数投票（maj@k）。
正文：docs/02-capabilities/lab-harness.py。
"""

import math
from collections.abc import Callable

import numpy as np

from labs.common.validate import check_count

Estimator = Callable[[int, int, int], float]


def _check(n: int, c: int, k: int) -> None:
    check_count("n", n)
    check_count("c", c, 0)
    check_count("k", k)
    if c > n:
        raise ValueError(f"c 应不大于 n = {n}，得到 {c}。")
    if k > n:
        raise ValueError(f"k 应不大于 n = {n}，得到 {k}：没抽够 k 次，估不出 pass@k。")


# --8<-- [start:pass-at-k]
def pass_at_k(n: int, c: int, k: int) -> float:
    """抽 n 次、对 c 次时，pass@k 的无偏估计；错的不足 k 次，任取 k 次必有一次对，得 1。"""
    _check(n, c, k)
    return 1 - math.comb(n - c, k) / math.comb(n, k)  # comb(a, k) 在 a < k 时是 0；整数相除，不会溢出


def naive_pass_at_k(n: int, c: int, k: int) -> float:
    """把 c/n 当作真正的概率代进 1 − (1 − p)^k：平均偏低。"""
    _check(n, c, k)
    return 1 - (1 - c / n) ** k


# --8<-- [end:pass-at-k]


def true_pass_at_k(p: float, k: int) -> float:
    """一次做对的概率是 p，独立试 k 次至少对一次的概率。"""
    check_count("k", k)
    if not 0 <= p <= 1:
        raise ValueError(f"p 应在 0 与 1 之间，得到 {p!r}。")
    return 1 - (1 - p) ** k


def expected_estimate(estimator: Estimator, p: float, n: int, k: int) -> float:
    """估计的期望：对 c = 0, …, n 按二项分布精确求和，不用抽样。"""
    true_pass_at_k(p, k)  # 只为检查 p 与 k
    _check(n, 0, k)
    return math.fsum(
        math.comb(n, c) * p**c * (1 - p) ** (n - c) * estimator(n, c, k) for c in range(n + 1)
    )


def simulate(estimator: Estimator, p: float, n: int, k: int, n_trials: int, seed: int = 0) -> float:
    """抽 n_trials 份样本，各估一次，取平均；与 expected_estimate 应当相符。"""
    true_pass_at_k(p, k)
    _check(n, 0, k)
    check_count("n_trials", n_trials)
    counts = np.random.default_rng(seed).binomial(n, p, size=n_trials)
    return float(np.mean([estimator(n, int(c), k) for c in counts]))
