"""文件、导航、front matter、标题、标签、文献、代码、数、指令、公式、练习：每种毛病恰好报一处。"""

from pathlib import Path

import pytest
from book import checks, session
from book.checks import formulas
from book.problems import BookError, Problem
from conftest import BIB, ENTROPY, EXERCISES, INDEX, LAB, NOTEBOOK, SVG

DATA = "docs/01-introduction/data/coin.json"
MODULE = "labs/toy/entropy.py"
CONFIG = "mkdocs.yml"


# ---- files ----


def test_bom(sample):
    (sample.root / ENTROPY).write_bytes(b"\xef\xbb\xbf" + sample.read(ENTROPY).encode())
    sample.expect("files", ENTROPY, 1, "BOM")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends(sample, end):
    (sample.root / LAB).write_bytes(sample.read(LAB).replace("\n", end).encode())
    assert ("files", LAB, 1) in {(p.rule, p.path, p.line) for p in sample.problems("files")}


def test_crlf_keeps_the_line_of_other_problems(sample):
    line = sample.paragraph("见[@eq:nope]。")
    (sample.root / ENTROPY).write_bytes(sample.read(ENTROPY).replace("\n", "\r\n").encode())
    sample.expect_all(("files", ENTROPY, 1), ("labels", ENTROPY, line))


def test_not_utf8_names_the_line(sample):
    text = sample.read("docs/02-capabilities/index.md").encode().replace("算困惑度".encode(), "算困惑度".encode("gb18030"))
    (sample.root / "docs/02-capabilities/index.md").write_bytes(text)
    found = sample.problems()
    assert [(p.rule, p.path, p.line) for p in found] == [("files", "docs/02-capabilities/index.md", 16)]


def test_a_page_that_vanishes_between_listing_and_reading(sample, monkeypatch):
    real = Path.glob

    def glob(self, pattern):
        found = list(real(self, pattern))
        if pattern == "docs/**/*.md":
            (self / "docs/02-capabilities/index.md").unlink()
        return found

    monkeypatch.setattr(Path, "glob", glob)
    found = sample.problems("files")
    assert [(p.path, p.line) for p in found] == [("docs/02-capabilities/index.md", 1)] and "读不到" in found[0].message


@pytest.mark.parametrize("rule", sorted(set(checks.SOURCE) - {"files", "python"}))
def test_files_that_vanish_after_the_book_was_read(sample, rule):
    book = sample.book()
    for path in (ENTROPY, LAB, NOTEBOOK, SVG, DATA, BIB, MODULE, CONFIG, "docs/assets/widgets/coin-toss.js"):
        (sample.root / path).unlink()
    assert all(isinstance(problem, Problem) for problem in checks.SOURCE[rule](book))


def test_a_folder_named_like_a_page(sample):
    (sample.root / "docs/02-capabilities/folder.md").mkdir()
    found = sample.problems("files")
    assert [(p.rule, p.path) for p in found] == [("files", "docs/02-capabilities/folder.md")]


@pytest.mark.parametrize("fence", ["```text", "~~~text", "````text\n```"])
def test_an_unclosed_fence(sample, fence):
    line = sample.append("docs/02-capabilities/index.md", f"\n{fence}\n甲\n") + 1
    sample.expect("files", "docs/02-capabilities/index.md", line, "围栏")


def test_an_unclosed_fence_in_a_lab_is_found_although_the_next_cell_closes_it(sample):
    line = sample.edit(LAB, "# 答案是比 0.5 小。", "# ```text\n# 答案是比 0.5 小。")
    sample.stamp()
    sample.expect("files", LAB, line, "代码单元")


def test_an_unclosed_comment(sample):
    line = sample.append("docs/02-capabilities/index.md", "\n甲 <!-- 没有完\n") + 1
    sample.expect("files", "docs/02-capabilities/index.md", line, "注释")


def test_a_cell_without_a_blank_line(sample):
    line = sample.edit(LAB, 'print(f"{biased:.3f} 比特")\n\n', 'print(f"{biased:.3f} 比特")\n')
    sample.stamp()
    found = {(p.rule, p.path) for p in sample.problems("files")}
    assert found == {("files", LAB)} and line


