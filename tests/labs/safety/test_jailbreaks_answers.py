"""第 4 章“红队与越狱”：页面与练习里手算的数要与重算的一致。"""

import math

import pytest

from labs.safety.attack_rate import corrected_rate
from labs.safety.attempts import beta_failure, success_after
from tests.labs.pages import Chapter, plain

CHAPTER = Chapter("04-harms-toxicity")


def test_the_judge_of_the_page():
    page = CHAPTER.page("jailbreaks")
    known, sampled = corrected_rate(60, 200, 0.9, 0.1), corrected_rate(60, 200, 0.9, 0.1, 100, 100)
    assert known.rate == pytest.approx(0.25) and 60 - 200 * 0.25 * 0.9 == pytest.approx(15)  # 误判的 15 条
    assert f"[{known.low:.2f},{known.high:.2f}]" in page and f"[{sampled.low:.2f},{sampled.high:.2f}]" in page
    assert f"{math.sqrt(0.21 / 200):.3f}" == "0.032" and f"变成{known.error:.3f}" in page and f"标准误升到{sampled.error:.3f}" in page


def test_the_attempts_of_the_page():
    page = CHAPTER.page("jailbreaks")
    assert [f"{success_after([0.5, 0.001], n):.1%}" for n in (1, 10, 1000)] == ["25.1%", "50.4%", "81.6%"] and "50.4%" in page and "81.6%" in page
    assert f"{beta_failure(0.3, 2.7, 10_000):.0%}" == "8%" and f"{0.9**50:.1%}" == "0.5%"


def test_the_mechanisms_of_the_page():
    page = CHAPTER.page("jailbreaks")
    for value in (f"{math.log(19):.2f}奈特", f"{-math.log(0.01):.2f}降到{-math.log(0.5):.2f}", f"e^{{-8}}={math.exp(-8):.4f}", f"{math.exp(-0.5):.2f}"):
        assert plain(value) in page
    assert 20 * math.log10(32_000) == pytest.approx(90, abs=0.2)
    assert 8 / math.sqrt(256) == 0.5 and 16 / math.sqrt(4) == 8


def test_judge_arithmetic():
    answer = CHAPTER.answer("ex:judge-arithmetic")
    one, two = corrected_rate(90, 500, 0.85, 0.06), corrected_rate(50, 500, 0.85, 0.06)
    assert f"{one.rate:.1%}" in answer and f"{two.rate:.1%}" in answer and f"{one.rate / two.rate:.1f}倍" in answer
    assert f"{one.error:.4f}" in answer and f"[{one.low:.3f},{one.high:.3f}]" in answer
    assert f"{corrected_rate(50, 500, 0.85, 0.0).rate:.1%}" in answer and corrected_rate(50, 500, 0.85, 0.1).rate == pytest.approx(0)


def test_attempts_and_budget():
    answer = CHAPTER.answer("ex:attempts-and-budget")
    for n, shown in ((1, "0.10025"), (20, "0.499"), (2000, "0.816")):
        assert abs(success_after([0.2, 0.0005], n) - float(shown)) < 6e-4 and shown in answer
    assert beta_failure(1, 9, 81) == pytest.approx(0.1) and beta_failure(1, 9, 80) > 0.1
