"""模型架构：BPE 训练与编码对 tokenizers，前向与解码对 transformers（transformer.py），都在同一次运行里比。

语料约 5 MB，由书里的正文与《世界人权宣言》的中英两种文本重复而成；除第一遍外，每遍把行打乱，
一半的英文词与中文分句换上别处的后半截，免得后面几遍只是同样的段多数几次。它不是真实的语料：
秒数只用来发现变慢，速度之比才可以引用。正文一改，语料跟着变，两次提交之间不比秒数。

秒数取处理器时间，两边都只用一个核：机器忙时仍比墙上时间稳。
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import Report
from benchmarks.transformer import transformer

SIZE = 5_000_000  # 字节
SAMPLE = 1_000_000  # 编码用其中的多少
VOCABULARY = 10_000
BUDGET = 60  # 秒，一个核
PARTS = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]{4,}")  # 要换后半截的英文词与中文分句


def run(root: Path, report: Report) -> None:
    """全部测量。"""
    tokenizer(root, report)
    say("前向与解码")
    transformer(report)


def say(text: str) -> None:
    """进度，写到标准错误。"""
    print(f"… {text}", file=sys.stderr, flush=True)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """处理器秒数与结果。"""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


# —— 分词器 ——


def tokenizer(root: Path, report: Report) -> None:
    """训练一个词表，再用它编码；没有装 tokenizers 时只量自己的。"""
    from labs.architecture.bpe_incremental import train_bpe
    from labs.architecture.pretokenize import word_counts
    from labs.architecture.tokenizer import Tokenizer

    say("拼语料")
    text = made_text(source_lines(root), SIZE)
    pieces = len(word_counts([text]))
    say("训练")
    seconds, (vocab, merges) = timed(lambda: train_bpe([text], VOCABULARY))
    say("训练，tokenizers")
    theirs = trained_by_tokenizers(text)
    note = f"不同的段 {pieces:,} 个；" + (f"比：tokenizers，{theirs:.2f} s" if theirs else "没有装 tokenizers")
    name = f"{len(text.encode()) / 1e6:.1f} MB，词表 {len(vocab):,}"
    report.add("BPE 训练", name, seconds, "s", digits=1, budget=BUDGET, against=theirs, note=note)

    say("编码")
    ours, sample = Tokenizer(vocab, merges), cut_to(text, SAMPLE)
    size = len(sample.encode()) / 1e6
    cold, ids = timed(lambda: ours.encode(sample))
    warm, _ = timed(lambda: ours.encode(sample))
    lines = sample.splitlines(keepends=True)
    streamed, stream = timed(lambda: list(ours.encode_iterable(lines)))
    oracle = as_tokenizers(vocab, merges)
    rate = None
    if oracle:
        spent, encoding = timed(lambda: oracle.encode(sample))
        rate = size / spent
        same = "编号逐个相同" if encoding.ids == ids == stream else "编号不同！"
        report.add("BPE 编码", "tokenizers，同一个词表", rate, "MB/s", note=f"{len(ids):,} 个词元；{same}")
    for label, spent, remark in (("第一遍", cold, ""), ("再来一遍", warm, "见过的段有缓存"), ("按行的流", streamed, "同样有缓存")):
        report.add("BPE 编码", label, size / spent, "MB/s", against=rate, note=remark)


def source_lines(root: Path) -> list[str]:
    """正文各页与《世界人权宣言》的中英文本，一行一项。"""
    from labs.common.udhr import sections

    pages = [path.read_text("utf-8") for path in sorted((root / "docs").rglob("*.md"))]
    lines = "\n".join([*pages, *sections("cmn_hans"), *sections("eng")]).split("\n")
    return [line for line in lines if line.strip()]


def made_text(lines: list[str], size: int, seed: int = 0) -> str:
    """重复 lines 直到约 size 字节（在行末停）；第一遍原样，以后每遍打乱，并换掉一半的词与分句的后半截。"""
    rng = random.Random(seed)
    parts = PARTS.findall("\n".join(lines))
    tails = {False: [part for part in parts if not part.isascii()], True: [part for part in parts if part.isascii()]}

    def varied(match: re.Match[str]) -> str:
        part = match[0]
        if rng.random() < 0.5:
            return part
        other = rng.choice(tails[part.isascii()])
        return part[: rng.randint(2, len(part) - 1)] + other[rng.randint(1, len(other) - 1) :]

    out, made, order = [], 0, lines
    while made < size:
        for line in order:
            out.append(line if order is lines else PARTS.sub(varied, line))
            made += len(out[-1].encode()) + 1
            if made >= size:
                break
        order = rng.sample(lines, len(lines))
    return "\n".join(out) + "\n"


def cut_to(text: str, size: int) -> str:
    """末尾约 size 字节，从行首起：末尾是换过后半截的，不同的段多。"""
    tail = text.encode()[-size:]
    return tail[tail.find(b"\n") + 1 :].decode()


# —— 对照：tokenizers 包 ——


def trained_by_tokenizers(text: str) -> float | None:
    """tokenizers 训练同样的文本：处理器秒数；没有装时 ``None``。"""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # 两边都只用一个核
    try:
        import tokenizers
    except ImportError:
        return None
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=VOCABULARY, min_frequency=2, show_progress=False, initial_alphabet=alphabet)
    return timed(lambda: model.train_from_iterator([text], trainer))[0]


def as_tokenizers(vocab: dict[int, bytes], merges: list[tuple[bytes, bytes]]) -> Any:
    """同一份词表与合并，装进 tokenizers 的分词器；没有装时 ``None``。"""
    try:
        import tokenizers
    except ImportError:
        return None
    visible = visible_bytes()

    def written(token: bytes) -> str:
        return "".join(visible[byte] for byte in token)

    model = tokenizers.models.BPE({written(token): i for i, token in vocab.items()}, [(written(a), written(b)) for a, b in merges])
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def visible_bytes() -> dict[int, str]:
    """GPT-2 的写法：可见的字节写成自己，其余从 U+0100 起依次另配一个字符。"""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {byte: chr(byte) for byte in shown} | {byte: chr(256 + n) for n, byte in enumerate(hidden)}
