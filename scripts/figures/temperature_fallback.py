"""画“温度旋钮”的静态后备图，写下两张真的分布、正文要用的数和浏览器里逐例核对的答案；都出自 labs.introduction。

    python scripts/figures/temperature_fallback.py

写出 docs/01-introduction/figures/temperature-fallback.svg 与 docs/01-introduction/data/temperature.json。
网页上的 temperature-model.js 里抄着同样的两张分布，浏览器测试要求两边一样。
"""

from __future__ import annotations

import json
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from book.minstd import uniforms
from book.svg import Canvas
from torch import Tensor

from labs.common.udhr import sections
from labs.introduction.information import entropy
from labs.introduction.kneser_ney import KneserNey
from labs.introduction.sampling import draw as pick
from labs.introduction.sampling import min_p, temper, top_k, top_p
from labs.introduction.text_codec import CODE_POINTS

CHAPTER = Path(__file__).resolve().parents[2] / "docs/01-introduction"
TRAIN, N = 21, 5  # 与 lab-shannon-ngram.py 相同：序言和前 20 条，五元
FIVE = ("今天天气真", "好热冷怪蓝", (0.4, 0.3, 0.15, 0.1, 0.05))
CONTEXTS = {"en": ("eng", "Everyone has the right to t"), "zh": ("cmn_hans", "人人有")}
DRAWS = 20

Setting = dict[str, float | None]
SETTINGS: list[tuple[float, int | None, float | None, float | None]] = [
    (1, None, None, None),
    (0, None, None, None),
    (0.2, None, None, None),
    (0.5, None, None, None),
    (2, None, None, None),
    (0.0001, None, None, None),
    (1, 2, None, None),
    (1, 999, None, None),
    (1, None, 0.9, None),
    (1, None, 0.8, None),
    (1, None, 1e-9, None),
    (1, None, None, 0.1),
    (1, None, None, 1),
    (2, None, 0.9, None),
    (2, None, 0.6, None),
    (2, None, None, 0.1),
    (1.5, 20, 0.95, 0.02),
    (0.7, 4, 0.9, 0.1),
    (100, 50, 0.5, 0.5),
    (float("inf"), None, 0.9, None),
]


