"""攻击成功率的校正：手算的例子、往返、模拟对照的标准误、越界照实报告、报错。"""

import math
import random
import statistics

import pytest

from labs.safety.attack_rate import corrected_rate, judged_rate


def test_the_example_of_the_page():
    found = corrected_rate(60, 200, 0.9, 0.1)
    assert found.rate == pytest.approx(0.25) and not found.reason
    assert found.error == pytest.approx(math.sqrt(0.3 * 0.7 / 200) / 0.8)
    assert (found.low, found.high) == pytest.approx((0.1706, 0.3294), abs=1e-4)
    assert corrected_rate(60, 200, 0.9, 0.3).rate == pytest.approx(0)


def test_there_and_back():
    for tpr, fpr in ((0.9, 0.1), (1.0, 0.0), (0.6, 0.5)):
        for rate in (0.0, 0.2, 1.0):
            judged = round(10_000 * judged_rate(rate, tpr, fpr))
            assert corrected_rate(judged, 10_000, tpr, fpr).rate == pytest.approx(rate, abs=1e-3)
    assert corrected_rate(37, 100, 1.0, 0.0).rate == 0.37  # 不会错的裁判，什么也不改


def test_the_standard_error_agrees_with_a_simulation():
    rng = random.Random(0)
    n, n1, n0, rate, tpr, fpr = 400, 120, 150, 0.3, 0.85, 0.12

    def draw(size, p):
        return sum(rng.random() < p for _ in range(size))

    found = [
        corrected_rate(draw(n, judged_rate(rate, tpr, fpr)), n, draw(n1, tpr) / n1, draw(n0, fpr) / n0).rate for _ in range(3000)
    ]
    expected = corrected_rate(round(n * judged_rate(rate, tpr, fpr)), n, tpr, fpr, n1, n0).error
    assert statistics.mean(found) == pytest.approx(rate, abs=0.006)
    assert statistics.stdev(found) == pytest.approx(expected, rel=0.06)
    for size in ({"positives": 20}, {"negatives": 20}):
        assert corrected_rate(120, n, tpr, fpr, **size).error > corrected_rate(120, n, tpr, fpr).error


def test_an_impossible_share_is_reported_not_cut():
    low, high = corrected_rate(5, 100, 0.9, 0.1), corrected_rate(95, 100, 0.9, 0.1)
    assert low.rate == pytest.approx(-0.0625) and high.rate == pytest.approx(1.0625)
    assert "0.05 不在 FPR 与 TPR 之间" in low.reason and high.reason


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: corrected_rate(1, 10, 0.5, 0.5), "^tpr 应大于 fpr，得到 0.5 与 0.5"),
        (lambda: corrected_rate(11, 10, 0.9, 0.1), "^judged 应不大于 n = 10"),
        (lambda: corrected_rate(1, 10, 1.1, 0.1), "^tpr、fpr 里的数"),
        (lambda: corrected_rate(1, 10, 0.9, 0.1, positives=0), "^positives 应为"),
        (lambda: corrected_rate(1, 10, 0.9, 0.1, negatives=0), "^negatives 应为"),
        (lambda: corrected_rate(1, 10, 0.9, 0.1, confidence=1), "^confidence 应"),
        (lambda: judged_rate(2, 0.9, 0.1), "^true_rate、tpr、fpr 里的数"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
