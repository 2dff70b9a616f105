"""HTML 阶段：内联的 SVG、表的外框、节号、术语提示、交互图、中文换行；整页建好之后的样子。"""

import json
import re

import pytest
from book.problems import BookError
from book.transforms import html as stage
from builds import ROOT, SVG, Built, one_page, page_of, render, site, tex_removed, text, write  # noqa: F401
from mkdocs.utils import yaml_load

GLOSSARY = """---
title: 术语
type: appendix
---
# 术语 { #glossary }

### 注意力（attention） { #attention }

按相关程度 $\\alpha$ 取平均的*做法*，见[@eq:x]。
不写：关注。

### 注意力机制 { #mechanism }

含注意力的一层。

### LoRA { #lora }

低秩"补丁" <小>。

### KV 缓存（KV cache） { #kv-cache }

存下的键与值。
"""
TERMS = {"docs/appendix/glossary.md": GLOSSARY}


def linked(content: str) -> list[str]:
    return re.findall(r'<a class="term"[^>]*>([^<]*)</a>', content)


# 图


def test_svg_is_inlined_without_declarations_and_old_labels(tmp_path):
    svg = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<!-- 画 -> 图 -->\n'
        '<svg xmlns="http://www.w3.org/2000/svg" role="presentation" aria-label="旧" viewBox="0 0 1 1"><title>t</title><!-- 内 --></svg>\n'
    )
    (tmp_path / "x.svg").write_text(svg, "utf-8")
    out = stage.inline_svg(tmp_path / "x.svg", 'A "B" <C>')
    assert out == (
        '<svg role="img" aria-label="A &quot;B&quot; &lt;C&gt;" data-search-exclude="1" style="--w:1" '
        'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>t</title></svg>'
    )


def test_a_missing_figure_is_reported_where_it_is_used(tmp_path):
    body = '见[@fig:x]\n\n![图注](figures/nope.svg){#fig:x alt="曲线"}\n'
    with pytest.raises(BookError, match=r"^docs/01-introduction/a\.md:9: \[figures\] 没有图 docs/01-introduction/figures/nope\.svg → "):
        one_page(tmp_path, body)


def test_a_file_that_is_not_svg_is_reported(tmp_path):
    with pytest.raises(BookError, match=r"^docs/01-introduction/figures/x\.svg:1: \[figures\] 不是 SVG"):
        one_page(tmp_path, '![图注](figures/x.svg){#fig:x alt="曲线"}\n', {"docs/01-introduction/figures/x.svg": "<html></html>"})


def test_a_raster_picture_keeps_its_tag_and_gives_its_id_to_the_figure(tmp_path):
    out = one_page(tmp_path, '![图注](figures/x.png){#fig:x alt="照片"}\n', {"docs/01-introduction/figures/x.png": ""})
    assert out.count('id="fig:x"') == 1
    assert '<img alt="照片"' in out and "<figcaption><b>图 1.1</b>　图注</figcaption>" in out


def test_pictures_without_label_are_left_alone(tmp_path):
    assert "<p><img " in one_page(tmp_path, "![x](figures/x.svg)\n")


# 表


def test_every_table_scrolls_in_its_own_frame(tmp_path):
    body = "表：*甲* & $x_1$ {#tab:x}\n\n| a |\n|---|\n| 1 |\n\n文\n\n| b |\n|---|\n| 2 |\n"
    out = one_page(tmp_path, body)
    frames = re.findall(r'<div class="table-scroll" tabindex="0" role="region" aria-label="([^"]*)"><table class="book-table">', out)
    assert len(frames) == 2 == out.count("<table")
    assert frames == ["表 1.1　甲 &amp; x_1", "表格"]
    assert out.count("<figure") == 1


def test_a_caption_without_table_takes_no_other_text(tmp_path):
    out = one_page(tmp_path, "表：题 {#tab:x}\n\n文\n\n| a |\n|---|\n| 1 |\n")
    assert "<figcaption>" not in out and "<p>文</p>" in out and out.count('aria-label="表格"') == 1


# 节号


