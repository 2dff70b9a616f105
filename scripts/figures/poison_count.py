"""第 4 章：唐诗的三元模型里，植入触发词要几句毒诗，随语料怎样变；数取自实验“几句毒诗”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
TARGET = CHAPTER / "figures/poison-count.svg"


def draw() -> str:
    """横轴是语料的字数，纵轴是要的毒句数。"""
    rows = json.loads((CHAPTER / "data/poisoning.json").read_text("utf-8"))["values"]["rows"].values()
    lines = [
        Series(name, [(round(row["characters"] / 10_000), row[key]) for row in rows])
        for key, name in (("common_needed", "明月"), ("rare_needed", "鼠月"))
    ]
    return line_chart("poison-count", lines, "语料，万字", "要的毒句", width=434, height=300)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
