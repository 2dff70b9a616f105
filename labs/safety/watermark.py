"""绿表水印：每一步由钥匙和前一个字把词表分成绿、红两半，绿字的概率乘 e^δ 再归一。

    哈希   h(钥匙, 前字, 本字) 是 32 位整数；h < γ·2³² 的字是绿的，平均占词表的 γ
    倾斜   p'(v) = p(v)·e^{δ·绿(v)} / Σ_u p(u)·e^{δ·绿(u)}
    绿字的概率从 p_G 变成 p_G·e^δ / (p_G·e^δ + 1 − p_G)；δ = 0 不变，p_G 是 0 或 1 时怎样倾斜都不变

手算一遍：p = (0.4, 0.3, 0.15, 0.1, 0.05)，第二、第四个是绿的，p_G = 0.4，δ = 2：0.4·7.389 / (2.956 + 0.6) = 0.831。

与论文的两处不同：论文恰好分出 γ|V| 个绿字，这里每一对字独立地判，检测时就不必知道词表；
论文把 δ 加在温度之前的得分上，这里在温度之后倾斜，δ 的意思不随温度变；温度为 1 时两者相同。
哈希只用 32 位整数的异或、右移、乘法，网页上的演示用同样的算式，逐对相等。它不是密码学的哈希，真的系统不能用。

来源：kirchenbauer2023watermark；混合步骤是 MurmurHash3 的收尾。不含：检测（detection.py）、攻击（attacks.py）。
正文：docs/04-harms-toxicity/detection.md。
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from labs.architecture.decoding import CausalLM, check_prompt
from labs.common.validate import check_count
from labs.introduction.sampling import check_probabilities, draw, next_token_distribution
from labs.tiny_lm.corpus import Vocabulary

MASK = 2**32 - 1
DELTA_MAX = 50  # e^50 已是 5·10²¹，再大与“只许绿”没有区别
Integer = TypeVar("Integer", int, Tensor)


@dataclass(frozen=True)
class Watermark:
    """钥匙（32 位非负整数）、绿字的比例 γ（0 与 1 之间）、偏置 δ（0 到 50，单位 nats）。"""

    key: int
    gamma: float = 0.5
    delta: float = 2.0

    def __post_init__(self) -> None:
        check_key(self.key)
        check_gamma(self.gamma)
        if not 0 <= self.delta <= DELTA_MAX:
            raise ValueError(f"delta 应在 0 与 {DELTA_MAX} 之间，得到 {self.delta!r}。")


def check_key(key: int) -> None:
    """要求 key 是 0 到 2³² − 1 的整数；否则抛出 ValueError。"""
    check_count("key", key, minimum=0)
    if key > MASK:
        raise ValueError(f"key 应小于 2³²，得到 {key}。")


def check_gamma(gamma: float) -> None:
    """要求 0 < gamma < 1；否则抛出 ValueError。"""
    if not 0 < gamma < 1:
        raise ValueError(f"gamma 应大于 0、小于 1，得到 {gamma!r}。")


# --8<-- [start:hash]
def times(a: Integer, b: int) -> Integer:
    """a·b 的低 32 位；拆成两半乘，64 位整数不会溢出。"""
    return (a * (b & 0xFFFF) + ((a * (b >> 16) & 0xFFFF) << 16)) & MASK


def mix(h: Integer) -> Integer:
    """搅匀 32 位：输入差一位，输出约有一半的位不同。"""
    h = times(h ^ (h >> 16), 0x85EBCA6B)
    h = times(h ^ (h >> 13), 0xC2B2AE35)
    return h ^ (h >> 16)


def pair_hash(key: int, previous: Integer, current: Integer) -> Integer:
    """钥匙与相邻两个字的码位 → 0 到 2³² − 1 的整数；整数或可广播的 int64 张量都行。"""
    return mix(mix(times(previous, 0x9E3779B1) ^ key) ^ current)


def limit(gamma: float) -> int:
    """哈希小于它的是绿字：整数 h < γ·2³² 与 h < ⌈γ·2³²⌉ 同义。"""
    return math.ceil(gamma * 2**32)


def is_green(key: int, previous: str, current: str, gamma: float) -> bool:
    """前字是 previous 时，current 是不是绿的。"""
    return pair_hash(key, ord(previous), ord(current)) < limit(gamma)


# --8<-- [end:hash]


# --8<-- [start:tilt]
def tilt(p: Tensor, green: Tensor, delta: float) -> Tensor:
    """绿字的概率乘 e^δ（等于红字乘 e^−δ），再归一。形状：p 与 green 都是 (…, V)。"""
    check_probabilities("p", p)
    weights = torch.where(green, p, p * math.exp(-delta))
    return weights / weights.sum(-1, keepdim=True)


# --8<-- [end:tilt]


def code_points(vocabulary: Vocabulary) -> Tensor:
    """每个编号的码位。形状：(V,)。"""
    return torch.tensor([ord(char) for char in vocabulary.characters])


# --8<-- [start:generate]
@torch.no_grad()
def generate(
    model: CausalLM,
    vocabulary: Vocabulary,
    watermark: Watermark | None,
    batch: int,
    n_new: int,
    temperature: float = 1.0,
    seed: int = 0,
) -> list[str]:
    """从换行起写 batch 段，每段 n_new 个字；watermark 为 None 时不加水印。出错同 check_prompt。"""
    check_count("batch", batch)
    points = code_points(vocabulary)  # (V,)
    ids = fresh = torch.zeros(batch, 1, dtype=torch.long)
    check_prompt(ids, n_new, model.context)
    cache = model.new_cache(batch, n_new)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_new):
        scores = model.unembed(model.hidden(fresh, cache)[:, -1])  # (B, V)
        p = next_token_distribution(scores, temperature)
        if watermark is not None:
            hashes = pair_hash(watermark.key, points[fresh], points)  # (B, 1) 与 (V,) → (B, V)
            p = tilt(p, hashes < limit(watermark.gamma), watermark.delta)
        fresh = draw(p, torch.rand(batch, generator=generator, dtype=torch.float64))[:, None]
        ids = torch.cat([ids, fresh], dim=1)
    return [vocabulary.decode(row[1:]) for row in ids]


# --8<-- [end:generate]
