"""字节级 BPE 的快速训练：合并一对之后，只重算含有它的词，不再从头数一遍。

与 bpe_training.py 的直白版本结果相同，测试逐条比较；快在三处：

1. 相同的段只存一份，带次数。五兆文本里，互不相同的段只有几万到十几万个。
2. 两本账。counts 记每一对的次数，where 记它出现在哪些段里；一次合并只动 where 里的那些段。
   段里除新词元两边之外，别的邻居没有变，账也不必改。
3. 最常见的一对从堆里取。堆里的次数可能是旧的，只会偏大，取出时核对，不符就改好放回去。

例：段 abab 出现 3 次，合并 a+b → X。原来 (a,b) 6 次、(b,a) 3 次，之后 (X,X) 3 次；
旧邻居由新邻居推出：(X,X) 在合并之前是 (b,a)，于是 (b,a) 减 3，(X,X) 加 3。

字节级：初始词元是 256 个字节，任何文本都由它们拼成，所以没有“未知词”。
来源：sennrich2016neural，算法 1；以字节起步见 radford2019language，2.2 节；并列的规则见 bpe_training.py。
不含：并行、放不进内存的语料。
正文：docs/07-architecture/tokenization.md。
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from labs.architecture.bpe_training import check_words, merge
from labs.architecture.pretokenize import check_special, word_counts
from labs.common.validate import check_count

Pair = tuple[int, int]
BYTES = range(256)


def train_bpe(
    texts: Iterable[str],
    vocab_size: int,
    special_tokens: Sequence[str] = (),
    pattern: str = "gpt2",
    min_count: int = 2,
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    """从若干篇文本训练，返回词表（编号 → 字节串）与合并，可交给 tokenizer.Tokenizer。

    编号：0–255 是字节，其后是合并，最后是特殊词元。语料太小，凑不满 vocab_size 时就短一些。
    出错：vocab_size 装不下字节和特殊词元，或没有一段可供训练的文本，抛出 ValueError。
    """
    check_special(special_tokens)
    check_count("vocab_size", vocab_size, minimum=256 + len(special_tokens))
    words = {word.encode("utf-8"): n for word, n in word_counts(texts, pattern, special_tokens).items()}
    if not words:
        raise ValueError("texts 里没有可供训练的文本。")
    tokens, merges = learn_byte_merges(words, vocab_size - 256 - len(special_tokens), min_count)
    tokens += [token.encode("utf-8") for token in special_tokens]
    return dict(enumerate(tokens)), merges


def learn_byte_merges(
    words: Mapping[bytes, int], n_merges: int, min_count: int = 2, byte_order: Sequence[int] = BYTES
) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """按编号排的词元（前 256 个是字节）与按次序排的合并；出现不足 min_count 次的对不合并。

    参数：words 是段 → 次数；byte_order 给字节编号，只影响编号和并列时的取舍。
    出错：words 有误，数目不是合法的整数，或 byte_order 不是 0–255 的一个排列，抛出 ValueError。
    """
    check_words(words)
    check_count("n_merges", n_merges, minimum=0)
    check_count("min_count", min_count)
    if sorted(byte_order) != list(BYTES):
        raise ValueError(f"byte_order 应为 0–255 的一个排列，得到 {list(byte_order)[:8]}。")
    number = {byte: i for i, byte in enumerate(byte_order)}
    texts, times = [[number[byte] for byte in word] for word in words], list(words.values())
    counts: defaultdict[Pair, int] = defaultdict(int)  # 对 → 次数
    where: defaultdict[Pair, set[int]] = defaultdict(set)  # 对 → 含有它的段
    for k, ids in enumerate(texts):
        for pair in pairwise(ids):
            counts[pair] += times[k]
            where[pair].add(k)
    heap = [(-count, pair) for pair, count in counts.items()]  # 次数大的在前，并列时编号小的在前
    heapq.heapify(heap)
    tokens: list[bytes] = [bytes([byte]) for byte in byte_order]
    merges: list[tuple[bytes, bytes]] = []
    while heap and len(merges) < n_merges and -heap[0][0] >= min_count:
        count, (a, b) = heapq.heappop(heap)
        if -count != counts[a, b]:  # 旧账：次数后来变少了
            heapq.heappush(heap, (-counts[a, b], (a, b)))
            continue
        merges.append((tokens[a], tokens[b]))
        tokens.append(tokens[a] + tokens[b])
        for pair in apply_merge((a, b), len(tokens) - 1, texts, times, counts, where):
            heapq.heappush(heap, (-counts[pair], pair))
    return tokens, merges


# --8<-- [start:apply-merge]
def apply_merge(
    pair: Pair,
    new: int,
    texts: list[list[int]],
    times: Sequence[int],
    counts: defaultdict[Pair, int],
    where: defaultdict[Pair, set[int]],
) -> set[Pair]:
    """在含有 pair 的每一段里把它换成 new，改好 counts 与 where 两本账；返回新出现的对。"""
    a, b = pair
    fresh: set[Pair] = set()
    for k in where.pop(pair):
        texts[k] = merge(texts[k], pair, new)
        for x, y in pairwise(texts[k]):
            if x == new or y == new:  # 只有新词元两边的邻居变了
                counts[x, y] += times[k]
                counts[b if x == new else x, a if y == new else y] -= times[k]  # 合并之前的邻居
                where[x, y].add(k)
                fresh.add((x, y))
    del counts[pair]
    return fresh


# --8<-- [end:apply-merge]
