"""旋转之外的三种位置信息：加在词向量上的正弦、查表得来的向量、加在得分上的直线。

    正弦       PE(p)_{2i} = sin(p θ_i)，PE(p)_{2i+1} = cos(p θ_i)，θ_i = 10000^(−2i/d)     vaswani2017attention，3.5 节
    可学的表   PE(p) = 表的第 p 行，训练得来；表有几行，位置就只能到几                       同上，表 3 (E) 行
    ALiBi      得分 q_i · k_j / √d_h 减去 m_h (i − j)，m_h = 2^(−8h/H)                      press2021train，第 3 节

手算一遍（H = 2）：斜率 2^(−4) = 1/16 与 2^(−8) = 1/256。第三个词对前三个词的偏置，第一个头是 −2/16、−1/16、0。

前两种把位置加进内容，过了 W_Q、W_K 才进得分；ALiBi 与旋转直接改得分，内容里没有位置。
斜率的式子对任何 H 都成立；作者的代码和 BLOOM 在 H 不是 2 的幂时另有取法，这里不跟。
不含：T5 的分桶偏置、双向的 ALiBi。
正文：docs/07-architecture/positions.md。
"""

import torch
from torch import Tensor

from labs.architecture.masks import positions
from labs.architecture.rope import join_pairs, rope_frequencies
from labs.common.validate import check_count, check_tensor


def sinusoidal(n_positions: int, d_model: int, base: float = 10_000.0) -> Tensor:
    """正弦位置向量：每对频率一个正弦、一个余弦。形状：(n_positions, d_model)，float64；d_model 须为偶数。

    PE(p) · PE(p') = Σ cos((p − p') θ_i)，只看距离；可是词向量和投影矩阵夹在中间，得分里另有别的项。
    """
    check_count("n_positions", n_positions)
    angle = torch.outer(torch.arange(n_positions, dtype=torch.float64), rope_frequencies(d_model, base))
    return join_pairs(angle.sin(), angle.cos(), "interleaved")  # (n_positions, d_model)


def look_up(table: Tensor, indices: Tensor) -> Tensor:
    """可学的位置向量：取出表的若干行。形状：table (n_positions, d_model)，indices (…, T) → (…, T, d_model)。

    出错：位置超出表的范围就抛出 ValueError，指明是哪一个；负数不从末尾倒数。
    """
    check_tensor("table", table, "n_positions", "d_model", leading=False)
    if not isinstance(indices, Tensor) or indices.dtype not in (torch.int32, torch.int64):
        raise ValueError(f"indices 应为 int32 或 int64 张量，得到 {getattr(indices, 'dtype', indices)!r}。")
    outside = indices[(indices < 0) | (indices >= len(table))]
    if outside.numel():
        raise ValueError(f"indices 应在 0 到 {len(table) - 1} 之间：表只有 {len(table)} 行，没有位置 {outside[0].item()}。")
    return table[indices]  # (..., T, d_model)


# --8<-- [start:alibi]
def alibi_slopes(n_heads: int) -> Tensor:
    """第 h 个头每隔一个位置扣几分，2^(−8h/H)，h 从 1 到 H。形状：(H,)，float64。"""
    check_count("n_heads", n_heads)
    h = torch.arange(1, n_heads + 1, dtype=torch.float64)
    return 2.0 ** (-8 * h / n_heads)


def alibi_bias(
    n_heads: int, T: int, T_k: int | None = None, offset: int = 0
) -> Tensor:
    """加在得分上的偏置 −m_h (i − j)；未来的位置仍须用因果掩码遮住。

    形状：(H, T, T_k)；参数与出错同 causal_mask。
    """
    i, j = positions(T, T_k, offset)  # (T, 1), (1, T_k)
    return -alibi_slopes(n_heads)[:, None, None] * (i - j)  # (H, T, T_k)


# --8<-- [end:alibi]
