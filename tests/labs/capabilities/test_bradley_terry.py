"""Bradley–Terry：两个模型的闭式解，梯度为零，区间的覆盖率，什么时候无解。"""

import math

import numpy as np
import pytest

from labs.capabilities.bradley_terry import ELO, fit, win_probability


def test_worked_example():
    result = fit([[0, 30], [10, 0]])
    gap, low, high = result.difference_interval(0, 1)
    assert gap == pytest.approx(math.log(3)) and f"{low:.3f} {high:.3f}" == "0.383 1.814"
    assert f"{gap * ELO:.0f} {(high - gap) * ELO:.0f}" == "191 124"
    assert (high - low) / 2 / 1.959964 == pytest.approx(math.sqrt(1 / 30 + 1 / 10), rel=1e-6)
    assert result.interval(0)[0] == pytest.approx(gap / 2) and result.interval(0)[1] == pytest.approx(low / 2)
    assert result.interval(0)[2] == pytest.approx(high / 2)


def draw(theta, games, seed):
    rng = np.random.default_rng(seed)
    wins = np.zeros((len(theta), len(theta)))
    for i in range(len(theta)):
        for j in range(i):
            wins[i, j] = rng.binomial(games, win_probability(theta[i], theta[j]))
            wins[j, i] = games - wins[i, j]
    return wins


def test_expected_wins_equal_actual_wins():
    wins = draw([1.0, 0.3, 0, -0.2, -1.1], 50, 0)
    theta = fit(wins).theta
    expected = [
        sum((wins[i, j] + wins[j, i]) * win_probability(theta[i], theta[j]) for j in range(5) if j != i)
        for i in range(5)
    ]
    assert expected == pytest.approx(wins.sum(1), abs=1e-6) and theta.sum() == pytest.approx(0)


def test_no_other_strengths_are_more_likely():
    wins = draw([0.5, 0, -0.5], 40, 1)

    def log_likelihood(theta):
        return sum(wins[i, j] * math.log(win_probability(theta[i], theta[j])) for i in range(3) for j in range(3))

    best, rng = fit(wins).theta, np.random.default_rng(0)
    assert all(log_likelihood(best) > log_likelihood(best + rng.normal(size=3) / 10) for _ in range(50))


def test_the_interval_covers_the_truth_nineteen_times_in_twenty():
    theta = [0.6, 0.2, 0, -0.8]
    inside = 0
    for seed in range(300):
        _, low, high = fit(draw(theta, 60, seed)).difference_interval(0, 3)
        inside += low <= theta[0] - theta[3] <= high
    assert 0.92 <= inside / 300 <= 0.98  # 300 次，标准误 0.013


def test_four_times_the_games_halves_the_interval():
    wins = draw([0.5, 0, -0.5], 40, 1)
    once, four = (fit(m).difference_interval(0, 1) for m in (wins, 4 * wins))
    assert once[0] == pytest.approx(four[0]) and once[2] - once[1] == pytest.approx(2 * (four[2] - four[1]))


def test_unequal_games_and_indirect_comparison():
    result = fit([[0, 8, 0], [2, 0, 8], [0, 2, 0]])  # 甲与丙没有交过手
    assert result.theta[0] - result.theta[2] == pytest.approx(2 * math.log(4))
    direct, indirect = result.difference_interval(0, 1), result.difference_interval(0, 2)
    assert indirect[2] - indirect[1] > direct[2] - direct[1]


def test_lopsided_matches_still_converge():
    result = fit([[0, 10_000], [1, 0]])
    assert result.difference_interval(0, 1)[0] == pytest.approx(math.log(10_000))


@pytest.mark.parametrize(
    ("wins", "message"),
    [
        ([[0, 1, 2], [1, 0, 2]], "^wins 应为至少 2 × 2 的方阵"),
        ([[0]], "^wins 应为至少"),
        ([1, 2], "^wins 应为至少"),
        ([[0, -1], [1, 0]], "^wins 应为非负"),
        ([[1, 1], [1, 0]], "^wins 应为非负"),
        ([[0, 5], [0, 0]], "^wins 里有人从不输"),
        ([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], "^wins 里有人"),
    ],
)
def test_wins_without_a_solution_are_rejected(wins, message):
    with pytest.raises(ValueError, match=message):
        fit(wins)
