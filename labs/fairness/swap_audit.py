"""替换测试：句子只换一个属性，看打分变不变、判断翻不翻。

    S[t, v] = 模型给“模板 t 填上值 v”的分        形状 (T, V)
    平均差   D_v = 平均_t ( S[t, v] − S̄[t, 其余] )     与同一模板里其余各值的平均相比
    翻转率   F(v, w) = 平均_t [ (S[t, v] ≥ 0.5) ≠ (S[t, w] ≥ 0.5) ]

手算一遍（两个模板、三个值，分数 0.6 0.4 0.5 与 0.8 0.3 0.4）：
第一个值的差是 0.6 − 0.45 与 0.8 − 0.35，平均 0.3；它与第二个值两句都翻，翻转率 1。

区间用 labs/capabilities/paired.py 的配对自助法，抽的是模板：它只推广到“像这些模板一样的句子”。
若模型是词的加法（朴素贝叶斯的对数比），换词的效应与模板无关，再多模板也只是同一个词的复本。
不含：值之间的语义差别（“护士”与“律师”本来就带着内容）、生成式模型、交叉的属性。
正文：docs/03-harms-bias/disparities.md。
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labs.capabilities.paired import paired_bootstrap

SLOT = "{}"


@dataclass(frozen=True)
class Finding:
    """一个值与其余各值相比：平均差、95% 区间、p 值、与其余平均分判在门槛两边的模板占几成。"""

    value: str
    gap: float
    low: float
    high: float
    p_value: float
    flips: float


# --8<-- [start:table]
def fill(template: str, value: str) -> str:
    """把值填进空位；空位须恰好一个，否则换的不是一个属性。"""
    if template.count(SLOT) != 1:
        raise ValueError(f"template 里应恰有一个 {SLOT}，得到 {template!r}。")
    return template.replace(SLOT, value)


def score_table(score: Callable[[str], float], templates: Sequence[str], values: Sequence[str]) -> np.ndarray:
    """每个模板、每个值各打一次分。形状：(T, V)。"""
    if len(templates) == 0 or len(values) < 2 or len(set(values)) < len(values):
        raise ValueError("templates 至少要一个，values 至少要两个且互不相同，否则没有可比的句子。")
    return np.array([[score(fill(template, value)) for value in values] for template in templates])


# --8<-- [end:table]


def check_table(table: np.ndarray) -> None:
    """要求 table 是 (T, V) 的有限数，T ≥ 1、V ≥ 2；否则抛出 ValueError。"""
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise ValueError(f"table 应为 (模板, 值) 的有限数，至少一行两列，得到形状 {table.shape}。")


# --8<-- [start:audit]
def rest(table: np.ndarray, column: int) -> np.ndarray:
    """每个模板里，除这一列以外各列的平均。形状：(T, V) → (T,)。"""
    check_table(table)
    return np.delete(table, column, axis=1).mean(1)


def flip_rate(a: Sequence[float], b: Sequence[float], threshold: float = 0.5) -> float:
    """两列分数里，过不过门槛不一致的占几成。"""
    if len(a) == 0 or len(a) != len(b):
        raise ValueError(f"a 与 b 应一样长且非空，得到 {len(a)} 与 {len(b)}：没有句子就没有翻转率。")
    return float(((np.asarray(a) >= threshold) != (np.asarray(b) >= threshold)).mean())


def audit(table: np.ndarray, values: Sequence[str], threshold: float = 0.5, n_resamples: int = 10_000) -> list[Finding]:
    """每个值与其余各值的平均相比；p 值没有校正，交给 multiple_comparisons。"""
    check_table(table)
    if len(values) != table.shape[1]:
        raise ValueError(f"values 应有 {table.shape[1]} 个，与 table 的列数相同，得到 {len(values)}。")
    found = []
    for column, value in enumerate(values):
        others = rest(table, column)
        c = paired_bootstrap(table[:, column].tolist(), others.tolist(), n_resamples)
        flips = flip_rate(table[:, column], others, threshold)
        found.append(Finding(value, c.difference, c.low, c.high, c.p_value, flips))
    return found


# --8<-- [end:audit]


def logit(p: float) -> float:
    """ln(p/(1 − p))；0 与 1 没有有限的值，抛出 ValueError。"""
    if not 0 < p < 1:
        raise ValueError(f"p 应大于 0、小于 1，得到 {p!r}。")
    return math.log(p / (1 - p))
