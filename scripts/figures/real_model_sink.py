"""第 7 章：SmolLM2-135M 各层分给第一个词元的份额，按权重与按输出，数据来自实验“打开一个真实的模型”。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/real-model-sink.svg"
NAMES = {"share": ("注意力权重", ""), "carried": ("输出里的份额", "6 4")}


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/real-model.json").read_text("utf-8"))["values"]["sink"]
    series = [Series(name, list(enumerate(values[key])), dash) for key, (name, dash) in NAMES.items()]
    series.append(Series("平均分", [(0, values["uniform"]), (len(values["share"]) - 1, values["uniform"])], "2 4"))
    return line_chart("real-model-sink", series, "层（从 0 数起）", "分给第一个词元的份额", y_range=(0, 1))


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
