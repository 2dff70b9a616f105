"""比较许多次时，哪些差距算发现：Benjamini–Hochberg 的步升法，与更严的 Bonferroni。

    把 m 个 p 值从小到大排好，p_(1) ≤ … ≤ p_(m)
    BH     找最大的 k，使 p_(k) ≤ k·α/m；前 k 个都算发现
    调整后  q_(i) = min_{k ≥ i} m·p_(k)/k，不超过 1；q ≤ α 与上面的步升法是同一批

手算一遍（α = 0.05，p = 0.010、0.013、0.035、0.039、0.200）：门槛 0.010、0.020、0.030、0.040、0.050。
从大往小看，第 4 个 0.039 ≤ 0.040，前四个都算发现，连第 3 个 0.035 > 0.030 也算。
Bonferroni 要 p ≤ 0.010，只剩第 1 个；不校正是四个。

控制的是错误发现的平均比例不超过 α，不是“一个也不错”；证明要求各检验独立（或某种正相关）。
没有检验，就没有发现率可言，抛出 ValueError。
来源：benjamini1995controlling。正文：docs/03-harms-bias/disparities.md。
"""

from collections.abc import Sequence

import numpy as np


def check_p_values(p_values: Sequence[float]) -> np.ndarray:
    """要求 p_values 是非空的一列 0 到 1 之间的数；返回一维数组。"""
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not p.size:
        raise ValueError(f"p_values 应为非空的一列，得到形状 {p.shape}。")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p_values 应都在 0 与 1 之间；检查有没有 NaN。")
    return p


def check_alpha(alpha: float) -> None:
    """要求 0 < alpha < 1；否则抛出 ValueError。"""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha 应大于 0、小于 1，得到 {alpha!r}。")


# --8<-- [start:bh]
def step_up(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """哪些算发现：从大往小找第一个过线的，它和比它小的都算。"""
    check_alpha(alpha)
    p = check_p_values(p_values)
    order = np.argsort(p, kind="stable")
    passing = np.nonzero(p[order] <= alpha * np.arange(1, p.size + 1) / p.size)[0]
    found = np.zeros(p.size, dtype=bool)
    if passing.size:
        found[order[: passing[-1] + 1]] = True
    return found.tolist()


# --8<-- [end:bh]


def adjusted(p_values: Sequence[float]) -> list[float]:
    """BH 调整后的 q 值，次序同 p_values；从大往小取累积最小。"""
    p = check_p_values(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    q = np.empty(p.size)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q.tolist()


def bonferroni(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """哪些 p ≤ α/m：一个也不许错的机会至少 1 − α。"""
    check_alpha(alpha)
    p = check_p_values(p_values)
    return (p <= alpha / p.size).tolist()
