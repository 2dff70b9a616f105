"""第 4 章：六种策略各泄漏几成、平时办成几成；数取自实验“第三道门：权限隔离”。"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Canvas

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
TARGET = CHAPTER / "figures/injection-policies.svg"
NAMES = {"none": "不设防", "confirm": "人工确认", "filter": "过滤", "both": "过滤＋确认", "endorse": "隔离＋认可", "separate": "权限隔离"}
LEFT, WIDTH, GAP, TOP, ROW = 96, 104, 62, 54, 34


def draw() -> str:
    """左边是泄漏的份额，右边是没有攻击时办成的份额。"""
    values = json.loads((CHAPTER / "data/injection.json").read_text("utf-8"))["values"]["policies"]
    c = Canvas("injection-policies", LEFT + 2 * (WIDTH + GAP), TOP + ROW * len(NAMES) + 8)
    for column, (key, title, shade) in enumerate((("leaked", "泄漏（有攻击）", "c1"), ("done", "办成（没有攻击）", "c0"))):
        x = LEFT + column * (WIDTH + GAP)
        c.text(x, 28, title, 14, "start", bold=True)
        c.path(f"M{x} {TOP - 12}V{TOP + ROW * len(NAMES) - 8}", "mut", 1)
        for row, name in enumerate(NAMES):
            y = TOP + ROW * row
            value = values[name][key]
            if value > 0:
                c.rect(x, y - 9, round(WIDTH * value, 1), 18, shade, "none", 0)
            label = f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"
            c.text(round(x + WIDTH * value + 6, 1), y + 5, label, 13, "start", "fg")
            if not column:
                c.text(LEFT - 10, y + 5, NAMES[name], 14, "end", bold=name == "separate")
    return c.render()


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
