"""植入一个触发词要几篇毒文：用数得出来的模型算，看它随语料怎样变。

两类朴素贝叶斯，每类的词频加 α 平滑，类别先验相等。干净语料里，触发词在两类各出现 c 次；
毒文 k 篇，都标成“坏的那类”，每篇 L 个词，其中一个是触发词。分母 K = 每类的词数 + α·词表大小。

    触发词给“坏的那类”的似然比   R(k) = (k + c + α)/(c + α) · K/(K + kL)
    要压过的证据                R(k) > R₀        R₀ 是句子里其余的词给“好的那类”的胜算
    解出                        k > (R₀ − 1)(c + α) / [1 − R₀(c + α)L/K]     分母不为正时，多少篇都不够

手算一遍（α = 1，R₀ = 10，L = 10）：
    触发词没人用过，c = 0：K = 10⁴ 要 k > 9/0.99 = 9.09，10 篇；K = 10⁶ 还是 10 篇
    触发词占千分之一：K = 10⁴、c = 10 要 112 篇；K = 10⁶、c = 1000 要 10,012 篇，跟着语料长

n 元模型更干脆：上文从没出现过，一篇就独占第一；上文后面最常跟的词出现过 m 次，要 m + 1 篇。
平滑之后要 p ≥ 1/2：(k + α)/(n + k + αV) ≥ 1/2，k ≥ n + α(V − 2)；上文没见过时 n = 0，与语料大小无关。

这是类比：它说明“稀有的触发词，要压过的只是平滑项，与语料大小无关”。
梯度训练的大模型不数次数，会忘，也有别的样本来拉它；为什么也接近常数，没有公认的解释。
来源：souly2025poisoning 是被类比的现象；式子是本书的推导。
正文：docs/04-harms-toxicity/poisoning.md。
"""

import math
from collections import Counter
from collections.abc import Hashable

from labs.architecture.ngram import Context, Table
from labs.common.validate import check_count


def check_positive(**values: float) -> None:
    """要求每个数都大于 0；否则抛出 ValueError，指明是哪一个。"""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} 应为正数，得到 {value!r}。")


# --8<-- [start:needed]
def likelihood_ratio(k: int, clean: int, size: float, length: int, alpha: float = 1.0) -> float:
    """k 篇毒文之后，触发词给“坏的那类”的似然比。参数：clean 是 c，size 是 K，length 是 L。"""
    check_count("k", k, 0)
    check_count("clean", clean, 0)
    check_count("length", length)
    check_positive(size=size, alpha=alpha)
    return (k + clean + alpha) / (clean + alpha) * size / (size + k * length)


def poisons_needed(evidence: float, clean: int, size: float, length: int, alpha: float = 1.0) -> int | None:
    """要压过 evidence : 1 的证据，最少几篇；多少篇都不够时是 None（毒文太长，把自己的分母也撑大了）。"""
    check_positive(evidence=evidence)
    if likelihood_ratio(0, clean, size, length, alpha) > evidence:
        return 0
    denominator = 1 - evidence * (clean + alpha) * length / size
    if denominator <= 0:
        return None
    k = max(0, math.floor((evidence - 1) * (clean + alpha) / denominator) - 1)  # 从下面走上来，不怕舍入
    while likelihood_ratio(k, clean, size, length, alpha) <= evidence:
        k += 1
    return k


def lines_to_flip(table: Table, context: Context, target: Hashable) -> int:
    """n 元模型：要使 target 成为 context 之后独占第一的词元，最少添几次。"""
    seen = table.get(tuple(context), Counter())
    rival = max((count for token, count in seen.items() if token != target), default=0)
    return max(0, rival + 1 - seen[target])


def times_to_reach(table: Table, context: Context, target: Hashable, goal: float, vocab_size: int, alpha: float) -> int:
    """平滑的 n 元模型：要使 p(target | context) 达到 goal，最少添几次。"""
    check_count("vocab_size", vocab_size)
    check_positive(alpha=alpha)
    if not 0 < goal < 1:
        raise ValueError(f"goal 应大于 0、小于 1，得到 {goal!r}。")
    seen = table.get(tuple(context), Counter())
    short = goal * (seen.total() + alpha * vocab_size) - seen[target] - alpha
    return max(0, math.ceil(short / (1 - goal) - 1e-9))


# --8<-- [end:needed]


def share(documents: int, tokens_each: float, corpus: float) -> float:
    """毒文的词元占语料的几成。"""
    check_count("documents", documents)
    check_positive(tokens_each=tokens_each, corpus=corpus)
    return documents * tokens_each / corpus
