"""n 元语言模型：数一数每段短上文后面跟过什么，频率就是概率。

    p(w | c) = (N(c, w) + α) / (N(c) + α V)          c 是前 n − 1 个词元，N 是次数，α = 0 是纯频率

手算一遍（语料“我爱书。他爱书。我读书。”，一个字一个词元，V = 6，n = 2）：

    “我”之后：爱 1，读 1        “他”之后：爱 1        “爱”“读”之后都是书

p(读 | 他) = 0/1 = 0，尽管“他读书”是句好话；α = 1 时是 (0 + 1) / (1 + 6) = 1/7，
可是真出现过的 p(爱 | 他) 也从 1 掉到 2/7。上文没出现过（例如“她”），分母是 0，只好退到更短的上文。

来源：bengio2003neural，第 1 节（n 元模型与它的两处不足）。
不含：插值、折扣、Kneser–Ney 平滑；退回时各阶的概率没有重新归一到一处，只是换一张表。
正文：docs/07-architecture/recurrent-networks.md。
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from labs.common.validate import check_count

Context = tuple[Hashable, ...]
Table = Mapping[Context, Counter]  # 上文 → 后面跟过的词元和次数


# --8<-- [start:ngram]
def count_ngrams(tokens: Sequence[Hashable], n: int) -> dict[Context, Counter]:
    """前 n − 1 个词元 → 后面跟过什么、各几次；n = 1 时上文是空的。n 不是正整数则 ValueError。"""
    check_count("n", n)
    table: dict[Context, Counter] = {}
    for end in range(n - 1, len(tokens)):
        context = tuple(tokens[end - n + 1 : end])
        table.setdefault(context, Counter())[tokens[end]] += 1
    return table


def probability(table: Table, context: Context, token: Hashable, vocab_size: int, alpha: float = 0.0) -> float:
    """(N(c, w) + α) / (N(c) + α V)；上文没见过且 α = 0，没有定义，抛出 ValueError。"""
    check_count("vocab_size", vocab_size)
    if not alpha >= 0:
        raise ValueError(f"alpha 应为非负数，得到 {alpha!r}。")
    seen = table.get(tuple(context), Counter())
    total = seen.total() + alpha * vocab_size
    if total == 0:
        raise ValueError(f"context {context!r} 没有出现过：取 alpha > 0，或先用 longest_seen 退到更短的上文。")
    return (seen[token] + alpha) / total


# --8<-- [end:ngram]


def longest_seen(tables: Sequence[Table], context: Context) -> Context:
    """从最长的上文退起，第一个见过的：tables[k] 是上文长 k 的表，空上文总能用。"""
    for length in range(min(len(tables) - 1, len(context)), 0, -1):
        if tuple(context[-length:]) in tables[length]:
            return tuple(context[-length:])
    return ()


def unseen_shares(train: Sequence[Hashable], test: Sequence[Hashable], n: int) -> tuple[float, float]:
    """test 里有几成位置的上文在 train 里没见过，几成位置的整个 n 元没见过；后者包含前者。"""
    table = count_ngrams(train, n)
    pairs = [(c, w) for c, after in count_ngrams(test, n).items() for w in after.elements()]
    if not pairs:
        raise ValueError(f"test 至少要有 n = {n} 个词元，得到 {len(test)} 个。")
    context = sum(c not in table for c, _ in pairs)
    whole = sum(c not in table or w not in table[c] for c, w in pairs)
    return context / len(pairs), whole / len(pairs)


def table_rows(vocab_size: int, n: int) -> int:
    """完整的表有几行：V^(n − 1) 种上文。"""
    check_count("vocab_size", vocab_size)
    check_count("n", n)
    return vocab_size ** (n - 1)
