"""第 4 章：试 N 次还不成的份额；各题一样难时按指数掉，难易不一时按幂律掉。数取自 labs.safety.attempts。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Series, line_chart

from labs.safety.attempts import beta_failure, success_after

TARGET = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity/figures/many-attempts.svg"
SAME = (1, 2, 4, 7, 10, 20, 30, 40)
TIMES = (1, 2, 4, 10, 30, 100, 300, 1000, 3000, 10_000)


def draw() -> str:
    """两条线的单次成功率平均都是 10%。"""
    lines = [
        Series("难易不一", [(n, beta_failure(0.3, 2.7, n)) for n in TIMES]),
        Series("一样难", [(n, 1 - success_after([0.1], n)) for n in SAME]),
    ]
    return line_chart("many-attempts", lines, "试几次 N（对数）", "还不成的份额（对数）", width=440, height=300, log_x=True, log_y=True, y_range=(0.008, 1))


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
