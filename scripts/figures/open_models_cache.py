"""第 7 章：十九个开放模型每个词元的缓存，按发布日期排，对数轴；数取自 labs.architecture.open_models。"""

from __future__ import annotations

import math
from pathlib import Path

from book.svg import Canvas

from labs.architecture.counter import load
from labs.architecture.model_config import parts_of
from labs.architecture.open_models import MODELS, Model, row

TARGET = Path(__file__).resolve().parents[2] / "docs/07-architecture/figures/open-models-cache.svg"
LEFT, RIGHT, TOP, STEP = 236, 84, 40, 25
LOW, HIGH = 3_000, 800_000
WIDTH = 680


def place(value: float) -> float:
    """字节数 → 横坐标。"""
    share = math.log(value / LOW) / math.log(HIGH / LOW)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def shade(model: Model, found: dict[str, float]) -> str:
    """多数层的缓存不再增长，c2；每层都增长但压缩过，c3；每层照存键和值，c1。"""
    if found["growing_layers"] * 2 <= found["layers"]:
        return "c2"
    return "c3" if parts_of(load(model.config)) & {"mla", "compressed"} else "c1"


def draw() -> str:
    """整张图。"""
    height = TOP + STEP * len(MODELS) + 56
    c = Canvas("open-models-cache", WIDTH, height)
    bottom = TOP + STEP * len(MODELS) + 4
    for x, label, color in ((120, "每层照存键和值", "c1"), (270, "每层都存，先压缩", "c3"), (434, "至多一半的层在增长", "c2")):
        c.circle(x, 17, 6, color, "none")
        c.text(x + 12, 22, label, 13, "start")
    for value, label in ((10_000, "10 kB"), (100_000, "100 kB")):
        c.path(f"M{place(value):.1f} {TOP - 6}V{bottom}", "grid", 1)
        c.text(place(value), bottom + 18, label, 13, fill="mut")
    for number, model in enumerate(MODELS):
        y, found = TOP + STEP * number, row(model)
        c.text(8, y + 14, model.released[:7], 12, "start", "mut", mono=True)
        c.text(LEFT - 8, y + 14, model.name, 13, "end")
        end = place(found["kv_bytes"])
        c.path(f"M{LEFT} {y + 10}H{end:.1f}", "grid", 1)
        c.circle(round(end, 1), y + 10, 6, shade(model, found), "bg")
        c.text(round(end + 12, 1), y + 15, f"{found['kv_kb']:,.1f}", 12, "start", "mut")
    c.text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, "每多一个词元增加的缓存（kB，bf16，对数轴）", 13)
    return c.render()


if __name__ == "__main__":
    TARGET.write_text(draw(), "utf-8")
