"""第 4 章：单例率、背诵者答错的份额、Kalai 等人的下界，随训练句数怎样变；数都出自 labs.safety.singleton。

    python scripts/figures/singleton_rate.py

写出 docs/04-harms-toxicity/figures/singleton-rate.svg 与 docs/04-harms-toxicity/data/singleton-rate.json。
"""

from __future__ import annotations

import json
from pathlib import Path

from book.svg import Series, line_chart

from labs.safety.singleton import expected_missing, lower_bound, memorizer_error, simulate, zipf

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
PEOPLE, SEED = 1_000_000, 2026
SIZES = (1000, 10_000, 100_000, 1_000_000, 10_000_000)
FLOOR = -0.1  # 图的下沿：再低的界不画


def rows() -> list[dict[str, float]]:
    """每个句数一行：一次抽样的单例率、背诵者答错的份额、定理 2 的右边，和没见过的份额的期望。"""
    p = zipf(PEOPLE)
    table = []
    for n in SIZES:
        rate, missing = simulate(p, n, SEED)
        table.append(
            {"n": n, "rate": rate, "error": memorizer_error(missing), "bound": lower_bound(rate, n), "expected": expected_missing(p, n)}
        )
    return [{key: round(value, 6) for key, value in row.items()} for row in table]


def draw() -> str:
    """三条线；界只画图里放得下的一段。"""
    table = rows()
    lines = [
        Series("单例率", [(row["n"], row["rate"]) for row in table]),
        Series("答错的份额", [(row["n"], row["error"]) for row in table], "5 4"),
        Series("定理的下界", [(row["n"], row["bound"]) for row in table if row["bound"] > FLOOR]),
    ]
    return line_chart("singleton-rate", lines, "训练里讲生日的句数 N", "份额", width=560, height=340, log_x=True, y_range=(FLOOR, 0.7))


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    table = rows()
    values = {f"n{row['n']}": row for row in table}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(row)}" for key, row in values.items())
    return {
        CHAPTER / "figures/singleton-rate.svg": draw(),
        CHAPTER / "data/singleton-rate.json": f'{{\n"values": {{\n{lines}\n}}\n}}\n',
    }


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
