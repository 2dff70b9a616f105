"""建好的站点读成一棵树：每个 HTML 只解析一遍，各条规则都问它。

公式的内部（``<x-m>``）由 KaTeX 生成、数量很大，只记下用到的样式类，不逐个标签解析。
"""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from book.model import Book
from book.problems import Problem

OPAQUE = {"code", "pre", "script", "style", "textarea", "x-m", "kbd", "samp"}  # 其中的文字原样给读者看，或不给读者看
FORMULA = re.compile(r"(?P<open><x-m\b[^>]*>)(?P<body>.*?)(?P<close></x-m>)", re.S)
RISKY = re.compile(r"\b(?:src|href|id|on\w+)\s*=|url\(", re.I)
CLASS = re.compile(r'\bclass="([^"]*)"')
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.S)
CSS_URL = re.compile(r"url\(\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^)\s\"']*))\s*\)|@import\s+(?:\"(?P<d>[^\"]*)\"|'(?P<e>[^']*)')", re.I)
HERE = "http://site.invalid"


@dataclass(frozen=True)
class Tag:
    """一个开始标签。"""

    name: str
    attrs: dict[str, str]
    line: int

    @property
    def classes(self) -> list[str]:
        """样式类。"""
        return self.attrs.get("class", "").split()


@dataclass(frozen=True)
class Text:
    """一段文字；``inside`` 是所在的不透明元素（代码、公式……），正文为空。"""

    content: str
    line: int
    inside: str = ""


