"""链式法则：手算的两句话、对数与下溢、log-sum-exp、每一步归一。"""

import math
import random

import pytest
import torch

from labs.introduction.chain_rule import REST, TOY, conditionals, log_probability, log_sum_exp, product

GOOD, ODD = ["他", "把", "书", "放在", "桌上"], ["他", "把", "桌", "放在", "书上"]


# ---- 手算 ----


def test_the_two_sentences_of_the_page():
    assert conditionals(TOY, GOOD) == [0.2, 0.1, 0.05, 0.2, 0.25]
    assert conditionals(TOY, ODD) == [0.2, 0.1, 0.005, 0.02, 0.005]
    assert product(conditionals(TOY, GOOD)) == pytest.approx(5e-5)
    assert product(conditionals(TOY, ODD)) == pytest.approx(1e-8)


def test_the_logarithms_of_the_page():
    steps = [f"{math.log(p):.3f}" for p in conditionals(TOY, GOOD)]
    assert steps == ["-1.609", "-2.303", "-2.996", "-1.609", "-1.386"]
    assert f"{log_probability(conditionals(TOY, GOOD)):.4f}" == "-9.9035"
    assert f"{log_probability(conditionals(TOY, ODD)):.4f}" == "-18.4207"
    gap = log_probability(conditionals(TOY, GOOD)) - log_probability(conditionals(TOY, ODD))
    assert f"{gap:.3f}" == "8.517" and math.exp(gap) == pytest.approx(5000)


def test_where_the_product_becomes_zero():
    """float64 最小的正数约 4.9 × 10⁻³²⁴，float32 约 1.4 × 10⁻⁴⁵。"""
    assert product([0.1] * 323) > 0 == product([0.1] * 324)
    assert torch.full((45,), 0.1).prod() > 0 == torch.full((46,), 0.1).prod()
    assert log_probability([0.1] * 324) == pytest.approx(-324 * math.log(10))


def test_the_sum_of_the_two_sentences_in_logarithms():
    both = log_sum_exp([log_probability(conditionals(TOY, s)) for s in (GOOD, ODD)])
    assert math.exp(both) == pytest.approx(5.001e-5)
    assert log_sum_exp([-1000.0, -1000.0]) == pytest.approx(-1000 + math.log(2))


# ---- 不变量与对照 ----


def test_every_step_of_the_table_sums_to_one():
    for step in TOY.values():
        assert sum(step.values()) == pytest.approx(1)


def test_all_the_ways_to_end_sum_to_one():
    """REST 那一格就此停下；把所有停法的概率加起来是 1，链式法则没有漏掉什么。"""

    def mass(prefix, so_far):
        if prefix not in TOY:
            return so_far
        return sum(so_far * p if w == REST else mass((*prefix, w), so_far * p) for w, p in TOY[prefix].items())

    assert mass((), 1.0) == pytest.approx(1)


def test_log_sum_exp_agrees_with_torch():
    values = [random.Random(0).uniform(-800, 800) for _ in range(50)]
    expected = torch.logsumexp(torch.tensor(values, dtype=torch.float64), 0).item()
    assert log_sum_exp(values) == pytest.approx(expected, rel=1e-14)
    assert log_sum_exp([-math.inf, 0.0]) == 0
    assert log_sum_exp([-math.inf]) == -math.inf


def test_an_impossible_step_makes_the_sentence_impossible():
    assert log_probability([0.5, 0.0]) == -math.inf
    assert log_probability([]) == 0  # 空句子什么也没说，概率 1


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: conditionals(TOY, ["他", "吃"]), "^words 的第 2 个词 '吃'"),
        (lambda: conditionals(TOY, ["他", "把", REST, "放在"]), "^words 的第 4 个词 '放在'"),
        (lambda: log_probability([0.5, 1.2]), "^probabilities 里应是 0 到 1 的数，得到 1.2"),
        (lambda: log_probability([math.nan]), "^probabilities 里"),
        (lambda: log_sum_exp([]), "^values 至少要有一个数"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
