"""第 3 章：精确率与漏报率定了，基率越高，被逼出来的误报率越高；数由 labs.fairness.chouldechova 算出。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Series, line_chart

from labs.fairness.chouldechova import forced_fpr

TARGET = Path(__file__).resolve().parents[2] / "docs/03-harms-bias/figures/forced-fpr.svg"


def draw() -> str:
    """三条曲线：精确率 0.6、0.8、0.95，漏报率都是 0.2；横轴基率到 0.6。"""
    ps = [0.02 * k for k in range(1, 31)]
    lines = [Series(f"PPV {ppv:g}", [(p, forced_fpr(p, ppv, 0.2)) for p in ps]) for ppv in (0.6, 0.8, 0.95)]
    return line_chart("forced-fpr", lines, "基率 p", "被逼出来的误报率", width=480, height=340)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
