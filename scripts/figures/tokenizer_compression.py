"""第 7 章：词表越大，一个词元装下的字符越多；同样大的词表，合学两种语言不如只学一种。"""

import json
from pathlib import Path

from book.svg import Series, line_chart

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/tokenizer-compression.svg"
LINES = {"en_by_en": "英文，英词表", "en_by_both": "英文，中英表", "zh_by_zh": "中文，中词表", "zh_by_both": "中文，中英表"}


def draw() -> str:
    """整张图，数据来自实验“分词器体检”。"""
    curves = json.loads((CHAPTER / "data/tokenizers.json").read_text("utf-8"))["values"]["curves"]
    last = curves["zh_by_zh"][-1][0]  # 中文语料小，词表到这里就长不大了；四条线画到同一处
    series = [
        Series(name, [(x, y) for x, y in curves[key] if x <= last], "6 4" if key.endswith("both") else "")
        for key, name in LINES.items()
    ]
    return line_chart("tokenizer-compression", series, "词表大小", "每个词元的字符数", height=320)


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
