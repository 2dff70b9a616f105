"""图：文件干净、有人用、引用得到、替代文字说得出看见什么、图注是一句结论、与生成它的脚本一致。"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from book import notebooks
from book.checks import svg
from book.checks.layers import exempted
from book.model import Book, Page
from book.problems import Problem
from book.results import Results
from book.source import MATH, blank, parse_attrs
from book.transforms.markdown import FIGURE

RULE = "figures"
ALT = 15
RASTER = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".tiff"}
IMAGE = re.compile(r"!\[(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]\((?P<src>[^()\s]*)(?:\s+\"[^\"]*\")?\)(?:\{(?P<attrs>[^{}\n]*)\})?")
HTML_IMAGE = re.compile(r"<img\b(?P<attrs>[^>]*)>", re.I)
ATTRIBUTE = re.compile(r"\b(?P<name>src|alt)\s*=\s*\"(?P<value>[^\"]*)\"", re.I)
HAND_DRAWN = re.compile(r"<!--\s*手绘[：:]\s*(?P<reason>.*?)\s*-->", re.S)
FILE_NAME = re.compile(r"\.(?:svg|png|jpe?g|gif|webp)\b", re.I)
NOUN_CAPTION = re.compile(r"(?:图|示意|概览|流程|总览)[。]?$")


@dataclass(frozen=True)
class Image:
    """页面里的一张图；``file`` 是项目里的路径，指到外面时为空。"""

    line: int
    src: str
    alt: str
    caption: str
    label: str
    file: str


def check(book: Book) -> Iterator[Problem]:
    """先查每页的引用，再查每个文件。"""
    used: dict[str, list[tuple[Page, int]]] = {}
    for page in book.pages:
        found = list(images(page))
        for image in found:
            used.setdefault(image.file, []).append((page, image.line))
        yield from exempted(page.document, RULE, _page(book, page, found))
    drawn = Drawn(book.root)
    for path in figure_files(book.root):
        if path.suffix.lower() in RASTER:
            continue
        relative = path.relative_to(book.root).as_posix()
        if relative not in used:
            yield Problem(relative, 1, RULE, "没有页面用这张图", "在页面里引用它，或删掉")
        yield from _file(book.root, path, relative, drawn)
    drawn.save()
    yield from _unused_rasters(book, used)


def figure_files(root: Path) -> list[Path]:
    """各章和附录的图，以及任何地方的位图。"""
    return sorted({*root.glob("docs/*/figures/*.svg"), *(p for p in root.glob("docs/**/*") if p.suffix.lower() in RASTER)})


def images(page: Page) -> Iterator[Image]:
    """一页里的 Markdown 图和 ``<img>``。"""
    document = page.document
    text = MATH.sub(blank, document.masked)
    for match in IMAGE.finditer(text):
        body = document.body
        ident, attrs = parse_attrs(body[match.start("attrs") : match.end("attrs")] if match["attrs"] else "")
        words = body[match.start("text") : match.end("text")]
        label = ident if ident.startswith("fig:") else ""
        alt, caption = (attrs.get("alt", ""), words) if label else (words, "")
        yield Image(document.line_at(match.start()), match["src"], alt, caption, label, resolve(page, match["src"]))
    for match in HTML_IMAGE.finditer(text):
        attrs = {m["name"].lower(): m["value"] for m in ATTRIBUTE.finditer(match["attrs"])}
        src = attrs.get("src", "")
        yield Image(document.line_at(match.start()), src, attrs.get("alt", ""), "", "", resolve(page, src))


def resolve(page: Page, src: str) -> str:
    """页面里写的地址 → 项目里的路径；外面的地址为空。"""
    if not src or "://" in src or src.startswith(("/", "data:", "//")):
        return ""
    parts: list[str] = []
    for part in [*page.source.split("/")[:-1], *src.split("#")[0].split("/")]:
        if part == ".." and parts:
            parts.pop()
        elif part not in {".", "", ".."}:
            parts.append(part)
    return "/".join(parts)


def _page(book: Book, page: Page, found: list[Image]) -> Iterator[Problem]:
    shaped = {page.document.line_at(m.start("close")) for m in FIGURE.finditer(page.document.masked)}
    lines = page.document.masked.split("\n")
    for image in found:
        where = (page.source, image.line, RULE)
        if not image.file:
            yield Problem(*where, f"图 {image.src or '（空）'} 不是本书的文件", "存到本章的 figures/ 里")
        elif not (book.root / image.file).is_file():
            yield Problem(*where, f"没有文件 {image.file}", "检查路径，或先画出这张图")
        elif Path(image.file).suffix.lower() in RASTER:
            yield Problem(*where, f"{image.src} 是位图", f"改画 SVG；确要位图就在行末写 <!-- {RULE}: ok 原因 -->")
        if fault := alt_fault(image.alt):
            yield Problem(*where, f"替代文字{fault}", f'写 alt="看得见什么，至少 {ALT} 个字"')
        if image.label:
            yield from _caption(where, image.caption)
            around = [lines[n].strip(" \t>") for n in (image.line - 2, image.line) if 0 <= n < len(lines)]
            if image.line in shaped and any(around):
                yield Problem(*where, "图没有独占一段", "图自成一行，前后各空一行")
        elif page.folder and image.line not in shaped and lines[image.line - 1].lstrip().startswith("!["):
            yield Problem(*where, "图没有标签", '写成 ![图注](figures/x.svg){#fig:x alt="…"}，并在文中引用 [@fig:x]')


def _caption(where: tuple[str, int, str], caption: str) -> Iterator[Problem]:
    if len(caption) < 5 or NOUN_CAPTION.search(caption):
        yield Problem(*where, f"图注“{caption}”不是一句结论", "写出看这张图能得到的结论，如“四个头各看不同的距离”")


def alt_fault(alt: str) -> str:
    """替代文字的问题；没有问题时为空。"""
    if len(alt.strip()) < ALT:
        return f"只有 {len(alt.strip())} 个字"
    if FILE_NAME.search(alt):
        return "里有文件名"
    if re.match(r"\s*(?:图片|图像|一张图|示意图|image\b)", alt, re.I):
        return "以“图片”之类的空话开头"
    return ""


def _file(root: Path, path: Path, relative: str, drawn: Drawn) -> Iterator[Problem]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield Problem(relative, 1, RULE, f"读不出：{getattr(error, 'strerror', None) or '不是 UTF-8'}", "重新生成，或另存为 UTF-8")
        return
    for line, message, repair in svg.faults(text, path.stem):
        yield Problem(relative, line, RULE, message, repair)
    script = generator(root, path.stem)
    if not script.exists():
        if not (note := HAND_DRAWN.search(text)) or not note["reason"]:
            repair = f"写 {script.relative_to(root).as_posix()}，或在文件里注明 <!-- 手绘：原因 -->"
            yield Problem(relative, 1, RULE, "没有生成它的脚本，也没有注明手绘", repair)
        return
    name = script.relative_to(root).as_posix()
    try:
        current = drawn.matches(script, text)
    except Exception as error:  # noqa: BLE001  脚本是别人写的，什么都可能发生
        yield Problem(name, 1, RULE, f"画不出：{type(error).__name__}: {error}", f"运行 python {name} 看完整的错误")
        return
    if not current:
        yield Problem(relative, 1, RULE, f"与 {name} 画的不同", f"运行 python {name}")


def generator(root: Path, stem: str) -> Path:
    """生成一张图的脚本。"""
    return root / "scripts/figures" / f"{stem.replace('-', '_')}.py"


def draw(script: Path) -> str:
    """导入脚本，取它的 ``draw()``；脚本没有这个函数时 ``AttributeError``。"""
    with imported(script) as module:
        if not callable(getattr(module, "draw", None)):
            raise AttributeError("脚本里没有 draw() -> str")
        text = module.draw()
    if not isinstance(text, str):
        raise TypeError(f"draw() 应返回 str，得到 {type(text).__name__}")
    return text


@contextmanager
def imported(script: Path) -> Iterator[ModuleType]:
    """按路径导入一个脚本，用完就忘；其间它的文件夹和项目根排在导入路径最前，不写字节码。"""
    name = f"_figure_{script.stem}"
    spec = importlib.util.spec_from_file_location(name, script)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    saved, bytecode = list(sys.path), sys.dont_write_bytecode
    sys.path[:0] = [str(script.parent), str(script.parents[2])]
    sys.dont_write_bytecode = True
    sys.modules[name] = module  # dataclass 要按名字找到自己的模块
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path[:], sys.dont_write_bytecode = saved, bytecode
        sys.modules.pop(name, None)


class Drawn:
    """记得哪些图核对过：脚本与它依赖的一切没有变，就不再重画。记在 ``.cache/figures.json``，不进 git。"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / ".cache/figures.json"
        try:
            self.known: dict[str, str] = dict(json.loads(self.file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            self.known = {}  # 没有缓存或缓存坏了，重画即可
        self.checked: dict[str, str] = {}

    def matches(self, script: Path, text: str) -> bool:
        """文件内容是否就是脚本画的；画不出时抛脚本自己的异常。"""
        key = self._key(script, text)
        if key and self.known.get(script.name) == key:
            self.checked[script.name] = key
            return True
        same = draw(script) == text
        if same and key:
            self.checked[script.name] = key
        return same

    def _key(self, script: Path, text: str) -> str:
        """图、脚本、它导入的 ``labs`` 模块、画图的库、它提到的结果文件的指纹。"""
        source = script.relative_to(self.root).as_posix()
        try:
            words = script.read_text("utf-8")
            paths = [*notebooks.dependencies(self.root, source), "scripts/book/svg.py"]
            paths += [path for stem, path in Results(self.root).files.items() if stem in words]
            digest = hashlib.sha256(text.encode())
            for path in paths:
                digest.update(path.encode() + b"\0" + (self.root / path).read_bytes())
        except (OSError, ValueError, SyntaxError):
            return ""
        return digest.hexdigest()[:16]

    def save(self) -> None:
        """写下这一次核对过的。"""
        if self.checked != self.known:
            self.file.parent.mkdir(exist_ok=True)
            self.file.write_text(json.dumps(self.checked), "utf-8")


def fix(book: Book) -> list[str]:
    """重画过期的图；返回改过的文件。画不出的留给检查报告。"""
    changed = []
    for path in book.root.glob("docs/*/figures/*.svg"):
        script = generator(book.root, path.stem)
        if not script.exists():
            continue
        try:
            fresh = draw(script)
            if fresh != path.read_text("utf-8"):
                path.write_text(fresh, "utf-8", newline="\n")
                changed.append(path.relative_to(book.root).as_posix())
        except Exception:  # noqa: BLE001
            continue
    return changed


def _unused_rasters(book: Book, used: dict[str, list[tuple[Page, int]]]) -> Iterator[Problem]:
    for path in figure_files(book.root):
        relative = path.relative_to(book.root).as_posix()
        if path.suffix.lower() in RASTER and relative not in used:
            yield Problem(relative, 1, RULE, "位图，而且没有页面用它", "删掉")