# ---- nav ----


def test_a_page_outside_the_navigation(sample):
    sample.write("docs/appendix/more.md", sample.read("docs/index.md").replace("type: front", "type: appendix").replace("一本只有几页的书", "又一本只有几页的书").replace("(01-", "(../01-"))
    sample.expect("nav", "docs/appendix/more.md", 1, "不在导航里")


def test_a_page_twice_in_the_navigation(sample):
    line = sample.edit(CONFIG, "      - 01-introduction/exercises.md", "      - 01-introduction/exercises.md\n      - 01-introduction/exercises.md")
    sample.expect("nav", CONFIG, line + 1, "两次")


def test_the_navigation_names_a_missing_page(sample):
    sample.edit(CONFIG, "  - 首页: index.md", "  - 首页: index.md\n  - 没有: nope.md")
    sample.expect("files", "docs/nope.md", 1, "读不到")


def test_the_navigation_names_a_file_that_is_no_page(sample):
    line = sample.edit(CONFIG, "  - 首页: index.md", "  - 首页: index.md\n  - 文献: references.bib") + 1
    sample.expect("nav", CONFIG, line, "不是页面")


@pytest.mark.parametrize("text", ["nav: [\n", "\tnav: 1\n", "- 甲\n", ""])
def test_a_broken_configuration(sample, text):
    sample.write(CONFIG, text)
    assert ("nav", CONFIG) in {(p.rule, p.path) for p in sample.problems("nav")}


def test_a_section_missing_from_the_map(sample):
    sample.edit(INDEX, "1. [熵](entropy.md)：", "1. 熵：")
    sample.expect("nav", ENTROPY, 1, "地图")


def test_the_map_links_a_missing_section(sample):
    line = sample.edit(INDEX, "2. 困惑度：", "2. [困惑度](perplexity.md)：")
    sample.expect_all(("nav", INDEX, line), ("links", INDEX, line))


def test_the_map_and_the_title_differ(sample):
    sample.expect("nav", INDEX, sample.edit(INDEX, "1. [熵](entropy.md)", "1. [信息](entropy.md)"), "题目")


def test_a_chapter_without_objectives_or_map(sample):
    text = sample.read("docs/02-capabilities/index.md").split("## 读完本章")[0]
    sample.write("docs/02-capabilities/index.md", text)
    assert sample.problems("exercises", "nav") == []


def test_a_section_that_is_not_in_the_map_does_not_hide_the_wrong_order(sample):
    def section(name, title):
        text = sample.read(ENTROPY).replace("title: 熵", f"title: {title}").replace("# 熵 {", f"# {title} {{")
        text = text.replace("从一枚有偏的", f"{title}从一枚有偏的").replace("labs: [toy.entropy]\n", "")
        sample.write(f"docs/01-introduction/{name}.md", text.split("## 手算")[0] + "## 小结 { #summary }\n\n完了。\n")

    section("first", "甲")
    section("second", "乙")
    sample.edit(CONFIG, "      - 01-introduction/entropy.md", "      - 01-introduction/first.md\n      - 01-introduction/second.md\n      - 01-introduction/entropy.md")
    line = sample.edit(INDEX, "2. 困惑度：", "2. [乙](second.md)：") - 1
    sample.expect_all(("nav", "docs/01-introduction/first.md", 1), ("nav", INDEX, line))


def test_the_map_and_the_navigation_disagree(sample):
    second = sample.read(ENTROPY).replace("title: 熵", "title: 又").replace("# 熵 {", "# 又 {").replace("从一枚有偏的", "又从一枚有偏的")
    body = second.split("## 手算")[0] + "## 小结 { #summary }\n\n完了。\n"
    sample.write("docs/01-introduction/again.md", body.replace("labs: [toy.entropy]\n", ""))
    sample.edit(CONFIG, "      - 01-introduction/entropy.md", "      - 01-introduction/again.md\n      - 01-introduction/entropy.md")
    line = sample.edit(INDEX, "2. 困惑度：", "2. [又](again.md)：")
    sample.expect("nav", INDEX, line - 1, "次序")


