"""第 7 章：最大注意力权重随头宽的变化，数据来自实验“缩放、归一化与掩码”。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/attention-scaling.svg"
NAMES = {"raw": ("不缩放", ""), "scaled": ("除以 √d_h", ""), "by_width": ("除以 d_h", "6 4")}


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/attention-lab.json").read_text("utf-8"))["values"]["scaling"]
    series = [
        Series(name, list(zip(values["d_h"], values["max_weight"][key], strict=True)), dash) for key, (name, dash) in NAMES.items()
    ]
    return line_chart("attention-scaling", series, "头的宽度 d_h", "最大权重的平均值", log_x=True, y_range=(0, 1))


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