@pytest.mark.parametrize(("path", "kind", "expected"), [
    ("docs/02-capabilities/index.md", "chapter", '<h1 id="a"><span class="section-number">第 2 章</span> 甲'),
    ("docs/02-capabilities/a.md", "section", '<h1 id="a"><span class="section-number">2.2</span> 甲'),
    ("docs/02-capabilities/b.md", "section", '<h1 id="a">甲'),
    ("docs/index.md", "front", '<h1 id="a">甲'),
    ("docs/appendix/a.md", "appendix", '<h1 id="a">甲'),
])  # fmt: skip
def test_section_numbers(tmp_path, path, kind, expected):
    plan = "## 地图 { #map }\n\n1. 未写：x\n2. [甲](a.md)：y\n"
    index = {"docs/02-capabilities/index.md": f"---\ntitle: 甲\ntype: chapter\n---\n# 甲 {{ #a }}\n\n{plan}"}
    out = one_page(tmp_path, plan if kind == "chapter" else "", {} if kind == "chapter" else index, path, kind)
    assert out.startswith(expected)
    assert out.count("section-number") == expected.count("section-number")


# 术语


def test_only_the_first_occurrence_is_linked_and_the_longest_name_wins(tmp_path):
    out = one_page(tmp_path, "注意力机制与注意力，再说注意力机制与注意力。\n\n又是注意力。\n", TERMS)
    assert linked(out) == ["注意力机制", "注意力"]
    assert '<a class="term" href="../../appendix/glossary/#mechanism" title="含注意力的一层。">注意力机制</a>与<a class="term"' in out


def test_the_tooltip_is_plain_text(tmp_path):
    out = one_page(tmp_path, "注意力，LoRA。\n", TERMS)
    assert 'title="按相关程度 \\alpha 取平均的做法，见。"' in out
    assert 'title="低秩&quot;补丁&quot; &lt;小&gt;。"' in out


def test_latin_terms_match_whole_words_also_next_to_chinese(tmp_path):
    assert linked(one_page(tmp_path, "QLoRA、LoRAs、LoRA_x、MKV 缓存，用LoRA微调。\n", TERMS)) == ["LoRA"]


def test_terms_are_not_linked_in_headings_code_links_and_labels(tmp_path):
    body = """## 注意力 { #h }

`注意力`、[注意力](#h)、**粗 LoRA**、$\\text{注意力}$

```text
注意力
```

表：KV 缓存 {#tab:x}

| a |
|---|
| 1 |

??? note "注意力机制"
    正文。

![x](figures/x.svg){#fig:x alt="注意力"}
"""
    out = one_page(tmp_path, body, {**TERMS, "docs/01-introduction/figures/x.svg": SVG.replace("<path", "<text>注意力</text><path")})
    assert linked(out) == ["LoRA", "KV 缓存"]  # 强调和表题里的算，其余不算


@pytest.mark.parametrize(("path", "kind", "count"), [
    ("docs/index.md", "front", 0), ("docs/appendix/a.md", "appendix", 0), ("docs/appendix/glossary.md", "appendix", 0),
    ("docs/03-harms-bias/index.md", "chapter", 1), ("docs/03-harms-bias/exercises.md", "exercises", 1),
])  # fmt: skip
def test_terms_are_linked_in_chapters_only(tmp_path, path, kind, count):
    out = one_page(tmp_path, "\n### 注意力 { #attention }\n\n一种注意力。\n", TERMS if "glossary" not in path else {}, path, kind)
    assert len(linked(out)) == count


def test_a_book_without_glossary_has_no_terms(tmp_path):
    assert linked(one_page(tmp_path, "注意力。\n")) == []


# 交互图


def test_a_widget_loads_its_script_once_and_inlines_its_fallback(tmp_path):
    widget = '<book-board data-n="3" title="板"><img src="figures/x.svg" alt="一块板 & 格"></book-board>\n\n'
    out = one_page(tmp_path, widget * 2 + "<book-other></book-other>\n", {"docs/01-introduction/figures/x.svg": SVG})
    assert out.count('<svg role="img" aria-label="一块板 &amp; 格"') == 2 and "<img" not in out
    assert re.findall(r'<script type="module" src="([^"]+)">', out) == ["../../assets/widgets/board.js", "../../assets/widgets/other.js"]
    assert '<book-board data-n="3" title="板"><svg' in out


def test_a_missing_widget_picture_is_reported_where_it_is_used(tmp_path):
    with pytest.raises(BookError, match=r"a\.md:8: \[figures\] 交互图 board 没有静态后备图 figures/no\.svg → "):
        one_page(tmp_path, '\n<book-board><img src="figures/no.svg" alt="x"></book-board>\n')


