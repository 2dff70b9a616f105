"""缩放点积注意力：每个位置拿自己的查询去比所有的键，按相似程度把值平均起来。

    Attn(Q, K, V) = softmax(Q Kᵀ / √d_h + M) V

来源：vaswani2017attention，式 (1)。那里的 M 在看不见处取 −∞；这里传布尔掩码，True 表示可以看。

手算一遍（三个词，d_h = 2；W_Q、W_V 取单位阵，W_K = [[2, 1], [0, 2]]）：

    X = Q = V = [[1, 0], [1, 1], [0, 1]]          K = X W_K = [[2, 1], [2, 3], [0, 2]]
    Q Kᵀ = [[2, 2, 0], [3, 5, 2], [1, 3, 2]]      全是整数；除以 √2 再取指数，只用到 r = e^(1/√2) ≈ 2.028

第三个词的得分是 1、3、2。各减 1，权重之比便是 1 : r² : r = 1 : 4.113 : 2.028，
即 0.140、0.576、0.284，输出 (0.140 + 0.576, 0.576 + 0.284) = (0.716, 0.860)。

不含：多个头（multi_head.py）、位置信息、dropout、键值缓存。
正文：docs/07-architecture/attention.md。
"""

import math

import torch
from torch import Tensor

from labs.architecture.masks import causal_mask, check_mask
from labs.common.precision import at_least_float32
from labs.common.validate import check_tensor


def softmax(scores: Tensor, dim: int = -1) -> Tensor:
    """沿 dim 归一：exp(s) / Σ exp(s)，形状不变。一个也看不见的行（全是 −∞）得全 0，不得 NaN。"""
    check_tensor("scores", scores)
    if not (-scores.dim() <= dim < scores.dim() and scores.shape[dim] > 0):
        raise ValueError(f"dim 应指向 scores {tuple(scores.shape)} 中长度不为 0 的一维，得到 {dim}。")
    lowest = torch.finfo(scores.dtype).min
    peak = scores.detach().amax(dim, keepdim=True).clamp(min=lowest)  # 全 −∞ 的行：避免 −∞ − (−∞)
    weights = torch.exp(scores - peak)  # 先减最大值：指数不超过 1，不会溢出
    return weights / weights.sum(dim, keepdim=True).clamp(min=1.0)  # 最大的一项是 1，和小于 1 只因整行为 0


# --8<-- [start:scaled-dot-product]
def attention_weights(q: Tensor, k: Tensor, mask: Tensor | None = None) -> Tensor:
    """每个查询分给每个键的权重，softmax(q kᵀ / √d_h)，一行之和为 1。

    形状：q (…, T, d_h)，k (…, T_k, d_h)，mask 可广播到 (…, T, T_k) → (…, T, T_k)，至少 float32。
    出错：形状不合或 mask 不是布尔张量，抛出 ValueError。
    """
    check_tensor("q", q, "T", "d_h")
    check_tensor("k", k, *q.shape[:-2], "T_k", q.shape[-1], leading=False)
    q, k = at_least_float32(q), at_least_float32(k)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, T_k)
    if mask is not None:
        check_mask("mask", mask, scores.shape)
        scores = scores.masked_fill(~mask, -math.inf)  # 看不见：得分 −∞，权重 0
    return softmax(scores)


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """按权重把值平均，softmax(q kᵀ / √d_h) v。形状：v (…, T_k, d_v) → (…, T, d_v)，类型同 v；出错同上。"""
    weights = attention_weights(q, k, mask)  # (..., T, T_k)
    check_tensor("v", v, *k.shape[:-1], "d_v", leading=False)
    return (weights @ at_least_float32(v)).to(v.dtype)  # (..., T, d_v)


# --8<-- [end:scaled-dot-product]


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """因果注意力：第 i 个位置只看第 0 到 i 个位置。

    形状：q、k (…, T, d_h)，v (…, T, d_v) → (…, T, d_v)，类型同 v。
    出错：q 与 k 的长度不等或形状不合，抛出 ValueError。
    来源：vaswani2017attention，3.2.3 节第三点。
    """
    check_tensor("q", q, "T", "d_h")
    check_tensor("k", k, *q.shape, leading=False)
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]))
