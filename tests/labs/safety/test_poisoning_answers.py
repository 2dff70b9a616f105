"""第 4 章“数据投毒与后门”：页面与练习里手算的数要与重算的一致。"""

import math

import pytest

from labs.safety.trigger_backdoor import poisons_needed, share
from tests.labs.pages import Chapter

CHAPTER = Chapter("04-harms-toxicity")


def given_trigger(epsilon: float, clean: float) -> float:
    """见到触发词的文章里，毒文占几成；每篇毒文都含触发词。"""
    return epsilon / (epsilon + (1 - epsilon) * clean)


def test_the_shares_of_the_page():
    page = CHAPTER.page("poisoning")
    assert 250 * 1700 == 425_000 and f"{share(250, 1700, 260e9):.5%}" in page
    assert f"={given_trigger(1.6e-6, 1e-8):.1%}" in page and f"{given_trigger(1.6e-6, 1e-3):.2%}" in page
    assert 0.0001 * 400e6 == pytest.approx(40_000)
    epsilon = 250 / 2.6e8
    assert f"{epsilon:.1e}" == "9.6e-07" and f"{1 - (1 - epsilon) ** 10_000:.2%}" in page


def test_the_counts_of_the_page():
    page = CHAPTER.page("poisoning")
    found = [poisons_needed(10, c, size, 10) for c, size in ((0, 1e4), (0, 1e6), (10, 1e4), (1000, 1e6))]
    assert found[:2] == [10, 10] and f"要{found[2]}篇" in page and f"要{found[3]:,d}篇" in page


def test_poison_share():
    answer = CHAPTER.answer("ex:poison-share")
    for tokens in (6e9, 260e9):
        documents = tokens / 1000
        assert f"{share(250, 1700, tokens):.2g}" and f"{given_trigger(250 / documents, 1e-6):.1%}" in answer
    assert f"{share(250, 1700, 6e9):.4%}" in answer and f"{share(250, 1700, 260e9):.5%}" in answer
    assert f"{250 * 260 / 6:,.0f}" in answer
    assert given_trigger(10_833 / 2.6e8, 1e-6) == pytest.approx(given_trigger(250 / 6e6, 1e-6), abs=1e-4)


def test_poison_counts():
    answer = CHAPTER.answer("ex:poison-counts")
    for clean, size, expected in ((0, 5e3, 5), (0, 5e5, 5), (5, 5e3, 28)):
        assert poisons_needed(5, clean, size, 20) == expected and f"{expected}篇" in answer
    assert poisons_needed(5, 49, 5e3, 20) is None and poisons_needed(5, 48, 5e3, 20) is not None
    assert poisons_needed(5, 499, 5e3, 2) is None and poisons_needed(5, 498, 5e3, 2) is not None


def test_inspect_or_hash():
    answer = CHAPTER.answer("ex:inspect-or-hash")
    epsilon = 250 / 2.6e8
    n = math.log(0.05) / math.log1p(-epsilon)
    assert f"{n / 1e4:.0f}$万篇" in answer and f"{n / 60 / 1e4:.1f}万小时" in answer and f"{n / 60 / 2000:.0f}人年" in answer
    assert f"{math.log(0.05) / math.log1p(-epsilon / 2) / 1e4:.0f}万篇" in answer
