"""级联审核：手算的例子、逐条模拟、不变量、坏输入。"""

import math
import random

import pytest

from labs.safety.moderation_cascade import Outcome, Stage, cascade, largest_fpr

THREE = [Stage(0.98, 0.05, 1e-6), Stage(0.95, 0.02, 0.002), Stage(0.95, 0.05, 0.5)]


def test_one_stage_by_hand():
    out = cascade(1e9, 0.001, [Stage(0.95, 0.01)])
    assert (out.right, out.wrong, out.missed) == pytest.approx((950_000, 9_990_000, 50_000))
    assert out.precision == pytest.approx(0.0868, abs=5e-5) and out.recall == pytest.approx(0.95)


def test_three_stages_by_hand():
    out = cascade(1e9, 0.001, THREE)
    assert (out.right, out.wrong, out.missed) == pytest.approx((884_450, 49_950, 115_550))
    assert out.seen == pytest.approx((1e9, 50_930_000, 1_930_000))
    assert out.cost == pytest.approx(1_000 + 101_860 + 965_000)


def test_against_judging_one_message_at_a_time():
    draw, stages = random.Random(3), [Stage(0.9, 0.3), Stage(0.8, 0.2)]
    right = wrong = 0
    for i in range(100_000):
        bad = i % 5 == 0
        kept = all(draw.random() < (s.tpr if bad else s.fpr) for s in stages)
        right, wrong = right + (kept and bad), wrong + (kept and not bad)
    out = cascade(100_000, 0.2, stages)
    assert right == pytest.approx(out.right, rel=0.03) and wrong == pytest.approx(out.wrong, rel=0.04)


def test_invariants():
    swapped = cascade(1e9, 0.001, [THREE[1], THREE[0], THREE[2]])
    assert swapped.right == pytest.approx(884_450) and swapped.cost > cascade(1e9, 0.001, THREE).cost
    everything = cascade(10, 0.5, [Stage(1, 1)])
    assert (everything.right, everything.wrong, everything.missed) == (5, 5, 0)


def test_ratios_without_a_denominator_are_none_not_zero():
    assert cascade(10, 0, [Stage(1, 0)]).precision is None and cascade(10, 0, [Stage(1, 0)]).recall is None
    assert Outcome(0, 1, 1, (2,), 0).precision == 0 and Outcome(0, 1, 1, (2,), 0).recall == 0


def test_largest_fpr_is_the_edge():
    edge = largest_fpr(0.5, 0.001, 0.95)
    assert edge == pytest.approx(0.00095 / 0.999)
    assert cascade(1e9, 0.001, [Stage(0.95, edge)]).precision == pytest.approx(0.5)
    assert largest_fpr(0.1, 0.9, 1) == 1.0 and largest_fpr(1, 0.1, 0.9) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Stage(1.1, 0), "tpr"),
        (lambda: Stage(1, -0.1), "fpr"),
        (lambda: Stage(1, 0, math.inf), "cost"),
        (lambda: cascade(0, 0.1, THREE), "messages"),
        (lambda: cascade(1, 1.1, THREE), "prevalence"),
        (lambda: cascade(1, 0.1, []), "stages"),
        (lambda: largest_fpr(0, 0.1, 0.9), "precision"),
        (lambda: largest_fpr(0.5, 1, 0.9), "没有定义"),
        (lambda: largest_fpr(0.5, 0.1, 2), "tpr"),
    ],
)
def test_bad_input_says_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
