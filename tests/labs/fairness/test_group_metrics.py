"""群体指标：本章的手算表、sklearn 对照、没有定义的比例、差与比、报错。"""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from labs.capabilities.intervals import wilson_interval
from labs.fairness.group_metrics import METRICS, Counts, Rate, compare, count_groups, notes, rate

OPENING = {"甲": Counts(40, 10, 10, 40), "乙": Counts(16, 4, 4, 76)}


def test_the_opening_of_the_chapter():
    values = {g: [rate(c, m).value for m in ("base_rate", "ppv", "fnr", "fpr", "selection", "accuracy")] for g, c in OPENING.items()}
    assert values == {"甲": [0.5, 0.8, 0.2, 0.2, 0.5, 0.8], "乙": [0.2, 0.8, 0.2, 0.05, 0.2, 0.92]}
    assert compare(OPENING, "ppv").gap == compare(OPENING, "fnr").gap == 0
    found = compare(OPENING, "fpr")
    assert (found.gap, found.ratio, found.worst) == (pytest.approx(0.15), pytest.approx(0.25), "甲")


def test_cells_and_rates_agree_with_sklearn():
    rng = np.random.default_rng(0)
    y, y_hat, group = rng.integers(0, 2, 400), rng.integers(0, 2, 400), rng.choice(list("abc"), 400)
    table = count_groups(y, y_hat, group)
    assert sum(c.n for c in table.values()) == 400
    for g, c in table.items():
        own = group == g
        tn, fp, fn, tp = confusion_matrix(y[own], y_hat[own]).ravel()
        assert c == Counts(tp, fp, fn, tn)
        assert rate(c, "ppv").value == precision_score(y[own], y_hat[own])
        assert rate(c, "tpr").value == recall_score(y[own], y_hat[own]) == pytest.approx(1 - rate(c, "fnr").value)
        assert rate(c, "fpr").value == pytest.approx(1 - recall_score(y[own], y_hat[own], pos_label=0))
        assert rate(c, "accuracy").value == accuracy_score(y[own], y_hat[own])
        assert rate(c, "selection").value == pytest.approx(y_hat[own].mean())
        assert rate(c, "base_rate").value == pytest.approx(y[own].mean())


def test_intervals_are_wilson_and_cover_the_value():
    found = rate(Counts(0, 1, 0, 4), "fpr")
    assert found == Rate(1, 5, 0.2, wilson_interval(1, 5)) and found.interval == pytest.approx((0.036, 0.624), abs=5e-4)
    assert rate(OPENING["乙"], "fpr").interval == pytest.approx((0.020, 0.122), abs=5e-4)
    narrow = rate(OPENING["乙"], "fpr", 0.5).interval
    assert narrow[0] > 0.02 and narrow[1] < 0.122


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        (Counts(0, 0, 0, 0), set(METRICS)),
        (Counts(0, 2, 0, 3), {"tpr", "fnr"}),
        (Counts(2, 0, 3, 0), {"fpr"}),
        (Counts(0, 0, 2, 3), {"ppv"}),
        (Counts(1, 0, 0, 0), {"fpr"}),
    ],
)
def test_empty_denominators_are_undefined_not_zero(counts, undefined):
    for metric in METRICS:
        found = rate(counts, metric)
        assert (found.value is None) == (found.interval is None) == bool(found.reason) == (metric in undefined)
    assert rate(Counts(0, 0, 2, 3), "ppv").reason == "没有被判为 1 的人"


def test_groups_of_nobody_and_of_one_are_reported():
    table = count_groups([1, 0, 1], [1, 0, 0], ["a", "a", "b"], ["a", "b", "c"])
    assert table == {"a": Counts(1, 0, 0, 1), "b": Counts(0, 0, 1, 0), "c": Counts(0, 0, 0, 0)}
    assert notes(table) == {"b": "只有 1 人，每个比例不是 0 就是 1", "c": "没有人，什么也算不出"}
    found = compare(table, "fpr")
    assert (found.gap, found.ratio, found.worst) == (None, None, None)
    assert found.undefined == {"b": "没有 y = 0 的人", "c": "这一群没有人"}
    assert compare(table, "fnr").worst == "b" and compare(table, "fnr").undefined == {"c": "这一群没有人"}


def test_which_end_is_worse():
    assert compare(OPENING, "accuracy").worst == "甲" and compare(OPENING, "selection").worst is None
    zero = {"a": Counts(1, 0, 1, 1), "b": Counts(1, 0, 0, 1)}
    assert compare(zero, "fpr").gap == 0 and compare(zero, "fpr").ratio is None  # 0 比 0 没有定义


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: count_groups([1], [1, 0], ["a"]), "^y、y_hat、group 应等长，得到 1、2、1"),
        (lambda: count_groups([2], [1], ["a"]), "^y 应只含 0 与 1，得到 2"),
        (lambda: count_groups([1], [0.7], ["a"]), "^y_hat 应只含 0 与 1，得到 0.7"),
        (lambda: count_groups([1], [1], ["a"], ["b"]), "^group 里有 'a'，不在 groups 里"),
        (lambda: rate(Counts(1, 1, 1, 1), "f1"), "^metric 应为 selection"),
        (lambda: compare({}, "f1"), "^metric 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
