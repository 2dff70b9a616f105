"""第 7 章：四个随机初始化的循环网络，梯度随距离怎样变；数取自 labs.architecture.gradient_flow。"""

from __future__ import annotations

import math
from pathlib import Path

from book.svg import Canvas

from labs.architecture.gradient_flow import STEPS, compare_cells

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/gradient-distance.svg"
LEFT, RIGHT, TOP, BOTTOM = 58, 418, 30, 330
LOW, HIGH = -12, 2  # 纵轴是 10 的几次方；更小的不画
SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def px(t: float) -> float:
    """步数 → 横坐标。"""
    return LEFT + (RIGHT - LEFT) * t / STEPS


def py(norm: float) -> float:
    """梯度大小 → 纵坐标，对数。"""
    return BOTTOM - (math.log10(norm) - LOW) / (HIGH - LOW) * (BOTTOM - TOP)


def draw() -> str:
    """整张图。"""
    c = Canvas("gradient-distance", 434, 384)
    for exponent in range(LOW, HIGH + 1, 2):
        y = py(10.0**exponent)
        c.path(f"M{LEFT} {y:.1f}H{RIGHT}", "grid", 1)
        c.text(LEFT - 8, round(y + 4, 1), "1" if exponent == 0 else "10" + str(exponent).translate(SUPER), 13, "end", "mut")
    for t in (0, 20, 40, 60, 80, 100):
        c.text(px(t), BOTTOM + 20, str(t), 13, fill="mut")
    c.path(f"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}", "mut", 1)
    c.text((LEFT + RIGHT) / 2, 374, "隔了几步", 14)
    c.text(LEFT - 46, TOP - 12, "对起点状态的导数（最大奇异值）", 14, "start")
    cells = compare_cells()
    lines = (  # 名字、颜色、虚线、标签的位置
        ("lstm_open", "c0", "", "LSTM，遗忘门约 0.99", px(34), py(10) - 12),
        ("rnn_large", "c2", "9 4", "RNN，谱半径 1.1", px(67), py(1e-5) - 2),
        ("lstm", "c1", "2 3", "LSTM，默认", px(56), py(1e-11) + 4),
        ("rnn", "c3", "", "RNN，默认", px(7), py(1e-9) + 4),
    )
    for name, color, dash, label, x, y in lines:
        points = [(t, norm) for t, norm in enumerate([1.0, *cells[name]]) if norm >= 10.0**LOW]
        c.path("M" + "L".join(f"{px(t):.1f} {py(norm):.1f}" for t, norm in points), color, 2.5, dash)
        c.text(round(x, 1), round(y, 1), label, 14, "start", color, bold=True)
    c.path("M" + "L".join(f"{px(t):.1f} {py(0.99**t):.1f}" for t in (0, STEPS)), "mut", 1.5, "4 4")
    c.text(RIGHT - 4, round(py(0.99**STEPS) + 20, 1), "只走直路：0.99 的幂", 13, "end", "mut")
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
