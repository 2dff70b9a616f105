"""行文：空格标点、不写的话、频率、段落长短、断行、没有年份的“最近”。规定见 CONTRIBUTING.md。

几个可数的尺度：

- **一屏**按六百个汉字算；其间的代码块、图各折三百字，独立公式折六十字，表格一行折三十字。
  破折号、感叹号按句计（一句里成对的破折号算一处），引号里的不算，引文和练习不算；
  同一种的两处之间不足一屏，报后一处。
- **设问**指自问自答：一行以“？”结尾，同一段里紧接着就是不以“？”结尾的一行。
  连着的几问算一处；停在段末的问题留给读者，不算。练习页不查。
- **断行**只报有把握的：一段之内，一行以汉字结尾、下一行以汉字开头，那是从句子中间断开的。
- **一句一行**只查正文的段：一行里句号之后还有字；引号和括号里的句号不算。
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from book.checks import typography
from book.checks.layers import HAN, HANS, OBJECT, Paragraph, exempted, lintable, paragraphs, without_quotes
from book.model import Book, Page
from book.problems import Problem
from book.source import Document

RULE = "prose"
PHRASES = Path(__file__).with_name("phrases.toml")
SCREEN = 600
BLOCK, FORMULA, ROW = 300, 60, 30
PARAGRAPH = 200
YEAR = re.compile(r"(?:19|20)\d{2}")
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797"
    "\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]|.\ufe0f"
)
SENTENCE_END = re.compile(rf"[。！？](?![”’」』）》)\s。！？…*_<{OBJECT}]|$)")
PARENTHESES = re.compile(r"（[^（）\n]*）|\([^()\n]*\)")
HAN_END = re.compile(rf"[{HAN}][*_]*$")
HAN_START = re.compile(rf"^[*_]*[{HAN}]")
BLANK = re.compile(r"[ \t\r]+$")


@cache
def phrases() -> dict[str, list[dict[str, Any]]]:
    """``phrases.toml``，正则已编译。"""
    found = tomllib.loads(PHRASES.read_text("utf-8"))
    return {kind: [{**entry, "pattern": re.compile(entry["pattern"])} for entry in entries] for kind, entries in found.items()}


def check(book: Book) -> Iterator[Problem]:
    """逐页检查。"""
    if typography.corrector() is None:
        yield Problem("pyproject.toml", 1, RULE, "没有装 autocorrect-py，空格与标点没有查全", '运行 python -m pip install -e ".[test]"')
    for page in book.pages:
        yield from exempted(page.document, RULE, _page(page))


def _page(page: Page) -> Iterator[Problem]:
    document = page.document
    text = lintable(document)
    yield from _spaces(page)
    for number, line, original in [*_lines(text, document.body), *_meta(page)]:
        yield from _line(page.source, number, line, original)
    found = list(paragraphs(text))
    yield from _per_page(page.source, text)
    if page.kind != "exercises":
        yield from _per_screen(document, text, found)
    for paragraph in found:
        yield from _paragraph(page.source, paragraph)


def _lines(text: str, body: str) -> Iterator[tuple[int, str, str]]:
    for number, (line, original) in enumerate(zip(text.split("\n"), body.split("\n"), strict=True), 1):
        if line.strip():
            yield number, line, original


def _meta(page: Page) -> Iterator[tuple[int, str, str]]:
    for key in ("title", "description"):
        value = page.document.meta.get(key)
        if isinstance(value, str):
            yield page.document.meta_lines[key], value, value


def _spaces(page: Page) -> Iterator[Problem]:
    """行末的空格、制表符、文件末尾的换行。代码块里的不查。"""
    document = page.document
    for number, line in enumerate(document.without_fences.split("\n"), 1):
        if BLANK.search(line) and line.strip():
            yield Problem(page.source, number, RULE, "行末有空格", "运行 python scripts/check.py --fix")
        if "\t" in line:
            yield Problem(page.source, number, RULE, "有制表符", "换成空格；运行 python scripts/check.py --fix")
    if document.raw and not document.raw.endswith("\n"):
        line = document.raw.count("\n") + 1
        yield Problem(page.source, line, RULE, "文件末尾没有换行", "运行 python scripts/check.py --fix")


def _line(source: str, number: int, line: str, original: str) -> Iterator[Problem]:
    for edit in typography.edits(line.rstrip()):
        old, new = typography.describe(original, edit)
        yield Problem(source, number, RULE, f"“{old}”应写“{new}”", "运行 python scripts/check.py --fix")
    for entry in phrases()["ban"]:
        for match in entry["pattern"].finditer(line):
            yield Problem(source, number, RULE, f"“{match[0]}”：{entry['why']}", entry["instead"])
    if not YEAR.search(original):
        for entry in phrases()["dated"]:
            for match in entry["pattern"].finditer(line):
                yield Problem(source, number, RULE, f"“{match[0].lstrip('，。；：“（')}”：{entry['why']}", entry["instead"])
    for match in EMOJI.finditer(line):
        yield Problem(source, number, RULE, f"表情符号 {match[0]}", "删掉，用文字说")


def _per_page(source: str, text: str) -> Iterator[Problem]:
    for entry in phrases()["page"]:
        found = [n for n, line in enumerate(text.split("\n"), 1) for _ in entry["pattern"].finditer(line)]
        for number in found[1:]:
            message = f"“{entry['name']}”一页之内用了 {len(found)} 次（先见于第 {found[0]} 行）：{entry['why']}"
            yield Problem(source, number, RULE, message, entry["instead"])


def _per_screen(document: Document, text: str, found: list[Paragraph]) -> Iterator[Problem]:
    before = [0]
    tall = [fence.start for fence in document.fences]
    displays = [line for line, _, display in document.formulas if display]
    for number, line in enumerate(text.split("\n"), 1):
        height = len(HANS.findall(line)) + BLOCK * tall.count(number) + FORMULA * displays.count(number)
        height += BLOCK * line.lstrip().startswith("![") + ROW * line.lstrip().startswith("|")
        before.append(before[-1] + height)
    sentences = [(n, without_quotes(line)) for p in found if p.kind != "quote" for n, line in p.lines]
    marks = [(entry["name"], entry["instead"], [n for n, line in sentences if entry["pattern"].search(line)]) for entry in phrases()["screen"]]
    marks.append(("设问", "直接说出答案，或把问题留在段末", list(_self_answered(found))))
    for name, instead, numbers in marks:
        for first, second in zip(numbers, numbers[1:], strict=False):
            if before[second - 1] - before[first] < SCREEN:
                yield Problem(document.path, second, RULE, f"{name}离第 {first} 行的上一处不到一屏（{SCREEN} 字）", instead)


def _self_answered(found: list[Paragraph]) -> Iterator[int]:
    """自问自答的行号。"""
    for paragraph in found:
        if paragraph.kind != "text":
            continue
        for (number, line), (_, after) in zip(paragraph.lines, paragraph.lines[1:], strict=False):
            if line.endswith("？") and not after.endswith("？"):
                yield number


def _paragraph(source: str, paragraph: Paragraph) -> Iterator[Problem]:
    first = paragraph.lines[0][0]
    if paragraph.hans > PARAGRAPH:
        yield Problem(source, first, RULE, f"这一段有 {paragraph.hans} 个汉字", f"分段，一段推进一步，不超过 {PARAGRAPH} 字")
    for (number, line), (_, after) in zip(paragraph.lines, paragraph.lines[1:], strict=False):
        if HAN_END.search(line) and HAN_START.match(after):
            yield Problem(source, number, RULE, "从句子中间断行", "把下一行接上来，只在标点之后换行")
    if paragraph.kind != "text":
        return
    for number, line in paragraph.lines:
        plain = PARENTHESES.sub(lambda m: OBJECT * len(m[0]), without_quotes(line))
        if SENTENCE_END.search(plain):
            yield Problem(source, number, RULE, "一行里有两句", "一句一行，在句号之后换行")
