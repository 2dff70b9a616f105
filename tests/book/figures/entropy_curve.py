"""画熵的曲线：横轴是正面的概率，最高点在二分之一处。"""

from math import log2
from pathlib import Path


def draw() -> str:
    """整张图的 SVG。"""
    points = [(x, -sum(p * log2(p) for p in (x / 20, 1 - x / 20))) for x in range(1, 20)]
    line = " ".join(f"{5 * x:g},{55 - 50 * y:.1f}" for x, y in points)
    style = "fill:none;stroke:var(--c0, #0b63b0)"
    head = '<svg xmlns="http://www.w3.org/2000/svg" id="entropy-curve" viewBox="0 0 100 60">'
    return f'{head}\n<polyline points="{line}" style="{style}"/>\n</svg>\n'


if __name__ == "__main__":
    target = Path(__file__).resolve().parents[2] / "docs/01-introduction/figures/entropy-curve.svg"
    target.write_text(draw(), encoding="utf-8", newline="\n")