# ---- front matter ----


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("status: stable", "status: stable\nauthor: 甲", 7, "不认识的键 author"),
        ("status: stable\n", "", 1, "缺 status"),
        ("description: 从", "descriptions: 从", 3, "不认识的键"),
        ("chapter: 1", "chapter: 2", 5, "第 1 章"),
        ("chapter: 1", "chapter: 一", 5, "chapter"),
        ("chapter: 1\nstatus: stable", "status: stable\nchapter: 1", 5, "次序"),
        ("status: stable", "status: done", 6, "status"),
        ("type: section", "type: page", 4, "type"),
        ("type: section", "type: appendix", 4, "section"),
        ("title: 熵", "title: [", 4, "读不懂"),
        ("title: 熵", "title: 熵: 又", 2, "读不懂"),
        ("title: 熵", "title:\t熵\n\tx: 1", 2, "读不懂"),
        ("title: 熵", "title: 熵\ntitle: 熵", 3, "重复"),
        ("labs: [toy.entropy]", "labs: toy.entropy", 7, "labs"),
        ("labs: [toy.entropy]", "labs: []", 7, "labs"),
        ("labs: [toy.entropy]", "requires: [07-nope]\nlabs: [toy.entropy]", 7, "07-nope"),
        ("labs: [toy.entropy]", "requires: [01-introduction]\nlabs: [toy.entropy]", 7, "就是本章"),
        ("labs: [toy.entropy]", "labs: [toy.entropy]\ntolerance: 2", 8, "tolerance"),
        ("labs: [toy.entropy]", "labs: [toy.entropy]\npackages: toy==1.0", 8, "packages"),
        ("labs: [toy.entropy]", "labs: [toy.entropy]\npackages: [toy]", 8, "packages"),
        ("labs: [toy.entropy]", "packages: [toy==1.0]\nlabs: [toy.entropy]", 7, "次序"),
        ("status: stable", "status: stable\n1: x", 7, "不认识的键 1"),
    ],
)
def test_front_matter(sample, old, new, line, words):
    sample.edit(ENTROPY, old, new)
    found = [p for p in sample.problems() if p.rule == "front-matter"]
    assert found and any(p.path == ENTROPY and p.line == line and words in p.message for p in found)
    assert {p.rule for p in sample.problems()} <= {"front-matter", "headings", "nav", "exercises", "numbers", "labels"}


@pytest.mark.parametrize("text", ["", "# 熵 { #entropy }\n\n正文。\n", "---\ntitle: 熵\n"])
def test_no_front_matter(sample, text):
    sample.write(ENTROPY, text)
    assert ("front-matter", ENTROPY, 1) in {(p.rule, p.path, p.line) for p in sample.problems("front-matter")}


def test_the_same_description_twice(sample):
    text = sample.book().page("01-introduction/entropy.md").document.meta["description"]
    line = sample.edit(INDEX, "一枚硬币的结果值多少比特，样书的第一章从这个问题开始，也到这个问题为止。", text)
    assert line == 3
    sample.expect("front-matter", ENTROPY, 3, "相同")


@pytest.mark.parametrize(("text", "words"), [("太短。", "长度"), ("长" * 80 + "。", "长度"), ("两句话。都很好，而且够三十个字，只是不该有两句，一句就够了，多了不算数。", "写法"), ("没有句号的一句话，也够三十个字，只是句号忘了写，所以这一页的描述不合格", "写法")])
def test_descriptions(sample, text, words):
    document = sample.book().page("01-introduction/entropy.md").document
    sample.edit(ENTROPY, str(document.meta["description"]), text)
    sample.expect("front-matter", ENTROPY, 3, words)


def test_a_long_title(sample):
    sample.edit(ENTROPY, "title: 熵", "title: " + "长" * 21)
    sample.edit(ENTROPY, "# 熵 {", "# " + "长" * 21 + " {")
    sample.edit(INDEX, "[熵](entropy.md)", "[" + "长" * 21 + "](entropy.md)")
    sample.expect("front-matter", ENTROPY, 2, "长度 21")


