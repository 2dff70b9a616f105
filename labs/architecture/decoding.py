"""用缓存逐词生成：提示一次算完（prefill），以后每步只送进一个词元（decode）。

    有缓存，第 t 步只算 1 行；没有缓存，第 t 步把前 t 行重算一遍，生成 n 个词元共算 n(n + 1)/2 行。

为什么可以：因果掩码下，后来的词元不改变前面任何一行，所以旧的键和值一个数都不用动。
内存按容量一次要够，写入时只填自己的格子；每步拼接一次会把旧缓存整个复制一遍。

不含：采样（第 1 章）、一批里长短不一的提示、投机解码、超出容量时丢弃旧词元。
正文：docs/07-architecture/lab-llama.py；字节数见 kv_cache.py。
"""

from typing import Protocol

import torch
from torch import Tensor

from labs.common.validate import check_count, check_tensor


class KVCache:
    """n_layers 层的键和值，各 (B, h_kv, capacity, d_h)；length 是已经写满的长度。"""

    def __init__(
        self,
        n_layers: int,
        n_kv_heads: int,
        d_h: int,
        capacity: int,
        batch: int = 1,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        sizes = {"n_layers": n_layers, "n_kv_heads": n_kv_heads, "d_h": d_h, "capacity": capacity, "batch": batch}
        for name, size in sizes.items():
            check_count(name, size)
        self.keys = torch.zeros(n_layers, batch, n_kv_heads, capacity, d_h, dtype=dtype)
        self.values = torch.zeros_like(self.keys)
        self.length = 0

    def append(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """把 T 个新词元写到第 layer 层的末尾，返回这一层到目前为止的全部键和值（视图，不复制）。"""
        check_tensor("k", k, *self.keys.shape[1:3], "T", self.keys.shape[4], leading=False)
        check_tensor("v", v, *k.shape, leading=False)
        end = self.length + k.shape[2]
        if end > self.keys.shape[3]:
            raise ValueError(f"缓存的 capacity 是 {self.keys.shape[3]}，已写 {self.length}，放不下 {k.shape[2]} 个词元。")
        self.keys[layer, :, :, self.length : end] = k
        self.values[layer, :, :, self.length : end] = v
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def advance(self, T: int) -> None:
        """各层都写完之后，一起往前挪 T 格。"""
        self.length += T

    @property
    def n_bytes(self) -> int:
        """占多少字节：2 · L · B · h_kv · capacity · d_h · 每个数的字节。"""
        return 2 * self.keys.numel() * self.keys.element_size()


class CausalLM(Protocol):
    """generate 需要模型提供的东西。"""

    context: int

    def hidden(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """(B, T) → (B, T, d_model)，并把新的键和值写进缓存。"""

    def unembed(self, x: Tensor) -> Tensor:
        """(…, d_model) → (…, V)。"""

    def new_cache(self, batch: int, capacity: int) -> KVCache:
        """空缓存。"""


@torch.no_grad()
def generate(model: CausalLM, ids: Tensor, n_new: int, cached: bool = True) -> Tensor:
    """贪心地接着写 n_new 个词元。形状：ids (B, T) → (B, T + n_new)。

    出错：ids 不是 (B, T)，n_new 不是正整数，或写完超出 model.context，抛出 ValueError。
    """
    check_prompt(ids, n_new, model.context)
    cache = model.new_cache(len(ids), ids.shape[1] + n_new) if cached else None
    fresh = ids  # 还没进过模型的词元：第一步是整段提示，以后是刚写的一个
    for _ in range(n_new):
        last = model.hidden(fresh, cache)[:, -1:]  # (B, 1, d_model)：只有末行用来预测
        chosen = model.unembed(last).argmax(-1)  # (B, 1)
        ids = torch.cat([ids, chosen], dim=1)
        fresh = chosen if cached else ids
    return ids


def check_prompt(ids: object, n_new: int, context: int) -> None:
    """要求 ids 形如 (B, T)，n_new 为正整数，两者相加不超过 context；否则抛出 ValueError。"""
    check_count("n_new", n_new)
    if not isinstance(ids, Tensor) or ids.dim() != 2 or ids.numel() == 0:
        got = f"形状 {tuple(ids.shape)}" if isinstance(ids, Tensor) else type(ids).__name__
        raise ValueError(f"ids 应为形如 (B, T) 的整数张量，至少一个词元，得到{got}。")
    if ids.shape[1] + n_new > context:
        raise ValueError(f"提示 {ids.shape[1]} 个词元加 n_new = {n_new} 超出了 context = {context}。")
