"""能照规则机械改好的：BOM、CRLF、行末空格、制表符、中西文空格与标点、front matter 的次序、文献的次序、过期的图。

每一步都是文本到文本的纯函数，做两遍与做一遍相同；``fix`` 把它们用到全书。
"""

from __future__ import annotations

import re

from book.bibliography import PATH as BIB
from book.checks import figures, front_matter, typography
from book.checks.layers import exemptions, lintable
from book.model import Book, Page
from book.source import Document

ENTRY = re.compile(r"^@(?P<kind>\w+)\s*\{\s*(?P<key>[^,\s]*)", re.M)
KEY = re.compile(r"^(?:# )?(?P<key>[A-Za-z_]\w*):")


def fix(book: Book) -> list[str]:
    """改好全书，返回改过的文件。"""
    changed = []
    for page in book.pages:
        if page.document.problems:
            continue  # 读不到的文件不碰
        path = book.root / page.source
        if (text := page_text(page)).encode() != path.read_bytes():
            path.write_bytes(text.encode())
            changed.append(page.source)
    bib = book.root / BIB
    if bib.is_file() and not book.bibliography_problems:
        before = bib.read_bytes()
        after = sort_entries(before.decode("utf-8-sig").replace("\r\n", "\n")).encode()
        if after != before:
            bib.write_bytes(after)
            changed.append(BIB)
    return changed + figures.fix(book)


def page_text(page: Page) -> str:
    """一页改好之后的源文件。"""
    document = page.document
    lines = document.raw.split("\n")
    if not document.unclosed_fence and not document.lab_errors:
        lines = spaces(document, spacing(page, lines))
    lines = order_front_matter(document, lines)
    return "\n".join(lines).rstrip("\n") + "\n" if document.raw else ""


def spacing(page: Page, lines: list[str]) -> list[str]:
    """正文、题目与描述的空格和标点。豁免的行不动。"""
    document, out = page.document, list(lines)
    allowed = exemptions(document, "prose")
    source, body = document.text.split("\n"), document.body.split("\n")
    for index, line in enumerate(lintable(document).split("\n")):
        shift = len(out[index]) - len(source[index])  # 实验的说明行前面有“# ”
        if not line.strip() or index + 1 in allowed or out[index][shift:] != body[index]:
            continue
        out[index] = out[index][:shift] + typography.settle(body[index], line)
    for key in ("title", "description"):
        value, number = document.meta.get(key), document.meta_lines.get(key, 0)
        if isinstance(value, str) and out[number - 1].count(value) == 1:
            out[number - 1] = out[number - 1].replace(value, typography.settle(value, value))
    return out


def spaces(document: Document, lines: list[str]) -> list[str]:
    """代码块之外的行末空格与制表符。"""
    code = {number for fence in document.fences for number in range(fence.start, fence.end + 1)}
    return [line if number in code else line.expandtabs(4).rstrip() for number, line in enumerate(lines, 1)]


def order_front_matter(document: Document, lines: list[str]) -> list[str]:
    """front matter 的键按规定的次序；看不懂或有重复时不动。"""
    if document.meta_errors or not document.meta_lines:
        return lines
    order: list[str] = front_matter.schema()["x-order"]  # type: ignore[assignment]
    head, rest = lines[1 : document.front_matter_end - 1], lines[document.front_matter_end - 1 :]
    blocks: list[tuple[str, list[str]]] = []
    for line in head:
        match = KEY.match(line)
        if match or not blocks:
            blocks.append((match["key"] if match else "", [line]))
        else:
            blocks[-1][1].append(line)
    blocks.sort(key=lambda block: order.index(block[0]) if block[0] in order else len(order) if block[0] else -1)
    return [lines[0], *(line for _, block in blocks for line in block), *rest]


def sort_entries(text: str) -> str:
    """文献按键排序；第一条之前的文字留在最前。"""
    starts = [match.start() for match in ENTRY.finditer(text)]
    if not starts:
        return text
    entries = [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    ordered = sorted(entries, key=lambda entry: key.group("key") if (key := ENTRY.match(entry)) else "")
    if ordered == entries:
        return text
    return text[: starts[0]] + "\n\n".join(ordered) + "\n"
