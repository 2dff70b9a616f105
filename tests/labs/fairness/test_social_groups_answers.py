"""第 3 章“社会群体”：页面与练习里手算的数要与重算的一致。"""

from labs.capabilities.intervals import wilson_interval
from tests.labs.pages import Chapter

CHAPTER = Chapter("03-harms-bias")


def test_wrong_labels_shrink_the_gap():
    page = CHAPTER.page("social-groups")
    first, second = 0.8 * 30 + 0.2 * 10, 0.8 * 10 + 0.2 * 30
    assert f"0.8times30+0.2times10={first:.0f}" in page and f"标成乙的测得{second:.0f}%" in page
    assert round(first - second) == 12 == round((1 - 2 * 0.2) * 20) and round(4 / (1 - 2 * 0.3)) == 10


def test_fair_margins_hide_any_delta():
    for delta in (0, 10, 50):
        cells = [[50 + delta, 50 - delta], [50 - delta, 50 + delta]]
        assert {sum(row) for row in cells} == {sum(column) for column in zip(*cells, strict=True)} == {100}


def test_the_small_cells_of_the_page():
    page = CHAPTER.page("social-groups")
    low, high = wilson_interval(2, 4)
    assert f"{low:.0%}到{high:.0%}" in page and f"{1000 / 2**8:.1f}人" in page and round(256 * 0.05) == 13


def test_four_fifths_cells():
    answer = CHAPTER.answer("ex:four-fifths-cells")
    passed = {"城男": (204, 400), "城女": (196, 400), "乡男": (56, 100), "乡女": (30, 100)}

    def rate(*names: str) -> float:
        return sum(passed[n][0] for n in names) / sum(passed[n][1] for n in names)

    man, woman, town, country = rate("城男", "乡男"), rate("城女", "乡女"), rate("城男", "城女"), rate("乡男", "乡女")
    for value in (man, woman, town, country):
        assert f"{value:.1%}" in answer
    assert f"{woman / man:.3f}" in answer and f"{country / town:.3f}" in answer
    rates = [rate(n) for n in passed]
    assert f"{min(rates) / max(rates):.3f}" in answer
    low, high = wilson_interval(30, 100)
    assert f"{low:.1%}到{high:.1%}" in answer and high < 0.8 * 0.56
    top = wilson_interval(56, 100)
    assert f"{top[0]:.1%}到{top[1]:.1%}" in answer and f"{0.8 * top[0]:.1%}" in answer
    assert wilson_interval(204, 400)[0] > high
