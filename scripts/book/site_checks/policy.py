"""内容安全策略（CSP）：每页都有，在任何脚本之前；内联脚本都按指纹放行；没有内联事件。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from book.csp import TOKEN, inline_script_hashes
from book.model import Book
from book.problems import Problem
from book.site_checks.tree import Html, Site, problem

RULE = "csp"
TEMPLATE = "scripts/theme/main.html"
LOOSE = re.compile(r"^(?:\*|https?:|wss?:|'unsafe-eval'|'unsafe-hashes'|(?:https?://|wss?://)?[\w*-]+(?:\.[\w*-]+)+(?::\d+)?(?:/.*)?)$")


def check(book: Book, root: Path) -> Iterator[Problem]:
    """每一页的策略。"""
    for page in Site.read(root).pages.values():
        yield from policy(book, page)
        for tag in page.tags:
            for name, value in tag.attrs.items():
                if name.startswith("on"):
                    message = f"<{tag.name}> 上有内联事件 {name}，CSP 不会执行它"
                    yield problem(book, page.path, (f"{name}=",), RULE, message, "在脚本里用 addEventListener")
                elif value.strip().lower().startswith("javascript:"):
                    yield problem(book, page.path, (value,), RULE, "javascript: 地址，CSP 不会执行它", "换成按钮和脚本")


def policy(book: Book, page: Html) -> Iterator[Problem]:
    """一页的 ``<meta>``。"""
    metas = [tag for tag in page.all("meta") if tag.attrs.get("http-equiv", "").lower() == "content-security-policy"]
    if not metas:
        yield problem(book, page.path, (), RULE, "没有内容安全策略", f"页面模板要继承 {TEMPLATE}")
        return
    content = metas[0].attrs.get("content", "")
    if TOKEN in page.raw:
        yield problem(book, page.path, (), RULE, f"占位符 {TOKEN} 没有填", "在钩子里对这一页调用 book.csp.apply_csp")
        return
    if early := next((tag for tag in page.all("script", "link") if tag.line < metas[0].line and loads_early(tag.name, tag.attrs)), None):
        yield problem(book, page.path, (), RULE, f"第 {early.line} 行的 <{early.name}> 在策略之前，不受它管", f"在 {TEMPLATE} 里把 <meta> 提前")
    rules = {name: values for name, *values in (part.split() for part in content.split(";") if part.split())}
    if rules.get("default-src") not in (["'self'"], ["'none'"]):
        yield problem(book, page.path, (), RULE, "策略没有 default-src 'self'", f"改 {TEMPLATE}")
    for name, values in rules.items():
        for value in values:
            if LOOSE.match(value):
                yield problem(book, page.path, (), RULE, f"策略的 {name} 放行了 {value}", f"改 {TEMPLATE}，只留 'self' 和指纹")
    scripts = rules.get("script-src", rules.get("default-src", []))
    if "'unsafe-inline'" in scripts:
        yield problem(book, page.path, (), RULE, "script-src 放行了任意内联脚本", f"改 {TEMPLATE}，用指纹")
    absent = [value for value in inline_script_hashes(page.raw) if value not in scripts]
    if absent:
        message = f"{len(absent)} 段内联脚本不在策略里，浏览器不会执行：{absent[0][:24]}…"
        yield problem(book, page.path, ("<script",), RULE, message, "apply_csp 要在最后一个改 HTML 的钩子之后调用")


def loads_early(name: str, attrs: dict[str, str]) -> bool:
    """会加载东西或执行的标签。"""
    if name == "script":
        return attrs.get("type", "") not in {"application/json", "application/ld+json"}
    return bool({"stylesheet", "preload", "modulepreload"} & set(attrs.get("rel", "").split()))
