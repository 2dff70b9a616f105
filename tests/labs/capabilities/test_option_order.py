"""选项次序：手算的轮换与偏好，提示的样子，翻转率的两头。"""

import pytest

from labs.capabilities.char_lm import CharLM
from labs.capabilities.harness import Item
from labs.capabilities.option_order import (
    chosen_by_letter,
    chosen_with_bonus,
    flip_rate,
    letter_prompt,
    rotations,
)

ITEM = Item("天是", ("蓝的", "咸的", "三"), 0)
CONTENT = (0, -1, -2, -3)


def test_rotations_put_every_choice_everywhere_once():
    assert rotations(3) == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    for place in range(4):
        assert sorted(order[place] for order in rotations(4)) == [0, 1, 2, 3]


@pytest.mark.parametrize(("bonus", "picks"), [(1.5, [0, 1, 0, 0]), (0.9, [0, 0, 0, 0]), (9, [0, 1, 2, 3])])
def test_worked_example(bonus, picks):
    assert [chosen_with_bonus(CONTENT, (bonus, 0, 0, 0), order) for order in rotations(4)] == picks


def test_the_prompt_shows_the_choices_in_the_given_order():
    assert letter_prompt(ITEM, (2, 0, 1)) == "天是____\nA. 三\nB. 蓝的\nC. 咸的\n答案："


def test_a_model_that_has_never_seen_letters_always_says_the_first():
    model = CharLM("天是蓝的。海是咸的。", 3)
    assert [chosen_by_letter(model, ITEM, order) for order in rotations(3)] == [0, 1, 2]


def test_the_letter_is_mapped_back_to_the_content():
    loves_b = type("LovesB", (), {"logprob": lambda self, context, letter: 0.0 if letter == "B" else -1.0})()
    assert chosen_by_letter(loves_b, ITEM, (2, 0, 1)) == 0
    assert chosen_by_letter(loves_b, ITEM, (0, 1, 2)) == 1


def test_flip_rate_by_hand():
    assert flip_rate([[0, 0, 0], [1, 1, 2], [2, 2, 2], [0, 1, 2]]) == 0.5
    assert flip_rate([[3]]) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: letter_prompt(ITEM, (0, 1)), "^order 应为 0 到 2 的一个排列"),
        (lambda: chosen_with_bonus(CONTENT, (0, 0, 0, 0), (0, 0, 1, 2)), "^order 应为 0 到 3"),
        (lambda: chosen_with_bonus(CONTENT, (0,), (0, 1, 2, 3)), "^bonus 应有 4 个数"),
        (lambda: flip_rate([]), "^choices 应为非空"),
        (lambda: flip_rate([[0], []]), "^choices 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
