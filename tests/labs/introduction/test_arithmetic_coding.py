"""算术编码：还原，长度不超过理想 + 2，随上文变的模型，极小的概率，报错。"""

import math
import random

import pytest
import torch

from labs.introduction.arithmetic_coding import TOTAL, cumulative_counts, decode, encode, ideal_bits
from labs.introduction.kneser_ney import KneserNey

ABC = torch.tensor([0.5, 0.25, 0.25])


def fixed(p):
    return lambda history: p


def round_trip(symbols, model):
    bits = encode(symbols, model)
    assert decode(bits, len(symbols), model) == list(symbols)
    return bits


def test_worked_example():
    assert ideal_bits([0, 1], fixed(ABC)) == 3
    assert round_trip([0, 1], fixed(ABC)) == [0, 1, 0, 0, 1]  # 3 位加收尾 2 位


@pytest.mark.parametrize("seed", range(20))
def test_any_message_under_any_model_comes_back_and_is_short(seed):
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    v = rng.randint(1, 9)
    table = torch.rand(v, v, generator=generator, dtype=torch.float64) ** 6 + 1e-9
    table /= table.sum(-1, keepdim=True)
    symbols = [rng.randrange(v) for _ in range(rng.randint(0, 80))]

    def model(history):
        return table[history[-1]] if history else table[0]

    # 换成 2³² 的整数，概率至多变小一点点：概率不小于 1e-9 时每个符号不到 0.5 位，典型的远小于此
    rounding = sum(-math.log2(min(1, int(counts(model, symbols, t)) / TOTAL / p)) for t, p in steps(model, symbols))
    assert len(round_trip(symbols, model)) <= ideal_bits(symbols, model) + 2 + max(0, rounding) + 1e-6


def steps(model, symbols):
    return [(t, model(symbols[:t])[s].item()) for t, s in enumerate(symbols)]


def counts(model, symbols, t):
    c = cumulative_counts(model(symbols[:t]))
    return c[symbols[t] + 1] - c[symbols[t]]


def test_a_likely_message_costs_almost_nothing():
    p = torch.tensor([1 - 1e-6, 1e-6], dtype=torch.float64)
    bits = round_trip([0] * 1000, fixed(p))
    assert len(bits) == 2 and ideal_bits([0] * 1000, fixed(p)) < 0.002


def test_straddling_the_middle_for_long():
    """区间一直夹着中点变窄：先欠着，最后一起写出。"""
    p = torch.tensor([0.25, 0.5, 0.25], dtype=torch.float64)
    for tail in ([], [0], [2], [1, 0]):
        bits = round_trip([1] * 200 + tail, fixed(p))
        assert len(bits) <= ideal_bits([1] * 200 + tail, fixed(p)) + 2


def test_the_impossible_can_still_be_written():
    p = torch.tensor([1.0, 0.0])
    assert ideal_bits([1], fixed(p)) == math.inf
    assert 30 < len(round_trip([1], fixed(p))) < 36


def test_the_alphabet_may_change_with_the_context():
    def model(history):
        return torch.full((2 + len(history),), 1 / (2 + len(history)))

    assert ideal_bits([1, 2, 3], model) == pytest.approx(math.log2(2 * 3 * 4))
    round_trip([1, 2, 3, 4, 0], model)


def test_with_a_language_model():
    text = "我爱书。他爱书。我读书。"
    model = KneserNey(text, 3, 10)
    symbols = [model.index[c] for c in text]

    def next_symbol(history):
        return model.distribution([model.seen[i] for i in history])

    direct = -sum(math.log2(model.probability(c, text[:t])) for t, c in enumerate(text))
    assert ideal_bits(symbols, next_symbol) == pytest.approx(direct)
    assert len(round_trip(symbols, next_symbol)) <= direct + 2


def test_counts_are_positive_and_fit():
    for p in (ABC, torch.tensor([1.0, 0.0, 0.0]), torch.full((1000,), 1e-3)):
        c = cumulative_counts(p)
        assert c[0] == 0 and (c.diff() >= 1).all() and TOTAL * 0.999 < c[-1] <= TOTAL


def test_nothing_to_say():
    assert encode([], fixed(ABC)) == [0, 1] and decode([], 0, fixed(ABC)) == [] == decode([1], 0, fixed(ABC))
    assert ideal_bits([], fixed(ABC)) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: encode([3], fixed(ABC)), r"^symbols\[0\] 应在 0 到 2 之间，得到 3"),
        (lambda: encode([0, -1], fixed(ABC)), r"^symbols\[1\] 应在 0 到 2 之间，得到 -1"),
        (lambda: encode([0], fixed(ABC * 2)), "^p 沿最后一维的和应为 1"),
        (lambda: encode([0], fixed(ABC[None])), "^p 应是一维"),
        (lambda: decode([0, 2], 1, fixed(ABC)), "^bits 里只能有 0 和 1"),
        (lambda: decode([0], -1, fixed(ABC)), "^length 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
