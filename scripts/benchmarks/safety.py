"""水印的代价：生成时每个字多花几成，检测每个字花多少，检测的用时是不是随字数成正比。

生成量的是 BATCH 段一起写 WORDS 个字，加水印与不加轮流跑，同一个模型、同一串随机数。
检测不用模型，只做哈希；长文由测试集的诗接成，逐级加倍，比的是每个字的用时。
每项取最快的一遍：别的程序只会使它变慢。机器忙时只看比，不看值。
"""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks import Report
from benchmarks.lm import fastest
from labs.architecture.fused_lm import FusedLM
from labs.safety.detection import detect, scored_pairs
from labs.safety.watermark import Watermark, generate
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import Vocabulary, load_corpus

THREADS = 2
BATCH, WORDS = 16, 64
LENGTHS = (1_000, 2_000, 4_000, 8_000, 16_000)
KEY = 2026


def run(root: Path, report: Report) -> None:
    """全部测量。"""
    torch.set_num_threads(THREADS)
    model, vocabulary = load()
    generation(FusedLM(model), vocabulary, report)
    detection(report)


def generation(model: FusedLM, vocabulary: Vocabulary, report: Report) -> None:
    """写字：不加水印，加水印。"""
    found = fastest(
        {
            "不加水印": lambda: generate(model, vocabulary, None, BATCH, WORDS),
            "加水印": lambda: generate(model, vocabulary, Watermark(KEY), BATCH, WORDS),
        },
        BATCH * WORDS,
    )
    plain = found["不加水印"]
    for name, speed in found.items():
        report.add("生成", name, speed, "字/s", digits=0, against=None if name == "不加水印" else plain, note=f"{BATCH} 段一起写")


def detection(report: Report) -> None:
    """检测：字数逐级加倍，看每个字的用时变不变。"""
    text = long_text(max(LENGTHS))
    first = None
    for length in LENGTHS:
        piece = text[:length]
        speed = fastest({"检测": lambda piece=piece: detect(piece, KEY)}, length)["检测"]
        first = first or speed
        note = "比：与最短的一段；成正比就是 1" if length == LENGTHS[0] else f"不同的相邻两字 {len(scored_pairs(piece)):,} 对"
        report.add("检测", f"{length:,} 字", speed, "字/s", digits=0, against=None if speed is first else first, note=note)


def long_text(length: int) -> str:
    """测试集的诗首尾相接，截到 length 个字。"""
    text = "".join(load_corpus().test)
    if len(text) < length:
        raise SystemExit(f"测试集只有 {len(text)} 个字，不够 {length} 个")
    return text[:length]