def test_pages_without_widgets_load_no_script(tmp_path):
    assert "<script" not in one_page(tmp_path, "`<book-board>`\n")


# 中文换行


@pytest.mark.parametrize(("source", "joined"), [
    ("甲\n乙", "甲乙"),
    ("甲，\n“乙”", "甲，“乙”"),
    ("甲。  \n乙", "甲。乙"),
    ("甲\n\t乙", "甲乙"),
    ("<strong>甲</strong>\n乙", "<strong>甲</strong>乙"),
    ('甲\n<a class="x" href="#">乙</a>', '甲<a class="x" href="#">乙</a>'),
    ("<em><strong>甲</strong></em>\n<em><b>乙</b></em>", "<em><strong>甲</strong></em><em><b>乙</b></em>"),
    ("甲…\n——乙", "甲…——乙"),
])  # fmt: skip
def test_chinese_lines_are_joined(source, joined):
    assert stage.join_lines(f"<p>{source}</p>") == f"<p>{joined}</p>"


@pytest.mark.parametrize("source", [
    "<p>甲\nb</p>", "<p>a\n乙</p>", "<p>甲 3\n乙</p>", "<p>甲<br />\n乙</p>", "<p>甲</p>\n<p>乙</p>", "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>",
    "<pre><code>甲\n乙</code></pre>", "<p><code>甲\n乙</code></p>", "<svg><text>甲\n乙</text></svg>", "<script>甲\n乙</script>",
    '<x-m class="display">甲\n乙</x-m>', "<p>甲\n<x-m>x</x-m>\n乙</p>", "<p>甲\n<code>x</code>\n乙</p>",
])  # fmt: skip
def test_other_line_breaks_stay(source):
    assert stage.join_lines(source) == source


def test_joining_goes_on_after_an_untouched_block():
    assert stage.join_lines("甲\n乙<pre>甲\n乙</pre>甲\n乙<code>a</code>甲\n乙") == "甲乙<pre>甲\n乙</pre>甲乙<code>a</code>甲乙"


@pytest.mark.parametrize(
    ("source", "joined"),
    [
        ("甲。\nb", "甲。b"),
        ("甲，\n3 个", "甲，3 个"),
        ("<em>甲。</em>\n<strong>b</strong>", "<em>甲。</em><strong>b</strong>"),
        ("甲：\n<code>x</code>", "甲：<code>x</code>"),
        ("甲，\n<x-m>x</x-m>\n乙", "甲，<x-m>x</x-m>\n乙"),
        ("甲。\n<ul>", "甲。\n<ul>"),
        ("<code>甲，\nb</code>甲。\nb", "<code>甲，\nb</code>甲。b"),
        ("<pre>甲，\nb</pre>", "<pre>甲，\nb</pre>"),
        ("<x-m><annotation>甲，\nb</annotation></x-m>", "<x-m><annotation>甲，\nb</annotation></x-m>"),
        ("甲.\nb", "甲.\nb"),
    ],
)
def test_no_space_follows_a_full_width_mark(source, joined):
    assert stage.join_lines(source) == joined


def test_a_short_formula_keeps_its_mark_on_the_same_line(tmp_path):
    long = "x" * 31
    out = tex_removed(one_page(tmp_path, f"设 $x$，$y$ 与 $z$”。又 ${long}$。\n\n$$\nw\n$$\n\n。后\n"))
    assert '设 <span class="nobr">⟦x⟧，</span>⟦y⟧ 与 <span class="nobr">⟦z⟧”。</span>又 ' in out
    assert f"又 ⟦{long}⟧。" in out and "⟦w⟧</span>" not in out


def test_joining_through_references_and_terms(tmp_path):
    out = one_page(tmp_path, "先讲\n注意力\n机制，见**粗**\n*斜*\n[链](#a)\n字，\n用 LoRA\n微调。\n", TERMS)
    assert "先讲注意力机制，见粗斜链字，用 LoRA\n微调。" in text(out)
    assert linked(out) == ["注意力", "LoRA"]


# 建好的站点


