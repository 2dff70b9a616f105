"""BPE 的训练与使用：手算的四步，并列，重叠，没见过的词，以及出错。"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture.bpe_training import check_words, learn_merges, merge, merge_trace, segment

quick = settings(database=None, derandomize=True, deadline=None, max_examples=80)
HUGS = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}  # 正文手算用的五个词
corpora = st.dictionaries(st.text("abc", min_size=1, max_size=8), st.integers(1, 5), min_size=1, max_size=6)


# ---- 手算 ----


def test_the_four_merges_of_the_worked_example():
    steps = merge_trace(HUGS, 4)
    assert [step.pair for step in steps] == [("u", "g"), ("u", "n"), ("h", "ug"), ("p", "un")]
    assert [step.count for step in steps] == [20, 16, 15, 12]
    assert steps[0].words["hugs"] == ["h", "ug", "s"]
    assert steps[3].words == {
        "hug": ["hug"],
        "pug": ["p", "ug"],
        "pun": ["pun"],
        "bun": ["b", "un"],
        "hugs": ["hug", "s"],
    }


def test_unseen_words_are_cut_by_the_same_merges():
    merges = learn_merges(HUGS, 4)
    assert segment("bug", merges) == ["b", "ug"]
    assert segment("hub", merges) == ["h", "u", "b"]
    assert segment("hum", merges) == ["h", "u", "m"]  # m 不在词表里，原样留着
    assert segment("punhug", merges) == ["pun", "hug"]


def test_the_order_of_the_merges_decides_not_the_longest_match():
    merges = learn_merges({"ab": 5, "abc": 4, "bcd": 3, "cd": 9}, 3)
    assert merges == [("c", "d"), ("a", "b"), ("ab", "c")]
    assert segment("abcd", merges) == ["ab", "cd"]  # 从左往右找最长的会得到 abc、d
    assert segment("abcd", [("a", "b"), ("ab", "c"), ("c", "d")]) == ["abc", "d"]  # 同样三条，换了次序


def test_wordpiece_would_choose_the_rare_pair_instead():
    """正文的对照：次数除以两边次数之积，u 的每一对都是 1/36，g+s 是 1/20。"""
    single, pairs = Counter(), Counter()
    for word, times in HUGS.items():
        for letter in word:
            single[letter] += times
        for pair in pairwise(word):
            pairs[pair] += times
    scores = {(a, b): Fraction(times, single[a] * single[b]) for (a, b), times in pairs.items()}
    assert single == {"h": 15, "u": 36, "g": 20, "p": 17, "n": 16, "b": 4, "s": 5}
    assert {pair for pair, score in scores.items() if score == Fraction(1, 36)} == set(scores) - {("g", "s")}
    assert max(scores, key=scores.get) == ("g", "s") and scores["g", "s"] == Fraction(1, 20)


# ---- 并列与重叠 ----


def test_ties_go_to_the_lower_numbers():
    assert learn_merges({"ba": 3, "ac": 3, "ab": 3}, 3) == [("a", "b"), ("a", "c"), ("b", "a")]
    # bc 合出来后编号最大，所以同为两次时 (a, d) 先于 (bc, a)
    assert learn_merges({"bca": 2, "bc": 1, "ad": 2}, 3) == [("b", "c"), ("a", "d"), ("bc", "a")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "a"), ("aa", "X"), ("aaa", "Xa"), ("aaaa", "XX"), ("baab", "bXb"), ("abab", "abab"), ("", "")],
)
def test_overlapping_pairs_are_merged_from_the_left(text, expected):
    assert merge(text, ("a", "a"), "X") == list(expected)


def test_merging_leaves_the_other_symbols_alone():
    assert merge([1, 2, 3, 1, 2], (1, 2), 9) == [9, 3, 9]
    assert merge([2, 1], (1, 2), 9) == [2, 1]


def test_training_stops_when_nothing_is_left_to_merge():
    assert [step.pair for step in merge_trace({"abc": 1}, 99)] == [("a", "b"), ("ab", "c")]
    assert merge_trace({"a": 7}, 3) == [] == merge_trace({"ab": 7}, 0)


# ---- 不变量 ----


@quick
@given(words=corpora, n=st.integers(0, 8))
def test_every_step_takes_the_most_frequent_pair_and_counts_do_not_grow(words, n):
    steps = merge_trace(words, n)
    pieces = {word: list(word) for word in words}
    for step in steps:
        counts = Counter()
        for word, times in words.items():
            for pair in pairwise(pieces[word]):
                counts[pair] += times
        assert counts[step.pair] == step.count == max(counts.values())
        pieces = step.words
    assert all(a.count >= b.count for a, b in pairwise(steps))


@quick
@given(words=corpora, n=st.integers(0, 8))
def test_the_words_of_the_corpus_are_cut_as_in_training(words, n):
    steps = merge_trace(words, n)
    merges = [step.pair for step in steps]
    assert merges == learn_merges(words, n)
    for word in words:
        cut = segment(word, merges)
        assert "".join(cut) == word
        assert not steps or cut == steps[-1].words[word]


@quick
@given(words=corpora)
def test_no_token_is_made_twice(words):
    made = [a + b for a, b in learn_merges(words, 50)]
    assert len(set(made)) == len(made)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: merge_trace({}, 1), "^words 应为非空的字典：词 → 次数，得到 .."),
        (lambda: merge_trace(["hug"], 1), "^words 应为非空的字典：词 → 次数，得到 .'hug'."),
        (lambda: merge_trace({"": 1}, 1), "^words 里有空的词"),
        (lambda: merge_trace({"a": 0}, 1), "^words.'a'. 应为不小于 1 的整数，得到 0"),
        (lambda: check_words({"a": 1.5}), "^words.'a'. 应为不小于 1 的整数，得到 1.5"),
        (lambda: merge_trace({"a": 1}, -1), "^n_merges 应为不小于 0 的整数，得到 -1"),
        (lambda: learn_merges({"a": 1}, None), "^n_merges 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
