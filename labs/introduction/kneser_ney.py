"""插值 Kneser–Ney：每个见过的次数扣一点，扣下来的按“能接在多少种词后面”分给别人。

    p_m(w | c) = max(N(c, w) − D, 0) / N(c) + λ(c) · p_{m−1}(w | c')      λ(c) = D · N₁₊(c ·) / N(c)
    p_0(w) = 1 / V                                                       c' 是 c 去掉最早的一个词元

最高一阶的 N(c, w) 是次数；较低各阶换成接续数：有多少种词元出现在“c w”的前面。
c 没见过，就直接用 p_{m−1}。N(c) 是 Σ_w N(c, w)，N₁₊(c ·) 是 c 之后出现过几种词元。

手算一遍（五个词元“琵琶爱琵琶”，n = 2，V = 4：琵、琶、爱，另一个没见过；D = 0.75）：

    接续数：琵 2（句首、爱），琶 1（琵），爱 1（琶），共 4，三种     λ = 0.75 · 3/4 = 0.5625
    p_1(琵) = 1.25/4 + 0.5625/4 = 0.453125，p_1(琶) = 0.25/4 + 0.5625/4 = 0.203125，与 p_1(爱) 相同
    p(琶 | 琵) = 1.25/2 + 0.75 · ½ · 0.203125 = 0.701172，p(琶 | 爱) = 0.75 · 0.203125 = 0.152344

“琶”与“琵”各出现两次，换了地方却少见得多：它只跟在“琵”后面。

来源：kneser1995improved；插值的写法见 chen1999empirical。
不含：修正的三种折扣（modified）、按语料估计的 D、剪枝。
正文：docs/01-introduction/information.md。
"""

from collections import Counter
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from labs.common.validate import check_count

Context = tuple[Hashable, ...]
START = object()  # 句首：补在最前面，只作上文，不被预测


def kneser_ney_counts(tokens: Sequence[Hashable], n: int) -> list[dict[Context, Counter]]:
    """第 m 个（m = 0, …, n − 1）是上文长 m 的表：最后一个数次数，其余数接续数。"""
    padded = (START,) * (n - 1) + tuple(tokens)
    grams = Counter(padded[end - n : end] for end in range(n, len(padded) + 1))
    tables: list[dict[Context, Counter]] = []
    while True:
        table: dict[Context, Counter] = {}
        for gram, count in grams.items():
            if gram[:-1] not in table:
                table[gram[:-1]] = Counter()
            table[gram[:-1]][gram[-1]] = count
        tables.insert(0, table)
        if len(next(iter(grams))) == 1:
            return tables
        grams = Counter(gram[1:] for gram in grams)  # 每一种更长的词串算一次：这就是接续数


class KneserNey:
    """n 元插值 Kneser–Ney 模型；任何上文、词表里的任何词元都有正的概率，和为 1。"""

    def __init__(self, tokens: Sequence[Hashable], n: int, vocab_size: int, discount: float = 0.75) -> None:
        """参数：vocab_size 是可能的词元总数 V，包括没见过的。

        出错：n < 1、tokens 是空的、V 小于见过的种数、discount 不在 (0, 1) 里，抛出 ValueError。
        """
        check_count("n", n)
        if len(tokens) == 0:
            raise ValueError("tokens 是空的：没有语料，数不出概率。")
        self.seen = sorted(set(tokens))  # 见过的词元，次序即编号
        check_count("vocab_size", vocab_size, len(self.seen))
        if not 0 < discount < 1:
            raise ValueError(f"discount 应大于 0、小于 1，得到 {discount!r}。")
        self.n, self.vocab_size, self.discount = n, vocab_size, discount
        self.index = {token: i for i, token in enumerate(self.seen)}
        self.tables = kneser_ney_counts(tokens, n)

    def context(self, history: Sequence[Hashable]) -> Context:
        """历史的最后 n − 1 个词元；不够就在前面补句首。"""
        padded = (START,) * (self.n - 1) + tuple(history[max(0, len(history) - self.n + 1) :])
        return padded[len(padded) - self.n + 1 :]

    # --8<-- [start:probability]
    def probability(self, token: Hashable, history: Sequence[Hashable]) -> float:
        """p(token | history)，从 p_0 = 1/V 起，一阶一阶往上插值。"""
        p, context = 1 / self.vocab_size, self.context(history)
        for m, table in enumerate(self.tables):
            after = table.get(context[self.n - 1 - m :])  # 最后 m 个词元之后出现过什么
            if after:
                total, back = after.total(), self.discount * len(after)
                p = (max(after[token] - self.discount, 0) + back * p) / total
        return p

    # --8<-- [end:probability]

    def distribution(self, history: Sequence[Hashable]) -> Tensor:
        """整个分布 (见过的种数 + 1,)：按 self.seen 的次序，最后一格是全部没见过的词元之和。"""
        unseen = self.vocab_size - len(self.seen)
        p = torch.full((len(self.seen) + 1,), 1 / self.vocab_size, dtype=torch.float64)
        p[-1] *= unseen
        context = self.context(history)
        for m, table in enumerate(self.tables):
            after = table.get(context[self.n - 1 - m :])
            if after:
                p *= self.discount * len(after)
                where = torch.tensor([self.index[w] for w in after])
                p[where] += torch.tensor([count - self.discount for count in after.values()], dtype=p.dtype)
                p /= after.total()
        return p
