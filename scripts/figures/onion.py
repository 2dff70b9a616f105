"""第 1 章：全书的洋葱图：由外向内是行为、数据、构建，最外一圈是更广的世界；每层写明要有什么才看得见。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/01-introduction/figures/onion.svg"
WIDTH, HEIGHT, STEP = 430, 392, 80
# （层，章，要有什么，颜色），由外向内
LAYERS: tuple[tuple[str, str, str, str], ...] = (
    ("更广", "第 13 章", "电表、电网与公开的报告", "c5"),
    ("行为", "第 2–4 章", "能提问、能看到回答的接口", "c0"),
    ("数据", "第 5–6 章", "语料或它的说明书，法条与判决", "c1"),
    ("构建", "第 7–12 章", "权重与代码；从头训练要集群", "c2"),
)


def draw() -> str:
    """四个套在一起的框，越往里要的越多。"""
    c = Canvas("onion", WIDTH, HEIGHT)
    for index, (name, chapters, access, shade) in enumerate(LAYERS):
        inset = 8 + 22 * index
        top = 8 + STEP * index
        c.rect(inset, top, WIDTH - 2 * inset, HEIGHT - top - 8 - 14 * index, "bg", shade, 14)
        c.rect(inset, top, WIDTH - 2 * inset, HEIGHT - top - 8 - 14 * index, shade, "none", 14, opacity=0.09)
        c.text(inset + 20, top + 32, name, 18, "start", shade, bold=True)
        c.text(WIDTH - inset - 20, top + 32, chapters, 15, "end", "mut")
        c.text(inset + 20, top + 58, "要有：" + access, 15, "start")
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
