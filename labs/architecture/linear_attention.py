"""线性注意力：去掉 softmax，乘法就能换次序，几千个键和值并成一张定长的状态表。

    S_t = a_t S_{t−1} + k_tᵀ v_t        o_t = q_t S_t                 逐步：状态 d_k × d_v，与 T 无关
    O = (L ⊙ Q Kᵀ) V                    L_ij = a_{j+1} ⋯ a_i（j ≤ i）  并行：T × T 的掩码注意力

来源：katharopoulos2020transformers，a_t = 1；标量衰减 sun2023retentive；分块 yang2023gated。
分块是块内用并行式、块间只传状态，运算量 O(T·C·d + T·d²)。三种写法逐数相等。

手算一遍（d_k = d_v = 2，三对键值，第三把键与前两把都重叠）：
k = (1, 0)、(0, 1)、(0.6, 0.8)，v = (2, 0)、(0, 1)、(1, 1)，写入三次：
S = [[2, 0], [0, 0]] → [[2, 0], [0, 1]] → [[2.6, 0.6], [0.8, 1.8]]。
拿三把键去读：(2.6, 0.6)、(0.8, 1.8)、(2.2, 1.8)，没有一个是原来的值。

不含：特征映射的选择、逐通道的门（GLA、KDA）、多头的切分。衰减以对数传入，连乘变连加，不会下溢。
正文：docs/07-architecture/linear-recurrence.md。
"""

import torch
from torch import Tensor

from labs.common.validate import check_count, check_tensor


def check_memory_inputs(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor | None, state: Tensor | None
) -> tuple[Tensor, Tensor]:
    """检查形状；补上缺省的对数衰减（全 0，即不衰减）与初始状态（全 0）。不合则抛出 ValueError。"""
    check_tensor("q", q, "T", "d_k")
    check_tensor("k", k, *q.shape, leading=False)
    check_tensor("v", v, *q.shape[:-1], "d_v", leading=False)
    if log_decay is None:
        log_decay = q.new_zeros(q.shape[:-1])
    check_tensor("log_decay", log_decay, *q.shape[:-1], leading=False)
    if (log_decay > 0).any():
        raise ValueError(f"log_decay 应不大于 0（衰减不超过 1），得到最大值 {log_decay.max().item():g}。")
    if state is None:
        state = q.new_zeros(*q.shape[:-2], q.shape[-1], v.shape[-1])
    check_tensor("state", state, *q.shape[:-2], q.shape[-1], v.shape[-1], leading=False)
    return log_decay, state


def recurrent_linear_attention(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor | None = None, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """逐步：先衰减，再写入，后读出。返回输出 (…, T, d_v) 与最后的状态 (…, d_k, d_v)。

    形状：q、k (…, T, d_k)，v (…, T, d_v)，log_decay (…, T)，state (…, d_k, d_v)；不合则 ValueError。
    """
    log_decay, state = check_memory_inputs(q, k, v, log_decay, state)
    outputs = []
    for t in range(q.shape[-2]):
        decay = log_decay[..., t, None, None].exp()  # (..., 1, 1)
        state = decay * state + k[..., t, :, None] * v[..., t, None, :]  # (..., d_k, d_v)：外积 k_tᵀ v_t
        outputs.append((q[..., t, None, :] @ state).squeeze(-2))  # (..., d_v)
    return torch.stack(outputs, dim=-2), state


def decay_mask(log_decay: Tensor) -> Tensor:
    """L：第 i 行第 j 列是从 j 到 i 之间衰减的连乘，j > i 处为 0。形状：(…, T) → (…, T, T)。"""
    check_tensor("log_decay", log_decay, "T")
    total = log_decay.cumsum(-1)  # (..., T)
    future = torch.ones(total.shape[-1], total.shape[-1], dtype=torch.bool, device=total.device).triu(1)
    difference = total.unsqueeze(-1) - total.unsqueeze(-2)  # (..., T, T)
    return difference.masked_fill(future, float("-inf")).exp()  # 先遮后取指数：右上角的正数不会溢出


# --8<-- [start:parallel]
def parallel_linear_attention(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor | None = None, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """一次算完：块内是带衰减掩码的注意力，再加上从旧状态里读到的。形状、返回与出错同上。"""
    log_decay, state = check_memory_inputs(q, k, v, log_decay, state)
    since_start = log_decay.cumsum(-1).unsqueeze(-1)  # (..., T, 1)：从开头到 i 的衰减，取对数
    to_end = since_start[..., -1:, :] - since_start  # (..., T, 1)：从 i 到末尾
    weights = decay_mask(log_decay) * (q @ k.mT)  # (..., T, T)：没有 softmax
    outputs = weights @ v + since_start.exp() * (q @ state)  # (..., T, d_v)
    state = since_start[..., -1:, :].exp() * state + (to_end.exp() * k).mT @ v  # (..., d_k, d_v)
    return outputs, state


# --8<-- [end:parallel]


# --8<-- [start:chunkwise]
def chunkwise_linear_attention(
    q: Tensor, k: Tensor, v: Tensor, chunk_size: int, log_decay: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """分块：块内并行，块间只传一张状态表。末块可以不满；形状、返回与出错同上。"""
    check_count("chunk_size", chunk_size)
    log_decay, state = check_memory_inputs(q, k, v, log_decay, None)
    outputs = []
    for start in range(0, q.shape[-2], chunk_size):
        part = slice(start, start + chunk_size)
        o, state = parallel_linear_attention(
            q[..., part, :], k[..., part, :], v[..., part, :], log_decay[..., part], state
        )
        outputs.append(o)  # (..., C, d_v)
    return torch.cat(outputs, dim=-2), state


# --8<-- [end:chunkwise]


def with_normaliser(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """除以权重之和的线性注意力：v 添一列 1，那一列读出的正是 Σ q_t·k_j。形状：→ (…, T, d_v)。

    q、k 须为正（如 elu(x) + 1），否则权重之和可能为 0。来源：katharopoulos2020transformers。
    """
    check_memory_inputs(q, k, v, None, None)
    if not ((q > 0).all() and (k > 0).all()):
        raise ValueError(
            f"q 与 k 应处处为正，权重之和才不为 0；得到最小值 {min(q.min().item(), k.min().item()):g}。"
        )
    extended, _ = parallel_linear_attention(q, k, torch.cat([v, torch.ones_like(v[..., :1])], dim=-1))
    return extended[..., :-1] / extended[..., -1:]  # (..., T, d_v)
