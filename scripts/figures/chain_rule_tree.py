"""第 1 章：一句话的概率是树上一条路，每条边乘一个条件概率；数取自 labs.introduction.chain_rule。"""

from __future__ import annotations

import math
from pathlib import Path

from book.svg import Canvas

from labs.introduction.chain_rule import REST, TOY, conditionals, log_probability

TARGET = Path(__file__).resolve().parents[2] / "docs/01-introduction/figures/chain-rule-tree.svg"
GOOD, ODD = ("他", "把", "书", "放在", "桌上"), ("他", "把", "桌", "放在", "书上")
LEFT, RIGHT, STEP, TOP = 112, 322, 92, 60  # 两条路的横坐标，一层的高
BOX_W, BOX_H = 58, 32


def spot(depth: int, odd: bool) -> tuple[float, float]:
    """第 depth 个词的中心；前两个词两句共用，画在中间。"""
    x = (LEFT + RIGHT) / 2 if depth <= 2 else (RIGHT if odd else LEFT)
    return x, TOP + STEP * (depth - 1)


def node(c: Canvas, depth: int, odd: bool, word: str, shade: str) -> None:
    """一个词的方框。"""
    x, y = spot(depth, odd)
    c.rect(x - BOX_W / 2, y - BOX_H / 2, BOX_W, BOX_H, "bg", shade)
    c.text(x, y + 6, word, 16, bold=True)


def edge(c: Canvas, depth: int, odd: bool, p: float, shade: str, width: float) -> None:
    """从上一个词到这个词的边，旁边写概率与它的自然对数。"""
    (x0, y0), (x1, y1) = spot(depth - 1, odd), spot(depth, odd)
    c.path(f"M{x0:g} {y0 + BOX_H / 2:g}L{x1:g} {y1 - BOX_H / 2 - 1:g}", shade, width, arrow=True)
    side = 1 if odd else -1
    anchor = "start" if odd else "end"
    x = (x0 + x1) / 2 + side * (12 if x0 == x1 else 56)  # 斜边旁边让开一点
    c.text(x, (y0 + y1) / 2 - 2, f"{p:g}", 14, anchor, shade, bold=True)
    c.text(x, (y0 + y1) / 2 + 15, f"ln = −{-math.log(p):.3f}", 13, anchor, "mut")


def rest(c: Canvas, depth: int, x: float, prefix: tuple[str, ...]) -> None:
    """没有画出来的词合成一格。"""
    shown = sum(p for w, p in TOY[prefix].items() if w in (GOOD[depth - 1], ODD[depth - 1]))
    c.text(x, TOP + STEP * (depth - 1) + 5, f"其余 {1 - shown:.3g}", 13, "middle", "mut")


def draw() -> str:
    """整张图，从上往下读。"""
    c = Canvas("chain-rule-tree", 434, 506)
    x, y = spot(1, False)
    c.text(x, 20, "句首", 14, fill="mut")
    c.path(f"M{x:g} 26V{y - BOX_H / 2 - 1:g}", "mut", 2, arrow=True)
    c.text(x - 12, 38, "0.2", 14, "end", "mut", bold=True)
    c.text(x + 12, 38, f"ln = −{-math.log(0.2):.3f}", 13, "start", "mut")
    edge(c, 2, False, TOY[("他",)]["把"], "mut", 2)
    for path, odd, shade in ((GOOD, False, "c0"), (ODD, True, "c1")):
        for depth in (3, 4, 5):
            edge(c, depth, odd, TOY[path[: depth - 1]][path[depth - 1]], shade, 2.5)
    node(c, 1, False, "他", "mut")
    node(c, 2, False, "把", "mut")
    for path, odd, shade in ((GOOD, False, "c0"), (ODD, True, "c1")):
        for depth in (3, 4, 5):
            node(c, depth, odd, path[depth - 1], shade)
        x, y = spot(5, odd)
        steps = conditionals(TOY, path)
        c.text(x, y + 40, f"乘积 {math.prod(steps):.0e}".replace("e-05", " × 10⁻⁵").replace("e-08", " × 10⁻⁸"), 15, fill=shade, bold=True)
        c.text(x, y + 60, f"对数之和 −{-log_probability(steps):.3f}", 14, fill="mut")
    rest(c, 3, (LEFT + RIGHT) / 2, ("他", "把"))
    assert REST in TOY[()]
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
