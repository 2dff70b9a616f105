"""信息论的尺子：手算的熵与换算、对照 torch.distributions、H(p, q) ≥ H(p)、报错。"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.introduction.information import (
    bits_per_byte,
    bits_to_nats,
    bpb_to_perplexity,
    check_distribution,
    cross_entropy,
    entropy,
    kl_divergence,
    nats_to_bits,
    perplexity,
    perplexity_to_bpb,
)

P, UNIFORM = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 4] * 4
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)


def pairs():
    """两个同样长、各项为正的分布。"""
    weights = st.integers(1, 6).flatmap(lambda n: st.tuples(*[st.lists(st.integers(1, 1000), min_size=n, max_size=n)] * 2))
    return weights.map(lambda both: [[w / sum(ws) for w in ws] for ws in both])


# ---- 手算 ----


def test_worked_example():
    assert (entropy(P), cross_entropy(P, UNIFORM), kl_divergence(P, UNIFORM)) == (1.75, 2.0, 0.25)
    assert cross_entropy(UNIFORM, P) == 2.25 and kl_divergence(UNIFORM, P) == 0.25


def test_kl_is_not_symmetric():
    """页面上的例子：p = (0.9, 0.1)，q = (0.5, 0.5)。"""
    p, q = [0.9, 0.1], [0.5, 0.5]
    assert f"{kl_divergence(p, q):.3f} {kl_divergence(q, p):.3f}" == "0.531 0.737"


def test_worked_perplexity_and_bits_per_byte():
    log_probs = [math.log(1 / 2), math.log(1 / 8)]
    assert perplexity(log_probs) == pytest.approx(4)
    assert bits_per_byte(log_probs, 6) == pytest.approx(4 / 6)


def test_the_comparison_of_the_chapter_opening():
    """30 字 90 字节：20 个词元困惑度 20，25 个词元困惑度 12。"""
    a, b = perplexity_to_bpb(20, 20, 90), perplexity_to_bpb(12, 25, 90)
    assert f"{a:.3f} {b:.3f}" == "0.960 0.996"
    assert f"{20 * math.log2(20):.1f} {25 * math.log2(12):.1f}" == "86.4 89.6"


def test_conventions_at_zero():
    assert entropy([1, 0]) == 0 and entropy([1.0]) == 0
    assert cross_entropy([0.5, 0.5], [1, 0]) == math.inf == kl_divergence([0.5, 0.5], [1, 0])
    assert cross_entropy([1, 0], [0.5, 0.5]) == 1
    assert perplexity([-math.inf, -1.0]) == math.inf == bits_per_byte([-math.inf], 3)


# ---- 不变量 ----


@settings(settings.get_profile("quick"))
@given(pairs())
def test_another_code_is_never_shorter(both):
    p, q = both
    assert cross_entropy(p, q) >= entropy(p) - 1e-12
    assert kl_divergence(p, q) >= 0 == kl_divergence(p, p)
    assert entropy(p) <= math.log2(len(p)) + 1e-12  # 均匀的最大


@settings(settings.get_profile("quick"))
@given(pairs())
def test_agrees_with_torch(both):
    p, q = (torch.distributions.Categorical(torch.tensor(x, dtype=torch.float64)) for x in both)
    assert entropy(both[0]) == pytest.approx(p.entropy().item() / math.log(2), abs=1e-9)
    expected = torch.distributions.kl_divergence(p, q).item() / math.log(2)
    assert kl_divergence(*both) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("v", [1, 2, 50_257])
def test_the_perplexity_of_the_uniform_model_is_its_vocabulary(v):
    assert perplexity([-math.log(v)] * 7) == pytest.approx(v)
    assert entropy([1 / v] * v) == pytest.approx(math.log2(v))


def test_perplexity_and_bits_per_byte_are_two_units_of_the_same_sum():
    log_probs = [-0.3, -2.0, -5.5]
    bpb = bits_per_byte(log_probs, 10)
    assert perplexity_to_bpb(perplexity(log_probs), 3, 10) == pytest.approx(bpb)
    assert bpb_to_perplexity(bpb, 3, 10) == pytest.approx(perplexity(log_probs))


def test_cutting_a_token_in_two_changes_the_perplexity_but_not_the_bits_per_byte():
    one, two = [math.log(0.06)], [math.log(0.2), math.log(0.3)]  # 0.2 · 0.3 = 0.06
    assert bits_per_byte(one, 6) == pytest.approx(bits_per_byte(two, 6))
    assert perplexity(one) > 4 * perplexity(two)


def test_units():
    assert nats_to_bits(math.log(2)) == 1 and bits_to_nats(1) == math.log(2)
    assert f"{nats_to_bits(1):.3f} {bits_to_nats(1):.3f}" == "1.443 0.693"


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: check_distribution("q", []), "^q 至少要有一项"),
        (lambda: entropy([0.5, 0.4]), "^p 的各项之和应为 1，得到 0.9"),
        (lambda: entropy([1.5, -0.5]), "^p 的各项应为非负的有限数，得到 -0.5"),
        (lambda: entropy([math.nan, 1]), "^p 的各项应为非负的有限数，得到 nan"),
        (lambda: cross_entropy([1.0], [0.5, 0.4]), "^q 的各项之和"),
        (lambda: cross_entropy([1.0], [0.5, 0.5]), "^p 与 q 应一样长，得到 1 与 2"),
        (lambda: perplexity([]), "^log_probs 至少要有一项"),
        (lambda: perplexity([0.1]), "^log_probs 的各项应不大于 0"),
        (lambda: bits_per_byte([math.nan], 3), "^log_probs 的各项"),
        (lambda: bits_per_byte([-1.0], 0), "^n_bytes 应为"),
        (lambda: perplexity_to_bpb(0.5, 3, 9), "^ppl 应不小于 1，得到 0.5"),
        (lambda: perplexity_to_bpb(2, 0, 9), "^n_tokens 应为"),
        (lambda: perplexity_to_bpb(2, 3, 0), "^n_bytes 应为"),
        (lambda: bpb_to_perplexity(-1, 3, 9), "^bpb 应为非负数，得到 -1"),
        (lambda: bpb_to_perplexity(1, 0, 9), "^n_tokens 应为"),
        (lambda: bpb_to_perplexity(1, 3, 0), "^n_bytes 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
