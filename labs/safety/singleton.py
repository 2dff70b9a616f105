"""只见过一次的有几成：Good–Turing 用它估计没见过的有几成，Kalai 等人用它作幻觉率的下界。

    单例率   sr = 恰好出现一次的种类数 / 样本数 N；没见过的份额 m = Σ p_i，i 不在样本里
    期望     E[sr_N] = Σ p_i (1 − p_i)^(N−1) = E[m_(N−1)]：少抽一次时没见过的份额，一步不差
    所以     0 ≤ E[sr_N] − E[m_N] = Σ p_i² (1 − p_i)^(N−1) ≤ 1/N

手算一遍：十句生日，甲三句、乙两句、丙丁戊己庚各一句：sr = 5/10 = 0.5。
再抽一句，估计有一半的机会讲的是没见过的人。
两个一样可能的人抽两句：同一人时 sr = 0、m = 0.5，不同人时 sr = 1、m = 0，平均 0.5 与 0.25。

幻觉：每人的生日是 365 天里随便一天，见过的背下来，没见过的只能猜，而训练数据从不说“不知道”；
这个模型答错的份额是 m (1 − 1/365)。kalai2025why 定理 2：任何算法，以很高的概率，
    答错的份额 ≥ sr − 2/min|E| − (35 + 6 ln N)/√N − δ
|E| 是一个问题的错误答案数，这里 364；δ 是失准的程度，这里 0；N 小时右边是负数，什么也没说。

来源：kalai2023calibrated（单例率与 Good–Turing）；kalai2025why 定理 2。不含：同一事实的不同说法、训练数据里的错。
正文：docs/04-harms-toxicity/hallucination.md。
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from labs.common.validate import check_count

DAYS = 365


def check_weights(p: np.ndarray) -> None:
    """p 应为一维、非负、和为 1 的数组；否则抛出 ValueError。形状：(K,)。"""
    if p.ndim != 1 or not p.size or not (p >= 0).all() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"p 应为一维、非负、和为 1 的数组，得到形状 {p.shape}、和 {p.sum():.6g}；先除以总和。")


# --8<-- [start:rate]
def singleton_rate(sample: Sequence[Hashable]) -> float:
    """恰好出现一次的种类数，除以样本数；空样本没有定义。"""
    if not len(sample):
        raise ValueError("sample 不应为空：没有样本，单例率没有定义。")
    return sum(n == 1 for n in Counter(sample).values()) / len(sample)


# --8<-- [end:rate]


# --8<-- [start:expected]
def expected_rate(p: np.ndarray, n: int) -> float:
    """抽 n 次，单例率的期望。形状：p 是 (K,)。"""
    check_weights(p)
    check_count("n", n)
    return float((p * (1 - p) ** (n - 1)).sum())


def expected_missing(p: np.ndarray, n: int) -> float:
    """抽 n 次（可以是 0 次），没见过的份额的期望。形状：p 是 (K,)。"""
    check_weights(p)
    check_count("n", n, minimum=0)
    return float((p * (1 - p) ** n).sum())


# --8<-- [end:expected]


def zipf(types: int, exponent: float = 1.0) -> np.ndarray:
    """第 r 名的概率与 r^(−exponent) 成正比。形状：(types,)。"""
    check_count("types", types)
    if not (0 <= exponent < math.inf):
        raise ValueError(f"exponent 应为不小于 0 的有限数，得到 {exponent!r}；0 是一样多。")
    weights = np.arange(1, types + 1, dtype=float) ** -exponent
    return weights / weights.sum()


# --8<-- [start:simulate]
def simulate(p: np.ndarray, n: int, seed: int = 0) -> tuple[float, float]:
    """抽 n 次：单例率，和真的没见过的份额。形状：p 是 (K,)。"""
    check_weights(p)
    check_count("n", n)
    counts = np.random.default_rng(seed).multinomial(n, p)  # (K,)
    return float((counts == 1).sum() / n), float(p[counts == 0].sum())


def memorizer_error(missing: float, answers: int = DAYS) -> float:
    """见过的全对、没见过的在 answers 个答案里乱猜、从不弃答：答错的份额。"""
    check_count("answers", answers, minimum=2)
    return missing * (1 - 1 / answers)


def lower_bound(rate: float, n: int, answers: int = DAYS, delta: float = 0.0) -> float:
    """kalai2025why 定理 2 的右边；负数表示这个界什么也没说。"""
    check_count("n", n)
    check_count("answers", answers, minimum=2)
    return rate - 2 / (answers - 1) - (35 + 6 * math.log(n)) / math.sqrt(n) - delta


# --8<-- [end:simulate]
