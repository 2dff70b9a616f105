"""第 2 章：七份卷子从公布到分不出高下；数据就写在这里，与“能力的五次跳跃”一节的表逐行相同。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/02-capabilities/figures/benchmark-lifelines.svg"
WIDTH, LEFT, RIGHT, TOP, STEP = 660, 108, 600, 34, 34
FIRST, LAST = 2020, 2027
# （卷子，公布，分不出高下；空串是还没有）
ROWS: tuple[tuple[str, str, str], ...] = (
    ("MMLU", "2020-09", "2024-06"),  # hendrycks2020measuring；wang2024mmlupro
    ("MATH", "2021-03", "2024-09"),  # arXiv 2103.03874；openai2024learning
    ("HumanEval", "2021-07", "2024-09"),  # chen2021evaluating；openai2025simple
    ("GSM8K", "2021-10", "2024-09"),  # arXiv 2110.14168；openai2024learning
    ("SWE-bench", "2023-10", "2026-02"),  # jimenez2023swebench；openai2026why
    ("GPQA", "2023-11", "2026-04"),  # rein2023gpqa；smartchunks2026gpqa
    ("HLE", "2025-01", ""),  # phan2025humanitys；benchlm2026hle
)
TODAY = "2026-11"


def years(month: str) -> float:
    """“2024-09” → 2024.67，月初。"""
    year, number = month.split("-")
    return int(year) + (int(number) - 1) / 12


def draw() -> str:
    """整张图：一行一份卷子，实线是还分得出高下的日子。"""
    bottom = TOP + STEP * len(ROWS)
    c = Canvas("benchmark-lifelines", WIDTH, bottom + 44)

    def px(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (value - FIRST) / (LAST - FIRST), 1)

    for year in range(FIRST, LAST + 1):
        c.path(f"M{px(year)} {TOP - 12}V{bottom}", "grid", 1)
        c.text(px(year), bottom + 18, str(year), 13, fill="mut")
    for index, (name, born, full) in enumerate(ROWS):
        y = TOP + STEP * index + 10
        end = full or TODAY
        c.text(LEFT - 12, y + 5, name, 14, "end", bold=True)
        c.path(f"M{px(years(born))} {y}H{px(years(end))}", "c0" if full else "c2", 6, arrow=False)
        c.circle(px(years(born)), y, 5, "bg", "c0" if full else "c2", f"{name} 公布于 {born}")
        if full:
            c.circle(px(years(end)), y, 5, "c1", "c1", f"{name}：{full} 起分不出高下")
            c.text(px(years(end)) + 11, y + 5, f"{years(end) - years(born):.1f} 年", 13, "start", "mut")
        else:
            c.text(px(years(end)) + 8, y + 5, "还分得出", 13, "start", "c2")
    c.circle(LEFT, bottom + 34, 4.5, "bg", "c0")
    c.text(LEFT + 10, bottom + 39, "公布", 13, "start")
    c.circle(LEFT + 66, bottom + 34, 4.5, "c1", "c1")
    c.text(LEFT + 76, bottom + 39, "不再分得出高下（取法见表）", 13, "start")
    return c.render()


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
