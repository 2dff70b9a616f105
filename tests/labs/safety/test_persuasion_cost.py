"""说服的账：手算的例子、与逐条模拟对照、极端情形、坏输入。"""

import math
import random

import pytest

from labs.safety.persuasion_cost import cost_per_persuaded, people_per_change, people_to_reach


def test_the_hand_worked_bill():
    human = cost_per_persuaded(1, 0.05, 0.1, 0.01)
    machine = cost_per_persuaded(0.001, 0.05, 0.1, 0.01)
    assert human == pytest.approx(1050) and machine == pytest.approx(51)
    assert round(human / machine, 1) == 20.6


def test_against_sending_one_message_at_a_time():
    draw = random.Random(7)
    sent, persuaded = 400_000, 0
    for _ in range(sent):
        persuaded += draw.random() < 0.2 and draw.random() < 0.05
    assert sent * (0.3 + 0.7) / persuaded == pytest.approx(cost_per_persuaded(0.3, 0.7, 0.2, 0.05), rel=0.05)


def test_free_writing_leaves_a_floor_and_halving_obeys_the_shares():
    base = cost_per_persuaded(0.001, 0.05, 0.1, 0.01)
    assert cost_per_persuaded(0, 0.05, 0.1, 0.01) == pytest.approx(50)
    assert cost_per_persuaded(0.0005, 0.05, 0.1, 0.01) / base == pytest.approx(1 - 0.5 * 0.001 / 0.051)
    assert cost_per_persuaded(0.001, 0.025, 0.1, 0.01) / base == pytest.approx(1 - 0.5 * 0.05 / 0.051)
    assert cost_per_persuaded(0.001, 0.05, 0.2, 0.01) == cost_per_persuaded(0.001, 0.05, 0.1, 0.02) == pytest.approx(base / 2)


def test_people_to_reach_by_hand():
    assert people_to_reach(5000, 0.05) == pytest.approx(100_000)
    assert people_to_reach(5000, 0.05, 0.4) == pytest.approx(250_000)
    assert people_to_reach(0, 1, 1) == 0


def test_an_interval_that_holds_zero_has_no_upper_end():
    fewest, most = people_per_change(0.007, 0.007)
    assert round(fewest) == 48 and most == math.inf
    fewest, most = people_per_change(0.05, 0.01)
    assert fewest == pytest.approx(1 / 0.0696) and most == pytest.approx(1 / 0.0304)
    assert people_per_change(0.05, 0) == (20, 20)
    assert people_per_change(0.0196, 0.01)[1] == math.inf


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cost_per_persuaded(-1, 0, 0.1, 0.1), "write"),
        (lambda: cost_per_persuaded(0, math.inf, 0.1, 0.1), "deliver"),
        (lambda: cost_per_persuaded(0, 0, 0, 0.1), "seen.*没有定义"),
        (lambda: cost_per_persuaded(0, 0, 0.1, 1.1), "changed"),
        (lambda: people_to_reach(math.nan, 0.1), "wanted"),
        (lambda: people_to_reach(1, 0), "effect"),
        (lambda: people_to_reach(1, 0.1, 2), "kept"),
        (lambda: people_per_change(math.nan, 0.1), "effect"),
        (lambda: people_per_change(0.1, -0.1), "standard_error"),
        (lambda: people_per_change(0.1, 0.1, 0), "z"),
        (lambda: people_per_change(-0.1, 0.01), "没有正的部分"),
    ],
)
def test_bad_input_says_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
