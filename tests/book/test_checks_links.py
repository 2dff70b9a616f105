"""链接：页面、文件、锚点、本站地址、协议。"""

import pytest
from conftest import BIB, ENTROPY, EXERCISES, LAB


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nope.md", "不存在"),
        ("../02-capabilities/nope.md", "不存在"),
        ("entropy.markdown", "不存在"),
        ("data/nope.json", "不存在"),
        ("../02-capabilities/", "是文件夹"),
        ("../02-capabilities", "不存在"),
        ("../../labs/toy/entropy.py", "不在 docs/ 里"),
        ("../../../x.md", "不在 docs/ 里"),
        ("#nope", "没有 #nope"),
        ("index.md#nope", "没有 #nope"),
        ("lab-coin.ipynb#nope", "没有 #nope"),
        ("/01-introduction/index.md", "绝对路径"),
        ("https://example.org/01-introduction/", "本站"),
        ("https://example.org", "本站"),
        ("//example.com/a", "协议"),
        ("http://example.com/a", "https"),
        ("", "空的"),
    ],
)
def test_bad_links(sample, target, words):
    sample.expect("links", ENTROPY, sample.paragraph(f"见[这里]({target})。"), words)


@pytest.mark.parametrize(
    "target",
    [
        "index.md",
        "../index.md",
        "../02-capabilities/index.md#map",
        "#by-hand",
        "#eq:entropy",
        "#references",
        "exercises.md#ex:coin-entropy",
        "lab-coin.ipynb",
        "lab-coin.ipynb#coin",
        "data/coin.json",
        "figures/entropy-curve.svg",
        "../appendix/glossary.md#entropy",
        "../references.bib",
        "https://example.com/a_(b)",
        "https://example.organic/a",
        "mailto:a@example.com",
        'index.md "题目"',
    ],
)
def test_good_links(sample, target):
    sample.paragraph(f"见[这里]({target})。")
    sample.clean()


@pytest.mark.parametrize("place", ["- {}", "| {} | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    {}', "> {}", "[^9]: {}", "**{}**", "见 <a href=\"nope.md\">这里</a> {}"])
def test_links_in_every_kind_of_block(sample, place):
    text = place.format("[甲](nope.md)" if "href" not in place else "。")
    line = sample.paragraph(text) + text.split("nope")[0].count("\n")
    sample.expect("links", ENTROPY, line, "nope.md")


def test_links_in_labs_headings_and_answers(sample):
    heading = sample.paragraph("## [甲](nope.md) { #x }\n\n甲。")
    answer = sample.edit(EXERCISES, "0.811 比特。", "0.811 比特，见[甲](nope.md)。")
    lab = sample.edit(LAB, "# 答案是比 0.5 小。", "# [答案](nope.md)是比 0.5 小。")
    sample.stamp()
    sample.expect_all(("links", ENTROPY, heading), ("links", EXERCISES, answer), ("links", LAB, lab))


@pytest.mark.parametrize("mask", ["`[甲](nope.md)`", "```text\n[甲](nope.md)\n```", "<!-- [甲](nope.md) -->", "$[a](b)$", "\\[甲\\](nope.md)"])
def test_links_in_code_comments_and_formulas(sample, mask):
    sample.paragraph(mask)
    assert sample.problems("links") == []


def test_two_bad_links_on_one_line(sample):
    line = sample.paragraph("见[甲](nope.md)和[乙](none.md)。")
    sample.expect_all(("links", ENTROPY, line), ("links", ENTROPY, line))


def test_a_link_with_brackets_in_its_text(sample):
    sample.expect("links", ENTROPY, sample.paragraph("见[甲 [乙] 丙](nope.md)。"), "nope.md")


def test_a_plain_address(sample):
    sample.expect("links", ENTROPY, sample.paragraph("地址是 http://example.com/a 。"), "https")


def test_own_ids_in_html_and_attribute_lists(sample):
    sample.paragraph('甲。\n{ #para }\n\n<a id="spot"></a>乙。\n\n见[甲](#para)和[乙](#spot)。')
    assert sample.problems("links") == []


def test_references_exist_only_where_something_is_cited(sample):
    sample.expect("links", ENTROPY, sample.paragraph("见[这里](index.md#references)。"), "#references")


def test_an_address_in_the_bibliography(sample):
    line = sample.edit(BIB, "doi     = {10.1002/j.1538-7305.1948.tb01338.x},", "url     = {http://example.com/a},")
    assert line
    sample.expect("links", BIB, 1, "https")


def test_an_address_on_this_machine_is_fine(sample):
    sample.paragraph("打开 http://127.0.0.1:8000 或 http://localhost:8000 看。")
    sample.clean()


def test_without_site_url_no_address_is_ours(sample):
    sample.edit("mkdocs.yml", "site_url: https://example.org/\n", "")
    sample.paragraph("见[这里](https://example.org/a)。")
    sample.clean()
