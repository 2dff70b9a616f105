"""留出的诗上的损失：每个字的 −ln p，以及由它算出的两种口径。

    nats/字    全部 −ln p 之和 / 被预测的字数          每首诗的字、标点，加结尾的换行
    bits/字节  同一个和 / ln 2 / 这些字的 UTF-8 字节数   汉字与全角标点 3 个字节，换行 1 个；与怎样切词元无关

每首诗单独算：前面只有一个换行，看不到别的诗。
手算一遍（V = 4 的均匀猜测，“山。”）：被预测的是 山、。、换行，各 ln 4 = 1.386 nats；字节数 3 + 3 + 1 = 7，
所以 1.386 nats/字，3·2 bits / 7 = 0.857 bits/字节。
模型卡：labs/data/tiny-lm.md。
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from labs.tiny_lm.corpus import BOUNDARY, Vocabulary


@dataclass(frozen=True)
class Loss:
    """若干首诗上的损失；nats 是 −ln p 的总和。"""

    nats: float
    poems: int
    chars: int
    bytes: int

    @property
    def nats_per_char(self) -> float:
        """平均每个被预测的字，nats。"""
        return self.nats / self.chars

    @property
    def bits_per_byte(self) -> float:
        """平均每个字节，bits。"""
        return self.nats / math.log(2) / self.bytes


@torch.no_grad()
def surprisals(model: Callable[[Tensor], Tensor], vocabulary: Vocabulary, poems: Sequence[str], batch: int = 25) -> list[Tensor]:
    """每首诗的每个字出乎意料的程度 −ln p(字 | 前文)，最后一个是结尾的换行。形状：每首 (len(诗) + 1,)。

    model 把 (B, T) 的编号变成 (B, T, V) 的分数。出错：没有诗、有词表外的字，或诗长过模型的上下文，抛出 ValueError。
    """
    if not poems:
        raise ValueError("poems 应至少有一首诗，得到空的列表。")
    found = []
    for first in range(0, len(poems), batch):
        rows = [vocabulary.encode(BOUNDARY + poem + BOUNDARY) for poem in poems[first : first + batch]]
        inputs = torch.nn.utils.rnn.pad_sequence([row[:-1] for row in rows], batch_first=True)  # (B, T)，右边补 0
        answers = torch.nn.utils.rnn.pad_sequence([row[1:] for row in rows], batch_first=True)
        scores = model(inputs).flatten(0, 1)  # (B·T, V)
        nats = F.cross_entropy(scores, answers.flatten(), reduction="none").view_as(answers)  # (B, T)
        found += [line[: len(row) - 1] for line, row in zip(nats, rows, strict=True)]  # 补齐的在末尾，切掉
    return found


def evaluate(model: Callable[[Tensor], Tensor], vocabulary: Vocabulary, poems: Sequence[str]) -> Loss:
    """若干首诗的总损失；出错同 surprisals。"""
    found = torch.cat(surprisals(model, vocabulary, poems)).double()
    return Loss(found.sum().item(), len(poems), len(found), sum(len((poem + BOUNDARY).encode()) for poem in poems))
