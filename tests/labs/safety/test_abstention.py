"""猜还是不猜：手算的三道题、门槛与扣分互逆、逐题选最好的作对照、γ 的划线、报错。"""

import math
import random

import pytest

from labs.safety.abstention import TOY, compare, expected_score, honest_cut, outcome, penalty, threshold, true_rate

THREE = (0.9, 0.6, 0.2)


def test_the_three_questions_by_hand():
    assert [round(expected_score(p, 3), 6) for p in THREE] == [0.6, -0.6, -2.2]
    everything, careful = outcome(THREE, THREE, -1, 3), outcome(THREE, THREE, threshold(3), 3)
    assert (everything.coverage, round(everything.score, 3)) == (1, -0.733) and everything.accuracy == pytest.approx(1.7 / 3)
    assert careful.coverage == pytest.approx(1 / 3) and careful.accuracy == 0.9 and careful.score == pytest.approx(0.2)


@pytest.mark.parametrize("t", [0, 0.1, 0.5, 0.75, 0.9, 0.99])
def test_the_threshold_and_the_penalty_are_inverse(t):
    assert threshold(penalty(t)) == pytest.approx(t)
    assert expected_score(t, penalty(t)) == pytest.approx(0, abs=1e-12)
    assert expected_score(min(1, t + 0.005), penalty(t)) > 0


def test_without_a_penalty_every_guess_pays():
    assert threshold(0) == 0 and all(expected_score(p, 0) == p for p in (0, 1e-9, 0.5, 1))
    for gamma in (0.5, 1, 3):
        result = compare(0, gamma)
        assert result["guess"] == result["trust"] == result["honest"] and result["guess"].coverage == 1


@pytest.mark.parametrize("c", [0, 0.5, 1, 3, 9, 19])
@pytest.mark.parametrize("gamma", [0.5, 1, 2, 3])
def test_the_honest_cut_is_the_best_of_all(c, gamma):
    right = [true_rate(q, gamma) for q in TOY]
    result = compare(c, gamma)
    assert result["honest"].score == pytest.approx(sum(max(0.0, p - c * (1 - p)) for p in right) / len(right))  # 逐题选好的
    best = max(outcome(TOY, right, k / 40 - 0.01, c).score for k in range(42))
    assert result["honest"].score >= best - 1e-12
    assert result["honest"].score >= max(result["trust"].score, result["guess"].score, 0) - 1e-12
    if gamma == 1:
        assert result["trust"] == result["honest"]


def test_the_page_numbers():
    calm, bold = compare(3, 1), compare(3, 2)
    assert [round(calm[k].score, 3) for k in ("guess", "trust")] == [-1, 0.12] and calm["trust"].coverage == 0.2
    assert calm["trust"].accuracy == pytest.approx(0.9)
    assert round(honest_cut(0.75, 2), 3) == 0.866
    assert [round(bold[k].score, 4) for k in ("guess", "trust", "honest")] == [-1.67, 0.05, 0.061]


def test_nothing_answered_has_no_accuracy():
    silent = outcome(THREE, THREE, 0.95, 3)
    assert silent.accuracy is None and silent.coverage == silent.score == 0


def test_the_expected_score_is_the_mean_of_real_draws():
    draw = random.Random(0)
    scores = [1 if draw.random() < 0.6 else -3 for _ in range(40_000)]
    assert sum(scores) / 40_000 == pytest.approx(expected_score(0.6, 3), abs=4 * math.sqrt(16 * 0.24 / 40_000))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: expected_score(1.1, 1), "^p 应在 0 与 1 之间，得到 1.1"),
        (lambda: expected_score(0.5, -1), "^c 应为不小于 0 的有限数"),
        (lambda: threshold(math.inf), "^c 应"),
        (lambda: threshold(math.nan), "^c 应"),
        (lambda: penalty(1), "^t 应不小于 0、小于 1，得到 1"),
        (lambda: penalty(-0.1), "^t 应"),
        (lambda: outcome([], [], 0, 1), "^said 与 right 应一样长且不空，得到 0 与 0 个"),
        (lambda: outcome([0.5], [0.5, 0.5], 0, 1), "^said 与 right"),
        (lambda: outcome([1.5], [0.5], 0, 1), "^said 应在"),
        (lambda: outcome([0.5], [-0.5], 0, 1), "^right 应在"),
        (lambda: true_rate(2, 1), "^q 应在"),
        (lambda: true_rate(0.5, 0), "^gamma 应为正的有限数，得到 0"),
        (lambda: honest_cut(2, 1), "^t 应在"),
        (lambda: honest_cut(0.5, math.inf), "^gamma 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
