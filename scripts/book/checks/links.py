"""链接（源文件）：指向的页面、文件、锚点存在；不写死本站地址；外部地址用 https。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from book.bibliography import PATH as BIB
from book.checks.figures import resolve
from book.model import Book, Page
from book.problems import Problem
from book.source import MATH, blank

RULE = "links"
LINK = re.compile(
    r"(?<!\\)(?P<bang>!?)\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\([ ]*<?(?P<target>[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:[ ]+\"[^\"]*\")?[ ]*\)"
)
HREF = re.compile(r"<a\b[^>]*?\bhref=\"(?P<target>[^\"]*)\"", re.I)
PLAIN_HTTP = re.compile(r"http://[^\s<>\"'）)\]，。；]+")
HTML_ID = re.compile(r"\bid=\"([^\"]+)\"|\{[ ]*#([^\s{}]+)")
HTTP_ALLOWED: tuple[str, ...] = ("http://localhost", "http://127.0.0.1")  # 只有 http 的网站列在这里，写明原因


def check(book: Book) -> Iterator[Problem]:
    """逐页检查，再查文献库里的地址。"""
    anchors: dict[str, set[str]] = {}
    for page in book.pages:
        text = MATH.sub(blank, page.document.masked)
        for match in [*LINK.finditer(text), *HREF.finditer(text)]:
            if match.groupdict().get("bang"):
                continue  # 图归 figures 检查
            line = page.document.line_at(match.start())
            for message, repair in _target(book, page, unquote(match["target"]), anchors):
                yield Problem(page.source, line, RULE, message, repair)
        for match in PLAIN_HTTP.finditer(text):
            if not match[0].startswith(HTTP_ALLOWED):
                line = page.document.line_at(match.start())
                yield Problem(page.source, line, RULE, f"{match[0]} 不是 https", "改用 https；网站只有 http 时列进 HTTP_ALLOWED")
    for entry in book.bibliography.values():
        if entry.url.startswith("http://") and not entry.url.startswith(HTTP_ALLOWED):
            yield Problem(BIB, entry.line, RULE, f"{entry.url} 不是 https", "改用 https；网站只有 http 时列进 HTTP_ALLOWED")


def _target(book: Book, page: Page, target: str, anchors: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    site = str(book.config.get("site_url") or "").rstrip("/")
    if not target:
        yield "链接是空的", "写上地址"
    elif site and (target == site or target.startswith(site + "/")):
        yield f"{target} 是本站的绝对地址", "写相对路径，如 ../07-architecture/attention.md"
    elif re.match(r"[a-z][a-z0-9+.-]*:", target) or target.startswith("//"):
        if target.startswith("//"):
            yield f"{target} 没有写协议", "写 https://"
    elif target.startswith("/"):
        yield f"{target} 是绝对路径", "写相对路径，如 ../07-architecture/attention.md"
    else:
        yield from _local(book, page, target, anchors)


def _local(book: Book, page: Page, target: str, anchors: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    path, _, anchor = target.partition("#")
    other: Page | None = page
    if path:
        file = resolve(page, path)
        if path.count("../") > page.source.count("/") - 1 or not file.startswith("docs/"):
            yield f"{path} 不在 docs/ 里，站点上没有它", "链接到代码就用引入；其余文件写仓库里的完整地址"
            return
        other = book.page(file.removeprefix("docs/"))
        if path.endswith("/") or (not other and not (book.root / file).is_file()):
            hint = "写到文件，如 index.md" if (book.root / file).is_dir() else "检查路径；还没有写出的页面不要链接"
            yield f"{path} 不存在" if not path.endswith("/") else f"{path} 是文件夹", hint
            return
    if anchor and other and anchor not in ids(book, other, anchors):
        yield f"{other.source} 里没有 #{anchor}", "检查标题的 id；图、表、公式用 [@标签] 引用"


def ids(book: Book, page: Page, anchors: dict[str, set[str]]) -> set[str]:
    """一页里可以链接到的 id：标题、标签、手写的 id，以及机器生成的“参考文献”。"""
    if page.source not in anchors:
        found = {a or b for a, b in HTML_ID.findall(page.document.masked)}
        found |= {heading.id for heading in page.document.headings}
        found |= {label.name for label in book.all_labels if label.page == page.site_path}
        if any(":" not in reference.key for reference in book.references[page.site_path]):
            found.add("references")
        anchors[page.source] = found
    return anchors[page.source]
