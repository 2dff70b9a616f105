"""涌现之争：手算的数、与蒙特卡洛对照、几条不变量、坏输入。"""

import random

import pytest

from labs.introduction.emergence import all_zero, assumed_accuracy, exact_match, expected_errors


def test_numbers_printed_on_the_page():
    assert f"{exact_match(0.9, 10):.3f}" == "0.349"
    assert f"{exact_match(0.95, 10):.3f}" == "0.599"
    assert expected_errors(0.9, 10) == pytest.approx(1.0)
    assert expected_errors(0.95, 10) == pytest.approx(0.5)
    assert f"{exact_match(0.5, 10):.5f}" == "0.00098"
    assert f"{all_zero(exact_match(0.5, 10), 20):.2f}" == "0.98"
    assert [f"{exact_match(assumed_accuracy(k), 10):.3f}" for k in range(5)] == ["0.001", "0.056", "0.263", "0.524", "0.728"]


def test_simulated_answers_agree():
    rng = random.Random(0)
    runs, length, p = 20_000, 10, 0.9
    wrong = [sum(rng.random() >= p for _ in range(length)) for _ in range(runs)]
    # 20,000 次的标准误：比例约 0.0034，平均错误数约 0.0067；容许四倍
    assert sum(w == 0 for w in wrong) / runs == pytest.approx(exact_match(p, length), abs=0.014)
    assert sum(wrong) / runs == pytest.approx(expected_errors(p, length), abs=0.027)


def test_one_token_makes_the_metrics_agree():
    for p in (0.0, 0.3, 1.0):
        assert exact_match(p, 1) == p
        assert expected_errors(p, 1) == pytest.approx(1 - p)


def test_longer_answers_jump_later_and_steeper():
    curve = [[exact_match(assumed_accuracy(k), n) for k in range(9)] for n in (1, 10, 40)]
    for short, long in zip(curve, curve[1:], strict=False):
        assert all(a > b for a, b in zip(short, long, strict=True))
    assert all(a < b for line in curve for a, b in zip(line, line[1:], strict=False))


def test_assumed_error_halves():
    assert 1 - assumed_accuracy(0) == 0.5
    assert 1 - assumed_accuracy(3) == pytest.approx((1 - assumed_accuracy(2)) / 2)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: exact_match(1.2, 10), "per_token"),
        (lambda: exact_match(float("nan"), 10), "per_token"),
        (lambda: exact_match(0.5, 0), "length"),
        (lambda: expected_errors(-0.1, 10), "per_token"),
        (lambda: expected_errors(0.5, 2.5), "length"),
        (lambda: all_zero(2, 20), "score"),
        (lambda: all_zero(0.5, -1), "questions"),
        (lambda: assumed_accuracy(-1), "decades"),
    ],
)
def test_bad_input_names_the_argument(call, name):
    with pytest.raises(ValueError, match=name):
        call()
