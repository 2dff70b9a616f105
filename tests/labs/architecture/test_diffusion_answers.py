"""扩散语言模型一节的练习：数字答案在这里重算，并且必须一字不差地出现在页面的答案里。"""

import math

import pytest
import torch

from labs.architecture.masked_diffusion import MASK, JointModel, exact_loss, masked_nll
from labs.architecture.unmasking import entropy_bound, output_distribution, random_order, wrong_probability
from tests.labs.pages import Chapter

answer = Chapter("07-architecture").answer
NEVER = torch.full((1, 2), MASK)


def city(pi):
    return torch.diag(torch.tensor([pi, 1 - pi], dtype=torch.float64))


def midpoint(a, b, n=200_000):
    t = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return (t**a * (1 - t) ** b).mean().item()


def test_weights_with_and_without_the_division_by_t():
    text = answer("ex:beta-weight")
    for m, before, after in ((1, "frac14", "frac1{20}"), (4, "frac14", "frac15")):
        assert midpoint(m - 1, 4 - m) == pytest.approx(1 / (m * math.comb(4, m))) == pytest.approx(1 / 4)
        assert midpoint(m, 4 - m) == pytest.approx(1 / (5 * math.comb(4, m))) == pytest.approx({1: 1 / 20, 4: 1 / 5}[m])
        assert f"$m={m}$由${before}$变成${after}$" in text
    for T in range(1, 8):
        assert sum(math.comb(T - 1, m - 1) / (m * math.comb(T, m)) for m in range(1, T + 1)) == pytest.approx(1)


def test_two_characters_that_are_not_half_and_half():
    text, joint = answer("ex:two-characters"), city(0.8)
    distribution, _ = output_distribution(JointModel(joint), 2, random_order(2))
    divergence = sum(joint[x].item() * math.log(joint[x].item() / distribution[x]) for x in ((0, 0), (1, 1)))
    assert wrong_probability(joint, distribution) == pytest.approx(0.32) and "2times0.8times0.2=0.32$" in text
    assert f"{divergence:.3f}" == "0.500" and "0.2ln0.2=0.500$" in text
    x = torch.tensor([[0, 0]])
    assert f"{masked_nll(JointModel(joint), x, NEVER).item():.3f}" == "0.446" and "=0.446$" in text
    assert f"{exact_loss(JointModel(joint), x).item():.3f}" == f"{-math.log(0.8):.3f}" == "0.223" and "$0.223$" in text


def test_the_entropy_bound_reveals_a_nearly_certain_pair_together():
    text = answer("ex:two-characters")
    for pi, together in ((0.8, False), (0.99, True)):
        probs = JointModel(city(pi))(NEVER)[0].exp()
        assert (len(entropy_bound(0.1)(probs, [0, 1])[0]) == 2) is together
    distribution, _ = output_distribution(JointModel(city(0.99)), 2, entropy_bound(0.1))
    assert wrong_probability(city(0.99), distribution) == pytest.approx(0.0198) and "=0.0198$" in text
    assert f"{torch.special.entr(probs[0]).sum().item():.3f}" == "0.056" and "$0.056<0.1$" in text


def test_the_bill_of_a_canvas():
    text = answer("ex:canvas-cost")
    plain, block, touched = 16 * (1000 + 256), 16 * 256 + 256, (1 - 8 / 128) ** 256
    assert f"{plain:,}" in text and f"{block:,}" in text and block == 17 * 256
    assert f"{touched * 1e8:.1f}times10^{{-8}}" in text
    causal, canvas = 256 * 3.8, 17 * 25.2
    assert f"{causal:.1f}$（B）" in text and f"{canvas:.1f}$（B）" in text
    assert f"frac1{{{causal / canvas:.1f}}}" in text and f"frac1{{{256 / 17:.0f}}}" in text
    assert f"{256 * 25.2 / 32:.1f}$（B）" in text and 256 * 25.2 / 32 < canvas
