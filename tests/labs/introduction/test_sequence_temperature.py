"""逐步调温与整句调温：手算的反例，什么时候两者相等，报错。"""

import pytest
import torch

from labs.introduction.sequence_temperature import joint, temper_sequences, temper_steps

FIRST = torch.tensor([0.6, 0.4], dtype=torch.float64)
SECOND = torch.tensor([[0.5, 0.5], [0.9, 0.1]], dtype=torch.float64)


def rounded(p):
    return [[round(x, 3) for x in row] for row in p.tolist()]


def test_the_counterexample_of_the_page():
    assert rounded(joint(FIRST, SECOND)) == [[0.3, 0.3], [0.36, 0.04]]
    assert rounded(temper_sequences(FIRST, SECOND, 0.5)) == [[0.289, 0.289], [0.416, 0.005]]
    assert rounded(temper_steps(FIRST, SECOND, 0.5)) == [[0.346, 0.346], [0.304, 0.004]]


def test_at_zero_the_two_pick_different_sentences():
    assert temper_sequences(FIRST, SECOND, 0).flatten().argmax() == 2  # BA
    assert temper_steps(FIRST, SECOND, 0).flatten().argmax() == 0  # AA：贪心


def test_at_one_both_are_the_joint():
    for tempered in (temper_steps, temper_sequences):
        torch.testing.assert_close(tempered(FIRST, SECOND, 1), joint(FIRST, SECOND))


@pytest.mark.parametrize("temperature", [0.2, 0.5, 3])
def test_they_agree_when_the_second_step_is_equally_sharp_everywhere(temperature):
    turned = torch.tensor([[0.2, 0.8], [0.8, 0.2]], dtype=torch.float64)  # 每行的 Z 相同
    torch.testing.assert_close(temper_steps(FIRST, turned, temperature), temper_sequences(FIRST, turned, temperature))


@pytest.mark.parametrize("tempered", [temper_steps, temper_sequences])
def test_everything_sums_to_one(tempered):
    assert tempered(FIRST, SECOND, 0.3).sum() == pytest.approx(1)


@pytest.mark.parametrize("tempered", [temper_steps, temper_sequences])
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (FIRST[None], SECOND, "^first 应为形如"),
        (FIRST, SECOND[:1], "^second 应为形如"),
        (FIRST * 2, SECOND, "^first 沿最后一维的和应为 1"),
        (FIRST, SECOND * 2, "^second 沿最后一维的和应为 1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(tempered, first, second, message):
    with pytest.raises(ValueError, match=message):
        tempered(first, second, 0.5)
