"""Unigram：手算的切法与一步 EM，穷举所有切法，tokenizers 的结果，以及出错。"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture.unigram import best_segmentation, em_step, expected_counts, log_add, prune

quick = settings(database=None, derandomize=True, deadline=None, max_examples=80)
THIRDS = {piece: math.log(1 / 3) for piece in ("a", "b", "ab")}


def logs(**probabilities):
    return {piece: math.log(p) for piece, p in probabilities.items()}


def segmentations(text):
    """text 的全部切法，2^(n−1) 种。"""
    if not text:
        yield []
    for end in range(1, len(text) + 1):
        for rest in segmentations(text[end:]):
            yield [text[:end], *rest]


@st.composite
def models(draw):
    """含 a、b、c 三个字符的随机词表，概率随机。"""
    longer = draw(st.sets(st.text("abc", min_size=2, max_size=4), max_size=6))
    pieces = [*"abc", *sorted(longer)]
    weights = [draw(st.integers(1, 30)) for _ in pieces]
    return {piece: math.log(w / sum(weights)) for piece, w in zip(pieces, weights, strict=True)}


def score(pieces, log_probs):
    return sum(log_probs.get(piece, -math.inf) for piece in pieces)


# ---- 手算 ----


def test_the_probability_that_the_lecture_gets_wrong():
    """CS324 的例子：2/3 · 2/3 · 1/3 是 4/27，不是 4/9。"""
    pieces, log_p = best_segmentation("ababc", logs(ab=2 / 3, c=1 / 3))
    assert pieces == ["ab", "ab", "c"]
    assert math.exp(log_p) == pytest.approx(4 / 27)


def test_one_step_of_em_by_hand():
    counts, log_p = expected_counts("ab", THIRDS)
    assert math.exp(log_p) == pytest.approx(1 / 3 + 1 / 9)
    assert counts == pytest.approx({"a": 1 / 4, "b": 1 / 4, "ab": 3 / 4})
    new, likelihood = em_step({"ab": 1}, THIRDS)
    assert {piece: math.exp(p) for piece, p in new.items()} == pytest.approx({"a": 0.2, "b": 0.2, "ab": 0.6})
    assert math.exp(likelihood) == pytest.approx(4 / 9)
    assert math.exp(em_step({"ab": 1}, new)[1]) == pytest.approx(16 / 25)


def test_words_weigh_as_often_as_they_occur():
    """次数进似然，也进删词元的损失：ab 每次损失 log 40，只有一次；cd 每次 log 20，有五次。"""
    assert math.exp(em_step({"ab": 3}, THIRDS)[1]) == pytest.approx((4 / 9) ** 3)
    kept = prune({"ab": 1, "cd": 5}, logs(a=0.1, b=0.1, c=0.1, d=0.1, ab=0.4, cd=0.2), 5)
    assert sorted(kept) == ["a", "b", "c", "cd", "d"]


def test_of_equal_cuts_the_one_with_the_longest_last_piece_is_taken():
    half = math.log(1 / 2)
    assert best_segmentation("aa", {"a": half, "aa": 2 * half}) == (["aa"], 2 * half)


def test_a_cheap_piece_is_pruned_before_a_dear_one():
    words = {"ab": 10, "abc": 1, "cc": 1}
    log_probs = logs(a=0.1, b=0.1, c=0.1, ab=0.5, cc=0.2)
    kept = prune(words, log_probs, 4)
    # 删 ab 每次损失 log(0.5/0.01)，共 11 次；删 cc 损失 log(0.2/0.01)，一次
    assert sorted(kept) == ["a", "ab", "b", "c"]
    assert math.exp(kept["ab"]) == pytest.approx(0.5 / 0.8)


def test_single_characters_are_never_pruned():
    kept = prune({"ab": 3}, logs(a=0.2, b=0.2, ab=0.6), 1)
    assert {piece: math.exp(p) for piece, p in kept.items()} == pytest.approx({"a": 0.5, "b": 0.5})
    assert sorted(prune({"abab": 1}, logs(a=0.2, b=0.2, ab=0.2, ba=0.2, aba=0.2), 1)) == ["a", "b"]


def test_rounding_does_not_make_a_probability_larger_than_one():
    for hundredths in range(1, 300):
        log_p = -hundredths / 100
        assert prune({"a": 1}, {"a": log_p}, 1)["a"] <= 0


# ---- 对照：穷举与 tokenizers ----


@quick
@given(text=st.text("abc", max_size=8), log_probs=models())
def test_the_best_cut_is_the_best_of_all_cuts(text, log_probs):
    pieces, log_p = best_segmentation(text, log_probs)
    assert "".join(pieces) == text
    assert log_p == pytest.approx(score(pieces, log_probs), abs=1e-9)
    assert log_p == pytest.approx(max(score(cut, log_probs) for cut in segmentations(text)), abs=1e-9)


@quick
@given(text=st.text("abc", max_size=8), log_probs=models())
def test_expected_counts_are_sums_over_all_cuts(text, log_probs):
    counts, log_p = expected_counts(text, log_probs)
    cuts = [(cut, math.exp(score(cut, log_probs))) for cut in segmentations(text)]
    total = sum(p for _, p in cuts)
    assert math.exp(log_p) == pytest.approx(total)
    for piece in log_probs:
        assert counts.get(piece, 0) == pytest.approx(sum(p * cut.count(piece) for cut, p in cuts) / total)


@quick
@given(text=st.text("abc", min_size=1, max_size=12), log_probs=models())
def test_the_best_cut_scores_as_that_of_the_tokenizers_package(text, log_probs):
    """并列时切法可以不同，得分必须相同。"""
    tokenizers = pytest.importorskip("tokenizers")
    vocab = [("<unk>", -100.0), *log_probs.items()]
    oracle = tokenizers.Tokenizer(tokenizers.models.Unigram(vocab, unk_id=0))
    tokens = oracle.encode(text).tokens
    assert score(tokens, log_probs) == pytest.approx(best_segmentation(text, log_probs)[1], abs=1e-9)


# ---- 不变量 ----


@quick
@given(
    words=st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=5),
    log_probs=models(),
)
def test_em_never_lowers_the_likelihood(words, log_probs):
    new, before = em_step(words, log_probs)
    assert sum(map(math.exp, new.values())) == pytest.approx(1)
    assert em_step(words, new)[1] >= before - 1e-9


def test_a_long_text_does_not_underflow():
    pieces, log_p = best_segmentation("ab" * 3000, THIRDS)
    assert len(pieces) == 3000 and log_p == pytest.approx(3000 * math.log(1 / 3))
    assert math.isfinite(expected_counts("ab" * 3000, THIRDS)[1])


def test_the_empty_text_has_one_cut_with_probability_one():
    assert best_segmentation("", THIRDS) == ([], 0.0)
    assert expected_counts("", THIRDS) == ({}, 0.0)


def test_adding_in_logarithms():
    assert log_add(math.log(0.25), math.log(0.5)) == pytest.approx(math.log(0.75))
    assert log_add(-math.inf, 1.0) == 1.0 and log_add(-math.inf, -math.inf) == -math.inf


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: best_segmentation("abd", THIRDS), "^text 用这个词表切不开，得到 'abd'"),
        (lambda: expected_counts("da", THIRDS), "^text 用这个词表切不开，得到 'da'"),
        (lambda: best_segmentation("a", {}), "^log_probs 应为非空的字典"),
        (lambda: best_segmentation("a", [("a", 0.0)]), "^log_probs 应为非空的字典"),
        (lambda: expected_counts("a", {"a": 0.5}), "^log_probs.'a'. 应为不大于 0 的有限数，得到 0.5"),
        (lambda: expected_counts("a", {"a": math.nan}), "^log_probs.'a'. 应为不大于 0 的有限数，得到 nan"),
        (lambda: best_segmentation("a", {"": -1.0}), "^log_probs.''. 应为"),
        (lambda: em_step({}, THIRDS), "^words 应为非空的字典"),
        (lambda: em_step({"a": 0}, THIRDS), "^words.'a'. 应为不小于 1 的整数，得到 0"),
        (lambda: prune({"ab": 1}, THIRDS, 0), "^size 应为不小于 1 的整数，得到 0"),
        (lambda: prune({"ad": 1}, THIRDS, 2), "^text 用这个词表切不开，得到 'ad'"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
