"""大小：每页 HTML、全书中位数、任一页首屏；搜索索引不提前加载。

首屏由标签静态算出：HTML、不限于打印的样式、脚本与它静态导入的模块、预取、图标、不延迟的图片，
以及这一页的公式会用到的字体。字体由 KaTeX 的样式表推出：一条规则指定了字体，而页面上有元素
带着选择器里的全部样式类，就算用到。只看类、不看层级，所以只会多算，不会少算；
``tests/site`` 用浏览器真实的请求核对它。
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from book.model import Book
from book.problems import Problem
from book.site_checks.tree import CSS_COMMENT, Html, Site, css_urls, problem

RULE = "budgets"
KB = 1024
PAGE, MEDIAN, FIRST_VIEW = 40 * KB, 20 * KB, 150 * KB
BLOCK = re.compile(r"(?P<selector>[^{}]+)\{(?P<body>[^{}]*)\}")
COMPOUND = re.compile(r"[\s>+~]+")
CLASSES = re.compile(r"\.([\w-]+)")
IMPORT = re.compile(r"(?:\bimport\b|\bexport\b)[^;(\"'`]*?[\"'](?P<a>\.{1,2}/[^\"']+)[\"']|\bimport\(\s*[\"'](?P<b>\.{1,2}/[^\"']+)[\"']")


SEARCH_FILE = re.compile(r"search_index\.json$|workers/search\.|assets/javascripts/bundle\.")


@dataclass
class FirstView:
    """一页首屏要的文件：路径 → 种类（html、css、js、font、image）。"""

    files: dict[str, str] = field(default_factory=dict)

    def total(self, site: Site) -> int:
        """压缩后的总字节数。"""
        return sum(site.size(path) for path in self.files)

    def by_kind(self, site: Site) -> dict[str, int]:
        """每种文件的字节数。"""
        sizes: dict[str, int] = {}
        for path, kind in self.files.items():
            sizes[kind] = sizes.get(kind, 0) + site.size(path)
        return sizes


def check(book: Book, root: Path) -> Iterator[Problem]:
    """三个上限与搜索。"""
    site = Site.read(root)
    pages = [page for page in site.pages.values() if page.path != "404.html"]
    for page in pages:
        if page.size > PAGE:
            message = f"压缩后的 HTML 有 {page.size / KB:.1f} KB，上限 {PAGE // KB} KB"
            yield problem(book, page.path, (), RULE, message, "把这一页拆成两节，或减少内联的图与公式")
        view = first_view(site, page)
        if (total := view.total(site)) > FIRST_VIEW:
            parts = "、".join(f"{kind} {size / KB:.1f}" for kind, size in sorted(view.by_kind(site).items()))
            message = f"首屏要 {total / KB:.1f} KB（{parts}），上限 {FIRST_VIEW // KB} KB"
            yield problem(book, page.path, (), RULE, message, "少用一种公式字体、延迟图片，或减小脚本与样式")
    if pages and (middle := statistics.median(page.size for page in pages)) > MEDIAN:
        yield Problem("mkdocs.yml", 1, RULE, f"全书 HTML 压缩后的中位数是 {middle / KB:.1f} KB，上限 {MEDIAN // KB} KB", "看模板里每页都重复的部分")
    yield from search(book, site)


def search(book: Book, site: Site) -> Iterator[Problem]:
    """页面一打开就会运行的脚本里，没有取搜索索引、启动搜索线程的；Material 的脚本包会取，所以不能用。"""
    eager: dict[tuple[str, str], list[str]] = {}
    for page in site.pages.values():
        for tag in page.all("script", "link", "iframe"):
            found = site.target(page.path, tag.attrs.get("src", "") or tag.attrs.get("href", ""))
            if found and found[0] in site.files:
                for path in [found[0], *imported(site, found[0], dynamic=False)]:
                    if SEARCH_FILE.search(path) or path.endswith(".js") and "search_index.json" in site.text(path):
                        eager.setdefault((tag.name, path), []).append(page.path)
    for (name, path), pages in eager.items():
        message = f"<{name}> 使页面一打开就加载搜索：{path}（共 {len(pages)} 页）"
        yield problem(book, pages[0], (path.rsplit("/", 1)[-1],), RULE, message, "读者打开搜索之前不加载任何搜索文件，用 import() 推迟")


def first_view(site: Site, page: Html) -> FirstView:
    """一页首屏要的文件。"""
    view = FirstView({page.path: "html"})

    def add(address: str, kind: str, base: str = page.path) -> str:
        found = site.target(base, address)
        if found is None or found[0] not in site.files:
            return ""
        view.files.setdefault(found[0], kind)
        return found[0]

    sheets = []
    for tag in page.tags:
        attrs = tag.attrs
        if tag.name == "link":
            relation = set(attrs.get("rel", "").lower().split())
            if "stylesheet" in relation and attrs.get("media", "").strip() != "print":
                sheets.append(add(attrs.get("href", ""), "css"))
            elif relation & {"preload", "modulepreload"}:
                path = add(attrs.get("href", ""), {"font": "font", "style": "css", "image": "image"}.get(attrs.get("as", ""), "js"))
                if path.endswith(".js"):
                    modules(site, view, path)
            elif relation & {"icon", "manifest", "apple-touch-icon"}:
                add(attrs.get("href", ""), "image")
        elif tag.name == "script" and "src" in attrs:
            if path := add(attrs["src"], "js"):
                modules(site, view, path)
        elif tag.name in {"img", "source", "iframe", "embed"} and attrs.get("loading") != "lazy" and "src" in attrs:
            add(attrs["src"], "image")
        elif tag.name == "object" and "data" in attrs:
            add(attrs["data"], "image")
    for sheet in filter(None, sheets):
        for path in styles(site, sheet):
            view.files.setdefault(path, "css")
            for address in files_in_use(CSS_COMMENT.sub("", site.text(path)), page.styles):
                add(address, "font" if ".woff" in address else "image", path)
    return view


def modules(site: Site, view: FirstView, path: str) -> None:
    """脚本导入的模块，连同它们导入的；``import()`` 不知何时执行，也算上。"""
    for file in imported(site, path, dynamic=True):
        view.files.setdefault(file, "js")


def imported(site: Site, path: str, dynamic: bool) -> list[str]:
    """脚本直接、间接导入的站内文件；``dynamic`` 表示 ``import()`` 也跟。"""
    found: dict[str, None] = {}
    queue = [path] if path.endswith((".js", ".mjs")) else []
    while queue:
        file = queue.pop()
        for match in IMPORT.finditer(site.text(file)):
            target = site.target(file, match["a"] or (match["b"] if dynamic else "") or "")
            if target and target[0] in site.files and target[0] not in found and target[0] != file:
                found[target[0]] = None
                queue.append(target[0])
    return list(found)


def styles(site: Site, path: str) -> Iterator[str]:
    """样式表与它 ``@import`` 的。"""
    yield path
    for match in re.finditer(r"@import\s+(?:url\()?[\"']?([^\"')\s]+)", CSS_COMMENT.sub("", site.text(path))):
        found = site.target(path, match[1])
        if found and found[0] in site.files:
            yield from styles(site, found[0])


def files_in_use(css: str, present: set[frozenset[str]]) -> Iterator[str]:
    """样式里会被取的文件：用到的字体，以及选择器适用的 ``url()``。"""
    faces: dict[tuple[str, bool, bool], str] = {}
    rules: list[tuple[str, str]] = []
    for match in BLOCK.finditer(css):
        if match["selector"].strip() == "@font-face":
            if address := next((url for _, url in css_urls(match["body"])), ""):
                faces[family(match["body"]), *slant(match["body"])] = address
        elif any(applies(selector, present) for selector in match["selector"].split(",")):
            rules.append((match["selector"], match["body"]))
            if "url(" in match["body"]:
                yield from (url for _, url in css_urls(match["body"]) if not url.startswith(("data:", "#")))
    if faces:
        yield from faces_in_use(faces, [body for _, body in rules])


def faces_in_use(faces: dict[tuple[str, bool, bool], str], bodies: list[str]) -> Iterator[str]:
    """适用的规则会用到哪些字体；只改粗细或斜体的规则算在每个已用到的家族上。"""
    known = {name for name, _, _ in faces}
    families: dict[str, set[tuple[bool, bool]]] = {}
    loose: set[tuple[bool, bool]] = set()
    for body in bodies:
        name = family(body)
        if name in known:
            families.setdefault(name, set()).add(slant(body))
        elif not name and any(slant(body)):
            loose.add(slant(body))
    for name, own in families.items():
        mixed = {(bold or b, italic or i) for bold, italic in own for b, i in loose}
        for bold, italic in sorted(own | mixed | ({(True, True)} if len(loose) > 1 else set())):
            if address := faces.get((name, bold, italic)):
                yield address
            elif (bold, italic) in own:  # 没有这一款时，浏览器用同一家族的另一款
                yield next(faces[face] for face in sorted(faces) if face[0] == name)


def family(body: str) -> str:
    """声明里的第一个字体家族；没有时为空。"""
    match = re.search(r"font-family:\s*([^,;}]+)", body) or re.search(r"(?<![\w-])font:[^;}]*?\d(?:em|px|rem|%)?(?:/[\d.]+)?\s+([^,;}]+)", body)
    return match[1].strip().strip("\"'") if match else ""


def slant(body: str) -> tuple[bool, bool]:
    """（粗，斜）。"""
    bold = re.search(r"font-weight:\s*(?:bold|[6-9]00)|font:[^;]*\b(?:bold|[6-9]00)\b", body)
    return bool(bold), bool(re.search(r"font-style:\s*(?:italic|oblique)|font:[^;]*\bitalic\b", body))


def applies(selector: str, present: set[frozenset[str]]) -> bool:
    """选择器的每一段都有元素带着它的全部类；没有类的段总算有。"""
    if "@" in selector:
        return False
    for part in COMPOUND.split(re.sub(r":(?:not|has|is|where)\([^)]*\)", "", selector).strip()):
        wanted = set(CLASSES.findall(part))
        if wanted and not any(wanted <= classes for classes in present):
            return False
    return True
