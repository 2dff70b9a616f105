"""文献库 ``docs/references.bib``：读入、取作者与题名、排成一条文献。"""

from __future__ import annotations

import html
import logging
import re
from dataclasses import dataclass
from pathlib import Path

import bibtexparser

from book.problems import Problem

PATH = "docs/references.bib"
KEY = re.compile(r"^[a-z]+(?:\d{4})[a-z0-9]+$")


@dataclass(frozen=True)
class Entry:
    """一条文献。"""

    key: str
    line: int
    kind: str
    fields: dict[str, str]

    @property
    def url(self) -> str:
        """可点开的地址：DOI、arXiv 或 URL；都没有时为空。"""
        if doi := self.fields.get("doi"):
            return f"https://doi.org/{doi}"
        if self.fields.get("archiveprefix", "").lower() == "arxiv" and (number := self.fields.get("eprint")):
            return f"https://arxiv.org/abs/{number}"
        return self.fields.get("url", "")

    @property
    def authors(self) -> str:
        """最多三位作者，其余写 et al.。"""
        raw = self.fields.get("author", "")
        names = [clean(name) for name in re.split(r"\s+and\s+", raw) if name.strip()]
        names = [" ".join(reversed([p.strip() for p in n.split(",", 1)])) if "," in n else n for n in names]
        if "others" in names or len(names) > 3:
            return ", ".join([n for n in names if n != "others"][:3]) + " et al."
        return ", ".join(names)

    @property
    def venue(self) -> str:
        """期刊、会议、出版者或 arXiv 编号。"""
        for field in ("journal", "booktitle", "publisher", "institution", "howpublished", "organization"):
            if field in self.fields:
                return clean(self.fields[field])
        return f"arXiv:{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def plain(self) -> str:
        """一行纯文本，用作提示。"""
        parts = [self.authors, clean(self.fields.get("title", "")), self.venue, self.fields.get("year", "")]
        return ". ".join(part.rstrip(".") for part in parts if part)

    @property
    def as_html(self) -> str:
        """一条排好的文献，题名带链接。"""
        title = html.escape(clean(self.fields.get("title", "")))
        linked = f'<a href="{html.escape(self.url, quote=True)}"><cite>{title}</cite></a>'
        rest = ", ".join(html.escape(part) for part in (self.venue, self.fields.get("year", "")) if part)
        return f"{html.escape(self.authors).rstrip('.')}. {linked}. {rest}."


def clean(text: str) -> str:
    """去掉 BibTeX 的花括号和转义。"""
    accents = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "c": "\u0327", "v": "\u030c"}
    text = re.sub(
        r"\\(?:([\"'`^~])\{?\\?([A-Za-z])\}?|([cv])\{([A-Za-z])\})",
        lambda m: (m[2] or m[4]) + accents[m[1] or m[3]],
        text,
    )
    for tex, plain in {r"\&": "&", r"\%": "%", r"\_": "_", r"\$": "$", r"\o": "ø", r"\ss": "ß", "--": "–"}.items():
        text = text.replace(tex, plain)
    import unicodedata

    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).strip())


def load(root: Path) -> tuple[dict[str, Entry], list[Problem]]:
    """读文献库；解析失败、重复的键作为问题返回。"""
    path = root / PATH
    if not path.exists():
        return {}, [Problem(PATH, 1, "citations", "没有文献库", "新建 docs/references.bib（可以为空）")]
    try:
        text = path.read_text("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return {}, [Problem(PATH, 1, "citations", "读不出文献库", "另存为 UTF-8")]
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = bibtexparser.parse_string(text)
    problems = [
        Problem(PATH, (block.start_line or 0) + 1, "citations", f"读不懂这一条：{type(block).__name__}", "检查括号、逗号和重复的键")
        for block in library.failed_blocks
    ]
    entries = {
        block.key: Entry(
            block.key,
            (block.start_line or 0) + 1,
            block.entry_type,
            {field.key.lower(): str(field.value) for field in block.fields},
        )
        for block in library.entries
    }
    return entries, problems
