"""梯度沿时间的连乘：与自动微分一致、线性时按谱半径走、直路是遗忘门的积；页面与图上的数。"""

import math
from pathlib import Path

import pytest
import torch
from torch.autograd.functional import jacobian

from labs.architecture.gradient_flow import (
    D,
    compare_cells,
    direct_path,
    gradient_norms,
    spectral_radius,
    state_gradient_norms,
)
from labs.architecture.lstm import lstm
from labs.architecture.recurrent import rnn
from tests.labs.pages import assert_up_to_date, figure_script

ROOT = Path(__file__).resolve().parents[3]
NILPOTENT = torch.tensor([[4.0, 4.0], [-4.0, -4.0]], dtype=torch.float64)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# ---- 手算 ----


def test_a_hundred_steps_in_one_dimension():
    assert f"{0.9**100:.3g} {1.1**100:,.0f} {0.99**100:.3f} {0.5**100:.2g}" == "2.66e-05 13,781 0.366 7.9e-31"
    zero = torch.zeros(100, 1, dtype=torch.float64)  # 状态为 0，tanh 的导数是 1：线性
    for w in (0.9, 1.1):
        norms = gradient_norms(zero, torch.full((1, 1), w, dtype=torch.float64))
        assert norms == pytest.approx([w**t for t in range(1, 101)])
    assert direct_path(torch.full((100, 1), 0.99).double())[-1].item() == pytest.approx(0.99**100)


def test_spectral_radius_zero_and_yet_doubling():
    assert not (NILPOTENT @ NILPOTENT).any() and spectral_radius(NILPOTENT) == pytest.approx(0, abs=1e-6)
    state = torch.tensor([0.0, math.sqrt(0.5)], dtype=torch.float64)  # tanh 的导数 1 − h² 是 (1, 1/2)
    norms = gradient_norms(state.expand(20, 2), NILPOTENT)
    J = NILPOTENT * torch.tensor([1.0, 0.5])
    assert J.tolist() == [[4, 2], [-4, -2]] and torch.equal(J @ J, 2 * J)
    assert [b / a for a, b in zip(norms, norms[1:], strict=False)] == pytest.approx([2] * 19)


def test_that_state_is_a_fixed_point_of_a_real_network():
    """偏置取 arctanh(h) − h W_h，状态就停在 h：上面的例子不是凑不出来的轨迹。"""
    state = torch.tensor([[0.0, math.sqrt(0.5)]], dtype=torch.float64)
    b = (torch.atanh(state) - state @ NILPOTENT)[0]
    states = rnn(torch.zeros(1, 5, 1).double(), torch.zeros(1, 2).double(), NILPOTENT, b, state)
    torch.testing.assert_close(states[0], state.expand(5, 2))


# ---- 对照自动微分 ----


def test_the_product_is_the_jacobian():
    x, W_x, W_h, b = draw(1, 6, 3), draw(3, 4, seed=1), draw(4, 4, seed=2), draw(4, seed=3)
    h_0 = draw(1, 4, seed=4)
    norms = gradient_norms(rnn(x, W_x, W_h, b, h_0)[0], W_h)
    for t in range(6):
        full = jacobian(lambda s, t=t: rnn(x, W_x, W_h, b, s)[0, t], h_0).squeeze(1)
        assert norms[t] == pytest.approx(torch.linalg.matrix_norm(full, 2).item())


def test_the_general_version_agrees_with_the_product():
    x, W_x, W_h, b = draw(6, 3), draw(3, 4, seed=1), draw(4, 4, seed=2), draw(4, seed=3)

    def step(t, s):
        return torch.tanh(x[t] @ W_x + s @ W_h + b)

    expected = gradient_norms(rnn(x.unsqueeze(0), W_x, W_h, b)[0], W_h)
    assert state_gradient_norms(step, torch.zeros(4).double(), 6, 4) == pytest.approx(expected)


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_the_direct_path_is_the_whole_derivative_only_without_the_recurrent_matrix(scale):
    x, W_x, b = draw(1, 6, 3), draw(3, 8, seed=1), draw(8, seed=3)
    W_h, c_0 = scale * draw(2, 8, seed=2), draw(1, 2, seed=4)
    full = jacobian(lambda c: lstm(x, W_x, W_h, b, c_0=c)[1], c_0).squeeze()
    states = torch.cat([torch.zeros(1, 1, 2).double(), lstm(x, W_x, W_h, b, c_0=c_0)[0][:, :-1]], 1)
    f = torch.sigmoid((x @ W_x + states @ W_h + b)[0, :, 2:4])
    assert torch.allclose(full, torch.diag(direct_path(f)[-1])) is (scale == 0)


# ---- 不变量 ----


def test_linear_growth_approaches_the_spectral_radius():
    W = draw(5, 5)
    norms = gradient_norms(torch.zeros(400, 5).double(), W)
    assert norms[-1] ** (1 / 400) == pytest.approx(spectral_radius(W), rel=0.02)


def test_norms_never_exceed_the_power_of_the_largest_singular_value():
    h, W = torch.tanh(draw(30, 5)), draw(5, 5, seed=1)
    top = torch.linalg.matrix_norm(W, 2).item()
    assert all(norm <= top ** (t + 1) * (1 + 1e-9) for t, norm in enumerate(gradient_norms(h, W)))


def test_spectral_radius_of_a_rotation_is_one():
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    assert spectral_radius(3 * turn) == pytest.approx(3)


# ---- 图和页面上的数 ----


@pytest.fixture(scope="module")
def cells():
    return compare_cells()


def test_what_the_figure_shows(cells):
    assert {name: len(norms) for name, norms in cells.items()} == dict.fromkeys(cells, 100)
    last = {name: norms[-1] for name, norms in cells.items()}
    assert [f"{last[k]:.0e}" for k in ("rnn", "rnn_large", "lstm")] == ["4e-32", "4e-11", "2e-22"]
    assert f"{last['lstm_open']:.0f}" == "14"
    assert D == 32


def test_only_the_open_forget_gate_keeps_the_gradient(cells):
    assert max(cells[k][-1] for k in ("rnn", "rnn_large", "lstm")) < 1e-10
    assert cells["lstm_open"][-1] > 0.99**100  # 多出来的走的是穿过 h 的路


@pytest.mark.parametrize("name", ["dependency_graph", "gradient_distance"])
def test_figures_are_what_the_scripts_draw(name, cells, monkeypatch):
    script = figure_script(name)
    if name == "gradient_distance":
        monkeypatch.setattr(script, "compare_cells", lambda: cells)
    assert_up_to_date(script)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: spectral_radius(draw(3)), r"^W 应为形如 \(d, d\)"),
        (lambda: spectral_radius(draw(3, 4)), r"^W 应为形如 \(3, 3\)"),
        (lambda: gradient_norms(draw(4), draw(4, 4)), r"^h 应为形如 \(T, d\)"),
        (lambda: gradient_norms(draw(5, 4), draw(4, 3)), r"^W_h 应为形如 \(4, 4\)"),
        (lambda: direct_path(draw(4)), r"^f 应为形如 \(T, d\)"),
        (lambda: direct_path(torch.tensor([[1.1]])), "^f 的每个数应在 0 与 1 之间"),
        (lambda: direct_path(torch.tensor([[-0.1]])), "^f 的每个数应在 0 与 1 之间"),
        (lambda: state_gradient_norms(lambda t, s: s, draw(3), 0, 3), "^T 应为不小于 1"),
        (lambda: state_gradient_norms(lambda t, s: s, draw(3, 1), 1, 3), r"^state 应为形如 \(n\)"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
