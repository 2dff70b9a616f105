"""门控循环单元（GRU）：没有单独的 c，一道更新门在“留旧的”与“换新的”之间分配。

    r_t = σ(x_t W_xr + b_xr + h_{t−1} W_hr + b_hr)                重置门
    z_t = σ(x_t W_xz + b_xz + h_{t−1} W_hz + b_hz)                更新门
    n_t = tanh(x_t W_xn + b_xn + r_t ⊙ (h_{t−1} W_hn + b_hn))     候选，r 在矩阵之后（torch）
    h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}                         z = 1 是全留

三段按 torch.nn.GRU 的次序：r, z, n。b_hn 在 r 的括号里，所以这里两个偏置不能合成一个。
cho2014learning 的第 3 版把 r 放在矩阵之前：n_t = tanh(x_t W_xn + (r_t ⊙ h_{t−1}) W_hn + b)，即 reset_after=False。
torch 的文档说放在后面是为了效率：三段 h_{t−1} W_h 可以一次乘完。两种写法一般不相等，权重不能互换。

手算一遍（一维，W 全 0，h_0 = 2；b_xr = 0，b_xz = ln 3，b_xn = 0，b_hn = 1）：
r = 0.5，z = 0.75，n = tanh(0.5) = 0.462，h_1 = 0.25 × 0.462 + 0.75 × 2 = 1.616。
参数量 3(d_x·d + d² + d)；torch 是 3(d_x·d + d² + 2d)，这里与 torch 相同。
不含：双向、多层、dropout。
正文：docs/07-architecture/recurrent-networks.md。
"""

import torch
from torch import Tensor

from labs.architecture.recurrent import check_cell, initial


# --8<-- [start:gru]
def gru_step(x_t: Tensor, h: Tensor, W_x: Tensor, W_h: Tensor, b_x: Tensor, b_h: Tensor, reset_after: bool = True) -> Tensor:
    """一步。形状：x_t (…, d_x)，h (…, d)，W_x (d_x, 3d)，W_h (d, 3d)，b_x、b_h (3d,) → (…, d)。"""
    x_r, x_z, x_n = (x_t @ W_x + b_x).chunk(3, dim=-1)  # 各 (…, d)
    h_r, h_z, h_n = (h @ W_h + b_h).chunk(3, dim=-1)  # 各 (…, d)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    if not reset_after:  # 先打折再乘矩阵：要多乘一次，不能与前两段合并
        d = h.shape[-1]
        return (1 - z) * torch.tanh(x_n + (r * h) @ W_h[:, 2 * d :] + b_h[2 * d :]) + z * h
    return (1 - z) * torch.tanh(x_n + r * h_n) + z * h


# --8<-- [end:gru]


def gru(
    x: Tensor,
    W_x: Tensor,
    W_h: Tensor,
    b_x: Tensor,
    b_h: Tensor,
    h_0: Tensor | None = None,
    reset_after: bool = True,
) -> Tensor:
    """全部状态。形状：x (B, T, d_x)，h_0 (B, d) 省略时为 0 → (B, T, d)；不合则 ValueError。"""
    check_cell(x, W_x, W_h, 3, b_x=b_x, b_h=b_h)
    h, states = initial("h_0", h_0, x, W_h), []
    for t in range(x.shape[1]):
        h = gru_step(x[:, t], h, W_x, W_h, b_x, b_h, reset_after)  # (B, d)
        states.append(h)
    return torch.stack(states, dim=1)  # (B, T, d)
