"""字节对编码的公开测试：手算的四步，并列与重叠，切词的次序。"""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.architecture.bpe_training import learn_merges, segment

HUGS = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
corpora = st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=5)


def test_the_worked_example_of_the_book():
    assert learn_merges(HUGS, 4) == [("u", "g"), ("u", "n"), ("h", "ug"), ("p", "un")]


def test_ties_go_to_the_lower_numbers():
    assert learn_merges({"ba": 3, "ac": 3, "ab": 3}, 3) == [("a", "b"), ("a", "c"), ("b", "a")]
    assert learn_merges({"bca": 2, "bc": 1, "ad": 2}, 3) == [("b", "c"), ("a", "d"), ("bc", "a")]


def test_overlapping_pairs_count_twice_and_merge_from_the_left():
    assert learn_merges({"aaa": 2, "bc": 3}, 2) == [("a", "a"), ("b", "c")]
    assert segment("aaaaa", [("a", "a")]) == ["aa", "aa", "a"]


def test_training_stops_when_nothing_is_left():
    assert learn_merges({"abc": 1}, 99) == [("a", "b"), ("ab", "c")]
    assert learn_merges({"a": 7}, 3) == [] == learn_merges({"ab": 7}, 0)


@given(words=corpora, n=st.integers(1, 8))
def test_each_merge_is_the_most_frequent_pair_of_its_time(words, n):
    merges = learn_merges(words, n)
    for i, (a, b) in enumerate(merges):
        counts = Counter()
        for word, times in words.items():
            for pair in pairwise(segment(word, merges[:i])):
                counts[pair] += times
        assert counts[a, b] == max(counts.values())


@given(words=corpora, n=st.integers(0, 8))
def test_the_corpus_is_left_alone(words, n):
    before = dict(words)
    learn_merges(words, n)
    assert words == before


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("bug", ["b", "ug"]), ("hum", ["h", "u", "m"]), ("punhug", ["pun", "hug"]), ("x", ["x"]), ("", [])],
)
def test_unseen_words_are_cut(word, pieces):
    assert segment(word, [("u", "g"), ("u", "n"), ("h", "ug"), ("p", "un")]) == pieces


def test_the_order_decides_not_the_longest_match():
    assert segment("abcd", [("c", "d"), ("a", "b"), ("ab", "c")]) == ["ab", "cd"]
    assert segment("abcd", [("a", "b"), ("ab", "c"), ("c", "d")]) == ["abc", "d"]


@given(word=st.text("abcd", max_size=10), words=corpora)
def test_the_pieces_put_together_are_the_word(word, words):
    assert "".join(segment(word, learn_merges(words, 6))) == word
