"""《世界人权宣言》的八种文本：逐条平行的小语料，供分词、语言与对照的实验用。

每种语言 31 段：序言和第 1–30 条，段号相同的互为译文。来源、许可与校验和见 labs/data/SOURCES.md。
"""

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data/udhr.json"
LANGUAGES = {
    "cmn_hans": "中文（简体）",
    "cmn_hant": "中文（繁体）",
    "eng": "英语",
    "deu_1996": "德语",
    "jpn": "日语",
    "hin": "印地语",
    "uig_arab": "维吾尔语",
    "bod": "藏语",
}


def sections(language: str) -> list[str]:
    """一种语言的 31 段文本，每段第一行是小标题；没有这种语言，抛出 ValueError。"""
    if language not in LANGUAGES:
        raise ValueError(f"language 应为 {'、'.join(LANGUAGES)} 之一，得到 {language!r}。")
    return list(_load()[language])


@cache
def _load() -> dict[str, list[str]]:
    return json.loads(FILE.read_text("utf-8"))
