"""第 3 章：只换种子字，效应量 d 落在哪里；数取自实验“种子词实验”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/03-harms-bias"
TARGET = CHAPTER / "figures/seed-swing.svg"


def draw() -> str:
    """整张图：横轴是 d，纵轴是 2,000 次里落在这一格的比例。"""
    values = json.loads((CHAPTER / "data/seed-words.json").read_text("utf-8"))["values"]
    edges = values["edges"]
    centres = [round((a + b) / 2, 2) for a, b in zip(edges, edges[1:], strict=False)]
    lines = [Series(name, list(zip(centres, values[key]["shares"], strict=True)), dash) for key, name, dash in (("gender", "性别", ""), ("control", "季节", "6 4"))]
    return line_chart("seed-swing", lines, "效应量 d（每格宽 0.2）", "落在这一格的比例", width=560, height=320)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
