"""空格与标点：汉字与西文、数字、公式、行内代码之间空一格，标点用全角，数字范围用“–”。

大部分由 autocorrect 判断，只用它不会误伤的规则；其余在这里补。每处给出改法，``--fix`` 照着改。
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache

from book.checks.layers import HAN, OBJECT

Edit = tuple[int, int, str]
RULES = {
    "space-word": 1,
    "fullwidth": 1,
    "no-space-fullwidth": 1,
    "no-space-fullwidth-quote": 1,
    "halfwidth-word": 1,
    "space-punctuation": 0,  # 会把“甲+乙”拆开
    "space-bracket": 0,  # 会给半角括号加空格，而我们要的是全角括号
    "space-dash": 0,  # 会把复合词的连字符拆开
    "space-backticks": 0,  # 下面自己查，连同公式
    "space-dollar": 0,
    "halfwidth-punctuation": 0,  # 会把“0.5。”的句号改成半角
    "spellcheck": 0,
}
YEAR = r"(?:19|20)\d{2}"
UNITS = "[KMGTPE]i?B|[kMGT]?Wh|[kMG]W|[kMG]Hz|[mμn]s|[kcm]m|[km]g|[MGTPE]FLOPS?"
SWAPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"(?<=[{HAN}])(?=[`$][^`$\n]*[`$])|(?<=[`$])(?=[{HAN}])"), lambda m: " "),
    (re.compile(rf"(?<=[{HAN}]);(?=\s*[{HAN}])\s*"), lambda m: "；"),
    (re.compile(rf"(?<!{OBJECT})[ ]+(?=[，。；：！？、）》”’])|(?<=[，。；：！？、（《“‘])[ ]+(?=\S)"), lambda m: ""),
    (re.compile(r"(?<=\d)[ ]+(?=[%‰°℃])"), lambda m: ""),
    (re.compile(rf"(?<![A-Za-z\d.,-])(?P<n>\d[\d,.]*)(?=(?:{UNITS})(?![A-Za-z]))"), lambda m: m["n"] + " "),
    (re.compile(rf"(?<![\d.-])(?P<a>{YEAR})[ ]?[-~～—][ ]?(?P<b>{YEAR})(?![\d-])"), lambda m: f"{m['a']}–{m['b']}"),
    (
        re.compile(rf"(?<![\w.,-])(?<![A-Z][ ])(?P<a>\d{{1,3}}(?:\.\d+)?%?)[ ]?[-~～][ ]?(?P<b>\d{{1,3}}(?:\.\d+)?)(?=%?[ ]?[{HAN}])(?!-)"),
        lambda m: f"{m['a']}–{m['b']}" if float(m["a"].rstrip("%")) < float(m["b"]) else m[0],
    ),
    (re.compile(rf"\((?P<in>[^()\n]*[{HAN}][^()\n]*)\)"), lambda m: f"（{m['in']}）"),
    (re.compile(rf"(?<=[{HAN}])\((?P<in>[^()\n]*)\)"), lambda m: f"（{m['in']}）"),
    (re.compile(rf'"(?P<in>[^"\n]*[{HAN}][^"\n]*)"'), lambda m: f"“{m['in']}”"),
    (re.compile(rf"(?<=[{HAN}])\.{{3,}}|\.{{3,}}(?=[{HAN}])"), lambda m: "……"),
    (re.compile(rf"(?<=[{HAN}”）])--+(?=[{HAN}“（])"), lambda m: "——"),
    (re.compile("[\u3000\u00a0\u200b\u200c\ufeff]"), lambda m: "" if m[0] in "\u200b\u200c\ufeff" else " "),
)
TRAILING = re.compile(r"[ \t]+$")


@cache
def corrector() -> Callable[[str], str] | None:
    """autocorrect 的整理函数；没有装时为 ``None``。"""
    try:
        import autocorrect_py
    except ImportError:
        return None
    autocorrect_py.load_config(json.dumps({"rules": RULES}))
    # 两遍：全角数字先变半角，第二遍才看得出它与汉字之间缺一格。
    return lambda text: str(autocorrect_py.format_for(autocorrect_py.format_for(text, "text"), "text"))


def edits(line: str) -> list[Edit]:
    """一行（占位符已换好）里该改的地方：（起点，终点，新文字），互不重叠。"""
    found = sorted({edit for start, part in cells(line) for edit in _cell(start, part)})
    kept: list[Edit] = []
    for edit in found:
        if not kept or edit[0] >= kept[-1][1] and edit[:2] != kept[-1][:2]:
            kept.append(edit)
    return kept


def cells(line: str) -> Iterator[tuple[int, str]]:
    """表格的一行按竖线分成格；别的行就是一格。"""
    pattern = r"[^|]+" if line.lstrip(" >").startswith("|") else r".+"
    for match in re.finditer(pattern, line):
        yield match.start(), match[0]


def _cell(offset: int, text: str) -> Iterator[Edit]:
    for pattern, replace in SWAPS:
        for match in pattern.finditer(text):
            if replace(match) != match[0]:
                yield from _minimal(offset + match.start(), match[0], replace(match))
    lead = len(text) - len(text.lstrip())
    body = text.strip()
    if not body or body == OBJECT * len(body) or not (tidy := corrector()):
        return
    if (better := tidy(body)) != body:
        for tag, a, b, c, d in difflib.SequenceMatcher(None, body, better, False).get_opcodes():
            if tag != "equal":
                yield offset + lead + a, offset + lead + b, better[c:d]


def _minimal(start: int, old: str, new: str) -> Iterator[Edit]:
    """只留真正变了的字，免得两条规则的改动重叠。"""
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag != "equal":
            yield start + a, start + b, new[c:d]


def apply(line: str, changes: list[Edit]) -> str:
    """照改法改一行原文。"""
    for start, stop, new in reversed(changes):
        line = line[:start] + new + line[stop:]
    return line


def settle(line: str, lint: str) -> str:
    """反复改到没有可改的；一处改动有时让另一处显出来。``lint`` 是这一行换好占位符的样子。"""
    for _ in range(4):
        if not (changes := edits(lint.rstrip())):
            break
        line, lint = apply(line, changes), apply(lint, changes)
    return line


def describe(line: str, edit: Edit) -> tuple[str, str]:
    """一处改动前后的上下文，取自原文。"""
    start, stop, new = edit
    before, after = line[max(0, start - 4) : start], line[stop : stop + 4]
    return before + line[start:stop] + after, before + new + after
