"""测量的数：``[=名.键:格式]`` 取得到、排得出；结果文件读得出。"""

from __future__ import annotations

from collections.abc import Iterator

from book.model import Book
from book.problems import Problem
from book.results import MALFORMED, NUMBER

RULE = "numbers"


def check(book: Book) -> Iterator[Problem]:
    """逐处取一次。"""
    yield from book.results.problems
    for page in book.pages:
        document = page.document
        good = {match.start() for match in NUMBER.finditer(document.masked)}
        for match in MALFORMED.finditer(document.masked):
            if match.start() not in good:
                line = document.line_at(match.start())
                yield Problem(page.source, line, RULE, f"看不懂的数 {match[0]}", "写 [=文件名.键:格式]，如 [=attention-lab.loss:.2f]")
        for match in NUMBER.finditer(document.masked):
            try:
                book.results.format(match["path"], match["format"])
            except (KeyError, ValueError) as error:
                line = document.line_at(match.start())
                yield Problem(page.source, line, RULE, str(error.args[0]), "检查键名，或重跑实验 python scripts/run_labs.py")
