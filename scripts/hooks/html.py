"""HTML 阶段的变换：图、表、标题栏、术语、中文换行；最后给每页写上内容安全策略。"""

from __future__ import annotations

from typing import Any

from book import csp, session
from book.model import relative_url
from book.problems import BookError
from book.transforms import html as transform
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

_serving = False


def on_startup(command: str, dirty: bool) -> None:
    """记下是构建还是预览。"""
    global _serving
    _serving = command == "serve"


def on_page_content(html: str, page: Page, config: Any, files: Any) -> str:
    """在公式排好之后做。"""
    book = session.current().book
    ours = book.page(page.file.src_uri)
    if ours is None:
        return transform.join_lines(html)
    try:
        content, page.formulas = transform.stash_formulas(transform.render(book, ours, html, relative_url("", ours.url)))
        return content
    except BookError as error:
        raise PluginError(str(error)) from None


def on_post_page(output: str, page: Page, config: Any) -> str:
    """内联脚本的指纹写进 CSP；预览时 MkDocs 另插自动刷新的脚本，不设策略。"""
    return csp.apply_csp(transform.restore_formulas(output, getattr(page, "formulas", [])), live_reload=_serving)


def on_post_template(output: str, template_name: str, config: Any) -> str:
    """404 页不是正文页，也要有策略。"""
    return csp.apply_csp(output, live_reload=_serving) if template_name.endswith(".html") else output