def test_a_page_outside_the_chapters_has_no_chapter(sample):
    sample.edit("docs/index.md", "type: front", "type: front\nchapter: 1")
    sample.expect("front-matter", "docs/index.md", 5, "没有 chapter")


def test_front_matter_of_a_lab(sample):
    line = sample.edit(LAB, "# tolerance: 0.01", "# tolerances: 0.01")
    sample.stamp()
    sample.expect_all(("front-matter", LAB, line), ("front-matter", LAB, 1))


# ---- headings ----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("## 没有 id", "没有 id"),
        ("## 中文 id { #中文 }", "不合规定"),
        ("## 大写 { #Upper }", "不合规定"),
        ("## 保留 { #references }", "不合规定"),
        ("## 重复 { #by-hand }", "用过"),
        ("#### 四级 { #four }", "超过三级"),
        ("## 公式 $x$ { #math }", "公式"),
        ("# 又一个一级 { #again }", "2 个一级标题"),
        ("下划线\n------", "下划线"),
        ("下划线\n===", "下划线"),
    ],
)
def test_headings(sample, text, words):
    line = sample.paragraph(f"{text}\n\n甲。")
    sample.expect("headings", ENTROPY, line, words)


@pytest.mark.parametrize("text", ["```python\n# 注释\n```", "<!--\n## 没有 id\n-->", "甲。\n\n---\n\n乙。", "| 甲 |\n|---|\n| 乙 |", "    # 缩进的不是标题"])
def test_what_is_not_a_heading(sample, text):
    sample.paragraph(text)
    assert sample.problems("headings") == []


def test_a_heading_that_begins_with_code(sample):
    sample.edit(ENTROPY, "title: 熵", "title: \"`H` 是熵\"")
    sample.edit(ENTROPY, "# 熵 {", "# `H` 是熵 {")
    sample.edit(INDEX, "[熵](entropy.md)", "[`H` 是熵](entropy.md)")
    assert sample.problems("headings") == []


def test_the_title_and_the_heading_differ(sample):
    sample.expect("headings", ENTROPY, sample.edit(ENTROPY, "# 熵 {", "# 信息 {"), "title")


def test_no_heading_at_all(sample):
    sample.edit(ENTROPY, "# 熵 { #entropy }\n", "")
    sample.expect("headings", ENTROPY, 1, "0 个一级标题")


def test_headings_in_labs(sample):
    line = sample.edit(LAB, "# 答案是比 0.5 小。", "# ## 没有 id")
    sample.stamp()
    sample.expect("headings", LAB, line, "没有 id")


# ---- labels ----


@pytest.mark.parametrize(
    "place", ["见{}。", "- 见{}。", "| {} | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    见{}。', "> 见{}。", "[^9]: 见{}。", "**{}**", "## 见{} {{ #x }}\n\n甲。"]
)
def test_an_unknown_label_in_every_kind_of_block(sample, place):
    text = place.format("[@eq:entropi]")
    line = sample.paragraph(text) + text.split("[@")[0].count("\n")
    assert "eq:entropy" in sample.expect("labels", ENTROPY, line, "eq:entropi").repair


def test_an_unknown_label_in_labs_captions_and_answers(sample):
    caption = sample.edit(ENTROPY, "![概率越偏，熵越小]", "![概率越偏，熵越小，见[@eq:nope]]")
    answer = sample.edit(EXERCISES, "0.811 比特。", "0.811 比特，见[@eq:nope]。")
    lab = sample.edit(LAB, "# 答案是比 0.5 小。", "# 答案是比 0.5 小，见[@eq:nope]。")
    sample.stamp()
    sample.expect_all(("labels", ENTROPY, caption), ("labels", EXERCISES, answer), ("labels", LAB, lab))


@pytest.mark.parametrize("mask", ["`[@eq:nope]`", "```text\n[@eq:nope] {#eq:x} 图 9.9\n```", "<!-- [@eq:nope] {#fig:x} 图 9.9 -->", "\\[@eq:nope\\]", "`图 9.9`"])
def test_labels_in_code_and_comments(sample, mask):
    sample.paragraph(mask)
    assert [p for p in sample.problems() if p.rule != "formulas"] == []


def test_two_unknown_labels_in_one_bracket(sample):
    line = sample.paragraph("见[@eq:nope; @fig:none]。")
    sample.expect_all(("labels", ENTROPY, line), ("labels", ENTROPY, line))


def test_a_label_twice_on_one_page(sample):
    line = sample.paragraph("$$\nx = 1\n$$ {#eq:entropy}") + 2
    sample.expect("labels", ENTROPY, line, "重复")


def test_a_label_twice_across_pages(sample):
    line = sample.append("docs/02-capabilities/index.md", "\n$$\nx = 1\n$$ {#eq:entropy}\n") + 3
    assert ENTROPY in sample.expect("labels", "docs/02-capabilities/index.md", line, "先见于").message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("甲 {#eq:x}", "位置不对"),
        ("$$\nx\n$$ {#eq:Upper}", "写法不对"),
        ("$$\nx\n$$ {#eqn:x}", "前缀"),
        ("甲 {#sec:x}", "前缀"),
    ],
)
def test_misplaced_and_misspelt_labels(sample, text, words):
    line = sample.paragraph(text) + text.count("\n")
    sample.expect("labels", ENTROPY, line, words)


