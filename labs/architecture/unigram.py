"""Unigram 分词：给每个词元一个概率，一句话取概率之积最大的切法；词表从大往小删。

    p(x) = Π p(x_i)            Viterbi：δ_j = max_{i<j} δ_i + log p(x_{i:j})

手算：ababc 切成 ab·ab·c，p(ab) = 2/3，p(c) = 1/3，概率 2/3 · 2/3 · 1/3 = 4/27。
EM 手算：只有一个词 ab，p(a) = p(b) = p(ab) = 1/3。整切 1/3，拆开 1/9，后验是 3/4 与 1/4，
于是期望次数 ab 3/4、a 1/4、b 1/4，除以总和 5/4，新概率 3/5、1/5、1/5；似然从 4/9 升到 16/25。

删词元：删掉它，用次优的切法代替，语料的似然少多少？少得最小的先删。单个字符从不删，保证切得开。
与 BPE 的不同：BPE 记的是合并的次序，每句只有一种切法；这里每种切法都有概率，训练时可以抽样。

来源：kudo2018subword，3.2 节；删除时用 Viterbi 次数估计损失，是 SentencePiece 的做法。
不含：初始的大词表怎么来（后缀数组），按概率抽样切法，空格与字节回退。
正文：docs/07-architecture/tokenization.md。
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping

from labs.architecture.bpe_training import check_words
from labs.common.validate import check_count


# --8<-- [start:viterbi]
def best_segmentation(text: str, log_probs: Mapping[str, float]) -> tuple[list[str], float]:
    """概率最大的切法和它的对数概率。δ[j] 是前 j 个字符的最好成绩，back[j] 记最后一个词元从哪里开始。

    出错：有字符不在词表里，怎样也切不开，抛出 ValueError。
    """
    check_log_probs(log_probs)
    longest = max(map(len, log_probs))
    delta, back = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for j in range(1, len(text) + 1):
        for i in range(max(0, j - longest), j):
            score = delta[i] + log_probs.get(text[i:j], -math.inf)
            if score > delta[j]:
                delta[j], back[j] = score, i
    if delta[-1] == -math.inf:
        raise ValueError(f"text 用这个词表切不开，得到 {text[:20]!r}。")
    pieces, j = [], len(text)
    while j > 0:
        pieces.append(text[back[j] : j])
        j = back[j]
    return pieces[::-1], delta[-1]


# --8<-- [end:viterbi]


def expected_counts(text: str, log_probs: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """每个词元在所有切法里的期望次数，与 log p(text)（所有切法的概率之和）。出错同上。

    α[i] 是前 i 个字符所有切法的概率之和，β[j] 是第 j 个字符以后的；都用对数存，免得下溢成 0。
    """
    check_log_probs(log_probs)
    longest, n = max(map(len, log_probs)), len(text)
    spans = [
        (i, j, text[i:j])
        for i in range(n)
        for j in range(i + 1, min(n, i + longest) + 1)
        if text[i:j] in log_probs
    ]
    alpha, beta = [0.0] + [-math.inf] * n, [-math.inf] * n + [0.0]
    for i, j, piece in spans:  # 按 i 从小到大，用到 α[i] 时它已经算完
        alpha[j] = log_add(alpha[j], alpha[i] + log_probs[piece])
    for i, j, piece in reversed(spans):
        beta[i] = log_add(beta[i], log_probs[piece] + beta[j])
    if alpha[n] == -math.inf:
        raise ValueError(f"text 用这个词表切不开，得到 {text[:20]!r}。")
    counts: defaultdict[str, float] = defaultdict(float)
    for i, j, piece in spans:
        counts[piece] += math.exp(alpha[i] + log_probs[piece] + beta[j] - alpha[n])
    return dict(counts), alpha[n]


def em_step(words: Mapping[str, int], log_probs: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """EM 一步：按现在的概率算期望次数，再归一成新概率。返回新概率与旧概率下的对数似然，它只升不降。"""
    check_words(words)
    totals: defaultdict[str, float] = defaultdict(float)
    likelihood = 0.0
    for word, times in words.items():
        counts, log_p = expected_counts(word, log_probs)
        likelihood += times * log_p
        for piece, count in counts.items():
            totals[piece] += times * count
    whole = math.log(sum(totals.values()))
    new = {piece: min(0.0, math.log(count) - whole) for piece, count in totals.items() if count > 0}
    return new, likelihood


def prune(words: Mapping[str, int], log_probs: Mapping[str, float], size: int) -> dict[str, float]:
    """删到只剩 size 个词元，先删代价小的；单个字符都留着，所以可能多于 size。返回重新归一的概率。"""
    check_words(words)
    check_count("size", size)
    used: Counter[str] = Counter()
    for word, times in words.items():
        for piece in best_segmentation(word, log_probs)[0]:
            used[piece] += times
    loss = {}
    for piece, log_p in log_probs.items():
        if len(piece) > 1:
            others = {other: p for other, p in log_probs.items() if other != piece}
            loss[piece] = used[piece] * (log_p - best_segmentation(piece, others)[1])
    letters = [piece for piece in log_probs if len(piece) == 1]
    ranked = sorted(loss, key=lambda piece: (-loss[piece], piece))
    kept = letters + ranked[: max(0, size - len(letters))]
    whole = math.log(sum(math.exp(log_probs[piece]) for piece in kept))
    return {piece: min(0.0, log_probs[piece] - whole) for piece in kept}  # 舍入不得使概率大于 1


def log_add(a: float, b: float) -> float:
    """log(eᵃ + eᵇ)，不溢出；a、b 可以是 −∞（概率 0）。"""
    high, low = max(a, b), min(a, b)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def check_log_probs(log_probs: object) -> None:
    """要求 log_probs 是非空的字典：非空的词元 → 不大于 0 的有限数；否则抛出 ValueError。"""
    if not isinstance(log_probs, Mapping) or not log_probs:
        raise ValueError(f"log_probs 应为非空的字典：词元 → 对数概率，得到 {log_probs!r}。")
    for piece, log_p in log_probs.items():
        if not piece or not -math.inf < log_p <= 0:
            raise ValueError(f"log_probs[{piece!r}] 应为不大于 0 的有限数，得到 {log_p!r}。")
