"""几道防线的剩余风险：手算的例子、模拟对照、上下界、报错。"""

import math
import random

import pytest

from labs.safety.layers import after, bounds, by_kind, independent

HARD = ([0.1, 0.9], [[0.41, 0.92], [0.01, 0.12]])


def test_the_example_of_the_page():
    assert independent([0.05, 0.2]) == pytest.approx(0.01)
    assert by_kind([0.1, 0.9], [[0.41], [0.01]]) == pytest.approx(0.05)
    assert by_kind([0.1, 0.9], [[0.92], [0.12]]) == pytest.approx(0.2)
    assert by_kind(*HARD) == pytest.approx(0.0388)
    assert bounds([0.05, 0.2]) == (0.0, 0.05)


def test_a_simulation_agrees():
    rng = random.Random(0)
    n = 200_000
    through = sum(
        all(rng.random() < miss for miss in row)
        for row in (HARD[1][0] if rng.random() < 0.1 else HARD[1][1] for _ in range(n))
    )
    assert through / n == pytest.approx(by_kind(*HARD), abs=4 * math.sqrt(0.0388 * 0.9612 / n))


def test_one_kind_is_independence_and_everything_lies_within_the_bounds():
    rng = random.Random(1)
    for _ in range(200):
        share = rng.random()
        rows = [[rng.random() for _ in range(3)] for _ in range(2)]
        assert by_kind([1.0], rows[:1]) == pytest.approx(independent(rows[0]))
        margins = [by_kind([share, 1 - share], [[row[i]] for row in rows]) for i in range(3)]
        low, high = bounds(margins)
        assert low - 1e-12 <= by_kind([share, 1 - share], rows) <= high + 1e-12


def test_the_bounds_are_reached():
    assert by_kind([0.2, 0.8], [[1, 1], [0, 0]]) == pytest.approx(bounds([0.2, 0.2])[1])  # 同漏同拦
    assert by_kind([0.2, 0.8], [[0, 1], [1, 0]]) == 0 == bounds([0.8, 0.2])[0]  # 一个漏另一个必拦
    assert bounds([0.9, 0.8]) == pytest.approx((0.7, 0.8))


def test_many_attempts():
    assert after(0.01, 1) == pytest.approx(0.01) and after(0.01, 100) == pytest.approx(1 - 0.99**100)
    assert after(1e-12, 1000) == pytest.approx(1e-9) and after(0, 5) == 0 and after(1, 3) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: independent([]), "^misses 应至少有一个数"),
        (lambda: independent([0.1, 1.1]), "^misses 里的数应在 0 与 1 之间，得到 1.1"),
        (lambda: independent([math.nan]), "^misses 里的数"),
        (lambda: by_kind([0.5, 0.4], [[0.1], [0.1]]), "^shares 应与 misses 一样长、和为 1"),
        (lambda: by_kind([0.5, 0.5], [[0.1]]), "^shares 应与"),
        (lambda: by_kind([1.5, -0.5], [[0.1], [0.1]]), "^shares 里的数应在 0 与 1 之间，得到 1.5"),
        (lambda: bounds([0.2, 1.2]), "^misses 里的数应在 0 与 1 之间，得到 1.2"),
        (lambda: after(-0.1, 2), "^residual 里的数"),
        (lambda: after(0.1, 0), "^attempts 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
