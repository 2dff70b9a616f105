"""第 3 章“伤害的分类”：页面与练习里手算的数要与重算的一致。"""

import pytest

from labs.fairness.feedback_loop import error_rate, fixed_points, slope, trajectory
from tests.labs.pages import Chapter

CHAPTER = Chapter("03-harms-bias")


def test_the_two_rounds_and_the_extra_data_of_the_page():
    page = CHAPTER.page("harm-taxonomy")
    for start in (30, 15):
        first, second = trajectory(start, 2, 100, 40)[1:]
        assert f"{first:.3g}人" in page and f"{second:.1f}人" in page
        assert f"{error_rate(first, 40):.3f}" in page
    assert 4.5 < trajectory(30, 2, 100, 40)[2] / trajectory(15, 2, 100, 40)[2] < 5.5
    helped = trajectory(15, 3, 100, 40, extra=5)
    assert [round(x, 1) for x in helped[1:]] == [20, 28.1, 40.6] and "15人变20、28.1、40.6" in page
    x = 8.79
    assert f"{100 * x * x / (1600 + x * x):.2f}" == "4.61" and "8.79-4.61=4.18" in page


@pytest.mark.parametrize(("point", "error", "value"), [(20, 0.8, 1.6), (80, 0.2, 0.4)])
def test_the_slopes_of_the_page(point, error, value):
    assert error_rate(point, 40) == pytest.approx(error) and slope(point, 100, 40) == pytest.approx(value) == pytest.approx(2 * error)


def test_loop_by_hand():
    answer = CHAPTER.answer("ex:loop-by-hand")
    assert fixed_points(100, 30) == pytest.approx([0, 10, 90]) and fixed_points(50, 30) == [0]
    assert [round(slope(n, 100, 30), 3) for n in (0, 10, 90)] == [0, 1.8, 0.2]
    for start in (12, 9):
        first, second = trajectory(start, 2, 100, 30)[1:]
        assert f"{error_rate(start, 30):.3f}$，下一轮{first:.1f}人，再一轮{second:.1f}人" in answer
    assert fixed_points(100, 30, 1) == pytest.approx([0, 70]) and slope(70, 100, 30, 1) == pytest.approx(0.3)
    point = fixed_points(100, 30, extra=3)[-1]
    assert slope(point, 100, 30, extra=3) == pytest.approx(2 * error_rate(point + 3, 30) * point / (point + 3))
