"""问题与异常：一处不合规定的地方，写明文件、行、规则、怎样修。"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """一个问题；打印成 ``路径:行: [规则] 说明 → 怎样修``。"""

    path: str
    line: int
    rule: str
    message: str
    repair: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message} → {self.repair}"


class BookError(Exception):
    """一个或多个问题使书无法继续构建。"""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))
