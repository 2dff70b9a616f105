"""代码段：从 ``labs/`` 的文件里按名字取一段，与 pymdownx.snippets 的写法相同。

标记写成 ``# --8<-- [start:名]`` 和 ``# --8<-- [end:名]``，可以嵌套；内层的标记行不出现在外层里。
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

INCLUDE = re.compile(r'^[ \t>]*--8<--[ \t]+"(?P<path>[^":]+)(?::(?P<section>[a-z0-9-]+))?"[ \t]*$', re.M)
DIRECTIVE = re.compile(r"^[ \t>]*-+8<-+.*$", re.M)
MARKER = re.compile(r"^\s*(?:#|//|/\*|<!--)\s*--8<--\s*\[(?P<edge>start|end):(?P<name>[^\]]*)\].*$")


@dataclass(frozen=True)
class Section:
    """一段代码；``start``、``end`` 是源文件里的行号（不含标记行）。"""

    path: str
    name: str | None
    text: str
    start: int
    end: int


def markers(text: str) -> tuple[dict[str, tuple[int, int]], list[tuple[int, str]]]:
    """返回 ``{名: (起始行, 结束行)}`` 与配对错误；行号从 1 起，指标记行。"""
    found: dict[str, tuple[int, int]] = {}
    open_: dict[str, int] = {}
    errors = []
    for number, line in enumerate(text.split("\n"), 1):
        if not (match := MARKER.match(line)):
            continue
        name = match["name"]
        if match["edge"] == "start":
            if name in open_ or name in found:
                errors.append((number, f"代码段 {name} 重复"))
            open_[name] = number
        elif name in open_:
            found[name] = (open_.pop(name), number)
        else:
            errors.append((number, f"代码段 {name} 没有开头"))
    errors += [(number, f"代码段 {name} 没有结尾") for name, number in open_.items()]
    return found, errors


def section(root: Path, path: str, name: str | None) -> Section:
    """取出一段；文件或段不存在、段为空时 ``LookupError``，信息是给作者看的。"""
    file = root / path
    if not file.is_file():
        raise LookupError(f"没有文件 {path}")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise LookupError(f"读不出 {path}") from None
    lines = text.split("\n")
    first, last = 1, len(lines)
    if name is not None:
        found, _ = markers(text)
        if name not in found:
            raise LookupError(f"{path} 里没有代码段 {name}；有：{'、'.join(found) or '无'}")
        first, last = found[name][0] + 1, found[name][1] - 1
    kept = [line for line in lines[first - 1 : last] if not MARKER.match(line)]
    body = textwrap.dedent("\n".join(kept)).strip("\n")
    if not body.strip():
        raise LookupError(f"{path} 的代码段 {name} 是空的")
    return Section(path, name, body, first, last)
