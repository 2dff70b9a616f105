"""线性层与词嵌入：模型的两头。进来的编号换成向量，出去的向量换成每个词元的分数。

    linear(x) = x W + b                  embedding(ids) = E 的第 ids 行

嵌入就是查表，也等于独热向量乘 E：第 i 个词元的独热向量只有第 i 位是 1，乘出来恰是 E 的第 i 行。
输出层反过来，拿最后的向量 x 与 E 的每一行求内积，x Eᵀ，得到 V 个分数；输入与输出用同一张 E，叫权重共享
（weight tying），省下 V · d_model 个参数。来源：press2017using。

手算一遍（V = 3，d_model = 2，E = [[1, 0], [0, 1], [1, 1]]）：编号 2 取出 (1, 1)，
若它原样走到输出层，三个分数是 1、1、2：内积最大的正是它自己。
不含：位置嵌入、输出层的偏置。
正文：docs/07-architecture/lab-llama.py。
"""

import torch
from torch import Tensor

from labs.common.validate import check_tensor


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """x W + b。形状：x (…, d_in)，W (d_in, d_out)，b (d_out,) → (…, d_out)；不合则 ValueError。

    PyTorch 的 nn.Linear 把 W 转置存放，形状 (d_out, d_in)。
    """
    check_tensor("W", W, "d_in", "d_out", leading=False)
    check_tensor("x", x, W.shape[0])
    if b is None:
        return x @ W
    check_tensor("b", b, W.shape[1], leading=False)
    return x @ W + b


def embedding(ids: Tensor, E: Tensor) -> Tensor:
    """取出 E 的第 ids 行。形状：ids (…) 整数，E (V, d_model) → (…, d_model)；编号越界则 ValueError。"""
    check_tensor("E", E, "V", "d_model", leading=False)
    check_ids("ids", ids, E.shape[0])
    return E[ids]


def check_ids(name: str, ids: object, vocab_size: int) -> None:
    """要求 ids 是非空的整数张量，每个数在 0 到 vocab_size − 1 之间；否则抛出 ValueError。"""
    is_integer = isinstance(ids, Tensor) and not (ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool)
    if not is_integer or ids.numel() == 0:
        got = f"形状 {tuple(ids.shape)}、类型 {ids.dtype}" if isinstance(ids, Tensor) else type(ids).__name__
        raise ValueError(f"{name} 应为非空的整数张量，得到{got}。")
    outside = ids[(ids < 0) | (ids >= vocab_size)]
    if outside.numel():
        raise ValueError(f"{name} 的每个编号应在 0 到 {vocab_size - 1} 之间，得到 {outside[0].item()}。")
