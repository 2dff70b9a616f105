"""front matter：封闭的键、固定的次序、类型与长度；模式在 ``front_matter.json``。"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jsonschema

from book.model import CHAPTERS, Book, Page
from book.problems import Problem

SCHEMA = Path(__file__).with_name("front_matter.json")
RULE = "front-matter"


@cache
def schema() -> dict[str, object]:
    """JSON Schema；``x-order`` 是键的次序，``x-required`` 是各类页面必有的键。"""
    return dict(json.loads(SCHEMA.read_text("utf-8")))


def check(book: Book) -> Iterator[Problem]:
    """逐页检查，再查全书的描述是否重复。"""
    descriptions: dict[str, str] = {}
    for page in book.pages:
        if page.document.problems:
            continue
        yield from _page(page)
        text = page.document.meta.get("description")
        if isinstance(text, str):
            if text in descriptions:
                line = page.document.meta_lines["description"]
                yield Problem(page.source, line, RULE, f"description 与 {descriptions[text]} 相同", "每页写自己的一句话")
            descriptions.setdefault(text, page.source)


def _page(page: Page) -> Iterator[Problem]:
    document = page.document
    if not document.front_matter_end:
        yield Problem(page.source, 1, RULE, "没有 front matter", "开头加上 --- 包起来的 title、description、type 等键")
        return
    for line, message in document.meta_errors:
        yield Problem(page.source, line, RULE, f"读不懂：{message}", "修好 YAML；含冒号的文字加引号")
    if document.meta_errors:
        return
    meta = {k: v.isoformat() if isinstance(v, datetime.date) else v for k, v in document.meta.items()}
    rules = schema()
    for error in jsonschema.Draft202012Validator(rules).iter_errors(meta):
        key = str(error.path[0]) if error.path else ""
        line = document.meta_lines.get(key, 1)
        if error.validator == "additionalProperties":
            for name in sorted(set(meta) - set(rules["properties"])):  # type: ignore[call-overload]
                line = document.meta_lines.get(name, 1)
                yield Problem(page.source, line, RULE, f"不认识的键 {name}", f"只能用：{'、'.join(rules['x-order'])}")  # type: ignore[arg-type]
            continue
        yield Problem(page.source, line, RULE, f"{key or '整体'} 不合规定：{_explain(error)}", "照 CONTRIBUTING.md 的页面模板改")
    required = rules["x-required"].get(str(meta.get("type")), [])  # type: ignore[attr-defined]
    for key in required:
        if key not in meta:
            yield Problem(page.source, 1, RULE, f"缺 {key}（{meta.get('type')} 页必有）", f"补上 {key}")
    order = [key for key in rules["x-order"] if key in meta]  # type: ignore[attr-defined]
    written = [key for key in document.meta_lines if key in order]
    if written != order:
        first = next(w for w, o in zip(written, order, strict=True) if w != o)
        yield Problem(page.source, document.meta_lines[first], RULE, "键的次序不对", f"依次写：{'、'.join(order)}")
    if (kind := expected_type(page)) and meta.get("type") in rules["properties"]["type"]["enum"] and meta["type"] != kind:  # type: ignore[index]
        yield Problem(page.source, document.meta_lines["type"], RULE, f"type 写 {meta['type']}，这个位置的页面是 {kind}", f"改成 type: {kind}")
    for folder in meta.get("requires") or []:
        if isinstance(folder, str) and (folder not in CHAPTERS or folder == page.folder):
            message = f"requires 里的 {folder} {'就是本章' if folder == page.folder else '不是十三章之一'}"
            yield Problem(page.source, document.meta_lines["requires"], RULE, message, "写先修的章的文件夹名")
    if page.folder and meta.get("chapter") not in (None, page.chapter):
        line = document.meta_lines["chapter"]
        yield Problem(page.source, line, RULE, f"chapter 写 {meta['chapter']}，文件夹是第 {page.chapter} 章", f"改成 chapter: {page.chapter}")
    if not page.folder and "chapter" in meta:
        yield Problem(page.source, document.meta_lines["chapter"], RULE, "不在章里的页面没有 chapter", "删掉这一键")


def expected_type(page: Page) -> str:
    """由位置定下的页面类型；别处的页面不管。"""
    name = page.source.rsplit("/", 1)[-1]
    if page.folder:
        if page.document.is_lab:
            return "lab"
        if name == "index.md":
            return "chapter"
        return "exercises" if name.startswith("exercises") or name == "self-test.md" else "section"  # 练习多的章分几页：exercises-*.md
    return "appendix" if page.source.startswith("docs/appendix/") else "front" if page.source == "docs/index.md" else ""


def _explain(error: jsonschema.ValidationError) -> str:
    match error.validator:
        case "maxLength" | "minLength":
            return f"长度 {len(error.instance)}，应{'不超过' if error.validator == 'maxLength' else '不少于'} {error.validator_value}"
        case "enum":
            return f"{error.instance!r} 不在 {error.validator_value} 里"
        case "required":
            missing = sorted(set(error.validator_value) - set(error.instance))
            return f"缺 {'、'.join(missing)}"
        case "pattern":
            return f"{error.instance!r} 的写法不对"
        case _:
            return error.message
