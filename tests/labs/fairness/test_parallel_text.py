"""平行文本：三十七种、三十条、与 udhr.json 逐字相同、校验和与 SOURCES.md 一致。"""

import hashlib
import re

import pytest

from labs.common import udhr
from labs.fairness.parallel_text import ARTICLES, FILE, LANGUAGES, articles


def test_every_language_has_thirty_articles_with_a_heading():
    assert len(LANGUAGES) == 37
    for language in LANGUAGES:
        found = articles(language)
        assert len(found) == ARTICLES and all(text.strip() == text and text for text in found), language
        assert sum("\n" in text for text in found) >= 29, language


@pytest.mark.parametrize("language", udhr.LANGUAGES)
def test_the_shared_languages_are_letter_for_letter_the_same(language):
    assert articles(language) == udhr.sections(language)[1:]


def test_the_reader_cannot_spoil_what_others_read():
    articles("eng").clear()
    assert len(articles("eng")) == ARTICLES


def test_the_file_is_the_one_listed_with_its_checksum():
    sources = (FILE.parent / "SOURCES.md").read_text("utf-8")
    row = re.search(r"`udhr-world\.json\.xz`，([\d,]+) 字节，SHA-256 `([0-9a-f]{64})`", sources)
    data = FILE.read_bytes()
    assert row and int(row[1].replace(",", "")) == len(data) and row[2] == hashlib.sha256(data).hexdigest()


def test_an_unknown_language_is_rejected_by_name():
    with pytest.raises(ValueError, match="^language 应为 eng、.* 之一，得到 'xxx'"):
        articles("xxx")
