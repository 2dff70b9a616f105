"""推理用的同一个模型：权重先并起来，算式不变，调用少一半。

逐词生成时每次只算一行，矩阵很小，一次调用的固定开销比乘法本身还大。省调用有三招，都只动权重，不动结果：
    并矩阵   [W_q W_k W_v] 一次乘完，[W_1 W_3] 一次乘完
    吸增益   (x̂ ⊙ g) W = x̂ (diag(g) W)，归一化的增益乘进下一个矩阵的行
    换配对   把 W_q、W_k 的输出维排成 interleaved，旋转就是一次复数乘法：(a + bi)(cos + i sin)
结果与 TransformerLM 只差舍入。来源：三招都由上面的等式直接得出；配对的换法见 rope.py。

手算一遍：x̂ = (1, −1)，g = (2, 3)，W = [[1], [1]]：先乘增益 (2, −3)·(1, 1) = −1；吸进去 W' = [[2], [3]]，也是 −1。
不含：训练（权重是副本）、量化、半精度。
正文：docs/07-architecture/lab-llama.py；快多少见 scripts/bench.py architecture。
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from labs.architecture.decoding import KVCache
from labs.architecture.masks import causal_mask
from labs.architecture.rope import change_pairing
from labs.architecture.transformer_lm import LlamaBlock, TransformerLM


class FusedLM:
    """TransformerLM 的只读副本，可直接交给 decoding.generate。形状：ids (B, T) → 分数 (B, T, V)。"""

    @torch.no_grad()
    def __init__(self, model: TransformerLM) -> None:
        self.model, self.config, self.context = model, model.config, model.context
        self.layers = [fuse(block, model.config.d_h) for block in model.blocks]
        self.W_U = model.unembed.weight * model.final_norm.gain  # (V, d_model)，转置存放
        self.rotation = torch.complex(model.cos, model.sin)  # (context, d_h/2)：转 θ 即乘 e^{iθ}

    def __call__(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """同 TransformerLM.forward。"""
        return self.unembed(self.hidden(ids, cache))

    @torch.no_grad()
    def hidden(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """归一之后、乘增益之前的向量 (B, T, d_model)。编号或长度越界，ValueError。"""
        start, c = 0 if cache is None else cache.length, self.config
        self.model.check_input(ids, start)
        B, T = ids.shape
        rotation = self.rotation[start : start + T]  # (T, d_h/2)
        mask = None if T == 1 else causal_mask(T, offset=start)
        x = self.model.embedding.weight[ids]  # (B, T, d_model)
        for layer, (W_qkv, W_o, W_13, W_2) in enumerate(self.layers):
            qkv = F.linear(normed(x, c.eps), W_qkv).view(B, T, -1, c.d_h).transpose(1, 2)  # (B, h + 2h_kv, T, d_h)
            pairs = torch.view_as_complex(qkv[:, : c.n_heads + c.n_kv_heads].unflatten(3, (-1, 2)))
            qk = torch.view_as_real(pairs * rotation).flatten(3)  # (B, h + h_kv, T, d_h)
            q, k, v = qk[:, : c.n_heads], qk[:, c.n_heads :], qkv[:, c.n_heads + c.n_kv_heads :]
            if cache is not None:
                k, v = cache.append(layer, k, v)
            heads = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)  # (B, h, T, d_h)
            x = x + F.linear(heads.transpose(1, 2).flatten(2), W_o)
            gate, content = F.linear(normed(x, c.eps), W_13).chunk(2, dim=-1)  # 各 (B, T, d_ff)
            x = x + F.linear(F.silu(gate) * content, W_2)
        if cache is not None:
            cache.advance(T)
        return normed(x, c.eps)

    def unembed(self, x: Tensor) -> Tensor:
        """换成分数。形状：(…, d_model) → (…, V)。"""
        return F.linear(x, self.W_U)

    def new_cache(self, batch: int, capacity: int) -> KVCache:
        """同 TransformerLM.new_cache；里面的键按 interleaved 存放，不能与原模型混用。"""
        return self.model.new_cache(batch, capacity)


def normed(x: Tensor, eps: float) -> Tensor:
    """不带增益的 RMSNorm。"""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)


def fuse(block: LlamaBlock, d_h: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """一个块的四个矩阵，都按 nn.Linear 的约定转置存放：W_qkv、W_o、W_13、W_2。"""
    attention, feed_forward = block.attention, block.feed_forward
    qk = torch.cat([attention.W_q.weight, attention.W_k.weight])  # ((h + h_kv)·d_h, d_model)
    heads = qk.unflatten(0, (-1, d_h)).transpose(1, 2)  # (h + h_kv, d_model, d_h)
    qk = change_pairing(heads, "halves", "interleaved").transpose(1, 2).flatten(0, 1)
    W_qkv = torch.cat([qk, attention.W_v.weight]) * block.attention_norm.gain
    W_13 = torch.cat([feed_forward.W_1.weight, feed_forward.W_3.weight]) * block.feed_forward_norm.gain
    return W_qkv, attention.W_o.weight.clone(), W_13, feed_forward.W_2.weight.clone()
