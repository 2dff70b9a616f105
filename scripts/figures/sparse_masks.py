"""第 7 章：八种“少看”的样子，16 个词元，行是查询，列是键；挑选的结果由 labs.architecture.sparse_attention 算出。"""

from __future__ import annotations

from pathlib import Path

import torch
from book.svg import Canvas
from torch import Tensor

from labs.architecture.kv_cache import visible
from labs.architecture.sparse_attention import block_scores, block_selection, compressed_visible, keep_top

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/sparse-masks.svg"
T, CELL, BLOCK = 16, 9, 4
STEP_X, STEP_Y, LEFT, TOP = 164, 208, 14, 44


def noise(*shape: int, seed: int) -> Tensor:
    """固定种子的随机数：示意谁会被挑中。"""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def runs(row: list[int]) -> list[tuple[int, int]]:
    """一行里连续亮着的几段：（起点，长度）。"""
    starts = [j for j, on in enumerate(row) if on and not (j and row[j - 1])]
    return [(j, (row[j:] + [0]).index(0)) for j in starts]


def cells(c: Canvas, x: float, y: float, mask: Tensor, shade: str) -> None:
    """逐个词元看：亮着的格子，连着的画成一段，格线由 ruled 另画。"""
    strips = (f"M{x + j * CELL:g} {y + (i + 0.5) * CELL:g}h{n * CELL}" for i, row in enumerate(mask.int().tolist()) for j, n in runs(row))
    c.path("".join(strips), shade, CELL)


def ruled(c: Canvas, x: float, y: float) -> None:
    """底色的格线，盖在色块上。"""
    side = T * CELL
    lines = (f"M{x:g} {y + i * CELL:g}h{side}M{x + i * CELL:g} {y:g}v{side}" for i in range(1, T))
    c.path("".join(lines), "bg", 1)


def bars(c: Canvas, x: float, y: float, mask: Tensor, rate: int) -> None:
    """压缩过的条目：一条横跨 rate 个词元，画在格线之上。"""
    wide = rate * CELL - 2
    strips = (f"M{x + j * rate * CELL:g} {y + (i + 0.5) * CELL:g}h{wide}" for i, j in mask.nonzero().tolist())
    c.path("".join(strips), "c2", CELL - 5)


def panel(c: Canvas, number: int, name: str, note: str) -> tuple[float, float]:
    """第 number 格的底板和标题，返回左上角。"""
    x, y = LEFT + number % 4 * STEP_X, TOP + number // 4 * STEP_Y
    side = T * CELL
    c.path(f"M{x} {y}h{CELL}" + "".join(f"v{CELL}h{CELL}" for _ in range(T - 1)) + f"v{CELL}H{x}z", "grid", 1, fill="grid")
    c.text(x + side / 2, y + side + 18, name, 14, bold=True)
    c.text(x + side / 2, y + side + 36, note, 12, fill="mut")
    return x, y


def draw() -> str:
    """整张图。"""
    c = Canvas("sparse-masks", 660, TOP + 2 * STEP_Y - 8)
    for x, label, shade in ((14, "按位置看的词元", "c0"), (164, "挑中的词元", "c1"), (284, "压缩的条目，一条跨几个词元", "c2")):
        c.rect(x, 12, 12, 12, shade, "none", 1.5)
        c.text(x + 18, 23, label, 13, "start")
    near = visible("window", T, window=2)
    q, k = noise(1, 1, T, 4, seed=2), noise(1, 1, T, 4, seed=3)
    moba = block_selection(block_scores(q, k, BLOCK), BLOCK, 1)[0, 0]
    group = torch.arange(T) // BLOCK
    own = (group[:, None] == group) & visible("causal", T)
    chosen = keep_top(noise(T, T, seed=5), 4, visible("causal", T))
    picked = keep_top(noise(T, T // 2, seed=6), 2, compressed_visible(T, 2))
    panels: list[tuple[str, str, dict[str, Tensor], tuple[Tensor, int] | None]] = [
        ("全看", "末行 16 个", {"c0": visible("causal", T)}, None),
        ("滑动窗口", "窗口 4", {"c0": visible("window", T, window=4)}, None),
        ("窗口加汇聚词元", "窗口 4，句首 1", {"c0": visible("window-sinks", T, window=4, n_sinks=1)}, None),
        ("MoBA", "自己一块，另挑 1 块", {"c1": moba, "c0": own}, None),
        ("NSA", "压缩、挑 1 块、窗口 2", {"c1": moba & ~own, "c0": near}, (compressed_visible(T, BLOCK), BLOCK)),
        ("DSA", "挑 4 个", {"c1": chosen}, None),
        ("CSA", "2 个一条，挑 2 条，窗口 2", {"c0": near}, (picked, 2)),
        ("HCA", "4 个一条，全看，窗口 2", {"c0": near}, (compressed_visible(T, 4), 4)),
    ]
    for number, (name, note, layers, entries) in enumerate(panels):
        at = panel(c, number, name, note)
        for shade, mask in layers.items():
            cells(c, *at, mask, shade)
        ruled(c, *at)
        if entries:
            bars(c, *at, *entries)
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
