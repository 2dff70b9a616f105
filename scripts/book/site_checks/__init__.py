"""看建好的站点：每条规则一个模块里的一个函数，问 ``Book`` 和站点文件夹，给出 ``Problem``。

问题写在源页面上，能找到行就写行。缺工具（浏览器、java）的规则抛 ``Skipped`` 说明原因；
在持续集成里（``REQUIRE_BROWSER=1`` 或 ``CI``）缺工具就是问题。
新规则：写函数、登记在这里、在 ``tests/book/test_site_checks.py`` 里埋一个缺陷证明它抓得到。
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from book.model import Book
from book.problems import Problem
from book.site_checks import a11y, budgets, foreign, links, policy, rendered, validity
from book.site_checks.skipped import Skipped

Check = Callable[[Book, Path], Iterable[Problem]]

SITE: dict[str, Check] = {
    "built-links": links.check,
    "foreign-hosts": foreign.check,
    "csp": policy.check,
    "rendered": rendered.check,
    "budgets": budgets.check,
    "html": validity.check,
    "a11y": a11y.check,
}
STATIC = ("built-links", "foreign-hosts", "csp", "rendered", "budgets")  # 不用浏览器和 java，几秒跑完

__all__ = ["SITE", "STATIC", "Check", "Skipped", "run"]


def run(book: Book, site: Path, names: Iterable[str] = tuple(SITE)) -> tuple[list[Problem], dict[str, str]]:
    """跑几条规则：（排好序的问题，跳过的规则 → 原因）。"""
    problems: set[Problem] = set()
    skipped: dict[str, str] = {}
    for name in names:
        try:
            problems.update(SITE[name](book, site))
        except Skipped as reason:
            skipped[name] = str(reason)
    return sorted(problems), skipped
