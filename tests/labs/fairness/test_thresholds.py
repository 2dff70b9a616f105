"""打分与门槛：手算、与抽样对照、拉平一个指标、没有定义与够不着、校准与两个平衡条件。"""

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from labs.fairness.chouldechova import forced_fpr
from labs.fairness.thresholds import METRICS, Group, calibration, class_means, match, metrics, probability

A, B = Group(0.5, 1.6832), Group(0.2, 1.6832)


def test_the_example_worked_by_hand():
    a, b = metrics(A, 0.8416), metrics(B, 0.8416)
    assert (a["fpr"], a["fnr"], a["ppv"], a["selection"]) == pytest.approx((0.2, 0.2, 0.8, 0.5), abs=1e-4)
    assert (b["fpr"], b["fnr"], b["ppv"], b["selection"]) == pytest.approx((0.2, 0.2, 0.5, 0.32), abs=1e-4)
    assert a["probability"] == pytest.approx(0.5, abs=1e-4) and b["probability"] == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize(("p", "d", "t"), [(0.5, 1.7, 0.9), (0.2, 0.8, -0.3), (0.05, 3, 2)])
def test_metrics_agree_with_a_sample(p, d, t):
    rng = np.random.default_rng(1)
    y = rng.random(400_000) < p
    s = rng.standard_normal(y.size) + d * y
    found, flagged = metrics(Group(p, d), t), s > t
    sample = {"selection": flagged.mean(), "fpr": flagged[~y].mean(), "fnr": 1 - flagged[y].mean(), "ppv": y[flagged].mean()}
    for name, value in sample.items():
        assert found[name] == pytest.approx(value, abs=0.01)
    near = np.abs(s - t) < 0.05
    assert y[near].mean() == pytest.approx(found["probability"], abs=0.03)
    assert found["fpr"] == pytest.approx(forced_fpr(p, found["ppv"], found["fnr"]))


@pytest.mark.parametrize("metric", METRICS)
def test_matching_one_metric_separates_the_others(metric):
    target = metrics(A, 0.8416)
    t = match(B, metric, target[metric])
    found = metrics(B, t)
    assert found[metric] == pytest.approx(target[metric], abs=1e-12)
    apart = {name for name in METRICS if abs(found[name] - target[name]) > 0.01}
    same = {"fpr", "fnr"} if metric in ("fpr", "fnr") else {metric}  # 同样的 d，误报率与漏报率一起相等
    assert apart == set(METRICS) - same


def test_undefined_and_out_of_reach():
    nobody = metrics(A, math.inf)
    assert nobody["ppv"] is None and nobody["selection"] == nobody["fpr"] == 0 and nobody["fnr"] == 1
    everybody = metrics(B, -math.inf)
    assert everybody["ppv"] == pytest.approx(0.2) and everybody["selection"] == pytest.approx(1)
    assert metrics(Group(0, 1), 0)["fnr"] is None and metrics(Group(0, 1), 0)["ppv"] == 0
    assert metrics(Group(1, 1), 0)["fpr"] is None and metrics(Group(1, 1), 0)["ppv"] == 1
    assert match(A, "ppv", 0.4) is None  # 全判也有 0.5
    assert match(A, "ppv", None) is None and match(Group(0, 1), "fnr", 0.2) is None
    assert probability(Group(0, 1), 3) == 0 and probability(Group(1, 1), 3) == 1
    assert probability(A, -math.inf) == 0 and probability(A, math.inf) == 1


def test_the_calibrated_probability_is_calibrated():
    rng = np.random.default_rng(2)
    y = (rng.random(100_000) < 0.2).astype(int)
    s = [probability(B, x) for x in rng.standard_normal(y.size) + B.d * y]
    cells = calibration(s, y, 5)
    assert sum(n for n, _, _ in cells) == y.size
    truth, guess = calibration_curve(y, s, n_bins=5)
    assert [c[2] for c in cells] == pytest.approx(truth.tolist()) and [c[1] for c in cells] == pytest.approx(guess.tolist())
    assert all(abs(a - b) < 0.02 for _, a, b in cells)
    assert calibration([1.0, 0.05], [1, 0], 4) == [(1, 0.05, 0), (0, None, None), (0, None, None), (1, 1.0, 1)]


def test_kleinberg_by_hand():
    """开头的两张表当作两档概率：甲 0.8 与 0.2，乙 0.8 与 0.05，都校准；两个平均都不相等。"""
    a = class_means([0.8] * 50 + [0.2] * 50, [1] * 40 + [0] * 10 + [1] * 10 + [0] * 40)
    b = class_means([0.8] * 20 + [0.05] * 80, [1] * 16 + [0] * 4 + [1] * 4 + [0] * 76)
    assert a == pytest.approx((0.32, 0.68)) and b == pytest.approx((0.0875, 0.65))
    for p, (x, y) in ((0.5, a), (0.2, b)):
        assert p * (1 - y) == pytest.approx((1 - p) * x)  # 校准逼出来的关系
    assert class_means([0.3], [0]) == (0.3, None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Group(1.1, 1), "^p 应在 0 与 1 之间，得到 1.1"),
        (lambda: Group(math.nan, 1), "^p 应"),
        (lambda: Group(0.5, 0), "^d 应为大于 0 的数，得到 0"),
        (lambda: Group(0.5, math.inf), "^d 应"),
        (lambda: metrics(A, math.nan), "^t 应为数或 ±∞"),
        (lambda: match(A, "f1", 0.5), "^metric 应为 selection"),
        (lambda: calibration([0.5], [1, 0]), "^scores 与 y 应等长、非空，得到 1 与 2"),
        (lambda: calibration([], []), "^scores 与 y 应等长、非空"),
        (lambda: calibration([0.5], [2]), "^y 应只含 0 与 1"),
        (lambda: calibration([1.5], [1]), "^scores 应是 0 到 1 的概率"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
