"""多重比较：手算的五个 p 值、对照 scipy、次序与并列、假阳性的比例、报错。"""

import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from labs.fairness.multiple_comparisons import adjusted, bonferroni, step_up

FIVE = [0.010, 0.013, 0.035, 0.039, 0.200]


def test_the_five_p_values_of_the_docstring():
    assert step_up(FIVE) == [True, True, True, True, False]
    assert bonferroni(FIVE) == [True, False, False, False, False]
    assert adjusted(FIVE) == pytest.approx([0.0325, 0.0325, 0.04875, 0.04875, 0.2])


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_adjusted_values_agree_with_scipy(size):
    rng = np.random.default_rng(size)
    for _ in range(30):
        p = rng.random(size) ** 3
        np.testing.assert_allclose(adjusted(p), false_discovery_control(p), rtol=1e-12)
        for alpha in (0.01, 0.05, 0.3):
            assert step_up(p, alpha) == (false_discovery_control(p) <= alpha).tolist()


def test_ties_and_order():
    p = [0.2, 0.01, 0.2, 0.04, 0.01]
    np.testing.assert_allclose(adjusted(p), false_discovery_control(p))
    shuffled = [p[i] for i in (3, 0, 4, 2, 1)]
    assert [adjusted(p)[i] for i in (3, 0, 4, 2, 1)] == adjusted(shuffled)
    assert step_up([0.05]) == [True] and bonferroni([0.05]) == [True] and bonferroni([0.025, 0.5]) == [True, False]


def test_bonferroni_is_never_looser_and_one_test_changes_nothing():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.random(12) ** 4
        assert all(b <= s for b, s in zip(bonferroni(p), step_up(p), strict=True))
    assert adjusted([0.3]) == [0.3]
    assert adjusted([0.9, 0.95, 1.0]) == pytest.approx([1, 1, 1])


def test_no_difference_anywhere_and_something_found_about_five_times_in_a_hundred():
    rng = np.random.default_rng(1)
    runs = [any(step_up(rng.random(30))) for _ in range(2000)]
    uncorrected = [(rng.random(30) <= 0.05).any() for _ in range(2000)]
    assert 0.03 < np.mean(runs) < 0.07 and 0.74 < np.mean(uncorrected) < 0.83  # 1 − 0.95³⁰ = 0.785


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: step_up([]), "^p_values 应为非空的一列"),
        (lambda: adjusted([[0.1]]), "^p_values 应为非空的一列，得到形状"),
        (lambda: bonferroni([0.1, 1.2]), "^p_values 应都在 0 与 1 之间"),
        (lambda: adjusted([-0.1]), "^p_values 应都"),
        (lambda: adjusted([math.nan]), "^p_values 应都"),
        (lambda: step_up([0.1], 0), "^alpha 应大于 0、小于 1，得到 0"),
        (lambda: bonferroni([0.1], 1), "^alpha 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
