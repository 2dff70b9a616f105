"""多头潜在注意力（multi-head latent attention，MLA）：缓存只放一条压缩过的 c 和一把共用的旋转键。

    c_t = norm(x_t W_DKV)        k_t^(i) = [c_t W_UK^(i) ; R_t x_t W_KR]        v_t^(i) = c_t W_UV^(i)
    q_t^(i) = [q_n ; R_t q_r]    得分 = q · k / √(d_n + d_R)

展开的算法先把 c 还原成每个头的 k、v；吸收的算法把 W_UK 挪到查询一边，直接与 c 求内积，取回来的也是 c：

    q_n (c W_UK)ᵀ = (q_n W_UKᵀ) cᵀ            Σ_t a_t (c_t W_UV) = (Σ_t a_t c_t) W_UV

来源：deepseekai2024deepseekv2，2.1 节与附录 C（那里的向量是列）；与 transformers 5.23.0 的 DeepseekV3Attention 同权重同结果。
旋转键不压缩、各头共用：旋转矩阵若夹在 q_n 与 W_UKᵀ 中间，吸收就做不成。

手算一遍（一个头，d_c = 2，d_n = d_v = 4，没有旋转部分）：W_UK 的两行 (1,2,0,1)、(0,1,1,2)，
c_1 = (1,0)，c_2 = (1,1)，q = (1,0,2,1)。展开：k_1 = (1,2,0,1)，k_2 = (1,3,1,3)，内积 2、6。
吸收：q W_UKᵀ = (2,4)，与 c_1、c_2 的内积也是 2、6。除以 √4，权重 0.119、0.881，c 的平均是 (1, 0.881)。

缓存：每层每个词元 d_c + d_R 个数；DeepSeek-V3 是 61 · 576 · 2 = 70,272 字节。
不含：YaRN 对得分的缩放、低精度、把头分到几张卡上。
正文：docs/07-architecture/attention-cost.md。
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.masks import causal_mask
from labs.architecture.multi_head import merge_heads, split_heads
from labs.architecture.normalization import RMSNorm
from labs.architecture.rope import check_even, rope_frequencies, rotate
from labs.common.validate import check_count, check_tensor

Mask = Tensor | None


@dataclass(frozen=True)
class Sizes:
    """六个宽度和头数；默认值是 DeepSeek-V3 的。"""

    d_model: int = 7168
    n_heads: int = 128
    d_c: int = 512  # 键和值压成多宽
    d_q: int = 1536  # 查询压成多宽
    d_n: int = 128  # 每个头不旋转的部分
    d_R: int = 64  # 旋转的部分
    d_v: int = 128

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_count(name, value)
        check_even("d_R", self.d_R)

    @property
    def cached(self) -> int:
        """每层每个词元缓存几个数。"""
        return self.d_c + self.d_R


# --8<-- [start:two-forms]
def expanded(q: Tensor, cache: Tensor, W_uk: Tensor, W_uv: Tensor, mask: Mask = None) -> Tensor:
    """先展开成每个头的键和值。

    形状：q (B, h, T, d_n + d_R)，cache (B, T_k, d_c + d_R)，
    W_uk (h, d_c, d_n)，W_uv (h, d_c, d_v) → (B, h, T, d_v)。
    """
    c, k_r = split_cache(q, cache, W_uk, W_uv)  # (B, 1, T_k, d_c)、(B, h, T_k, d_R)
    k = torch.cat([c @ W_uk, k_r], dim=-1)  # (B, h, T_k, d_n + d_R)
    return scaled_dot_product_attention(q, k, c @ W_uv, mask)


def absorbed(q: Tensor, cache: Tensor, W_uk: Tensor, W_uv: Tensor, mask: Mask = None) -> Tensor:
    """把 W_uk 吸收进查询，缓存原样当键，前 d_c 维当值。形状同 expanded。"""
    c, k_r = split_cache(q, cache, W_uk, W_uv)
    d_n, d_R = W_uk.shape[-1], k_r.shape[-1]
    q_c = q[..., :d_n] @ W_uk.transpose(-2, -1)  # (B, h, T, d_c)
    q = torch.cat([q_c, q[..., d_n:]], dim=-1)  # (B, h, T, d_c + d_R)
    q = q * math.sqrt(q.shape[-1] / (d_n + d_R))  # 除数仍是 √(d_n + d_R)
    k = cache.unsqueeze(1).expand(-1, q.shape[1], -1, -1)  # 各头共用，只是视图
    v = c.expand(*k.shape[:3], -1)
    return scaled_dot_product_attention(q, k, v, mask) @ W_uv  # (B, h, T, d_c) → d_v


# --8<-- [end:two-forms]


def split_cache(q: Tensor, cache: Tensor, W_uk: Tensor, W_uv: Tensor) -> tuple[Tensor, Tensor]:
    """把缓存拆成 c 与旋转键，并核对各个形状；不合则抛出 ValueError。"""
    check_tensor("q", q, "B", "h", "T", "d_n + d_R", leading=False)
    check_tensor("W_uk", W_uk, q.shape[1], "d_c", "d_n", leading=False)
    check_tensor("W_uv", W_uv, *W_uk.shape[:2], "d_v", leading=False)
    d_R = q.shape[-1] - W_uk.shape[-1]
    check_tensor("cache", cache, q.shape[0], "T_k", W_uk.shape[1] + d_R, leading=False)
    c, k_r = cache.unsqueeze(1).split([W_uk.shape[1], d_R], dim=-1)
    return c, k_r.expand(-1, q.shape[1], -1, -1)


class LatentAttention(nn.Module):
    """一层 MLA。form 选算法：expanded 或 absorbed，结果相同。"""

    def __init__(self, sizes: Sizes, base: float = 10_000.0) -> None:
        super().__init__()
        s = self.sizes = sizes
        self.W_dq, self.norm_q = nn.Linear(s.d_model, s.d_q, bias=False), RMSNorm(s.d_q)
        self.W_uq = nn.Linear(s.d_q, s.n_heads * (s.d_n + s.d_R), bias=False)
        self.W_dkv, self.norm_c = nn.Linear(s.d_model, s.d_c, bias=False), RMSNorm(s.d_c)
        self.W_kr = nn.Linear(s.d_model, s.d_R, bias=False)
        self.W_uk = nn.Parameter(torch.randn(s.n_heads, s.d_c, s.d_n) / math.sqrt(s.d_c))
        self.W_uv = nn.Parameter(torch.randn(s.n_heads, s.d_c, s.d_v) / math.sqrt(s.d_c))
        self.W_o = nn.Linear(s.n_heads * s.d_v, s.d_model, bias=False)
        self.register_buffer("theta", rope_frequencies(s.d_R, base), persistent=False)

    # --8<-- [start:compress]
    def compress(self, x: Tensor, positions: Tensor) -> Tensor:
        """压缩的 c 和转好的键。形状：(B, T, d_model) → (B, T, d_c + d_R)。"""
        k_r = rotate(self.W_kr(x), positions, self.theta, "interleaved")
        return torch.cat([self.norm_c(self.W_dkv(x)), k_r], dim=-1)

    # --8<-- [end:compress]

    def queries(self, x: Tensor, positions: Tensor) -> Tensor:
        """每个头的查询，后 d_R 维转过。形状：(B, T, d_model) → (B, h, T, d_n + d_R)。"""
        q = split_heads(self.W_uq(self.norm_q(self.W_dq(x))), self.sizes.n_heads)
        q_n, q_r = q.split([self.sizes.d_n, self.sizes.d_R], dim=-1)
        return torch.cat([q_n, rotate(q_r, positions, self.theta, "interleaved")], dim=-1)

    def forward(self, x: Tensor, cache: Tensor | None = None, form: str = "absorbed") -> tuple[Tensor, Tensor]:
        """接着 cache 往下算，返回输出 (B, T, d_model) 和加长的缓存。form 不认识或形状不合，ValueError。"""
        if form not in ("expanded", "absorbed"):
            raise ValueError(f"form 应为 expanded 或 absorbed，得到 {form!r}。")
        check_tensor("x", x, "B", "T", self.sizes.d_model, leading=False)
        cache = x.new_zeros(x.shape[0], 0, self.sizes.cached) if cache is None else cache
        check_tensor("cache", cache, x.shape[0], cache.shape[1], self.sizes.cached, leading=False)
        past = cache.shape[1]
        positions = past + torch.arange(x.shape[1])  # 从 0 数起
        cache = torch.cat([cache, self.compress(x, positions)], dim=1)
        attend = expanded if form == "expanded" else absorbed
        mask = causal_mask(x.shape[1], offset=past)
        heads = attend(self.queries(x, positions), cache, self.W_uk, self.W_uv, mask)
        return self.W_o(merge_heads(heads)), cache
