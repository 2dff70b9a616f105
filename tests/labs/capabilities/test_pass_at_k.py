"""pass@k：手算的组合数，期望精确地无偏，直觉的估计偏低，模拟与期望相符。"""

from itertools import combinations

import pytest

from labs.capabilities.pass_at_k import expected_estimate, naive_pass_at_k, pass_at_k, simulate, true_pass_at_k


def test_worked_example():
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)
    assert naive_pass_at_k(5, 2, 2) == pytest.approx(0.64)
    assert naive_pass_at_k(2, 1, 2) == 0.75 and pass_at_k(2, 1, 2) == 1


@pytest.mark.parametrize("n", [1, 3, 6])
def test_agrees_with_enumerating_every_subset(n):
    for c in range(n + 1):
        outcomes = [True] * c + [False] * (n - c)
        for k in range(1, n + 1):
            subsets = list(combinations(outcomes, k))
            assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@pytest.mark.parametrize("p", [0, 0.03, 0.4, 1])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 5), (20, 10), (200, 100)])
def test_the_estimate_is_unbiased(p, n, k):
    assert expected_estimate(pass_at_k, p, n, k) == pytest.approx(true_pass_at_k(p, k))


@pytest.mark.parametrize(("p", "n", "k"), [(0.1, 10, 5), (0.05, 20, 10), (0.5, 5, 2)])
def test_the_naive_estimate_is_too_low(p, n, k):
    assert expected_estimate(naive_pass_at_k, p, n, k) < true_pass_at_k(p, k) - 1e-3


def test_both_agree_for_one_try():
    for c in range(8):
        assert pass_at_k(7, c, 1) == pytest.approx(naive_pass_at_k(7, c, 1)) == pytest.approx(c / 7)


def test_the_simulation_agrees_with_the_exact_expectation():
    for estimator in (pass_at_k, naive_pass_at_k):
        exact = expected_estimate(estimator, 0.1, 10, 5)
        assert simulate(estimator, 0.1, 10, 5, 20_000) == pytest.approx(exact, abs=0.01)  # 标准误约 0.002


def test_large_counts_do_not_overflow():
    assert 0 < pass_at_k(5_000, 3, 1_000) < 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pass_at_k(5, 6, 2), "^c 应不大于 n = 5，得到 6"),
        (lambda: pass_at_k(5, -1, 2), "^c 应为不小于 0"),
        (lambda: pass_at_k(5, 2, 6), "^k 应不大于 n = 5，得到 6"),
        (lambda: pass_at_k(5, 2, 0), "^k 应为不小于 1"),
        (lambda: naive_pass_at_k(0, 0, 1), "^n 应为不小于 1"),
        (lambda: true_pass_at_k(1.5, 2), "^p 应在 0 与 1 之间"),
        (lambda: true_pass_at_k(0.5, 0), "^k 应为"),
        (lambda: expected_estimate(pass_at_k, 0.5, 3, 4), "^k 应不大于"),
        (lambda: expected_estimate(pass_at_k, -0.5, 3, 2), "^p 应在"),
        (lambda: simulate(pass_at_k, 0.5, 3, 2, 0), "^n_trials 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
