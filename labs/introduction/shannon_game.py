"""香农游戏：盖住下一个字，猜到对为止，记下猜了几次；从次数的分布得出熵的上下界。

    q_r 是第 r 次才猜中的比例          Σ_r r (q_r − q_{r+1}) log₂ r ≤ H ≤ Σ_r q_r log₂(1/q_r)

上界：把“第几次猜中”当作一种新文字，照着它能还原原文，所以原文的熵不超过它的熵。
下界要求猜的人是理想的，总按真实概率从大到小猜；真人和模型都只是近似，次数少时 q 又估不准。
手算一遍：100 个字，80 个一次猜中，10 个两次，10 个三次。
上界 0.8 · 0.322 + 2 · 0.1 · 3.322 = 0.922，下界 3 · 0.1 · log₂ 3 = 0.475 比特/字。

来源：shannon1951prediction。
正文：docs/01-introduction/information.md。
"""

import math
from collections import Counter
from collections.abc import Sequence

from labs.common.validate import check_count
from labs.introduction.information import check_distribution, entropy
from labs.introduction.kneser_ney import KneserNey


def guess_ranks(model: KneserNey, text: Sequence[str]) -> list[int]:
    """让模型来猜：每个字在它的排序里是第几；没见过的字算最后一名。并列时编号小的先猜。"""
    ranks = []
    for t, token in enumerate(text):
        p = model.distribution(text[:t])
        place = model.index.get(token)
        if place is None:
            ranks.append(len(p))
        else:
            ranks.append(1 + int((p[:-1] > p[place]).sum() + (p[:place] == p[place]).sum()))
    return ranks


def guess_shares(ranks: Sequence[int]) -> list[float]:
    """第 1、2、3……次才猜中的各占几成。"""
    if len(ranks) == 0:
        raise ValueError("ranks 至少要有一项，得到空的序列。")
    for rank in ranks:
        check_count("ranks 里的次数", rank)
    counts = Counter(ranks)
    return [counts[r] / len(ranks) for r in range(1, max(ranks) + 1)]


def entropy_bounds(q: Sequence[float]) -> tuple[float, float]:
    """由 q 得熵的下界与上界，比特每字；下界要求 q 从大到小，先排好序再算。"""
    check_distribution("q", q)
    falling = [*sorted(q, reverse=True), 0.0]
    gaps = zip(falling, falling[1:], strict=False)
    lower = math.fsum(r * (a - b) * math.log2(r) for r, (a, b) in enumerate(gaps, 1))
    return lower, entropy(q)
