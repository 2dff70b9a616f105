"""基准的工具：复制出来的书仍是一本合格的书；结果表对齐，比值与超出预算算得对。基准本身不是测试。"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
from benchmarks import Report, architecture, lm, safety, transformer, width
from benchmarks import site as bench
from book import checks
from book.model import Book
from book.site_checks import browser
from book.site_checks.skipped import required

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "book")
    (tmp_path / "book/scripts").symlink_to(SAMPLE.parents[2] / "scripts")
    return tmp_path / "book"


def test_the_multiplied_book_passes_every_check_that_a_build_needs(copied: Path):
    before = Book.load(copied)
    assert checks.run(before, checks.BUILD) == []
    bench.multiply(copied, 3)
    after = Book.load(copied)
    assert checks.run(after, checks.BUILD) == []
    assert len(after.numbered_pages) == 3 * len(before.numbered_pages)
    assert len({label.name for label in after.all_labels}) == len(after.all_labels) > len(before.all_labels)
    copies = [page for page in after.numbered_pages if "-copy-" in page.source]
    assert len({page.title for page in copies}) == len(copies) and all(page.section for page in copies)


def test_a_copied_page_refers_to_its_own_labels(copied: Path):
    page = Book.load(copied).page("01-introduction/entropy.md")
    text = bench.renamed(page, 7)
    assert "{#eq:entropy-n7}" in text and "[@eq:entropy-n7]" in text and "[@eq:entropy]" not in text.replace("`", "")
    assert "{#fig:entropy-curve-n7 " in text and "[@shannon1948mathematical" in text


def test_the_table_is_aligned_and_marks_what_is_over_budget():
    report = Report()
    report.add("构建", "公式缓存冷", 20, "s", budget=15, against=10)
    report.add("构建", "warm", 3.14159, "s", budget=15, note="说明")
    lines = report.table().split("\n")
    assert "≤ 15 超" in lines[1] and "2.00×" in lines[1] and "超" not in lines[2]
    assert "3.14 s" in lines[2] and lines[2].endswith("说明")
    assert width(lines[0][: lines[0].index("说明")]) == width(lines[2][: lines[2].index("说明")])
    assert [(row["ratio"], row["over"]) for row in report.as_dicts()] == [(2.0, True), (None, False)]


def test_the_made_up_text_is_varied_repeatable_and_as_large_as_asked():
    lines = ["分词器只认次数，不认意思。", "The tokenizer counts, it does not read.", "词表大，序列短，嵌入表也大。"]
    text = architecture.made_text(lines, 2000)
    assert text.split("\n")[:3] == lines and text == architecture.made_text(lines, 2000)
    assert 2000 <= len(text.encode()) < 2100 and len(set(text.split("\n"))) > 20
    assert set(text) <= set("".join(lines)) | {"\n"}  # 只是换了后半截，没有造出新的字
    assert architecture.cut_to(text, 500) in text and 400 < len(architecture.cut_to(text, 500).encode()) <= 500


def test_the_tokenizer_benchmark_measures_the_same_work_on_both_sides(monkeypatch):
    pytest.importorskip("tokenizers")
    for name, value in (("SIZE", 60_000), ("SAMPLE", 20_000), ("VOCABULARY", 400)):
        monkeypatch.setattr(architecture, name, value)
    report = Report()
    architecture.tokenizer(SAMPLE.parents[2], report)
    assert [row.name for row in report.rows] == ["0.1 MB，词表 400", "tokenizers，同一个词表", "第一遍", "再来一遍", "按行的流"]
    assert "编号逐个相同" in report.rows[1].note and all(row.value > 0 for row in report.rows)
    assert report.rows[0].ratio > 0 and report.rows[2].ratio > 0


def test_the_transformer_benchmark_runs_the_same_model_on_both_sides(monkeypatch):
    pytest.importorskip("transformers")
    monkeypatch.setattr(transformer, "SHAPES", {"小": (17, 16, 1, 2, 1, 24)})
    for name, value in (("LENGTH", 24), ("PROMPT", 4), ("N_NEW", 8), ("REPEATS", 1)):
        monkeypatch.setattr(transformer, name, value)
    report = Report()
    transformer.transformer(report)
    assert [row.group for row in report.rows] == ["前向 小"] * 2 + ["解码 小"] * 3
    assert all(row.ratio > 0 for row in report.rows)
    assert {row.note for row in report.rows[2:]} == {"生成的文字相同"}


def test_the_watermark_benchmark_writes_and_detects_with_the_books_own_model(monkeypatch):
    for name, value in (("BATCH", 2), ("WORDS", 6), ("LENGTHS", (40, 80))):
        monkeypatch.setattr(safety, name, value)
    report = Report()
    safety.run(SAMPLE.parents[2], report)
    assert [(row.group, row.name) for row in report.rows] == [("生成", "不加水印"), ("生成", "加水印"), ("检测", "40 字"), ("检测", "80 字")]
    assert all(row.value > 0 for row in report.rows)
    assert [row.ratio is None for row in report.rows] == [True, False, True, False]
    assert safety.long_text(80)[:40] == safety.long_text(40)
    with pytest.raises(SystemExit, match="不够"):
        safety.long_text(10**9)


def test_the_playground_is_measured_in_a_browser(monkeypatch):
    if browser.launch() is None:
        (pytest.fail if required() else pytest.skip)(f"{browser.ABSENT}；{browser.REPAIR}")
    for name, value in (("WORDS", 8), ("ROUNDS", 1)):
        monkeypatch.setattr(lm, name, value)
    report = Report()
    lm.page(SAMPLE.parents[2], report)
    assert [(row.group, row.unit) for row in report.rows] == [("网页", "字/s")] * 2
    assert all(row.value > 0 for row in report.rows) and "≥ 500" in report.rows[0].note


def test_without_a_browser_the_playground_is_said_to_be_unmeasured(monkeypatch):
    monkeypatch.setattr(lm.browser, "launch", lambda: None)
    report = Report()
    lm.page(SAMPLE.parents[2], report)
    assert [row.name for row in report.rows] == [browser.ABSENT] and math.isnan(report.rows[0].value) and report.rows[0].note == browser.REPAIR
