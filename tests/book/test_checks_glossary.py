"""术语：词表的每一种毛病，和正文里每一种不用的写法。"""

import pytest
from book.checks.glossary import spelling
from conftest import ENTROPY, EXERCISES, GLOSSARY, LAB


def test_a_variant_in_the_text(sample):
    sample.expect("glossary", ENTROPY, sample.paragraph("这是信息熵值。"), "信息熵值")


@pytest.mark.parametrize("place", ["- {}", "| {} | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    {}', '!!! note "{}"\n    甲。', "[^9]: {}", "**{}**"])
def test_a_variant_in_every_kind_of_block(sample, place):
    text = place.format("混乱度")
    line = sample.paragraph(text) + text.split("混乱度")[0].count("\n")
    sample.expect("glossary", ENTROPY, line, "混乱度")


def test_a_variant_in_a_heading_a_lab_and_an_answer(sample):
    heading = sample.paragraph("## 混乱度 { #chaos }\n\n甲。")
    answer = sample.edit(EXERCISES, "0.811 比特。", "0.811 比特，混乱度更大。")
    lab = sample.edit(LAB, "# 答案是比 0.5 小。", "# 答案是混乱度小。")
    sample.stamp()
    sample.expect_all(("glossary", ENTROPY, heading), ("glossary", EXERCISES, answer), ("glossary", LAB, lab))


@pytest.mark.parametrize("mask", ["`混乱度`", "```text\n混乱度\n```", "<!-- 混乱度 -->", "$\\text{混乱度}$", "[链接](index.md?混乱度)"])
def test_a_variant_in_code_comments_and_formulas_is_fine(sample, mask):
    sample.paragraph(mask)
    assert sample.problems("glossary") == []


def test_two_variants_on_one_line(sample):
    line = sample.paragraph("混乱度与信息熵值。")
    sample.expect_all(("glossary", ENTROPY, line), ("glossary", ENTROPY, line))


def test_a_variant_inside_a_proper_name_is_fine(sample):
    sample.edit(GLOSSARY, "不写：混乱度。", "不写：混乱度、惑度。")
    sample.paragraph("困惑度不变。")
    sample.clean()


def test_a_variant_may_be_exempted_with_a_reason(sample):
    line = sample.paragraph("旧译混乱度。 <!-- glossary: ok 讲译名的来历 -->")
    sample.clean()
    sample.edit(ENTROPY, "<!-- glossary: ok 讲译名的来历 -->", "<!-- glossary: ok -->")
    sample.expect_all(("glossary", ENTROPY, line), ("glossary", ENTROPY, line))


def test_spelling_ignores_spaces_and_case_but_not_word_borders():
    assert spelling("KV缓冲").search("用 KV 缓冲 存")
    assert spelling("KV 缓冲").search("用kv缓冲存")
    assert not spelling("KV 缓冲").search("用 MKV 缓冲")
    assert spelling("Pre-LN 结构").search("pre-LN结构")
    assert not spelling("token").search("tokenizer")


def test_an_entry_without_english(sample):
    sample.expect("glossary", GLOSSARY, sample.edit(GLOSSARY, "### 熵（entropy）", "### 熵"), "没有英文")


def test_an_entry_without_meaning(sample):
    sample.edit(GLOSSARY, "一个随机结果平均带来的信息量。\n", "")
    sample.expect("glossary", GLOSSARY, 8, "没有意思")


def test_entries_out_of_order(sample):
    sample.expect("glossary", GLOSSARY, sample.edit(GLOSSARY, "### 困惑度（perplexity）", "### 困惑度（Confusion）"), "排在")


def test_case_does_not_matter_for_the_order(sample):
    sample.edit(GLOSSARY, "### 熵（entropy）", "### 熵（Entropy）")
    sample.clean()


def test_the_same_name_twice(sample):
    line = sample.edit(GLOSSARY, "### 困惑度（perplexity） { #perplexity }", "### 熵（surprise） { #surprise }")
    sample.expect("glossary", GLOSSARY, line, "重复")


def test_the_same_english_twice(sample):
    sample.expect("glossary", GLOSSARY, sample.edit(GLOSSARY, "困惑度（perplexity）", "困惑度（Entropy）"), "重复")


def test_the_same_id_twice_is_left_to_the_headings_rule(sample):
    sample.expect("headings", GLOSSARY, sample.edit(GLOSSARY, "{ #perplexity }", "{ #entropy }"), "用过")


def test_a_variant_that_is_an_entry(sample):
    sample.edit(GLOSSARY, "不写：信息熵值。", "不写：困惑度。")
    found = {(p.rule, p.path) for p in sample.problems("glossary")}
    assert ("glossary", GLOSSARY) in found
