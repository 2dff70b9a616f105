"""梯度沿时间怎样走：循环网络是一串雅可比矩阵的乘积，LSTM 的直路是一串遗忘门的乘积。

    ∂h_T/∂h_0 = J_1 J_2 … J_T，  J_t = W_h diag(1 − h_t²)         状态写成行，所以 W_h 在左
    直路 ∂c_T/∂c_0 = f_1 ⊙ f_2 ⊙ … ⊙ f_T

来源：pascanu2013difficulty，式 (5)（那里写成列）；hochreiter1997long，3.1 节。
线性时 J_t = W_h，乘积是 W_h^T，它的大小按 ρ(W_h)^T 走，ρ 是谱半径（特征值模的最大值）。
一维：0.9^100 ≈ 2.66e-5，1.1^100 ≈ 13,781；f = 0.99 时 0.99^100 ≈ 0.366，f = 0.5 时 0.5^100 ≈ 7.9e-31。

加上 tanh，ρ(W_h) < 1 不保证消失：W_h = [[4, 4], [−4, −4]] 的平方是 0，ρ = 0；
若每一步 tanh 的导数都是 (1, 1/2)，J = [[4, 2], [−4, −2]]，J² = 2J，梯度每步翻倍。
能保证的是范数：‖J_1 … J_T‖ ≤ ‖W_h‖^T，‖W_h‖ 是最大奇异值。

不含：对权重的梯度、裁剪、训练。
正文：docs/07-architecture/recurrent-networks.md。
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.functional import jacobian

from labs.architecture.lstm import lstm_step
from labs.architecture.recurrent import rnn_step
from labs.common.validate import check_count, check_tensor

D, STEPS = 32, 100  # compare_cells 的状态宽度与步数
FORGET_OPEN = math.log(99)  # σ(ln 99) = 0.99


def spectral_radius(W: Tensor) -> float:
    """特征值模的最大值。形状：(d, d)；不是方阵则 ValueError。"""
    check_tensor("W", W, "d", "d", leading=False)
    check_tensor("W", W, W.shape[0], W.shape[0], leading=False)
    return torch.linalg.eigvals(W).abs().max().item()


# --8<-- [start:gradient-product]
def gradient_norms(h: Tensor, W_h: Tensor) -> list[float]:
    """‖∂h_t/∂h_0‖（最大奇异值），t = 1 … T。形状：h (T, d) 是第 1 到 T 步的状态，W_h (d, d)。"""
    check_tensor("h", h, "T", "d", leading=False)
    check_tensor("W_h", W_h, h.shape[1], h.shape[1], leading=False)
    product, norms = torch.eye(h.shape[1], dtype=h.dtype), []
    for state in h:
        product = product @ (W_h * (1 - state**2))  # 第 j 列乘 tanh 在第 j 维的导数
        norms.append(torch.linalg.matrix_norm(product, 2).item())
    return norms


# --8<-- [end:gradient-product]


def direct_path(f: Tensor) -> Tensor:
    """直路上的导数：遗忘门的连乘。形状：f (T, d)，每个数在 0 与 1 之间 → (T, d)；不合则 ValueError。"""
    check_tensor("f", f, "T", "d", leading=False)
    if f.min() < 0 or f.max() > 1:
        raise ValueError(f"f 的每个数应在 0 与 1 之间，得到 {f.min().item():g} 到 {f.max().item():g}。")
    return f.cumprod(0)


def state_gradient_norms(step: Callable[[int, Tensor], Tensor], state: Tensor, T: int, tail: int) -> list[float]:
    """任一种循环网络：state 是一维，step(t, state) 给出下一步；量末 tail 维对末 tail 维的 ∂s_t/∂s_0 的范数。"""
    check_count("T", T)
    check_tensor("state", state, "n", leading=False)
    product, norms = torch.eye(len(state), dtype=state.dtype), []
    for t in range(T):
        product = jacobian(lambda s, t=t: step(t, s), state, vectorize=True) @ product  # 行是新状态，列是 s_0
        state = step(t, state)
        norms.append(torch.linalg.matrix_norm(product[-tail:, -tail:], 2).item())
    return norms


def compare_cells(seed: int = 0) -> dict[str, list[float]]:
    """四个随机初始化的网络，读同样的标准正态输入，量 ‖∂h_t/∂h_0‖ 或 ‖∂c_t/∂c_0‖，t = 1 … 100。

    权重取 torch 的默认：[−1/√d, 1/√d] 上均匀；rnn_large 把 W_h 缩放到谱半径 1.1；
    lstm_open 给遗忘门的偏置加 ln 99，门约为 0.99。float64，结果只随 seed 变。
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return (torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1) / math.sqrt(D)

    x = torch.randn(STEPS, D, generator=generator, dtype=torch.float64)
    W_x, W_h, b = uniform(D, D), uniform(D, D), uniform(D)
    large = W_h * (1.1 / spectral_radius(W_h))
    L_x, L_h, L_b = uniform(D, 4 * D), uniform(D, 4 * D), uniform(4 * D)
    opened = L_b + FORGET_OPEN * torch.tensor([0.0, 1, 0, 0], dtype=torch.float64).repeat_interleave(D)

    def run_rnn(W: Tensor) -> list[float]:
        return state_gradient_norms(lambda t, s: rnn_step(x[t], s, W_x, W, b), x.new_zeros(D), STEPS, D)

    def run_lstm(bias: Tensor) -> list[float]:
        def step(t: int, s: Tensor) -> Tensor:
            return torch.cat(lstm_step(x[t], s[:D], s[D:], L_x, L_h, bias))

        return state_gradient_norms(step, x.new_zeros(2 * D), STEPS, D)

    return {"rnn": run_rnn(W_h), "rnn_large": run_rnn(large), "lstm": run_lstm(L_b), "lstm_open": run_lstm(opened)}
