"""实验：百分号格式的 ``.py`` 是源，执行后的 ``.ipynb`` 存着输出。

页面由源文件的文字和笔记本里的输出拼成；执行、比对、指纹也在这里。
"""

from __future__ import annotations

import ast
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from book.problems import BookError, Problem
from book.source import Document

ANSI = re.compile(r"\x1b\[[0-9;]*m")
PLACEHOLDER = '<div class="lab-slot" data-cell="{}"></div>'
SLOT = re.compile(r'<div class="lab-slot" data-cell="(\d+)"></div>')
REPAIR = "运行 python scripts/run_labs.py"
DECLARATION = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>", re.S)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?")


def with_slots(document: Document) -> str:
    """实验的 Markdown，每个代码单元之后留一个放输出的空位。"""
    lines = document.text.split("\n")
    for index, end in reversed(list(enumerate(document.cell_ends))):
        lines.insert(end, "\n" + PLACEHOLDER.format(index) + "\n")
    return "\n".join(lines)


def read_outputs(path: Path) -> list[list[dict[str, Any]]]:
    """每个代码单元的输出；文件坏了时 ``BookError``。"""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        return [cell.get("outputs", []) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BookError([Problem("/".join(path.parts[-3:]), 1, "labs", f"读不出执行结果：{error!r}", REPAIR)]) from None


def fill_slots(content: str, outputs: list[list[dict[str, Any]]], source: str = "") -> str:
    """把空位换成输出的 HTML；代码单元与 ``source`` 里的个数不同时 ``BookError``。"""
    if (cells := len(SLOT.findall(content))) != len(outputs):
        message = f"实验有 {cells} 个代码单元，执行结果里有 {len(outputs)} 个"
        raise BookError([Problem(source, 1, "labs", message, REPAIR)])
    return SLOT.sub(lambda m: "".join(output_html(output) for output in outputs[int(m[1])]), content)


def output_html(output: dict[str, Any]) -> str:
    """一个输出；优先 SVG、HTML，最后纯文本。"""

    def text(value: str | list[str]) -> str:
        return ANSI.sub("", "".join(value)).rstrip()

    if output["output_type"] == "stream":
        return _plain(text(output["text"]))
    if output["output_type"] == "error":
        return _plain(text(f"{output['ename']}: {output['evalue']}"))
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return f'<div class="lab-out">{DECLARATION.sub("", text(data["image/svg+xml"])).strip()}</div>'
    if "text/html" in data:
        return f'<div class="lab-out">{text(data["text/html"])}</div>'
    return _plain(text(data.get("text/plain", "")))


def _plain(text: str) -> str:
    return f'<pre class="lab-out" data-search-exclude="1"><code tabindex="0">{html.escape(text)}</code></pre>' if text else ""


def fingerprint(root: Path, source: str) -> str:
    """实验所依赖的一切的指纹：源文件，它导入的 ``labs`` 模块，这些模块提到的 ``labs/data`` 文件。"""
    digest = hashlib.sha256()
    for path in dependencies(root, source):
        digest.update(path.encode() + b"\0" + (root / path).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def dependencies(root: Path, source: str) -> list[str]:
    """源文件与它直接、间接依赖的文件，排好序。"""
    seen: set[str] = set()
    queue = [source]
    while queue:
        path = queue.pop()
        if path in seen or not (root / path).is_file():
            continue
        seen.add(path)
        if path.endswith(".py"):
            queue += _imports(root, path)
    return sorted(seen)


def _imports(root: Path, path: str) -> list[str]:
    text = (root / path).read_text("utf-8")
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = path.split("/")[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    found = []
    for name in names:
        if name == "labs" or name.startswith("labs."):
            parts = name.split(".")
            found.append("/".join(parts) + ".py")
            found += ["/".join([*parts[:depth], "__init__.py"]) for depth in range(1, len(parts) + 1)]
    data = (root / "labs/data").glob("*") if (root / "labs/data").is_dir() else []
    found += [  # 说明文件（SOURCES.md）常被提到，却不影响结果
        file.relative_to(root).as_posix() for file in data if file.is_file() and file.suffix != ".md" and file.name in text
    ]
    return found


def differences(old: list[list[dict[str, Any]]], new: list[list[dict[str, Any]]], tolerance: float) -> list[str]:
    """比较两次执行的输出：文字结构相同，数字在相对误差之内。返回不同之处。"""
    if len(old) != len(new):
        return [f"代码单元数不同：{len(old)} 与 {len(new)}"]
    found = []
    for index, (before, after) in enumerate(zip(old, new, strict=True), 1):
        a, b = ("\n".join(output_html(o) for o in outputs) for outputs in (before, after))
        if NUMBER.sub("0", a) != NUMBER.sub("0", b):
            found.append(f"第 {index} 个代码单元的输出文字变了")
            continue
        for x, y in zip(NUMBER.findall(a), NUMBER.findall(b), strict=True):
            if not close(number(x), number(y), tolerance):
                found.append(f"第 {index} 个代码单元：{x} 变成 {y}，超出相对误差 {tolerance:g}")
    return found


def number(text: str) -> float:
    """读输出里的一个数。"""
    return float(text.replace(",", "").replace("−", "-"))


def close(a: float, b: float, tolerance: float) -> bool:
    """相对误差；两边都很小时按绝对误差 1e-12。"""
    return abs(a - b) <= max(tolerance * max(abs(a), abs(b)), 1e-12)
