"""第 2 章：同一道题，五种分数给四个选项排的名次；数取自 labs.capabilities.harness。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

from labs.capabilities.harness import normalise

TARGET = Path(__file__).resolve().parents[2] / "docs/02-capabilities/figures/four-winners.svg"
CHOICES = ("不知道", "因为海是蓝的", "因为蓝光散射得多", "Rayleigh散射")
GIVEN = (-4.0, -6.0, -9.6, -8.0)
ALONE = (-3.5, -12.0, -19.2, -16.0)
TOKENS = dict(zip(CHOICES, (2, 4, 6, 3), strict=True))
COLUMNS = (("sum", "总分"), ("per_token", "每词元"), ("per_char", "每字符"), ("per_byte", "每字节"), ("pmi", "PMI"))
LEFT, STEP, TOP, ROW = 152, 68, 62, 52


def ranks() -> list[list[int]]:
    """每一列里，四个选项的名次，从 0 起。"""
    table = []
    for how, _ in COLUMNS:
        values = normalise(how, CHOICES, GIVEN, ALONE, TOKENS.__getitem__)
        order = sorted(range(len(CHOICES)), key=lambda i: -values[i])
        table.append([order.index(i) for i in range(len(CHOICES))])
    return table


def draw() -> str:
    """整张图。"""
    c = Canvas("four-winners", LEFT + STEP * 4 + 40, TOP + ROW * 3 + 46)
    table = ranks()
    for column, (_, label) in enumerate(COLUMNS):
        c.text(LEFT + STEP * column, 26, label, 14)
    colors = ("c5", "c1", "c0", "c3")
    for i, choice in enumerate(CHOICES):
        points = [(LEFT + STEP * column, TOP + ROW * table[column][i]) for column in range(len(COLUMNS))]
        c.path("M" + "L".join(f"{x} {y}" for x, y in points), colors[i], 4 if i == 2 else 2.5, "" if i != 0 else "6 4")
        for x, y in points:
            c.circle(x, y, 9 if y == TOP else 5, colors[i] if y == TOP else "bg", colors[i])
        c.text(LEFT - 18, points[0][1] + 5, choice, 14, "end", colors[i], bold=i == 2)
    c.text(LEFT + STEP * 2, TOP + ROW * 3 + 38, "越靠上名次越高，实心是被选中的", 13, fill="mut")
    return c.render()


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {TARGET: draw()}


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
