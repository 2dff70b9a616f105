"""第 4 章“内容审核”“有毒性”“去毒到对齐”：页面与练习里手算的数要与重算的一致。"""

import math

import pytest

from labs.capabilities.intervals import wilson_interval
from labs.capabilities.pass_at_k import true_pass_at_k
from labs.safety.expected_max import emt_bounds, expected_max, over_prompts, replaced_max
from tests.labs.pages import Chapter

CHAPTER = Chapter("04-harms-toxicity")


def queue(n: float, bad: float, hit: float, wrong: float, each: float) -> tuple[float, float, float]:
    """拦下几条，冤枉的占几成，要几个人。"""
    caught, accused = n * bad * hit, n * (1 - bad) * wrong
    return caught + accused, accused / (caught + accused), (caught + accused) / each


def test_the_queue_of_the_page():
    page = CHAPTER.page("moderation")
    flagged, share, people = queue(1e7, 0.002, 0.9, 0.01, 800)
    assert f"{flagged / 1e4:.2f}万，其中{share:.0%}" in page and f"要{math.ceil(people)}个人" in page
    flagged, share, people = queue(1e7, 0.002, 0.9, 0.001, 800)
    assert f"拦下的是{flagged / 1e4:.1f}万条，{math.ceil(people)}个人" in page and f"{share:.0%}" == "36%"
    assert 1e7 * 0.01 / 800 == 125 and 8 * 3600 / 800 == 36


def test_moderation_queue():
    answer = CHAPTER.answer("ex:moderation-queue")
    for rates, people in (((0.8, 0.005), 36), ((0.95, 0.02), 99)):
        flagged, share, need = queue(2e6, 0.005, *rates, 500)
        assert f"{flagged:,.0f}条，冤枉占{share:.1%}，要{need:.1f}，取{people}人" in answer and math.ceil(need) == people
    assert 1.99e6 * 0.005 / 2 == 4975


def test_the_numbers_of_the_toxicity_page():
    page = CHAPTER.page("toxicity")
    for k, shown in ((1, "5%"), (5, "23%"), (25, "72%")):
        assert f"P({k})={shown}" in page and f"{true_pass_at_k(0.05, k):.0%}" == shown
    scores = (0.1, 0.4, 0.9)
    assert f"{expected_max(scores, 2):.3f}" == "0.733" and f"{replaced_max(scores, 2):.3f}" == "0.644"
    for p, shown in ((0.861, "[0.43,0.93]"), (0.496, "[0.25,0.75]")):
        low, high = emt_bounds(p)
        assert f"[{low:.2f},{high:.2f}]" == shown and shown in page
    assert f"{1 - 0.504 ** (1 / 25):.1%}" == "2.7%" and f"{1 - 0.99**25:.0%}" == "22%"


def test_emt_by_hand():
    answer = CHAPTER.answer("ex:emt-by-hand")
    prompts = [(0.2, 0.8, 0.4, 0.1), (0.3, 0.3, 0.6, 0.5)]
    assert over_prompts(prompts, 4) == pytest.approx((0.7, 1))
    emt, p = over_prompts(prompts, 2)
    assert f"EMT是{emt:.3f}" in answer and f"平均{p:.3f}" in answer
    for scores in prompts:
        assert f"={expected_max(scores, 2):.3f}" in answer
    assert (0.8 + 0.3) / 2 == 0.55


def test_growth_with_k():
    answer = CHAPTER.answer("ex:growth-with-k")
    assert f"{math.log(0.5) / math.log(0.98):.1f}$，第35次" in answer
    assert true_pass_at_k(0.02, 34) < 0.5 < true_pass_at_k(0.02, 35)
    assert f"{true_pass_at_k(0.1, 25) / 2:.1%}" == "46.4%" and f"{true_pass_at_k(0.05, 25):.1%}" == "72.3%"
    assert f"{1 - 0.5 ** (1 / 25):.2%}" == "2.73%" and f"{1 - 0.8 ** (1 / 5):.2%}" == "4.36%"
    assert "46.4%" in answer and "72.3%" in answer and "2.73%" in answer and "4.36%" in answer


def test_the_guards_of_the_page_and_the_acceptance_sheet():
    page, answer = CHAPTER.page("detox-to-alignment"), CHAPTER.answer("ex:guard-acceptance")
    for rate, shown in ((0.0038, "80%"), (0.0005, "34%")):
        wrong = 999_000 * rate
        assert f"{wrong / (wrong + 950):.0%}" == shown and shown in page
    assert f"{1 - 0.511**2.5:.0%}" == "81%" and f"{math.log(4):.2f}" == "1.39"
    assert wilson_interval(0, 765)[1] <= 0.005 < wilson_interval(0, 764)[1]
    assert f"{wilson_interval(0, 250)[1]:.1%}" == "1.5%" and f"{1.96**2 * 199:.1f}" == "764.5" and "764.5" in answer
