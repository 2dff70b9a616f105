"""第 7 章：前归一化的 Transformer 块，一条残差流、两条支路，线上写形状。"""

from pathlib import Path

from book.svg import Canvas

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/transformer-block.svg"
STREAM = 110  # 残差流的横坐标


def branch(c: Canvas, top: float, norm: str, name: str, inner: list[str], shade: str) -> None:
    """从残差流分出一条支路：归一化 → 一个算子 → 加回主路。"""
    mid, back = top + 42, top + 128
    c.path(f"M{STREAM} {top}H190", "fg", 1.5, arrow=True)
    c.rect(194, top - 24, 116, 48, shade, shade, opacity=0.12)
    c.text(252, top + 5, norm, 15)
    c.path(f"M310 {top}H366", "fg", 1.5, arrow=True)
    c.text(338, top - 8, "B×T×d", 12, fill="mut", mono=True)
    c.rect(370, top - 24, 232, 48 + 24 * len(inner), shade, shade, opacity=0.22)
    c.text(486, top + 2, name, 16, bold=True)
    for number, line in enumerate(inner):
        c.text(486, mid - 10 + 24 * number, line, 12, fill="mut", mono=True)
    c.path(f"M486 {top + 24 + 24 * len(inner)}V{back}H{STREAM + 15}", "fg", 1.5, arrow=True)
    c.text(320, back - 8, "B×T×d", 12, fill="mut", mono=True)
    c.circle(STREAM, back, 12, "bg", "fg")
    c.text(STREAM, back + 6, "+", 18)


def draw() -> str:
    """整张图。"""
    c = Canvas("transformer-block", 640, 460)
    c.text(STREAM, 24, "输入 x", 15, bold=True)
    c.text(STREAM + 40, 48, "B×T×d", 12, "start", "mut", mono=True)
    c.path(f"M{STREAM} 34V196", "c0", 5)
    c.path(f"M{STREAM} 220V376", "c0", 5)
    c.path(f"M{STREAM} 400V428", "c0", 5)
    c.text(STREAM, 450, "输出，形状不变", 15, bold=True)
    c.text(34, 226, "残", 15, fill="c0", bold=True)
    c.text(34, 246, "差", 15, fill="c0", bold=True)
    c.text(34, 266, "流", 15, fill="c0", bold=True)
    branch(c, 80, "RMSNorm", "多头注意力", ["q: B×h×T×d_h", "k, v: B×h_kv×T×d_h"], "c1")
    branch(c, 260, "RMSNorm", "前馈（SwiGLU）", ["门、内容: B×T×d_ff", "降回: B×T×d"], "c2")
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
