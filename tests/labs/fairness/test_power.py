"""要多少对：手算的例子、与第 2 章的式子一致、模拟的把握、复本、报错。"""

import math

import numpy as np
import pytest
from scipy.stats import norm

from labs.capabilities.gap import item_variance, items_needed
from labs.fairness.power import detectable_gap, effective_pairs, multiplier, pairs_needed


def test_the_example_of_the_docstring():
    assert pairs_needed(0.02, 0.10) == 197
    assert pairs_needed(0.02, 0.10, comparisons=34) == 405
    assert multiplier(0.05, 0.8, 1) == pytest.approx(norm.isf(0.025) + norm.isf(0.2))
    assert multiplier(0.05, 0.8, 31) == pytest.approx(norm.isf(0.025 / 31) + norm.isf(0.2))


@pytest.mark.parametrize(("p1", "p2", "phi"), [(0.71, 0.69, 0.0), (0.71, 0.69, 0.76), (0.8, 0.7, 0.3)])
def test_flips_agree_with_the_two_models_of_chapter_two(p1, p2, phi):
    assert pairs_needed(p1 - p2, math.sqrt(item_variance(p1, p2, phi))) == pytest.approx(items_needed(p1, p2, phi), abs=1, rel=1e-4)


def test_the_power_is_what_it_says():
    n = pairs_needed(0.05, 0.2)
    draws = np.random.default_rng(0).normal(0.05, 0.2, (4000, n))
    z = draws.mean(1) / (0.2 / math.sqrt(n))
    assert (np.abs(z) > norm.isf(0.025)).mean() == pytest.approx(0.8, abs=0.02)


def test_half_the_gap_takes_four_times_the_pairs():
    assert pairs_needed(0.01, 0.1) == pytest.approx(4 * pairs_needed(0.02, 0.1), abs=4)
    assert pairs_needed(0.5, 0.001) == 1
    for n in (10, 100, 1000):
        assert pairs_needed(detectable_gap(n, 0.3), 0.3) == n
    assert detectable_gap(100, 0.3, comparisons=10) > detectable_gap(100, 0.3) > detectable_gap(100, 0.3, power=0.5)


def test_copies_add_nothing():
    assert effective_pairs(600, 20, 1.0) == 30 and effective_pairs(600, 20, 0.0) == 600 and effective_pairs(5, 1, 0.7) == 5
    rng = np.random.default_rng(1)  # 30 个词各 20 个模板，同词相关 0.5
    words = rng.normal(0, math.sqrt(0.5), (6000, 30, 1)) + rng.normal(0, math.sqrt(0.5), (6000, 30, 20))
    assert 1 / words.mean((1, 2)).var() == pytest.approx(effective_pairs(600, 20, 0.5), rel=0.06)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pairs_needed(0, 0.1), "^gap 应为有限的正数，得到 0"),
        (lambda: pairs_needed(0.1, math.inf), "^sd 应为"),
        (lambda: pairs_needed(0.1, 0.1, alpha=0), "^alpha 应大于 0、小于 1"),
        (lambda: pairs_needed(0.1, 0.1, power=1), "^power 应"),
        (lambda: pairs_needed(0.1, 0.1, comparisons=0), "^comparisons 应为"),
        (lambda: detectable_gap(0, 0.1), "^pairs 应为"),
        (lambda: detectable_gap(3, -1), "^sd 应为"),
        (lambda: effective_pairs(0, 1, 0), "^pairs 应为"),
        (lambda: effective_pairs(1, 0, 0), "^per_word 应为"),
        (lambda: effective_pairs(1, 1, 1.1), "^correlation 应在 0 与 1 之间，得到 1.1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
