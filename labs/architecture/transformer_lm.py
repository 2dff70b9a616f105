"""Transformer 语言模型：词嵌入，几个 Llama 式的块，最后归一，再换成每个词元的分数。

    x = E[ids]；每块 x ← x + Attn(Norm(x))，x ← x + SwiGLU(Norm(x))；分数 = Norm(x) W_U

块与 transformer_block.py 的前归一化块相同，只把注意力换成带旋转位置的那一种。
与 transformers 的 LlamaForCausalLM 零件一一对应，换个名字就能装进彼此的权重（llama_weights.py），
输出逐个相同。来源：touvron2023llama，2.2 节。

参数量：V·d（共享时只有一份，不共享两份）+ L·(2·d·d_h·(h + h_kv) + 3·d·d_ff + 2·d) + d。
手算一遍：V = 11，d = 8，L = 2，h = 4，h_kv = 2，d_ff = 12，不共享：2·88 + 2·(192 + 288 + 16) + 8 = 1,176。
不含：dropout、初始化的讲究（第 8 章）、混合专家（第 11 章）。
正文：docs/07-architecture/lab-llama.py。
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from labs.architecture.decoding import KVCache
from labs.architecture.embedding import check_ids
from labs.architecture.feed_forward import SwiGLU
from labs.architecture.masks import causal_mask
from labs.architecture.multi_head import check_divisible
from labs.architecture.normalization import RMSNorm
from labs.architecture.rope import check_even, rope_frequencies
from labs.architecture.rotary_attention import RotaryAttention
from labs.common.validate import check_count


@dataclass(frozen=True)
class LMConfig:
    """模型的几个整数。context 是位置的上限，tied 为 True 时输入与输出共用一张词嵌入。"""

    vocab_size: int
    context: int
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_ff: int
    rope_base: float = 10_000.0
    eps: float = 1e-6
    tied: bool = True

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context", "n_layers", "d_model", "n_heads", "n_kv_heads", "d_ff"):
            check_count(name, getattr(self, name))
        check_divisible("d_model", self.d_model, "n_heads", self.n_heads)
        check_divisible("n_heads", self.n_heads, "n_kv_heads", self.n_kv_heads)
        check_even("d_h", self.d_h)

    @property
    def d_h(self) -> int:
        """每头的宽度。"""
        return self.d_model // self.n_heads


class LlamaBlock(nn.Module):
    """前归一化的块，注意力带旋转位置与缓存。形状：x (B, T, d_model) → (B, T, d_model)。"""

    def __init__(self, config: LMConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.eps)
        self.attention = RotaryAttention(config.d_model, config.n_heads, config.n_kv_heads)
        self.feed_forward_norm = RMSNorm(config.d_model, config.eps)
        self.feed_forward = SwiGLU(config.d_model, config.d_ff)

    def forward(
        self,
        x: Tensor,
        cos: Tensor,
        sin: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        """cos、sin (T, d_h/2)；mask 可广播到 (B, h, T, 旧 + T)。"""
        x = x + self.attention(self.attention_norm(x), cos, sin, mask, cache, layer)  # (B, T, d_model)
        return x + self.feed_forward(self.feed_forward_norm(x))  # (B, T, d_model)


class TransformerLM(nn.Module):
    """只有解码器的语言模型。形状：ids (B, T) → 分数 (B, T, V)，T 可以小于 context。"""

    def __init__(self, config: LMConfig) -> None:
        super().__init__()
        self.config, self.context = config, config.context
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)  # E (V, d_model)
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.n_layers))
        self.final_norm = RMSNorm(config.d_model, config.eps)
        self.unembed = nn.Linear(config.d_model, config.vocab_size, bias=False)  # W_U，转置存放
        if config.tied:
            self.unembed.weight = self.embedding.weight  # 同一个张量，梯度也加到一处
        angle = torch.arange(config.context).double()[:, None] * rope_frequencies(config.d_h, config.rope_base)
        self.register_buffer("cos", angle.cos().float(), persistent=False)  # (context, d_h/2)
        self.register_buffer("sin", angle.sin().float(), persistent=False)

    def forward(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """每个位置对下一个词元的分数；给了缓存，ids 接在已读过的词元之后。出错同 residual_stream。"""
        return self.unembed(self.hidden(ids, cache))  # (B, T, V)

    def hidden(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """归一之后、换成分数之前的向量 (B, T, d_model)。"""
        return self.final_norm(self.residual_stream(ids, cache)[-1])

    def residual_stream(self, ids: Tensor, cache: KVCache | None = None) -> list[Tensor]:
        """残差流在入口和每块之后的值，n_layers + 1 个 (B, T, d_model)。编号或长度越界，ValueError。"""
        start = 0 if cache is None else cache.length
        self.check_input(ids, start)
        T = ids.shape[1]
        cos, sin = self.cos[start : start + T], self.sin[start : start + T]  # (T, d_h/2)
        mask = None if T == 1 else causal_mask(T, offset=start)  # 单个词元看得见全部过去
        stream = [self.embedding(ids)]  # (B, T, d_model)
        for layer, block in enumerate(self.blocks):
            stream.append(block(stream[-1], cos, sin, mask, cache, layer))
        if cache is not None:
            cache.advance(T)
        return stream

    def check_input(self, ids: Tensor, start: int) -> None:
        """要求 ids 是 (B, T) 的编号，且 start + T 不超过 context；否则抛出 ValueError。"""
        check_ids("ids", ids, self.config.vocab_size)
        if ids.dim() != 2:
            raise ValueError(f"ids 应为形如 (B, T) 的整数张量，得到形状 {tuple(ids.shape)}。")
        if start + ids.shape[1] > self.context:
            raise ValueError(f"context = {self.context}，已读 {start} 个，再读 {ids.shape[1]} 个就超出了。")

    def new_cache(self, batch: int, capacity: int) -> KVCache:
        """装得下 capacity 个词元的空缓存，类型同权重。"""
        c = self.config
        return KVCache(c.n_layers, c.n_kv_heads, c.d_h, capacity, batch, self.embedding.weight.dtype)
