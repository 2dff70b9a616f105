"""单例率：十句生日、两人两句的全部情形、期望的恒等式、模拟、理想的背诵者与下界、报错。"""

import math
from itertools import product

import numpy as np
import pytest

from labs.safety.singleton import expected_missing, expected_rate, lower_bound, memorizer_error, simulate, singleton_rate, zipf

MIXED = np.array([0.5, 0.3, 0.15, 0.05])


def test_ten_birthdays_by_hand():
    assert singleton_rate("甲乙甲丙丁甲乙戊己庚") == 0.5
    assert singleton_rate("甲甲") == 0 and singleton_rate([7]) == 1


def test_two_people_two_sentences():
    assert expected_rate(np.array([0.5, 0.5]), 2) == 0.5 and expected_missing(np.array([0.5, 0.5]), 2) == 0.25


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_expectations_agree_with_every_sample(n):
    rate = missing = 0.0
    for sample in product(range(4), repeat=n):
        chance = float(np.prod(MIXED[list(sample)]))
        rate += chance * singleton_rate(sample)
        missing += chance * sum(MIXED[i] for i in range(4) if i not in sample)
    assert rate == pytest.approx(expected_rate(MIXED, n)) and missing == pytest.approx(expected_missing(MIXED, n))


@pytest.mark.parametrize("exponent", [0, 1, 1.5])
@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_rate_is_the_missing_mass_one_draw_earlier(n, exponent):
    p = zipf(500, exponent)
    assert expected_rate(p, n) == pytest.approx(expected_missing(p, n - 1))
    assert 0 <= expected_rate(p, n) - expected_missing(p, n) <= 1 / n + 1e-15
    assert expected_missing(p, 0) == pytest.approx(1)


def test_zipf_by_hand():
    assert zipf(3).tolist() == pytest.approx([6 / 11, 3 / 11, 2 / 11]) and zipf(4, 0).tolist() == [0.25] * 4


def test_simulation_scatters_around_the_expectation():
    p = zipf(20_000)
    draws = np.array([simulate(p, 5000, seed) for seed in range(30)])  # (30, 2)
    assert draws[:, 0].mean() == pytest.approx(expected_rate(p, 5000), abs=0.005)
    assert draws[:, 1].mean() == pytest.approx(expected_missing(p, 5000), abs=0.005)
    assert np.abs(draws[:, 0] - draws[:, 1]).max() < 0.05  # 一次抽样里也估得准
    assert simulate(p, 100, 1) == simulate(p, 100, 1) != simulate(p, 100, 2)
    assert simulate(np.array([1.0]), 3) == (0, 0)


def test_the_memorizer_never_beats_the_lower_bound():
    p = zipf(1_000_000)
    for n in (1000, 100_000, 1_000_000):
        rate, missing = simulate(p, n, 2026)
        assert memorizer_error(missing) >= lower_bound(rate, n)
        assert memorizer_error(missing) == pytest.approx(rate, abs=0.03)
    assert lower_bound(*(simulate(p, 1000, 2026)[0], 1000)) < 0 < lower_bound(rate, 1_000_000)


def test_the_terms_of_the_bound_by_hand():
    assert round((35 + 6 * math.log(1e6)) / 1e3, 3) == 0.118 and round(2 / 364, 4) == 0.0055
    assert lower_bound(0.2, 1_000_000) == pytest.approx(0.2 - 2 / 364 - 0.117893, abs=1e-6)
    assert lower_bound(0.2, 1_000_000, delta=0.05) == pytest.approx(lower_bound(0.2, 1_000_000) - 0.05)
    assert memorizer_error(0.2, 2) == 0.1 and memorizer_error(0.365) == pytest.approx(0.364)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: singleton_rate([]), "^sample 不应为空"),
        (lambda: expected_rate(MIXED * 2, 1), "^p 应为一维、非负、和为 1 的数组"),
        (lambda: expected_missing(np.array([1.5, -0.5]), 1), "^p 应"),
        (lambda: simulate(np.ones((1, 1)), 1), "^p 应"),
        (lambda: simulate(np.array([]), 1), "^p 应"),
        (lambda: expected_rate(MIXED, 0), "^n 应为不小于 1"),
        (lambda: expected_missing(MIXED, -1), "^n 应为不小于 0"),
        (lambda: simulate(MIXED, 0), "^n 应"),
        (lambda: zipf(0), "^types 应"),
        (lambda: zipf(3, -1), "^exponent 应为不小于 0 的有限数"),
        (lambda: memorizer_error(0.1, 1), "^answers 应"),
        (lambda: lower_bound(0.1, 10, 1), "^answers 应"),
        (lambda: lower_bound(0.1, 0), "^n 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
