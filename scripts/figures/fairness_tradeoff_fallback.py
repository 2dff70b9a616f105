"""画“公平不可兼得”的静态后备图，并写下浏览器测试要核对的答案；两样都出自 labs.fairness.thresholds。

    python scripts/figures/fairness_tradeoff_fallback.py

写出 docs/03-harms-bias/figures/fairness-tradeoff-fallback.svg 与 docs/03-harms-bias/data/fairness-tradeoff.json。
"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Canvas
from scipy.stats import norm

from labs.fairness.thresholds import METRICS, Group, match, metrics

CHAPTER = Path(__file__).resolve().parents[2] / "docs/03-harms-bias"
A, B, T = Group(0.5, 1.7), Group(0.2, 1.7), 0.85
PAIRS = ((A, B), (B, A), (Group(0.05, 3.0), Group(0.6, 0.4)), (Group(0.0, 1.0), Group(1.0, 2.0)), (Group(0.9, 4.0), Group(0.01, 0.2)))
CUTS = (-3.0, 0.0, 0.85, 2.5, 5.0)


def draw_group(c: Canvas, top: float, name: str, group: Group, t: float) -> None:
    """一群的两条曲线与门槛。"""
    xs = [-3.2 + k / 10 for k in range(105)]
    base = top + 120
    for weight, mean, shade in ((1 - group.p, 0.0, "c0"), (group.p, group.d, "c1")):
        points = " ".join(f"{24 + 42 * (x + 3.2):.1f},{base - 250 * weight * norm.pdf(x - mean):.1f}" for x in xs)
        c.path("M" + "L".join(points.split(" ")), shade, 2)
    c.path(f"M24 {base}H460", "grid")
    c.path(f"M{24 + 42 * (t + 3.2):.1f} {top + 8}V{base}", "fg", 2, "5 4")
    m = metrics(group, t)
    c.text(24, top + 4, f"{name}：基率 {group.p:g}，门槛 {t:.2f}", 14, "start", bold=True)
    c.text(456, top + 30, f"误报率 {m['fpr']:.2f}", 13, "end")
    c.text(456, top + 50, f"漏报率 {m['fnr']:.2f}", 13, "end")
    c.text(456, top + 70, f"精确率 {m['ppv']:.2f}", 13, "end", bold=True)


def draw() -> str:
    """两群，拉平精确率。"""
    c = Canvas("fairness-tradeoff-fallback", 480, 340)
    c.rect(0.5, 0.5, 479, 339, "bg", "grid")
    c.text(24, 28, "拉平精确率，误报率与漏报率被迫分开", 15, "start", bold=True)
    draw_group(c, 54, "甲群", A, T)
    draw_group(c, 194, "乙群", B, match(B, "ppv", metrics(A, T)["ppv"]))
    c.text(24, 332, "蓝线守约，橙线违约，虚线右边的一律拒", 12, "start", "mut")
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def data() -> str:
    """浏览器里逐例核对的指标与门槛，一例一行。"""
    rows = []
    for a, b in PAIRS:
        for t in CUTS:
            one = metrics(a, t)
            found = {m: match(b, m, one[m]) for m in METRICS}
            rows.append(json.dumps({"a": vars(a), "b": vars(b), "t": t, "metrics": one, "match": found}))
    return '{"values": {"cases": ' + str(len(rows)) + '},\n"cases": [\n' + ",\n".join(rows) + "\n]}\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/fairness-tradeoff-fallback.svg": draw(), CHAPTER / "data/fairness-tradeoff.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
