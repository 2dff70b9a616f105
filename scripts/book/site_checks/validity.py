"""HTML 合乎标准：用 Nu HTML Checker（vnu）查每一页。

需要 java（11 以上）和 vnu.jar；后者由 ``scripts/tools/package-lock.json`` 锁定，第一次用时经 npm 装进 ``.cache/tools``。
``KNOWN`` 里是不归我们管、又无害的几种消息，各写明原因；其余一条都不放过。
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from book.katex import npm_program
from book.model import Book
from book.problems import BookError, Problem
from book.site_checks.skipped import missing
from book.site_checks.tree import Site, problem

RULE = "html"
TOOLS = "scripts/tools"
JAR = "node_modules/vnu-jar/build/dist/vnu.jar"
NEEDLE = re.compile(r'(?:id|href|src|aria-label|alt|title)="([^"]{3,})"|>([^<>]{4,})<')


@dataclass(frozen=True)
class Known:
    """一种放过的消息：消息、所在的片段、原因。"""

    message: str
    extract: str
    reason: str


KNOWN = (
    Known(r"^Attribute “width” not allowed on element “mtd”", r"<mtd width=", "KaTeX 用 <mtd width> 排公式编号；MathML 3 有这个属性，浏览器照办"),
    Known(r"^Attribute “autocomplete” is only allowed when", r'class="md-toggle"', "Material 的开关防止浏览器记住抽屉的状态；没有别的作用"),
    Known(r"^Duplicate ID|^The first occurrence of ID", "", "归 built-links 管"),
    Known(r"violates Content Security Policy", "", "归 csp 管；vnu 读本地文件，不知道 'self' 是谁，也把 JSON 数据当脚本"),
)


def check(book: Book, root: Path) -> Iterator[Problem]:
    """每一页 HTML。"""
    java = shutil.which("java")
    if not java:
        yield from missing(RULE, "没有 java，HTML 没有检查", "装一个 Java 运行环境（Debian：apt-get install default-jre-headless）")
        return
    try:
        jar = install(book.root)
    except BookError as error:
        yield from missing(RULE, error.problems[0].message, error.problems[0].repair)
        return
    site = Site.read(root)
    groups: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for message in run(java, jar, root, [path for path in sorted(site.files) if path.endswith(".html")]):
        if not known(message):
            path = Path(message["url"].removeprefix("file:")).resolve().relative_to(root.resolve()).as_posix()
            groups.setdefault((message["message"], re.sub(r"\d+", "0", guilty(message))), []).append((path, message))
    for (text, _), places in groups.items():
        # 同一种标签的同一条消息多半来自模板或扩展，只报一次，写明有多少处
        path, message = places[0]
        extract = message.get("extract", "")
        pages = len({path for path, _ in places})
        more = f"；{pages} 页共 {len(places)} 处" if len(places) > 1 else ""
        needles = tuple(a or b.strip() for a, b in NEEDLE.findall(extract))
        where = f"（HTML 第 {message.get('lastLine', '?')} 行：{' '.join(guilty(message).split())[:100]}{more}）"
        yield problem(book, path, needles, RULE, text + where, "改源文件或 scripts/theme 里的模板")


def install(root: Path) -> Path:
    """装好 vnu.jar，返回它的路径；装不上时 ``BookError``。"""
    folder = root / ".cache/tools"
    jar = folder / JAR
    names = ("package.json", "package-lock.json", ".npmrc")
    current = all((folder / name).is_file() and (folder / name).read_bytes() == (root / TOOLS / name).read_bytes() for name in names)
    if jar.is_file() and current:
        return jar
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(root / TOOLS / name, folder / name)
    command = [*npm_program(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode or not jar.is_file():
        reason = " ".join(line for line in (done.stderr or done.stdout).split("\n") if line.strip())[:200]
        raise BookError([Problem(f"{TOOLS}/package.json", 1, RULE, f"npm 装不上 vnu-jar，HTML 没有检查：{reason}", "检查网络后重试；需要镜像时设置环境变量 npm_config_registry")])
    return jar


def run(java: str, jar: Path, root: Path, pages: list[str]) -> list[dict[str, Any]]:
    """运行检查器，返回它的消息。"""
    if not pages:
        return []
    command = [java, "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always", *(str(root / path) for path in pages)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    try:
        return list(json.loads(done.stdout)["messages"])
    except (ValueError, KeyError):
        reason = (done.stderr or done.stdout).strip()[:300]
        raise BookError([Problem(f"{TOOLS}/package.json", 1, RULE, f"HTML 检查器没有给出结果：{reason}", "看 java -version，需要 11 以上")]) from None


def guilty(message: dict[str, Any]) -> str:
    """消息所指的那个标签。"""
    extract, start = message.get("extract", ""), message.get("hiliteStart", 0)
    return str(extract[start : start + message.get("hiliteLength", len(extract))])


def known(message: dict[str, Any]) -> bool:
    """是不是登记过的消息；不是警告的 ``info``（如 XHTML 式的斜杠）只是闲谈。"""
    if message.get("type") == "info" and message.get("subType") != "warning":
        return True
    return any(re.search(k.message, message["message"]) and re.search(k.extract, message.get("extract", "")) for k in KNOWN)
