"""行文检查用的文本：看得见的字保持原位，其余换成占位符；再分成段，数汉字，认豁免。

占位符是 ``\\ufffc``：它不是汉字、不是西文、不是标点，两侧有没有空格都不算错。
行内代码留着反引号，行内公式留着 ``$``，测量的数换成 ``0``，所以它们与汉字之间的空格仍查得到。
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from book.model import BRACKET
from book.problems import Problem
from book.results import NUMBER
from book.source import ATTR_LIST, INLINE, LINK_TARGET, MATH, TAG, URL, Document, blank

OBJECT = "\ufffc"
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
HANS = re.compile(f"[{HAN}]")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\](?!:)")
ADMONITION = re.compile(r'^(?P<mark>[ \t]*(?:!!!|\?\?\?\+?))(?P<kind>[ \t]+[\w \t-]*"?)(?P<title>[^"\n]*)"?[ \t]*$', re.M)
BLOCK = re.compile(r"^[ \t>]*(?:#{1,6}[ \t]|\||!!!|\?\?\?|!\[|表：|\*\[|[-=]{3,}[ \t]*$|不写：)")
ITEM = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)]|\[\^[^\]\s]+\]:)[ \t]+(?P<box>\[[ xX]\][ \t]+)?")
QUOTE = re.compile(r"^[ \t]*>")
QUOTED = re.compile(r"“[^”\n]*”|‘[^’\n]*’|《[^》\n]*》")
EXEMPT = re.compile(r"^(?P<rule>[a-z-]+):\s*ok\b(?P<reason>.*)$", re.S)


def fill(match: re.Match[str]) -> str:
    """换成同样长的占位符，保留换行。"""
    return re.sub(r"[^\n]", OBJECT, match[0])


def lintable(document: Document) -> str:
    """行文检查用的全文，与 ``document.text`` 逐字对齐。"""

    def inline(match: re.Match[str]) -> str:
        if match["comment"]:
            rest = match.string[match.end() :].split("\n", 1)[0]
            return blank(match) if not rest.strip() else fill(match)
        tick = match["tick"]
        return tick + re.sub(r"[^\n]", OBJECT, match["code"]) + tick

    def formula(match: re.Match[str]) -> str:
        return blank(match) if match["display"] is not None else "$" + fill(match)[1:-1] + "$"

    text = MATH.sub(formula, INLINE.sub(inline, document.without_fences))
    text = NUMBER.sub(lambda m: "0" * len(m[0]), text)
    text = ADMONITION.sub(lambda m: (m["mark"] + " " * len(m["kind"]) + m["title"]).ljust(len(m[0])), text)
    for pattern in (BRACKET, FOOTNOTE, LINK_TARGET, URL, TAG):
        text = pattern.sub(fill, text)
    return ATTR_LIST.sub(blank, text)


@dataclass(frozen=True)
class Paragraph:
    """一段：（行号，去掉列表记号与首尾空白的文字）。``kind`` 是 text、item 或 quote。"""

    kind: str
    lines: tuple[tuple[int, str], ...]

    @property
    def hans(self) -> int:
        """汉字数。"""
        return sum(len(HANS.findall(text)) for _, text in self.lines)


def paragraphs(text: str) -> Iterator[Paragraph]:
    """把 :func:`lintable` 的全文分段；标题、表格、图、提示框的题目不在其中。"""
    kind, lines = "text", []

    def done() -> list[Paragraph]:
        return [Paragraph(kind, tuple(lines))] if lines else []

    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip(f" \t>{OBJECT}") or BLOCK.match(raw):
            yield from done()
            kind, lines = "text", []
            continue
        item = ITEM.match(raw)
        quote = bool(QUOTE.match(raw))
        if item or (lines and quote != (kind == "quote")):
            yield from done()
            kind, lines = "text", []
        if not lines:
            kind = "item" if item else "quote" if quote else "text"
        lines.append((number, raw[item.end() :].strip() if item else raw.strip(" \t>")))
        if item and item["box"]:  # 测验的选项自成一段，下一行是解释
            yield from done()
            kind, lines = "text", []
    yield from done()


def without_quotes(text: str) -> str:
    """引号和书名号里的字换成占位符：引别人的话不算自己写的。"""
    return QUOTED.sub(fill, text)


def exemptions(document: Document, rule: str) -> dict[int, str]:
    """``<!-- 规则: ok 原因 -->`` 所在的行 → 原因（可能为空，那是错误）。"""
    found = {}
    for line, comment in document.comments:
        if (match := EXEMPT.match(comment)) and match["rule"] == rule:
            found[line] = match["reason"].strip()
    return found


def exempted(document: Document, rule: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """去掉写了原因的豁免行上的问题；豁免没有原因、没有用处，本身就是问题。"""
    allowed = exemptions(document, rule)
    used = set()
    for problem in problems:
        if allowed.get(problem.line):
            used.add(problem.line)
        else:
            yield problem
    for line, reason in allowed.items():
        if not reason:
            yield Problem(document.path, line, rule, "豁免没有写原因", f"写成 <!-- {rule}: ok 原因 -->")
        elif line not in used:
            yield Problem(document.path, line, rule, "这一行没有问题，不需要豁免", "删掉这条注释")
