"""第 7 章：2017–2026 年注意力与循环的谱系；日期是论文首次提交或权重发布的月份，出处见正文。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/lineage.svg"
WIDTH, TOP, STEP = 660, 74, 25
COLUMNS = {"attention": (76, 144, "c0"), "hybrid": (236, 210, "c2"), "recurrence": (462, 190, "c1")}
HEADS = {
    "attention": ("注意力", "缓存随长度增长"),
    "hybrid": ("混合", "右边是循环层与注意力层之比"),
    "recurrence": ("循环", "状态大小固定"),
}
# （年-月，列，名字，混合模型用的循环层与层数之比）
EVENTS: tuple[tuple[str, str, str, str], ...] = (
    ("2017-06", "attention", "Transformer", ""),
    ("2019-11", "attention", "多查询 MQA", ""),
    ("2020-06", "recurrence", "线性注意力：相加", ""),
    ("2021-02", "recurrence", "Delta 规则", ""),
    ("2023-05", "attention", "分组查询 GQA", ""),
    ("2023-05", "recurrence", "RWKV", ""),
    ("2023-07", "recurrence", "RetNet：固定衰减", ""),
    ("2023-12", "recurrence", "Mamba、GLA：选择", ""),
    ("2024-03", "hybrid", "Jamba", "Mamba 28:4"),
    ("2024-05", "recurrence", "Mamba-2、xLSTM", ""),
    ("2024-06", "recurrence", "DeltaNet：可分块", ""),
    ("2024-12", "recurrence", "Gated DeltaNet", ""),
    ("2025-03", "recurrence", "RWKV-7", ""),
    ("2025-04", "hybrid", "Nemotron-H", "Mamba-2 24:4"),
    ("2025-09", "hybrid", "Qwen3-Next", "GDN 36:12"),
    ("2025-10", "hybrid", "Kimi Linear", "KDA 20:7"),
    ("2025-10", "recurrence", "KDA：按通道的门", ""),
    ("2025-12", "attention", "DeepSeek-V3.2", ""),
    ("2026-02", "hybrid", "Qwen3.5", "GDN 45:15"),
    ("2026-03", "hybrid", "Olmo Hybrid", "GDN 24:8"),
    ("2026-03", "recurrence", "Mamba-3", ""),
    ("2026-04", "attention", "DeepSeek-V4", ""),
    ("2026-07", "hybrid", "Kimi K3", "KDA 69:24"),
)


def draw() -> str:
    """整张图：时间向下，三列；年与年之间画一条细线。"""
    months = sorted({month for month, *_ in EVENTS})
    row = {month: TOP + STEP * index for index, month in enumerate(months)}
    bottom = TOP + STEP * len(months)
    c = Canvas("lineage", WIDTH, bottom + 6)
    for key, (x, wide, shade) in COLUMNS.items():
        c.rect(x - 8, 8, wide + 8, bottom - 8, shade, "none", opacity=0.08)
        c.text(x, 30, HEADS[key][0], 16, "start", bold=True)
        c.text(x, 49, HEADS[key][1], 12, "start", "mut")
    for before, month in zip(["", *months], months, strict=False):
        if before[:4] != month[:4]:
            c.path(f"M8 {row[month] - 8}H{WIDTH - 8}", "grid", 1)
        c.text(8, row[month] + 9, month, 12, "start", "mut", mono=True)
    for month, column, name, layers in EVENTS:
        x, wide, shade = COLUMNS[column]
        c.circle(x + 2, row[month] + 5, 4, shade, "none")
        c.text(x + 12, row[month] + 10, name, 13, "start")
        if layers:
            c.text(x + wide - 8, row[month] + 10, layers, 12, "end", "mut")
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
