"""记号都变成了内容：正文里没有剩下的公式、引用、标签、指令；没有空代码块和空的实验输出。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from book.model import Book
from book.problems import Problem
from book.site_checks.tree import Site, problem

RULE = "rendered"
LEFTOVER = re.compile(
    r"(?P<formula>\$\$|\\\(|\\\[|\\begin\{)|(?P<reference>\[@)|(?P<number>\[=)|(?P<attribute>\{:?\s*[#.][a-z])"
    r"|(?P<include>--8<--)|(?P<token>@@)|(?P<directive><!--\s*book:)|(?P<footnote>\[\^\w+\])|(?P<block>^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+\w)",
    re.M,
)
WHAT = {
    "formula": ("公式没有排", "独立公式前后各空一行，行内公式的 $ 两侧不要空格"),
    "reference": ("引用没有替换", "写成 [@fig:x] 或 [@key]，不要转义或放进 HTML 属性"),
    "number": ("测量的数没有替换", "写成 [=名.键:格式]"),
    "attribute": ("标签或属性没有认出来", "图、表、公式的 {#…} 要按规定的位置写"),
    "include": ("代码段没有取来", '围栏代码块里独占一行写 --8<-- "路径:段名"'),
    "token": ("机器的记号没有换掉", "这是构建机器的错：看 scripts/book/transforms"),
    "directive": ("指令没有执行", "<!-- book:名 --> 独占一段"),
    "footnote": ("脚注没有认出来", "脚注要有定义 [^名]: …"),
    "block": ("提示框没有认出来", '!!! note "提示" 独占一行，内容缩进四格，前面空一行'),
}
SPOKEN = ("alt", "title", "aria-label", "content", "placeholder")  # 属性里也会被读者看到或听到的文字


def check(book: Book, root: Path) -> Iterator[Problem]:
    """每一页的正文与看得见的属性。"""
    for page in Site.read(root).pages.values():
        for text in page.texts:
            if not text.inside:
                yield from leftovers(book, page.path, text.content)
        for tag in page.tags:
            for name in SPOKEN:
                if name in tag.attrs and tag.attrs.get("http-equiv", "") == "":
                    yield from leftovers(book, page.path, tag.attrs[name])
            if "arithmatex" in tag.classes:
                yield problem(book, page.path, (), RULE, f"HTML 第 {tag.line} 行的公式没有排", "math 钩子要在它之后运行")
            if "lab-slot" in tag.classes:
                yield problem(book, page.path, (), RULE, f"第 {tag.attrs.get('data-cell', '?')} 个代码单元的输出没有填", "重新执行实验：python scripts/run_labs.py")
            if "katex-error" in tag.classes:
                yield problem(book, page.path, (), RULE, "有一个公式排错了", "修好这个公式")
        for comment in page.comments:
            if comment.content.strip().startswith("book:"):
                yield problem(book, page.path, (f"<!-- {comment.content.strip()}",), RULE, f"指令没有执行：{comment.content.strip()}", WHAT["directive"][1])
        for line in page.empty_blocks:
            yield problem(book, page.path, (), RULE, f"HTML 第 {line} 行有空的代码块", "填上代码，或删掉围栏")


def leftovers(book: Book, path: str, content: str) -> Iterator[Problem]:
    """一段文字里剩下的记号。"""
    for match in LEFTOVER.finditer(content):
        message, repair = WHAT[match.lastgroup or "token"]
        around = content[match.start() : match.start() + 40].split("\n")[0].strip()
        yield problem(book, path, (around, around[:12], match[0]), RULE, f"{message}：{around!r}", repair)
