"""HTML 阶段的变换：图、表、标题栏、术语、中文换行；最后给每页写上内容安全策略。"""

from __future__ import annotations

from typing import Any

from book import csp, session
from book.model import relative_url
from book.transforms import html as transform
from mkdocs.structure.pages import Page


def on_page_content(html: str, page: Page, config: Any, files: Any) -> str:
    """在公式排好之后做。"""
    book = session.current().book
    ours = book.page(page.file.src_uri)
    if ours is None:
        return transform.join_lines(html)
    return transform.render(book, ours, html, relative_url("", ours.url))


def on_post_page(output: str, page: Page, config: Any) -> str:
    """内联脚本的指纹写进 CSP。"""
    return csp.apply_csp(output)