def test_the_search_index_has_joined_chinese_and_no_formulas_or_pictures(site: Built):  # noqa: F811
    entries = json.loads((site.root / "site/search/search_index.json").read_text("utf-8"))["docs"]
    found = {entry["location"]: entry for entry in entries}
    lead = text(found["01-introduction/entropy/"]["text"]).replace("\u200b", "")
    assert "猜中不难。那么看一次结果" in lead
    everything = text(" ".join(entry["text"] for entry in entries)).replace("\u200b", "")
    assert not any(tex in everything for tex in ("∑", "\\sum", "\\log", "−∑"))
    assert "倒扣的碗形" not in everything
    assert "概率越偏，熵越小" in everything and "式 (1.1)" in everything
    assert "0.469 比特" not in everything  # 实验的输出不进索引
    assert found["01-introduction/entropy/"]["title"].replace("\u200b", "").endswith("熵")


def test_pages_titles_and_navigation_carry_numbers(site: Built):  # noqa: F811
    page = (site.root / "site/01-introduction/entropy/index.html").read_text("utf-8")
    assert "<title>1.1 熵" in page
    assert '<span class="section-number">1.1</span> 熵' in site.page("01-introduction/entropy")
    assert '<span class="section-number">第 1 章</span> 引言' in site.page("01-introduction")


def test_ids_are_unique_and_local_links_land_on_every_built_page(site: Built):  # noqa: F811
    pages = sorted((site.root / "site").rglob("index.html"))
    ids = {}
    for page in pages:
        found = re.findall(r'\bid="?([^"\s>]+)', page.read_text("utf-8"))
        ids[page] = set(found)
        assert len([i for i in found if i.startswith(("eq:", "fig:", "tab:", "lst:", "ex:", "cite-", "ref:", "all:", "fn"))]) == len(
            {i for i in found if i.startswith(("eq:", "fig:", "tab:", "lst:", "ex:", "cite-", "ref:", "all:", "fn"))}
        ), page
    links = 0
    for page in pages:
        for href in re.findall(r'<a [^>]*href="([^":]*(?:#[^"]*)?)"', site.page(page.parent.relative_to(site.root / "site").as_posix())):
            path, _, anchor = href.partition("#")
            target = (page.parent / path).resolve()
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), (page, href)
            if anchor:
                assert anchor in ids[target], (page, href)
            links += 1
    assert links > 40


def test_the_sample_uses_the_markdown_extensions_of_the_book():
    """样书少几个扩展不要紧，但不能有真书没有的。"""

    def names(path) -> set[str]:
        with path.open(encoding="utf-8") as file:
            return {next(iter(item)) if isinstance(item, dict) else item for item in yaml_load(file)["markdown_extensions"]}

    assert names(ROOT / "tests/book/sample/mkdocs.yml") <= names(ROOT / "mkdocs.yml")


def test_hooks_run_in_the_same_order_in_the_sample_and_in_the_book():
    def hooks(path) -> list[str]:
        with path.open(encoding="utf-8") as file:
            return yaml_load(file)["hooks"]

    assert hooks(ROOT / "tests/book/sample/mkdocs.yml") == hooks(ROOT / "mkdocs.yml")


def test_a_page_is_rendered_relative_to_itself(tmp_path):
    book = write(tmp_path, {"docs/01-introduction/a.md": "---\ntype: section\n---\n# 甲 { #a }\n\n注意力\n", **TERMS})
    assert 'href="../../appendix/glossary/#attention"' in render(book, "01-introduction/a.md")
    assert page_of(book, "appendix/glossary.md").url == "appendix/glossary/"


def test_formulas_are_stashed_for_the_search_parser_and_come_back_unchanged():
    content = '<p>甲 <x-m data-search-exclude="1"><span>a</span>\n<b>1</b></x-m>，<x-m id="eq:x" class="display">乙</x-m></p>'
    short, kept = stage.stash_formulas(content)
    assert "<span>" not in short and len(kept) == 2 and 'id="eq:x"' in short
    assert stage.restore_formulas(f"<html>{short}</html>", kept) == f"<html>{content}</html>"
    assert stage.restore_formulas("<code>@@m0@@</code>", kept) == "<code>@@m0@@</code>", "正文里碰巧相同的文字不动"


def test_a_date_in_a_table_cell_does_not_break_at_its_hyphens():
    out = stage.tables("<table><tr><td>2026-11-24</td><td>自 2026-11-24 起</td></tr></table>")
    assert '<td><span class="nobr">2026-11-24</span></td>' in out and "<td>自 2026-11-24 起</td>" in out
