"""一本书：章、页、标签、引用、文献、结果、术语。每次构建只读一遍，检查和变换都问它。"""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from book import bibliography, glossary
from book.problems import Problem
from book.results import Results
from book.source import Document, parse_attrs

CHAPTERS = (
    "01-introduction",
    "02-capabilities",
    "03-harms-bias",
    "04-harms-toxicity",
    "05-data",
    "06-law",
    "07-architecture",
    "08-training",
    "09-distributed",
    "10-scaling-laws",
    "11-moe-retrieval",
    "12-adaptation",
    "13-environment",
)
KINDS = {"eq": "式", "fig": "图", "tab": "表", "lst": "代码", "ex": "练习"}
LABEL = re.compile(r"\{[ ]*#(?P<label>(?P<kind>eq|fig|tab|lst|ex):[^\s{}]+)(?P<attrs>[^{}\n]*)\}")
LABEL_NAME = re.compile(r"^(?:eq|fig|tab|lst|ex):[a-z0-9]+(?:-[a-z0-9]+)*$")
BRACKET = re.compile(r"(?<!\\)\[(?P<inner>@[^\[\]\n]+)\](?!\()")
ITEM = re.compile(r"^@(?P<key>[A-Za-z][\w:.-]*?)(?:[,，]\s*(?P<where>[^@]+))?$")
DIRECTIVE = re.compile(r"^book:(?P<name>[\w-]+)$")
MAP_ITEM = re.compile(r"^(?P<number>\d+)\.[ ]+(?P<text>.+)$")
PAGE_LINK = re.compile(r"^\[(?P<title>[^\]]+)\]\((?P<target>[^)#\s]+)\)")


@dataclass(frozen=True)
class Label:
    """一个可引用的东西；``number`` 如 ``7.3``。"""

    name: str
    kind: str
    number: str
    page: str
    line: int
    text: str = ""

    @property
    def title(self) -> str:
        """引用处显示的文字，如“图 7.1”“式 (7.2)”。"""
        return f"{KINDS[self.kind]} ({self.number})" if self.kind == "eq" else f"{KINDS[self.kind]} {self.number}"


@dataclass(frozen=True)
class Reference:
    """正文里的一次引用：标签或文献键。"""

    key: str
    line: int
    where: str = ""


@dataclass
class Page:
    """一页。``source`` 是源文件（实验为 ``.py``），``site_path`` 是 MkDocs 眼中的文件（实验为 ``.ipynb``）。"""

    source: str
    document: Document
    nav_title: str = ""
    section: int | None = None

    @property
    def site_path(self) -> str:
        """相对 ``docs/`` 的路径，MkDocs 用的那个。"""
        path = self.source.removeprefix("docs/")
        return path.removesuffix(".py") + ".ipynb" if self.document.is_lab else path

    @property
    def url(self) -> str:
        """目录形式的网址，相对站点根。"""
        stem = self.site_path.rsplit(".", 1)[0]
        if stem == "index":
            return ""
        return (stem.removesuffix("index") if stem.endswith("/index") else stem + "/")

    @property
    def folder(self) -> str:
        """所在的章文件夹；不在章里时为空。"""
        top = self.site_path.split("/")[0]
        return top if top in CHAPTERS else ""

    @property
    def chapter(self) -> int | None:
        """章号。"""
        return CHAPTERS.index(self.folder) + 1 if self.folder else None

    @property
    def kind(self) -> str:
        """front matter 里的页面类型。"""
        return str(self.document.meta.get("type", ""))

    @property
    def title(self) -> str:
        """页面题目。"""
        return str(self.document.meta.get("title", self.nav_title or self.site_path))

    @property
    def numbered_title(self) -> str:
        """带章节号的题目，如“7.3 注意力”“第 7 章 模型架构”。"""
        if self.kind == "chapter":
            return f"第 {self.chapter} 章 {self.title}"
        return f"{self.chapter}.{self.section} {self.title}" if self.section else self.title

    @property
    def reading_minutes(self) -> int:
        """按每分钟 350 字、每个独立公式 20 秒估计的阅读分钟数。"""
        text = self.document.prose
        words = len(re.findall(r"[\u3400-\u9fff]", text)) + len(re.findall(r"[A-Za-z]+", text))
        displays = sum(display for _, _, display in self.document.formulas)
        return max(1, round(words / 350 + displays / 3))


