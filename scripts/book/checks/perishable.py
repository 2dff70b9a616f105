"""会过时的事实：页面里有法律、价格、带年份的模型发布、排行，front matter 就要有核对日期 ``verified``。

只认有把握的写法；讲假设的句子（假设、设、若、如果）里的价格不算。``stale.py`` 列出核对得太久的页面。
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from book.checks.layers import exempted, lintable
from book.model import Book, Page
from book.problems import Problem

RULE = "perishable"
NUMBER = r"\d[\d,.]*[ ]?(?:[万亿百千]+[ ]?)?"
AMOUNT = rf"(?:{NUMBER}|[一二两三四五六七八九十百千万亿]+)"
FACTS: dict[str, re.Pattern[str]] = {
    "法律": re.compile(
        r"《[^》\n]{2,40}(?:(?<![兵方算语书解乘除加减])法|条例|法案|办法|规定|公约|指令)》|法案|判决|法院|\bGDPR\b|\bDMCA\b|\bAI Act\b"
    ),
    "价格": re.compile(
        rf"{AMOUNT}(?:美元|欧元|英镑|日元|人民币)|{NUMBER}元(?![素组语文模词函方线数])|[￥¥€£][ ]?\d|\bUSD?[ ]?\$?[ ]?\d[\d,.]*|\d[\d,.]*[ ]?USD\b"
    ),
    "排行": re.compile(r"排行榜|榜单|(?i:\bleaderboard\b)"),
    "截至某日的事实": re.compile(r"截至"),
    "模型发布": re.compile(
        r"20(?:2[3-9]|[3-9]\d)[ ]?年(?:[ ]?\d{1,2}[ ]?月)?(?:[ ]?\d{1,2}[ ]?日)?[^。；\n]{0,16}(?:发布|推出|开源|上线)"
        r"|(?:发布|推出|开源|上线)于[ ]?20(?:2[3-9]|[3-9]\d)"
    ),
}
SUPPOSED = re.compile(r"假设|设|若|如果|假如")


def check(book: Book) -> Iterator[Problem]:
    """逐页检查。"""
    today = datetime.date.today()
    for page in book.pages:
        if page.document.problems or page.document.meta_errors:
            continue
        date = verified(page)
        if date and date > today:
            line = page.document.meta_lines["verified"]
            yield Problem(page.source, line, RULE, f"verified 写的是将来的日子 {date}", f"写核对的日子，今天是 {today}")
        if "verified" not in page.document.meta:
            yield from _undated(page, today)


def _undated(page: Page, today: datetime.date) -> Iterator[Problem]:
    """没有核对日期的页面：只报第一处事实，和多余的豁免。"""
    repair = f"核对之后在 front matter 里写 verified: {today}"
    found = [Problem(page.source, n, RULE, f"有会过时的{kind}“{words}”，却没有核对日期", repair) for n, kind, words in facts(page)]
    kept = list(exempted(page.document, RULE, found))
    first = next((problem for problem in kept if problem in found), None)
    yield from (problem for problem in kept if problem not in found or problem == first)


def facts(page: Page) -> Iterator[tuple[int, str, str]]:
    """会过时的事实：（行号，种类，原文）。"""
    for number, line in enumerate(lintable(page.document).split("\n"), 1):
        for kind, pattern in FACTS.items():
            match = pattern.search(line)
            if match and not (kind == "价格" and SUPPOSED.search(line)):
                yield number, kind, match[0]


def verified(page: Page) -> datetime.date | None:
    """核对日期；没有写或写得不对时为 ``None``。"""
    value = page.document.meta.get("verified")
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