@dataclass
class Html:
    """一个 HTML 文件。``path`` 相对站点根。"""

    path: str
    raw: str
    tags: list[Tag] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    comments: list[Text] = field(default_factory=list)
    empty_blocks: list[int] = field(default_factory=list)
    styles: set[frozenset[str]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """目录形式的地址，相对站点根；首页为空。"""
        return self.path.removesuffix("index.html")

    def all(self, *names: str) -> Iterator[Tag]:
        """某几种标签。"""
        return (tag for tag in self.tags if tag.name in names)

    @cached_property
    def ids(self) -> dict[str, list[int]]:
        """id → 出现的行（公式内部没有 id，见 ``FORMULA``）。"""
        found: dict[str, list[int]] = {}
        for tag in self.tags:
            if "id" in tag.attrs:
                found.setdefault(tag.attrs["id"], []).append(tag.line)
        return found

    @cached_property
    def size(self) -> int:
        """压缩后的字节数。"""
        return zipped(self.raw.encode("utf-8"))


class _Parser(HTMLParser):
    """把标签、文字、注释分到 ``Html`` 里。"""

    def __init__(self, page: Html) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.inside: list[str] = []
        self.block: tuple[int, bool] | None = None  # 正在读的 <pre>：起始行，有没有内容

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.page.tags.append(Tag(tag, {name: value or "" for name, value in attrs}, line))
        if tag in OPAQUE:
            self.inside.append(tag)
        if tag == "pre":
            self.block = (line, False)
        elif self.block and tag in {"img", "svg"}:
            self.block = (self.block[0], True)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        self.page.tags.append(Tag(tag, {name: value or "" for name, value in attrs}, line))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass
        if tag == "pre" and self.block:
            if not self.block[1]:
                self.page.empty_blocks.append(self.block[0])
            self.block = None

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        self.page.texts.append(Text(data, self.getpos()[0], self.inside[-1] if self.inside else ""))
        if self.block:
            self.block = (self.block[0], True)

    def handle_comment(self, data: str) -> None:
        self.page.comments.append(Text(data, self.getpos()[0], self.inside[-1] if self.inside else ""))


def parse(path: str, raw: str) -> Html:
    """解析一个 HTML 文件。"""
    page = Html(path, raw)

    def skim(match: re.Match[str]) -> str:
        body = match["body"]
        page.styles.update(frozenset(names.split()) for names in CLASS.findall(body))
        return match[0] if RISKY.search(body) else match["open"] + "\n" * body.count("\n") + match["close"]

    parser = _Parser(page)
    parser.feed(FORMULA.sub(skim, raw))
    parser.close()
    page.styles.update(frozenset(tag.classes) for tag in page.tags)
    return page


def css_urls(text: str) -> Iterator[tuple[int, str]]:
    """样式里的 ``url()`` 与 ``@import``：（行号，地址）。"""
    text = CSS_COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for match in CSS_URL.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, next(value for value in match.groups() if value is not None)


def srcset(value: str) -> list[str]:
    """``srcset`` 里的地址。"""
    return [part.split()[0] for part in re.split(r",\s+", value.strip()) if part.split()]


def zipped(data: bytes) -> int:
    """gzip 之后的字节数，压缩级别与常见的网站服务器相同。"""
    return len(gzip.compress(data, 6, mtime=0))


@dataclass
class Site:
    """建好的站点。"""

    root: Path
    files: frozenset[str]

    @classmethod
    def read(cls, root: Path) -> Site:
        """读站点；文件没有变时沿用上一次的结果。"""
        found = sorted((p.relative_to(root).as_posix(), p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*") if p.is_file())
        return _read(root.resolve(), tuple(found))

    @cached_property
    def pages(self) -> dict[str, Html]:
        """路径 → HTML。"""
        return {path: parse(path, self.text(path)) for path in sorted(self.files) if path.endswith(".html")}

    def text(self, path: str) -> str:
        """一个文本文件。"""
        return (self.root / path).read_text("utf-8", errors="replace").replace("\r\n", "\n")

    def size(self, path: str) -> int:
        """传输时的字节数：字体和图片已经压过，其余按 gzip。"""
        data = (self.root / path).read_bytes()
        return len(data) if path.endswith((".woff2", ".png", ".jpg", ".webp", ".gz", ".ico")) else zipped(data)

    @cached_property
    def base(self) -> str:
        """站点在域名下的路径，以 / 结尾；只有 404 页用绝对地址，从它的配置里读。"""
        page = self.pages.get("404.html")
        if page:
            for text in page.texts:
                if text.inside == "script" and '"base"' in text.content:
                    try:
                        base = str(json.loads(text.content)["base"])
                    except (ValueError, KeyError, TypeError):
                        continue
                    return base.rstrip("/") + "/" if base.startswith("/") else "/"
        return "/"

    def target(self, page: str, address: str) -> tuple[str, str] | None:
        """地址指向站内哪个文件与片段；指向别的主机或不是地址时为 ``None``。

        目录变成其中的 ``index.html``；文件不一定存在。
        """
        start = HERE + posixpath.join(self.base, "404.html" if page == "404.html" else page)
        try:
            parts = urlsplit(urljoin(start, address))
        except ValueError:
            return address, ""
        if f"{parts.scheme}://{parts.netloc}" != HERE:
            return None
        path = unquote(parts.path)
        path = path[len(self.base) :] if path.startswith(self.base) else path
        if not path or path.endswith("/"):
            path += "index.html"
        return path, unquote(parts.fragment).split(":~:")[0]


@lru_cache(maxsize=2)
def _read(root: Path, found: tuple[tuple[str, int, int], ...]) -> Site:
    return Site(root, frozenset(path for path, _, _ in found))


def source(book: Book, path: str) -> str:
    """站点里的文件由哪个源文件来；找不到源文件时就是它自己。"""
    if path.endswith(".html"):
        url = path.removesuffix("index.html")
        for page in book.pages:
            if page.url == url:
                return page.source
        if path == "404.html":
            return "scripts/theme/404.html"
    return f"docs/{path}" if (book.root / "docs" / path).is_file() else path


def locate(book: Book, path: str, *needles: str) -> tuple[str, int]:
    """源文件与行号：找第一个在源文件里出现的词；都没有时是第 1 行。"""
    name = source(book, path)
    page = next((page for page in book.pages if page.source == name), None)
    if page:
        raw = page.document.raw
    elif (book.root / name).is_file():
        raw = (book.root / name).read_text("utf-8", errors="replace")
    else:
        return name, 1
    for needle in needles:
        if needle and (at := raw.find(needle)) >= 0:
            return name, raw.count("\n", 0, at) + 1
    return name, 1


def problem(book: Book, path: str, needles: tuple[str, ...], rule: str, message: str, repair: str) -> Problem:
    """站点文件 ``path`` 里的一处问题，指回源文件。"""
    name, line = locate(book, path, *needles)
    where = "" if name != path or path.endswith((".css", ".js")) else "（站点里的文件）"
    return Problem(name, line, rule, message + where, repair)
