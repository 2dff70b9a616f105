"""无障碍：在 Chromium 里用 axe-core 看页面，明暗两种配色、桌面与手机两种宽度。

平时每种页面看一页，持续集成里看全部。严重（serious）与致命（critical）的违例是问题，颜色对比在内。
与配色、宽度无关的规则只在桌面明色下跑一遍，其余三种组合只跑受它们影响的规则。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from book.model import Book
from book.problems import Problem
from book.site_checks import browser
from book.site_checks.server import serve
from book.site_checks.skipped import missing, required
from book.site_checks.tree import Site, problem

RULE = "a11y"
SIZES = {"桌面": {"width": 1280, "height": 900}, "手机": {"width": 360, "height": 740}}
COLOURS = {"明": "light", "暗": "dark"}
GRAVE = {"serious", "critical"}
DEPENDENT = ["color-contrast", "scrollable-region-focusable", "target-size", "link-in-text-block", "meta-viewport"]
ALL: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
SOME: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": DEPENDENT}}


@dataclass
class Finding:
    """一页上一条规则的违例；``places`` 是出现在哪些宽度与配色下。"""

    count: int
    target: str
    text: str
    url: str
    places: list[str] = field(default_factory=list)


def check(book: Book, root: Path) -> Iterator[Problem]:
    """代表页（持续集成里是全部页面）。"""
    chromium = browser.launch()
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        yield from missing(RULE, "没有装 axe-playwright-python，无障碍没有检查", 'python -m pip install -e ".[test]"')
        return
    if chromium is None:
        yield from missing(RULE, browser.ABSENT, browser.REPAIR)
        return
    found: dict[tuple[str, str], Finding] = {}
    pages = chosen(book, Site.read(root), everything=required())
    axe = Axe()
    with serve(root) as address:
        for size, viewport in SIZES.items():
            for colour, scheme in COLOURS.items():
                whole = size == "桌面" and colour == "明"
                context = chromium.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
                try:
                    tab = context.new_page()
                    for path in pages:
                        tab.goto(address + path.removesuffix("index.html"), wait_until="load")
                        results = axe.run(tab, options=ALL if whole else SOME).response
                        for rule, finding in violations(results):
                            found.setdefault((path, rule), finding).places.append(size + colour)
                finally:
                    context.close()
    for (path, rule), finding in found.items():
        # 选择器里的 id 在源文件里找行；样式的问题多半不在这一页的源文件里，那就是第 1 行
        needles = tuple(re.findall(r"#([\w:-]+)", finding.target))
        message = f"{rule}（{'、'.join(finding.places)}；{finding.count} 处）：{finding.text}"
        yield problem(book, path, needles, RULE, message, finding.url)


def chosen(book: Book, site: Site, everything: bool) -> list[str]:
    """要看的页面：全部，或每种类型一页（有交互图的另算），加 404 页。"""
    if everything:
        return sorted(site.pages)
    kinds: dict[str, str] = {}
    for page in book.numbered_pages:
        path = page.url + "index.html"
        if path in site.pages:
            kinds.setdefault("widget" if "<book-" in page.document.masked else page.kind, path)
    return [*kinds.values(), *(["404.html"] if "404.html" in site.pages else [])] or sorted(site.pages)[:8]


def violations(results: dict[str, Any]) -> Iterator[tuple[str, Finding]]:
    """axe 的一份结果里该修的：（规则，详情）。"""
    for violation in results["violations"]:
        nodes = [node for node in violation["nodes"] if (node.get("impact") or violation["impact"]) in GRAVE]
        if nodes:
            target = " ".join(str(part) for part in nodes[0]["target"])
            why = (nodes[0].get("failureSummary") or "").split("\n")
            detail = why[1].strip()[:160] if len(why) > 1 else ""
            text = f"{violation['help']}；如 {target[:100]}：{detail}"
            yield violation["id"], Finding(len(nodes), target, text, violation["helpUrl"].split("?")[0])
