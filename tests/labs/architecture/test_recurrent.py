"""循环网络：手算的三步、torch 的结果、因果、参数个数。"""

import math

import pytest
import torch
from torch import nn

from labs.architecture.recurrent import parameters, rnn, rnn_step


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def weights(d_x=3, d=4, gates=1):
    return draw(d_x, gates * d, seed=1), draw(d, gates * d, seed=2) / d, draw(gates * d, seed=3)


# ---- 手算 ----


def test_worked_example_in_one_dimension():
    x = torch.tensor([1.0, 0, 0]).reshape(1, 3, 1)
    h = rnn(x, torch.ones(1, 1), torch.full((1, 1), 0.5), torch.zeros(1)).flatten()
    assert [f"{v:.3f}" for v in h.tolist()] == ["0.762", "0.363", "0.180"]
    assert f"{0.5 * h[0]:.3f} {0.5 * h[1]:.3f}" == "0.381 0.182"


def test_worked_gradient_in_one_dimension():
    h_1 = torch.tensor([[math.tanh(1)]], dtype=torch.float64, requires_grad=True)
    W_x, W_h, b = torch.ones(1, 1).double(), torch.full((1, 1), 0.5).double(), torch.zeros(1).double()
    h = rnn(torch.zeros(1, 2, 1).double(), W_x, W_h, b, h_1)
    h[0, 1].backward()
    factors = [0.5 * (1 - v**2) for v in h.flatten().tolist()]
    assert [f"{v:.3f}" for v in factors] == ["0.434", "0.484"]
    assert f"{h_1.grad.item():.3f}" == f"{math.prod(factors):.3f}" == "0.210"


# ---- 对照 torch ----


@pytest.mark.parametrize("with_h_0", [True, False])
def test_agrees_with_torch_given_the_same_weights(with_h_0):
    torch.manual_seed(0)
    theirs = nn.RNN(3, 4, batch_first=True).double()
    x, h_0 = draw(2, 6, 3), draw(2, 4, seed=5) if with_h_0 else None
    expected, last = theirs(x, None if h_0 is None else h_0.unsqueeze(0))
    ours = rnn(x, theirs.weight_ih_l0.T, theirs.weight_hh_l0.T, theirs.bias_ih_l0 + theirs.bias_hh_l0, h_0)
    torch.testing.assert_close(ours, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours[:, -1], last[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("kind", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
def test_parameters_of_torch_have_two_biases(kind, gates):
    counted = sum(p.numel() for p in kind(5, 7).parameters())
    assert counted == parameters(5, 7, gates, biases=2) == parameters(5, 7, gates) + gates * 7


def test_parameters_on_the_page():
    assert parameters(512, 512) == 524_800
    assert parameters(512, 512, 4) == 2_099_200 and parameters(512, 512, 4, 2) == 2_101_248
    assert parameters(512, 512, 3) == 1_574_400 and parameters(512, 512, 3, 2) == 1_575_936


# ---- 不变量 ----


def test_one_step_at_a_time_is_the_whole():
    x, (W_x, W_h, b) = draw(2, 5, 3), weights()
    whole, h = rnn(x, W_x, W_h, b), torch.zeros(2, 4, dtype=torch.float64)
    for t in range(5):
        h = rnn_step(x[:, t], h, W_x, W_h, b)
        torch.testing.assert_close(h, whole[:, t])


def test_the_state_is_all_that_is_carried_over():
    x, (W_x, W_h, b) = draw(2, 8, 3), weights()
    first = rnn(x[:, :5], W_x, W_h, b)
    rest = rnn(x[:, 5:], W_x, W_h, b, first[:, -1])
    torch.testing.assert_close(torch.cat([first, rest], 1), rnn(x, W_x, W_h, b))


def test_changing_the_future_leaves_the_past_unchanged():
    x, (W_x, W_h, b) = draw(2, 8, 3), weights()
    before = rnn(x, W_x, W_h, b)
    x[:, 5:] += 1
    after = rnn(x, W_x, W_h, b)
    assert torch.equal(before[:, :5], after[:, :5])
    assert not torch.isclose(before[:, 5:], after[:, 5:]).any()


def test_gradients_reach_every_weight():
    x, given = draw(2, 5, 3), [w.requires_grad_() for w in weights()]
    for gradient in torch.autograd.grad(rnn(x, *given).square().sum(), given):
        assert gradient.abs().min() > 0


# ---- 出错 ----


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": draw(6, 3)}, r"^x 应为形如 \(B, T, d_x\)"),
        ({"x": draw(2, 0, 3)}, r"^x 应为形如 \(B, T, d_x\)"),
        ({"W_h": draw(4)}, r"^W_h 应为形如 \(d, 1·d\)"),
        ({"W_h": draw(4, 5)}, r"^W_h 应为形如 \(4, 4\)"),
        ({"W_x": draw(4, 4)}, r"^W_x 应为形如 \(3, 4\)"),
        ({"b": draw(1, 4)}, r"^b 应为形如 \(4\)"),
        ({"h_0": draw(4)}, r"^h_0 应为形如 \(2, 4\)"),
        ({"h_0": draw(1, 4)}, r"^h_0 应为形如 \(2, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected_by_name(change, message):
    W_x, W_h, b = weights()
    with pytest.raises(ValueError, match=message):
        rnn(**({"x": draw(2, 6, 3), "W_x": W_x, "W_h": W_h, "b": b} | change))


@pytest.mark.parametrize("place", range(4))
def test_counts_must_be_positive(place):
    arguments = [3, 4, 1, 1]
    arguments[place] = 0
    with pytest.raises(ValueError, match=f"^{('d_x', 'd', 'gates', 'biases')[place]} 应为不小于 1"):
        parameters(*arguments)
