"""加性注意力：手算的三个状态、逐项照公式算的结果、不变量。"""

import math

import pytest
import torch

from labs.architecture.additive_attention import additive_attention

ONE = torch.ones(1, 1)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def given():
    return {"s": draw(5), "h": draw(7, 4, seed=1), "W_s": draw(5, 3, seed=2), "W_a": draw(4, 3, seed=3), "v": draw(3, seed=4)}


def test_worked_example_in_one_dimension():
    h = torch.tensor([[0.0], [1.0], [2.0]])
    context, weights = additive_attention(torch.zeros(1), h, ONE, ONE, torch.ones(1))
    assert [f"{w:.3f}" for w in weights.tolist()] == ["0.173", "0.372", "0.455"]
    assert f"{context.item():.3f}" == "1.281"


def test_agrees_with_the_formula_term_by_term():
    a = given()
    scores = []
    for j in range(7):
        inner = [
            math.tanh(sum(a["s"][i] * a["W_s"][i, k] for i in range(5)) + sum(a["h"][j, i] * a["W_a"][i, k] for i in range(4)))
            for k in range(3)
        ]
        scores.append(sum(a["v"][k].item() * inner[k] for k in range(3)))
    total = sum(math.exp(e) for e in scores)
    weights = [math.exp(e) / total for e in scores]
    context, ours = additive_attention(**a)
    assert ours.tolist() == pytest.approx(weights)
    assert context.tolist() == pytest.approx([sum(w * a["h"][j, i].item() for j, w in enumerate(weights)) for i in range(4)])


def test_weights_sum_to_one_and_any_length_works():
    for T in (1, 50):
        a = given() | {"h": draw(T, 4, seed=9)}
        assert additive_attention(**a)[1].sum().item() == pytest.approx(1)


def test_equal_scores_give_the_plain_average():
    a = given() | {"v": torch.zeros(3, dtype=torch.float64)}
    torch.testing.assert_close(additive_attention(**a)[0], a["h"].mean(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"s": draw(1, 5)}, r"^s 应为形如 \(d_s\)"),
        ({"h": draw(4)}, r"^h 应为形如 \(T, d\)"),
        ({"W_s": draw(4, 3)}, r"^W_s 应为形如 \(5, 3\)"),
        ({"W_a": draw(4, 2)}, r"^W_a 应为形如 \(4, 3\)"),
        ({"v": draw(3, 1)}, r"^v 应为形如 \(m\)"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        additive_attention(**(given() | change))
