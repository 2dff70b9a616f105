"""唐诗语料：读出、分成三份、数出词表、编号、成批取用。

    分三份    按 SHA-256(种子 + 诗) 排队，头 1,000 首验证，再 1,000 首测试，其余训练：与文件的次序、机器、版本都无关
    词表      只数训练的那一份：换行加最常见的 3,071 个字；含别的字的诗，三份里都不用，并且数出来
    一批      从某首诗的开头取连续的 context + 1 个字，可以跨进下一首；诗与诗之间是换行

换行的编号是 0，一首诗以它开始，也以它结束。
语料怎样来：scripts/prepare_tang.py；来源与许可：labs/data/SOURCES.md。

手算一遍（词表大小 4，训练的诗是“山水。”“山月。”）：山、。各 2 次，月、水各 1 次，次数相同按编码排，月（U+6708）在水（U+6C34）前，
所以词表是 换行、。、山、月；“山月。”的编号是 2、3、1，“山水。”含词表外的字，不用。
模型卡：labs/data/tiny-lm.md。
"""

import hashlib
import lzma
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from labs.architecture.embedding import check_ids
from labs.common.validate import check_count

FILE = Path(__file__).resolve().parent.parent / "data/tang-poems.txt.xz"
BOUNDARY = "\n"


@dataclass(frozen=True)
class Vocabulary:
    """字与编号的对应：characters 的第 i 个字编号是 i，第 0 个必须是换行。"""

    characters: str

    def __post_init__(self) -> None:
        if not self.characters.startswith(BOUNDARY) or len(set(self.characters)) != len(self.characters):
            raise ValueError(f"characters 应以换行开头，各字不重复，得到 {self.characters[:10]!r}……")

    @classmethod
    def count(cls, poems: Iterable[str], size: int) -> "Vocabulary":
        """换行加 poems 里最常见的 size − 1 个字；次数相同，编码小的在前。"""
        check_count("size", size, minimum=2)
        counts = Counter("".join(poems))
        return cls(BOUNDARY + "".join(sorted(counts, key=lambda char: (-counts[char], char))[: size - 1]))

    def __len__(self) -> int:
        return len(self.characters)

    @cached_property
    def ids(self) -> dict[str, int]:
        """字 → 编号。"""
        return {char: index for index, char in enumerate(self.characters)}

    def covers(self, text: str) -> bool:
        """text 的每个字都有编号。"""
        return all(char in self.ids for char in text)

    def encode(self, text: str) -> Tensor:
        """文字 → 编号。形状：(len(text),)。出错：有词表外的字，抛出 ValueError，列出是哪几个。"""
        if not self.covers(text):
            outside = "".join(dict.fromkeys(char for char in text if char not in self.ids))
            raise ValueError(f"词表只有 {len(self)} 个字，不含 {outside!r}；换一句，或先用 covers 挑出能用的。")
        return torch.tensor([self.ids[char] for char in text], dtype=torch.long)

    def decode(self, ids: Tensor) -> str:
        """编号 → 文字，encode 的逆。形状：(T,)。出错：不是一维，或编号越界，抛出 ValueError。"""
        check_ids("ids", ids, len(self))
        if ids.dim() != 1:
            raise ValueError(f"ids 应为形如 (T,) 的编号，得到形状 {tuple(ids.shape)}；一批要逐行解码。")
        return "".join(self.characters[index] for index in ids.tolist())


@dataclass(frozen=True)
class Corpus:
    """词表和三份诗，都只含词表内的字；left_out 是三份各有几首因含词表外的字而没有用。"""

    vocabulary: Vocabulary
    train: list[str]
    validation: list[str]
    test: list[str]
    left_out: dict[str, int]


def read_poems(file: Path = FILE) -> list[str]:
    """语料文件里的全部诗，一行一首。"""
    return lzma.decompress(file.read_bytes()).decode().split("\n")[:-1]


def split(poems: list[str], seed: int = 0, held_out: int = 1000) -> tuple[list[str], list[str], list[str]]:
    """训练、验证、测试三份；后两份各 held_out 首。同一个种子永远得到同样的三份。"""
    check_count("held_out", held_out)
    if len(poems) <= 2 * held_out:
        raise ValueError(f"held_out = {held_out}，两份要 {2 * held_out} 首，可是一共只有 {len(poems)} 首，训练的一首不剩。")
    queue = sorted(poems, key=lambda poem: hashlib.sha256(f"{seed} {poem}".encode()).digest())
    return queue[2 * held_out :], queue[:held_out], queue[held_out : 2 * held_out]


def load_corpus(seed: int = 0, held_out: int = 1000, vocab_size: int = 3072, file: Path = FILE) -> Corpus:
    """读出、分份、数词表、去掉含词表外的字的诗。seed 只管怎样分份，与训练的种子无关。"""
    parts = split(read_poems(file), seed, held_out)
    vocabulary = Vocabulary.count(parts[0], vocab_size)
    kept = [[poem for poem in part if vocabulary.covers(poem)] for part in parts]
    lost = [len(part) - len(usable) for part, usable in zip(parts, kept, strict=True)]
    return Corpus(vocabulary, *kept, dict(zip(("train", "validation", "test"), lost, strict=True)))


def stream(vocabulary: Vocabulary, poems: Iterable[str]) -> Tensor:
    """首尾相接的一长串编号：换行、诗、换行、诗……换行。形状：(总字数,)。"""
    return vocabulary.encode(BOUNDARY + "".join(poem + BOUNDARY for poem in poems))


def poem_starts(ids: Tensor, length: int) -> Tensor:
    """后面够取 length 个字的换行在哪里。形状：(N,)。出错：一处也没有，抛出 ValueError。"""
    starts = (ids == 0).nonzero().flatten()
    starts = starts[starts + length <= len(ids)]
    if not len(starts):
        raise ValueError(f"语料只有 {len(ids)} 个字，没有一处能从诗的开头取 {length} 个字。")
    return starts


def draw(ids: Tensor, starts: Tensor, batch: int, length: int, generator: torch.Generator) -> Tensor:
    """随机取 batch 段，各从一首诗的开头起 length 个字，有放回。形状：(batch, length)。"""
    chosen = starts[torch.randint(len(starts), (batch,), generator=generator)]  # (batch,)
    return ids[chosen[:, None] + torch.arange(length)]  # (batch, length)
