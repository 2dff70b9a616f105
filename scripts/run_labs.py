"""执行实验：百分号格式的 ``lab-*.py`` → 执行过的 ``.ipynb``、``data/*.json``、由数据画的图。

用法::

    python scripts/run_labs.py                       # 执行指纹过期的实验
    python scripts/run_labs.py --all                 # 全部重新执行
    python scripts/run_labs.py 07-architecture       # 只执行一章（或一个文件名的一部分）
    python scripts/run_labs.py --check [...]         # 重新执行并与存下的比较，不写任何文件
    python scripts/run_labs.py --packages            # 列出个别实验另需的包（front matter 的 packages:）

每个实验在临时文件夹里执行，写下的 ``data/*.json`` 成功之后才搬进章里；失败的实验什么也不改。
另需的包没有装，就跳过那个实验并说明；``CI=true`` 或 ``REQUIRE_LABS=1`` 时算失败。
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from book import notebooks  # noqa: E402
from book.model import BRACKET, Book, Page, relative_url  # noqa: E402

TIME_LIMIT = 600  # 秒；只防死循环，预算（90 秒）由作者掌握
RECORDED = ("torch", "numpy", "transformers", "tokenizers")
HEADING_ID = re.compile(r"[ ]*\{[ ]*#[^{}\n]*\}[ ]*$", re.M)
FIGURE_ATTRS = re.compile(r"(?<=\))\{[ ]*#fig:[^{}\n]*\}")


class LabError(Exception):
    """一个实验没有跑通，信息是给作者看的。"""


def main(argv: list[str] | None = None) -> int:
    """命令行入口；返回退出码。"""
    parser = argparse.ArgumentParser(description="执行实验")
    parser.add_argument("only", nargs="*", help="章文件夹或实验文件名的一部分")
    parser.add_argument("--all", action="store_true", help="指纹没有过期的也执行")
    parser.add_argument("--check", action="store_true", help="重新执行并比较，不写文件")
    parser.add_argument("--packages", action="store_true", help="只列出个别实验另需的包")
    options = parser.parse_args(argv)
    book = Book.load(ROOT)
    labs = [page for page in book.pages if page.document.is_lab]
    chosen = [lab for lab in labs if not options.only or any(part in lab.source for part in options.only)]
    if options.only and not chosen:
        print(f"没有匹配 {'、'.join(options.only)} 的实验；现有：{'、'.join(lab.source for lab in labs) or '无'}")
        return 2
    if options.packages:
        print("\n".join(sorted({package for lab in chosen for package in packages(lab)})))
        return 0
    failed = 0
    for lab in chosen:
        if not (options.all or options.check or options.only) and not outdated(lab):
            print(f"{lab.source}: 没有变化")
            continue
        if missing := " ".join(package for package in packages(lab) if not installed(package)):
            failed += required()
            print(f"{lab.source}: {'' if required() else '跳过，'}没有装 {missing} → 运行 python -m pip install --no-deps {missing}")
            continue
        try:
            messages = check(book, lab) if options.check else run(book, lab)
        except LabError as error:
            messages, failed = [str(error)], failed + 1
        else:
            failed += bool(messages) and options.check
        print("\n".join(f"{lab.source}: {message}" for message in messages or ["通过" if options.check else "已更新"]))
    if not options.check:
        failed += draw_figures()
    return 1 if failed else 0


def packages(lab: Page) -> list[str]:
    """这个实验在 .[labs] 之外另需的包，形如 ``名字==版本``。"""
    return [str(package) for package in lab.document.meta.get("packages") or []]  # type: ignore[attr-defined]


def installed(package: str) -> bool:
    """装了，而且正是这一版。"""
    name, _, wanted = package.partition("==")
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


def required() -> bool:
    """缺包算失败，不许跳过。"""
    return os.environ.get("CI") == "true" or os.environ.get("REQUIRE_LABS") == "1"


def outdated(lab: Page) -> bool:
    """存下的指纹与现在的不同。"""
    path = notebook_path(lab)
    if not path.exists():
        return True
    return json.loads(path.read_text("utf-8"))["metadata"].get("book", {}).get("fingerprint") != notebooks.fingerprint(ROOT, lab.source)


def notebook_path(lab: Page) -> Path:
    """执行结果存放的位置。"""
    return ROOT / "docs" / lab.site_path


def run(book: Book, lab: Page) -> list[str]:
    """执行并写下结果；返回要告诉作者的话。"""
    with tempfile.TemporaryDirectory() as folder:
        executed = execute(lab, Path(folder))
        target = notebook_path(lab)
        for file in sorted(Path(folder, "data").glob("*.json")):
            (target.parent / "data").mkdir(exist_ok=True)
            shutil.copyfile(file, target.parent / "data" / file.name)
        target.write_text(serialize(book, lab, executed), "utf-8")
    return []


def check(book: Book, lab: Page) -> list[str]:
    """重新执行，与存下的输出和 JSON 比较；返回不同之处。"""
    path = notebook_path(lab)
    if not path.exists():
        raise LabError("还没有执行过 → 运行 python scripts/run_labs.py")
    tolerance = float(lab.document.meta.get("tolerance", 0))  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        executed = execute(lab, Path(folder))
        fresh = [cell["outputs"] for cell in executed["cells"] if cell["cell_type"] == "code"]
        found = notebooks.differences(notebooks.read_outputs(path), fresh, tolerance)
        for file in sorted(Path(folder, "data").glob("*.json")):
            stored = path.parent / "data" / file.name
            if not stored.exists():
                found.append(f"data/{file.name} 没有存下")
                continue
            found += compare_values(json.loads(stored.read_text("utf-8")), json.loads(file.read_text("utf-8")), tolerance, file.name)
    return found


def compare_values(old: dict[str, Any], new: dict[str, Any], tolerance: float, name: str) -> list[str]:
    """比较两份结果；某个键自己的误差写在 JSON 的 ``tolerance`` 里。"""
    own = old.get("tolerance") or {}

    def walk(a: Any, b: Any, path: str) -> list[str]:
        if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
            return [x for key in a for x in walk(a[key], b[key], f"{path}.{key}" if path else key)]
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            return [x for i, (p, q) in enumerate(zip(a, b, strict=True)) for x in walk(p, q, f"{path}.{i}")]
        limit = next((value for key, value in own.items() if path == key or path.startswith(key + ".")), tolerance)
        if isinstance(a, (int, float)) and isinstance(b, (int, float)) and notebooks.close(a, b, limit):
            return []
        return [] if a == b else [f"data/{name} 的 {path}：{a} 变成 {b}（相对误差上限 {limit:g}）"]

    return walk(old["values"], new["values"], "")


def execute(lab: Page, folder: Path) -> dict[str, Any]:
    """在 ``folder`` 里执行一个实验，返回笔记本（nbformat 4 的字典）。"""
    try:
        import jupytext
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError
    except ImportError as error:
        raise LabError(f'缺 {error.name} → 运行 python -m pip install -e ".[labs]"') from None
    notebook = jupytext.read(ROOT / lab.source)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore:IProgress not found",  # 进度条的小部件没装，与实验无关
        "OMP_WAIT_POLICY": "passive",  # 线程空等时让出处理器：机器忙时，忙等曾使一个实验的 CPU 时间从 18 秒涨到 220 秒
    }
    client = NotebookClient(
        notebook,
        timeout=TIME_LIMIT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,  # 一个单元打印几次、机器快慢，都只算一段输出
    )
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        number = failing_line(lab, notebook)
        reason = notebooks.ANSI.sub("", str(error)).strip().split("\n")[-1]
        raise LabError(f"第 {number} 行起的代码单元出错：{reason} → 修好这个单元，或它用到的 labs 模块") from None
    except CellTimeoutError:
        raise LabError(f"超过 {TIME_LIMIT} 秒 → 减小规模，一个实验的预算是 90 秒") from None
    return json.loads(nbformat.writes(notebook))


def failing_line(lab: Page, notebook: Any) -> int:
    """出错的代码单元在源文件里的行号。"""
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    bad = next((i for i, c in enumerate(codes) if any(o.output_type == "error" for o in c.outputs)), 0)
    starts = [fence.start for fence in lab.document.fences if fence.info == "python"]
    return starts[bad] if bad < len(starts) else 1


def serialize(book: Book, lab: Page, notebook: dict[str, Any]) -> str:
    """可重现的 ``.ipynb``：去掉时间和随机编号，说明文字改成离开本站也能读的样子。"""
    result = copy.deepcopy(notebook)
    cells = [cell for cell in result["cells"] if cell["cell_type"] != "raw"]
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = standalone(book, lab, source)
        cell["source"] = source.splitlines(keepends=True)
        cell["id"] = hashlib.sha256(f"{number}{source}".encode()).hexdigest()[:8]
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key == "tags"}
    result["cells"] = cells
    result["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "book": {"fingerprint": notebooks.fingerprint(ROOT, lab.source), "versions": versions()},
    }
    return json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def standalone(book: Book, lab: Page, text: str) -> str:
    """去掉只有本站认识的写法：标题的 id，图的属性，引用改成编号文字。"""

    def replace(match: re.Match[str]) -> str:
        parts = []
        for part in re.split(r"[;；]", match["inner"]):
            key = part.strip().removeprefix("@").split(",")[0].split("，")[0]
            if label := book.labels.get(key):
                target = book.page(label.page)
                site = str(book.config.get("site_url") or "").rstrip("/")
                address = f"{site}/{target.url}#{key}" if site and target else f"{relative_url(target.url if target else '', lab.url)}#{key}"
                parts.append(f"[{label.title}]({address})" if site else label.title)
            elif entry := book.bibliography.get(key):
                parts.append(f"[{entry.authors.split(',')[0]}, {entry.fields.get('year', '')}]({entry.url})")
        return "；".join(parts)

    text = BRACKET.sub(replace, text)
    return FIGURE_ATTRS.sub("", HEADING_ID.sub("", text))


def versions() -> dict[str, str]:
    """执行时的 Python 与主要的包。"""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in RECORDED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def draw_figures() -> int:
    """数据变了，图跟着重画；返回失败的个数。"""
    failed = 0
    for script in sorted((ROOT / "scripts/figures").glob("*.py")):
        done = subprocess.run([sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            failed += 1
            print(f"scripts/figures/{script.name}: 画图失败：{done.stderr.strip().splitlines()[-1]}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
