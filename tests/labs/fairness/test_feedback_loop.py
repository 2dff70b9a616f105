"""反馈回路：手算的两步、scipy 求的不动点、稳定与门槛、补数据的临界点、单调与有界、报错。"""

import math

import pytest
from scipy.optimize import approx_fprime, brentq, minimize_scalar

from labs.fairness.feedback_loop import error_rate, fixed_points, next_users, slope, trajectory

N, C = 100, 40


def test_two_steps_by_hand():
    assert error_rate(30, C) == pytest.approx(1600 / 2500) and error_rate(15, C) == pytest.approx(1600 / 1825)
    up, down = trajectory(30, 2, N, C), trajectory(15, 2, N, C)
    assert [round(x, 1) for x in up] == [30, 36, 44.8] and [round(x, 1) for x in down] == [15, 12.3, 8.7]


def test_the_error_at_its_ends():
    assert error_rate(0, C) == 1 and error_rate(C, C, 1) == error_rate(C, C, 5) == 0.5
    assert error_rate(1e9, C) == pytest.approx(0, abs=1e-12) and error_rate(10, C, 1) == pytest.approx(0.8)


@pytest.mark.parametrize(("power", "extra"), [(1, 0.0), (1, 3.0), (2, 0.0), (2, 3.0), (2, 7.0), (3, 1.0), (4, 0.0)])
def test_fixed_points_agree_with_scipy(power, extra):
    def drift(users: float) -> float:
        return next_users(users, N, C, power, extra) - users

    grid = [N * i / 997 for i in range(998)]
    roots = [0.0] if drift(0) == 0 else []
    for a, b in zip(grid[1:], grid[2:], strict=False):
        if drift(a) * drift(b) < 0:
            roots.append(brentq(drift, a, b))
    if extra:
        assert drift(0) > 0
        if drift(grid[1]) < 0:
            roots = [brentq(drift, 0, grid[1]), *roots]
    assert fixed_points(N, C, power, extra) == pytest.approx(roots, abs=1e-6)


def test_the_closed_forms_of_the_page():
    assert fixed_points(N, C) == pytest.approx([0, 20, 80]) and fixed_points(N, C, 1) == pytest.approx([0, 60])
    assert fixed_points(N, 60) == [0] and fixed_points(N, 50) == pytest.approx([0, 50], abs=1e-4)  # N < 2c、N = 2c
    assert fixed_points(30, 40, 1) == [0]  # h = 1 而 N < c：谁也留不住


@pytest.mark.parametrize("power", [1, 2, 3])
def test_slope_is_the_derivative(power):
    for users, extra in ((1.0, 0.0), (20.0, 0.0), (80.0, 0.0), (0.0, 5.0), (33.0, 5.0)):
        numeric = approx_fprime([users], lambda v: next_users(v[0], N, C, power, extra), 1e-6)[0]  # noqa: B023
        assert slope(users, N, C, power, extra) == pytest.approx(numeric, rel=1e-4)
    assert slope(0, N, C, power) == {1: 2.5, 2: 0, 3: 0}[power]


def test_a_slope_below_one_attracts_and_above_one_repels():
    for point in fixed_points(N, C):
        side = 1 if point < 50 else -1
        far = abs(next_users(point + side * 0.01, N, C) - point)
        assert (far < 0.01) == (slope(point, N, C) < 1)
    assert [round(slope(n, N, C), 2) for n in (20, 80)] == [1.6, 0.4]


def test_both_sides_of_the_threshold():
    assert trajectory(20, 5, N, C) == pytest.approx([20] * 6)
    assert trajectory(20.1, 60, N, C)[-1] == pytest.approx(80, abs=1e-3)
    assert trajectory(19.9, 60, N, C)[-1] == pytest.approx(0, abs=1e-9)
    assert trajectory(0, 3, N, C) == [0, 0, 0, 0]


def test_without_a_threshold_the_gap_closes():
    rich, poor = (trajectory(start, 40, N, C, power=1)[-1] for start in (90, 1))
    assert rich == pytest.approx(poor, abs=1e-3) and rich == pytest.approx(60, abs=1e-3)


def test_a_little_extra_data_removes_the_trap():
    least = -minimize_scalar(lambda x: N * x**2 / (C**2 + x**2) - x, bounds=(0, 20), method="bounded").fun
    assert round(least, 2) == 4.18
    assert len(fixed_points(N, C, extra=least - 0.01)) == 3 and len(fixed_points(N, C, extra=least + 0.01)) == 1
    assert trajectory(0, 60, N, C, extra=5)[-1] == pytest.approx(fixed_points(N, C, extra=5)[0], abs=1e-6)
    helped = trajectory(15, 6, N, C, extra=5)
    assert helped[2] > 20 and trajectory(helped[2], 40, N, C)[-1] == pytest.approx(80, abs=1e-3)  # 过了门槛就可以停


def test_more_users_never_hurt_and_nobody_exceeds_the_population():
    for power in (1, 2, 3):
        values = [next_users(n, N, C, power) for n in range(101)]
        assert values == sorted(values) and 0 <= values[0] and values[-1] < N
    assert next_users(10, N, C, extra=5) > next_users(10, N, C)
    assert trajectory(60, 4, 200, 80) == pytest.approx([2 * x for x in trajectory(30, 4, N, C)])  # 人与数据同乘，形状不变


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: error_rate(-1, C), "^data 应为有限的非负数，得到 -1"),
        (lambda: error_rate(math.inf, C), "^data 应为有限的非负数"),
        (lambda: error_rate(1, 0), "^half 应为有限的正数，得到 0"),
        (lambda: error_rate(1, C, 0), "^power 应为不小于 1 的整数"),
        (lambda: error_rate(1, C, 1.5), "^power 应为"),
        (lambda: next_users(101, N, C), "^users 应为0 到 100 之间的数，得到 101"),
        (lambda: next_users(math.nan, N, C), "^users 应"),
        (lambda: next_users(1, 0, C), "^population 应为有限的正数"),
        (lambda: next_users(1, N, C, extra=-2), "^extra 应为有限的非负数"),
        (lambda: trajectory(1, -1, N, C), "^steps 应为不小于 0"),
        (lambda: slope(-1, N, C), "^users 应"),
        (lambda: slope(1, math.inf, C), "^population 应"),
        (lambda: slope(1, N, C, extra=math.inf), "^extra 应"),
        (lambda: fixed_points(N, -C), "^half 应"),
        (lambda: fixed_points(-N, C), "^population 应"),
        (lambda: fixed_points(N, C, 0), "^power 应"),
        (lambda: fixed_points(N, C, extra=-1), "^extra 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
