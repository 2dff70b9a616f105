"""带旋转位置的分组查询自注意力：先切头，再旋转查询和键，最后照常求注意力；值不转。

    q_m = R_m (x_m W_Q)        k_n = R_n (x_n W_K)        得分只含 R_{m−n}

来源：su2021roformer，式 (14)；分组查询 ainslie2023gqa，2.2 节。
缓存里放的是转过的键：位置早已写进去，后来的词元拿自己的角度来比就行，旧键不必再动。

手算一遍（两个词，d_h = 2，一步转四分之一圈，W 都是单位阵，x_0 = x_1 = (1, 0)）：
q_1 = k_1 = (0, 1)，k_0 = (1, 0)，第二个词的得分是 0 和 1/√2；不旋转则两个得分相等，各占一半。
不含：QK-Norm、滑动窗口（给 mask 即可）、压缩的键值（mla.py）。
正文：docs/07-architecture/lab-llama.py。
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from labs.architecture.attention import attention_weights
from labs.architecture.decoding import KVCache
from labs.architecture.multi_head import (
    MultiHeadAttention,
    check_divisible,
    check_projections,
    grouped_query_attention,
    merge_heads,
    split_heads,
)
from labs.architecture.rope import rotate, turn
from labs.common.validate import check_tensor


def rotary_attention(
    x: Tensor,
    W_q: Tensor,
    W_k: Tensor,
    W_v: Tensor,
    W_o: Tensor,
    n_heads: int,
    positions: Tensor,
    theta: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """multi_head_attention 加上旋转，权重由调用者给出；positions 可广播到 (B, h, T)，theta (≤ d_h/2,)。

    形状与出错同 multi_head.multi_head_attention；配对用 halves。
    """
    check_projections(x, W_q, W_k, W_v, W_o)
    q = split_heads(x @ W_q, n_heads)  # (B, h, T, d_h)
    check_divisible("W_k.shape[1]", W_k.shape[1], "d_h", q.shape[3])
    n_kv_heads = W_k.shape[1] // q.shape[3]
    k = split_heads(x @ W_k, n_kv_heads)  # (B, h_kv, T, d_h)
    v = split_heads(x @ W_v, n_kv_heads)  # (B, h_kv, T, d_h)
    heads = grouped_query_attention(rotate(q, positions, theta), rotate(k, positions, theta), v, mask)
    return merge_heads(heads) @ W_o  # (B, T, d_model)


class RotaryAttention(MultiHeadAttention):
    """多头自注意力加旋转与缓存。形状：x (B, T, d_model) → (B, T, d_model)；cos、sin (T, n)。"""

    def forward(
        self,
        x: Tensor,
        cos: Tensor,
        sin: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """给了缓存，就把新的键和值写到第 layer 层的末尾，再与全部旧键比。形状不合则 ValueError。"""
        q, k, v = self.rotated(x, cos, sin)
        if cache is not None:
            k, v = cache.append(layer, k, v)  # (B, h_kv, 旧 + T, d_h)
        heads = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)  # 即 grouped_query_attention
        return self.W_o(heads.transpose(1, 2).flatten(2))  # (B, T, h·d_h) → (B, T, d_model)

    def rotated(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """转过的查询、转过的键、值：(B, h, T, d_h)、(B, h_kv, T, d_h)、(B, h_kv, T, d_h)。"""
        check_tensor("x", x, "B", "T", self.W_q.in_features, leading=False)
        d_h = self.W_q.out_features // self.n_heads
        q, k, v = (W(x).unflatten(2, (-1, d_h)).transpose(1, 2) for W in (self.W_q, self.W_k, self.W_v))
        qk = turn(torch.cat([q, k], dim=1), cos, sin)  # 角度相同，合起来转一次
        return qk[:, : self.n_heads], qk[:, self.n_heads :], v

    def weights(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None = None) -> Tensor:
        """每个头的注意力图，供观察。形状：(B, h, T, T)，每行之和为 1。"""
        q, k, _ = self.rotated(x, cos, sin)
        return attention_weights(q, k.repeat_interleave(self.n_heads // self.n_kv_heads, dim=1), mask)
