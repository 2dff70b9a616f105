"""基准共用的：结果表。"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Row:
    """一个测得的数。``budget`` 是上限，``against`` 是同一次运行里拿来比较的数。"""

    group: str
    name: str
    value: float
    unit: str
    digits: int = 2
    budget: float | None = None
    against: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """与比较对象之比。"""
        return self.value / self.against if self.against else None

    @property
    def over(self) -> bool:
        """超出预算。"""
        return self.budget is not None and self.value > self.budget


@dataclass
class Report:
    """一次运行的全部结果；边测边打印进度。"""

    rows: list[Row] = field(default_factory=list)

    def add(self, group: str, name: str, value: float, unit: str, **more: Any) -> None:
        """写下一个数。"""
        self.rows.append(Row(group, name, value, unit, **more))

    def as_dicts(self) -> list[dict[str, Any]]:
        """供 JSON 用。"""
        return [{**asdict(row), "ratio": row.ratio, "over": row.over} for row in self.rows]

    def table(self) -> str:
        """对齐的纯文本表。"""
        cells = [["", "测量", "值", "预算", "比", "说明"]]
        group = ""
        for row in self.rows:
            shown = "" if row.group == group else row.group
            group = row.group
            budget = "" if row.budget is None else f"≤ {row.budget:g}" + (" 超" if row.over else "")
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}×"
            cells.append([shown, row.name, f"{row.value:,.{row.digits}f} {row.unit}".strip(), budget, ratio, row.note])
        widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
        lines = []
        for line in cells:
            parts = [pad(text, size, right=index == 2) for index, (text, size) in enumerate(zip(line, widths, strict=True))]
            lines.append("  ".join(parts).rstrip())
        return "\n".join(lines)


def width(text: str) -> int:
    """显示宽度：汉字占两格。"""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, size: int, right: bool = False) -> str:
    """补空格到 ``size`` 格。"""
    space = " " * (size - width(text))
    return space + text if right else text + space
