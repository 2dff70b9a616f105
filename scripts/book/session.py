"""一次构建共用的东西：书、公式排版器。由第一个钩子建立，其余钩子取用。"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from book.katex import Renderer
from book.model import Book


@dataclass
class Session:
    """``book`` 每次构建重读；``renderer`` 在 ``mkdocs serve`` 期间常驻。"""

    root: Path
    book: Book
    renderer: Renderer


_current: Session | None = None


def start(root: Path) -> Session:
    """开始一次构建：重读全书，沿用已有的公式排版器。"""
    global _current
    renderer = _current.renderer if _current and _current.root == root else Renderer(root)
    _current = Session(root, Book.load(root), renderer)
    return _current


def current() -> Session:
    """正在进行的构建。"""
    if _current is None:
        raise RuntimeError("scripts/hooks/check.py 必须排在 mkdocs.yml 的 hooks 第一位")
    return _current
