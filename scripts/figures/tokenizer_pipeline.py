"""第 7 章：一句话从文本到编号的五步，与同一句话在四个分词器里的四种切法。"""

import json
from pathlib import Path

from book.svg import Canvas

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
TARGET = CHAPTER / "figures/tokenizer-pipeline.svg"
STEPS = (("规范化", "NFC，或不做"), ("预分词", "正则切段"), ("字节", "UTF-8"), ("合并", "按训练的次序"), ("编号", "查词表"))
ROWS = {"english": ("只学英文", "词表 768"), "ours": ("中英合学", "词表 1,280"), "qwen": ("Qwen3.6", ""), "deepseek": ("DeepSeek-V4", "")}
LEFT, BYTE = 118, 28.6  # 左边的名字占多宽；一个字节占多宽


def pipeline(c: Canvas) -> None:
    """上半部分：五个方框，依次相接。"""
    for number, (name, note) in enumerate(STEPS):
        x = 6 + 126 * number
        c.rect(x, 16, 104, 52, "c0", "c0", opacity=0.12)
        c.text(x + 52, 38, name, 16, bold=True)
        c.text(x + 52, 58, note, 11, fill="mut")
        if number:
            c.path(f"M{x - 22} 42H{x - 4}", "fg", 1.5, arrow=True)


def size(piece: str) -> int:
    """一个词元占几个字节；凑不成字的写成了十六进制。"""
    return len(piece) // 2 if piece.isascii() else len(piece.encode())


def draw() -> str:
    """整张图，切法来自实验“分词器体检”。"""
    sentence = json.loads((CHAPTER / "data/tokenizers.json").read_text("utf-8"))["values"]["sentence"]
    c = Canvas("tokenizer-pipeline", 640, 350)
    pipeline(c)
    for number, char in enumerate(sentence["text"]):
        middle = LEFT + BYTE * (3 * number + 1.5)
        c.text(middle, 112, char, 20, bold=True)
        c.text(middle, 132, char.encode().hex(" ").upper(), 12, fill="mut", mono=True)
    for row, (key, (name, note)) in enumerate(ROWS.items()):
        pieces, y, x = sentence["cuts"][key], 148 + 50 * row, float(LEFT)
        c.text(4, y + 16, name, 14, "start", bold=True)
        c.text(4, y + 33, f"{note}，{len(pieces)} 个" if note else f"{len(pieces)} 个", 11, "start", "mut")
        for index, piece in enumerate(pieces):
            wide = BYTE * size(piece)
            shade = f"c{index % 2}"
            c.rect(x + 1, y, wide - 2, 38, shade, shade, radius=4, opacity=0.18)
            c.text(x + wide / 2, y + 25, piece, 11 if piece.isascii() else 17, mono=piece.isascii())
            x += wide
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
