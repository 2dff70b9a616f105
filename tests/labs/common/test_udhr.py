"""《世界人权宣言》：段数、平行、校验和与 SOURCES.md 一致。"""

import hashlib
import json
import re

import pytest

from labs.common.udhr import FILE, LANGUAGES, sections


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_a_preamble_and_thirty_articles(language):
    found = sections(language)
    assert len(found) == 31
    assert all("\n" in part and part == part.strip() for part in found)  # 小标题和至少一段


def test_sections_with_the_same_number_say_the_same():
    assert sections("eng")[1].startswith("Article 1\nAll human beings are born free and equal")
    assert sections("cmn_hans")[1].startswith("第一条\n人人生而自由,在尊严和权利上一律平等。")
    assert sections("deu_1996")[30].startswith("Artikel 30\n")


def test_the_reader_cannot_spoil_what_others_read():
    sections("eng").clear()
    assert len(sections("eng")) == 31


def test_the_file_is_the_one_listed_with_its_checksum():
    sources = (FILE.parent / "SOURCES.md").read_text("utf-8")
    row = re.search(r"`udhr\.json`[^\n]*?([\d,]+) 字节[^\n]*`([0-9a-f]{64})`", sources)
    data = FILE.read_bytes()
    assert row and int(row[1].replace(",", "")) == len(data)
    assert row[2] == hashlib.sha256(data).hexdigest()
    assert set(json.loads(data)) == set(LANGUAGES)


def test_an_unknown_language_is_rejected_by_name():
    with pytest.raises(ValueError, match="^language 应为 cmn_hans、.* 之一，得到 'fra'"):
        sections("fra")
