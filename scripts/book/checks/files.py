"""文件、导航、生成指令：最基础的三条。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.model import DIRECTIVE, Book
from book.problems import Problem
from book.source import Document
from book.transforms.lists import DIRECTIVES


def check(book: Book) -> Iterator[Problem]:
    """读得到、是 UTF-8、没有 BOM 与 CRLF、围栏有收尾、实验格式完整。"""
    for page in book.pages:
        document = page.document
        yield from document.problems
        if document.bom:
            yield Problem(document.path, 1, "files", "文件开头有 BOM", "运行 python scripts/check.py --fix")
        if document.crlf:
            yield Problem(document.path, 1, "files", "换行是 CRLF", "运行 python scripts/check.py --fix")
        if document.unclosed_fence:
            yield Problem(document.path, document.unclosed_fence, "files", "代码块没有收尾的围栏", "补上收尾的 ```")
        for line in _torn_cells(document):
            yield Problem(document.path, line, "files", "代码块没有收尾的围栏，吞掉了后面的代码单元", "补上收尾的 ```")
        for line in _open_comments(document):
            yield Problem(document.path, line, "files", "注释没有收尾，后面的文字都不会显示", "补上 -->")
        for line, message in document.lab_errors:
            yield Problem(document.path, line, "files", message, "每个单元之间空一行，文件末尾留一个空行")
        if document.is_lab and not document.problems and not (book.root / "docs" / page.site_path).exists():
            yield Problem(document.path, 1, "files", "实验还没有执行过的 .ipynb", "运行 python scripts/run_labs.py")


def _torn_cells(document: Document) -> Iterator[int]:
    """实验的说明里没有收尾的围栏：它会一直吞到某个代码单元的收栏。"""
    for fence in document.fences:
        if document.is_lab and "````python" in fence.content.split("\n"):
            yield fence.start


def _open_comments(document: Document) -> Iterator[int]:
    for number, line in enumerate(document.masked.split("\n"), 1):
        if "<!--" in line:
            yield number


def nav(book: Book) -> Iterator[Problem]:
    """页面都在导航里，导航不重复；导学的地图与导航的顺序一致。"""
    yield from book.problems
    seen: set[str] = set()
    for path in book.nav:
        if path in seen:
            yield Problem("mkdocs.yml", nav_line(book, path), "nav", f"{path} 在导航里出现两次", "留一处")
        seen.add(path)
        if path.endswith(".md") or path.endswith(".ipynb"):
            continue
        if "://" not in path:
            yield Problem("mkdocs.yml", nav_line(book, path), "nav", f"{path} 不是页面", "只列 .md 与 lab-*.ipynb")
    for page in book.pages:
        if page.site_path not in seen:
            yield Problem(page.source, 1, "nav", "页面不在导航里", "在 mkdocs.yml 的 nav 里加上它")
    for folder in sorted({page.folder for page in book.pages if page.folder}):
        yield from _map(book, folder)


def _map(book: Book, folder: str) -> Iterator[Problem]:
    items = book.chapter_map(folder)
    linked = {target: (number, line) for number, line, _, target in items if target}
    source = f"docs/{folder}/index.md"
    sections = [page for page in book.numbered_pages if page.folder == folder and page.kind == "section"]
    for page in sections:
        if page.site_path not in linked:
            yield Problem(page.source, 1, "nav", "这一节不在本章导学的地图里", f"在 {source} 的“地图”里给它的题目加上链接")
    for target, (_, line) in linked.items():
        if book.page(target) is None:
            yield Problem(source, line, "nav", f"地图里链接的 {target} 不存在", "去掉链接，或写出这一节")
    order = [linked[page.site_path] for page in sections if page.site_path in linked]
    for (before, _), (after, line) in zip(order, order[1:], strict=False):
        if after < before:
            yield Problem(source, line, "nav", "地图的次序与 mkdocs.yml 的导航不同", "两处改成一样")
    for _, line, title, target in items:
        page = book.page(target) if target else None
        if page is not None and page.title != title:
            yield Problem(source, line, "nav", f"地图里写“{title}”，那一节的题目是“{page.title}”", "改成一样")


def nav_line(book: Book, path: str) -> int:
    """一个路径在 mkdocs.yml 里的行号。"""
    try:
        lines = (book.root / "mkdocs.yml").read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return 1
    found = [number for number, line in enumerate(lines, 1) if re.search(rf"(?:^|[\s:\"'-]){re.escape(path)}(?:[\s\"'#]|$)", line)]
    return found[-1] if found else 1


def directives(book: Book) -> Iterator[Problem]:
    """``<!-- book:名 -->`` 的名字必须认识。"""
    for page in book.pages:
        for line, comment in page.document.comments:
            if not comment.startswith("book:"):
                continue
            match = DIRECTIVE.match(comment)
            if not match or match["name"] not in DIRECTIVES:
                known = "、".join(DIRECTIVES)
                yield Problem(page.source, line, "directives", f"不认识的指令 {comment}", f"可用的名字：{known}")
