"""第 4 章：改掉几成之后水印的 z 还剩几成；数取自实验“第二道门：水印”，两条虚线是式子。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
TARGET = CHAPTER / "figures/watermark-attacks.svg"


def draw() -> str:
    """整张图：横轴是改动的比例，纵轴是剩下的 z。"""
    values = json.loads((CHAPTER / "data/watermark.json").read_text("utf-8"))["values"]
    xs = values["fractions"]
    start = values["attacks"]["delete"][0]["z"]
    lines = [Series(name, [(x, row["z"]) for x, row in zip(xs, values["attacks"][key], strict=True)]) for key, name in (("delete", "删除"), ("substitute", "替换"))]
    lines += [
        Series("(1−ε)^1.5", [(x, start * (1 - x) ** 1.5) for x in xs], "5 4"),
        Series("(1−ε)²", [(x, start * (1 - x) ** 2) for x in xs], "5 4"),
    ]
    return line_chart("watermark-attacks", lines, "改动的比例 ε", "平均的 z", width=480, height=340)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
