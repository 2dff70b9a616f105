"""香农游戏：手算的区间，模型的名次，理想的猜法落在区间里，报错。"""

import math
import random

import pytest

from labs.introduction.information import entropy
from labs.introduction.kneser_ney import KneserNey
from labs.introduction.shannon_game import entropy_bounds, guess_ranks, guess_shares


def test_worked_example():
    lower, upper = entropy_bounds([0.8, 0.1, 0.1])
    assert f"{lower:.3f} {upper:.3f}" == "0.475 0.922"
    assert guess_shares([1] * 80 + [2] * 10 + [3] * 10) == [0.8, 0.1, 0.1]


def test_ranks_by_hand():
    """“琵”之后：琶 0.70，琵 0.17，爱 0.08；“爱”与“琶”在没见过的上文后并列，编号小的先猜。"""
    model = KneserNey("琵琶爱琵琶", 2, 4)
    assert model.seen == ["爱", "琵", "琶"]
    assert guess_ranks(model, "琵琶") == [1, 1]
    assert guess_ranks(model, "琵琵")[1] == 2 and guess_ranks(model, "琵爱")[1] == 3
    assert guess_ranks(model, "树爱")[1] == 2 and guess_ranks(model, "树琶")[1] == 3
    assert guess_ranks(model, "树")[0] == 4  # 没见过的字，最后一名


def test_a_skipped_number_of_guesses_counts_as_zero():
    assert guess_shares([1, 3]) == [0.5, 0, 0.5]
    assert entropy_bounds([0.5, 0, 0.5]) == (1.0, 1.0)  # 先排序：两种等可能


@pytest.mark.parametrize("seed", range(5))
def test_for_an_ideal_guesser_without_context_the_upper_bound_is_the_entropy(seed):
    weights = sorted((random.Random(seed).random() for _ in range(6)), reverse=True)
    p = [w / sum(weights) for w in weights]
    lower, upper = entropy_bounds(p)
    assert lower <= entropy(p) == upper


def test_a_uniform_guesser_has_equal_bounds():
    lower, upper = entropy_bounds([1 / 8] * 8)
    assert lower == pytest.approx(upper) == math.log2(8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: guess_shares([]), "^ranks 至少要有一项"),
        (lambda: guess_shares([1, 0]), "^ranks 里的次数 应为不小于 1 的整数，得到 0"),
        (lambda: entropy_bounds([0.5, 0.4]), "^q 的各项之和应为 1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
