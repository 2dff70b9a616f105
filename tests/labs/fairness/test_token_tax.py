"""语言税：手算的例子、分解、自助区间与精确的重抽分布、价钱与窗口、报错。"""

import itertools
import math

import numpy as np
import pytest

from labs.fairness.token_tax import decompose, extra_cost, interval, tax, usable


def test_the_two_sentence_example():
    assert tax([20, 40], [10, 30]) == 1.5
    assert np.mean([20 / 10, 40 / 30]) == pytest.approx(5 / 3)  # 逐条相除再平均，不是账单上的倍数


def test_the_rate_is_one_for_the_base_and_inverts_when_the_base_changes():
    a, b = [3, 7, 11], [4, 4, 9]
    assert tax(a, a) == 1 and tax(a, b) * tax(b, a) == pytest.approx(1)
    assert tax([2 * x for x in a], b) == pytest.approx(2 * tax(a, b))


def test_the_two_factors_multiply_to_the_rate():
    longer, looser = decompose([20, 40], [100, 140], [10, 30], [60, 100])
    assert longer == 1.5 and looser == 1.0
    longer, looser = decompose([30, 60], [100, 140], [10, 30], [60, 100])
    assert longer == 1.5 and looser == pytest.approx((160 / 40) / (240 / 90))  # 英语 4 个字节一个词元，它 2.667 个
    assert longer * looser == pytest.approx(tax([30, 60], [10, 30]))


def test_the_interval_agrees_with_all_resamples_listed():
    counts, base = [20, 40, 33, 51, 18], [10, 30, 20, 23, 17]
    ratios = [sum(counts[i] for i in rows) / sum(base[i] for i in rows) for rows in itertools.product(range(5), repeat=5)]
    low, high = interval(counts, base, 20_000)
    assert (low, high) == pytest.approx(np.quantile(ratios, [0.025, 0.975]), abs=0.02)
    assert low < tax(counts, base) < high


def test_the_articles_are_drawn_together():
    base = list(range(1, 31))
    assert interval([3 * x for x in base], base) == pytest.approx((3, 3))  # 各条同一个倍数，没有误差
    assert interval(base, base, 500, seed=1) == (1.0, 1.0)
    uneven = [3 * x + (-1) ** x for x in base]
    assert interval(uneven, base, 500, seed=1) == interval(uneven, base, 500, seed=1) != interval(uneven, base, 500, seed=2)


def test_price_and_window():
    assert extra_cost(1.5, 10) == 5 and extra_cost(0.8, 10) == pytest.approx(-2) and extra_cost(1, 10) == 0
    assert usable(128_000, 8) == 16_000 and usable(100, 3) == 33 and usable(100, 0.8) == 125


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tax([], []), "^counts 是空的"),
        (lambda: tax([1], []), "^base 是空的"),
        (lambda: tax([1, 2], [1]), "^base 应与 counts 一样长.*即 2，得到 1"),
        (lambda: tax([1, 0], [1, 2]), r"^counts\[1\] 应为不小于 1 的整数，得到 0"),
        (lambda: tax([1, 2], [1, -2]), r"^base\[1\] 应为"),
        (lambda: interval([3], [2]), "^counts 只有一条"),
        (lambda: interval([3, 4], [2, 2], 0), "^n_resamples 应为"),
        (lambda: usable(0, 2), "^window 应为"),
        (lambda: usable(10, 0), "^rate 应为有限的正数，得到 0"),
        (lambda: extra_cost(math.inf, 1), "^rate 应为"),
        (lambda: extra_cost(math.nan, 1), "^rate 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
