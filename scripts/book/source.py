"""读一个源文件：``.md`` 页面或百分号格式的 ``lab-*.py`` 实验，得到行号不变的 Markdown。

所有检查和变换都从 ``Document`` 出发。三份文本长度与行数完全相同，可以互相按位置对照：

- ``text``：Markdown 原文（实验的说明单元去掉 ``# ``，代码单元变成围栏代码块）；
- ``masked``：代码块、行内代码、HTML 注释换成空格，标签和引用只在这里找；
- ``prose``：再把公式、链接地址、HTML 标签换成空格，行文检查只在这里找。
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from book.problems import Problem

FENCE_OPEN = re.compile(r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
INLINE = re.compile(r"(?P<comment><!--.*?-->)|(?P<tick>(?<!\\)`+)(?P<code>(?:(?!\n[ \t]*\n).)+?)(?<!`)(?P=tick)(?!`)", re.S)
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<title>.*?)(?:[ \t]*\{(?P<attrs>[^{}\n]*)\})?[ \t]*#*[ \t]*$", re.M)
MATH = re.compile(r"\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?P<inline>(?![\s$])(?:\\.|[^$\\\n])+?(?<![\s]))\$(?!\d)", re.S)
TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=]+))?)*\s*/?>", re.A)
LINK_TARGET = re.compile(r"(?<=\])\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
ATTR_LIST = re.compile(r"\{[ ]*[:#.][^{}\n]*\}")
URL = re.compile(r"https?://[^\s<>）)]+")


def blank(match: re.Match[str]) -> str:
    """把一段换成同样长的空白，保留换行。"""
    return re.sub(r"[^\n]", " ", match[0])


@dataclass(frozen=True)
class Fence:
    """一个围栏代码块；行号从 1 起，``end`` 是收尾围栏所在行。"""

    start: int
    end: int
    indent: str
    mark: str
    info: str
    content: str

    @property
    def language(self) -> str:
        """语言名；写成 ``python`` 或 ``{.python …}`` 都认。"""
        match = re.match(r"\{?\s*\.?([\w+-]+)", self.info)
        return match[1] if match and not self.info.startswith("{#") else ""


@dataclass(frozen=True)
class Heading:
    """一个标题。"""

    line: int
    level: int
    title: str
    id: str
    attrs: dict[str, str]


def parse_attrs(text: str) -> tuple[str, dict[str, str]]:
    """读 ``#id key=value key2="带空格的值"``，返回 id 与其余键值。"""
    found = re.search(r"(?:^|[\s{])#([^\s{}]+)", text)
    pairs = re.findall(r"([A-Za-z][\w-]*)=(\"[^\"]*\"|[^\s\"]+)", text)
    return (found[1] if found else ""), {key: value.strip('"') for key, value in pairs}


def lab_to_markdown(text: str) -> tuple[str, list[str], list[int]]:
    """把百分号格式的实验变成行数相同的 Markdown。

    代码单元的标记行 ``# %%`` 变成开栏，单元末尾的空行变成收栏。
    返回 Markdown、问题说明的列表、每个代码单元收栏的行号（从 1 起）。
    """
    lines = text.split("\n")
    out = list(lines)
    errors: list[str] = []
    closings: list[int] = []
    mode = "start"
    begin = 0
    if lines and lines[0].strip() == "# ---":
        for number, line in enumerate(lines):
            out[number] = line[2:] if line.startswith("# ") else line.lstrip("#")
            if number and line.strip() == "# ---":
                begin = number + 1
                break
    cell_start = begin

    def close(stop: int) -> None:
        if mode != "code":
            return
        if stop - 1 > cell_start and not lines[stop - 1].strip():
            end = stop - 1
            while end - 1 > cell_start and not lines[end - 1].strip():
                end -= 1
            out[end] = "````"
            closings.append(end + 1)
        else:
            errors.append(f"{cell_start + 1}:代码单元之后缺一个空行")

    for number in range(begin, len(lines)):
        line = lines[number]
        if line.startswith("# %%"):
            close(number)
            mode = "markdown" if "[markdown]" in line else "code"
            cell_start = number
            out[number] = "" if mode == "markdown" else "````python"
        elif mode == "markdown":
            out[number] = line[2:] if line.startswith("# ") else line[1:] if line.startswith("#") else line
    close(len(lines))
    return "\n".join(out), errors, closings


def scan_fences(text: str) -> tuple[list[Fence], int | None]:
    """找出全部围栏代码块；第二个返回值是没有收尾的开栏行号。"""
    fences: list[Fence] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        match = FENCE_OPEN.match(lines[number])
        if not match:
            number += 1
            continue
        mark = match["mark"]
        closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        stop = next((i for i in range(number + 1, len(lines)) if closing.match(lines[i])), None)
        if stop is None:
            return fences, number + 1
        content = "\n".join(lines[number + 1 : stop])
        fences.append(Fence(number + 1, stop + 1, match["indent"], mark, match["info"].strip(), content))
        number = stop + 1
    return fences, None


