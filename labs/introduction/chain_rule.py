"""链式法则：一句话的概率，是每一步条件概率的乘积；连乘会下溢，所以加对数。

    p(x_1 … x_T) = Π_t p(x_t | x_1 … x_{t−1})          ln p = Σ_t ln p(x_t | x_1 … x_{t−1})

手算一遍（TOY，为手算编的概率，一个词一个词元）：

    他把书放在桌上：0.2 · 0.1 · 0.05 · 0.2 · 0.25 = 5 × 10⁻⁵        ln：−9.9035
    他把桌放在书上：0.2 · 0.1 · 0.005 · 0.02 · 0.005 = 1 × 10⁻⁸     ln：−18.4207

同一张表倒过来用就是生成：从第一个词起，每一步照条件概率抽一个（draw 在 sampling.py）。

不含：结束词元（TOY 的句子都是五个词，长度固定，所以各句概率之和仍是 1）。
正文：docs/01-introduction/language-models.md。
"""

import math
from collections.abc import Iterable, Mapping, Sequence

Prefix = tuple[str, ...]
REST = "其他"  # 其余的词合成一格，使每一步的概率加起来是 1

TOY: Mapping[Prefix, Mapping[str, float]] = {
    (): {"他": 0.2, REST: 0.8},
    ("他",): {"把": 0.1, REST: 0.9},
    ("他", "把"): {"书": 0.05, "桌": 0.005, REST: 0.945},
    ("他", "把", "书"): {"放在": 0.2, REST: 0.8},
    ("他", "把", "书", "放在"): {"桌上": 0.25, "书上": 0.05, REST: 0.7},
    ("他", "把", "桌"): {"放在": 0.02, REST: 0.98},
    ("他", "把", "桌", "放在"): {"书上": 0.005, REST: 0.995},
}


# --8<-- [start:chain-rule]
def conditionals(table: Mapping[Prefix, Mapping[str, float]], words: Sequence[str]) -> list[float]:
    """每个词在它前面那些词之后的概率；表里没有的前缀或词，抛出 ValueError。"""
    found = []
    for t, word in enumerate(words):
        prefix = tuple(words[:t])
        if word not in table.get(prefix, {}):
            raise ValueError(f"words 的第 {t + 1} 个词 {word!r}：表里没有它在 {prefix!r} 之后的概率。")
        found.append(table[prefix][word])
    return found


def log_probability(probabilities: Iterable[float]) -> float:
    """Σ ln p，以奈特计；有一个是 0，整句就是 −∞。"""
    total = 0.0
    for p in probabilities:
        if not 0 <= p <= 1:
            raise ValueError(f"probabilities 里应是 0 到 1 的数，得到 {p!r}。")
        total += math.log(p) if p > 0 else -math.inf
    return total


# --8<-- [end:chain-rule]


# --8<-- [start:log-sum-exp]
def log_sum_exp(values: Sequence[float]) -> float:
    """ln Σ exp(v)：把几个概率加起来，全程不离开对数；先减最大值。"""
    if not values:
        raise ValueError("values 至少要有一个数，得到空的序列。")
    peak = max(values)
    if peak == -math.inf:
        return peak  # 全是 0，和也是 0
    return peak + math.log(sum(math.exp(v - peak) for v in values))


# --8<-- [end:log-sum-exp]


def product(probabilities: Iterable[float]) -> float:
    """老老实实连乘，用来看它在第几步变成 0。"""
    return math.prod(probabilities)
