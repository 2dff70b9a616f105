"""循环网络（RNN）：每读一个词元，用同一组权重把“旧状态加新输入”压成新状态。

    h_t = tanh(x_t W_x + h_{t−1} W_h + b)

来源：elman1990finding（上一步的隐藏层抄回来，与新输入一起进下一步）；tanh 是今天通行的选择。
torch.nn.RNN 多一个偏置：tanh(x_t W_ihᵀ + b_ih + h_{t−1} W_hhᵀ + b_hh)。
两个偏置只以和的形式出现，b = b_ih + b_hh，所以少一个也表示同样的函数。

手算一遍（一维，W_x = 1，W_h = 0.5，b = 0，x = 1, 0, 0，h_0 = 0）：
h = tanh(1), tanh(0.381), tanh(0.182) = 0.762, 0.363, 0.180：第一个输入的痕迹每步剩不到一半。

参数量：d_x·d + d² + d，与序列多长无关；torch 是 d_x·d + d² + 2d。
不含：双向、多层、dropout；门见 lstm.py 与 gru.py，梯度见 gradient_flow.py。
正文：docs/07-architecture/recurrent-networks.md。
"""

import torch
from torch import Tensor

from labs.common.validate import check_count, check_tensor


# --8<-- [start:rnn]
def rnn_step(x_t: Tensor, h: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor) -> Tensor:
    """一步。形状：x_t (…, d_x)，h (…, d)，W_x (d_x, d)，W_h (d, d)，b (d,) → (…, d)。"""
    return torch.tanh(x_t @ W_x + h @ W_h + b)


def rnn(x: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor, h_0: Tensor | None = None) -> Tensor:
    """全部状态。形状：x (B, T, d_x)，h_0 (B, d) 省略时为 0 → (B, T, d)；不合则 ValueError。"""
    check_cell(x, W_x, W_h, 1, b=b)
    h, states = initial("h_0", h_0, x, W_h), []
    for t in range(x.shape[1]):  # 第 t 步要等第 t − 1 步：沿时间排队
        h = rnn_step(x[:, t], h, W_x, W_h, b)  # (B, d)
        states.append(h)
    return torch.stack(states, dim=1)  # (B, T, d)


# --8<-- [end:rnn]


def parameters(d_x: int, d: int, gates: int = 1, biases: int = 1) -> int:
    """gates·(d_x·d + d² + biases·d)：RNN、GRU、LSTM 的 gates 是 1、3、4；torch 的 biases 是 2。"""
    for name, value in (("d_x", d_x), ("d", d), ("gates", gates), ("biases", biases)):
        check_count(name, value)
    return gates * (d_x * d + d * d + biases * d)


def check_cell(x: Tensor, W_x: Tensor, W_h: Tensor, gates: int, **biases: Tensor) -> None:
    """要求 x (B, T, d_x)，W_x (d_x, gates·d)，W_h (d, gates·d)，偏置 (gates·d,)；否则抛出 ValueError。"""
    check_tensor("x", x, "B", "T", "d_x", leading=False)
    check_tensor("W_h", W_h, "d", f"{gates}·d", leading=False)
    wide = gates * W_h.shape[0]
    check_tensor("W_h", W_h, W_h.shape[0], wide, leading=False)
    check_tensor("W_x", W_x, x.shape[2], wide, leading=False)
    for name, bias in biases.items():
        check_tensor(name, bias, wide, leading=False)


def initial(name: str, state: Tensor | None, x: Tensor, W_h: Tensor) -> Tensor:
    """初始状态：没给就是全 0。形状：(B, d)；给了但形状不合，抛出 ValueError。"""
    B, d = x.shape[0], W_h.shape[0]
    if state is None:
        return x.new_zeros(B, d)
    check_tensor(name, state, B, d, leading=False)
    return state
