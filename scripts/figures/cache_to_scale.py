"""第 7 章：同样 128 个头，MHA、GQA、MQA、MLA 每层每个词元缓存几个数，一格 64 个数，面积成比例。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

from labs.architecture.counter import load

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/cache-to-scale.svg"
CELL, UNIT = 12, 64  # 一格的边长，一格代表几个数


def grid(c: Canvas, x: float, y: float, columns: int, parts: list[tuple[int, str]]) -> None:
    """从左上角起逐行填格子；parts 里每一项是（几个数，颜色）。先填色块，再用底色画格线。"""
    first = 0
    for numbers, shade in parts:
        cells = range(first, first + numbers // UNIT)
        for row in sorted({i // columns for i in cells}):
            row_cells = [i for i in cells if i // columns == row]
            left = x + row_cells[0] % columns * CELL
            c.path(f"M{left:g} {y + row * CELL + CELL / 2:g}h{len(row_cells) * CELL}", shade, CELL)
        first = cells.stop
    wide, high = min(first, columns), -(-first // columns)
    lines = [f"M{x + i * CELL:g} {y:g}v{high * CELL}" for i in range(wide + 1)]
    lines += [f"M{x:g} {y + i * CELL:g}h{wide * CELL}" for i in range(high + 1)]
    c.path("".join(lines), "bg", 1.5)


def title(c: Canvas, x: float, y: float, name: str, numbers: int) -> None:
    """名字、每层每个词元几个数、61 层一共几千字节。"""
    c.text(x, y, name, 15, "start", bold=True)
    c.text(x, y + 19, f"{numbers:,} 个数 · {numbers * 61 * 2 / 1000:,.1f} kB", 13, "start", "mut")


def draw() -> str:
    """整张图。"""
    config = load("deepseek-v3")
    h, d_h = config["num_attention_heads"], config["v_head_dim"]
    d_c, d_r = config["kv_lora_rank"], config["qk_rope_head_dim"]
    c = Canvas("cache-to-scale", 660, 320)
    for x, label, shade in ((10, "键", "c0"), (60, "值", "c1"), (110, "潜在向量", "c2"), (210, "旋转键", "c3")):
        c.rect(x, 10, CELL, CELL, shade, "none", 1.5)
        c.text(x + 18, 21, label, 13, "start")
    c.text(650, 21, f"一格 = {UNIT} 个数", 13, "end", "mut")
    title(c, 10, 60, "MHA，128 组键和值", 2 * h * d_h)
    grid(c, 10, 92, 32, [(h * d_h, "c0"), (h * d_h, "c1")])
    title(c, 440, 60, "GQA，8 组", 2 * 8 * d_h)
    grid(c, 440, 92, 16, [(8 * d_h, "c0"), (8 * d_h, "c1")])
    title(c, 440, 150, "MQA，1 组", 2 * d_h)
    grid(c, 440, 182, 16, [(d_h, "c0"), (d_h, "c1")])
    title(c, 440, 228, "MLA，一条潜在向量", d_c + d_r)
    grid(c, 440, 260, 16, [(d_c, "c2"), (d_r, "c3")])
    c.text(10, 308, "每层每个词元；kB 是 61 层、bf16 的合计", 13, "start", "mut")
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
