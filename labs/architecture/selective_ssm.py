"""选择性状态空间模型：由输入决定这一步记多少、忘多少、写什么、读什么。

    h_t = exp(Δ_t A) ⊙ h_{t−1} + Δ_t B_t x_t        y_t = C_t · h_t + D x_t

每个通道各有一个 n 维状态，A 是负的对角阵，Δ、B、C 都由当前输入算出（“选择性”就指这一点）。
来源：gu2023mamba；A 取 exp(Δ A)，B 用欧拉近似 Δ B，与公开实现相同，lahoti2026mamba3 称之为指数–欧拉。

手算一遍（一个通道，n = 1，A = −1，B = C = 1，D = 0，x = (1, 0, 2)，Δ = (ln 2, ln 2, 0)）：
衰减 exp(Δ A) = ½、½、1，写入 Δ x = 0.693、0、0，状态 0.693、0.347、0.347。
Δ = 0 的那一步既不忘也不写，x = 2 被完全跳过；Δ 很大则忘掉过去，只记现在。

同一个递推的三种算法：循环；把 (a, b) 看作变换 h → a h + b，用结合律折半扫描，log₂ T 轮；
A 是标量时就是线性注意力，Y = (L ⊙ C Bᵀ)(Δ ⊙ X)，称为状态空间对偶（dao2024transformers）。

不含：短卷积、SiLU 门、Mamba-2 的分组与归一化、Mamba-3 的梯形离散化与复数状态。
正文：docs/07-architecture/linear-recurrence.md。
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from labs.architecture.linear_attention import parallel_linear_attention
from labs.common.validate import check_count, check_tensor


def discretise(x: Tensor, delta: Tensor, A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """每一步的衰减 exp(Δ A) 与写入 Δ B x。

    形状：x、delta (…, T, d)，A (d, n)，B (…, T, n) → 两个 (…, T, d, n)；不合或 A 不为负则 ValueError。
    """
    check_tensor("x", x, "T", "d")
    check_tensor("delta", delta, *x.shape, leading=False)
    check_tensor("A", A, x.shape[-1], "n", leading=False)
    check_tensor("B", B, *x.shape[:-1], A.shape[1], leading=False)
    if not (A < 0).all():
        raise ValueError(f"A 应处处为负，状态才不会越滚越大；得到最大值 {A.max().item():g}。")
    decay = torch.exp(delta.unsqueeze(-1) * A)  # (..., T, d, n)
    write = (delta * x).unsqueeze(-1) * B.unsqueeze(-2)  # (..., T, d, n)
    return decay, write


def loop_states(decay: Tensor, write: Tensor) -> Tensor:
    """一步一步算 h_t = a_t h_{t−1} + b_t。形状：两个 (…, T, d, n) → 每一步的状态 (…, T, d, n)。"""
    state, states = torch.zeros_like(write[..., 0, :, :]), []
    for t in range(write.shape[-3]):
        state = decay[..., t, :, :] * state + write[..., t, :, :]  # (..., d, n)
        states.append(state)
    return torch.stack(states, dim=-3)


def combine(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """先做 h → a₁h + b₁，再做 h → a₂h + b₂，合起来仍是这种形式：(a₂a₁, a₂b₁ + b₂)。"""
    (a_1, b_1), (a_2, b_2) = first, second
    return a_2 * a_1, a_2 * b_1 + b_2


def scan_states(decay: Tensor, write: Tensor) -> Tensor:
    """与 loop_states 相等，只要 ⌈log₂ T⌉ 轮：第 r 轮每个位置并上它前面 2^r 步的结果。"""
    a, b, reach = decay, write, 1
    while reach < a.shape[-3]:
        earlier = (a[..., :-reach, :, :], b[..., :-reach, :, :])
        merged = combine(earlier, (a[..., reach:, :, :], b[..., reach:, :, :]))
        a = torch.cat([a[..., :reach, :, :], merged[0]], dim=-3)  # 前 reach 个已经算完
        b = torch.cat([b[..., :reach, :, :], merged[1]], dim=-3)
        reach *= 2
    return b


def selective_scan(x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor) -> Tensor:
    """y_t = C_t · h_t + D x_t。形状：C 同 B，D (d,)，其余与出错同 discretise → (…, T, d)。"""
    decay, write = discretise(x, delta, A, B)
    check_tensor("C", C, *B.shape, leading=False)
    check_tensor("D", D, x.shape[-1], leading=False)
    return (scan_states(decay, write) @ C.unsqueeze(-1)).squeeze(-1) + D * x  # (..., T, d)


# --8<-- [start:ssd]
def ssd(x: Tensor, delta: Tensor, a: float, B: Tensor, C: Tensor) -> Tensor:
    """Mamba-2 的一个头：A 是同一个标量 a，递推就是线性注意力，C、B、Δx 依次是查询、键、值。

    形状：x (…, T, p)，delta (…, T)，B、C (…, T, n) → (…, T, p)；不合或 a 不为负则 ValueError。
    """
    if not a < 0:
        raise ValueError(f"a 应为负数，得到 {a!r}。")
    check_tensor("x", x, "T", "p")
    check_tensor("delta", delta, *x.shape[:-1], leading=False)
    return parallel_linear_attention(C, B, delta.unsqueeze(-1) * x, log_decay=delta * a)[0]


# --8<-- [end:ssd]


class SelectiveSSM(nn.Module):
    """从输入算出 Δ、B、C 的最小选择性层。形状：x (…, T, d) → (…, T, d)；宽度不对则 ValueError。

    参数名同 transformers 的 MambaMixer：A 的第 i 列初值 −i，D 全 1，Δ 先降到 dt_rank 维再升回 d 维。
    """

    def __init__(self, d: int, n: int = 16, dt_rank: int = 1) -> None:
        super().__init__()
        for name, value in (("d", d), ("n", n), ("dt_rank", dt_rank)):
            check_count(name, value)
        self.sizes = (dt_rank, n, n)
        self.x_proj = nn.Linear(d, dt_rank + 2 * n, bias=False)
        self.dt_proj = nn.Linear(dt_rank, d)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, n + 1)).expand(d, n).clone())
        self.D = nn.Parameter(torch.ones(d))

    def forward(self, x: Tensor) -> Tensor:
        """三样东西都由 x 自己决定。"""
        check_tensor("x", x, "T", self.D.shape[0])
        step, B, C = self.x_proj(x).split(self.sizes, dim=-1)
        delta = softplus(self.dt_proj(step))  # (..., T, d)：恒为正
        return selective_scan(x, delta, -torch.exp(self.A_log), B, C, self.D)
