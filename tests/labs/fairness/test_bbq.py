"""BBQ：手算的例子、与论文写法的对照、界、没有定义的情形。"""

import itertools

import pytest

from labs.fairness.bbq import s_amb, s_dis


def test_the_hundred_items_of_the_page():
    assert s_dis(15, 5) == 0.5 and s_amb(80, 15, 5) == pytest.approx(0.1)


def test_the_formulas_on_a_grid():
    for unknown, biased, counter in itertools.product(range(4), repeat=3):
        if biased + counter:
            assert s_dis(biased, counter) == pytest.approx((biased - counter) / (biased + counter))
            accuracy = unknown / (unknown + biased + counter)
            assert s_amb(unknown, biased, counter) == pytest.approx((1 - accuracy) * s_dis(biased, counter))
            assert s_dis(counter, biased) == pytest.approx(-s_dis(biased, counter))
            assert -1 <= s_amb(unknown, biased, counter) <= 1


def test_the_extremes():
    assert s_dis(7, 0) == s_amb(0, 7, 0) == 1 and s_dis(0, 7) == -1
    assert s_amb(0, 50, 50) == 0  # 全错，却不偏


def test_all_unknown_is_undefined_not_zero():
    with pytest.raises(ValueError, match="没有定义"):
        s_dis(0, 0)
    with pytest.raises(ValueError, match="没有定义"):
        s_amb(100, 0, 0)


def test_bad_input_is_named():
    for unknown, biased, counter, name in ((-1, 1, 1, "unknown"), (1, -1, 3, "biased"), (1, 1, -1, "counter"), (1, 1.5, 1, "biased")):
        with pytest.raises(ValueError, match=name):
            s_amb(unknown, biased, counter)
