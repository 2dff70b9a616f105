"""注意力掩码：一张布尔表，第 i 行第 j 列为 True，表示第 i 个查询可以看第 j 个键。

掩码之间用 & 相交：causal_mask(T) & padding_mask(lengths, T) 既不看未来，也不看补齐。

    causal_mask(3)     prefix_mask(3, n_prefix=2)     sliding_window_mask(3, window=2)
    1 0 0              1 1 0                          1 0 0
    1 1 0              1 1 0                          1 1 0
    1 1 1              1 1 1                          0 1 1

同一个库里也有两种约定：torch 的 F.scaled_dot_product_attention 以 True 为「可以看」（本书同此），
nn.MultiheadAttention 的 attn_mask 以 True 为「不许看」。传反了，模型看到的恰是不该看的那些。

来源：vaswani2017attention，3.2.3 节（因果）；前缀与滑动窗口的出处见正文。
不含：可学的偏置、块稀疏掩码。掩码在 CPU 上生成，用时自行 .to(device)。
正文：docs/07-architecture/attention.md。
"""

import torch
from torch import Tensor

from labs.common.validate import check_count


def positions(T: int, T_k: int | None, offset: int) -> tuple[Tensor, Tensor]:
    """查询与键的绝对位置：查询从 offset 数起，键从 0 数起。

    形状：(T, 1) 与 (1, T_k)；T_k 为 None 时取 offset + T，即键恰好到最后一个查询为止。
    出错：T、T_k 不是正整数，或 offset 为负，抛出 ValueError。
    """
    check_count("T", T)
    check_count("offset", offset, minimum=0)
    T_k = offset + T if T_k is None else T_k
    check_count("T_k", T_k)
    return offset + torch.arange(T).unsqueeze(1), torch.arange(T_k).unsqueeze(0)  # (T, 1), (1, T_k)


# --8<-- [start:causal-mask]
def causal_mask(T: int, T_k: int | None = None, offset: int = 0) -> Tensor:
    """因果掩码：只看自己和以前。逐词生成时已有 offset 个旧键，新查询从第 offset 个位置数起。

    形状：(T, T_k)；T_k 省略时为 offset + T。出错：长度不是正整数或 offset 为负，抛出 ValueError。
    """
    i, j = positions(T, T_k, offset)  # (T, 1), (1, T_k)
    return j <= i  # (T, T_k)


# --8<-- [end:causal-mask]


def prefix_mask(T: int, n_prefix: int) -> Tensor:
    """前缀掩码：前 n_prefix 个词彼此看得见，其后照旧因果。形状：(T, T)；n_prefix 须在 0 到 T 之间。"""
    check_count("n_prefix", n_prefix, minimum=0)
    i, j = positions(T, T, 0)  # (T, 1), (1, T)
    if n_prefix > T:
        raise ValueError(f"n_prefix 不应超过 T = {T}，得到 {n_prefix}。")
    return (j <= i) | (j < n_prefix)  # (T, T)


def sliding_window_mask(T: int, window: int, T_k: int | None = None, offset: int = 0) -> Tensor:
    """滑动窗口：只看最近 window 个位置（含自己）。形状与出错同 causal_mask，window 须为正整数。"""
    check_count("window", window)
    i, j = positions(T, T_k, offset)  # (T, 1), (1, T_k)
    return (j <= i) & (i - j < window)  # (T, T_k)


def padding_mask(lengths: Tensor, T_k: int) -> Tensor:
    """补齐掩码：第 b 句只看前 lengths[b] 个键，其后是凑长度用的空位。形状：(B,) → (B, 1, 1, T_k)。"""
    check_lengths(lengths, T_k)
    j = torch.arange(T_k)  # (T_k,)
    return (j < lengths.unsqueeze(1))[:, None, None, :]  # (B, T_k) → (B, 1, 1, T_k)：所有头、所有查询共用


def check_lengths(lengths: object, T_k: int) -> None:
    """要求 lengths 是一维整数张量，每个数在 1 到 T_k 之间；否则抛出 ValueError。"""
    check_count("T_k", T_k)
    is_vector = isinstance(lengths, Tensor) and lengths.dim() == 1 and lengths.numel() > 0
    if not is_vector or lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool:
        raise ValueError(f"lengths 应为形如 (B,) 的整数张量，得到 {lengths!r}。")
    if lengths.min() < 1 or lengths.max() > T_k:
        raise ValueError(f"lengths 的每个数应在 1 到 T_k = {T_k} 之间，得到 {lengths.tolist()}。")


def check_mask(name: str, mask: object, scores_shape: torch.Size) -> None:
    """要求 mask 是布尔张量，且能广播到得分的形状 (…, T, T_k)；否则抛出 ValueError。"""
    fits = (  # 形状从末尾对齐，每一维或相等、或为 1
        isinstance(mask, Tensor)
        and mask.dtype == torch.bool
        and mask.dim() <= len(scores_shape)
        and all(size in (1, want) for size, want in zip(mask.shape[::-1], scores_shape[::-1], strict=False))
    )
    if not fits:
        got = f"形状 {tuple(mask.shape)}、类型 {mask.dtype}" if isinstance(mask, Tensor) else f" {mask!r}"
        raise ValueError(
            f"{name} 应为可广播到 {tuple(scores_shape)} 的布尔张量（True 表示可以看），得到{got}。"
        )
