"""样书：一本干净的小书。测试改坏一处，看检查恰好报出那一处。"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from book import checks, notebooks
from book.checks import formulas, typography
from book.model import CHAPTERS, Book
from book.problems import Problem
from book.source import Document

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ENTROPY = "docs/01-introduction/entropy.md"
INDEX = "docs/01-introduction/index.md"
EXERCISES = "docs/01-introduction/exercises.md"
LAB = "docs/01-introduction/lab-coin.py"
NOTEBOOK = "docs/01-introduction/lab-coin.ipynb"
SVG = "docs/01-introduction/figures/entropy-curve.svg"
GENERATOR = "scripts/figures/entropy_curve.py"
GLOSSARY = "docs/appendix/glossary.md"
BIB = "docs/references.bib"
WIDGET = "docs/assets/widgets/coin-toss.js"
OPENING = """---
title: 第 {number} 章
description: 样书的第 {number} 章只有导学，十三章因此齐全；检查文件树时用得到它，别处都用不到。
type: chapter
chapter: {number}
status: draft
requires: []
---
# 第 {number} 章 {{ #opening }}

## 读完本章，你能…… {{ #objectives }}

1. 说出这是第几章。

## 先修 {{ #prerequisites }}

没有。

## 地图 {{ #map }}

1. 空白：还没有写。

## 2022 年以来 {{ #since-2022 }}

没有变。
"""


@dataclass
class Sample:
    """一本可以随便改的样书。"""

    root: Path
    python_changed: bool = False

    def read(self, path: str) -> str:
        """读一个文件。"""
        return (self.root / path).read_text("utf-8")

    def edit(self, path: str, old: str, new: str) -> int:
        """换掉第一处 ``old``，返回它所在的行。"""
        text = self.read(path)
        assert old in text, f"{path} 里没有 {old!r}"
        self.write(path, text.replace(old, new, 1))
        return text.count("\n", 0, text.index(old)) + 1

    def paragraph(self, text: str, path: str = ENTROPY) -> int:
        """在“小结”之前加一段，返回第一行的行号。"""
        return self.edit(path, "## 小结 { #summary }", f"{text}\n\n## 小结 {{ #summary }}")

    def append(self, path: str, text: str) -> int:
        """在文件末尾加一段，返回这一段第一行的行号。"""
        before = self.read(path)
        self.write(path, before + text)
        return before.count("\n") + 1

    def write(self, path: str, text: str) -> None:
        """写一个文件，文件夹没有就建。"""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
        self.python_changed |= path.endswith(".py")

    def delete(self, path: str) -> None:
        """删掉一个文件。"""
        (self.root / path).unlink()

    def stamp(self) -> None:
        """实验的指纹改成现在的，好单独看别的问题。"""
        old = self.read(NOTEBOOK).split('"fingerprint": "')[1].split('"')[0]
        self.edit(NOTEBOOK, old, notebooks.fingerprint(self.root, LAB))

    def book(self) -> Book:
        """重读全书；没有改过的文件不必再解析一遍。"""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Document, "read", classmethod(lambda cls, root, path: _read(root, path)))
            return Book.load(self.root)

    def problems(self, *only: str) -> list[Problem]:
        """跑全部源文件规则（或几条）。没有碰过 Python 文件时不必再跑 ruff。"""
        names = only or [name for name in checks.SOURCE if name != "python" or self.python_changed]
        return checks.run(self.book(), names)

    def expect(self, rule: str, path: str, line: int, words: str = "") -> Problem:
        """恰好有一个问题，规则、文件、行都对，说明里有 ``words``。"""
        found = self.problems()
        assert [(p.rule, p.path, p.line) for p in found] == [(rule, path, line)], "\n".join(map(str, found)) or "没有问题"
        assert words in found[0].message, found[0]
        assert found[0].repair
        return found[0]

    def expect_all(self, *wanted: tuple[str, str, int]) -> list[Problem]:
        """恰好有这几个问题：（规则、文件、行）。"""
        found = self.problems()
        assert sorted((p.rule, p.path, p.line) for p in found) == sorted(wanted), "\n".join(map(str, found))
        return found

    def clean(self) -> None:
        """一个问题也没有。"""
        assert [str(p) for p in self.problems()] == []


_documents: dict[tuple[str, bytes], Document] = {}
_real_read = Document.read


def _read(root: Path, path: str) -> Document:
    try:
        key = (path, (root / path).read_bytes())
    except OSError:
        return _real_read(root, path)
    if key not in _documents:
        _documents[key] = _real_read(root, path)
    return _documents[key]


def build(target: Path) -> Path:
    """样书的拷贝，补齐十三章，机器用真的那一份。"""
    shutil.copytree(HERE / "sample", target)
    scripts = target / "scripts"
    scripts.mkdir()
    for item in (ROOT / "scripts").iterdir():
        if item.name != "figures" and not item.name.startswith(("__", ".")):
            (scripts / item.name).symlink_to(item)
    (scripts / "figures").mkdir()
    shutil.copy(HERE / "figures/entropy_curve.py", scripts / "figures")
    shutil.copy(ROOT / "pyproject.toml", target)
    nav = []
    for number, folder in enumerate(CHAPTERS, 1):
        index = target / "docs" / folder / "index.md"
        if not index.exists():
            index.parent.mkdir(exist_ok=True)
            index.write_text(OPENING.format(number=number), "utf-8")
            nav += [f"  - 第 {number} 章:", f"      - {folder}/index.md"]
    config = target / "mkdocs.yml"
    config.write_text(config.read_text("utf-8").replace("  - 附录:", "\n".join([*nav, "  - 附录:"])), "utf-8")
    return target


@pytest.fixture(scope="session", autouse=True)
def remembered() -> Iterator[None]:
    """同一行不必在每个测试里再整理一遍。"""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typography, "edits", lru_cache(maxsize=None)(typography.edits))
        yield


class Snapshot:
    """一本书原来的样子。改坏之后复原，比每个测试拷贝一份快得多。"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = self._read()

    def _read(self) -> dict[str, bytes | str]:
        found: dict[str, bytes | str] = {}
        for folder, folders, names in os.walk(self.root):
            for name in [*names, *(n for n in folders if os.path.islink(os.path.join(folder, n)))]:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, self.root)] = os.readlink(path) if os.path.islink(path) else Path(path).read_bytes()
        return found

    def restore(self) -> None:
        """删掉多的，补上少的，改回变了的。"""
        now = self._read()
        for path, content in {**now, **self.files}.items():
            if now.get(path) == self.files.get(path):
                continue
            target = self.root / path
            if path in now:
                target.unlink()
            if path in self.files:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(content) if isinstance(content, str) else target.write_bytes(content)
        for folder, folders, names in os.walk(self.root, topdown=False):
            if not folders and not names:
                os.rmdir(folder)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """样书只建一份；公式在这里排好，留着缓存。"""
    root = build(tmp_path_factory.mktemp("sample") / "book")
    (root / ".cache").mkdir()
    list(formulas.check(Book.load(root)))
    yield Snapshot(root)
    formulas.renderer(Book(root, {}, [])).close()


@pytest.fixture
def sample(pristine: Snapshot) -> Iterator[Sample]:
    """一本干净的样书，用完复原。"""
    yield Sample(pristine.root)
    pristine.restore()
