"""第 3 章：反馈回路的四条轨迹；数由 labs.fairness.feedback_loop 算出，曲线是假设的，不是测量。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Series, line_chart

from labs.fairness.feedback_loop import trajectory

TARGET = Path(__file__).resolve().parents[2] / "docs/03-harms-bias/figures/feedback-loop.svg"
ROUNDS, POPULATION, HALF = 12, 100, 40


def draw() -> str:
    """四条线：三种起步，其中一种没有门槛。"""

    def line(name: str, start: float, dash: str = "", power: int = 2, extra: float = 0.0) -> Series:
        return Series(name, list(enumerate(trajectory(start, ROUNDS, POPULATION, HALF, power, extra))), dash)

    series = [
        line("30 人起步", 30),
        line("15 人起步", 15),
        line("15 人，补 5 份", 15, extra=5),
        line("15 人，无门槛", 15, "5 4", power=1),
    ]
    return line_chart("feedback-loop", series, "第几轮", "用户数（共 100 人）", width=480, height=330, y_range=(0, 100))


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
