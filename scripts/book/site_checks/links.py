"""站内链接：每个地址指到真有的文件，每个 ``#片段`` 在目标里真有，id 不重复，每页恰有一个一级标题。

指向自己仓库的链接（编辑、代码行）也查：文件要在，行号不超过文件长度。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from book.model import Book
from book.problems import Problem
from book.site_checks.tree import Html, Site, css_urls, problem, source, srcset

RULE = "built-links"
ADDRESSES = ("href", "src", "poster", "data", "action", "xlink:href", "cite", "background")
NAMES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "headers", "list", "form")
INNER = re.compile(r"url\(\s*[\"']?#([^)\"']+)[\"']?\s*\)")
REPOSITORY = re.compile(r"^/(?:blob|edit|tree|raw)/[^/]+/(?P<path>[^#?]+)(?:#L(?P<from>\d+)(?:-L(?P<to>\d+))?)?")
STATE = {"__drawer", "__search", "__toc"}  # 主题里的开关，对应的 <input> 由它自己写


def check(book: Book, root: Path) -> Iterator[Problem]:
    """链接、片段、id、一级标题。"""
    site = Site.read(root)
    for ours in book.numbered_pages:
        if ours.url + "index.html" not in site.files:
            yield Problem(ours.source, 1, RULE, "这一页没有建出来", "重新构建：python -m mkdocs build --strict")
    for page in site.pages.values():
        yield from duplicates(book, page)
        yield from names(book, page)
        seen: set[str] = set()
        for address in addresses(page):
            if address not in seen:
                seen.add(address)
                yield from target(book, site, page.path, address)
    for path in sorted(site.files):
        if path.endswith(".css"):
            for line, address in css_urls(site.text(path)):
                if message := missing(site, path, address):
                    name = source(book, path)
                    yield Problem(name, line, RULE, message, "改地址，或补上文件")


def addresses(page: Html) -> Iterator[str]:
    """一页里的全部地址。"""
    for tag in page.tags:
        for name in ADDRESSES:
            if name in tag.attrs and not (tag.name == "data" or name == "cite" and tag.name not in {"q", "blockquote", "ins", "del"}):
                yield tag.attrs[name].strip()
        if "srcset" in tag.attrs:
            yield from srcset(tag.attrs["srcset"])
        if "style" in tag.attrs and "url(" in tag.attrs["style"]:
            yield from (address for _, address in css_urls(tag.attrs["style"]))
    for text in page.texts:
        if text.inside == "style":
            yield from (address for _, address in css_urls(text.content))


def missing(site: Site, page: str, address: str) -> str:
    """地址坏在哪里；好的地址返回空串。"""
    if re.match(r"(?:data|mailto|tel|javascript|blob):", address, re.I):
        return ""
    found = site.target(page, address)
    if found is None:
        return ""
    path, fragment = found
    if path not in site.files:
        if f"{path}/index.html" in site.files:
            return f"链接 {address} 指向文件夹却没有以 / 结尾，服务器要多跳一次"
        return f"链接 {address} 指向的 {path} 不在站点里"
    if fragment and path.endswith(".html") and fragment != "top" and fragment not in site.pages[path].ids:
        return f"链接 {address}：{path} 里没有 id “{fragment}”"
    return ""


def target(book: Book, site: Site, page: str, address: str) -> Iterator[Problem]:
    """一个地址。"""
    if message := missing(site, page, address):
        fragment = address.partition("#")[2]
        tail = address.split("#")[0].rstrip("/").rsplit("/", 1)[-1]
        yield problem(book, page, (address, f"#{fragment}" if fragment else "", fragment, tail), RULE, message, "改链接，或补上目标")
    elif book.repository and address.startswith(book.repository):
        if message := repository(book, unquote(address.removeprefix(book.repository))):
            yield problem(book, page, (address, address.rsplit("/", 1)[-1].split("#")[0]), RULE, message, "改路径；仓库里没有的文件不要链接")


def repository(book: Book, tail: str) -> str:
    """指向自己仓库的地址坏在哪里。"""
    match = REPOSITORY.match(tail)
    if not match:
        return ""
    path = book.root / match["path"]
    if not path.exists():
        return f"仓库里没有 {match['path']}"
    last = int(match["to"] or match["from"] or 0)
    if last and path.is_file() and last > len(path.read_text("utf-8", errors="replace").splitlines()):
        return f"{match['path']} 没有第 {last} 行"
    return ""


def duplicates(book: Book, page: Html) -> Iterator[Problem]:
    """重复的 id；一级标题。"""
    for ident, lines in page.ids.items():
        if len(lines) > 1:
            message = f"id “{ident}” 在这一页出现 {len(lines)} 次"
            yield problem(book, page.path, (f"#{ident}", ident), RULE, message, "各起各的名字；同一页的几张 SVG 里的 id 也不能相同")
        if not ident or re.search(r"\s", ident):
            yield problem(book, page.path, (), RULE, f"id 为空或含空白：“{ident}”", "用小写字母、数字、连字符")
    count = sum(1 for _ in page.all("h1"))
    if count != 1:
        yield problem(book, page.path, (), RULE, f"这一页有 {count} 个一级标题", "每页恰好一个 # 标题")


def names(book: Book, page: Html) -> Iterator[Problem]:
    """按 id 指向同一页里别的元素的属性：``for``、``aria-*``、SVG 的 ``url(#x)``。"""
    wanted: dict[str, str] = {}
    for tag in page.tags:
        for name in NAMES:
            for ident in tag.attrs.get(name, "").split():
                wanted.setdefault(ident, f"{name}=\"{ident}\"")
        for value in tag.attrs.values():
            for ident in INNER.findall(value) if "url(" in value else ():
                wanted.setdefault(ident, f"url(#{ident})")
    for ident, how in wanted.items():
        if ident not in page.ids and ident not in STATE:
            yield problem(book, page.path, (how, ident), RULE, f"{how} 指向的 id 不在这一页", "补上那个 id，或删掉这个属性")
