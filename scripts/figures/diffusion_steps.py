"""第 7 章：四张车票，一步揭开几个字、先揭哪几个字，各写错几成；顺带写下正文要用的数。

    python scripts/figures/diffusion_steps.py

写出 docs/07-architecture/figures/diffusion-steps.svg 与 docs/07-architecture/data/diffusion-steps.json。
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from book.svg import Canvas

from labs.architecture.masked_diffusion import JointModel
from labs.architecture.unmasking import (
    Rule,
    confidence,
    entropy_bound,
    fixed_order,
    output_distribution,
    random_order,
    tickets,
    wrong_probability,
)

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
COUNT = 4
T = 2 * COUNT
SIZES = (1, 2, 4, 8)
LIMIT = 0.1  # DiffusionGemma 的默认限额，奈特
FIRST = [*range(0, T, 2), *range(1, T, 2)]  # 先揭每张的第一个字


def measure(rule: Rule) -> tuple[float, float]:
    """写错的概率与平均步数。"""
    joint = tickets(COUNT)
    distribution, steps = output_distribution(JointModel(joint), T, rule)
    return round(wrong_probability(joint, distribution), 6) + 0.0, round(steps, 6)


def answers() -> dict[str, Any]:
    """正文要用的数。"""
    rules = {
        "random": random_order,
        "confidence": confidence,
        "left": lambda n: fixed_order(range(T), n),
        "first": lambda n: fixed_order(FIRST, n),
    }
    wrong = {name: {f"n{n}": measure(rule(n))[0] for n in SIZES} for name, rule in rules.items()}
    error, steps = measure(entropy_bound(LIMIT))
    return {"wrong": wrong, "entropy": {"wrong": error, "steps": steps, "per_step": T / steps}}


def draw() -> str:
    """整张图：横轴是一步揭开几个字（对数），纵轴是写错的概率。"""
    values = answers()
    c = Canvas("diffusion-steps", 640, 380)
    left, right, top, bottom = 64, 600, 28, 312

    def px(n: float) -> float:
        return left + 16 + (right - left - 40) * math.log2(n) / 3

    def py(y: float) -> float:
        return bottom - y * (bottom - top)

    for y in (0, 0.25, 0.5, 0.75, 1):
        c.path(f"M{left} {py(y):.1f}H{right}", "grid", 1)
        c.text(left - 8, py(y) + 4, f"{y:.0%}", 13, "end", "mut")
    for n in SIZES:
        c.text(px(n), bottom + 22, str(n), 13, fill="mut")
    c.path(f"M{left} {top}V{bottom}H{right}", "mut", 1)
    c.text((left + right) / 2, 366, "平均一步揭开几个字（共 8 个字）", 14)
    c.parts.append(f'<g transform="translate(16 {(top + bottom) / 2:g}) rotate(-90)">')
    c.text(0, 0, "至少一张写错的概率", 14)
    c.parts.append("</g>")
    for name, shade, dash in (("left", "c1", "8 4"), ("random", "c0", ""), ("first", "c2", "2 4")):
        points = [(px(n), py(values["wrong"][name][f"n{n}"])) for n in SIZES]
        c.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), shade, 2.4, dash)
        for x, y in points:
            c.circle(x, y, 4, shade, "bg")
    c.text(px(2.05), py(0.9375) - 10, "从左到右", 14, "start", "c1", bold=True)
    c.text(px(2.75), py(0.31), "随机挑", 14, "start", "c0", bold=True)
    c.text(px(4) + 4, py(0) - 12, "先揭每张的第一个字", 14, "end", "c2", bold=True)
    x = px(values["entropy"]["per_step"])
    c.rect(x - 5, py(values["entropy"]["wrong"]) - 5, 10, 10, "c3", "bg", 1)
    c.text(x, py(0) - 12, "按熵限额", 14, "middle", "c3", bold=True)
    return c.render()


def data() -> str:
    """结果写成 JSON。"""
    return json.dumps({"values": answers()}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/diffusion-steps.svg": draw(), CHAPTER / "data/diffusion-steps.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.write_text(content, "utf-8")
