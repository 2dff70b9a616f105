"""归一化：把每个词的向量缩到固定的大小，再逐维乘上可学的增益。

    RMSNorm(x) = x / √(mean(x²) + ε) ⊙ g                          来源：zhang2019root，式 (4)
    LayerNorm(x) = (x − mean(x)) / √(var(x) + ε) ⊙ g + b          来源：ba2016layer，式 (3)

两式的平均都在一个词自己的 d_model 个数上取，与别的词、别的句子无关。ε 防止除以 0，原式没有写出。

手算一遍（x = (1, 3, 3, 9)，g = 1，b = 0，不计 ε）：平均 4，方差 9，均方 25，所以
RMSNorm 除以 5，得 (0.2, 0.6, 0.6, 1.8)；LayerNorm 减 4 再除以 3，得 (−1, −1/3, −1/3, 5/3)。
把 x 的每个数都加 10：LayerNorm 的结果不变，RMSNorm 的结果变。把 x 乘 10：两者都不变。

不含：批归一化、QK-Norm。放在块的哪里，见 transformer_block.py。
正文：docs/07-architecture/transformer-block.md。
"""

import torch
from torch import Tensor, nn

from labs.common.precision import at_least_float32
from labs.common.validate import check_count, check_tensor


# --8<-- [start:rmsnorm]
def rms_norm(x: Tensor, gain: Tensor, eps: float = 1e-6) -> Tensor:
    """除以均方根，再乘增益。形状：x (…, d_model)，gain (d_model,) → 形状、类型同 x；不合则 ValueError。"""
    check_tensor("gain", gain, "d_model", leading=False)
    check_tensor("x", x, *gain.shape)
    check_eps(eps)
    wide = at_least_float32(x)  # 半精度下平方和会丢位
    mean_square = wide.square().mean(-1, keepdim=True)  # (..., 1)
    return (wide * torch.rsqrt(mean_square + eps) * gain).to(x.dtype)  # (..., d_model)


# --8<-- [end:rmsnorm]


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, eps: float = 1e-6) -> Tensor:
    """减平均、除以标准差，再乘增益、加偏置。形状：gain、bias (d_model,)，其余与出错同 rms_norm。"""
    check_tensor("gain", gain, "d_model", leading=False)
    check_tensor("x", x, *gain.shape)
    check_tensor("bias", bias, *gain.shape, leading=False)
    check_eps(eps)
    centered = at_least_float32(x)
    centered = centered - centered.mean(-1, keepdim=True)  # (..., d_model)
    variance = centered.square().mean(-1, keepdim=True)  # (..., 1)：除以 d_model，不是 d_model − 1
    return (centered * torch.rsqrt(variance + eps) * gain + bias).to(x.dtype)  # (..., d_model)


class RMSNorm(nn.Module):
    """函数 rms_norm 加上可学的增益，初值全 1。形状：(…, d_model) → (…, d_model)；不合则 ValueError。"""

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__()
        check_count("d_model", d_model)
        check_eps(eps)
        self.gain = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """逐词归一。"""
        return rms_norm(x, self.gain, self.eps)


class LayerNorm(RMSNorm):
    """函数 layer_norm 加上可学的增益与偏置，初值全 1 与全 0。形状与出错同上。"""

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__(d_model, eps)
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        """逐词归一。"""
        return layer_norm(x, self.gain, self.bias, self.eps)


def check_eps(eps: float) -> None:
    """要求 eps 为正，否则全 0 的向量会除以 0；不合则抛出 ValueError。"""
    if not eps > 0:
        raise ValueError(f"eps 应为正数，得到 {eps!r}。")
