"""文献：键存在、写法统一、每条有地址、按键排序、没有无人引用的条目。"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from book.bibliography import KEY, PATH
from book.model import Book
from book.problems import Problem

RULE = "citations"


def check(book: Book) -> Iterator[Problem]:
    """查引用处，再查文献库。"""
    yield from book.bibliography_problems
    entries = book.bibliography
    cited: set[str] = set()
    for page in book.pages:
        for reference in book.references[page.site_path]:
            if ":" in reference.key:
                continue
            cited.add(reference.key)
            if reference.key not in entries:
                near = difflib.get_close_matches(reference.key, entries, 1)
                hint = f"是不是 {near[0]}？" if near else f"在 {PATH} 里加上这一条"
                yield Problem(page.source, reference.line, RULE, f"未知文献 {reference.key}", hint)
    previous = ""
    for key, entry in entries.items():
        if not KEY.match(key):
            yield Problem(PATH, entry.line, RULE, f"键 {key} 的写法不对", "姓 + 年份 + 题目首个实词，小写，如 vaswani2017attention")
        if key < previous:
            yield Problem(PATH, entry.line, RULE, f"{key} 应排在 {previous} 之前", "条目按键排序")
        previous = max(previous, key)
        missing = [name for name in ("author", "title", "year") if not entry.fields.get(name)]
        if missing:
            yield Problem(PATH, entry.line, RULE, f"{key} 缺 {'、'.join(missing)}", "补全")
        if not entry.url:
            yield Problem(PATH, entry.line, RULE, f"{key} 没有地址", "加 doi，或 eprint 与 archivePrefix，或 url")
        if not entry.venue and "url" not in entry.fields:
            yield Problem(PATH, entry.line, RULE, f"{key} 没有出处", "加 journal、booktitle 或 eprint")
        if key not in cited:
            yield Problem(PATH, entry.line, RULE, f"{key} 没有人引用", "删掉，或在正文里引用")
