"""检查：每条规则一个模块里的一个函数，只问 ``Book``（或建好的站点），给出 ``Problem``。

``SOURCE`` 不需要构建；``BUILD`` 是其中构建必须通过的；``SITE`` 看建好的 HTML。
新规则：写函数、登记在这里、在 ``tests/book`` 里埋一个缺陷证明它抓得到。
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from book.checks import citations as cites
from book.checks import code, figures, files, front_matter, glossary, labels, labs, links, numbers, perishable, prose, python, tree, widgets
from book.checks import exercises as exs
from book.checks import formulas as maths
from book.checks import headings as heads
from book.model import Book
from book.problems import Problem

Check = Callable[[Book], Iterable[Problem]]

SOURCE: dict[str, Check] = {
    "files": files.check,
    "nav": files.nav,
    "front-matter": front_matter.check,
    "headings": heads.check,
    "labels": labels.check,
    "citations": cites.check,
    "code": code.check,
    "markers": code.markers,
    "numbers": numbers.check,
    "directives": files.directives,
    "formulas": maths.check,
    "exercises": exs.check,
    "prose": prose.check,
    "glossary": glossary.check,
    "figures": figures.check,
    "perishable": perishable.check,
    "labs": labs.check,
    "widgets": widgets.check,
    "links": links.check,
    "tree": tree.check,
    "python": python.check,
}
BUILD = ("files", "nav", "front-matter", "headings", "labels", "citations", "code", "numbers", "directives", "formulas", "exercises")


def run(book: Book, names: Iterable[str]) -> list[Problem]:
    """跑几条规则，问题按文件与行排序。"""
    return sorted({problem for name in names for problem in SOURCE[name](book)})
