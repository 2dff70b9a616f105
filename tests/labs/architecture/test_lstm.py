"""LSTM：手算的一步、torch 的结果、直路的两个极端。"""

import math

import pytest
import torch
from torch import nn

from labs.architecture.lstm import lstm, lstm_step


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def logit(p):
    return math.log(p / (1 - p))


def fixed_gates(i, f, g, o):
    """门由偏置定、与输入无关的一维 LSTM；g 是 tanh 里面的数。"""
    return torch.zeros(1, 4), torch.zeros(1, 4), torch.tensor([logit(i), logit(f), g, logit(o)])


# ---- 手算 ----


def test_worked_example_in_one_dimension():
    h, c = lstm_step(torch.zeros(1), torch.zeros(1), torch.tensor([2.0]), *fixed_gates(0.5, 0.9, 1.0, 0.5))
    assert f"{math.tanh(1):.3f}" == "0.762"
    assert f"{c.item():.3f} {h.item():.3f}" == "2.181 0.487"


def test_worked_example_keeps_a_third_over_a_hundred_steps():
    W_x, W_h, b = fixed_gates(0.5, 0.99, 0.0, 0.5)  # 候选是 tanh(0) = 0：什么也不写
    _, c = lstm(torch.zeros(1, 100, 1), W_x, W_h, b, c_0=torch.ones(1, 1))
    assert f"{c.item():.3f}" == "0.366"


# ---- 对照 torch ----


@pytest.mark.parametrize("with_start", [True, False])
def test_agrees_with_torch_given_the_same_weights(with_start):
    torch.manual_seed(0)
    theirs = nn.LSTM(3, 4, batch_first=True).double()
    x = draw(2, 6, 3)
    start = (draw(2, 4, seed=5), draw(2, 4, seed=6)) if with_start else (None, None)
    expected, (h, c) = theirs(x, tuple(s.unsqueeze(0) for s in start) if with_start else None)
    bias = theirs.bias_ih_l0 + theirs.bias_hh_l0
    states, last = lstm(x, theirs.weight_ih_l0.T, theirs.weight_hh_l0.T, bias, *start)
    torch.testing.assert_close(states, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(states[:, -1], h[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(last, c[0], atol=1e-6, rtol=0)


def test_gradients_agree_with_torch():
    torch.manual_seed(0)
    theirs = nn.LSTM(3, 4, batch_first=True).double()
    x = draw(2, 6, 3)
    given = [theirs.weight_ih_l0, theirs.weight_hh_l0]
    expected = torch.autograd.grad(theirs(x)[0].square().sum(), given)
    states, _ = lstm(x, given[0].T, given[1].T, theirs.bias_ih_l0 + theirs.bias_hh_l0)
    for a, b in zip(torch.autograd.grad(states.square().sum(), given), expected, strict=True):
        torch.testing.assert_close(a, b)


# ---- 不变量 ----


def test_open_forget_and_closed_input_copy_the_cell():
    W_x, W_h = torch.zeros(3, 16).double(), torch.zeros(4, 16).double()
    b = torch.tensor([-100.0, 100, 1, 1]).repeat_interleave(4).double()
    c_0 = draw(2, 4, seed=1)
    _, c = lstm(draw(2, 50, 3), W_x, W_h, b, c_0=c_0)
    torch.testing.assert_close(c, c_0)


def test_closed_forget_forgets_the_past():
    W_x, W_h, b = draw(3, 16, seed=1), torch.zeros(4, 16).double(), draw(16, seed=2)
    b[4:8] = -1e6  # 遗忘门全关；W_h = 0，h 也带不来过去
    x = draw(2, 6, 3)
    torch.testing.assert_close(lstm(x, W_x, W_h, b)[1], lstm(x[:, -1:], W_x, W_h, b)[1])


def test_changing_the_future_leaves_the_past_unchanged():
    x, given = draw(2, 8, 3), (draw(3, 16, seed=1), draw(4, 16, seed=2), draw(16, seed=3))
    before = lstm(x, *given)[0]
    x[:, 5:] += 1
    after = lstm(x, *given)[0]
    assert torch.equal(before[:, :5], after[:, :5]) and not torch.equal(before[:, 5:], after[:, 5:])


# ---- 出错 ----


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": draw(6, 3)}, r"^x 应为形如 \(B, T, d_x\)"),
        ({"W_h": draw(4, 4)}, r"^W_h 应为形如 \(4, 16\)"),
        ({"W_x": draw(3, 4)}, r"^W_x 应为形如 \(3, 16\)"),
        ({"b": draw(4)}, r"^b 应为形如 \(16\)"),
        ({"h_0": draw(1, 2, 4)}, r"^h_0 应为形如 \(2, 4\)"),
        ({"c_0": draw(2, 3)}, r"^c_0 应为形如 \(2, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected_by_name(change, message):
    given = {"x": draw(2, 6, 3), "W_x": draw(3, 16), "W_h": draw(4, 16), "b": draw(16)}
    with pytest.raises(ValueError, match=message):
        lstm(**(given | change))
