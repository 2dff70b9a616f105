"""第 3 章：伤害的三枝七叶，每片叶子一个中文例子；实心是有出处的事，空心是构造的例子，出处在正文。"""

from __future__ import annotations

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/03-harms-bias/figures/harm-tree.svg"
WIDTH, ROW = 480, 56
# （枝，少了什么，颜色，叶：名字、例子、有没有出处）
BRANCHES: tuple[tuple[str, str, str, tuple[tuple[str, str, bool], ...]], ...] = (
    (
        "分配性伤害",
        "少了东西",
        "c0",
        (
            ("机会", "简历被退，理由是“河南人”（2019，人作的决定）", True),
            ("价钱", "藏语的客服按词元付费，同一句话账单更高", False),
        ),
    ),
    (
        "表征性伤害",
        "少了体面",
        "c1",
        (
            ("贬损", "儿童手表的问答贬低全体中国人（2024-08）", True),
            ("刻板印象", "续写故事，护士一律是“她”，院长一律是“他”", False),
            ("抹除", "用傣文提问，得到的回答是没有这种文字", False),
        ),
    ),
    (
        "服务质量差异",
        "少了好用",
        "c2",
        (
            ("听不懂", "汉语方言的语音技术落后于普通话（2026 年论文）", True),
            ("进不去", "只认健康码，不用智能手机的老人出不了门（2020）", True),
        ),
    ),
)


def draw() -> str:
    """三个框从上到下，框里每行一片叶子，左边一条竖线把它们连成一棵树。"""
    tops, y = [], 44
    for *_, leaves in BRANCHES:
        tops.append(y)
        y += 46 + ROW * len(leaves) + 14
    c = Canvas("harm-tree", WIDTH, y)
    c.text(10, 28, "伤害", 19, "start", bold=True)
    c.path(f"M18 38V{tops[-1] + 23}", "mut")
    for (name, lost, shade, leaves), top in zip(BRANCHES, tops, strict=True):
        height = 46 + ROW * len(leaves)
        c.path(f"M18 {top + 23}H34", "mut")
        c.rect(34, top, WIDTH - 42, height, shade, "none", 10, opacity=0.09)
        c.text(48, top + 30, name, 18, "start", shade, bold=True)
        c.text(WIDTH - 22, top + 30, lost, 15, "end", "mut")
        c.path(f"M58 {top + 40}V{top + 46 + ROW * (len(leaves) - 1) + 14}", "mut")
        for index, (leaf, example, sourced) in enumerate(leaves):
            line = top + 46 + ROW * index
            c.path(f"M58 {line + 14}H70", "mut")
            c.circle(76, line + 14, 5, shade if sourced else "bg", shade, "有出处" if sourced else "构造的例子")
            c.text(90, line + 19, leaf, 16, "start", bold=True)
            c.text(90, line + 42, example, 15, "start")
    return c.render()


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(draw(), "utf-8")
