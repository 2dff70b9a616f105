"""GRU：手算的一步、torch 的结果、重置门放在矩阵之前与之后的差别。"""

import math

import pytest
import torch
from torch import nn

from labs.architecture.gru import gru, gru_step


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(d_x=3, d=4):
    return draw(d_x, 3 * d, seed=1), draw(d, 3 * d, seed=2), draw(3 * d, seed=3), draw(3 * d, seed=4)


# ---- 手算 ----


def test_worked_example_in_one_dimension():
    b_x, b_h = torch.tensor([0.0, math.log(3), 0.0]), torch.tensor([0.0, 0.0, 1.0])
    h = gru_step(torch.zeros(1), torch.tensor([2.0]), torch.zeros(1, 3), torch.zeros(1, 3), b_x, b_h)
    assert f"{math.tanh(0.5):.3f} {h.item():.3f}" == "0.462 1.616"


# ---- 对照 torch ----


@pytest.mark.parametrize("with_h_0", [True, False])
def test_agrees_with_torch_given_the_same_weights(with_h_0):
    torch.manual_seed(0)
    theirs = nn.GRU(3, 4, batch_first=True).double()
    x, h_0 = draw(2, 6, 3), draw(2, 4, seed=5) if with_h_0 else None
    expected, last = theirs(x, None if h_0 is None else h_0.unsqueeze(0))
    given = (theirs.weight_ih_l0.T, theirs.weight_hh_l0.T, theirs.bias_ih_l0, theirs.bias_hh_l0)
    ours = gru(x, *given, h_0)
    torch.testing.assert_close(ours, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours[:, -1], last[0], atol=1e-6, rtol=0)


def test_the_two_biases_cannot_be_merged():
    x, (W_x, W_h, b_x, b_h) = draw(2, 6, 3), weights()
    merged = gru(x, W_x, W_h, b_x + b_h, torch.zeros(12).double())
    assert not torch.allclose(gru(x, W_x, W_h, b_x, b_h), merged, atol=1e-3)


# ---- 重置门的位置 ----


def test_reset_before_the_matrix_is_the_formula_of_the_paper():
    x, (W_x, W_h, b_x, b_h) = draw(1, 5, 3), weights()
    h = torch.zeros(4, dtype=torch.float64)
    for t, state in enumerate(gru(x, W_x, W_h, b_x, b_h, reset_after=False)[0]):
        part = [slice(4 * k, 4 * k + 4) for k in range(3)]
        u = [x[0, t] @ W_x[:, p] + b_x[p] + b_h[p] for p in part]
        r, z = (torch.sigmoid(u[k] + h @ W_h[:, part[k]]) for k in range(2))
        h = z * h + (1 - z) * torch.tanh(u[2] + (r * h) @ W_h[:, part[2]])
        torch.testing.assert_close(state, h)


def test_the_two_places_differ_in_general():
    x, given = draw(2, 6, 3), weights()
    assert not torch.allclose(gru(x, *given), gru(x, *given, reset_after=False), atol=1e-3)


def test_the_two_places_agree_when_the_candidate_matrix_is_diagonal_without_bias():
    x, (W_x, W_h, b_x, b_h) = draw(2, 6, 3), weights()
    W_h[:, 8:], b_h[8:] = torch.diag(draw(4)), 0
    torch.testing.assert_close(gru(x, W_x, W_h, b_x, b_h), gru(x, W_x, W_h, b_x, b_h, reset_after=False))


# ---- 不变量 ----


@pytest.mark.parametrize("reset_after", [True, False])
def test_the_update_gate_decides_between_old_and_new(reset_after):
    x, h_0, (W_x, W_h, b_x, b_h) = draw(2, 6, 3), draw(2, 4, seed=7), weights()
    W_h[:, 4:8], W_x[:, 4:8] = 0, 0
    b_x[4:8], b_h[4:8] = 100, 0  # z = 1：全留
    kept = gru(x, W_x, W_h, b_x, b_h, h_0, reset_after)
    torch.testing.assert_close(kept, h_0.unsqueeze(1).expand(2, 6, 4))
    b_x[4:8] = -100  # z = 0：全换；再让 r = 0，过去完全看不见
    W_h[:, :4], W_x[:, :4], b_x[:4], b_h[:4] = 0, 0, -100, 0
    fresh = gru(x, W_x, W_h, b_x, b_h, h_0, reset_after)
    seen = b_h[8:] if not reset_after else 0  # r 在矩阵之后时，连 b_hn 也关掉
    torch.testing.assert_close(fresh, torch.tanh(x @ W_x[:, 8:] + b_x[8:] + seen))


def test_changing_the_future_leaves_the_past_unchanged():
    x, given = draw(2, 8, 3), weights()
    before = gru(x, *given)
    x[:, 5:] += 1
    after = gru(x, *given)
    assert torch.equal(before[:, :5], after[:, :5]) and not torch.equal(before[:, 5:], after[:, 5:])


# ---- 出错 ----


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": draw(6, 3)}, r"^x 应为形如 \(B, T, d_x\)"),
        ({"W_h": draw(4, 8)}, r"^W_h 应为形如 \(4, 12\)"),
        ({"W_x": draw(3, 4)}, r"^W_x 应为形如 \(3, 12\)"),
        ({"b_x": draw(4)}, r"^b_x 应为形如 \(12\)"),
        ({"b_h": draw(4)}, r"^b_h 应为形如 \(12\)"),
        ({"h_0": draw(2, 3)}, r"^h_0 应为形如 \(2, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected_by_name(change, message):
    given = dict(zip(("W_x", "W_h", "b_x", "b_h"), weights(), strict=True)) | {"x": draw(2, 6, 3)}
    with pytest.raises(ValueError, match=message):
        gru(**(given | change))
