"""第 2 章：漏掉一个词与掺进垃圾，困惑度各涨几倍；数取自 labs.capabilities.perplexity_bounds。"""

from __future__ import annotations

import math
from pathlib import Path

from book.svg import Canvas

from labs.capabilities.perplexity_bounds import mixture_bound, perplexity

TARGET = Path(__file__).resolve().parents[2] / "docs/02-capabilities/figures/two-errors.svg"
LEFT, RIGHT, TOP, BOTTOM = 58, 418, 34, 286
LOW = -6  # 横轴到 10 的负六次方
PAGE = (1 / 2, 1 / 4, 1 / 8, 1 / 4)  # 正文的四个词元
SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def px(share: float) -> float:
    """第三个词的概率剩下几成 → 横坐标，对数，1 在左。"""
    return LEFT + (RIGHT - LEFT) * math.log10(share) / LOW


def py(factor: float) -> float:
    """困惑度的倍数 → 纵坐标，对数，1 到 100。"""
    return BOTTOM - math.log10(factor) / 2 * (BOTTOM - TOP)


def draw() -> str:
    """整张图。"""
    c = Canvas("two-errors", 434, 338)
    for factor in (1, 3, 10, 30, 100):
        c.path(f"M{LEFT} {py(factor):.1f}H{RIGHT}", "grid", 1)
        c.text(LEFT - 8, round(py(factor) + 4, 1), str(factor), 13, "end", "mut")
    for exponent in range(0, LOW - 1, -2):
        label = "1" if exponent == 0 else "10" + str(exponent).translate(SUPER)
        c.text(px(10.0**exponent), BOTTOM + 20, label, 13, fill="mut")
    c.path(f"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}", "mut", 1)
    c.text((LEFT + RIGHT) / 2, 328, "第三个词的概率剩下几成", 14)
    c.text(LEFT - 46, TOP - 14, "困惑度是原来的几倍", 14, "start")
    base = perplexity(PAGE)
    starve = [(10.0 ** (LOW * i / 60), i) for i in range(61)]
    line = [(px(s), py(perplexity((*PAGE[:2], PAGE[2] * s, PAGE[3])) / base)) for s, _ in starve]
    c.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line), "c1", 2.5)
    c.text(px(1e-3) - 12, round(py(1000**0.25) - 14, 1), "漏一个词：没有上限", 14, "end", "c1", bold=True)
    for epsilon, dash in ((0.05, ""), (0.5, "7 4")):
        y = py(mixture_bound(base, epsilon) / base)
        c.path(f"M{LEFT} {y:.1f}H{RIGHT}", "c0", 2.5, dash)
        c.text(RIGHT - 4, round(y - 7, 1), f"每步掺 {epsilon:.0%} 垃圾：至多 {1 / (1 - epsilon):.2f} 倍", 14, "end", "c0", bold=True)
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
