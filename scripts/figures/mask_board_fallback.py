"""画实验台 mask-board 的静态后备图，并写下浏览器测试要核对的答案；两样都出自 labs.architecture.kv_cache。

    python scripts/figures/mask_board_fallback.py

写出 docs/07-architecture/figures/mask-board-fallback.svg 与 docs/07-architecture/data/mask-board.json。
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from book.svg import Canvas

from labs.architecture.kv_cache import PRESETS, account, bytes_per_token, generation, visible

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
SENTENCE = "小猫追线球撞倒花瓶它"
STEP, LENGTH = 7, 8192
GIB, MIB = 2**30, 2**20
SIZE, LEFT, TOP = 38, 76, 84  # 格子的边长，格子区的左边与上边


def cell(c: Canvas, x: float, y: float, height: float, fill: str, opacity: float = 1) -> None:
    """一格：有颜色的没有边，没有颜色的只有淡边。"""
    c.rect(x + 1.5, y + 1.5, SIZE - 3, height - 3, fill, "grid" if fill == "none" else "none", 2, opacity)


def draw_mask(c: Canvas) -> None:
    """因果掩码生成到第 STEP 个词元：新算的一行，没有缓存就要重算的各行，缓存里的 K 与 V。"""
    mask = visible("causal", len(SENTENCE))
    state = generation(mask, STEP, "causal")
    c.text(40, 54, "键 →", 12, fill="mut")
    c.text(40, 72, "查询 ↓", 12, fill="mut")
    for i, word in enumerate(SENTENCE, 1):
        x, y = LEFT + (i - 1) * SIZE, TOP + (i - 1) * SIZE
        c.text(x + SIZE / 2, 55, word, 15, fill="fg" if i <= STEP else "mut")
        c.text(x + SIZE / 2, 73, str(i), 12, fill="mut")
        c.text(30, y + SIZE / 2 + 4, str(i), 12, fill="mut")
        c.text(56, y + SIZE / 2 + 5, word, 15, fill="fg" if i == STEP else "mut", bold=i == STEP)
        for k in range(1, len(SENTENCE) + 1):
            shown = i <= STEP and mask[i - 1, k - 1]
            fill = "none" if not shown else "c1" if i >= state["fresh"] else "c0"
            cell(c, LEFT + (k - 1) * SIZE, y, SIZE, fill, 0.3 if fill == "c0" else 1)
    for name, y in (("K", TOP + len(SENTENCE) * SIZE + 12), ("V", TOP + len(SENTENCE) * SIZE + 40)):
        c.text(56, y + 18, name, 15, bold=True)
        for k in range(1, len(SENTENCE) + 1):
            cell(c, LEFT + (k - 1) * SIZE, y, 26, "c1" if k == STEP else "c0" if k in state["read"] else "none")
    for x, y, fill, opacity, words in (
        (30, 546, "c1", 1, f"第 {STEP} 步只算这一行，写入一份 K、V"),
        (300, 546, "c0", 1, "从缓存读"),
        (30, 572, "c0", 0.3, f"没有缓存就要重算：共 {state['scores_rerun']} 个得分"),
    ):
        c.rect(x, y, 15, 15, fill, "none", 2, opacity)
        c.text(x + 22, y + 13, words, anchor="start")


def draw_cache(c: Canvas, top: int) -> None:
    """同一个模型换三种 KV 头数，缓存按比例画。"""
    spec = PRESETS["llama-3-8b"]
    sizes = {heads: account(replace(spec, n_kv_heads=heads), LENGTH)["cache_bytes"] for heads in (32, 8, 1)}
    names = {32: "MHA，32 个 KV 头", 8: "GQA，8 个（实际）", 1: "MQA，1 个"}
    c.path(f"M20 {top - 30}H460", "grid")
    c.text(30, top, f"Llama-3-8B 读 {LENGTH:,} 个词元，bf16 的 KV 缓存", 15, "start", bold=True)
    for row, (heads, size) in enumerate(sizes.items(), 1):
        y = top + 4 + 28 * row
        c.text(30, y, names[heads], anchor="start")
        c.rect(164, y - 13, 210 * size / max(sizes.values()), 16, "c0" if heads == spec.n_kv_heads else "mut", "none", 2)
        c.text(452, y, f"{size / GIB:g} GiB" if size >= GIB else f"{size / MIB:g} MiB", anchor="end", bold=True)
    words = (
        f"每个词元 2 × {spec.n_layers} 层 × {spec.n_kv_heads} 头 × {spec.d_head} 维 × {spec.bytes_per_number} 字节"
        f" = {bytes_per_token(spec):,} 字节"
    )
    c.text(30, top + 122, words, anchor="start", fill="mut")


def draw() -> str:
    """整张图。"""
    c = Canvas("mask-board-fallback", 480, 772)
    c.rect(0.5, 0.5, 479, 771, "bg", "grid")
    c.text(30, 29, f"逐词生成，第 {STEP} 步：“{SENTENCE[STEP - 1]}”只算自己的一行", 15, "start", bold=True)
    draw_mask(c)
    draw_cache(c, 634)
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def whole(numbers: dict[str, Any]) -> dict[str, Any]:
    """1024.0 写成 1024：字节数都是整数。"""
    return {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in numbers.items()}


def answers() -> dict[str, Any]:
    """正文要用的数（values），和浏览器里逐例核对的掩码与缓存账。"""
    shapes: list[dict[str, Any]] = [
        {"kind": "full"},
        {"kind": "causal"},
        {"kind": "prefix", "n_prefix": 3},
        {"kind": "window", "window": 4},
        {"kind": "window", "window": 1},
        {"kind": "window-sinks", "window": 3, "n_sinks": 2},
        {"kind": "window-sinks", "window": 2, "n_sinks": 4},
        {"kind": "document", "doc_len": 9},
        {"kind": "document", "doc_len": 3},
    ]
    masks, accounts = [], []
    for T in (4, 10, 16):
        for shape in shapes:
            mask, first = visible(T=T, **shape), shape.get("n_prefix", 1)
            steps = [generation(mask, step, shape["kind"], first) for step in range(first, T + 1)]
            rows = ["".join(map(str, row)) for row in mask.int().tolist()]
            masks.append({"T": T, **shape, "rows": rows, "steps": steps})
    for name, preset in PRESETS.items():
        for length, number in ((1, 4), (8192, 2), (131072, 1), (1048576, 0.5)):
            for kind, n_sinks in (("full", 0), ("causal", 0), ("window", 0), ("window-sinks", 4), ("document", 0)):
                case = {"preset": name, "length": length, "bytes_per_number": number, "kind": kind, "n_sinks": n_sinks}
                answer = account(replace(preset, bytes_per_number=number), length, kind, n_sinks)
                accounts.append({**case, "answer": whole(answer)})
    values: dict[str, Any] = {
        name.replace("-", "_").replace(".", "_"): whole(account(spec, LENGTH, "window" if spec.window else "causal"))
        for name, spec in PRESETS.items()
    }
    last = generation(visible("causal", 16), 16, "causal")
    values["causal_16"] = {key: last[key] for key in ("total_cached", "total_rerun")}
    presets = {name: whole(asdict(spec)) for name, spec in PRESETS.items()}
    return {"values": values, "presets": presets, "masks": masks, "accounts": accounts}


def data() -> str:
    """答案写成 JSON，一例一行：改一处，差异只有一行。"""
    groups = []
    for key, group in answers().items():
        if isinstance(group, dict):
            rows = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in group.items()]
            groups.append(f'"{key}": {{\n' + ",\n".join(rows) + "\n}")
        else:
            groups.append(f'"{key}": [\n' + ",\n".join(map(json.dumps, group)) + "\n]")
    return "{\n" + ",\n".join(groups) + "\n}\n"


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/mask-board-fallback.svg": draw(), CHAPTER / "data/mask-board.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
