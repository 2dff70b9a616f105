"""同题比较：手算的 McNemar，自助法与理论标准误相符，次序与种子。"""

import math

import numpy as np
import pytest

from labs.capabilities.paired import discordant, mcnemar, paired_bootstrap

A = [1, 1, 1, 1, 1, 0, 1, 0, 0, 1]
B = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1]  # 只甲对 5 道，只乙对 1 道


def test_worked_example():
    assert discordant(A, B) == (5, 1)
    assert mcnemar(A, B) == pytest.approx(14 / 64)
    result = paired_bootstrap(A, B)
    assert result.difference == pytest.approx(0.4)
    assert result.low < 0.4 < result.high


def test_the_bootstrap_spreads_like_the_standard_error():
    rng = np.random.default_rng(1)
    a, b = rng.random(400) < 0.7, rng.random(400) < 0.6
    result = paired_bootstrap(a, b, 4_000)
    d = a.astype(float) - b.astype(float)
    half = 1.96 * d.std() / math.sqrt(len(d))
    assert (result.high - result.low) / 2 == pytest.approx(half, rel=0.05)  # 4,000 次抽样，分位数误差约 3%


def test_agreeing_models_have_a_narrower_interval_than_independent_ones():
    a = [1] * 71 + [0] * 29
    similar, scrambled = [1] * 69 + [0] * 31, [0] * 31 + [1] * 69
    near, far = paired_bootstrap(a, similar, 2_000), paired_bootstrap(a, scrambled, 2_000)
    assert near.difference == pytest.approx(far.difference)
    assert near.high - near.low < (far.high - far.low) / 3


def test_a_model_against_itself_is_no_evidence():
    same = paired_bootstrap(A, A)
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    assert mcnemar(A, A) == 1


def test_swapping_the_models_flips_the_sign_only():
    there, back = paired_bootstrap(A, B), paired_bootstrap(B, A)
    assert there.difference == -back.difference and there.p_value == back.p_value
    assert mcnemar(A, B) == mcnemar(B, A)


def test_the_seed_decides_and_the_p_value_is_never_zero():
    assert paired_bootstrap(A, B, 500, seed=3) == paired_bootstrap(A, B, 500, seed=3)
    assert paired_bootstrap([1] * 30, [0] * 30, 999).p_value == pytest.approx(1 / 1000, abs=1)
    p = paired_bootstrap([1] * 29 + [0], [0] * 30, 999).p_value
    assert p == pytest.approx(1 / 1000)


def test_partial_credit_is_allowed_in_the_bootstrap_only():
    assert paired_bootstrap([0.5, 1.0], [0.25, 0.5], 100).difference == pytest.approx(0.375)
    with pytest.raises(ValueError, match="^a 与 b 应为对错的记录"):
        mcnemar([0.5], [0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: paired_bootstrap([], []), "^a 是空的"),
        (lambda: paired_bootstrap([1], [1, 0]), "^b 应与 a 一样长.*即 1，得到 2"),
        (lambda: paired_bootstrap([1], [1], 0), "^n_resamples 应为不小于 1"),
        (lambda: mcnemar([], []), "^a 是空的"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
