"""把文字交给算术编码：见过的字一个符号，没见过的字两个，先说“没见过”，再说它的 Unicode 码位。

这样任何文字都写得出，没有“未知字”，也不必事先把测试文本的字表告诉解码的一方。
没见过的字是一笔大账：先付 log₂(1/p(没见过))，再付 log₂ 1,114,112 ≈ 20.09 比特。

正文：docs/01-introduction/information.md。
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from labs.introduction.arithmetic_coding import Model, decode, encode
from labs.introduction.kneser_ney import KneserNey

CODE_POINTS = 0x110000  # Unicode 的码位数：词表取这么大，任何字都有正的概率
ANY_CHARACTER = torch.full((CODE_POINTS,), 1 / CODE_POINTS, dtype=torch.float64)


def to_symbols(model: KneserNey, text: str) -> list[int]:
    """文字 → 符号：见过的是编号，没见过的是“最后一格”接上码位。"""
    new = len(model.seen)
    symbols: list[int] = []
    for character in text:
        place = model.index.get(character)
        symbols += [new, ord(character)] if place is None else [place]
    return symbols


def to_text(model: KneserNey, symbols: Sequence[int]) -> tuple[str, bool]:
    """符号 → 文字；末尾停在“没见过”而码位还没到，第二项为真。"""
    characters, pending = [], False
    for symbol in symbols:
        if pending:
            characters.append(chr(symbol))
            pending = False
        elif symbol == len(model.seen):
            pending = True
        else:
            characters.append(model.seen[symbol])
    return "".join(characters), pending


def symbol_model(model: KneserNey) -> Model:
    """n 元模型 → 符号的模型：刚说过“没见过”，下一个就是均匀的码位。"""

    def next_symbol(symbols: Sequence[int]) -> Tensor:
        text, pending = to_text(model, symbols)
        return ANY_CHARACTER if pending else model.distribution(text)

    return next_symbol


def compress(model: KneserNey, text: str) -> list[int]:
    """文字 → 位；解码另外要知道有几个符号。"""
    return encode(to_symbols(model, text), symbol_model(model))


def decompress(model: KneserNey, bits: Sequence[int], n_symbols: int) -> str:
    """compress 的逆。"""
    return to_text(model, decode(bits, n_symbols, symbol_model(model)))[0]
