"""第 1 章：1948–2026 年十四个里程碑，三条泳道，各写解除的瓶颈；日期与出处见正文的表。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/01-introduction/figures/timeline.svg"
WIDTH, TOP, STEP = 560, 64, 33
LANES = {"model": (96, "模型", "c0"), "data": (134, "数据", "c1"), "compute": (172, "算力", "c2")}
# （年月，泳道，里程碑，解除的瓶颈）
EVENTS: tuple[tuple[str, str, str, str], ...] = (
    ("1948", "model", "香农的 n 元近似", "语言可以当概率来算"),
    ("1997", "model", "LSTM", "记忆撑过更多步"),
    ("2003", "model", "神经语言模型", "相像的词共用经验"),
    ("2007", "data", "两万亿词元的 5 元", "计数装不进一台机器"),
    ("2012", "compute", "用 GPU 训练", "大网络几天训完"),
    ("2017-06", "model", "Transformer", "训练不必一步步等"),
    ("2018-10", "data", "BERT：预训练", "标注数据不够"),
    ("2020-05", "compute", "GPT-3", "一项任务训一个模型"),
    ("2022-03", "data", "InstructGPT", "会续写，不听话"),
    ("2023-02", "data", "LLaMA：多读数据", "模型太大，用不起"),
    ("2024-09", "compute", "o1：想久一点", "算力只能花在训练里"),
    ("2024-11", "data", "MCP：接上工具", "知识停在训练那天"),
    ("2025-01", "compute", "DeepSeek-R1", "推理步骤靠人来写"),
    ("2026-04", "model", "DeepSeek-V4", "百万词元的缓存太贵"),
)


def draw() -> str:
    """时间向下，按次序排，不按比例；左边三条泳道，右边是名字和它解除的瓶颈。"""
    bottom = TOP + STEP * len(EVENTS)
    c = Canvas("timeline", WIDTH, bottom + 4)
    for x, name, shade in LANES.values():
        c.text(x, 30, name, 14, fill=shade, bold=True)
        c.path(f"M{x} 42V{bottom - 8}", shade, 1.5)
    c.text(200, 30, "里程碑", 14, "start", "mut")
    c.text(356, 30, "它解除的瓶颈", 14, "start", "mut")
    for index, (when, lane, name, bottleneck) in enumerate(EVENTS):
        y = TOP + STEP * index
        x, _, shade = LANES[lane]
        c.path(f"M{x + 8} {y}H192", "grid", 1)
        c.text(10, y + 5, when, 13, "start", "mut", mono=True)
        c.circle(x, y, 6, shade, "bg")
        c.text(200, y + 5, name, 14, "start", bold=True)
        c.text(356, y + 5, bottleneck, 14, "start")
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
