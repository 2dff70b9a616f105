"""画“猜还是不猜”的静态后备图，并写下正文与浏览器测试要核对的答案；两样都出自 labs.safety.abstention。

    python scripts/figures/guess_or_abstain_fallback.py

写出 docs/04-harms-toxicity/figures/guess-or-abstain-fallback.svg 与 docs/04-harms-toxicity/data/guess-or-abstain.json。
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from book.svg import Canvas

from labs.safety.abstention import TOY, compare, honest_cut, threshold, true_rate

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
C, GAMMAS = 3, (1, 2)
CASES = tuple((c, g) for c in (0, 0.5, 1, 2.25, 3, 9, 19) for g in (0.3, 0.5, 1, 1.7, 2, 3))


def draw_bars(c: Canvas, left: float, gamma: float) -> None:
    """一种模型：柱高是真的对几成，实心的是信自己说的话而作答的。"""
    x0, base, side = left + 30, 236, 180
    for v in (0, 0.5, 1):
        c.path(f"M{x0} {base - side * v:g}h190", "grid", 1)
        c.text(x0 - 6, base - side * v + 4, f"{v:g}", 12, "end", "mut")
        c.text(x0 + 190 * v, base + 16, f"{v:g}", 12, fill="mut")
    t = threshold(C)
    for q in TOY:
        p, on = true_rate(q, gamma), q > t
        c.rect(x0 + 190 * q - 7, base - side * p, 14, side * p, "c0" if on else "none", "c0" if on else "mut", 0)
    c.path(f"M{x0} {base}l190 {-side}", "mut", 1.5, "5 4")
    c.path(f"M{x0} {base - side * t:g}h190", "c1", 2)
    c.text(x0 + 4, base - side * t - 6, "门槛 0.75", 13, "start", "c1")
    result = compare(C, gamma)
    c.text(x0 + 95, 44, "校准" if gamma == 1 else f"说大了，γ = {gamma}", 14, bold=True)
    c.text(x0 + 95, base + 36, "说的把握", 12, fill="mut")
    for k, (name, way) in enumerate((("全猜", "guess"), ("高于 0.75 才答", "trust"), ("按真的划线", "honest"))):
        c.text(x0, base + 62 + 22 * k, name, 13, "start")
        c.text(x0 + 190, base + 62 + 22 * k, f"每题 {result[way].score:.3f} 分".replace("-", "−"), 13, "end")


def draw() -> str:
    """整张图。"""
    c = Canvas("guess-or-abstain-fallback", 480, 356)
    c.rect(0.5, 0.5, 479, 355, "bg", "grid")
    c.text(24, 24, "答错扣 3 分：柱高是真的对几成，实心的作答", 14, "start", bold=True)
    for left, gamma in zip((14, 246), GAMMAS, strict=True):
        draw_bars(c, left, gamma)
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def answers() -> dict[str, Any]:
    """values 给正文，cases 给浏览器逐例核对。"""
    result = {
        f"c{c}_g{g}": {way: asdict(value) for way, value in compare(c, g).items()}
        for c, g in ((0, 1), (1, 1), (3, 1), (3, 2), (3, 0.5), (9, 1), (9, 3))
    }
    values = {key.replace(".", ""): value for key, value in result.items()}
    cases = [
        {
            "c": c,
            "g": g,
            "t": threshold(c),
            "cut": honest_cut(threshold(c), g),
            **{way: asdict(value) for way, value in compare(c, g).items()},
        }
        for c, g in CASES
    ]
    return {"values": values, "cases": cases}


def data() -> str:
    """一例一行：改一处，差异只有一行。"""
    made = answers()
    values = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in made["values"].items())
    return f'{{\n"values": {{\n{values}\n}},\n"cases": [\n' + ",\n".join(map(json.dumps, made["cases"])) + "\n]\n}\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/guess-or-abstain-fallback.svg": draw(), CHAPTER / "data/guess-or-abstain.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
