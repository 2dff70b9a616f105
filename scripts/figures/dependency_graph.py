"""第 7 章：从第一个输入到最后一个输出要走几步：循环网络 T 步，线性循环的扫描 log₂T 轮，注意力一步。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/dependency-graph.svg"
T, LEFT, STEP = 8, 92, 44
R = 10  # 圆点半径


def px(t: int) -> int:
    """第 t 个位置（从 0 数起）的横坐标。"""
    return LEFT + STEP * t


def link(c: Canvas, start: tuple[int, int], end: tuple[int, int], hot: bool) -> None:
    """从一个圆点到另一个圆点；粗的在最长的路上。"""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = (x1 - x0) / length * (R + 1), (y1 - y0) / length * (R + 1)
    d = f"M{x0 + dx:.1f} {y0 + dy:.1f}L{x1 - dx:.1f} {y1 - dy:.1f}"
    c.path(d, "c1" if hot else "mut", 3 if hot else 1, arrow=hot)


def dots(c: Canvas, y: int, name: str, hot: set[int]) -> None:
    """一排圆点和它的名字。"""
    c.text(LEFT - 22, y + 5, name, 14, "end", "mut")
    for t in range(T):
        c.circle(px(t), y, R, "c1" if t in hot else "bg", "c1" if t in hot else "mut")


def title(c: Canvas, y: int, name: str, steps: str) -> None:
    """一幅的标题与步数。"""
    c.text(16, y, name, 16, "start", bold=True)
    c.text(414, y, steps, 15, "end", "c1", bold=True)


def draw() -> str:
    """整张图，三幅从上到下。"""
    c = Canvas("dependency-graph", 430, 590)

    title(c, 28, "循环网络", "最长的路过 8 个状态")
    for t in range(T):
        link(c, (px(t), 124), (px(t), 66), t == 0)
    for t in range(1, T):
        link(c, (px(t - 1), 66), (px(t), 66), True)
    dots(c, 66, "状态", set(range(T)))
    dots(c, 124, "输入", {0})

    title(c, 186, "线性循环，成对合并", "3 轮")
    rows = [366, 318, 270, 222]  # 输入与三轮之后
    for level in range(3):
        for t in range(T):
            link(c, (px(t), rows[level]), (px(t), rows[level + 1]), False)
            if t >= 2**level:
                hot = t == 2 ** (level + 1) - 1 and t - 2**level == 2**level - 1
                link(c, (px(t - 2**level), rows[level]), (px(t), rows[level + 1]), hot)
    dots(c, rows[0], "输入", {0})
    for level, name in ((1, "第 1 轮"), (2, "第 2 轮"), (3, "第 3 轮")):
        dots(c, rows[level], name, {2**level - 1})

    title(c, 430, "注意力", "1 步")
    for t in range(T):
        for s in range(t + 1):
            if (s, t) != (0, T - 1):
                link(c, (px(s), 562), (px(t), 468), False)
    link(c, (px(0), 562), (px(T - 1), 468), True)
    dots(c, 468, "输出", {T - 1})
    dots(c, 562, "输入", {0})
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
