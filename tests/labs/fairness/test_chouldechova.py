"""误报率的恒等式：本章开头、随机表、解第三个量、可行的范围、报错。"""

import math

import numpy as np
import pytest

from labs.fairness.chouldechova import feasible, forced_fnr, forced_fpr, forced_ppv, ppv_floor
from labs.fairness.group_metrics import Counts, rate


def test_the_opening_of_the_chapter():
    assert forced_fpr(0.5, 0.8, 0.2) == pytest.approx(0.20)
    assert forced_fpr(0.2, 0.8, 0.2) == pytest.approx(0.05)


def test_the_identity_holds_in_every_random_table():
    rng = np.random.default_rng(0)
    for tp, fp, fn, tn in rng.integers(1, 500, (2000, 4)).tolist():
        counts = Counts(tp, fp, fn, tn)
        p, ppv, fnr, fpr = (rate(counts, m).value for m in ("base_rate", "ppv", "fnr", "fpr"))
        assert forced_fpr(p, ppv, fnr) == pytest.approx(fpr, rel=1e-9)
        assert forced_ppv(p, fnr, fpr) == pytest.approx(ppv, rel=1e-9)
        assert forced_fnr(p, ppv, fpr) == pytest.approx(fnr, abs=1e-9)
        assert feasible(p, ppv, fnr)


def test_only_equal_base_rates_or_no_errors_keep_all_three():
    assert forced_fpr(0.3, 0.7, 0.1) != pytest.approx(forced_fpr(0.31, 0.7, 0.1))
    assert forced_fpr(0.3, 1, 0.1) == forced_fpr(0.6, 1, 0.1) == 0  # 没有误报
    assert forced_fpr(0.3, 0.7, 1) == forced_fpr(0.6, 0.7, 1) == 0  # 谁也没判中：这时精确率其实没有定义


def test_the_feasible_region():
    floor = ppv_floor(0.5, 0.2)
    assert floor == pytest.approx(0.4 / 0.9)
    assert forced_fpr(0.5, floor, 0.2) == pytest.approx(1)
    assert feasible(0.5, floor, 0.2) and not feasible(0.5, floor - 0.01, 0.2)
    assert ppv_floor(0.3, 0) == pytest.approx(0.3)  # 全判，精确率就是基率


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: forced_fpr(0, 0.5, 0.5), "^p 应在 0 与 1 之间，不含 0 与 1，得到 0"),
        (lambda: forced_fpr(1, 0.5, 0.5), "^p 应"),
        (lambda: forced_fpr(math.nan, 0.5, 0.5), "^p 应"),
        (lambda: forced_fpr(0.5, 0, 0.5), "^ppv 应在 0 与 1 之间，不含 0，得到 0"),
        (lambda: forced_fpr(0.5, 0.5, 1.1), "^fnr 应在 0 与 1 之间，得到 1.1"),
        (lambda: forced_ppv(0.5, 1, 0), "^fnr = 1 且 fpr = 0"),
        (lambda: forced_ppv(0.5, 0.1, -0.1), "^fpr 应"),
        (lambda: forced_fnr(0.5, 1, 0), "^ppv = 1 时"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
