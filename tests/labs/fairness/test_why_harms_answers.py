"""第 3 章“为什么先谈伤害”：页面与练习里手算的数要与重算的一致。"""

import math

from scipy.stats import beta

from tests.labs.pages import Chapter

CHAPTER = Chapter("03-harms-bias")


def excluded(n: int, confidence: float = 0.95) -> float:
    """n 次全没出事，单侧 Clopper–Pearson 的上界。"""
    return float(beta.ppf(confidence, 1, n))


def test_the_numbers_of_the_page():
    page = CHAPTER.page("why-harms")
    assert f"{105 / 353:.2f}" == "0.30" and f"{0.7**10:.3f}" == "0.028" and "0.7^{10}=0.028" in page
    daily = 18e9 / 7
    assert f"{daily / 1e6:,.0f}次" in page and f"{daily * 0.001 / 1e4:.0f}万次" in page
    assert round(excluded(3000), 4) == 0.001 and f"{excluded(30):.1%}" in page
    assert math.isclose(excluded(3000), 1 - 0.05 ** (1 / 3000)) and f"{2571 * 30 / 1e4:.1f}" == "7.7"


def test_rule_of_three():
    answer = CHAPTER.answer("ex:rule-of-three")
    assert 2_000_000 * 3 / 6000 == 1000 and 3000 / 0.02 == 150_000 and "150,000条" in answer
    assert f"{excluded(120):.2%}" in answer and f"{3 / 120:.1%}" in answer
    assert f"{-math.log(0.01):.2f}" in answer
    assert f"{(1 - 1e-6) ** 3000:.1%}" in (CHAPTER.path / "self-test.md").read_text("utf-8")
