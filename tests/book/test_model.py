"""一本书：页的次序、网址、节号、标签、引用、文献、地图；坏配置不抛异常。"""

import subprocess

import pytest
from book.model import CHAPTERS, Book, Label, Page, load_config, nav_pages, page_references, relative_url
from book.source import Document
from builds import SVG, page_of, write


def document(text: str, path: str = "docs/01-introduction/a.md") -> Document:
    return Document(path, text, is_lab=path.endswith(".py"))


# 网址


@pytest.mark.parametrize(("source", "site_path", "url", "folder", "chapter"), [
    ("docs/index.md", "index.md", "", "", None),
    ("docs/07-architecture/index.md", "07-architecture/index.md", "07-architecture/", "07-architecture", 7),
    ("docs/07-architecture/attention.md", "07-architecture/attention.md", "07-architecture/attention/", "07-architecture", 7),
    ("docs/13-environment/lab-co2.py", "13-environment/lab-co2.ipynb", "13-environment/lab-co2/", "13-environment", 13),
    ("docs/appendix/glossary.md", "appendix/glossary.md", "appendix/glossary/", "", None),
    ("docs/07-architecture/re-index.md", "07-architecture/re-index.md", "07-architecture/re-index/", "07-architecture", 7),
])  # fmt: skip
def test_paths_of_a_page(source, site_path, url, folder, chapter):
    page = Page(source, document("", source))
    assert (page.site_path, page.url, page.folder, page.chapter) == (site_path, url, folder, chapter)


@pytest.mark.parametrize(("target", "base", "expected"), [
    ("a/b/", "a/c/", "../b/"), ("a/", "a/c/", "../"), ("a/c/", "a/", "c/"), ("", "a/c/", "../../"), ("a/", "", "a/"), ("", "", "./"), ("a/b/", "a/b/", "./"),
    ("x/y/", "a/b/c/", "../../../x/y/"), ("ab/", "a/", "../ab/"), ("assets/x.js", "a/b/", "../../assets/x.js"),
])  # fmt: skip
def test_relative_addresses(target, base, expected):
    assert relative_url(target, base) == expected


def test_thirteen_chapters_in_order():
    assert [int(name[:2]) for name in CHAPTERS] == list(range(1, 14))


# 导航与页


def test_pages_come_in_the_order_of_the_navigation_and_strays_last(tmp_path):
    write(tmp_path, {"docs/02-capabilities/b.md": "x", "docs/01-introduction/a.md": "x", "docs/index.md": "x"})
    (tmp_path / "docs/01-introduction/stray.md").write_text("x", "utf-8")
    (tmp_path / "docs/01-introduction/lab-stray.py").write_text("x", "utf-8")
    (tmp_path / "docs/01-introduction/notalab.py").write_text("x", "utf-8")
    book = Book.load(tmp_path)
    assert [page.source for page in book.pages] == [
        "docs/02-capabilities/b.md", "docs/01-introduction/a.md", "docs/index.md",
        "docs/01-introduction/lab-stray.py", "docs/01-introduction/stray.md",
    ]  # fmt: skip
    assert [page.site_path for page in book.numbered_pages] == book.nav == ["02-capabilities/b.md", "01-introduction/a.md", "index.md"]


def test_pages_of_the_navigation_that_do_not_exist_are_there_with_a_problem(tmp_path):
    book = write(tmp_path, {"docs/index.md": "x"})
    (tmp_path / "mkdocs.yml").write_text("nav:\n  - index.md\n  - 无: 01-introduction/no.md\n  - 01-introduction/lab-no.ipynb\n", "utf-8")
    book = Book.load(tmp_path)
    missing = [page for page in book.pages if page.document.problems]
    assert [page.source for page in missing] == ["docs/01-introduction/no.md", "docs/01-introduction/lab-no.py"]
    assert missing[0].title == "无" and missing[0].document.text == ""


def test_the_navigation_is_flattened_with_its_titles():
    nav = ["a.md", {"甲": "b.md"}, {"章": ["c.md", {"乙": "d.md"}, {"组": [{"丙": "e.md"}]}]}, {"空": None}, 3]
    assert list(nav_pages(nav)) == [("", "a.md"), ("甲", "b.md"), ("", "c.md"), ("乙", "d.md"), ("丙", "e.md")]


