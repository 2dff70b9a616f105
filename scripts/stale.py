"""列出核对得太久的页面：``verified`` 早于若干个月之前。

    python scripts/stale.py --months 6                      # 今天往前六个月
    python scripts/stale.py --months 6 --today 2027-01-01   # 假定今天是哪一天

有这样的页面时退出码为 1，用法不对为 2。
"""

from __future__ import annotations

import argparse
import calendar
import datetime
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from book.checks.perishable import facts, verified  # noqa: E402
from book.model import Book  # noqa: E402
from book.problems import Problem  # noqa: E402


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """命令行入口；返回退出码。"""
    parser = argparse.ArgumentParser(prog="stale.py", description="列出核对得太久的页面")
    parser.add_argument("--months", type=int, default=6, metavar="月数", help="几个月算太久（默认 6）")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today(), metavar="日期", help="假定今天是哪一天")
    options = parser.parse_args(argv)
    if options.months < 0:
        parser.error("--months 不能是负数")
    found = stale(Book.load(root), months_before(options.today, options.months))
    print("\n".join(map(str, found)) if found else f"没有早于 {options.months} 个月的核对日期")
    return 1 if found else 0


def stale(book: Book, limit: datetime.date) -> list[Problem]:
    """核对日期早于 ``limit`` 的页面，最旧的在前；列出页面上会过时的事实，好逐条核对。"""
    rows = []
    for page in book.pages:
        date = verified(page)
        if date and date < limit:
            kinds = "、".join(dict.fromkeys(kind for _, kind, _ in facts(page))) or "没有认出的事实"
            problem = Problem(page.source, page.document.meta_lines["verified"], "stale", f"核对于 {date}：{kinds}", "逐条核对后更新 verified")
            rows.append((date, problem))
    return [problem for _, problem in sorted(rows)]


def months_before(day: datetime.date, months: int) -> datetime.date:
    """几个月之前的同一天；那个月没有这一天时取月末。"""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


if __name__ == "__main__":
    sys.exit(main())
