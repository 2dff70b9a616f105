"""不向别的主机要东西：脚本、样式、图、字体、框架、请求都来自本站；正文里的普通链接不限。

自己写的脚本里不许出现外部地址（命名空间和 ``<a href>`` 除外）。
主题与 KaTeX 自带的脚本只扫一遍：里面的地址要么在注释里，要么列在 ``KNOWN``，
并且查实触发它的东西不在任何一页上。浏览器里的测试另外看真实的请求。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from book.model import Book
from book.problems import Problem
from book.site_checks.tree import Html, Site, css_urls, parse, problem, source, srcset

RULE = "foreign-hosts"
LOADING = {
    "script": ("src",), "img": ("src", "srcset"), "source": ("src", "srcset"), "iframe": ("src",), "frame": ("src",), "embed": ("src",),
    "object": ("data",), "video": ("src", "poster"), "audio": ("src",), "track": ("src",), "input": ("src", "formaction"), "button": ("formaction",),
    "image": ("href", "xlink:href"), "use": ("href", "xlink:href"), "feimage": ("href", "xlink:href"), "base": ("href",), "form": ("action",),
    "body": ("background",), "a": ("ping",), "area": ("ping",),
}  # fmt: skip
RELATIONS = {
    "stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "prerender",
    "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "manifest", "pingback",
}  # fmt: skip
FOREIGN = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
LITERAL = re.compile(r"(?P<quote>[\"'`])\s*(?P<url>(?:(?:https?|wss?|ftp):)?//[^\"'`\s<>]+)", re.I)
ANY = re.compile(r"(?:https?|wss?)://[^\s\"'`<>)\\]+", re.I)
BLOCK = re.compile(r"/\*.*?\*/", re.S)
LINE = re.compile(r"(?m)(?<![:\"'`\w/\\])//(?!#).*$")
NAMESPACES = ("http://www.w3.org/",)
REPAIR = "把文件放进 docs/assets/ 或本章的 figures/，用站内地址"


@dataclass(frozen=True)
class Known:
    """第三方脚本里一个已知的外部地址：在哪个文件、什么地址、为什么不会请求、什么会触发它。"""

    file: str
    url: str
    reason: str
    trigger: str = ""  # 页面里出现它就会请求；空的表示不可能触发


KNOWN = (
    Known("assets/javascripts/bundle.*.js", "https://unpkg.com/mermaid@", "只在页面有 mermaid 图时加载；本书的图都是 SVG", 'class="mermaid'),
    Known("assets/javascripts/bundle.*.js", "https://unpkg.com/resize-observer-polyfill", "只给 2020 年以前没有 ResizeObserver 的浏览器，CSP 也会拦下"),
    Known("assets/javascripts/bundle.*.js", "https://api.github.com/", "只在页面有仓库星数时请求；本书的页眉只是一个链接", 'data-md-component="source"'),
    Known("assets/javascripts/bundle.*.js", "https://${e}/api/v4/", "同上，GitLab 的星数", 'data-md-component="source"'),
    Known("assets/javascripts/workers/search.*.js", "https://bit.ly/2s3ChXG", "一条提示信息里的文字"),
    Known("assets/javascripts/lunr/*", "", "其他语言的分词表；地址都在注释或提示信息里，脚本自己不发请求"),
)


def check(book: Book, root: Path) -> Iterator[Problem]:
    """HTML、CSS、脚本。"""
    site = Site.read(root)
    for page in site.pages.values():
        for address in loads(page):
            if FOREIGN.match(address):
                message = f"向别的主机请求 {address[:120]}"
                yield problem(book, page.path, (address, address.split("//", 1)[1].split("/")[0]), RULE, message, REPAIR)
        for text in page.texts:
            if text.inside == "script":
                for _, url in literals(text.content):
                    message = f"页面里的脚本用到外部地址 {url[:120]}"
                    yield problem(book, page.path, (url,), RULE, message, REPAIR)
    for path in sorted(site.files):
        if path.endswith(".css"):
            for line, address in css_urls(site.text(path)):
                if FOREIGN.match(address):
                    yield Problem(source(book, path), line, RULE, f"样式向别的主机请求 {address[:120]}", REPAIR)
        elif path.endswith((".js", ".mjs")):
            yield from script(book, site, path)
        elif path.endswith(".svg"):
            for address in loads(parse(path, site.text(path))):
                if FOREIGN.match(address):
                    yield problem(book, path, (address,), RULE, f"图里引用了别的主机 {address[:120]}", "把它画进这张图，或用站内文件")


def loads(page: Html) -> Iterator[str]:
    """浏览器不经读者同意就会请求的地址。"""
    for tag in page.tags:
        attrs = tag.attrs
        for name in LOADING.get(tag.name, ()):
            if name in attrs:
                yield from srcset(attrs[name]) if name == "srcset" else (attrs[name],)
        if tag.name == "link" and set(attrs.get("rel", "").lower().split()) & RELATIONS:
            yield attrs.get("href", "")
            yield from srcset(attrs.get("imagesrcset", ""))
        if tag.name == "meta" and attrs.get("http-equiv", "").lower() == "refresh":
            yield attrs.get("content", "").partition("=")[2].strip("\"' ")
        for name in ("style", "fill", "stroke", "filter", "mask", "clip-path"):
            if "url(" in attrs.get(name, ""):
                yield from (address for _, address in css_urls(attrs[name]))
    for text in page.texts:
        if text.inside == "style":
            yield from (address for _, address in css_urls(text.content))


def literals(code: str) -> Iterator[tuple[int, str]]:
    """自己写的脚本里的外部地址：（行号，地址）；注释、命名空间、``<a href>`` 不算。"""
    clean = BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), code)
    clean = LINE.sub("", clean)
    for match in LITERAL.finditer(clean):
        before = clean[max(0, match.start() - 8) : match.start()]
        if match["url"].startswith(NAMESPACES) or re.search(r"\bhref=$", before):
            continue
        if match["url"].strip("/"):
            yield clean.count("\n", 0, match.start()) + 1, match["url"]


def script(book: Book, site: Site, path: str) -> Iterator[Problem]:
    """一个脚本文件。"""
    text = site.text(path)
    name = source(book, path)
    if name != path:
        for line, url in literals(text):
            yield Problem(name, line, RULE, f"脚本用到外部地址 {url[:120]}", REPAIR)
        return
    for match in ANY.finditer(BLOCK.sub("", text)):
        url = match[0]
        if url.startswith(NAMESPACES):
            continue
        known = next((e for e in KNOWN if fnmatch(path, e.file) and url.startswith(e.url)), None)
        if known is None:
            message = f"第三方脚本里有没登记的外部地址 {url[:120]}"
            yield Problem(path, 1, RULE, message, "查明它何时请求；确认不会请求后登记在 scripts/book/site_checks/foreign.py 的 KNOWN")
        elif guilty := [page for page in site.pages.values() if known.trigger and known.trigger in page.raw]:
            more = f"（共 {len(guilty)} 页）" if len(guilty) > 1 else ""
            message = f"页面里有 {known.trigger}{more}，主题会因此请求 {url[:60]}"
            yield problem(book, guilty[0].path, ("mermaid",), RULE, message, "去掉触发它的内容：图用 SVG，页眉不用 Material 的仓库组件")
