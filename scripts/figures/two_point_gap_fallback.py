"""画“两点差距是真的吗”的静态后备图，并写下浏览器测试要核对的答案；两样都出自 labs.capabilities.gap。

    python scripts/figures/two_point_gap_fallback.py

写出 docs/02-capabilities/figures/two-point-gap-fallback.svg 与 docs/02-capabilities/data/two-point-gap.json。
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from book.svg import Canvas

from labs.capabilities.gap import Z_95, cells, detectable_gap, items_needed, phi_range, redraw, standard_error

CHAPTER = Path(__file__).resolve().parents[2] / "docs/02-capabilities"
N, P1, P2 = 200, 0.71, 0.69  # 本章开头的一对：142 与 138
PHIS = {"phi_000": 0.0, "phi_033": 0.33, "phi_076": 0.76, "phi_093": 0.93}
CASES = (
    (200, 0.8, 0.82, 0.5), (200, 0.71, 0.69, 0.0), (200, 0.71, 0.69, 0.33), (200, 0.71, 0.69, 0.76), (200, 0.71, 0.69, 0.93),
    (4000, 0.71, 0.69, 0.0), (8000, 0.71, 0.69, 0.0), (20_000, 0.701, 0.7, 0.6), (50, 0.01, 0.99, -1.0), (50, 0.99, 0.99, 1.0),
    (1319, 0.95, 0.05, -0.9), (164, 0.5, 0.5, 0.0), (164, 0.5, 0.5, -1.0), (3001, 0.333, 0.25, -0.4), (199, 0.69, 0.71, -0.2),
)  # fmt: skip


def gaps(n: int, p1: float, p2: float, phi: float, times: int = 200, seed: int = 1) -> np.ndarray:
    """各次重抽里答对的题数之差。"""
    draws = redraw(n, p1, p2, phi, times, seed)
    return draws[:, 0] - draws[:, 1]


def tally(n: int, p1: float, p2: float, phi: float, seed: int = 1) -> dict[str, int]:
    """弱的赢了几次，打平几次，离 0 超过 1.96 个标准误（配对、不配对）的几次。"""
    gap = gaps(n, p1, p2, phi, seed=seed)
    over = [int((np.abs(gap) / n > Z_95 * standard_error(n, p1, p2, f)).sum()) for f in (phi, 0.0)]
    return {"upset": int((gap * np.sign(p1 - p2) < 0).sum()), "tie": int((gap == 0).sum()), "paired": over[0], "unpaired": over[1]}


def draw_cloud(c: Canvas, left: float, phi: float) -> None:
    """一团重抽：横轴乙的得分，纵轴甲的得分，对角线是一样高。"""
    x0, top, side, low, span = left + 30, 78, 176, 55, 30  # 得分 55% 到 85%
    for v in (60, 70, 80):
        a = side * (v - low) / span
        c.path(f"M{x0} {top + side - a:.1f}H{x0 + side}M{x0 + a:.1f} {top}V{top + side}", "grid", 1)
        c.text(x0 - 6, top + side - a + 4, str(v), 12, "end", "mut")
        c.text(x0 + a, top + side + 16, str(v), 12, fill="mut")
    c.path(f"M{x0} {top + side}L{x0 + side} {top}", "fg", 1.5, "5 4")
    paths = {"c0": "", "mut": "", "c1": ""}
    for one, two in redraw(N, P1, P2, phi).tolist():
        x, y = (side * (100 * k / N - low) / span for k in (two, one))
        paths["c0" if one > two else "c1" if one < two else "mut"] += f"M{x0 + x:.1f} {top + side - y:.1f}h0"
    for shade, d in paths.items():
        c.path(d, shade, 5)
        c.parts[-1] = c.parts[-1].replace("stroke-width:5", "stroke-width:5;stroke-linecap:round;stroke-opacity:.65")
    c.text(x0 + 8, top + 16, "甲赢", 13, "start", "c0")
    c.text(x0 + side - 8, top + side - 8, "乙赢", 13, "end", "c1")
    c.text(x0 + side / 2, 58, f"φ = {phi:g}：弱的乙赢了 {tally(N, P1, P2, phi)['upset']} 次", 14, bold=True)
    c.text(x0 + side / 2, top + side + 34, "乙的得分，%", 12, fill="mut")


def draw() -> str:
    """整张图。"""
    c = Canvas("two-point-gap-fallback", 480, 420)
    c.rect(0.5, 0.5, 479, 419, "bg", "grid")
    c.text(24, 30, "甲真的强 2 个百分点，200 道题，各重抽 200 次", 15, "start", bold=True)
    for left, phi in ((16, 0.0), (246, 0.76)):
        draw_cloud(c, left, phi)
    c.path("M20 304H460", "grid")
    middle, unit = 290, 13.0  # 一个百分点 13 像素
    c.text(24, 330, "差的 95% 区间", 14, "start", bold=True)
    c.path(f"M{middle} 336V388", "fg", 1.5, "5 4")
    for y, name, phi, shade in ((350, "当两份卷子", 0.0, "mut"), (376, "配对，φ = 0.76", 0.76, "c2")):
        low, high = (middle + unit * (100 * (P1 - P2) + sign * 100 * Z_95 * standard_error(N, P1, P2, phi)) for sign in (-1, 1))
        c.path(f"M{low:.1f} {y}H{high:.1f}", shade, 4)
        c.path(f"M{middle + unit * 2} {y - 6}v12", "fg", 2)
        c.text(24, y + 5, name, 13, "start")
    for v in (-5, 0, 5, 10):
        c.text(middle + unit * v, 406, str(v).replace("-", "−"), 12, fill="mut")
    c.text(24, 406, "甲 − 乙，百分点", 12, "start", "mut")
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def percent(x: float) -> float:
    """比例写成百分点，留三位小数。"""
    return round(100 * x, 3)


def answers() -> dict[str, Any]:
    """正文要用的数（values），和浏览器里逐例核对的公式与重抽。"""
    values: dict[str, Any] = {}
    for name, phi in PHIS.items():
        values[name] = {
            "se": percent(standard_error(N, P1, P2, phi)),
            "error": percent(Z_95 * standard_error(N, P1, P2, phi)),
            "gap": percent(detectable_gap(N, P1, P2, phi)),
            "need": items_needed(P1, P2, phi),
            **tally(N, P1, P2, phi),
        }
    values["n_4000"] = {"error": percent(Z_95 * standard_error(4000, P1, P2)), **tally(4000, P1, P2, 0.0)}
    values["n_8000"] = {"error": percent(Z_95 * standard_error(8000, P1, P2)), **tally(8000, P1, P2, 0.0)}
    values["n_2000_phi_076"] = tally(2000, P1, P2, 0.76)
    same = gaps(N, 0.7, 0.7, 0.76)
    values["same"] = {"one": int((same > 0).sum()), "two": int((same < 0).sum()), **tally(N, 0.7, 0.7, 0.76)}
    values["phi_low"], values["phi_high"] = (round(x, 3) for x in phi_range(P1, P2))
    cases = []
    for n, p1, p2, phi in CASES:
        numbers = {"cells": cells(p1, p2, phi), "range": phi_range(p1, p2)}
        for name, f in (("unpaired", 0.0), ("paired", phi)):
            need = None if p1 == p2 else items_needed(p1, p2, f)
            numbers[name] = (standard_error(n, p1, p2, f), detectable_gap(n, p1, p2, f), need)
        cases.append({"n": n, "p1": p1, "p2": p2, "phi": phi, "answer": numbers, "tally": tally(n, p1, p2, phi)})
    draws = []
    for (n, p1, p2, phi), seed in ((CASES[1], 1), (CASES[3], 2), (CASES[7], 1), (CASES[8], 999), (CASES[13], 12), (CASES[9], 3)):
        draws.append({"n": n, "p1": p1, "p2": p2, "phi": phi, "seed": seed, "right": redraw(n, p1, p2, phi, 200, seed).tolist()})
    return {"values": values, "cases": cases, "draws": draws}


def data() -> str:
    """答案写成 JSON，一例一行：改一处，差异只有一行。"""
    groups = []
    for key, group in answers().items():
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in group.items()] if isinstance(group, dict) else map(json.dumps, group)
        ends = "{}" if isinstance(group, dict) else "[]"
        groups.append(f'"{key}": {ends[0]}\n' + ",\n".join(lines) + f"\n{ends[1]}")
    return "{\n" + ",\n".join(groups) + "\n}\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/two-point-gap-fallback.svg": draw(), CHAPTER / "data/two-point-gap.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
