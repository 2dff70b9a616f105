"""文件树：十三章齐全；没有多余的东西；名字合规；代码、图、习题与它们的测试成对。"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from book.model import CHAPTERS, Book
from book.problems import Problem

RULE = "tree"
TOP = {
    "README.md", "CONTRIBUTING.md", "LICENSE", "LICENSE-docs", "CITATION.cff", "mkdocs.yml", "pyproject.toml",
    "docs", "labs", "scripts", "tests", ".ci", ".github", ".gitignore", ".gitattributes", ".pre-commit-config.yaml",
}  # fmt: skip
DOCS = {"index.md", "references.bib", "appendix", "assets", *CHAPTERS}
CHAPTER_FILES = re.compile(
    r"(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.md|lab-[a-z0-9]+(?:-[a-z0-9]+)*\.(?:py|ipynb)|figures/[^/]+\.svg|data/[^/]+\.json)$"
)
KEBAB = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$")
SNAKE = re.compile(r"^(?:__init__|__main__|_?[a-z][a-z0-9]*(?:_[a-z0-9]+)*)$")
LIBRARIES = {"__init__", "svg", "logo"}
LIMIT = 5 * 1024 * 1024
FOREIGN = ("*.min.js", "*.min.css", "*.woff", "*.woff2", "*.ttf", "*.otf", "*/node_modules/*", "*/vendor/*", "*/third_party/*")
IGNORED = {".git", ".cache", ".venv", "site", "build", "dist", "node_modules", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}
IGNORED_PATTERNS = ("*.egg-info", "*.pyc", ".coverage", ".DS_Store")
SAMPLE = "tests/book/sample/"


def check(book: Book) -> Iterator[Problem]:
    """列出项目的文件，逐条检查。"""
    root = book.root
    files = tracked(root)
    for folder in CHAPTERS:
        if f"docs/{folder}/index.md" not in files:
            yield Problem(f"docs/{folder}/index.md", 1, RULE, "缺这一章的导学", "十三章的文件夹和 index.md 不能少，也不改名")
    for name in sorted({path.split("/")[0] for path in files} - TOP):
        yield Problem(name, 1, RULE, "顶层不该有这个", f"顶层只有 {'、'.join(sorted(TOP))}")
    for path in files:
        if not path.startswith(SAMPLE):
            yield from _name(path)
            yield from _file(root, path)
    yield from _mirrors(files)


def tracked(root: Path) -> list[str]:
    """项目的文件：git 里的和将要进 git 的；不在 git 里时列出磁盘上的。"""
    command = ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        top = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=root, capture_output=True, text=True, timeout=30)
        if top.returncode == 0 and Path(top.stdout.strip()) == root.resolve():
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=30)
            return sorted(path for path in set(done.stdout.split("\0")) - {""} if (root / path).is_file())
    except (OSError, subprocess.TimeoutExpired):
        pass
    found = []
    for folder, folders, names in os.walk(root):  # 不进符号链接的文件夹
        folders[:] = [name for name in folders if not _ignored(name)]
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in names if not _ignored(name)]
    return sorted(found)


def _ignored(name: str) -> bool:
    return name in IGNORED or any(fnmatch(name, pattern) for pattern in IGNORED_PATTERNS)


def _name(path: str) -> Iterator[Problem]:
    top, _, rest = path.partition("/")
    parts = rest.split("/") if rest else []
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if top == "docs" and parts:
        if parts[0] not in DOCS:
            yield Problem(path, 1, RULE, "docs/ 里不该有这个，MkDocs 会发布它", "放进某一章、appendix/ 或 assets/")
        elif parts[0] in CHAPTERS and not CHAPTER_FILES.match("/".join(parts[1:])):
            repair = "只放 <题目>.md、lab-<题目>.py、figures/*.svg、data/*.json；名字用小写英文词和连字符，不带编号"
            yield Problem(path, 1, RULE, "章里不该有这个文件", repair)
        elif bad := [part for part in parts if not KEBAB.match(part)]:
            yield Problem(path, 1, RULE, f"名字 {bad[0]} 不合规定", "用小写英文词和连字符")
    if top in {"labs", "scripts", "tests"} and path.endswith(".py"):
        bad = [part for part in [*parts[:-1], stem] if not SNAKE.match(part)]
        if bad:
            yield Problem(path, 1, RULE, f"名字 {bad[0]} 不合规定", "用小写英文词和下划线")


def _file(root: Path, path: str) -> Iterator[Problem]:
    if any(fnmatch(path, pattern) for pattern in FOREIGN):
        yield Problem(path, 1, RULE, "看起来是第三方的文件", "不放进仓库；由包管理器在构建时取来")
    try:
        size = (root / path).stat().st_size
    except OSError:
        return
    if size > LIMIT:
        yield Problem(path, 1, RULE, f"有 {size / 1024 / 1024:.1f} MB", "仓库里的文件不超过 5 MB；大文件由脚本生成或下载")


def _mirrors(files: list[str]) -> Iterator[Problem]:
    present = set(files)
    pictures = {path.rsplit("/", 1)[-1] for path in files if re.match(r"docs/[^/]+/figures/", path)}
    for path in files:
        folder, _, name = path.rpartition("/")
        if name.startswith("_") or not name.endswith(".py"):
            continue
        if match := re.match(r"labs/exercises/([^/]+)$", folder):
            yield from _needs(path, f"tests/exercises/{match[1]}/test_{name}", "骨架没有公开的测试", present)
        elif match := re.match(r"labs/(?!exercises(?:/|$))(.+)$", folder):
            yield from _needs(path, f"tests/labs/{match[1]}/test_{name}", "模块没有测试", present)
        elif folder == "scripts/figures" and name.removesuffix(".py") not in LIBRARIES:
            picture = name.removesuffix(".py").replace("_", "-") + ".svg"
            if picture not in pictures:
                yield Problem(path, 1, RULE, f"没有它画的图 docs/*/figures/{picture}", f"运行 python {path}，或删掉脚本")


def _needs(path: str, wanted: str, message: str, present: set[str]) -> Iterator[Problem]:
    if wanted not in present:
        yield Problem(path, 1, RULE, message, f"写 {wanted}")
