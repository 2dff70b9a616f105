"""算术编码：任何会给出分布的模型，配上它就是一个无损压缩程序；码长几乎正好是 Σ log₂(1/q)。

    区间 [low, high) 按模型的分布切开，符号落在哪一段就缩进哪一段；最后写出区间里最短的一个二进制数。

区间的宽是各步概率之积，所以码长 ≈ log₂(1/Π q)，最多再多 2 位。
手算一遍（每步 a、b、c 的概率是 ½、¼、¼）：“ab”先进 [0, ½)，再进 [¼, ⅜)，宽 ⅛，理想 3 位；收尾再 2 位，写出 01001。

整数实现：区间用 64 位整数，一端开头的位定了就写出去、区间放大一倍；跨着中点变窄时先记着欠几位。
概率先换成总和不超过 2³² 的整数，每个符号至少 1，所以概率为 0 的符号也写得出（32 位）。

不含：写成字节、把长度写进文件（解码要另外知道有几个符号）。
来源：witten1987arithmetic；与语言模型合用见 deletang2023language。
正文：docs/01-introduction/information.md。
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from labs.common.validate import check_count
from labs.introduction.sampling import check_probabilities

Model = Callable[[Sequence[int]], Tensor]  # 前面的符号 → 下一个符号的分布 (V,)，V 可以随上文变
WIDTH = 64
FULL, HALF, QUARTER = 1 << WIDTH, 1 << (WIDTH - 1), 1 << (WIDTH - 2)
TOTAL = 1 << 32


def cumulative_counts(p: Tensor) -> Tensor:
    """分布 → 整数的累积和 (V + 1,)，从 0 起，每段至少 1，总和不超过 2³²。"""
    check_probabilities("p", p)
    if p.dim() != 1 or len(p) > TOTAL // 2:
        raise ValueError(f"p 应是一维、不超过 2³¹ 项的分布，得到形状 {tuple(p.shape)}。")
    p = p.double() / p.double().sum()
    counts = (p * (TOTAL - 2 * len(p))).long() + 1
    return torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)])


def ideal_bits(symbols: Sequence[int], model: Model) -> float:
    """理想码长 Σ log₂(1/q)，比特；概率为 0 的符号，码长是无穷大。"""
    total = 0.0
    for t, symbol in enumerate(symbols):
        q = model(symbols[:t])[symbol].item()
        total += math.log2(1 / q) if q > 0 else math.inf
    return total


# --8<-- [start:encode]
def encode(symbols: Sequence[int], model: Model) -> list[int]:
    """一串符号 → 一串 0 和 1；长度不超过理想码长 + 2（再加换成整数的舍入）。"""
    low, high, owed, bits = 0, FULL, 0, []

    def write(bit: int) -> None:
        nonlocal owed
        bits.extend([bit] + [1 - bit] * owed)  # 欠着的都与它相反
        owed = 0

    for t, symbol in enumerate(symbols):
        c = cumulative_counts(model(symbols[:t]))
        if not 0 <= symbol < len(c) - 1:
            raise ValueError(f"symbols[{t}] 应在 0 到 {len(c) - 2} 之间，得到 {symbol}。")
        low, high = narrow(low, high, c, symbol)
        while True:
            if high <= HALF:
                write(0)
            elif low >= HALF:
                write(1)
                low, high = low - HALF, high - HALF
            elif QUARTER <= low and high <= HALF + QUARTER:
                owed += 1  # 跨着中点：下一位还不知道，只知道再下一位与它相反
                low, high = low - QUARTER, high - QUARTER
            else:
                break
            low, high = 2 * low, 2 * high
    owed += 1
    write(0 if low < QUARTER else 1)  # 区间里一定含 [¼, ½) 或 [½, ¾)
    return bits


# --8<-- [end:encode]


def narrow(low: int, high: int, c: Tensor, symbol: int) -> tuple[int, int]:
    """区间缩到这个符号的那一段。"""
    width, total = high - low, int(c[-1])
    return low + width * int(c[symbol]) // total, low + width * int(c[symbol + 1]) // total


def decode(bits: Sequence[int], length: int, model: Model) -> list[int]:
    """encode 的逆：同样的模型，读出 length 个符号；多读的位当作 0。"""
    check_count("length", length, 0)
    if any(bit not in (0, 1) for bit in bits):
        raise ValueError("bits 里只能有 0 和 1。")
    padded = list(bits[:WIDTH]) + [0] * (WIDTH - len(bits))
    value, position = int("".join(map(str, padded)), 2), WIDTH
    low, high, symbols = 0, FULL, []
    while len(symbols) < length:
        c = cumulative_counts(model(symbols))
        target = ((value - low + 1) * int(c[-1]) - 1) // (high - low)
        symbols.append(int(torch.searchsorted(c, target, right=True)) - 1)
        low, high = narrow(low, high, c, symbols[-1])
        while high <= HALF or low >= HALF or (QUARTER <= low and high <= HALF + QUARTER):
            shift = 0 if high <= HALF else HALF if low >= HALF else QUARTER
            low, high, value = 2 * (low - shift), 2 * (high - shift), 2 * (value - shift)
            value += bits[position] if position < len(bits) else 0
            position += 1
    return symbols
