"""第 7 章：三种混合层的联想回忆正确率随键值对数的变化，数据来自实验“定长状态记得住多少”。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/recall-accuracy.svg"
LINES = (
    ("softmax", "distinct", "softmax", ""),
    ("delta", "rewrite", "Delta，改写", "6 4"),
    ("delta", "distinct", "Delta", ""),
    ("linear", "distinct", "相加", ""),
    ("linear", "rewrite", "相加，改写", "6 4"),
)


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/recall.json").read_text("utf-8"))["values"]["mqar"]
    series = [
        Series(name, list(zip(values["n_pairs"], values["accuracy"][kind][task], strict=True)), dash) for kind, task, name, dash in LINES
    ]
    return line_chart("recall-accuracy", series, "写入的键值对数", "答对的比例", y_range=(0, 1))


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
