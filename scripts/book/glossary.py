"""术语表 ``docs/appendix/glossary.md``：词、英文、一句话的意思、不用的写法。"""

from __future__ import annotations

import re
from dataclasses import dataclass

from book.source import Document

PATH = "docs/appendix/glossary.md"
TITLE = re.compile(r"^(?P<zh>[^（]+?)(?:（(?P<en>[^）]+)）)?$")


@dataclass(frozen=True)
class Term:
    """一个术语。"""

    id: str
    line: int
    name: str
    english: str
    meaning: str
    avoid: tuple[str, ...]


def load(document: Document) -> list[Term]:
    """每个三级标题是一条术语；标题之后到下一个标题之前是释义。"""
    lines = document.body.split("\n")
    heads = [h for h in document.headings if h.level <= 3]
    terms = []
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        if head.level != 3:
            continue
        text = [line.strip() for line in lines[head.line : following.line - 1 if following else None] if line.strip()]
        avoid = [line[3:].rstrip("。") for line in text if line.startswith("不写：")]
        meaning = "".join(line for line in text if not line.startswith("不写："))
        match = TITLE.match(head.title)
        name, english = (match["zh"].strip(), match["en"] or "") if match else (head.title, "")
        terms.append(
            Term(head.id, head.line, name, english, meaning, tuple(w.strip() for a in avoid for w in a.split("、") if w.strip()))
        )
    return terms
