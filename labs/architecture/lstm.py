"""长短期记忆网络（LSTM）：另开一条只做乘加的直路 c，三道门管写入、保留和读出。

    i_t, f_t, o_t = σ(x_t W_x + h_{t−1} W_h + b) 的三段        写入门、遗忘门、输出门
    g_t           = tanh(x_t W_x + h_{t−1} W_h + b) 的另一段     候选内容
    c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t                              直路：没有矩阵，也没有 tanh
    h_t = o_t ⊙ tanh(c_t)

四段按 torch.nn.LSTM 的次序排成一个矩阵：i, f, g, o。
torch 有两个偏置 b_ih、b_hh，只以和的形式出现，这里合成一个 b。
参数量 4(d_x·d + d² + d)；torch 是 4(d_x·d + d² + 2d)。

来源：hochreiter1997long，第 4 节，那里 c_t = c_{t−1} + i_t ⊙ g_t，没有 f_t；遗忘门是 gers2000learning 加的。
手算一遍（一维，W_x = W_h = 0，门由 b 定）：f = 0.9，i = 0.5，g = tanh(1) = 0.762，o = 0.5，c_0 = 2：
c_1 = 1.8 + 0.381 = 2.181，h_1 = 0.5 tanh(2.181) = 0.487。
不含：窥孔连接、投影、多层、双向、dropout。
正文：docs/07-architecture/recurrent-networks.md。
"""

import torch
from torch import Tensor

from labs.architecture.recurrent import check_cell, initial


# --8<-- [start:lstm]
def lstm_step(x_t: Tensor, h: Tensor, c: Tensor, W_x: Tensor, W_h: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """一步。形状：x_t (…, d_x)，h、c (…, d)，W_x (d_x, 4d)，W_h (d, 4d)，b (4d,) → h、c (…, d)。"""
    i, f, g, o = (x_t @ W_x + h @ W_h + b).chunk(4, dim=-1)  # 各 (…, d)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # 直路：旧的打折，新的加上
    return torch.sigmoid(o) * torch.tanh(c), c


# --8<-- [end:lstm]


def lstm(
    x: Tensor,
    W_x: Tensor,
    W_h: Tensor,
    b: Tensor,
    h_0: Tensor | None = None,
    c_0: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """全部 h 与最后的 c。形状：x (B, T, d_x)，h_0、c_0 (B, d) 省略时为 0 → (B, T, d) 与 (B, d)。

    出错：形状不合，抛出 ValueError。
    """
    check_cell(x, W_x, W_h, 4, b=b)
    h, c, states = initial("h_0", h_0, x, W_h), initial("c_0", c_0, x, W_h), []
    for t in range(x.shape[1]):
        h, c = lstm_step(x[:, t], h, c, W_x, W_h, b)  # (B, d), (B, d)
        states.append(h)
    return torch.stack(states, dim=1), c  # (B, T, d), (B, d)
