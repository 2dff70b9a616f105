"""分块的 softmax 注意力：键一块一块地来，只记三样东西，结果与一次算完相同。

    m' = max(m, m̃)      ℓ' = e^(m−m') ℓ + e^(m̃−m') ℓ̃      o' = e^(m−m') o + e^(m̃−m') õ      输出 = o / ℓ

m 是见过的最大得分，ℓ 是 Σ e^(s−m)，o 是 Σ e^(s−m) v；波浪号是另一块的。换了最大值，旧的和按 e^(m−m') 缩回去。
来源：milakov2018online，算法 3（m 与 ℓ）；加上 o 并按块读写显存：dao2022flashattention，算法 1。

手算一遍（attention.py 的第三个词：得分 1、3、2 除以 √2，值 (1,0)、(1,1)、(0,1)，r = e^(1/√2) ≈ 2.028）：
第一块只有第一个词，m = 1/√2，ℓ = 1，o = (1, 0)。
第二块有后两个词，m̃ = 3/√2，ℓ̃ = 1 + 1/r = 1.493，õ = (1, 1) + (0, 1)/r = (1, 1.493)。
合并：m' = m̃，旧的一块乘 1/r² = 0.243，ℓ' = 1.736，o' = (1.243, 1.493)，相除得 (0.716, 0.860)。

不含：查询也分块、反向传播的重算、真正的显存读写；这里只证明数值相同。
正文：docs/07-architecture/attention-cost.md。
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from labs.architecture.masks import check_mask
from labs.common.precision import at_least_float32
from labs.common.validate import check_count, check_tensor

Mask = Tensor | None


class Partial(NamedTuple):
    """看了一部分键之后的状态。形状：peak、total (…, T)，summed (…, T, d_v)。"""

    peak: Tensor  # m：见过的最大得分；什么也没看见时是 −∞
    total: Tensor  # ℓ
    summed: Tensor  # o：还没有除以 ℓ


# --8<-- [start:online-softmax]
def partial(q: Tensor, k: Tensor, v: Tensor, mask: Mask = None) -> Partial:
    """只看这一块键时的三样东西。形状与出错同 scaled_dot_product_attention。"""
    check_inputs(q, k, v)
    q, k, v = at_least_float32(q), at_least_float32(k), at_least_float32(v)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., T, block)
    if mask is not None:
        check_mask("mask", mask, scores.shape)
        scores = scores.masked_fill(~mask, -math.inf)
    peak = scores.detach().amax(-1)  # (..., T)
    weights = torch.exp(scores - finite(peak).unsqueeze(-1))  # 整行 −∞ 时全 0
    return Partial(peak, weights.sum(-1), weights @ v)


def merge(a: Partial, b: Partial) -> Partial:
    """两部分合成一部分：各自缩到共同的最大值，再相加。"""
    peak = torch.maximum(a.peak, b.peak)
    keep_a = torch.exp(a.peak - finite(peak))  # (..., T)，不超过 1
    keep_b = torch.exp(b.peak - finite(peak))
    total = keep_a * a.total + keep_b * b.total
    summed = keep_a.unsqueeze(-1) * a.summed + keep_b.unsqueeze(-1) * b.summed
    return Partial(peak, total, summed)


def finish(state: Partial) -> Tensor:
    """o / ℓ；看见过，ℓ 就不小于最大那一项的 1；没看见过是 0 / 1。形状：(…, T, d_v)。"""
    return state.summed / state.total.clamp(min=1.0).unsqueeze(-1)


# --8<-- [end:online-softmax]


def finite(peak: Tensor) -> Tensor:
    """把 −∞ 换成最小的有限数，免得 −∞ − (−∞) 得 NaN；此时 e^(−∞ − 它) 仍是 0。"""
    return peak.clamp(min=torch.finfo(peak.dtype).min)


def nothing(q: Tensor, v: Tensor) -> Partial:
    """什么也没看见：合并时的单位元。形状：q (…, T, d_h)，v (…, T_k, d_v)。"""
    q, v = at_least_float32(q), at_least_float32(v)
    rows = q[..., 0]  # (..., T)
    return Partial(torch.full_like(rows, -math.inf), torch.zeros_like(rows), v.new_zeros(*rows.shape, v.shape[-1]))


def sink(logits: Tensor, like: Partial) -> Partial:
    """一把虚的键：每个头一个可学的得分，值是 0。gpt-oss 的汇聚项就是把它合并进来。形状：logits (h, 1)。"""
    peak = logits.expand_as(like.peak)
    return Partial(peak, torch.ones_like(peak), torch.zeros_like(like.summed))


def blockwise_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, block: int = 128) -> Tensor:
    """一次只算 block 列得分。形状：q (…, T, d_h)，k (…, T_k, d_h)，v (…, T_k, d_v) → (…, T, d_v)，类型同 v。"""
    check_count("block", block)
    check_inputs(q, k, v)
    state, table = nothing(q, v), (*q.shape[:-1], k.shape[-2])  # table：整张得分表的形状，从不摊开
    if mask is not None:
        check_mask("mask", mask, torch.Size(table))
        mask = mask.expand(table)  # 只是视图
    for start in range(0, k.shape[-2], block):
        part = slice(start, start + block)
        seen = None if mask is None else mask[..., part]  # (..., T, block)
        state = merge(state, partial(q, k[..., part, :], v[..., part, :], seen))
    return finish(state).to(v.dtype)


def check_inputs(q: Tensor, k: Tensor, v: Tensor) -> None:
    """要求 q、k、v 的形状相接；否则抛出 ValueError。"""
    check_tensor("q", q, "T", "d_h")
    check_tensor("k", k, *q.shape[:-2], "T_k", q.shape[-1], leading=False)
    check_tensor("v", v, *k.shape[:-1], "d_v", leading=False)
