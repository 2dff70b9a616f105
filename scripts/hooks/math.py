"""公式：KaTeX 在构建时排好，样式表、字体、复制脚本由包里取出发布。"""

from __future__ import annotations

from typing import Any

from book import katex, session
from book.problems import BookError
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

STYLE = "assets/katex/katex.min.css"  # 由 scripts/theme/main.html 挂在有公式的页面上


def on_files(files: Files, config: Any) -> Files:
    """发布 KaTeX 的文件；它们不进 git。"""
    css, others = katex.assets(session.current().renderer.folder)
    files.append(File.generated(config, STYLE, content=css))
    for uri, path in others.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_content(html: str, page: Page, config: Any, files: Any) -> str:
    """排公式；编号公式带上锚点。"""
    now = session.current()
    ids = {label.number: name for name, label in now.book.labels.items() if label.kind == "eq" and label.page == page.file.src_uri}
    ours = now.book.page(page.file.src_uri)
    try:
        path, text = (ours.source, ours.document.text) if ours else (page.file.src_uri, "")
        return katex.render_page(now.renderer, html, ids, path, text)
    except BookError as error:
        raise PluginError(str(error)) from None


def on_post_build(config: Any) -> None:
    """存缓存。"""
    session.current().renderer.save()


def on_shutdown() -> None:
    """结束 node。"""
    try:
        session.current().renderer.close()
    except RuntimeError:
        pass  # 构建没有开始过
