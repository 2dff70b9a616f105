"""字节对编码的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

from collections import Counter
from itertools import pairwise


def merged(pieces, pair):
    """从左往右合并一对。"""
    out = []
    for piece in pieces:
        out.append(piece)
        if tuple(out[-2:]) == pair:
            out[-2:] = ["".join(pair)]
    return out


def learn(words, n_merges, weight=lambda times: times, key=lambda pair: pair, stop=0):
    """词元按字典序比较的学法；错答案在它上面再错一处。"""
    corpus = [(list(word), weight(times)) for word, times in words.items()]
    merges = []
    for _ in range(n_merges):
        counts = Counter()
        for pieces, times in corpus:
            for pair in pairwise(pieces):
                counts[pair] += times
        if not counts or max(counts.values()) <= stop:
            break
        best = min((p for p in counts if counts[p] == max(counts.values())), key=key)
        merges.append(best)
        corpus = [(merged(pieces, best), times) for pieces, times in corpus]
    return merges


def learn_merges__ignoring_the_counts(words, n_merges):
    return learn(words, n_merges, weight=lambda times: 1)


def learn_merges__ties_to_the_last(words, n_merges):
    return learn(words, n_merges, key=lambda pair: tuple(-ord(c) for c in "".join(pair)))


def learn_merges__stopping_at_pairs_seen_once(words, n_merges):
    return learn(words, n_merges, stop=1)


def learn_merges__across_words(words, n_merges):
    return learn({"".join(word * times for word, times in words.items()): 1}, n_merges)


def segment__longest_match(word, merges):
    vocabulary, out = {"".join(pair) for pair in merges}, []
    while word:
        size = next((n for n in range(len(word), 1, -1) if word[:n] in vocabulary), 1)
        out.append(word[:size])
        word = word[size:]
    return out


def segment__backwards(word, merges):
    pieces = list(word)
    for pair in reversed(merges):
        pieces = merged(pieces, pair)
    return pieces


def segment__first_place_only(word, merges):
    pieces = list(word)
    for a, b in merges:
        for i, pair in enumerate(pairwise(pieces)):
            if pair == (a, b):
                pieces[i : i + 2] = [a + b]
                break
    return pieces


def segment__dropping_unknown_characters(word, merges):
    known, pieces = set("".join(a + b for a, b in merges)), list(word)
    for pair in merges:
        pieces = merged(pieces, pair)
    return [piece for piece in pieces if piece in known or len(piece) > 1]
