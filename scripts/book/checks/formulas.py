"""公式：每一个都由 KaTeX 排一遍，错误报到源文件的行。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from book import katex, session
from book.model import Book
from book.problems import BookError, Problem

RULE = "formulas"
NUMBERED = re.compile(r"\\begin\{(?:align|gather|equation|alignat)\}")


def check(book: Book) -> Iterator[Problem]:
    """排全书的公式（有缓存），再查没有成对的 ``$$``。"""
    found = [(page, *formula) for page in book.pages for formula in page.document.formulas]
    try:
        answers = renderer(book).render([(tex, display) for _, _, tex, display in found])
    except BookError as error:
        yield from error.problems
        return
    renderer(book).save()
    for (page, line, tex, _), answer in zip(found, answers, strict=True):
        if isinstance(answer, Exception):
            yield Problem(page.source, line, RULE, f"公式 {tex[:40]!r}：{answer}", "修好 LaTeX；KaTeX 支持的命令见 katex.org")
    for page, line, tex, _ in found:
        if match := NUMBERED.search(tex):
            yield Problem(page.source, line, RULE, f"{match[0]} 会自己编号，与全书的编号冲突", "改用 aligned、gathered，或加星号")
    for page in book.pages:
        text = page.document.masked
        for match in katex.LEFTOVER.finditer(_without_math(text)):
            line = page.document.line_at(match.start() + len(match[0]) - len(match[0].lstrip()))
            yield Problem(page.source, line, RULE, f"没被认出的公式 {match[0].strip()!r}", "独立公式用成对的 $$，前后各空一行；行内用 $…$")
        yield from _display(page.source, text, page.document)


def _without_math(text: str) -> str:
    from book.source import MATH, blank

    return MATH.sub(blank, text)


def _display(source: str, text: str, document: object) -> Iterator[Problem]:
    """独立公式前面必须空一行，否则 Markdown 不认。"""
    lines = text.split("\n")
    inside = False
    for number, line in enumerate(lines, 1):
        count = line.count("$$")
        if count and not inside and number > 1 and line.lstrip(" >\t").startswith("$$") and lines[number - 2].strip(" >\t"):
            yield Problem(source, number, RULE, "独立公式紧跟在文字后面，不会被认出", "在 $$ 之前空一行")
        if count % 2:
            inside = not inside


def renderer(book: Book) -> katex.Renderer:
    """构建时用会话里的排版器，检查时每个项目自己开一个。"""
    try:
        now = session.current()
        if now.root == book.root:
            return now.renderer
    except RuntimeError:
        pass
    return _own(book.root)


@cache
def _own(root: Path) -> katex.Renderer:
    return katex.Renderer(root)