@dataclass
class Book:
    """整本书。用 :meth:`load` 读入。"""

    root: Path
    config: dict[str, Any]
    pages: list[Page]
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def load(cls, root: Path) -> Book:
        """读 ``mkdocs.yml``、``docs/`` 下所有页面；不抛异常，问题记在 ``problems``。"""
        problems: list[Problem] = []
        config = load_config(root, problems)
        order = list(nav_pages(config.get("nav") or []))
        titles = dict(reversed([(path, title) for title, path in order]))
        position = {path: number for number, path in enumerate(titles_in_order(order))}
        found = sorted(
            {p.relative_to(root).as_posix() for p in root.glob("docs/**/*.md")}
            | {p.relative_to(root).as_posix() for p in root.glob("docs/*/lab-*.py")}
            | {f"docs/{path}" for _, path in order if path.endswith(".md")}
            | {f"docs/{path.removesuffix('.ipynb')}.py" for _, path in order if path.endswith(".ipynb")}
        )
        pages = [Page(path, Document.read(root, path)) for path in found]
        for page in pages:
            page.nav_title = titles.get(page.site_path) or ""
        pages.sort(key=lambda page: (position.get(page.site_path, len(position)), page.site_path))
        book = cls(root, config, pages, problems)
        book._nav = order
        book._number_sections()
        return book

    _nav: list[tuple[str, str]] = field(default_factory=list)

    @property
    def nav(self) -> list[str]:
        """导航里的页面，按顺序。"""
        return [path for _, path in self._nav]

    def page(self, site_path: str) -> Page | None:
        """按 MkDocs 的路径找页。"""
        return self._by_path.get(site_path)

    @cached_property
    def _by_path(self) -> dict[str, Page]:
        return {page.site_path: page for page in self.pages}

    @property
    def numbered_pages(self) -> list[Page]:
        """编号和引用只数导航里的页。"""
        listed = set(self.nav)
        return [page for page in self.pages if page.site_path in listed]

    def chapter_map(self, folder: str) -> list[tuple[int, int, str, str]]:
        """导学“地图”的各项：（序号，行号，题目，链接的页面或空）。"""
        page = self.page(f"{folder}/index.md")
        if page is None:
            return []
        heads = page.document.headings
        start = next((h for h in heads if h.id == "map"), None)
        if start is None:
            return []
        stop = next((h.line for h in heads if h.line > start.line), 10**9)
        items = []
        masked, body = page.document.masked.split("\n"), page.document.body.split("\n")
        for number, line in enumerate(masked, 1):
            if start.line < number < stop and (match := MAP_ITEM.match(line)):
                text = body[number - 1][match.start("text") :]
                link = PAGE_LINK.match(text)
                title = link["title"] if link else re.split(r"[：:]", text)[0]
                items.append((len(items) + 1, number, title, f"{folder}/{link['target']}" if link else ""))
        return items

    def _number_sections(self) -> None:
        for folder in CHAPTERS:
            for number, _, _, target in self.chapter_map(folder):
                if target and (page := self.page(target)):
                    page.section = number

    @cached_property
    def labels(self) -> dict[str, Label]:
        """标签 → 位置与编号；重复的标签取第一处（检查会报）。"""
        return {label.name: label for label in reversed(self.all_labels)}

    @cached_property
    def all_labels(self) -> list[Label]:
        """全书标签，含重复，按导航顺序编号。"""
        counts: dict[tuple[int | None, str], int] = defaultdict(int)
        found = []
        for page in self.numbered_pages:
            for line, name, text in page_labels(page.document):
                kind = name.split(":")[0]
                counts[page.chapter, kind] += 1
                number = f"{page.chapter}.{counts[page.chapter, kind]}"
                found.append(Label(name, kind, number, page.site_path, line, text))
        return found

    @cached_property
    def references(self) -> dict[str, list[Reference]]:
        """每页的引用（标签和文献），按出现顺序。"""
        return {page.site_path: list(page_references(page.document)) for page in self.pages}

    @cached_property
    def citations(self) -> dict[str, list[str]]:
        """文献键 → 引用它的页面（``site_path``），按导航顺序。"""
        found: dict[str, list[str]] = defaultdict(list)
        for page in self.numbered_pages:
            for reference in self.references[page.site_path]:
                if ":" not in reference.key and page.site_path not in found[reference.key]:
                    found[reference.key].append(page.site_path)
        return dict(found)

    @cached_property
    def _bibliography(self) -> tuple[dict[str, bibliography.Entry], list[Problem]]:
        return bibliography.load(self.root)

    @property
    def bibliography(self) -> dict[str, bibliography.Entry]:
        """文献键 → 文献。"""
        return self._bibliography[0]

    @property
    def bibliography_problems(self) -> list[Problem]:
        """文献库本身的问题。"""
        return self._bibliography[1]

    @cached_property
    def results(self) -> Results:
        """实验测得的数。"""
        return Results(self.root)

    @cached_property
    def terms(self) -> list[glossary.Term]:
        """术语表。"""
        page = self.page(glossary.PATH.removeprefix("docs/"))
        return glossary.load(page.document) if page else []

    @property
    def repository(self) -> str:
        """代码仓库地址，末尾不带斜杠。"""
        return str(self.config.get("repo_url", "")).rstrip("/")

    @cached_property
    def dates(self) -> dict[str, str]:
        """源文件 → 最后一次提交的日期；不在 git 里时为空。"""
        command = ["git", "-c", "core.quotepath=off", "log", "--format=%x00%cs", "--name-only", "--", "docs"]
        try:
            done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            return {}
        dates: dict[str, str] = {}
        for block in done.stdout.split("\0")[1:]:
            date, *paths = block.split("\n")
            for path in filter(None, paths):
                dates.setdefault(path, date)
        return dates


