"""第 4 章“虚假信息”：页面与练习里手算的数要与重算的一致。"""

import math

from labs.safety.persuasion_cost import cost_per_persuaded, people_per_change, people_to_reach
from tests.labs.pages import Chapter

CHAPTER = Chapter("04-harms-toxicity")


def odds(share: float) -> float:
    """份额变几率。"""
    return share / (1 - share)


def share(ratio: float) -> float:
    """几率变份额。"""
    return ratio / (1 + ratio)


def test_the_bill_of_the_page():
    page = CHAPTER.page("falsehood")
    human, machine = cost_per_persuaded(1, 0.05, 0.1, 0.01), cost_per_persuaded(0.001, 0.05, 0.1, 0.01)
    assert f"={human:.0f}$元" in page and f"={machine:.0f}$元" in page and f"只便宜{human / machine:.1f}倍" in page
    assert f"={cost_per_persuaded(0, 0.05, 0.1, 0.01):.0f}$元" in page
    half = cost_per_persuaded(0.0005, 0.05, 0.1, 0.01)
    assert f"到{half:.1f}元，省{1 - half / machine:.0%}" in page
    assert f"减半到{cost_per_persuaded(0.001, 0.025, 0.1, 0.01):.0f}元" in page
    assert f"翻倍都到{cost_per_persuaded(0.001, 0.05, 0.2, 0.01):.1f}元" in page
    assert f"便宜{1 - 74 / 100:.0%}到{1 - 48 / 100:.0%}，" in page


def test_three_percent_signs_of_the_page():
    page = CHAPTER.page("falsehood")
    assert f"={odds(0.644):.2f}$" in page and f"{odds(0.644) - 1:.0%}" == "81%"
    assert f"={share(1.26):.1%}$" in page and f"={share(2.607):.1%}$" in page
    assert f"{8 * 1.51:.1f}个" in page


def test_how_many_people_of_the_page():
    page = CHAPTER.page("falsehood")
    assert f"={people_to_reach(5000, 0.05):,.0f}$人" in page
    assert f"${people_to_reach(5000, 0.05, 0.4):,.0f}$人" in page and round(people_to_reach(5000, 0.05, 0.4) / 0.1) == 2_500_000
    fewest, most = people_per_change(0.007, 0.007)
    assert f"最少{fewest:.0f}人" in page and most == math.inf and f"每{1 / 0.007:.0f}人" in page
    assert f"{0.007 - 1.96 * 0.007:.3f}" == "-0.007" and f"{0.007 + 1.96 * 0.007:.3f}" == "0.021"


def test_persuasion_bill():
    answer = CHAPTER.answer("ex:persuasion-bill")
    human, machine = cost_per_persuaded(2, 0.2, 0.05, 0.004), cost_per_persuaded(0.002, 0.2, 0.05, 0.004)
    better, blocked = cost_per_persuaded(0.002, 0.2, 0.05, 0.00604), cost_per_persuaded(0.002, 2, 0.025, 0.004)
    assert f"={human:,.0f}$元" in answer and f"={machine:,.0f}$元，便宜{human / machine:.1f}倍" in answer
    assert f"={better:.0f}$元，省{1 - better / machine:.0%}" in answer
    assert f"={blocked:,.0f}$元" in answer and blocked > human
    assert f"={cost_per_persuaded(0, 0.2, 0.05, 0.004):,.0f}$元" in answer


def test_three_percent_signs():
    answer = CHAPTER.answer("ex:three-percent-signs")
    for ratio in (1.812, 1.260, 2.607):
        assert f"={share(ratio):.1%}$" in answer
    assert f"={9 * 1.27:.1f}$" in answer and f"点估计{1 / 0.03:.0f}人" in answer
    fewest, most = people_per_change(0.03, 0.01)
    assert f"{fewest:.0f}到{most:.0f}人" in answer and f"{0.03 - 1.96 * 0.01:.2%}到{0.03 + 1.96 * 0.01:.2%}" in answer
    fewest, most = people_per_change(0.03, 0.02)
    assert f"最少{fewest:.0f}人" in answer and most == math.inf and f"{0.03 - 1.96 * 0.02:.2%}" in answer
    talks = people_to_reach(2000, 0.03, 0.4)
    assert f"={talks:,.0f}$人" in answer and f"={talks / 0.08:,.0f}$人" in answer
