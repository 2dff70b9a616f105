"""会过时的事实要有核对日期；stale.py 列出核对得太久的页面。"""

import datetime

import pytest
import stale
from book.model import Book
from conftest import ENTROPY, EXERCISES

CAPABILITIES = "docs/02-capabilities/index.md"
FACTS = [
    "《著作权法》第二十四条。",
    "《生成式人工智能服务管理暂行办法》已经施行。",
    "《通用数据保护条例》管不管。",
    "这个法案已经通过。",
    "判决已经生效。",
    "法院这样说。",
    "按 GDPR 处理。",
    "双方以 15 亿美元和解。",
    "一次只要 0.6 元。",
    "一度电 0.6 元/千瓦时。",
    "售价 ¥99 起。",
    "售价 30 USD 起。",
    "在排行榜上第一。",
    "它登上榜单。",
    "截至 2026 年 4 月，共有八百款。",
    "2024 年 4 月发布的模型。",
    "它在 2025 年由甲公司开源。",
    "它发布于 2024 年。",
]
TIMELESS = [
    "《算法》一书。",
    "《孙子兵法》一书。",
    "二元组与三元组。",
    "用 3 元语法模型。",
    "一元分词的例子。",
    "假设每度电 0.6 元。",
    "设一张卡每小时 2 美元。",
    "2017 年发布的模型结构。",
    "元学习与神经元。",
    "`法院` 在代码里。",
]


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_without_a_date(sample, fact):
    sample.expect("perishable", ENTROPY, sample.paragraph(fact), "核对日期")


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_with_a_date(sample, fact):
    sample.edit(ENTROPY, "status: stable", "status: stable\nverified: 2026-11-24")
    sample.paragraph(fact)
    sample.clean()


@pytest.mark.parametrize("text", TIMELESS)
def test_what_does_not_perish(sample, text):
    sample.paragraph(text)
    assert sample.problems("perishable") == []


@pytest.mark.parametrize("place", ["- {}", "| {} | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    {}', "[^9]: {}"])
def test_facts_in_every_kind_of_block(sample, place):
    text = place.format("法院这样说。")
    sample.expect("perishable", ENTROPY, sample.paragraph(text) + text.split("法院")[0].count("\n"))


@pytest.mark.parametrize("mask", ["```text\n法院\n```", "<!-- 法院 -->", "$\\text{法院}$"])
def test_masked_facts(sample, mask):
    sample.paragraph(mask)
    sample.clean()


def test_only_the_first_fact_of_a_page_is_reported(sample):
    line = sample.paragraph("法院这样说。\n判决已经生效。")
    sample.expect("perishable", ENTROPY, line)


def test_a_fact_may_be_exempted(sample):
    sample.paragraph("句子“法院开门”里有四个词。 <!-- perishable: ok 虚构的例句 -->")
    sample.clean()
    line = sample.paragraph("法院这样说。\n判决已经生效。")
    sample.expect("perishable", ENTROPY, line, "法院")


def test_an_exemption_without_a_fact(sample):
    sample.expect("perishable", ENTROPY, sample.paragraph("甲。 <!-- perishable: ok 没有事实 -->"), "不需要豁免")


def test_a_date_in_the_future(sample):
    sample.expect("perishable", CAPABILITIES, sample.edit(CAPABILITIES, "verified: 2026-11-24", "verified: 2999-01-01"), "将来")


def test_a_date_that_does_not_exist(sample):
    sample.expect("front-matter", CAPABILITIES, sample.edit(CAPABILITIES, "verified: 2026-11-24", "verified: 2026-02-30"), "读不懂")


@pytest.mark.parametrize("value", ["2026-11", "昨天", "20261124"])
def test_a_date_that_is_not_a_date(sample, value):
    sample.expect("front-matter", CAPABILITIES, sample.edit(CAPABILITIES, "verified: 2026-11-24", f"verified: {value}"))


def test_exercises_are_checked_too(sample):
    sample.expect("perishable", EXERCISES, sample.edit(EXERCISES, "0.811 比特。", "0.811 比特，法院这样说。"))


def run(sample, capsys, *arguments):
    code = stale.main(list(arguments), sample.root)
    return code, capsys.readouterr().out


def test_stale_lists_old_pages(sample, capsys):
    code, out = run(sample, capsys, "--months", "6", "--today", "2027-05-25")
    assert code == 1 and f"{CAPABILITIES}:7: [stale] 核对于 2026-11-24：法律" in out


def test_stale_is_silent_on_the_day(sample, capsys):
    assert run(sample, capsys, "--months", "6", "--today", "2027-05-24") == (0, "没有早于 6 个月的核对日期\n")


def test_stale_puts_the_oldest_first(sample, capsys):
    sample.edit(ENTROPY, "status: stable", "status: stable\nverified: 2025-01-01")
    _, out = run(sample, capsys, "--today", "2028-01-01")
    assert out.index(ENTROPY) < out.index(CAPABILITIES) and "没有认出的事实" in out


@pytest.mark.parametrize("arguments", [["--months", "-1"], ["--months", "x"], ["--today", "2026-02-30"], ["--nope"]])
def test_stale_usage(sample, capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        stale.main(arguments, sample.root)
    assert stopped.value.code == 2


def test_months_before_the_end_of_a_month():
    day = datetime.date
    assert stale.months_before(day(2026, 8, 31), 6) == day(2026, 2, 28)
    assert stale.months_before(day(2024, 3, 31), 1) == day(2024, 2, 29)
    assert stale.months_before(day(2026, 1, 15), 1) == day(2025, 12, 15)
    assert stale.months_before(day(2026, 12, 1), 12) == day(2025, 12, 1)
    assert stale.months_before(day(2026, 5, 5), 0) == day(2026, 5, 5)


def test_stale_skips_pages_it_cannot_read(sample):
    sample.edit(ENTROPY, "status: stable", "status: stable\nverified: [")
    assert stale.stale(Book.load(sample.root), datetime.date(2000, 1, 1)) == []
