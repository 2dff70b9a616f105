"""Transformer 块：注意力加前馈层，各带一条残差；归一化放在支路上还是主路上，深了才见分别。

    前归一化（pre-norm）   x ← x + Attn(Norm(x))      x ← x + FFN(Norm(x))
    后归一化（post-norm）  x ← Norm(x + Attn(x))      x ← Norm(x + FFN(x))

来源：后归一化 vaswani2017attention，3.1 节；两种放法的比较 xiong2020layer，表 1。
前归一化里，x 从第一层到最后一层只做加法，这条主路叫残差流（residual stream）；
最后一层之后须再归一一次，否则输出的大小随深度增长。

参数量（每块）：注意力 2·d_model·d_h·(h + h_kv)，SwiGLU 3·d_model·d_ff，两个 RMSNorm 2·d_model。
不含：词嵌入与输出层、位置信息、dropout。没有掩码和位置信息时，打乱词序只会同样打乱输出。
正文：docs/07-architecture/transformer-block.md。
"""

from torch import Tensor, nn

from labs.architecture.feed_forward import SwiGLU
from labs.architecture.multi_head import MultiHeadAttention
from labs.architecture.normalization import RMSNorm
from labs.common.validate import check_count


# --8<-- [start:block]
class TransformerBlock(nn.Module):
    """前归一化的块。形状：x (B, T, d_model) → (B, T, d_model)；大小不合则 ValueError。"""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, n_kv_heads: int | None = None) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads, n_kv_heads)
        self.feed_forward_norm = RMSNorm(d_model)
        self.feed_forward = SwiGLU(d_model, d_ff)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """先在词间搬运，再在词内加工；两步都只往残差流上加。"""
        x = x + self.attention(self.attention_norm(x), mask)  # (B, T, d_model)
        return x + self.feed_forward(self.feed_forward_norm(x))  # (B, T, d_model)


# --8<-- [end:block]


class PostNormBlock(TransformerBlock):
    """后归一化的块：零件相同，只换次序。每过一层，主路被重新归一两次。"""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """先相加，后归一。"""
        x = self.attention_norm(x + self.attention(x, mask))  # (B, T, d_model)
        return self.feed_forward_norm(x + self.feed_forward(x))  # (B, T, d_model)


class TransformerStack(nn.Module):
    """把 n_layers 个块叠起来。形状：x (B, T, d_model) → (B, T, d_model)；大小不合则 ValueError。"""

    def __init__(self, n_layers: int, d_model: int, n_heads: int, d_ff: int, post_norm: bool = False) -> None:
        super().__init__()
        check_count("n_layers", n_layers)
        block = PostNormBlock if post_norm else TransformerBlock
        self.blocks = nn.ModuleList(block(d_model, n_heads, d_ff) for _ in range(n_layers))
        self.final_norm = nn.Identity() if post_norm else RMSNorm(d_model)  # 前归一化：最后补一次

    def residual_stream(self, x: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """残差流在入口和每一块之后的值：n_layers + 1 个 (B, T, d_model)。"""
        stream = [x]
        for block in self.blocks:
            stream.append(block(stream[-1], mask))  # (B, T, d_model)
        return stream

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """残差流的终点，归一之后。"""
        return self.final_norm(self.residual_stream(x, mask)[-1])
