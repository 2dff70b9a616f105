"""标题：每个 H1–H3 有显式的 ASCII id，页内唯一；没有公式；只用三级；恰好一个 H1。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.model import Book
from book.problems import Problem
from book.source import Document

ID = re.compile(r"^(?:ex:)?[a-z0-9]+(?:-[a-z0-9]+)*$")
RESERVED = {"references"}
RULE = "headings"
UNDERLINE = re.compile(r"^(?:=+|-+)[ ]*$")


def check(book: Book) -> Iterator[Problem]:
    """逐页检查标题。"""
    for page in book.pages:
        document = page.document
        seen: dict[str, int] = {}
        tops = [heading for heading in document.headings if heading.level == 1]
        if not document.problems and len(tops) != 1:
            line = tops[1].line if tops else 1
            yield Problem(page.source, line, RULE, f"有 {len(tops)} 个一级标题", "每页恰好一个一级标题")
        for number, title in _underlined(document):
            yield Problem(page.source, number, RULE, f"标题“{title}”用下划线写，没有 id", "写成 ## 标题 { #english-words }")
        for heading in document.headings:
            where = (page.source, heading.line, RULE)
            if heading.level > 3:
                yield Problem(*where, "标题超过三级", "改用三级以内的标题，或改成段落")
                continue
            if "$" in heading.title or "\\(" in heading.title:
                yield Problem(*where, "标题里有公式，目录会显示成乱码", "用文字说")
            if not heading.id:
                yield Problem(*where, f"标题“{heading.title}”没有 id", "行末加上 { #english-words }")
            elif not ID.match(heading.id) or heading.id in RESERVED:
                yield Problem(*where, f"id {heading.id} 不合规定", "用小写字母、数字和连字符；references 留给机器")
            elif heading.id in seen:
                yield Problem(*where, f"id {heading.id} 已在第 {seen[heading.id]} 行用过", "换一个")
            seen.setdefault(heading.id, heading.line)
        if tops and page.document.meta.get("title") and tops[0].title != page.document.meta["title"]:
            yield Problem(page.source, tops[0].line, RULE, "一级标题与 front matter 的 title 不同", "改成一样")


def _underlined(document: Document) -> Iterator[tuple[int, str]]:
    """文字下面紧跟一行 === 或 ---：Markdown 也当它是标题。"""
    lines = document.masked.split("\n")
    for number, (before, line) in enumerate(zip(lines, lines[1:], strict=False), 1):
        if UNDERLINE.match(line) and before.strip() and not before.startswith((" ", "|", ">", "-", "#")):
            yield number, before.strip()
