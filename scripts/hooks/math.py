"""公式：KaTeX 在构建时排好，样式表、字体、复制脚本由包里取出发布。"""

from __future__ import annotations

from typing import Any

from book import katex, session
from book.problems import BookError
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

STYLE, SCRIPT = "assets/katex/katex.min.css", "assets/katex/copy-tex.min.js"


def on_config(config: Any) -> Any:
    """挂上样式表与复制脚本。"""
    if STYLE not in config.extra_css:
        config.extra_css.insert(0, STYLE)
    if SCRIPT not in config.extra_javascript:
        config.extra_javascript.append(SCRIPT)
    return config


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
        return katex.render_page(now.renderer, html, ids, ours.source if ours else page.file.src_uri)
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
