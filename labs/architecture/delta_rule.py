"""Delta 规则：写入之前先读一遍，只补上读出的与该写的之差；同一把键写第二次是改写，不是叠加。

    S_t = a_t S_{t−1} + β_t k_tᵀ (v_t − k_t a_t S_{t−1})        o_t = q_t S_t

等价的写法 S_t = a_t (I − β_t k_tᵀ k_t) S_{t−1} + β_t k_tᵀ v_t；a_t = 1 是 DeltaNet，a_t 由输入算出是 Gated DeltaNet。
来源：schlag2021linear；分块 yang2024parallelizing；带门 yang2024gated。
那里的向量是列、状态是 d_v × d_k；这里向量是行，状态是 d_k × d_v，互为转置。
一步 Delta 规则就是对 ½‖k S − v‖² 走一步学习率为 β 的梯度下降：梯度是 kᵀ(k S − v)。

手算一遍（键与值同 linear_attention.py，β = 1）：前两步键正交，与相加一样，S = [[2, 0], [0, 1]]。
第三步先读 (0.6, 0.8) S = (1.2, 0.8)，差 (1, 1) − (1.2, 0.8) = (−0.2, 0.2)，
S = [[1.88, 0.12], [−0.16, 1.16]]。三把键读出 (1.88, 0.12)、(−0.16, 1.16)、(1, 1)：刚写的一个不差，旧的略有扰动。

分块：块内第 i 步要写的差 u_i 依赖前面的 u_j，合起来是一个单位下三角方程组，解一次就得到整块的 u
（UT 变换，yang2024parallelizing）；之后与线性注意力完全一样，只是把 v 换成 u。

不含：逐通道的门（KDA）、短卷积、键的归一化；β ‖k‖² 不超过 2 才稳定，由调用者保证。
正文：docs/07-architecture/linear-recurrence.md。
"""

import torch
from torch import Tensor

from labs.architecture.linear_attention import check_memory_inputs, decay_mask, parallel_linear_attention
from labs.common.validate import check_count, check_tensor


# --8<-- [start:delta-step]
def delta_step(state: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor | float = 0.0) -> Tensor:
    """写一对键值：先衰减，再读，后补差。

    形状：state (…, d_k, d_v)，k (…, d_k)，v (…, d_v)，beta、log_decay (…,) → (…, d_k, d_v)。
    """
    check_tensor("state", state, "d_k", "d_v")
    check_tensor("k", k, *state.shape[:-1], leading=False)
    check_tensor("v", v, *state.shape[:-2], state.shape[-1], leading=False)
    check_tensor("beta", beta, *state.shape[:-2], leading=False)
    decay = torch.as_tensor(log_decay, dtype=state.dtype, device=state.device).exp()
    state = decay[..., None, None] * state
    read = (k.unsqueeze(-2) @ state).squeeze(-2)  # (..., d_v)：这把键现在取出什么
    write = beta.unsqueeze(-1) * (v - read)  # (..., d_v)：只补差
    return state + k.unsqueeze(-1) * write.unsqueeze(-2)  # (..., d_k, d_v)


# --8<-- [end:delta-step]


def recurrent_delta_rule(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """逐步：返回输出 (…, T, d_v) 与最后的状态 (…, d_k, d_v)。

    形状：q、k (…, T, d_k)，v (…, T, d_v)，beta、log_decay (…, T)；不合则抛出 ValueError。
    """
    log_decay, state = check_memory_inputs(q, k, v, log_decay, None)
    check_tensor("beta", beta, *q.shape[:-1], leading=False)
    outputs = []
    for t in range(q.shape[-2]):
        state = delta_step(state, k[..., t, :], v[..., t, :], beta[..., t], log_decay[..., t])
        outputs.append((q[..., t, None, :] @ state).squeeze(-2))  # (..., d_v)
    return torch.stack(outputs, dim=-2), state


# --8<-- [start:chunk-writes]
def chunk_writes(k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, state: Tensor) -> Tensor:
    """整块要写的差 U，解 (I + N) U = β ⊙ (V − 衰减 ⊙ K S)，N 严格下三角。形状：→ (…, C, d_v)。"""
    mixed = beta.unsqueeze(-1) * decay_mask(log_decay) * (k @ k.mT)  # (..., C, C)：后写的与先写的重叠多少
    since_start = log_decay.cumsum(-1).exp().unsqueeze(-1)  # (..., C, 1)
    target = beta.unsqueeze(-1) * (v - since_start * (k @ state))  # (..., C, d_v)
    return torch.linalg.solve_triangular(mixed, target, upper=False, unitriangular=True)  # 只用对角线以下


# --8<-- [end:chunk-writes]


def chunkwise_delta_rule(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, chunk_size: int, log_decay: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """分块：每块先解出 U，再把 U 当作值做线性注意力。形状、返回与出错同 recurrent_delta_rule。"""
    check_count("chunk_size", chunk_size)
    log_decay, state = check_memory_inputs(q, k, v, log_decay, None)
    check_tensor("beta", beta, *q.shape[:-1], leading=False)
    outputs = []
    for start in range(0, q.shape[-2], chunk_size):
        part = slice(start, start + chunk_size)
        keys, decay = k[..., part, :], log_decay[..., part]
        u = chunk_writes(keys, v[..., part, :], beta[..., part], decay, state)  # (..., C, d_v)
        o, state = parallel_linear_attention(q[..., part, :], keys, u, decay, state)
        outputs.append(o)
    return torch.cat(outputs, dim=-2), state
