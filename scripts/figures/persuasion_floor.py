"""第 4 章：写一条越来越便宜，说服一个人的花费降到送信的钱定的下限就不动了；数由 labs 的算式算出。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Series, line_chart

from labs.safety.persuasion_cost import cost_per_persuaded

TARGET = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity/figures/persuasion-floor.svg"
WRITE = [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]
SEEN, CHANGED = 0.1, 0.01


def draw() -> str:
    """整张图：横轴是写一条的价钱，三条线是三种送信的价钱，都取对数。"""
    lines = [
        Series(f"送一条 {deliver:g} 元", [(write, cost_per_persuaded(write, deliver, SEEN, CHANGED)) for write in WRITE])
        for deliver in (2, 0.05, 0)
    ]
    return line_chart("persuasion-floor", lines, "写一条的价钱（元）", "说服一人的花费（元）", width=480, height=340, log_x=True, log_y=True)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
