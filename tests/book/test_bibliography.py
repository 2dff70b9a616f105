"""文献库：读入、作者、地址、出处、转义；坏条目成为问题。"""

import pytest
from book import bibliography
from book.bibliography import Entry, clean


def entry(**fields: str) -> Entry:
    return Entry("k", 1, "article", fields)


@pytest.mark.parametrize(("raw", "shown"), [
    ("Shannon, Claude E.", "Claude E. Shannon"),
    ("Claude Shannon and Weaver, Warren", "Claude Shannon, Warren Weaver"),
    ("A, B and C, D and\n  E, F", "B A, D C, F E"),
    ("A, B and C, D and E, F and G, H", "B A, D C, F E et al."),
    ("A, B and others", "B A et al."),
    ("{OpenAI}", "OpenAI"),
    ('M{\\"u}ller, J{\\\'e}r{\\^o}me and \\v{C}ech, \\c{C}a', "Jérôme Müller, Ça Čech"),
    ("张 三 and 李四", "张 三, 李四"),
    ("", ""),
])  # fmt: skip
def test_authors(raw, shown):
    assert entry(author=raw).authors == shown


@pytest.mark.parametrize(("fields", "url"), [
    ({"doi": "10.1/x", "url": "https://e.org"}, "https://doi.org/10.1/x"),
    ({"eprint": "1706.03762", "archiveprefix": "arXiv", "url": "https://e.org"}, "https://arxiv.org/abs/1706.03762"),
    ({"eprint": "1706.03762"}, ""),
    ({"url": "https://e.org/a"}, "https://e.org/a"),
])  # fmt: skip
def test_addresses(fields, url):
    assert entry(**fields).url == url


@pytest.mark.parametrize(("fields", "venue"), [
    ({"booktitle": "{ACL}", "publisher": "P"}, "ACL"), ({"publisher": "P"}, "P"), ({"eprint": "1.2"}, "arXiv:1.2"), ({"howpublished": "Blog"}, "Blog"), ({}, ""),
])  # fmt: skip
def test_venues(fields, venue):
    assert entry(**fields).venue == venue


@pytest.mark.parametrize(("raw", "shown"), [
    ("{The {BERT}\n  Model}", "The BERT Model"), ("A \\& B, 5\\%, a\\_b", "A & B, 5%, a_b"), ("1--2", "1–2"),
])  # fmt: skip
def test_clean(raw, shown):
    assert clean(raw) == shown


def test_one_entry_as_text_and_as_html():
    item = entry(author="A, B", title='{X} < "Y" \\& Z.', journal="J & K", year="2020", url='https://e.org/?a="1"&b')
    assert item.plain == 'B A. X < "Y" & Z. J & K. 2020'
    assert item.as_html == (
        'B A. <a href="https://e.org/?a=&quot;1&quot;&amp;b"><cite>X &lt; &quot;Y&quot; &amp; Z.</cite></a>. J &amp; K, 2020.'
    )


def load(tmp_path, text: str):
    (tmp_path / "docs").mkdir(exist_ok=True)
    (tmp_path / "docs/references.bib").write_bytes(text.encode())
    return bibliography.load(tmp_path)


def test_entries_with_their_lines(tmp_path):
    text = (
        "\ufeff@article{a2019x,\r\n  Title = {T},\r\n  archivePrefix = {arXiv},\r\n eprint={1.2},\r\n}\r\n\r\n@misc{b2020y, title={U}}\r\n"
    )
    entries, problems = load(tmp_path, text)
    assert not problems
    assert {key: (e.line, e.kind) for key, e in entries.items()} == {"a2019x": (1, "article"), "b2020y": (7, "misc")}
    assert entries["a2019x"].url == "https://arxiv.org/abs/1.2"


@pytest.mark.parametrize("text", [
    "@article{a2019x, title={T}}\n\n@article{a2019x, title={U}}\n",
    "@article{a2019x, title={T}}\n\n@article{b2020y, title={U\n",
])  # fmt: skip
def test_broken_entries_are_problems(tmp_path, text):
    entries, problems = load(tmp_path, text)
    assert "a2019x" in entries
    assert [(p.path, p.line, p.rule) for p in problems] == [("docs/references.bib", 3, "citations")]


def test_a_missing_library_is_a_problem(tmp_path):
    entries, problems = bibliography.load(tmp_path)
    assert entries == {} and "没有文献库" in problems[0].message
