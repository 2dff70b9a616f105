"""两种错误：漏掉该有的词，困惑度可以到无穷；掺进不该有的词，困惑度最多涨 1/(1 − ε) 倍。

    PPL = exp(−(1/T) Σ log p_t)                          p_t 是模型给真实的第 t 个词元的概率
    q = (1 − ε) p + ε r   ⟹   PPL_q ≤ PPL_p / (1 − ε)      r 是任意的垃圾分布

手算一遍：四个词元的概率是 1/2、1/4、1/8、1/4，乘积 2⁻⁸，PPL = 2² = 4。
掺 5% 从不说对的垃圾：每个概率乘 0.95，PPL = 4/0.95 ≈ 4.21。
第三个词元的概率缩到千分之一：PPL = 4 × 1000^(1/4) ≈ 22.5；缩到 0，PPL = ∞。

来源：liang2022cs324（tale of two errors）。
正文：docs/02-capabilities/perplexity.md。
"""

import math
from collections.abc import Sequence


def check_probabilities(name: str, values: Sequence[float]) -> None:
    """要求 values 是非空的一列 0 到 1 之间的数，否则 ValueError。"""
    if not values or not all(0 <= value <= 1 for value in values):
        raise ValueError(f"{name} 应为非空的一列 0 到 1 之间的概率，得到 {values!r}。")


# --8<-- [start:perplexity]
def perplexity(probabilities: Sequence[float]) -> float:
    """逐词元概率的几何平均的倒数；有一个是 0，就是无穷。"""
    check_probabilities("probabilities", probabilities)
    if 0 in probabilities:
        return math.inf
    return math.exp(-math.fsum(math.log(p) for p in probabilities) / len(probabilities))


def mix(probabilities: Sequence[float], junk: Sequence[float], epsilon: float) -> list[float]:
    """以概率 ε 改听垃圾分布：q_t = (1 − ε) p_t + ε r_t。"""
    check_probabilities("probabilities", probabilities)
    check_probabilities("junk", junk)
    check_probabilities("epsilon", [epsilon])
    if len(junk) != len(probabilities):
        raise ValueError(f"junk 应与 probabilities 等长，即 {len(probabilities)} 个，得到 {len(junk)} 个。")
    return [(1 - epsilon) * p + epsilon * r for p, r in zip(probabilities, junk, strict=True)]


def mixture_bound(ppl: float, epsilon: float) -> float:
    """掺 ε 垃圾之后，困惑度的上界 PPL / (1 − ε)。"""
    if not ppl >= 1:
        raise ValueError(f"ppl 应不小于 1，得到 {ppl!r}。")
    if not 0 <= epsilon < 1:
        raise ValueError(f"epsilon 应在 [0, 1) 里，得到 {epsilon!r}。")
    return ppl / (1 - epsilon)


# --8<-- [end:perplexity]


def clean_run(epsilon: float, length: int) -> float:
    """连写 length 个词元、一个垃圾也没抽到的概率 (1 − ε)^length：困惑度看不见的那一面。"""
    check_probabilities("epsilon", [epsilon])
    if length < 0:
        raise ValueError(f"length 应不小于 0，得到 {length!r}。")
    return (1 - epsilon) ** length
