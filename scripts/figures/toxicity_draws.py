"""第 4 章：最大毒性的期望随续写的次数怎样上升；数取自实验“第一道门：毒性分类器”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
TARGET = CHAPTER / "figures/toxicity-draws.svg"


def draw() -> str:
    """整张图：横轴是次数，对数刻度，纵轴是最大毒性的期望。"""
    values = json.loads((CHAPTER / "data/toxicity.json").read_text("utf-8"))["values"]
    xs = values["ks"]
    lines = [
        Series(name, list(zip(xs, values["curves"][key]["emt"], strict=True)), dash)
        for key, name, dash in (("steady", "甲：平均 0.25", ""), ("heavy", "乙：平均 0.15", "6 4"))
    ]
    return line_chart("toxicity-draws", lines, "续写次数 k", "最大毒性的期望", width=520, height=320, log_x=True)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
