"""字符模型：手算的插值，归一，没见过的字与上文。"""

import math

import pytest

from labs.capabilities.char_lm import CharLM

TEXT = "我爱书。他爱书。我读书。"


def test_worked_example():
    model = CharLM(TEXT, 2)
    assert CharLM(TEXT, 1).probability("我", "爱") == pytest.approx((2 + 6 / 7) / 18) == pytest.approx(10 / 63)
    assert model.probability("我", "爱") == pytest.approx((1 + 2 * 10 / 63) / 4)
    assert model.probability("她", "爱") == CharLM(TEXT, 1).probability("", "爱")


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("context", ["", "我", "他爱", "没见过"])
def test_probabilities_of_all_characters_and_one_stranger_sum_to_one(n, context):
    model = CharLM(TEXT, n)
    assert sum(model.probability(context, c) for c in {*TEXT, "她"}) == pytest.approx(1)


def test_the_log_probability_is_a_sum_over_characters():
    model = CharLM(TEXT, 3)
    by_hand = sum(math.log(model.probability(c, w)) for c, w in [("我", "爱"), ("我爱", "书"), ("我爱书", "。")])
    assert model.logprob("我", "爱书。") == pytest.approx(by_hand)
    assert model.logprob("我", "") == 0
    assert model.logprob("我", "爱书。") == pytest.approx(model.logprob("我", "爱") + model.logprob("我爱", "书。"))


def test_only_the_last_characters_of_the_context_matter():
    model = CharLM(TEXT, 2)
    assert model.logprob("他不认识我", "爱") == model.logprob("我", "爱")


def test_what_was_read_is_more_probable_than_what_was_not():
    assert CharLM(TEXT, 3).logprob("我", "读书") > CharLM(TEXT, 3).logprob("他", "读书")


def test_bad_arguments_are_rejected_by_name():
    with pytest.raises(ValueError, match="^n 应为不小于 1 的整数，得到 0"):
        CharLM(TEXT, 0)
    with pytest.raises(ValueError, match="^text 是空的"):
        CharLM("", 2)
