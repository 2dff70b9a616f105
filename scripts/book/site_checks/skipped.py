"""缺工具时怎样办：平时说明原因并跳过，持续集成里算问题。"""

from __future__ import annotations

import os

from book.problems import Problem


class Skipped(Exception):
    """这条规则没有跑，原因写在消息里。"""


def required() -> bool:
    """浏览器、java 是否必须有。"""
    return any(os.environ.get(name, "").lower() in {"1", "true", "yes"} for name in ("REQUIRE_BROWSER", "CI"))


def missing(rule: str, reason: str, repair: str) -> list[Problem]:
    """缺工具：必须有时给出问题，否则抛 ``Skipped``。"""
    if required():
        return [Problem("site", 1, rule, reason, repair)]
    raise Skipped(f"{reason} → {repair}")
