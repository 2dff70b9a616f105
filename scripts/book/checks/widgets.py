"""交互图：组件存在、够小、有静态后备图和题目；不记、不发、不执行字符串；每个文件都有页面用。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from book.model import Book, Page
from book.problems import Problem

RULE = "widgets"
FOLDER = "docs/assets/widgets"
LIMIT = 30 * 1024
OPEN = re.compile(r"<book-(?P<name>[a-z][a-z0-9-]*)(?P<attrs>[^<>]*)>")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", re.S)
IMPORT = re.compile(r"(?:\bfrom\s*|\bimport\s*\(?\s*)([\"'])(?P<path>[^\"'\n]+)\1")
OWN = r"""[\"'`]\.{0,2}/?\w[\w./-]*[\"'`]"""  # 写明的相对路径
FORBIDDEN: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"\b(?:https?|wss?):(?!//www\.w3\.org/)//[\w.-]+"), "有外面的地址", "数据放在本站，随页面发布"),
    (re.compile(r"\b(?:localStorage|sessionStorage|indexedDB|document\.cookie|navigator\.sendBeacon|XMLHttpRequest|WebSocket|EventSource)\b"), "会记下或发出读者的数据", "删掉；组件不记、不发"),
    (
        re.compile(rf"\bfetch\s*\(\s*(?!{OWN}\s*[),]|new URL\(\s*{OWN}\s*,\s*import\.meta\.url\s*\)\s*[),])"),
        "fetch 的地址不是写明的相对路径",
        '只取本站的文件，地址直接写出：fetch(new URL("../models/a.bin", import.meta.url))',
    ),
    (re.compile(r"(?<![\w.])eval\s*\(|\bnew\s+Function\b|\bsetTimeout\s*\(\s*[\"'`]"), "把字符串当代码执行", "写成函数"),
    (re.compile(r"\bdocument\.write\b"), "用了 document.write", "用 textContent 或 append"),
    (
        re.compile(r"(?:\b(?:inner|outer)HTML\s*\+?=|\binsertAdjacentHTML\s*\()[^;]*?(?:getAttribute|\.dataset\b|\.attributes\b|\.value\b|location\b)"),
        "把属性或读者输入的字直接拼进 HTML",
        "用 textContent，或先转成数",
    ),
)


def check(book: Book) -> Iterator[Problem]:
    """先查页面里的用法，再查组件的文件。"""
    used: set[str] = set()
    for page in book.pages:
        yield from _page(book, page, used)
    files = sorted((book.root / FOLDER).glob("**/*")) if (book.root / FOLDER).is_dir() else []
    scripts = {path.name: path for path in files if path.is_file()}
    imports = {name: _imports(path) & scripts.keys() for name, path in scripts.items()}
    needed = {widget: _reached(f"{widget}.js", imports) for widget in sorted(used)}
    for name, path in scripts.items():
        yield from _script(book.root, path, scripts, owner=not any(name in others for others in imports.values()))
        if path.suffix == ".js" and not any(name in names for names in needed.values()):
            yield Problem(f"{FOLDER}/{name}", 1, RULE, "没有页面用这个组件", "在页面里用它，或删掉")
    for widget, names in needed.items():
        size = sum(scripts[name].stat().st_size for name in names)
        if size > LIMIT:
            yield Problem(f"{FOLDER}/{widget}.js", 1, RULE, f"连同导入的文件有 {size:,} 字节，超过 {LIMIT:,}", "删去用不着的部分")


def _imports(path: Path) -> set[str]:
    """这个文件导入的同一文件夹里的文件。"""
    try:
        return {match["path"].removeprefix("./") for match in IMPORT.finditer(path.read_text("utf-8"))}
    except (OSError, UnicodeDecodeError):
        return set()


def _reached(name: str, imports: dict[str, set[str]]) -> set[str]:
    """一个组件与它直接、间接导入的文件。"""
    reached: set[str] = set()
    queue = [name] if name in imports else []
    while queue:
        reached.add(current := queue.pop())
        queue += imports[current] - reached
    return reached


def _page(book: Book, page: Page, used: set[str]) -> Iterator[Problem]:
    document = page.document
    text = document.masked
    for match in OPEN.finditer(text):
        name, where = match["name"], (page.source, document.line_at(match.start()), RULE)
        used.add(name)
        stop = text.find(f"</book-{name}>", match.end())
        following = OPEN.search(text, match.end())
        if not (book.root / FOLDER / f"{name}.js").is_file():
            yield Problem(*where, f"没有组件 {FOLDER}/{name}.js", "检查名字，或先写出它")
        if not re.search(r'\btitle="[^"]+"', match["attrs"]):
            yield Problem(*where, f"<book-{name}> 没有题目", '加 title="这张图能做什么"')
        if stop < 0 or (following and following.start() < stop):
            yield Problem(*where, f"<book-{name}> 没有收尾", f"加上 </book-{name}>")
        elif not re.search(r"<img\b[^>]*\bsrc=\"figures/[^\"]+\.svg\"", text[match.end() : stop]):
            yield Problem(*where, f"<book-{name}> 里没有静态后备图", f'放一张 <img src="figures/{name}-fallback.svg" alt="…">')


def _script(root: Path, path: Path, scripts: dict[str, Path], owner: bool) -> Iterator[Problem]:
    name = path.relative_to(root).as_posix()
    if path.suffix != ".js":
        yield Problem(name, 1, RULE, "不是 .js 文件", "组件只有 ES 模块，样式写在模块里")
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        yield Problem(name, 1, RULE, "读不出，或不是 UTF-8", "另存为 UTF-8")
        return
    code = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for pattern, message, repair in FORBIDDEN:
        for match in pattern.finditer(code):
            yield Problem(name, line_at(code, match.start()), RULE, f"{message}：{match[0][:40]}", repair)
    for match in IMPORT.finditer(code):
        target = match["path"]
        if not target.startswith("./") or target[2:] not in scripts:
            yield Problem(name, line_at(code, match.start()), RULE, f"导入了 {target}", "只导入同一文件夹里的 ./文件.js，没有依赖")
    if owner and not re.search(rf"customElements\s*\.\s*define\(\s*[\"'`]book-{re.escape(path.stem)}[\"'`]", code):
        yield Problem(name, 1, RULE, f"没有定义 <book-{path.stem}>", f'写 customElements.define("book-{path.stem}", …)')


def line_at(text: str, offset: int) -> int:
    """字符位置的行号。"""
    return text.count("\n", 0, offset) + 1
