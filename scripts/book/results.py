"""实验写下的数：``docs/NN-slug/data/<名>.json``，正文用 ``[=名.键:格式]`` 取。"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from book.problems import Problem

NUMBER = re.compile(r"\[=(?P<path>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)(?::(?P<format>[^\]\s]*))?\]")
MALFORMED = re.compile(r"\[=[^\]\n]{0,80}\]?")


class Results:
    """全书的测量结果，按文件名（不含扩展名）索引。"""

    def __init__(self, root: Path) -> None:
        self.problems: list[Problem] = []
        self.files: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        for file in sorted(root.glob("docs/*/data/*.json")):
            path = file.relative_to(root).as_posix()
            try:
                content = json.loads(file.read_text("utf-8"))
                values = content["values"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.problems.append(Problem(path, 1, "numbers", f"读不出结果：{error!r}", "用 scripts/run_labs.py 重新生成"))
                continue
            if file.stem in self.files:
                message = f"结果文件重名：已有 {self.files[file.stem]}"
                self.problems.append(Problem(path, 1, "numbers", message, "换一个全书唯一的文件名"))
                continue
            self.files[file.stem], self.values[file.stem] = path, values

    def lookup(self, dotted: str) -> int | float | str:
        """取一个数；不存在或不是标量时 ``KeyError``，信息说明停在哪一步。"""
        name, *keys = dotted.split(".")
        if name not in self.values:
            raise KeyError(f"没有结果文件 {name}.json；现有：{'、'.join(sorted(self.values)) or '无'}")
        value = self.values[name]
        for depth, key in enumerate(keys):
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                where = ".".join([name, *keys[:depth]])
                options = "、".join(map(str, value)) if isinstance(value, dict) else f"{type(value).__name__}"
                raise KeyError(f"{where} 里没有 {key}；有：{options}") from None
        if isinstance(value, (dict, list)) or value is None or isinstance(value, bool):
            raise KeyError(f"{dotted} 不是一个数")
        return value

    def format(self, dotted: str, spec: str | None) -> str:
        """取数并按 Python 格式串排版；格式串不合法时 ``ValueError``。"""
        value = self.lookup(dotted)
        try:
            return format(value, spec or "").replace("e+0", "e+").replace("-", "−" if spec else "-")
        except (ValueError, TypeError) as error:
            raise ValueError(f"格式串 {spec!r} 不能用于 {value!r}：{error}") from None
