"""改写攻击：换掉、删去、或让模型重抽一部分字，看水印还剩多少。

一对相邻的字要两个都没动，颜色才保得住。改动的比例是 ε 时：
    替换   保住的对占 (1 − ε)²，计分的字数不变             z 约剩 (1 − ε)²
    删除   剩下 (1 − ε)T 个字，相邻而原来也相邻的占 1 − ε   z 约剩 (1 − ε)^1.5
ε = 0.5 时剩 0.25 与 0.354。重抽会抽回原字，剩得比替换多一点。
前提：改动的位置是随机挑的；换成整句改写，位置不随机，式子不成立。
正文：docs/04-harms-toxicity/detection.md。
"""

import random
from collections.abc import Sequence

import torch

from labs.architecture.decoding import CausalLM
from labs.introduction.sampling import draw, next_token_distribution
from labs.tiny_lm.corpus import Vocabulary


def chosen(length: int, fraction: float, generator: random.Random) -> set[int]:
    """随机挑 ⌊fraction·length + 0.5⌋ 个位置。出错：fraction 不在 0 与 1 之间，ValueError。"""
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction 应在 0 与 1 之间，得到 {fraction!r}。")
    return set(generator.sample(range(length), int(fraction * length + 0.5)))


# --8<-- [start:edits]
def substitute(text: str, fraction: float, pool: str, seed: int = 0) -> str:
    """挑中的字各换成 pool 里另一个随机的字。出错：pool 少于两个字，ValueError。"""
    if len(set(pool)) < 2:
        raise ValueError(f"pool 应至少有两个不同的字，得到 {pool!r}。")
    generator = random.Random(seed)
    edited = list(text)
    for index in sorted(chosen(len(text), fraction, generator)):
        while edited[index] == text[index]:
            edited[index] = generator.choice(pool)
    return "".join(edited)


def delete(text: str, fraction: float, seed: int = 0) -> str:
    """删去挑中的字。"""
    gone = chosen(len(text), fraction, random.Random(seed))
    return "".join(char for index, char in enumerate(text) if index not in gone)


# --8<-- [end:edits]


@torch.no_grad()
def resample(
    model: CausalLM, vocabulary: Vocabulary, texts: Sequence[str], fraction: float, temperature: float = 1.0, seed: int = 0
) -> list[str]:
    """挑中的位置由不加水印的模型看着改过的前文重抽一个字，其余照旧。

    出错：texts 为空、是空串或长短不一，ValueError；长过上下文、有词表外的字，由模型与词表报错。
    """
    lengths = {len(text) for text in texts}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"texts 应至少一段、一样长、不空，得到长度 {sorted(lengths)}。")
    generator, length = random.Random(seed), lengths.pop()
    ids = torch.stack([vocabulary.encode(text) for text in texts])  # (B, T)
    change = torch.zeros_like(ids, dtype=torch.bool)
    for row in change:
        row[sorted(chosen(length, fraction, generator))] = True
    uniform = torch.Generator().manual_seed(seed)
    cache = model.new_cache(len(ids), length)
    fresh = torch.zeros(len(ids), 1, dtype=torch.long)
    for t in range(length):
        scores = model.unembed(model.hidden(fresh, cache)[:, -1])  # (B, V)
        u = torch.rand(len(ids), generator=uniform, dtype=torch.float64)
        ids[:, t] = torch.where(change[:, t], draw(next_token_distribution(scores, temperature), u), ids[:, t])
        fresh = ids[:, t : t + 1]
    return [vocabulary.decode(row) for row in ids]
