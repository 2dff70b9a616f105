"""代码：四行以上的 Python 从 ``labs/`` 取，取得到；标记配对，标了的段有人用。"""

from __future__ import annotations

from collections.abc import Iterator

from book import listings
from book.model import Book
from book.problems import Problem

RULE = "code"
MARKERS = "markers"
LIMIT = 4


def check(book: Book) -> Iterator[Problem]:
    """查每页的代码块。"""
    for page in book.pages:
        for fence in page.document.fences:
            yield from _fence(book, page.source, fence, page.document.is_lab)
        for match in listings.DIRECTIVE.finditer(page.document.masked):
            line = page.document.line_at(match.start())
            yield Problem(page.source, line, RULE, "代码段写在代码块之外", "放进 ```python 与 ``` 之间")


def markers(book: Book) -> Iterator[Problem]:
    """``labs/`` 里的代码段标记成对，而且有页面引入；草稿里暂时没人用的标记不妨碍预览，所以单独成一条规则。"""
    used = {
        (match["path"], match["section"])
        for page in book.pages
        for fence in page.document.fences
        for match in listings.INCLUDE.finditer(fence.content)
    }
    for file in sorted(book.root.glob("labs/**/*.py")):
        path = file.relative_to(book.root).as_posix()
        try:
            found, errors = listings.markers(file.read_text("utf-8"))
        except OSError:
            continue  # 列出之后被删掉了
        except UnicodeDecodeError:
            yield Problem(path, 1, MARKERS, "不是 UTF-8 编码", "用编辑器另存为 UTF-8（无 BOM）")
            continue
        for line, message in errors:
            yield Problem(path, line, MARKERS, message, "成对写 # --8<-- [start:名] 与 # --8<-- [end:名]")
        for name, (line, _) in found.items():
            if (path, name) not in used:
                yield Problem(path, line, MARKERS, f"代码段 {name} 没有页面使用", "删掉标记，或在页面里引入")


def _fence(book: Book, source: str, fence: object, is_lab: bool) -> Iterator[Problem]:
    from book.source import Fence

    assert isinstance(fence, Fence)
    lines = [line for line in fence.content.split("\n") if line.strip()]
    directives = [(n, line) for n, line in enumerate(fence.content.split("\n"), fence.start + 1) if listings.DIRECTIVE.match(line)]
    for number, line in directives:
        match = listings.INCLUDE.match(line)
        if not match or len(lines) > 1:
            yield Problem(source, number, RULE, f"看不懂的代码段 {line.strip()}", '一个代码块只写一行 --8<-- "labs/x/y.py:名"')
            continue
        try:
            listings.section(book.root, match["path"], match["section"])
        except LookupError as error:
            yield Problem(source, number, RULE, str(error), "检查路径和段名，或在那个文件里加标记")
    if is_lab or directives:
        return
    if fence.language == "python" and len(lines) > LIMIT:
        message = f"手写了 {len(lines)} 行 Python"
        yield Problem(source, fence.start, RULE, message, f"放进 labs/ 并按段引入；{LIMIT} 行以内才可手写")
    if not fence.language:
        yield Problem(source, fence.start, RULE, "代码块没有语言名", "写 ```python、```console、```text 等")
