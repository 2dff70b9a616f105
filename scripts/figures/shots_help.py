"""第 2 章：GPT-3 各任务从零样本到少样本的变化；数抄自论文的表 3.2、3.3、3.5、3.6、3.9 与 3.9.3 节。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/02-capabilities/figures/shots-help.svg"
ROWS = (  # 任务，零样本，少样本，论文列的最好成绩（没有则 None）；都是准确率
    ("3 位数加法", 34.2, 80.4, None),
    ("WebQuestions", 14.4, 41.5, 45.5),
    ("NaturalQuestions", 14.6, 29.9, 44.5),
    ("SAT 类比", 53.7, 65.2, None),
    ("LAMBADA", 76.2, 86.4, 68.0),
    ("5 位数加法", 0.7, 9.3, None),
    ("TriviaQA", 64.3, 71.2, 68.0),
    ("HellaSwag", 78.9, 79.3, 85.6),
    ("Winograd", 88.3, 88.6, 90.1),
    ("ARC 难题", 51.4, 51.5, 78.5),
)
LEFT, RIGHT, TOP, ROW = 152, 440, 56, 30


def px(percent: float) -> float:
    """百分数 → 横坐标。"""
    return LEFT + (RIGHT - LEFT) * percent / 100


def draw() -> str:
    """整张图。"""
    bottom = TOP + ROW * (len(ROWS) - 1) + 18
    c = Canvas("shots-help", RIGHT + 26, bottom + 30)
    for percent in range(0, 101, 20):
        c.path(f"M{px(percent):.1f} {TOP - 16}V{bottom}", "grid", 1)
        c.text(px(percent), bottom + 20, f"{percent}%", 13, fill="mut")
    legend = ((LEFT - 130, "bg", "零样本"), (LEFT - 40, "c0", "少样本"))
    for x, fill, label in legend:
        c.circle(x, 20, 6, fill, "c0")
        c.text(x + 12, 25, label, 14, "start")
    c.path(f"M{LEFT + 50} 12V28", "c1", 3)
    c.text(LEFT + 60, 25, "论文列的当时最好成绩", 14, "start")
    for i, (task, zero, few, best) in enumerate(ROWS):
        y = TOP + ROW * i
        c.text(LEFT - 14, y + 5, task, 14, "end")
        c.path(f"M{px(zero):.1f} {y}H{px(few):.1f}", "c0", 3)
        if best is not None:
            c.path(f"M{px(best):.1f} {y - 9}V{y + 9}", "c1", 3)
        c.circle(round(px(zero), 1), y, 6, "bg", "c0", f"零样本 {zero}%")
        c.circle(round(px(few), 1), y, 6, "c0", "c0", f"少样本 {few}%")
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
