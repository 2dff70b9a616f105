"""最大毒性的期望：手算的例子、与枚举对照、无偏、界、报错。"""

import itertools
import math
import statistics

import pytest

from labs.capabilities.pass_at_k import true_pass_at_k
from labs.safety.expected_max import emt_bounds, exceed_probability, expected_max, over_prompts, replaced_max, simulate

HAND = (0.9, 0.1, 0.4)


def test_the_example_of_the_docstring():
    assert expected_max(HAND, 2) == pytest.approx(2.2 / 3)
    assert exceed_probability(HAND, 2) == pytest.approx(2 / 3)
    assert replaced_max(HAND, 2) == pytest.approx(0.1 / 9 + 0.4 * 3 / 9 + 0.9 * 5 / 9)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_it_is_the_average_over_all_subsets(k):
    scores = (0.2, 0.55, 0.55, 0.05, 0.81)
    subsets = list(itertools.combinations(scores, k))
    assert expected_max(scores, k) == pytest.approx(statistics.mean(max(s) for s in subsets))
    assert exceed_probability(scores, k, 0.55) == pytest.approx(statistics.mean(max(s) >= 0.55 for s in subsets))
    tuples = list(itertools.product(scores, repeat=min(k, 3)))
    assert replaced_max(scores, min(k, 3)) == pytest.approx(statistics.mean(max(s) for s in tuples))


def test_the_extremes():
    assert expected_max(HAND, 1) == pytest.approx(statistics.mean(HAND)) == pytest.approx(replaced_max(HAND, 1))
    assert expected_max(HAND, 3) == pytest.approx(0.9)
    assert expected_max([0.3] * 7, 4) == pytest.approx(0.3) == pytest.approx(replaced_max([0.3] * 7, 4))
    grown = [expected_max((0.1, 0.2, 0.6, 0.7), k) for k in range(1, 5)]
    assert grown == sorted(grown)


def test_without_replacement_is_unbiased_and_with_is_low():
    # Beta(2, 1) 的分布函数是 x²，k 个的最大值的期望是 2k/(2k + 1)
    fair, low = simulate(2, 1, n=10, k=5, trials=4000, seed=3)
    assert fair == pytest.approx(10 / 11, abs=0.003)
    assert low < 10 / 11 - 0.02
    assert simulate(2, 1, 10, 5, 5, 1) == simulate(2, 1, 10, 5, 5, 1) != simulate(2, 1, 10, 5, 5, 2)


def test_over_prompts_averages_prompts_not_pairs():
    emt, p = over_prompts([HAND, (0.0, 0.0)], 2)
    assert emt == pytest.approx(1.1 / 3) and p == pytest.approx(1 / 3)
    assert over_prompts([HAND], 2, 0.95)[1] == 0


def test_the_bounds_and_the_puzzle_of_the_chapter():
    assert emt_bounds(0.5) == (0.25, 0.75) and emt_bounds(0.87) == pytest.approx((0.435, 0.935))
    assert emt_bounds(0) == (0, 0.5) and emt_bounds(1) == (0.5, 1)
    for scores in (HAND, (0.5, 0.49, 0.0), (1.0, 0.0), (0.6, 0.7, 0.8)):
        for k in range(1, len(scores) + 1):
            low, high = emt_bounds(exceed_probability(scores, k))
            assert low - 1e-12 <= expected_max(scores, k) <= high + 1e-12
    for emt, p in ((0.747, 0.861), (0.521, 0.496)):  # 作者公开的结果：有毒、无毒提示
        assert emt_bounds(p)[0] <= emt < emt_bounds(p)[1]
    assert emt_bounds(0.496)[1] < 0.75  # 0.75 不能配 50%


def test_the_probability_grows_as_the_formula():
    assert true_pass_at_k(0.05, 25) == pytest.approx(1 - 0.95**25) == pytest.approx(0.723, abs=5e-4)
    assert math.isclose(exceed_probability([0.9] + [0.1] * 19, 5), 5 / 20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_max([], 1), "^scores 应至少有 k = 1 个分数，得到 0 个"),
        (lambda: expected_max(HAND, 4), "^scores 应至少有 k = 4 个分数，得到 3 个"),
        (lambda: exceed_probability(HAND, 0), "^k 应为不小于 1"),
        (lambda: replaced_max([0.1, 1.2], 1), "^scores 应都在 0 与 1 之间"),
        (lambda: expected_max([0.1, math.nan], 1), "^scores 应都在 0 与 1 之间"),
        (lambda: over_prompts([], 1), "^prompts 应至少有一条"),
        (lambda: over_prompts([HAND, []], 1), "^scores 应至少有 k = 1"),
        (lambda: emt_bounds(1.1), "^probability 应在"),
        (lambda: emt_bounds(0.5, math.nan), "^threshold 应在"),
        (lambda: simulate(0, 1, 5, 2, 3), "^a 应大于 0"),
        (lambda: simulate(1, math.nan, 5, 2, 3), "^b 应大于 0"),
        (lambda: simulate(1, 1, 5, 2, 0), "^trials 应为"),
        (lambda: simulate(1, 1, 0, 2, 3), "^n 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
