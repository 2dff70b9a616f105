"""术语：词表的每条有英文、有意思、按英文排序、名字不重复；“不写”的写法在全书正文里不出现。"""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.checks.layers import HAN, OBJECT, exempted, lintable
from book.glossary import PATH, Term
from book.model import Book, Page
from book.problems import Problem

RULE = "glossary"
SPACE = re.compile(rf"(?<=[{HAN}])[ ]?(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])[ ]?(?=[{HAN}])")


def check(book: Book) -> Iterator[Problem]:
    """先查词表本身，再查每一页。"""
    yield from _entries(book.terms)
    avoided = {variant: term for term in book.terms for variant in term.avoid}
    names = sorted({term.name for term in book.terms}, key=len, reverse=True)
    for page in book.pages:
        if page.source != PATH:
            yield from exempted(page.document, RULE, _page(page, avoided, names))


def _entries(terms: list[Term]) -> Iterator[Problem]:
    seen: dict[str, Term] = {}
    for term in terms:
        if not term.english:
            yield Problem(PATH, term.line, RULE, f"“{term.name}”没有英文", "标题写成 ### 中文（english） { #id }")
        if not term.meaning:
            yield Problem(PATH, term.line, RULE, f"“{term.name}”没有意思", "标题下写一句话的定义")
        for name in filter(None, (term.name, term.english.lower())):
            if name in seen:
                yield Problem(PATH, term.line, RULE, f"“{name}”与第 {seen[name].line} 行重复", "合成一条")
            seen.setdefault(name, term)
    for term in terms:
        for variant in term.avoid:
            if variant in seen:
                yield Problem(PATH, term.line, RULE, f"“{variant}”列为不写，第 {seen[variant].line} 行却拿它作条目", "留一处")
    english = [term for term in terms if term.english]
    for before, after in zip(english, english[1:], strict=False):
        if after.english.lower() < before.english.lower():
            yield Problem(PATH, after.line, RULE, f"{after.english} 应排在 {before.english} 之前", "条目按英文排序，不分大小写")


def _page(page: Page, avoided: dict[str, Term], names: list[str]) -> Iterator[Problem]:
    """正名里含有变体时（如“多头注意力”里没有“多头注意”之外的意思），正名先遮去。"""
    text = lintable(page.document)
    for name in names:
        if any(variant in name for variant in avoided):
            text = text.replace(name, OBJECT * len(name))
    found: list[tuple[int, str]] = []
    for variant in sorted(avoided, key=len, reverse=True):
        pattern = spelling(variant)
        found += [(match.start(), variant) for match in pattern.finditer(text)]
        text = pattern.sub(lambda m: OBJECT * len(m[0]), text)
    for offset, variant in sorted(found):
        term = avoided[variant]
        yield Problem(page.source, page.document.line_at(offset), RULE, f"“{variant}”是不用的写法", f"写“{term.name}”，见 {PATH}:{term.line}")


def spelling(variant: str) -> re.Pattern[str]:
    """一个写法的正则：中西文之间有没有空格都算；西文开头结尾要在词的边界上，不分大小写。"""
    parts = [re.escape(part) for part in SPACE.split(variant)]
    left = r"(?<![A-Za-z0-9])" if variant[0].isascii() else ""
    right = r"(?![A-Za-z0-9])" if variant[-1].isascii() else ""
    return re.compile(left + "[ ]?".join(parts) + right, re.I)