@pytest.mark.parametrize(("text", "line"), [("nav: [\n", 2), ("a: 1\n  b: 2\n", 2)])
def test_a_broken_configuration_is_a_problem_not_a_crash(tmp_path, text, line):
    (tmp_path / "mkdocs.yml").write_text(text, "utf-8")
    book = Book.load(tmp_path)
    assert [(p.path, p.line, p.rule) for p in book.problems] == [("mkdocs.yml", line, "nav")]
    assert book.pages == []


def test_a_missing_or_odd_configuration(tmp_path):
    problems = []
    assert load_config(tmp_path, problems) == {} and len(problems) == 1
    (tmp_path / "mkdocs.yml").write_text("- 1\n", "utf-8")
    assert load_config(tmp_path, problems) == {}


def test_tags_of_mkdocs_are_read_past(tmp_path):
    text = 'site_url: !ENV [SITE_URL, ""]\nx: !!python/object/apply:os.system ["echo 1"]\nrepo_url: https://e.org/r/\nnav: [index.md]\n'
    (tmp_path / "mkdocs.yml").write_text(text, "utf-8")
    book = Book.load(tmp_path)
    assert book.problems == [] and book.repository == "https://e.org/r" and book.nav == ["index.md"]


# 地图与节号


MAP = """---
title: 章
type: chapter
---
# 章 { #c }

## 地图 { #map }

1. [甲](a.md)：一
2. 乙：二
3. 丙:三
7. [丁](d.md)：四
   - [戊](e.md)：不算

```text
8. [己](f.md)
```

## 后 { #after }

1. [庚](g.md)
"""


def test_the_map_gives_the_section_numbers(tmp_path):
    pages = {f"docs/03-harms-bias/{name}.md": f"---\ntitle: {name}\ntype: section\n---\n# {name} {{ #x }}\n" for name in "adeg"}
    book = write(tmp_path, {"docs/03-harms-bias/index.md": MAP, **pages})
    assert book.chapter_map("03-harms-bias") == [
        (1, 9, "甲", "03-harms-bias/a.md"), (2, 10, "乙", ""), (3, 11, "丙", ""), (4, 12, "丁", "03-harms-bias/d.md"),
    ]  # fmt: skip
    assert [page.numbered_title for page in book.pages] == ["第 3 章 章", "3.1 a", "3.4 d", "e", "g"]
    assert book.chapter_map("04-harms-toxicity") == []


def test_a_chapter_without_map(tmp_path):
    book = write(tmp_path, {"docs/03-harms-bias/index.md": "---\ntype: chapter\n---\n# 章 { #c }\n"})
    assert book.chapter_map("03-harms-bias") == []


# 标签


def test_the_first_of_two_equal_labels_counts(tmp_path):
    body = "$$\nx\n$$ {#eq:x}\n"
    book = write(tmp_path, {"docs/01-introduction/a.md": body, "docs/01-introduction/b.md": body})
    assert len(book.all_labels) == 2
    assert book.labels["eq:x"].page == "01-introduction/a.md" and book.labels["eq:x"].line == 3


def test_every_kind_of_label_with_its_line_and_text(tmp_path):
    body = (
        '![图 [@eq:e] 注](figures/x.svg){#fig:f alt="一"}\n\n表：表 题 {#tab:t}\n\n|a|\n|-|\n\n### 题 目 { #ex:x level=基础 }\n\n'
        '```python {#lst:l caption="代 码"}\nx\n```\n\n$$\nx\n$$ {#eq:e}\n\n```text\n$$ {#eq:no}\n```\n\n`{#eq:no}` <!-- {#eq:no} -->\n'
    )
    book = write(tmp_path, {"docs/01-introduction/a.md": body, "docs/01-introduction/figures/x.svg": SVG})
    assert [(label.name, label.line, label.text, label.title) for label in book.all_labels] == [
        ("fig:f", 1, "图 [@eq:e] 注", "图 1.1"), ("tab:t", 3, "表 题", "表 1.1"), ("ex:x", 8, "题 目", "练习 1.1"),
        ("lst:l", 10, "代 码", "代码 1.1"), ("eq:e", 16, "", "式 (1.1)"),
    ]  # fmt: skip


