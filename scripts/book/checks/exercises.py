"""练习与测验：难度、时间、所检验的目标齐全；稳定的章每个目标都有练习；答案折叠；测验每个选项有解释。"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from book.model import CHAPTERS, Book, Page
from book.problems import Problem
from book.transforms.markdown import CHOICE

LEVELS = ("基础", "进阶", "开放")
KEYS = {"level", "minutes", "objective", "program"}
FOLDED = re.compile(r"^\?\?\?\+? answer\b")
RULE = "exercises"


def check(book: Book) -> Iterator[Problem]:
    """逐章检查。"""
    for folder in CHAPTERS:
        objectives = objective_count(book, folder)
        tested: dict[int, int] = defaultdict(int)
        pages = [page for page in book.numbered_pages if page.folder == folder]
        for page in pages:
            for number in _page(book, page, objectives, problems := []):
                tested[number] += 1
            yield from problems
        index = book.page(f"{folder}/index.md")
        if index and index.document.meta.get("status") == "stable":
            for number in range(1, objectives + 1):
                if not tested[number]:
                    yield Problem(index.source, 1, RULE, f"目标 {number} 没有练习检验", f"在 exercises.md 里加一题 objective={number}")


def objective_count(book: Book, folder: str) -> int:
    """导学“读完本章，你能……”的条数。"""
    page = book.page(f"{folder}/index.md")
    if page is None:
        return 0
    heads = page.document.headings
    start = next((h.line for h in heads if h.id == "objectives"), None)
    if start is None:
        return 0
    stop = next((h.line for h in heads if h.line > start), 10**9)
    lines = page.document.masked.split("\n")
    return sum(bool(re.match(r"\d+\.[ ]", line)) for line in lines[start : stop - 1])


def _page(book: Book, page: Page, objectives: int, problems: list[Problem]) -> Iterator[int]:
    document = page.document
    lines = document.body.split("\n")
    heads = document.headings
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        stop = following.line - 1 if following else len(lines)
        block = lines[head.line : stop]

        def report(message: str, repair: str, line: int = head.line) -> None:
            problems.append(Problem(page.source, line, RULE, message, repair))

        if head.id.startswith("ex:"):
            if unknown := set(head.attrs) - KEYS:
                report(f"练习有不认识的属性 {'、'.join(sorted(unknown))}", f"只用 {'、'.join(sorted(KEYS))}")
            if head.attrs.get("level") not in LEVELS:
                report("练习没有难度", f"写 level={'|'.join(LEVELS)}")
            if not head.attrs.get("minutes", "").isdigit():
                report("练习没有时间", "写 minutes=分钟数")
            if not any(FOLDED.match(line) for line in block):
                report("练习没有折叠的答案", '加 ??? answer "答案"')
            numbers = head.attrs.get("objective", "").split(",")
            if not all(n.isdigit() and 1 <= int(n) <= objectives for n in numbers):
                report("练习没有写所检验的目标，或目标不存在", f"写 objective=1 到 {objectives} 的编号")
            else:
                yield from map(int, numbers)
            program = head.attrs.get("program")
            if program and not _skeleton(book, program).exists():
                report(f"程序题 {program} 没有骨架", f"新建 {_skeleton(book, program).relative_to(book.root).as_posix()}")
        elif head.id.startswith("quiz-"):
            _quiz(head.line, block, report)


def _skeleton(book: Book, program: str):  # noqa: ANN202
    number, _, name = program.partition("/")
    folder = CHAPTERS[int(number) - 1] if number.isdigit() and 1 <= int(number) <= 13 else number
    return book.root / "labs/exercises" / folder.partition("-")[2].replace("-", "_") / f"{name.replace('-', '_')}.py"


def _quiz(line: int, block: list[str], report) -> None:  # noqa: ANN001
    choices = [(n, CHOICE.match(text)) for n, text in enumerate(block) if CHOICE.match(text)]
    right = [n for n, match in choices if match and match["mark"] != " "]
    if len(choices) < 2 or len(right) != 1:
        report(f"测验有 {len(choices)} 个选项、{len(right)} 个正确", "至少两个选项，恰好一个写 - [x]")
    for number, _ in choices:
        following = next((text for text in block[number + 1 :] if text.strip()), "")
        if not following.startswith("  "):
            report("选项没有解释", "在选项下缩进写为什么", line + number + 1)
