"""第 7 章：每一对转一圈要几个词元，与训练长度相比；换大的底，转不满一圈的对更多。"""

from __future__ import annotations

import math
from pathlib import Path

from book.svg import Canvas

from labs.architecture.context_extension import turns
from labs.architecture.rope import rope_frequencies

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/rope-wavelengths.svg"
D_ROT = 128
LINES = (("b = 10,000", 1e4, 4096, "c0", ""), ("b = 500,000", 5e5, 8192, "c1", "8 4"))  # Llama 2 与 Llama 3


def draw() -> str:
    """整张图：纵轴是波长的对数。"""
    c = Canvas("rope-wavelengths", 640, 400)
    left, right, top, bottom = 74, 516, 40, 336

    def px(i: float) -> float:
        return left + (right - left) * i / (D_ROT // 2 - 1)

    def py(wavelength: float) -> float:
        return bottom - (math.log10(wavelength) - 0.5) / 6.1 * (bottom - top)

    for exponent, label in ((1, "10"), (2, "100"), (3, "1,000"), (4, "1 万"), (5, "10 万"), (6, "100 万")):
        c.path(f"M{left} {py(10**exponent):.1f}H{right}", "grid", 1)
        c.text(left - 8, py(10**exponent) + 4, label, 13, "end", "mut")
    for i in (0, 16, 32, 48, 63):
        c.text(px(i), bottom + 20, str(i), 13, fill="mut")
    c.path(f"M{left} {top}V{bottom}H{right}", "mut", 1)
    c.text((left + right) / 2, 388, "第 i 对（共 64 对，d_h = 128）", 14)
    c.text(left - 60, top - 16, "转一圈要几个词元", 14, "start")
    for name, base, length, shade, dash in LINES:
        theta = rope_frequencies(D_ROT, base)
        wavelengths = (2 * math.pi / theta).tolist()
        unfinished = int((turns(theta, length) < 1).sum())
        first = D_ROT // 2 - unfinished
        last = D_ROT // 2 - 1  # 对数轴上是直线，两个端点就够
        c.path(f"M{px(0):.1f} {py(wavelengths[0]):.1f}L{px(first):.1f} {py(wavelengths[first]):.1f}", shade, 2, dash)
        c.path(f"M{px(first):.1f} {py(wavelengths[first]):.1f}L{px(last):.1f} {py(wavelengths[last]):.1f}", shade, 7)
        c.path(f"M{left} {py(length):.1f}H{px(first):.1f}", shade, 1.4, "3 3")
        c.text(left + 8, py(length) + (17 if base == 1e4 else -7), f"训练长度 {length:,}", 13, "start", shade)
        c.text(right + 8, py(wavelengths[-1]) + 5, name, 14, "start", shade, bold=True)
        c.text(right + 8, py(wavelengths[-1]) + 23, f"{unfinished} 对转不满一圈", 12, "start", shade)
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
