"""实验页：文字来自 ``lab-*.py``，输出来自执行过的 ``.ipynb``，都走站点自己的 Markdown。"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from book import notebooks, session
from book.problems import BookError
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

DOWNLOAD = '<p class="lab-download"><a href="{name}.ipynb" download>下载笔记本</a>，或看源文件 <a href="{source}">{name}.py</a>。</p>'


def on_page_read_source(page: Page, config: Any) -> str | None:
    """实验页的源换成由 ``.py`` 得到的 Markdown，并留好放输出的空位。"""
    ours = session.current().book.page(page.file.src_uri)
    if ours is None or not ours.document.is_lab:
        return None
    return notebooks.with_slots(ours.document)


def on_page_markdown(markdown: str, page: Page, config: Any, files: Any) -> str:
    """mkdocs-jupyter 换掉了这一页的 ``render``；拿回 MkDocs 自己的。"""
    book = session.current().book
    ours = book.page(page.file.src_uri)
    if ours is None or not ours.document.is_lab:
        return markdown
    page.__dict__.pop("render", None)
    source = f"{book.repository}/blob/main/{ours.source}"
    head, _, rest = markdown.lstrip("\n").partition("\n")
    if not head.startswith("# "):  # 题目之前还有别的单元
        head, rest = "", markdown
    return f"{head}\n\n{DOWNLOAD.format(name=Path(ours.source).stem, source=source)}\n\n{rest}"


def on_page_content(html: str, page: Page, config: Any, files: Any) -> str:
    """填入输出。"""
    book = session.current().book
    ours = book.page(page.file.src_uri)
    if ours is None or not ours.document.is_lab:
        return html
    try:
        return notebooks.fill_slots(html, notebooks.read_outputs(book.root / "docs" / ours.site_path), ours.source)
    except BookError as error:
        raise PluginError(str(error)) from None