@dataclass
class Document:
    """一个源文件的全部文本层。``path`` 相对项目根，用 ``/`` 分隔。"""

    path: str
    raw: str
    is_lab: bool = False
    problems: list[Problem] = field(default_factory=list)
    bom: bool = False
    crlf: bool = False

    @classmethod
    def read(cls, root: Path, path: str) -> Document:
        """读文件；读不到或不是 UTF-8 时返回空文档，问题记在 ``problems`` 里。"""
        is_lab = path.endswith(".py")
        try:
            data = (root / path).read_bytes()
        except OSError as error:
            problem = Problem(path, 1, "files", f"读不到文件：{error.strerror}", "恢复文件，或从 mkdocs.yml 的 nav 里删掉它")
            return cls(path, "", is_lab, [problem])
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problem = Problem(path, line, "files", "不是 UTF-8 编码", "用编辑器另存为 UTF-8（无 BOM）")
            return cls(path, "", is_lab, [problem])
        crlf = "\r" in text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return cls(path, text, is_lab, bom=data.startswith(b"\xef\xbb\xbf"), crlf=crlf)

    @cached_property
    def _lab(self) -> tuple[str, list[str], list[int]]:
        return lab_to_markdown(self.raw) if self.is_lab else (self.raw, [], [])

    @property
    def text(self) -> str:
        """行号与源文件一致的 Markdown 全文，含 front matter。"""
        return self._lab[0]

    @property
    def lab_errors(self) -> list[tuple[int, str]]:
        """实验格式的问题：（行号，说明）。"""
        return [(int(line), message) for line, message in (e.split(":", 1) for e in self._lab[1])]

    @property
    def cell_ends(self) -> list[int]:
        """每个代码单元收栏的行号。"""
        return self._lab[2]

    @cached_property
    def front_matter_end(self) -> int:
        """front matter 收尾 ``---`` 的行号；没有 front matter 时为 0。"""
        lines = self.text.split("\n")
        if lines[0].strip() != "---":
            return 0
        return next((i + 1 for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)

    @cached_property
    def _meta(self) -> tuple[dict[str, object], dict[str, int], list[tuple[int, str]]]:
        if not self.front_matter_end:
            return {}, {}, []
        block = "\n".join(self.text.split("\n")[1 : self.front_matter_end - 1])
        try:
            loader = yaml.SafeLoader(block)
            node = loader.get_single_node()
            meta = loader.construct_document(node) if node else {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            return {}, {}, [(2 + (mark.line if mark else 0), str(getattr(error, "problem", error)))]
        except ValueError as error:  # 不存在的日期，如 2026-02-30
            number = next((n for n, line in enumerate(block.split("\n")) if re.search(r":\s*\d{4}-\d\d?-\d\d?\s*$", line)), 0)
            return {}, {}, [(2 + number, str(error))]
        if not isinstance(meta, dict) or not isinstance(node, yaml.MappingNode):
            return {}, {}, [(2, "不是键值对")]
        lines: dict[str, int] = {}
        errors = []
        for key, _ in node.value:
            line = key.start_mark.line + 2
            if key.value in lines:
                errors.append((line, f"键 {key.value} 重复"))
            lines[key.value] = line
        return {str(key): value for key, value in meta.items()}, lines, errors

    @property
    def meta(self) -> dict[str, object]:
        """front matter；无法解析时为空。"""
        return self._meta[0]

    @property
    def meta_lines(self) -> dict[str, int]:
        """每个键所在的行；顺序就是书写顺序。"""
        return self._meta[1]

    @property
    def meta_errors(self) -> list[tuple[int, str]]:
        """front matter 的 YAML 错误：（行号，说明）。"""
        return self._meta[2]

    @cached_property
    def body(self) -> str:
        """全文，front matter 换成空白（行号不变）。"""
        if not self.front_matter_end:
            return self.text
        lines = self.text.split("\n")
        head = [" " * len(line) for line in lines[: self.front_matter_end]]
        return "\n".join(head + lines[self.front_matter_end :])

    @cached_property
    def _fences(self) -> tuple[list[Fence], int | None]:
        return scan_fences(self.body)

    @property
    def fences(self) -> list[Fence]:
        """全部围栏代码块。"""
        return self._fences[0]

    @property
    def unclosed_fence(self) -> int | None:
        """没有收尾的围栏所在行。"""
        return self._fences[1]

    @cached_property
    def without_fences(self) -> str:
        """代码块换成空格后的正文；注释和行内代码还在。"""
        lines = self.body.split("\n")
        for fence in self.fences:
            for number in range(fence.start - 1, fence.end):
                lines[number] = " " * len(lines[number])
        if self.unclosed_fence:
            for number in range(self.unclosed_fence - 1, len(lines)):
                lines[number] = " " * len(lines[number])
        return "\n".join(lines)

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """代码之外的 HTML 注释：（行号，内容）。"""
        source = self.without_fences
        return [
            (source.count("\n", 0, m.start()) + 1, m["comment"][4:-3].strip())
            for m in INLINE.finditer(source)
            if m["comment"]
        ]

    @cached_property
    def masked(self) -> str:
        """代码与注释换成空格后的正文。"""
        return INLINE.sub(blank, self.without_fences)

    @cached_property
    def prose(self) -> str:
        """只剩给人读的文字。"""
        text = MATH.sub(blank, self.masked)
        for pattern in (ATTR_LIST, LINK_TARGET, URL, TAG):
            text = pattern.sub(blank, text)
        return text

    @cached_property
    def headings(self) -> list[Heading]:
        """全部标题。"""
        found = []
        for match in HEADING.finditer(self.masked):
            title = self.body[match.end("marks") : match.end("title")].strip()  # 不用 title 的起点：题目可能以行内代码开头
            ident, attrs = parse_attrs(match["attrs"] or "")
            found.append(Heading(self.line_at(match.start()), len(match["marks"]), title, ident, attrs))
        return found

    @cached_property
    def formulas(self) -> list[tuple[int, str, bool]]:
        """全部公式：（行号，TeX，是否独立成行）。"""
        found = []
        for match in MATH.finditer(self.masked):
            display = match["display"] is not None
            group = "display" if display else "inline"
            tex = self.body[match.start(group) : match.end(group)]
            lead = len(tex) - len(tex.lstrip())
            found.append((self.line_at(match.start(group) + lead), tex.strip(), display))
        return found

    def line_at(self, offset: int) -> int:
        """字符位置所在的行号（三份文本通用）。"""
        return self.text.count("\n", 0, offset) + 1
