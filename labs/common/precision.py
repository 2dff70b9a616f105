"""半精度张量在求和、取指数之前先升到 float32，算完再回到原来的类型。

为什么：bfloat16 只有 8 位有效二进制数字，256 + 1 仍是 256。
千百项的和若用它累加，误差会大过结果本身。
"""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """float16、bfloat16 升为 float32；float32、float64 原样返回。"""
    return x.to(torch.promote_types(x.dtype, torch.float32))