class _AnyTag(yaml.SafeLoader):
    """mkdocs.yml 里有 Python 标签，这里只需要 nav 和几个字符串。"""


_AnyTag.add_multi_constructor("", lambda loader, suffix, node: None)


def load_config(root: Path, problems: list[Problem]) -> dict[str, Any]:
    """读 ``mkdocs.yml``；不认识的标签当作空值。"""
    try:
        config = yaml.load((root / "mkdocs.yml").read_text("utf-8"), Loader=_AnyTag)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problems.append(Problem("mkdocs.yml", line, "nav", f"读不懂：{error}", "修好 YAML"))
        return {}
    if not isinstance(config, dict):
        problems.append(Problem("mkdocs.yml", 1, "nav", "不是键值对", "修好 YAML"))
        return {}
    return config


def nav_pages(items: list[Any], title: str = "") -> Iterator[tuple[str, str]]:
    """展开 nav，给出（题目，路径）。"""
    for item in items:
        if isinstance(item, str):
            yield title, item
        elif isinstance(item, dict):
            for name, value in item.items():
                if isinstance(value, list):
                    yield from nav_pages(value)
                elif isinstance(value, str):
                    yield str(name), value


def titles_in_order(order: list[tuple[str, str]]) -> list[str]:
    """导航里的路径，去重。"""
    return list(dict.fromkeys(path for _, path in order))


def page_labels(document: Document) -> list[tuple[int, str, str]]:
    """一页里的标签：（行号，名字，说明文字），按行排序。"""
    found = []
    for match in LABEL.finditer(document.masked):
        line = document.line_at(match.start())
        found.append((line, match["label"], caption_at(document, line, match["kind"])))
    for fence in document.fences:
        ident, attrs = parse_attrs(fence.info)
        if ident.startswith("lst:"):
            found.append((fence.start, ident, attrs.get("caption", "")))
    return sorted(found)


def caption_at(document: Document, line: int, kind: str) -> str:
    """标签所在行的说明文字（图注、表题、练习题目）。"""
    text = document.body.split("\n")[line - 1].strip()
    if kind == "fig":
        match = re.match(r"!\[(?P<text>.*)\]\(", text)
        return match["text"] if match else ""
    if kind == "tab":
        return re.sub(r"\s*\{[^{}]*\}\s*$", "", text).removeprefix("表：")
    if kind == "ex":
        return re.sub(r"\s*\{[^{}]*\}\s*$", "", text).lstrip("# ")
    return ""


def page_references(document: Document) -> Iterator[Reference]:
    """一页里的全部引用；一个方括号里可以有几个，用分号隔开。"""
    for match in BRACKET.finditer(document.masked):
        line = document.line_at(match.start())
        for part in re.split(r"[;；]", match["inner"]):
            item = ITEM.match(part.strip())
            if item:
                yield Reference(item["key"], line, (item["where"] or "").strip())
            else:
                yield Reference(part.strip(), line)


def relative_url(target: str, base: str) -> str:
    """从网址 ``base``（目录形式）到 ``target`` 的相对地址。"""
    path = posixpath.relpath("/" + target, "/" + base)
    return path + "/" if (target.endswith("/") or not target) and not path.endswith("/") else path