def test_a_listing_label_with_another_prefix(sample):
    sample.expect("labels", ENTROPY, sample.paragraph("```text {#code:x}\n甲\n```"), "lst:")


def test_a_label_outside_the_chapters(sample):
    line = sample.append("docs/index.md", "\n$$\nx\n$$ {#eq:x}\n") + 3
    sample.expect("labels", "docs/index.md", line, "章外")


@pytest.mark.parametrize("text", ["表：没有人引用 {#tab:x}\n\n| 甲 |\n|---|\n| 乙 |"])
def test_a_table_nobody_refers_to(sample, text):
    sample.expect("labels", ENTROPY, sample.paragraph(text), "没有在正文里引用")


def test_a_figure_nobody_refers_to(sample):
    line = sample.read(ENTROPY).split("![概率")[0].count("\n") + 1
    sample.edit(ENTROPY, "，曲线见[@fig:entropy-curve]", "")
    sample.expect("labels", ENTROPY, line, "没有在正文里引用")


@pytest.mark.parametrize("text", ["如图 1.1 所示。", "见式 (1.2)。", "见表1.1。", "- 见代码 2.3。", "见练习 1.2。"])
def test_numbers_by_hand(sample, text):
    line = sample.paragraph(text)
    assert ("labels", ENTROPY, line) in {(p.rule, p.path, p.line) for p in sample.problems()}
    assert {p.rule for p in sample.problems()} <= {"labels", "prose"}


def test_numbers_of_the_cited_work_are_not_by_hand(sample):
    sample.paragraph("见 [@shannon1948mathematical, 图 1.1]。")
    sample.clean()


def test_an_unreadable_reference(sample):
    sample.expect("labels", ENTROPY, sample.paragraph("见[@sec:x]。"), "看不懂")


# ---- citations ----


def test_an_unknown_key(sample):
    line = sample.paragraph("见 [@shannon1948mathematica]。")
    assert "shannon1948mathematical" in sample.expect("citations", ENTROPY, line, "未知文献").repair


def test_an_unknown_key_in_a_lab(sample):
    line = sample.edit(LAB, "# 答案是比 0.5 小。", "# 答案是比 0.5 小 [@nope2020nothing]。")
    sample.stamp()
    sample.expect("citations", LAB, line)


EXTRA = "@misc{zipf1949human,\n  author = {Zipf},\n  title = {Human},\n  year = {1949},\n  url = {https://example.com},\n}\n"


