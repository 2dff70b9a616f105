"""第 1 章：字符 n 元模型的每字比特数；数取自实验“香农游戏与 n 元模型”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Canvas

CHAPTER = Path(__file__).resolve().parents[2] / "docs/01-introduction"
TARGET = CHAPTER / "figures/bits-per-char.svg"
LEFT, RIGHT, TOP, BOTTOM = 44, 318, 38, 330
HIGH = 10
LINES = (  # 语言、哪一份、名字、颜色、虚线
    ("zh", "test", "中文，没见过的", "c1", ""),
    ("en", "test", "英文，没见过的", "c0", ""),
    ("en", "train", "英文，训练过的", "c0", "5 4"),
    ("zh", "train", "中文，训练过的", "c1", "5 4"),
)


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/shannon-ngram.json").read_text("utf-8"))["values"]
    orders = values["n"]

    def px(n: int) -> float:
        return LEFT + (RIGHT - LEFT) * (n - orders[0]) / (orders[-1] - orders[0])

    def py(bits: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * bits / HIGH

    c = Canvas("bits-per-char", 440, 384)
    for bits in range(0, HIGH + 1, 2):
        c.path(f"M{LEFT} {py(bits):.1f}H{RIGHT}", "grid", 1)
        c.text(LEFT - 8, round(py(bits) + 5, 1), str(bits), 13, "end", "mut")
    for n in orders:
        c.text(px(n), BOTTOM + 20, str(n), 13, fill="mut")
    c.path(f"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}", "mut", 1)
    c.text((LEFT + RIGHT) / 2, 374, "n：看前面 n − 1 个字符", 14)
    c.text(4, TOP - 16, "每个字符的比特数", 14, "start")
    for language, split, name, shade, dash in LINES:
        row = values["curves"][language][split]
        c.path("M" + "L".join(f"{px(n):.1f} {py(bits):.1f}" for n, bits in zip(orders, row, strict=True)), shade, 2.5, dash)
        for n, bits in zip(orders, row, strict=True):
            c.circle(round(px(n), 1), round(py(bits), 1), 3.5, shade, "bg", f"{name}，n = {n}：{bits:.2f} 比特")
        nudge = {("en", "train"): -4, ("zh", "train"): 12}.get((language, split), 5)
        c.text(RIGHT + 12, round(py(row[-1]) + nudge, 1), name, 14, "start", shade, bold=True)
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
