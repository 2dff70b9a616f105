"""Markdown 阶段的变换；同时把题目、阅读时间、更新日期交给模板。"""

from __future__ import annotations

from typing import Any

from book import session
from book.transforms import markdown as transform
from mkdocs.structure.pages import Page


def on_page_markdown(markdown: str, page: Page, config: Any, files: Any) -> str:
    """代码段、数、编号、引用、练习、测验。"""
    book = session.current().book
    ours = book.page(page.file.src_uri)
    if ours is None:
        return markdown
    page.meta["title"] = ours.numbered_title
    page.meta["reading_minutes"] = ours.reading_minutes
    if date := book.dates.get(ours.source):
        page.meta["updated"] = date
    if config.edit_uri and page.edit_url and ours.document.is_lab:
        page.edit_url = page.edit_url.removesuffix(".ipynb") + ".py"
    return transform.render(book, ours, markdown)
