"""标签与引用：全书唯一，写法正确，引用得到；图表必须有人引用；不手写编号。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.model import BRACKET, KINDS, LABEL_NAME, Book
from book.problems import Problem
from book.source import parse_attrs
from book.transforms.markdown import EQUATION, FIGURE, TABLE

HAND_NUMBER = re.compile(r"(?:图|表|式|代码|练习)\s*[(（]?\s*\d+\.\d+\s*[)）]?")
ANY_LABEL = re.compile(r"\{[ ]*#(?P<name>[A-Za-z]+:[^\s{}]+)[^{}\n]*\}")
RULE = "labels"


def check(book: Book) -> Iterator[Problem]:
    """逐页检查标签和引用，再查全书唯一与无人引用。"""
    first: dict[str, tuple[str, int]] = {}
    sources = {page.site_path: page.source for page in book.pages}
    for label in book.all_labels:
        source = sources[label.page]
        if label.name in first:
            path, line = first[label.name]
            yield Problem(source, label.line, RULE, f"标签 {label.name} 重复，先见于 {path}:{line}", "换一个全书唯一的名字")
        first.setdefault(label.name, (source, label.line))
        if not LABEL_NAME.match(label.name):
            yield Problem(source, label.line, RULE, f"标签 {label.name} 的写法不对", "前缀加小写英文词，用连字符")
    for page in book.pages:
        yield from _page(book, page.source, page.folder)
    used = {r.key for references in book.references.values() for r in references}
    for name, label in book.labels.items():
        if label.kind in {"fig", "tab"} and name not in used:
            message = f"{KINDS[label.kind]} {name} 没有在正文里引用"
            yield Problem(sources[label.page], label.line, RULE, message, f"在它出现之前写 [@{name}]，说读者该看什么")


def _page(book: Book, source: str, folder: str) -> Iterator[Problem]:
    page = next(p for p in book.pages if p.source == source)
    document = page.document
    shaped = {document.line_at(m.start("close")) for m in FIGURE.finditer(document.masked)}
    shaped |= {document.line_at(m.start("close")) for m in TABLE.finditer(document.masked)}
    shaped |= {document.line_at(m.start()) for m in EQUATION.finditer(document.masked)}
    shaped |= {heading.line for heading in document.headings if heading.id.startswith("ex:")}
    for match in ANY_LABEL.finditer(document.masked):
        line, name = document.line_at(match.start()), match["name"]
        kind = name.split(":")[0]
        if kind not in KINDS:
            yield Problem(source, line, RULE, f"不认识的标签前缀 {kind}:", f"用 {'、'.join(f'{k}:' for k in KINDS)}")
        elif not folder:
            yield Problem(source, line, RULE, f"标签 {name} 在章外，没有编号", "标签只用在十三章里")
        elif line not in shaped:
            yield Problem(source, line, RULE, f"标签 {name} 的位置不对", SHAPES.get(kind, "见 CONTRIBUTING.md 的写法表"))
    for fence in document.fences:
        ident, _ = parse_attrs(fence.info)
        if ident and not ident.startswith("lst:"):
            yield Problem(source, fence.start, RULE, f"代码块的标签 {ident} 应以 lst: 开头", "改成 {#lst:…}")
    for reference in book.references[page.site_path]:
        prefix, colon, _ = reference.key.partition(":")
        if not colon:
            continue
        if prefix not in KINDS:
            yield Problem(source, reference.line, RULE, f"看不懂的引用 {reference.key}", f"写 [@{'|'.join(KINDS)}:名] 或 [@文献键]")
        elif reference.key not in book.labels:
            yield Problem(source, reference.line, RULE, f"未知标签 {reference.key}", _similar(reference.key, book))
    for match in HAND_NUMBER.finditer(document.prose):
        if not _inside_brackets(document.masked, match.start()):
            message = f"手写的编号“{match[0].strip()}”"
            yield Problem(source, document.line_at(match.start()), RULE, message, "改成 [@标签]，编号由机器给")


SHAPES = {
    "eq": "写在公式收尾的 $$ 之后，同一行",
    "fig": "图独占一段：![图注](figures/x.svg){#fig:x alt=\"…\"}",
    "tab": "表题独占一行：表：说明 {#tab:x}，下面空一行接表格",
    "ex": "写在练习的三级标题行末",
    "lst": "写在代码块开栏的语言名之后：```python {#lst:x}",
}


def _inside_brackets(text: str, offset: int) -> bool:
    """文献定位“[@key, 表 2.1]”里的编号是别人的，不算手写。"""
    return any(m.start() <= offset < m.end() for m in BRACKET.finditer(text))


def _similar(key: str, book: Book) -> str:
    import difflib

    near = difflib.get_close_matches(key, book.labels, 1)
    return f"是不是 {near[0]}？" if near else "检查拼写，或先写出那个标签"
