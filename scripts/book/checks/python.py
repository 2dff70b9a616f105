"""Python 代码：用 ruff 查 ``labs/``、``scripts/``、``tests/`` 和实验；规则写在 ``pyproject.toml``。"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from book.model import Book
from book.problems import Problem

RULE = "python"
FOLDERS = ("labs", "scripts", "tests")


def check(book: Book) -> Iterator[Problem]:
    """运行一次 ruff。"""
    root = book.root.resolve()
    targets = [folder for folder in FOLDERS if (root / folder).is_dir()]
    targets += sorted(path.relative_to(root).as_posix() for path in root.glob("docs/**/lab-*.py"))
    if not targets:
        return
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--no-cache", "--force-exclude", *targets]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        reason = done.stderr.strip().split("\n")[-1][:160]
        repair = '运行 python -m pip install -e ".[test]"' if "No module named ruff" in reason else "在项目根运行 ruff check 看完整的错误"
        yield Problem("pyproject.toml", 1, RULE, f"ruff 没有跑成：{reason or '没有输出'}", repair)
        return
    for item in found:
        path = Path(item["filename"])
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        code = item.get("code") or "语法"
        repair = "运行 ruff check --fix" if (item.get("fix") or {}).get("applicability") == "safe" else f"见 ruff rule {code}"
        yield Problem(name, int(item["location"]["row"]), RULE, f"{code} {item['message']}", repair)