@cache
def groups(name: str) -> list[tuple[float, str]]:
    """五元模型在上文之后的分布，从大到小，值留六位有效数字；同值的词元连写。“没见过”一格不抽，去掉。"""
    language, context = CONTEXTS[name]
    model = KneserNey("\n".join(sections(language)[:TRAIN]), N, CODE_POINTS)
    p = model.distribution(context)[:-1]
    values = [float(f"{x:.6g}") for x in (p / p.sum()).tolist()]
    ranked = sorted(zip(values, model.seen, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [(value, "".join(token for _, token in group)) for value, group in groupby(ranked, key=lambda pair: pair[0])]


@cache
def source(name: str) -> tuple[str, Tensor]:
    """词元与概率 (V,)，双精度，从大到小。"""
    if name == "five":
        return FIVE[1], torch.tensor(FIVE[2], dtype=torch.float64)
    weights = torch.tensor([value for value, text in groups(name) for _ in text], dtype=torch.float64)
    return "".join(text for _, text in groups(name)), weights / weights.sum()


def apply(p: Tensor, t: float = 1, k: int | None = None, threshold: float | None = None, ratio: float | None = None) -> Tensor:
    """温度 → top-k → top-p → min-p；None 表示不用。"""
    p = temper(p, t)
    p = p if k is None else top_k(p, k)
    p = p if threshold is None else top_p(p, threshold)
    return p if ratio is None else min_p(p, ratio)


def draws(p: Tensor, seed: int) -> list[int]:
    """用种子抽二十次，各得编号。"""
    return [int(pick(p, torch.tensor(u, dtype=torch.float64))) for u in uniforms(seed, DRAWS)]


def kept(p: Tensor) -> int:
    """还有几个不是零。"""
    return int((p > 0).sum())


def numbers() -> dict[str, Any]:
    """正文要用的数。"""
    values: dict[str, Any] = {}
    for name in ("five", *CONTEXTS):
        tokens, p = source(name)
        at = {"t0": apply(p, 0), "t05": apply(p, 0.5), "t1": p, "t2": apply(p, 2)}
        values[name] = {
            "size": len(tokens),
            "top": p[0].item(),
            "entropy": {key: entropy(q.tolist()) for key, q in at.items()},
            "first": {key: draws(q, 1).count(0) for key, q in at.items()},
            "mass_2": p[:2].sum().item(),
            "top_p": {"t1": kept(apply(p, 1, threshold=0.9)), "t2": kept(apply(p, 2, threshold=0.9))},
            "min_p": {"t1": kept(apply(p, 1, ratio=0.1)), "t2": kept(apply(p, 2, ratio=0.1))},
            "top_p_entropy": {"t2": entropy(apply(p, 2, threshold=0.9).tolist())},
            "min_p_entropy": {"t2": entropy(apply(p, 2, ratio=0.1).tolist())},
            "tail_t2": at["t2"][10:].sum().item(),
            "tail_t1": p[10:].sum().item(),
        }
        for key in ("t05", "t1", "t2"):
            values[name][f"draws_{key}"] = "".join(tokens[i] for i in draws(at[key], 1))
    return {key: rounded(value) for key, value in values.items()}


def rounded(value: Any) -> Any:
    """浮点数留六位有效数字。"""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def cases() -> list[dict[str, Any]]:
    """浏览器里逐例核对：每一步留几个、熵、前八项与最后一项、二十次抽取。"""
    out = []
    for name in ("five", *CONTEXTS):
        _, p = source(name)
        for seed, (t, k, threshold, ratio) in enumerate(SETTINGS, 1):
            steps = [apply(p, t), apply(p, t, k), apply(p, t, k, threshold), apply(p, t, k, threshold, ratio)]
            final = steps[-1]
            out.append(
                {
                    "source": name,
                    "t": str(t) if t == float("inf") else t,
                    "k": k,
                    "p": threshold,
                    "m": ratio,
                    "seed": seed,
                    "kept": [kept(q) for q in steps],
                    "entropy": float(f"{entropy(final.tolist()):.12g}"),
                    "head": [float(f"{x:.12g}") for x in [*final[:8].tolist(), final[-1].item()]],
                    "draws": draws(final, seed),
                }
            )
    return out


def data() -> str:
    """写成 JSON，一例一行：改一处，差异只有一行。"""
    distributions = {name: {"before": CONTEXTS[name][1], "groups": groups(name)} for name in CONTEXTS}
    rows = [json.dumps(row, ensure_ascii=False) for row in cases()]
    parts = [
        f'"values": {json.dumps(numbers(), ensure_ascii=False)}',
        '"distributions": {\n' + ",\n".join(f'"{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in distributions.items()) + "\n}",
        '"cases": [\n' + ",\n".join(rows) + "\n]",
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def draw() -> str:
    """三格：同样五个候选，温度 0.5、1、2。"""
    c = Canvas("temperature-fallback", 480, 500)
    c.rect(0.5, 0.5, 479, 499, "bg", "grid")
    tokens, p = source("five")
    c.text(20, 32, f"“{FIVE[0]}”之后的五个候选，三个温度", 16, "start", bold=True)
    for j, t in enumerate((0.5, 1, 2)):
        q, top = apply(p, t).tolist(), 62 + 148 * j
        c.text(20, top, f"T = {t}", 14, "start", bold=True)
        c.text(460, top, f"熵 {entropy(q):.3f} 比特", 13, "end", "mut")
        for i, (token, x) in enumerate(zip(tokens, q, strict=True)):
            y = top + 12 + 23 * i
            c.text(34, y + 15, token, 14)
            c.rect(56, y + 3, max(340 * x / 0.6, 1), 15, "c0", "none", 2)
            c.text(460, y + 15, f"{x:.3f}", 13, "end")
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/temperature-fallback.svg": draw(), CHAPTER / "data/temperature.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
