"""第 7 章：三句提示的正确答案在 SmolLM2-135M 各层的名次，数据来自实验“打开一个真实的模型”。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/real-model-lens.svg"
NAMES = {"beijing": ("北（首字节段）", "2 4"), "sum": ("17 + 25 的 4", "6 4"), "paris": ("Paris", "")}


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/real-model.json").read_text("utf-8"))["values"]["lens"]
    series = [Series(name, list(enumerate(values[key]["rank"])), dash) for key, (name, dash) in NAMES.items()]
    return line_chart("real-model-lens", series, "读到第几层（0 是词嵌入）", "正确答案的名次（1 是第一）", log_y=True)


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
