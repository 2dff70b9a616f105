"""第 7 章：GPT-3、Llama 3 8B、DeepSeek-V3 的参数分账，三根堆叠横条，数取自 labs.architecture.counter。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

from labs.architecture.counter import count, load

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/parameter-breakdown.svg"
MODELS = [("gpt-3", "GPT-3"), ("llama-3-8b", "Llama 3 8B"), ("deepseek-v3", "DeepSeek-V3")]
PARTS = [("attention", "注意力", "c1"), ("feed_forward", "前馈", "c2"), ("vocabulary", "词表与位置", "c0")]
LEFT, WIDTH, BAR = 118, 500, 52


def shares(name: str) -> tuple[int, dict[str, float]]:
    """总参数，与三部分各占几成；归一化不到万分之一，看不出，不画。"""
    answer = count(load(name))
    parts = {
        "attention": answer.attention,
        "feed_forward": answer.feed_forward,
        "vocabulary": answer.embedding + answer.head,
    }
    return answer.total, {part: value / answer.total for part, value in parts.items()}


def bar(c: Canvas, top: float, name: str, title: str) -> None:
    """一个模型：一根横条，宽度按比例，够宽的写百分比。"""
    total, parts = shares(name)
    c.text(LEFT - 10, top + 24, title, 14, "end", bold=True)
    c.text(LEFT - 10, top + 44, f"{total / 1e9:,.1f}B", 13, "end", "mut")
    x = float(LEFT)
    for part, _, shade in PARTS:
        width = WIDTH * parts[part]
        c.rect(x, top, width, BAR, shade, "bg", 2)
        if width > 30:
            c.text(x + width / 2, top + BAR / 2 + 5, f"{parts[part]:.0%}", 14, fill="bg", bold=True)
        x += width
    c.rect(LEFT, top, WIDTH, BAR, "none", "mut", 2)


def draw() -> str:
    """整张图。"""
    c = Canvas("parameter-breakdown", 640, 290)
    x = LEFT
    for _, label, shade in PARTS:
        c.rect(x, 14, 16, 16, shade, "none", 2)
        c.text(x + 24, 27, label, 14, "start")
        x += 44 + 15 * len(label)
    for number, (name, title) in enumerate(MODELS):
        bar(c, 48 + number * (BAR + 26), name, title)
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
