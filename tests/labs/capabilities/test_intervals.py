"""区间：手算的端点、Wilson 的定义、覆盖率、开篇那道题。"""

import math

import pytest

from labs.capabilities.intervals import coverage, normal_interval, unpaired_difference, wilson_interval, z_value


def test_all_right_is_not_certainty():
    assert normal_interval(60, 60) == (1, 1)
    low, high = wilson_interval(60, 60)
    assert low == pytest.approx(60 / (60 + z_value() ** 2)) and f"{low:.3f}" == "0.940" and high == pytest.approx(1)
    assert wilson_interval(0, 60) == pytest.approx((0, 1 - low))


def test_the_opening_question_of_the_chapter():
    low, high = unpaired_difference(142, 138, 200)
    assert f"{(high - low) / 2:.3f}" == "0.090" and (high + low) / 2 == pytest.approx(0.02)


@pytest.mark.parametrize(("c", "n"), [(1, 10), (19, 60), (30, 60), (142, 200)])
def test_wilson_ends_solve_the_score_equation(c, n):
    p_hat, z = c / n, z_value()
    for p in wilson_interval(c, n):
        assert abs(p_hat - p) == pytest.approx(z * math.sqrt(p * (1 - p) / n))


def test_the_two_agree_for_many_items_and_middling_scores():
    for ours, theirs in zip(normal_interval(5_000, 10_000), wilson_interval(5_000, 10_000), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_right_and_wrong_mirror_each_other():
    low, high = wilson_interval(7, 60)
    assert wilson_interval(53, 60) == (pytest.approx(1 - high), pytest.approx(1 - low))


def test_more_confidence_is_wider():
    assert z_value(0.95) == pytest.approx(1.959964, abs=1e-6)
    narrow, wide = wilson_interval(19, 60, 0.9), wilson_interval(19, 60, 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_normal_interval_misses_too_often_near_the_edge():
    assert coverage(normal_interval, 0.97, 60) == pytest.approx(1 - 0.97**60, abs=3e-3)  # 全对时缩成一点，盖不住
    assert coverage(wilson_interval, 0.97, 60) > 0.93
    assert coverage(wilson_interval, 0.5, 60) == pytest.approx(0.95, abs=0.03)
    assert coverage(wilson_interval, 1, 60) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: wilson_interval(61, 60), "^successes 应不大于 n = 60，得到 61"),
        (lambda: wilson_interval(-1, 60), "^successes 应为不小于 0 的整数"),
        (lambda: normal_interval(0, 0), "^n 应为不小于 1 的整数"),
        (lambda: unpaired_difference(1, 5, 4), "^b 应不大于 n"),
        (lambda: unpaired_difference(5, 1, 4), "^a 应不大于 n"),
        (lambda: z_value(1), "^confidence 应在 0 与 1 之间，得到 1"),
        (lambda: coverage(wilson_interval, 1.2, 5), "^p 应在 0 与 1 之间"),
        (lambda: coverage(wilson_interval, 0.5, 0), "^n 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
