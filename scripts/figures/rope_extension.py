"""第 7 章：训练长度之外的得分，以及位置内插、NTK 感知、YaRN 各把它改成什么样；顺带写下正文要用的数。

    python scripts/figures/rope_extension.py

写出 docs/07-architecture/figures/rope-extension.svg 与 docs/07-architecture/data/rope-extension.json。
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from book.svg import Canvas

from labs.architecture.context_extension import interpolate, ntk_base, turns, yarn_frequencies, yarn_temperature
from labs.architecture.relative_score import fit_scores, mean_cosine, relative_score
from labs.architecture.rope import proportional_frequencies, rope_frequencies

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
D_ROT, BASE, LENGTH, SCALE = 128, 1e4, 2048, 4
# 名字、颜色、虚线
WAYS = {"none": ("不改", "c1", ""), "pi": ("PI", "c0", "7 4"), "ntk": ("NTK", "c3", "2 4"), "yarn": ("YaRN", "c2", "")}
# 转 d_rot 维、底、训练长度；出处见正文的表
MODELS = {
    "llama": (128, 1e4, 2048),
    "llama_2": (128, 1e4, 4096),
    "llama_3": (128, 5e5, 8192),
    "qwen_3": (128, 1e6, 32768),
    "gpt_oss": (64, 1.5e5, 4096),
    "qwen_3_5": (64, 1e7, 262144),
}


def frequencies(scale: float, length: int) -> dict[str, torch.Tensor]:
    """四种频率：不改、位置内插、NTK 感知、YaRN。"""
    theta = rope_frequencies(D_ROT, BASE)
    return {
        "none": theta,
        "pi": interpolate(theta, scale),
        "ntk": rope_frequencies(D_ROT, ntk_base(BASE, scale, D_ROT)),
        "yarn": yarn_frequencies(D_ROT, BASE, scale, length),
    }


def curves(step: int = 1) -> tuple[torch.Tensor, dict[str, torch.Tensor], float]:
    """距离、四条得分曲线、训练长度之内最大的误差。目标是从 1 线性降到 −1 的“越远分越低”。"""
    trained = torch.arange(LENGTH, dtype=torch.float64)
    target = 1 - 2 * trained / LENGTH
    A, B = fit_scores(trained, target, rope_frequencies(D_ROT, BASE))
    error = (relative_score(trained, rope_frequencies(D_ROT, BASE), A, B) - target).abs().max().item()
    distances = torch.arange(0, SCALE * LENGTH + 1, step, dtype=torch.float64)
    ways = {name: relative_score(distances, theta, A, B) for name, theta in frequencies(SCALE, LENGTH).items()}
    return distances, ways, error


def draw() -> str:
    """整张图。"""
    c = Canvas("rope-extension", 640, 400)
    left, right, top, bottom = 64, 566, 46, 336
    distances, ways, _ = curves(64)

    def px(s: float) -> float:
        return left + (right - left) * s / (SCALE * LENGTH)

    def py(y: float) -> float:
        return bottom - (y + 1.1) / 2.2 * (bottom - top)

    c.rect(left, top, px(LENGTH) - left, bottom - top, "c5", "none", 0, 0.14)
    c.text((left + px(LENGTH)) / 2, top - 12, "训练时见过的距离", 13, fill="mut")
    c.text((px(LENGTH) + right) / 2, top - 12, "没有见过的距离", 13, fill="mut")
    for y in (-1, -0.5, 0, 0.5, 1):
        c.path(f"M{left} {py(y):.1f}H{right}", "grid", 1)
        c.text(left - 8, py(y) + 4, f"{y:g}".replace("-", "−"), 13, "end", "mut")
    for s in range(0, SCALE * LENGTH + 1, LENGTH):
        c.text(px(s), bottom + 20, f"{s:,}", 13, fill="mut")
    c.path(f"M{left} {top}V{bottom}H{right}", "mut", 1)
    c.text((left + right) / 2, 388, "查询与键的距离 m − n（词元）", 14)
    c.parts.append(f'<g transform="translate(18 {(top + bottom) / 2:g}) rotate(-90)">')
    c.text(0, 0, "得分", 14)
    c.parts.append("</g>")
    for name, (word, shade, dash) in WAYS.items():
        points = zip(distances.tolist(), ways[name].tolist(), strict=True)
        c.path("M" + "L".join(f"{px(s):.1f} {py(y):.1f}" for s, y in points), shade, 2.4, dash)
        c.text(right + 8, py(ways[name][-1].item()) + 5, word, 14, "start", shade, bold=True)
    return c.render()


def answers() -> dict[str, Any]:
    """正文要用的数。"""
    distances, ways, error = curves()
    at = {key: round(k * LENGTH) for key, k in (("d64", 1 / 32), ("d1", 1), ("d1_25", 1.25), ("d2", 2), ("d3", 3), ("d4", 4))}
    theta = rope_frequencies(D_ROT, BASE)
    slowdown = {name: (theta / changed)[[0, 32, 63]].tolist() for name, changed in frequencies(8, 4096).items()}
    extension: dict[str, Any] = {"error": error}
    for name, curve in ways.items():
        lowest = int(curve.argmin())
        extension[name] = {key: decimals(curve[s]) for key, s in at.items()} | {
            "drop64": decimals(curve[0] - curve[64]),
            "lowest_at": lowest,
            "lowest": decimals(curve[lowest]),
        }
    gamma = (turns(theta, 4096)[32].item() - 1) / (32 - 1)  # 论文的斜坡：对圈数线性
    bases = {}
    for name, (d_rot, base, length) in MODELS.items():
        n = turns(rope_frequencies(d_rot, base), length)
        bases[name] = {"pairs": d_rot // 2, "unfinished": int((n < 1).sum()), "slowest": n[-1].item()}
    return {
        "extension": extension,
        "slowdown": {name: dict(zip(("fast", "middle", "slow"), row, strict=True)) for name, row in slowdown.items()},
        "yarn_by_turns_middle": 1 / ((1 - gamma) / 8 + gamma),
        "turns": dict(zip(("fast", "middle", "slow"), turns(theta, 4096)[[0, 32, 63]].tolist(), strict=True)),
        "temperature": {"cos": yarn_temperature(8), "score": yarn_temperature(8) ** 2},
        "bases": bases,
        "first_negative": {
            f"base_{base:.0f}": int((mean_cosine(torch.arange(20_000).double(), rope_frequencies(128, base)) < 0).nonzero()[0])
            for base in (1e4, 5e5)
        },
        "gemma_4_slowest_wavelength": 2 * math.pi / proportional_frequencies(512, 1e6, 0.25)[63].item(),
    }


def decimals(value: torch.Tensor) -> float:
    """留四位小数：最小二乘的末位在不同的机器上会差。加 0.0 把 −0.0 写成 0.0。"""
    return round(value.item(), 4) + 0.0


def rounded(value: Any) -> Any:
    """浮点数留四位有效数字。"""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def data() -> str:
    """结果写成 JSON。"""
    return json.dumps({"values": rounded(answers())}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/rope-extension.svg": draw(), CHAPTER / "data/rope-extension.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.write_text(content, "utf-8")
