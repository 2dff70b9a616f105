"""实验：执行结果没有过期、没有出错；写明的模块和包存在而且真用到；结果文件都有来历。"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from book import listings, notebooks
from book.model import Book, Page
from book.problems import Problem
from book.results import NUMBER

RULE = "labs"
RUN = "python scripts/run_labs.py"
PACKAGE = re.compile(r'^PACKAGE = "([^"\n]+)"', re.M)  # labs 的模块这样写明自己要哪个包


def check(book: Book) -> Iterator[Problem]:
    """查每个实验、每页的 ``labs:``、每个结果文件和落单的笔记本。"""
    for page in book.pages:
        if page.document.is_lab and not page.document.problems:
            yield from _notebook(book, page)
            yield from _packages(book, page)
        yield from _modules(book, page)
    yield from _data(book)
    known = {page.site_path for page in book.pages}
    for path in sorted(book.root.glob("docs/**/*.ipynb")):
        relative = path.relative_to(book.root).as_posix()
        if ".ipynb_checkpoints" not in relative and relative.removeprefix("docs/") not in known:
            yield Problem(relative, 1, RULE, "笔记本没有同名的 lab-*.py", "删掉它；笔记本只由 run_labs.py 生成")


def _notebook(book: Book, page: Page) -> Iterator[Problem]:
    path = book.root / "docs" / page.site_path
    name = f"docs/{page.site_path}"
    if not path.exists():
        return  # files 会报
    try:
        content = json.loads(path.read_text("utf-8"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        stored = content["metadata"].get("book", {}).get("fingerprint")
        outputs: list[list[dict[str, Any]]] = [cell.get("outputs", []) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield Problem(name, 1, RULE, f"笔记本读不懂：{type(error).__name__}", f"运行 {RUN} --all")
        return
    try:
        fresh = stored == notebooks.fingerprint(book.root, page.source)
    except (OSError, ValueError, SyntaxError):
        fresh = True  # 源文件不是合法的 Python，python 检查会报
    if not fresh:
        yield Problem(page.source, 1, RULE, "实验或它依赖的 labs 模块变了，存下的输出已过期", f"运行 {RUN}")
    elif len(cells) != len(page.document.cell_ends):
        message = f"源文件有 {len(page.document.cell_ends)} 个代码单元，笔记本有 {len(cells)} 个"
        yield Problem(page.source, 1, RULE, message, f"运行 {RUN} --all")
    for number, cell in enumerate(outputs, 1):
        for output in cell:
            if output.get("output_type") == "error":
                message = f"第 {number} 个代码单元的输出是错误 {output.get('ename', '')}"
                yield Problem(name, 1, RULE, message, f"修好代码，再运行 {RUN}")
            if output.get("output_type") == "stream" and output.get("name") == "stderr":
                yield Problem(name, 1, RULE, f"第 {number} 个代码单元有警告输出，会显示给读者", f"消除警告，再运行 {RUN}")


def _packages(book: Book, page: Page) -> Iterator[Problem]:
    """``packages:`` 与依赖的模块里的 ``PACKAGE = "名字==版本"`` 一致，一个不多，一个不少。"""
    listed = page.document.meta.get("packages") or []
    line = page.document.meta_lines.get("packages", 1)
    try:
        sources = [text_of(book.root / path) for path in notebooks.dependencies(book.root, page.source) if path.endswith(".py")]
    except (OSError, ValueError, SyntaxError):
        return  # 不是合法的 Python，python 检查会报
    used = {name for text in sources for name in PACKAGE.findall(text)}
    for item in sorted(used - set(map(str, listed))):
        yield Problem(page.source, line, RULE, f"用到的模块需要 {item}，packages: 里没有", f"在 labs: 之后写 packages: [{item}]")
    for item in sorted(set(map(str, listed)) - used):
        yield Problem(page.source, line, RULE, f"写了 {item}，用到的模块里没有 PACKAGE = \"{item}\"", "从 packages: 里删掉，或改成模块里的版本")


def _modules(book: Book, page: Page) -> Iterator[Problem]:
    """``labs:`` 里的每一项；导学可以列本章任何一页用到的。"""
    listed = page.document.meta.get("labs")
    if not isinstance(listed, list):
        return
    line = page.document.meta_lines["labs"]
    pages = [p for p in book.pages if p.folder == page.folder] if page.kind == "chapter" else [page]
    try:
        used = {path for p in pages for path in used_modules(book, p)}
    except (OSError, ValueError, SyntaxError):
        return  # 不是合法的 Python，python 检查会报
    for item in listed:
        path = f"labs/{str(item).replace('.', '/')}.py"
        if not (book.root / path).is_file():
            yield Problem(page.source, line, RULE, f"没有模块 {path}", "检查 labs: 里的名字")
        elif path not in used:
            yield Problem(page.source, line, RULE, f"写了 {item}，却没有引入它", "在页面里引入或导入它，或从 labs: 里删掉")


def used_modules(book: Book, page: Page) -> set[str]:
    """一页引入的代码段和（实验）导入的模块所在的文件。"""
    found = {m["path"] for fence in page.document.fences for m in [listings.INCLUDE.match(fence.content)] if m}
    if page.document.is_lab:
        found |= set(notebooks.dependencies(book.root, page.source))
    return found


def _data(book: Book) -> Iterator[Problem]:
    """每个结果文件要有人用：正文取数，或实验、画图脚本提到它的名字。"""
    cited = {m["path"].split(".")[0] for page in book.pages for m in NUMBER.finditer(page.document.masked)}
    labs = [page for page in book.pages if page.document.is_lab]
    scripts = "\n".join(text_of(path) for path in sorted(book.root.glob("scripts/figures/*.py")))
    sources = "\n".join(page.document.raw for page in labs) + scripts
    names = {page.source.rsplit("/", 1)[-1] for page in labs}
    for stem, path in book.results.files.items():
        mentioned = re.search(rf"(?<![\w-]){re.escape(stem)}(?![\w-])", sources)
        if stem not in cited and not mentioned and f"lab-{stem}.py" not in names:
            yield Problem(path, 1, RULE, "没有实验、画图脚本或页面用到这个结果文件", "删掉，或写明它从哪个实验来")


def text_of(path: Any) -> str:
    """读文本；读不到时为空。"""
    try:
        return str(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
