"""全部检查，与持续集成是同一条命令。每个问题一行：``路径:行: [规则] 说明 → 怎样修``。

用法::

    python scripts/check.py                  # 查源文件，构建站点，再查建好的站点
    python scripts/check.py --source         # 只查源文件，十几秒之内
    python scripts/check.py --labs           # 另外重新执行全部实验，与存下的结果比较
    python scripts/check.py --external       # 只查外部链接，需要联网
    python scripts/check.py --fix            # 先改好能机械改好的
    python scripts/check.py --only prose     # 只查一条规则，可以写几次
    python scripts/check.py --list           # 列出规则

没有问题时退出码为 0，有问题为 1，用法不对为 2。
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from book import checks, fixes  # noqa: E402
from book.model import Book  # noqa: E402
from book.problems import Problem  # noqa: E402

LOG = re.compile(r"^(?P<level>WARNING|ERROR)\s+-\s+(?P<text>.*)$")
PROBLEM = re.compile(r"^(?P<path>[^:\s]+):(?P<line>\d+): \[(?P<rule>[\w-]+)\] (?P<message>.*) → (?P<repair>.*)$")
DOC_FILE = re.compile(r"Doc file '(?P<path>[^']+)'")
LAB = re.compile(r"^(?P<path>docs/[^:]+): (?P<text>.*)$")
LAB_FINE = {"通过", "没有变化", "已更新"}


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """命令行入口；返回退出码。"""
    started = time.monotonic()
    options = parse(argv)
    site = site_rules()
    if options.list:
        print("\n".join(f"{name:14} {summary(rule)}" for name, rule in {**checks.SOURCE, **site}.items()))
        return 0
    if unknown := [name for name in options.only if name not in checks.SOURCE and name not in site]:
        print(f"没有规则 {'、'.join(unknown)}；有：{'、'.join([*checks.SOURCE, *site])}", file=sys.stderr)
        return 2
    if not (root / "mkdocs.yml").is_file():
        print(f"{root} 里没有 mkdocs.yml，不是这本书的根目录", file=sys.stderr)
        return 2
    book = Book.load(root)
    if options.external:
        return report(external(book), "外部链接", started)
    if options.fix:
        for path in fixes.fix(book):
            print(f"已改 {path}")
        book = Book.load(root)
    names = [name for name in checks.SOURCE if not options.only or name in options.only]
    problems = set(checks.run(book, names))
    after = [name for name in site if not options.source and (not options.only or name in options.only)]
    if after:
        problems |= built(book, after, problems)
    if options.labs and not options.source:
        problems |= rerun(root)
    return report(problems, f"{len(names) + len(after)} 条规则，{len(book.pages)} 页", started)


def report(problems: set[Problem], what: str, started: float) -> int:
    """逐行打印问题与总数；返回退出码。"""
    for problem in sorted(problems):
        print(problem)
    summary = f"{what}，{time.monotonic() - started:.1f} 秒"
    print(f"{len(problems)} 个问题（{summary}）" if problems else f"没有问题（{summary}）")
    return 1 if problems else 0


def external(book: Book) -> set[Problem]:
    """构建到临时文件夹，再查外部链接；查不成时说明原因。"""
    from book.site_checks import external as rule
    from book.site_checks.skipped import Skipped

    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        if found := build(book.root, Path(folder)):
            return found
        try:
            return set(rule.check(book, Path(folder)))
        except Skipped as reason:
            return {Problem("docs", 1, "external", f"没有查成：{reason}", "装好 linkchecker，联网之后再跑")}


def parse(argv: list[str] | None) -> argparse.Namespace:
    """读命令行。"""
    parser = argparse.ArgumentParser(prog="check.py", description="检查全书")
    parser.add_argument("--source", action="store_true", help="只查源文件，不构建")
    parser.add_argument("--labs", action="store_true", help="另外重新执行实验并比较")
    parser.add_argument("--external", action="store_true", help="构建之后只查外部链接（联网，几分钟）")
    parser.add_argument("--fix", action="store_true", help="先改好能机械改好的")
    parser.add_argument("--only", action="append", default=[], metavar="规则", help="只查这条规则，可以写几次")
    parser.add_argument("--list", action="store_true", help="列出规则")
    return parser.parse_args(argv)


def site_rules() -> dict[str, Callable[..., Iterable[Problem]]]:
    """看建好的站点的规则。"""
    from book import site_checks

    return dict(site_checks.SITE)


def summary(rule: Callable[..., object]) -> str:
    """一条规则的说明：函数所在模块的第一行；一个模块有几条规则时用函数的。"""
    module = sys.modules[rule.__module__]
    text = module.__doc__ if rule.__name__ == "check" and rule.__module__ != "book.checks.files" else rule.__doc__
    return (text or "").strip().split("\n")[0]


def built(book: Book, names: list[str], before: set[Problem]) -> set[Problem]:
    """构建到临时文件夹，再查建好的站点；源文件的问题使构建不可能成功时，不构建。"""
    if stopping := sorted({problem.rule for problem in before} & set(checks.BUILD)):
        print(f"先修好 {'、'.join(stopping)} 的问题才能构建，站点这次没有查")
        return set()
    from book import site_checks

    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        found = build(book.root, Path(folder))
        if found:
            return found
        problems, skipped = site_checks.run(book, Path(folder), names)
    for name, reason in skipped.items():
        print(f"跳过 {name}：{reason}")
    return set(problems)


def build(root: Path, folder: Path) -> set[Problem]:
    """运行 ``mkdocs build --strict``；失败时把每条警告和错误变成问题。"""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    path = os.pathsep.join(filter(None, [str(root / "scripts"), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 0:
        return set()
    lines = (done.stdout + "\n" + done.stderr).strip().split("\n")
    found = set(filter(None, map(build_problem, lines)))
    return found or {Problem("mkdocs.yml", 1, "build", f"构建失败：{lines[-1].strip()[:200]}", "运行 mkdocs build --strict 看完整的输出")}


def build_problem(line: str) -> Problem | None:
    """mkdocs 的一行输出变成问题；不是警告、错误、问题的行为 ``None``。"""
    text = line.strip()
    if match := PROBLEM.match(text):
        return Problem(match["path"], int(match["line"]), match["rule"], match["message"], match["repair"])
    if not (match := LOG.match(text)):
        return None
    page = DOC_FILE.search(match["text"])
    return Problem(f"docs/{page['path']}" if page else "mkdocs.yml", 1, "build", match["text"], "运行 mkdocs build --strict 看完整的输出")


def rerun(root: Path) -> set[Problem]:
    """重新执行全部实验并比较。"""
    command = [sys.executable, str(root / "scripts/run_labs.py"), "--check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8")
    found = set()
    for line in done.stdout.splitlines():
        match = LAB.match(line)
        if match and match["text"].startswith("跳过"):
            print(line)
        elif match and match["text"] not in LAB_FINE:
            message, _, repair = match["text"].partition(" → ")
            found.add(Problem(match["path"], 1, "labs", message, repair or "查明原因；确属应有的变化，运行 python scripts/run_labs.py --all"))
    if done.returncode and not found:
        reason = (done.stderr.strip() or done.stdout.strip() or "没有输出").split("\n")[-1]
        found.add(Problem("scripts/run_labs.py", 1, "labs", f"实验没有跑成：{reason[:200]}", "运行 python scripts/run_labs.py --check 看完整的输出"))
    return found


if __name__ == "__main__":
    sys.exit(main())