def test_labels_of_pages_outside_the_navigation_are_not_numbered(tmp_path):
    write(tmp_path, {"docs/index.md": "x"})
    (tmp_path / "docs/01-introduction").mkdir()
    (tmp_path / "docs/01-introduction/a.md").write_text("$$\nx\n$$ {#eq:x}\n", "utf-8")
    assert Book.load(tmp_path).labels == {}


def test_numbers_past_nine_are_plain():
    assert Label("eq:x", "eq", "7.10", "a.md", 1).title == "式 (7.10)"


# 引用


@pytest.mark.parametrize(("text", "expected"), [
    ("[@eq:a]", [("eq:a", "")]),
    ("[@k2020a, 表 2]", [("k2020a", "表 2")]),
    ("[@k2020a，第 3 节, 图 1]", [("k2020a", "第 3 节, 图 1")]),
    ("[@a; @b；@eq:c, 左]", [("a", ""), ("b", ""), ("eq:c", "左")]),
    ("[@a b]", [("@a b", "")]),
    ("[@a; b]", [("@a; b".split("; ")[0][1:], ""), ("b", "")]),
    ("[x](@a) [@a](b) \\[@a] `[@a]` user@a.b", []),
    ("[@a-b.c:d_e]", [("a-b.c:d_e", "")]),
])  # fmt: skip
def test_references_are_read(text, expected):
    assert [(r.key, r.where) for r in page_references(document(text))] == expected


def test_references_know_their_lines_in_pages_and_labs():
    assert [r.line for r in page_references(document("---\ntitle: x\n---\n[@a]\n\n\n[@b]\n"))] == [4, 7]
    lab = "# ---\n# title: x\n# ---\n\n# %% [markdown]\n# [@a]\n\n# %%\nx = '[@no]'\n\n# %% [markdown]\n# 文\n# [@b]\n"
    assert [(r.key, r.line) for r in page_references(document(lab, "docs/01-introduction/lab-a.py"))] == [("a", 6), ("b", 13)]


def test_citations_list_each_page_once_in_order(tmp_path):
    book = write(tmp_path, {"docs/02-capabilities/a.md": "[@k] [@k] [@eq:x]", "docs/01-introduction/a.md": "[@j; @k]"})
    assert book.citations == {"k": ["02-capabilities/a.md", "01-introduction/a.md"], "j": ["01-introduction/a.md"]}


# 其余


@pytest.mark.parametrize(
    ("text", "minutes"), [("", 1), ("字" * 700, 2), ("字" * 525 + "$$\nx\n$$\n\n" * 3, 2), ("```text\n" + "字" * 3500 + "\n```\n", 1)]
)
def test_reading_time(text, minutes):
    assert Page("docs/index.md", document(text)).reading_minutes == minutes


def test_terms_come_from_the_glossary(tmp_path):
    text = "# 术语 { #g }\n\n### 熵（entropy，H） { #entropy }\n\n一句\n两行。\n不写：信息熵、 混乱度 。\n\n## 段 { #s }\n\n### 词元 { #token }\n\n最小的\n单位。\n"
    book = write(tmp_path, {"docs/appendix/glossary.md": text})
    assert [(t.id, t.line, t.name, t.english, t.meaning, t.avoid) for t in book.terms] == [
        ("entropy", 3, "熵", "entropy，H", "一句两行。", ("信息熵", "混乱度")), ("token", 11, "词元", "", "最小的单位。", ()),
    ]  # fmt: skip
    assert write(tmp_path / "b", {"docs/index.md": "x"}).terms == []


def test_dates_come_from_git_or_are_absent(tmp_path):
    book = write(tmp_path, {"docs/index.md": "x", "docs/01-introduction/中.md": "x"})
    assert book.dates == {}

    def git(*arguments: str, date: str = "2026-01-02T00:00:00") -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@e.org", *arguments]
        environment = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path)}
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "一")
    (tmp_path / "docs/index.md").write_text("y", "utf-8")
    git("commit", "-q", "-am", "二", date="2026-03-04T00:00:00")
    assert Book.load(tmp_path).dates == {"docs/index.md": "2026-03-04", "docs/01-introduction/中.md": "2026-01-02"}


def test_a_page_is_found_by_its_path(tmp_path):
    book = write(tmp_path, {"docs/index.md": "---\ntitle: 前\n---\n"})
    assert page_of(book, "index.md").title == "前" and book.page("no.md") is None
