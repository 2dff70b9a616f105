"""生成的列表：参考文献、实验、交互图。用 ``<!-- book:名 -->`` 放进页面。"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import partial

from book.model import Book, Page, relative_url

WIDGET = re.compile(r"<book-(?P<name>[a-z][a-z0-9-]*)(?P<attrs>[^>]*)>")


def references(book: Book, page: Page, first: str = "", last: str = "~") -> str:
    """全书文献，按键排序，每条列出引用它的页面；给了 first 与 last，只列首字母在两者之间的。"""
    items = []
    for key in sorted(book.citations):
        if first <= key[0].lower() <= last and (entry := book.bibliography.get(key)):
            back = "、".join(page_link(book, page, path) for path in book.citations[key])
            items.append(f'<li id="all:{key}">{entry.as_html} <span class="cited-by">见：{back}</span></li>')
    return f'<ol class="references">{"".join(items)}</ol>' if items else "<p>还没有引用任何文献。</p>"


def labs(book: Book, page: Page) -> str:
    """全部实验。"""
    rows = [
        f"<li>{page_link(book, page, lab.site_path)}：{html.escape(str(lab.document.meta.get('description', '')))}</li>"
        for lab in book.numbered_pages
        if lab.kind == "lab"
    ]
    return f'<ul class="generated">{"".join(rows)}</ul>' if rows else "<p>还没有实验。</p>"


def widgets(book: Book, page: Page) -> str:
    """全部交互图。"""
    rows = []
    for other in book.numbered_pages:
        for match in WIDGET.finditer(other.document.masked):
            title = re.search(r'title="([^"]+)"', match["attrs"])
            name = html.escape(title[1] if title else match["name"])
            rows.append(f"<li>{name}：在 {page_link(book, page, other.site_path)}</li>")
    return f'<ul class="generated">{"".join(rows)}</ul>' if rows else "<p>还没有交互图。</p>"


def page_link(book: Book, page: Page, site_path: str) -> str:
    """指向另一页的链接，文字是带编号的题目。"""
    target = book.page(site_path)
    assert target is not None
    return f'<a href="{relative_url(target.url, page.url)}">{html.escape(target.numbered_title)}</a>'


# 文献多了，一页装不下（HTML 至多 40 KB），按首字母分在几页。
PARTS = {f"references-{first}-{last}": partial(references, first=first, last=last) for first, last in ("ag", "ho", "pz")}
DIRECTIVES: dict[str, Callable[[Book, Page], str]] = {"references": references, **PARTS, "labs": labs, "widgets": widgets}
