"""测量的数：``[=名.键:格式]`` 取得到、排得出；结果文件读得出；测得的数不手打。

“手打”只报有把握的：正文一节里有四位以上有效数字的小数，按它印出的位数舍入后等于本章某个结果。
公式里的数是手算，不查；同一行引了文献或已经取了测量的数，那个数多半是别人报告的，也不查。
手算的数恰好也在结果里时，在行末写 ``<!-- numbers: ok 原因 -->``。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from book.checks.layers import exempted, lintable
from book.model import BRACKET, Book, Page
from book.problems import Problem
from book.results import MALFORMED, NUMBER

RULE = "numbers"
DECIMAL = re.compile(r"(?<![\w.,:/-])(?P<whole>\d{1,3}(?:,\d{3})+|\d+)\.(?P<rest>\d+)(?![\w.,]*\d)")
DIGITS = 4


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
        if page.kind == "section":
            yield from exempted(document, RULE, _typed(book, page))


def _typed(book: Book, page: Page) -> Iterator[Problem]:
    """正文里手打的测量值。"""
    stems = [stem for stem, path in book.results.files.items() if path.startswith(f"docs/{page.folder}/")]
    measured = [(f"{stem}{key}", value) for stem in stems for key, value in leaves(book.results.values[stem])]
    if not measured:
        return
    originals = page.document.masked.split("\n")
    for number, (line, original) in enumerate(zip(lintable(page.document).split("\n"), originals, strict=True), 1):
        if NUMBER.search(original) or any(":" not in match["inner"] for match in BRACKET.finditer(original)):
            continue
        for match in DECIMAL.finditer(line):
            if len((match["whole"].replace(",", "") + match["rest"]).lstrip("0")) < DIGITS:
                continue
            value, places = float(match[0].replace(",", "")), len(match["rest"])
            for key, result in measured:
                if round(abs(result), places) == value:
                    yield Problem(page.source, number, RULE, f"手打的 {match[0]} 是实验测得的数", f"写 [={key}:.{places}f]")
                    break


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """结果里的全部小数：（键，值）。"""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}")
    elif isinstance(value, float):
        yield path, value
