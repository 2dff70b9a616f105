"""第 7 章：16 × 16 的表写入多少对之后读错多少，数据来自实验“定长状态记得住多少”。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/memory-error.svg"
NAMES = {"sum": ("相加", ""), "delta": ("Delta 规则", ""), "best": ("最好的表", "6 4")}
LAST = 32  # 再往后，相加的一条把另两条压平


def draw() -> str:
    """整张图。"""
    values = json.loads((CHAPTER / "data/recall.json").read_text("utf-8"))["values"]["capacity"]
    series = [
        Series(name, [(n, e) for n, e in zip(values["n_pairs"], values["error"][rule], strict=True) if n <= LAST], dash)
        for rule, (name, dash) in NAMES.items()
    ]
    return line_chart("memory-error", series, "写入的键值对数", "相对误差", y_range=(0, 2))


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