@pytest.mark.parametrize(
    ("entry", "line", "words"),
    [
        (EXTRA, 9, "没有人引用"),
        (EXTRA.replace("zipf1949human", "zipf49"), 9, "写法"),
        (EXTRA.replace("zipf1949human", "abel1900first"), 9, "排在"),
        (EXTRA.replace("  author = {Zipf},\n", ""), 9, "缺 author"),
        (EXTRA.replace("  year = {1949},\n", "").replace("  title = {Human},\n", ""), 9, "缺 title、year"),
        (EXTRA.replace("  url = {https://example.com},\n", "  journal = {J},\n"), 9, "没有地址"),
        (EXTRA.replace("url = {https://example.com}", "doi = {10.1/x}"), 9, "没有出处"),
        (EXTRA.replace("zipf1949human", "shannon1948mathematical"), 9, "读不懂"),
    ],
)
def test_entries(sample, entry, line, words):
    sample.append(BIB, "\n" + entry)
    key = entry.split("{")[1].split(",")[0]
    if words != "没有人引用" and words != "读不懂":
        sample.paragraph(f"见 [@{key}]。")
    sample.expect("citations", BIB, line, words)


def test_a_broken_entry(sample):
    sample.append(BIB, "\n@misc{zipf1949human, title = {a\n")
    sample.expect("citations", BIB, 9, "读不懂")


@pytest.mark.parametrize("damage", ["delete", "latin1"])
def test_no_bibliography(sample, damage):
    if damage == "delete":
        sample.delete(BIB)
    else:
        (sample.root / BIB).write_bytes(b"\xff\xfe")
    found = {(p.rule, p.path) for p in sample.problems("citations")}
    assert ("citations", BIB) in found


# ---- code ----


@pytest.mark.parametrize(
    ("text", "shift", "words"),
    [
        ("```python\na = 1\nb = 2\nc = 3\nd = 4\ne = 5\n```", 0, "手写了 5 行"),
        ("```\n甲\n```", 0, "没有语言名"),
        ('```python\n--8<-- "labs/toy/nope.py:entropy"\n```', 1, "没有文件"),
        ('```python\n--8<-- "labs/toy/entropy.py:nope"\n```', 1, "没有代码段"),
        ('```python\n--8<-- labs/toy/entropy.py\n```', 1, "看不懂"),
        ('```python\na = 1\n--8<-- "labs/toy/entropy.py:entropy"\n```', 2, "看不懂"),
        ('--8<-- "labs/toy/entropy.py:entropy"', 0, "之外"),
    ],
)
def test_code_blocks(sample, text, shift, words):
    sample.expect("code", ENTROPY, sample.paragraph(text) + shift, words)


def test_code_blocks_inside_lists_and_answers(sample):
    line = sample.paragraph("- 甲：\n\n    ```python\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    e = 5\n    ```") + 2
    sample.expect("code", ENTROPY, line, "手写了 5 行")


@pytest.mark.parametrize("text", ["```python\na = 1\n\nb = 2\n\nc = 3\nd = 4\n```", "```console\n$ a\n$ b\n$ c\n$ d\n$ e\n```"])
def test_short_code_and_other_languages(sample, text):
    sample.paragraph(text)
    sample.clean()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("# --8<-- [end:entropy]\n", "", 6, "没有结尾"),
        ("# --8<-- [end:entropy]", "# --8<-- [end:entropy]\n# --8<-- [end:other]", 11, "没有开头"),
        ("# --8<-- [end:entropy]", "# --8<-- [end:entropy]\n# --8<-- [start:other]\nx = 1\n# --8<-- [end:other]", 11, "没有页面使用"),
    ],
)
def test_section_markers(sample, old, new, line, words):
    sample.edit(MODULE, old, new)
    sample.stamp()
    found = sample.problems("markers")
    assert any((p.path, p.line) == (MODULE, line) and words in p.message for p in found)


def test_an_empty_section(sample):
    sample.edit(MODULE, "# --8<-- [end:entropy]", "# --8<-- [end:entropy]\n# --8<-- [start:other]\n\n# --8<-- [end:other]")
    sample.stamp()
    line = sample.paragraph('```python\n--8<-- "labs/toy/entropy.py:other"\n```') + 1
    sample.expect("code", ENTROPY, line, "空的")


def test_a_module_that_is_not_utf8(sample):
    (sample.root / "labs/toy/latin.py").write_bytes(b"# \xff\n")
    found = {(p.rule, p.path) for p in sample.problems("markers")}
    assert found == {("markers", "labs/toy/latin.py")}


