"""第 1 章：每个词元的正确率平滑上升，整题全对却像突然出现；曲线是假设的，不是测量。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Series, line_chart

from labs.introduction.emergence import assumed_accuracy, exact_match

TARGET = Path(__file__).resolve().parents[2] / "docs/01-introduction/figures/exact-match.svg"
DECADES = range(9)
LINES = ((1, "一个词元"), (10, "十个全对"), (40, "四十个全对"))


def draw() -> str:
    """三条线：答案长 1、10、40 个词元。"""
    series = [Series(name, [(k, exact_match(assumed_accuracy(k), length)) for k in DECADES]) for length, name in LINES]
    return line_chart("exact-match", series, "算力增到 10 的几次方倍（假设）", "正确率", y_range=(0, 1))


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
