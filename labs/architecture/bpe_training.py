"""字节对编码（BPE）：训练是反复合并最常见的相邻一对，使用是按同样的次序重做这些合并。

手算一遍（五个词和它们的次数，初始词元是字母）：

    hug 10   pug 5   pun 12   bun 4   hugs 5
    1. u+g  10 + 5 + 5 = 20 次 → ug          3. h+ug  10 + 5 = 15 次 → hug
    2. u+n  12 + 4     = 16 次 → un          4. p+un  12 次          → pun

没见过的 bug、hub 也切得出来：b+ug，h+u+b。字母都见过，就没有切不开的词；hum 里的 m 没见过，
那就是“未知词”，segment 把它原样留着。

并列时取左边编号小的一对，再取右边编号小的：字母按码位编号，合并出的词元依次往后编。
规则须写明，因为真实语料里并列很常见，换一条规则就得到另一个词表；这一条与 tokenizers 包相同。

来源：sennrich2016neural，算法 1（那里在词尾加记号、没有写明并列怎么办，这里照上面的规定）。
不含：从字节起步、只重算变了的词（bpe_incremental.py），预分词（pretokenize.py）。
正文：docs/07-architecture/tokenization.md。
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from labs.common.validate import check_count

Symbol = TypeVar("Symbol")  # 字符串或编号


class Step(NamedTuple):
    """一次合并：哪一对、共出现几次、合并之后每个词切成什么。"""

    pair: tuple[str, str]
    count: int
    words: dict[str, list[str]]


# --8<-- [start:merge]
def merge(symbols: Iterable[Symbol], pair: tuple[Symbol, Symbol], new: Symbol) -> list[Symbol]:
    """从左往右把每一处 pair 换成 new：merge("aaa", ("a", "a"), "aa") 得 ["aa", "a"]。"""
    first, second = pair
    out: list[Symbol] = []
    for symbol in symbols:
        if symbol == second and out and out[-1] == first:
            out[-1] = new
        else:
            out.append(symbol)
    return out


# --8<-- [end:merge]


# --8<-- [start:merge-trace]
def merge_trace(words: Mapping[str, int], n_merges: int) -> list[Step]:
    """训练 n_merges 步，记下每一步；words 是词 → 次数，没有可合并的对就提前停。

    出错：词为空、次数不是正整数或 n_merges 为负，抛出 ValueError。
    """
    check_words(words)
    check_count("n_merges", n_merges, minimum=0)
    pieces = {word: list(word) for word in words}
    number = {letter: i for i, letter in enumerate(sorted(set("".join(words))))}  # 词元 → 编号
    steps: list[Step] = []
    while len(steps) < n_merges:
        counts: Counter[tuple[str, str]] = Counter()
        for word, times in words.items():
            for pair in pairwise(pieces[word]):
                counts[pair] += times
        if not counts:
            break
        a, b = max(counts, key=lambda pair: (counts[pair], -number[pair[0]], -number[pair[1]]))
        number[a + b] = len(number)
        pieces = {word: merge(symbols, (a, b), a + b) for word, symbols in pieces.items()}
        steps.append(Step((a, b), counts[a, b], pieces))
    return steps


# --8<-- [end:merge-trace]


def learn_merges(words: Mapping[str, int], n_merges: int) -> list[tuple[str, str]]:
    """只要合并的次序，不要中间过程。参数与出错同 merge_trace。"""
    return [step.pair for step in merge_trace(words, n_merges)]


# --8<-- [start:segment]
def segment(word: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    """用学到的合并切一个词：按训练时的次序一条条重做，不是从左往右找最长的。"""
    symbols = list(word)
    for a, b in merges:
        symbols = merge(symbols, (a, b), a + b)
    return symbols


# --8<-- [end:segment]


def check_words(words: object) -> None:
    """要求 words 是非空的字典：非空的词 → 正整数次数；否则抛出 ValueError。"""
    if not isinstance(words, Mapping) or not words:
        raise ValueError(f"words 应为非空的字典：词 → 次数，得到 {words!r}。")
    for word, times in words.items():
        if not word:
            raise ValueError("words 里有空的词。")
        check_count(f"words[{word!r}]", times)