# ---- numbers ----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("测得 [=coin.nope:.2f] 比特。", "没有 nope"),
        ("测得 [=dice.x] 比特。", "没有结果文件"),
        ("测得 [=coin.entropy_biased:q] 比特。", "格式串"),
        ("测得 [=coin] 比特。", "看不懂"),
        ("测得 [=coin.entropy_biased", "看不懂"),
        ("测得 0.4690 比特。", "手打"),
        ("- 测得 0.46900 比特。", "手打"),
    ],
)
def test_numbers(sample, text, words):
    sample.expect("numbers", ENTROPY, sample.paragraph(text), words)


@pytest.mark.parametrize(
    "text", ["测得 0.469 比特。", "公式 $0.4690$ 里的。", "`0.4690`。", "别的数 0.4691。", "版本 1.0.4690 与 2026.1124。", "他报告 0.4690 比特 [@shannon1948mathematical]。", "他报告 0.4690，我们测得 [=coin.entropy_biased:.4f]。", "测得 [=coin.entropy_biased:.4f] 比特。"]
)
def test_numbers_that_are_fine(sample, text):
    sample.paragraph(text)
    sample.clean()


def test_a_number_by_hand_may_be_exempted(sample):
    sample.paragraph("算得 0.4690 比特。 <!-- numbers: ok 上面刚手算过 -->")
    sample.clean()


def test_only_sections_are_searched_for_typed_numbers(sample):
    sample.edit(EXERCISES, "0.811 比特。", "0.4690 比特。")
    sample.clean()


def test_typed_numbers_are_found_inside_lists_of_results(sample):
    sample.write(DATA, '{"values": {"entropy_biased": 0.468996, "curve": [1.5, {"last": 12345.678}]}}')
    line = sample.paragraph("曲线到 12,345.68 为止。")
    assert "[=coin.curve.1.last:.2f]" in sample.expect("numbers", ENTROPY, line).repair


def test_typed_numbers_of_other_chapters_are_fine(sample):
    sample.append("docs/02-capabilities/index.md", "\n又见 0.4690。\n")
    sample.clean()


@pytest.mark.parametrize("text", ["", "[]", '{"value": {}}', "{"])
def test_a_broken_result_file(sample, text):
    sample.write(DATA, text)
    assert ("numbers", DATA, 1) in {(p.rule, p.path, p.line) for p in sample.problems()}


def test_two_result_files_of_one_name(sample):
    sample.write("docs/02-capabilities/data/coin.json", sample.read(DATA))
    sample.expect("numbers", "docs/02-capabilities/data/coin.json", 1, "重名")


# ---- directives ----


@pytest.mark.parametrize("text", ["<!-- book:nope -->", "<!-- book: references -->", "<!-- book:Labs -->"])
def test_unknown_directives(sample, text):
    sample.expect("directives", ENTROPY, sample.paragraph(text), "不认识")


@pytest.mark.parametrize("text", ["`<!-- book:nope -->`", "```html\n<!-- book:nope -->\n```", "<!-- 说明：book:nope -->"])
def test_what_is_not_a_directive(sample, text):
    sample.paragraph(text)
    sample.clean()


# ---- formulas ----


