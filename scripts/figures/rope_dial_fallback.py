"""画刻度盘 rope-dial 的静态后备图，并写下浏览器测试要核对的答案；两样都出自 labs.architecture 的旋转。

    python scripts/figures/rope_dial_fallback.py

写出 docs/07-architecture/figures/rope-dial-fallback.svg 与 docs/07-architecture/data/rope-dial.json。
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from book.svg import Canvas

from labs.architecture.relative_score import mean_cosine, relative_score
from labs.architecture.rope import rope_frequencies, rotate

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
D_H, BASE = 8, 1e4
PLACES = ((5, 2), (25, 22))  # 一起挪 20 步


def hand(position: int, pair: int, theta: torch.Tensor) -> tuple[float, float]:
    """第 pair 对的内容 (1, 0) 在 position 处转到哪里。"""
    x = torch.zeros(1, 2 * theta.numel(), dtype=torch.float64)
    x[0, pair] = 1.0  # halves 配对：第 pair 对的头一个坐标
    turned = rotate(x, torch.tensor([position]), theta)[0]
    return turned[pair].item(), turned[theta.numel() + pair].item()


def angle(position: int, pair: int, theta: torch.Tensor) -> float:
    """转到的角度，0 到 2π。"""
    a, b = hand(position, pair, theta)
    return math.atan2(b, a) % (2 * math.pi)


def draw_dial(c: Canvas, x: float, y: float, r: float, m: int, n: int, theta: torch.Tensor) -> None:
    """一只表盘：q 与 k 两根指针，和它们的夹角。"""
    c.circle(x, y, r, "none", "grid")
    for deg in range(0, 360, 30):
        a, inner = math.radians(deg), r - (5 if deg % 90 else 9)
        c.path(f"M{x + r * math.cos(a):.1f} {y - r * math.sin(a):.1f}L{x + inner * math.cos(a):.1f} {y - inner * math.sin(a):.1f}", "mut", 1)
    q, k = hand(m, 0, theta), hand(n, 0, theta)
    gap = (angle(m, 0, theta) - angle(n, 0, theta)) % (2 * math.pi)
    arc = 0.36 * r
    c.path(
        f"M{x + arc * k[0]:.1f} {y - arc * k[1]:.1f}A{arc:g} {arc:g} 0 {int(gap > math.pi)} 0 {x + arc * q[0]:.1f} {y - arc * q[1]:.1f}",
        "c2",
        3,
    )
    for (a, b), name, shade, dash in ((q, "q", "c0", ""), (k, "k", "c1", "9 5")):
        c.path(f"M{x:g} {y:g}L{x + 0.95 * r * a:.1f} {y - 0.95 * r * b:.1f}", shade, 4, dash)
        c.text(x + 1.15 * r * a, y - 1.15 * r * b + 5, name, 15, fill=shade, bold=True)
    c.text(x, y + r + 38, f"m = {m}，n = {n}", 15, bold=True)
    c.text(x, y + r + 60, f"相差 {math.degrees(gap):.1f}°", 14, fill="c2")


def draw() -> str:
    """整张图。"""
    theta = rope_frequencies(D_H, BASE)
    c = Canvas("rope-dial-fallback", 480, 520)
    c.rect(0.5, 0.5, 479, 519, "bg", "grid")
    c.text(24, 32, "第 0 对，每个词元转 1 弧度：一起挪 20 步", 15, "start", bold=True)
    for x, (m, n) in zip((128, 352), PLACES, strict=True):
        draw_dial(c, x, 142, 78, m, n, theta)
    left, right, zero, unit = 56, 450, 406, 62
    c.path("M20 300H460", "grid")
    c.text(24, 324, f"d_h = {D_H}、b = 10,000 时，{D_H // 2} 对的平均得分", 14, "start", bold=True)
    distances = torch.arange(33, dtype=torch.float64)
    curve = mean_cosine(distances, theta).tolist()

    def px(s: float) -> float:
        return left + (right - left) * s / 32

    for v in (-1, 0, 1):
        c.path(f"M{left} {zero - unit * v}H{right}", "grid", 1)
        c.text(left - 8, zero - unit * v + 4, str(v).replace("-", "−"), 12, "end", "mut")
    for s in (0, 8, 16, 24, 32):
        c.text(px(s), 486, str(s), 12, fill="mut")
    c.text((left + right) / 2, 506, "距离 m − n", 13)
    c.path("M" + "L".join(f"{px(s):.1f} {zero - unit * v:.1f}" for s, v in enumerate(curve)), "c0", 2.4)
    c.path(f"M{px(3):.1f} {zero - unit}V{zero + unit}", "c1", 1.5)
    c.circle(px(3), zero - unit * curve[3], 5, "c1", "bg")
    c.text(px(3) + 10, zero + unit - 12, "两只表盘都落在距离 3", 13, "start", "c1")
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def answers() -> dict[str, Any]:
    """正文要用的数（values），和浏览器里逐例核对的角度、得分与曲线。"""
    dials: list[dict[str, Any]] = []
    for dim, base in ((2, 1e4), (4, 100.0), (8, 1e4), (64, 1.5e5), (128, 1e4), (128, 5e5)):
        theta = rope_frequencies(dim, base)
        for m, n in ((0, 0), (5, 2), (2, 5), (25, 22), (512, 500), (8191, 17)):
            for pair in sorted({0, dim // 4, dim // 2 - 1} & set(range(dim // 2))):
                for mode in ("both", "key"):
                    distance = (m if mode == "both" else 0) - n
                    here = torch.tensor([float(distance)])
                    one = theta[pair : pair + 1]
                    answer = {
                        "theta": theta[pair].item(),
                        "wavelength": 2 * math.pi / theta[pair].item(),
                        "q": angle(m if mode == "both" else 0, pair, theta),
                        "k": angle(n, pair, theta),
                        "pair_score": relative_score(here, one, torch.ones_like(one), torch.zeros_like(one)).item(),
                        "score": mean_cosine(here, theta).item(),
                    }
                    case = {"dim": dim, "base": base, "m": m, "n": n, "pair": pair, "mode": mode}
                    dials.append({**case, "answer": {key: float(f"{value:.12g}") for key, value in answer.items()}})
    curves = []
    for dim, base, limit in ((2, 1e4, 32), (8, 1e4, 32), (8, 1e4, 512), (128, 1e4, 8192), (128, 5e5, 32768)):
        values = mean_cosine(torch.arange(limit + 1).double(), rope_frequencies(dim, base))
        step = max(1, limit // 256)
        columns = [[s, values[s : s + step].min().item(), values[s : s + step].max().item()] for s in range(0, limit + 1, step)]
        below = (values < 0).nonzero()
        picked = [[round(number, 10) for number in columns[j]] for j in range(0, len(columns), max(1, len(columns) // 16))]
        case = {"dim": dim, "base": base, "range": limit, "columns": len(columns)}
        curves.append({**case, "every": max(1, len(columns) // 16), "picked": picked, "first_negative": int(below[0]) if len(below) else None})
    theta = rope_frequencies(D_H, BASE)
    values = {"relative_degrees": round(math.degrees(3.0), 1), "score_at_3": round(mean_cosine(torch.tensor([3.0]), theta).item(), 3)}
    return {"values": values, "dials": dials, "curves": curves}


def data() -> str:
    """答案写成 JSON，一例一行：改一处，差异只有一行。"""
    groups = []
    for key, group in answers().items():
        groups.append(f'"{key}": ' + (json.dumps(group) if isinstance(group, dict) else "[\n" + ",\n".join(map(json.dumps, group)) + "\n]"))
    return "{\n" + ",\n".join(groups) + "\n}\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/rope-dial-fallback.svg": draw(), CHAPTER / "data/rope-dial.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
