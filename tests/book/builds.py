"""测试用的书：整本样书的拷贝，或按字典写出的几页；进程内排一页，或真的运行 MkDocs。"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import markdown
import pytest
from book import katex, notebooks
from book.model import Book, Page, relative_url
from book.transforms import html as html_stage
from book.transforms import markdown as markdown_stage
from click.testing import CliRunner
from mkdocs.__main__ import cli
from mkdocs.utils import meta, yaml_load

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).parent / "sample"
ENTROPY = "docs/01-introduction/entropy.md"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>'
LAB = "# ---\n# title: 实验\n# type: lab\n# ---\n\n"


def copy_sample(target: Path) -> Path:
    """样书的拷贝，``scripts/`` 是真的那一份。"""
    shutil.copytree(SAMPLE, target)
    (target / "scripts").symlink_to(ROOT / "scripts")
    return target


def environment(**more: str) -> dict[str, str]:
    """子进程的环境：找得到 ``book``，不印 Material 的告示。"""
    return {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1", **more}


def run_mkdocs(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """像读者那样运行 ``mkdocs``。"""
    command = [sys.executable, "-m", "mkdocs", *arguments]
    return subprocess.run(command, cwd=root, env=environment(**more), capture_output=True, text=True, encoding="utf-8", timeout=300)


@dataclass
class Built:
    """一次进程内的构建。"""

    root: Path
    code: int
    output: str

    def page(self, url: str = "") -> str:
        """一页的正文。"""
        return article((self.root / "site" / url / "index.html").read_text("utf-8"))

    @property
    def looks_finished(self) -> bool:
        """``site/`` 里有没有任何一页。"""
        return any((self.root / "site").rglob("index.html"))


def build(root: Path) -> Built:
    """在本进程里跑 ``mkdocs build --strict``：比子进程快，退出码与输出相同。"""
    result = CliRunner().invoke(cli, ["build", "--strict", "-f", str(root / "mkdocs.yml"), "-d", str(root / "site")])
    trace = "" if result.exception is None or isinstance(result.exception, SystemExit) else repr(result.exception)
    return Built(root, result.exit_code, result.output + trace)


_site: Built | None = None


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """建好的样书；一次测试只建一回，各模块共用。"""
    global _site
    if _site is None:
        _site = build(copy_sample(tmp_path_factory.mktemp("built") / "book"))
        assert _site.code == 0, _site.output
    return _site


def article(page: str) -> str:
    """正文那一块 HTML。"""
    found = re.search(r"<article\b[^>]*>(.*?)</article>", page, re.S)
    assert found
    return found[1]


def write(root: Path, pages: dict[str, str]) -> Book:
    """写出几个文件并读成一本书；键里的 ``.md`` 与 ``lab-*.py`` 依次进导航。"""
    for path, text in pages.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    found = [path.removeprefix("docs/") for path in pages if re.fullmatch(r"docs/.*(?:\.md|lab-[\w-]+\.py)", path)]
    nav = "".join(f"  - {path.removesuffix('.py') + '.ipynb' if path.endswith('.py') else path}\n" for path in found)
    (root / "mkdocs.yml").write_text(f"site_name: 书\nrepo_url: https://example.org/repo/\nnav:\n{nav}", "utf-8")
    return Book.load(root)


def one_page(
    root: Path, body: str, more: dict[str, str] | None = None, path: str = "docs/01-introduction/a.md", kind: str = "section"
) -> str:
    """一本只有一页要看的书，排成 HTML。"""
    head = f"---\ntitle: 甲\ntype: {kind}\n---\n# 甲 {{ #a }}\n\n"
    book = write(root, {path: head + body, **(more or {})})
    return render(book, path.removeprefix("docs/"))


def markdown_of(book: Book, site_path: str) -> str:
    """Markdown 阶段之后的样子（钩子 ``labs``、``markup`` 所做的）。"""
    page = page_of(book, site_path)
    source = notebooks.with_slots(page.document) if page.document.is_lab else page.document.raw
    text, _ = meta.get_data(source)
    return markdown_stage.render(book, page, text)


def render(book: Book, site_path: str, to_root: str | None = None) -> str:
    """一页走完全程：Markdown 变换、``mkdocs.yml`` 里的那些扩展、公式、HTML 变换。"""
    page = page_of(book, site_path)
    content = converter().reset().convert(markdown_of(book, site_path))
    if page.document.is_lab:
        notebook = book.root / "docs" / site_path
        content = notebooks.fill_slots(content, notebooks.read_outputs(notebook) if notebook.exists() else [])
    ids = {label.number: name for name, label in book.labels.items() if label.kind == "eq" and label.page == site_path}
    content = katex.render_page(renderer(), content, ids, page.source, page.document.text)
    return html_stage.render(book, page, content, relative_url("", page.url) if to_root is None else to_root)


def page_of(book: Book, site_path: str) -> Page:
    """按路径取页，没有就失败。"""
    page = book.page(site_path)
    assert page is not None, site_path
    return page


@cache
def renderer() -> katex.Renderer:
    """全部测试共用的排版器；不存缓存。"""
    return katex.Renderer(ROOT)


@cache
def converter() -> markdown.Markdown:
    """真的 ``mkdocs.yml`` 里那些 Markdown 扩展。"""
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        listed = yaml_load(file)["markdown_extensions"]
    settings: dict[str, dict[str, object]] = {"toc": {}, "tables": {}, "fenced_code": {}}
    for item in listed:
        settings |= item if isinstance(item, dict) else {item: {}}
    return markdown.Markdown(extensions=list(settings), extension_configs=settings)


def tex_removed(content: str) -> str:
    """公式换成 ``⟦TeX⟧``，看周围的 HTML 时不被它淹没。"""
    return re.sub(
        r"<x-m\b[^>]*>.*?<annotation[^>]*>(.*?)</annotation>.*?</x-m>", lambda m: f"⟦{' '.join(m[1].split())}⟧", content, flags=re.S
    )


def text(content: str) -> str:
    """标签去掉之后的文字，就是读者看见的。"""
    return html.unescape(re.sub(r"<[^>]+>", "", tex_removed(content)))