@pytest.mark.parametrize("place", ["算 $\\nope$。", "- 算 $\\nope$。", "| $\\nope$ | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    算 $\\nope$。', "[^9]: 算 $\\nope$。"])
def test_a_formula_katex_cannot_set(sample, place):
    line = sample.paragraph(place) + place.split("$")[0].count("\n")
    sample.expect("formulas", ENTROPY, line, "nope")


def test_a_display_formula_names_its_first_line(sample):
    sample.expect("formulas", ENTROPY, sample.paragraph("$$\n\\frac{1}{\n$$") + 1)


def test_a_display_formula_needs_a_blank_line(sample):
    sample.expect("formulas", ENTROPY, sample.paragraph("文字\n$$\nx\n$$") + 1, "紧跟")


def test_half_a_display_formula(sample):
    line = sample.append("docs/02-capabilities/index.md", "\n$$\nx = 1\n") + 1
    sample.expect("formulas", "docs/02-capabilities/index.md", line, "没被认出")


def test_latex_outside_math(sample):
    sample.expect("formulas", ENTROPY, sample.paragraph("\\begin{aligned}"), "没被认出")


@pytest.mark.parametrize("name", ["align", "gather", "equation"])
def test_environments_that_number_themselves(sample, name):
    line = sample.paragraph(f"$$\n\\begin{{{name}}}x\\end{{{name}}}\n$$") + 1
    sample.expect("formulas", ENTROPY, line, "自己编号")


def test_katex_that_cannot_be_installed_is_a_problem(sample, monkeypatch):
    problem = Problem("scripts/katex", 1, "formulas", "找不到 node", "装上")

    def fail(book):
        raise BookError([problem])

    monkeypatch.setattr(formulas, "renderer", fail)
    assert sample.problems("formulas") == [problem]


def test_during_a_build_the_renderer_of_the_session_is_used(sample, monkeypatch):
    own = formulas.renderer(sample.book())
    monkeypatch.setattr(session, "_current", session.Session(sample.root, sample.book(), own))
    assert formulas.renderer(sample.book()) is own
    monkeypatch.setattr(session, "_current", session.Session(sample.root / "docs", sample.book(), None))
    assert formulas.renderer(sample.book()) is own


@pytest.mark.parametrize("mask", ["`$\\nope$`", "```text\n$\\nope$ $$\n```", "<!-- $\\nope$ $$ -->"])
def test_formulas_in_code(sample, mask):
    sample.paragraph(mask)
    sample.clean()


# ---- exercises ----


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("level=基础 ", "", "难度"),
        ("level=基础", "level=简单", "难度"),
        ("minutes=5 ", "", "时间"),
        ("minutes=5", "minutes=五", "时间"),
        ("objective=1 }", "objective=3 }", "目标"),
        (" objective=1 }", " }", "目标"),
        ("level=基础", "level=基础 author=甲", "author"),
    ],
)
def test_exercise_attributes(sample, old, new, words):
    sample.expect("exercises", EXERCISES, sample.edit(EXERCISES, old, new), words)


def test_an_exercise_without_an_answer(sample):
    sample.edit(EXERCISES, '??? answer "答案"\n    0.811 比特。\n\n', "")
    sample.expect("exercises", EXERCISES, 10, "折叠的答案")


def test_a_program_without_a_skeleton(sample):
    line = sample.edit(EXERCISES, "program=01/entropy", "program=01/nope")
    sample.expect("exercises", EXERCISES, line, "没有骨架")


def test_every_objective_of_a_stable_chapter_is_tested(sample):
    sample.edit(INDEX, "status: draft", "status: stable")
    sample.clean()
    sample.edit(EXERCISES, "objective=1,2", "objective=1")
    sample.expect("exercises", INDEX, 1, "目标 2")


def test_exercises_may_fill_two_pages(sample):
    more = "docs/01-introduction/exercises-more.md"
    front = "---\ntitle: 练习（续）\ndescription: 一页装不下的练习分出第二页，规则与第一页相同，目标也算在一起检验。\ntype: exercises\nchapter: 1\nstatus: draft\n---\n"
    body = '# 练习（续） { #exercises-more }\n\n### 再抛一次 { #ex:again level=基础 minutes=5 objective=2 }\n\n抛两次，熵加倍吗？\n\n??? answer "答案"\n    独立时加倍。\n'
    sample.write(more, front + body)
    sample.edit(CONFIG, "      - 01-introduction/exercises.md", "      - 01-introduction/exercises.md\n      - 01-introduction/exercises-more.md")
    sample.edit(INDEX, "status: draft", "status: stable")
    sample.edit(EXERCISES, "objective=1,2", "objective=1")
    sample.clean()


@pytest.mark.parametrize(("old", "new", "shift", "words"), [("- [x]", "- [ ]", 0, "0 个正确"), ("- [ ] 正面概率为 1", "- [x] 正面概率为 1", 0, "2 个正确"), ("  两个结果一样难猜。\n", "", 4, "没有解释")])
def test_quizzes(sample, old, new, shift, words):
    sample.edit(EXERCISES, old, new)
    line = sample.read(EXERCISES).split("### 熵何时最大")[0].count("\n") + 1
    sample.expect("exercises", EXERCISES, line + shift, words)
