"""第 3 章：同一份宣言在三份词表里的词元数，相对于英文；数取自实验“语言税与替换测试”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Canvas

CHAPTER = Path(__file__).resolve().parents[2] / "docs/03-harms-bias"
TARGET = CHAPTER / "figures/token-tax.svg"
SHOWN = (
    "cmn_hans cmn_hant gan yue arb tha kor jpn ind deu_1996 rus vie tur swh ell_monotonic hin ccx kaz khk tam yor uig_arab mya iii khm lao amh bod"
).split()
LEFT, RIGHT, TOP, ROW, HIGHEST = 98, 466, 48, 19, 12


def draw() -> str:
    """整张图：一行一种语言，条是 Qwen3.6，竖线是 Qwen3，圆圈是 DeepSeek；竖的虚线是英文。"""
    values = json.loads((CHAPTER / "data/token-tax.json").read_text("utf-8"))["values"]
    rates, names = values["rates"], values["names_of"]
    order = sorted(SHOWN, key=lambda code: rates[code]["qwen36"])
    bottom = TOP + ROW * len(order)
    canvas = Canvas("token-tax", 480, bottom + 44)

    def x(rate: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * rate / HIGHEST, 1)

    legend(canvas)
    for mark in range(0, HIGHEST + 1, 2):
        canvas.path(f"M{x(mark)} {TOP - 6}V{bottom}", "grid", 1)
        canvas.text(x(mark), bottom + 18, str(mark), 12, fill="mut")
    canvas.text((LEFT + RIGHT) / 2, bottom + 36, "词元数是英文的几倍", 13, fill="mut")
    for row, code in enumerate(order):
        y = TOP + ROW * row
        rate = rates[code]
        canvas.text(LEFT - 8, y + 13, names[code], 12, "end")
        canvas.rect(LEFT, y + 4, x(rate["qwen36"]) - LEFT, 11, "c0", "c0", 1, 0.45)
        canvas.path(f"M{x(rate['qwen3'])} {y + 2}V{y + 17}", "c1", 2.5)
        canvas.circle(x(rate["deepseek"]), y + 9.5, 3.6, "bg", "c3")
    canvas.path(f"M{x(1)} {TOP - 6}V{bottom}", "fg", 1, "4 3")
    return canvas.render()


def legend(canvas: Canvas) -> None:
    """图上方的三个记号。"""
    canvas.rect(60, 14, 22, 11, "c0", "c0", 1, 0.45)
    canvas.text(88, 24, "Qwen3.6", 12, "start")
    canvas.path("M164 12V28", "c1", 2.5)
    canvas.text(173, 24, "Qwen3", 12, "start")
    canvas.circle(238, 20, 3.6, "bg", "c3")
    canvas.text(247, 24, "DeepSeek", 12, "start")
    canvas.path("M334 12V28", "fg", 1, "4 3")
    canvas.text(342, 24, "英文 = 1", 12, "start")


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
