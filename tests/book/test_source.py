"""读一个源文件：front matter、三层文本、围栏、标题、公式；坏文件成为问题，行号总是对的。"""

import pytest
from book.source import Document, parse_attrs, scan_fences


def doc(text: str) -> Document:
    return Document("docs/index.md", text)


# 读文件


@pytest.mark.parametrize(("data", "text", "bom", "crlf"), [
    ("甲\n".encode(), "甲\n", False, False),
    (b"\xef\xbb\xbf" + "甲\n".encode(), "甲\n", True, False),
    ("甲\r\n乙\r\n".encode(), "甲\n乙\n", False, True),
    (b"a\rb", "a\nb", False, True),
    (b"", "", False, False),
])  # fmt: skip
def test_bytes_become_text(tmp_path, data, text, bom, crlf):
    (tmp_path / "a.md").write_bytes(data)
    document = Document.read(tmp_path, "a.md")
    assert (document.text, document.bom, document.crlf, document.problems) == (text, bom, crlf, [])


def test_what_cannot_be_read_is_a_problem(tmp_path):
    (tmp_path / "gbk.md").write_bytes(b"a\n\nb \xc4\xe3\n")
    (tmp_path / "dir.md").mkdir()
    assert [(p.line, p.message) for p in Document.read(tmp_path, "gbk.md").problems] == [(3, "不是 UTF-8 编码")]
    assert Document.read(tmp_path, "no.md").problems[0].line == 1
    assert Document.read(tmp_path, "dir.md").problems
    assert Document.read(tmp_path, "gbk.md").text == ""


# front matter


def test_front_matter_with_the_line_of_each_key():
    document = doc("---\ntitle: 甲\n\ndescription: >\n  长\ntype: lab\n---\n# 甲\n")
    assert document.meta == {"title": "甲", "description": "长\n", "type": "lab"}
    assert document.meta_lines == {"title": 2, "description": 4, "type": 6}
    assert document.front_matter_end == 7
    assert document.body.split("\n")[7] == "# 甲" and not document.body[: document.body.index("#")].strip()
    assert len(document.body) == len(document.text)


@pytest.mark.parametrize(("text", "line"), [
    ("---\ntitle: a: b\n---\n", 2), ("---\ntitle: 甲\nlabs: [x\n---\n", 3), ("---\n- a\n---\n", 2), ("---\na: 1\nb: 2\na: 3\n---\n", 4), ("---\nv: 2026-02-30\n---\n", 2),
])  # fmt: skip
def test_broken_front_matter(text, line):
    assert [number for number, _ in doc(text).meta_errors] == [line]


@pytest.mark.parametrize("text", ["", "# 甲\n", "\n---\na: 1\n---\n", "---\ntitle: 半截\n", "--- a\n---\n"])
def test_no_front_matter(text):
    document = doc(text)
    assert document.front_matter_end == 0 and document.meta == {} and document.meta_errors == [] and document.body == text


# 三层文本


LAYERS = """---
title: 甲
---
文 `码` <!-- 注
{#eq:no} --> $x$ 文

```python {#lst:x}
# 码 $y$
```

[链](http://a.b) <b title="t">粗</b> ![图](f.svg){#fig:x alt="替"} https://e.org/x

$$
z
$$ {#eq:x}
"""


def test_the_layers_have_equal_shape():
    document = doc(LAYERS)
    lines = [
        [len(line) for line in layer.split("\n")]
        for layer in (document.text, document.body, document.without_fences, document.masked, document.prose)
    ]
    assert all(shape == lines[0] for shape in lines)


def test_what_each_layer_keeps():
    document = doc(LAYERS)
    assert "码" not in document.masked and "注" not in document.masked and "eq:no" not in document.masked
    assert "{#eq:x}" in document.masked and "$x$" in document.masked and 'alt="替"' in document.masked
    assert "".join(document.prose.split()) == "文文[链]粗![图]"
    assert "`码`" in document.without_fences and "注" in document.without_fences and "lst:x" not in document.without_fences
    assert document.comments == [(4, "注\n{#eq:no}")]


@pytest.mark.parametrize(("text", "kept"), [
    ("``a`b`` 后", "后"), ("`a\nb` 后", "后"), ("`a\n\nb` 后", "`a b` 后"), ("`` ` `` 后", "后"), ("`a`` 后", "`a`` 后"), ("`<!-- a -->` 后", "后"),
    ("<!-- `a --> 后 ` 再", "后 ` 再"), ("<!-- a 后", "<!-- a 后"),
])  # fmt: skip
def test_inline_code_and_comments(text, kept):
    assert " ".join(doc(text).masked.split()) == kept


# 围栏


@pytest.mark.parametrize(("text", "found"), [
    ("```\na\n```\n", [(1, 3, "", "a")]),
    ("~~~python\n```\n~~~\n", [(1, 3, "python", "```")]),
    ("````python\n```\n````\n", [(1, 3, "python", "```")]),
    ("- 项\n\n    ```text\n    a\n    ```\n", [(3, 5, "text", "    a")]),
    ("> ```text\n> a\n> ```\n", [(1, 3, "text", "> a")]),
    ('```{.python title="x"}\n\n```\n', [(1, 3, "python", "")]),
    ("```python {#lst:x}\na\n\nb\n`````\n", [(1, 5, "python", "a\n\nb")]),
    ("```{#lst:x}\na\n```\n", [(1, 3, "", "a")]),
    ("`` `a` ``\n", []),
])  # fmt: skip
def test_fences(text, found):
    fences, unclosed = scan_fences(text)
    assert [(f.start, f.end, f.language, f.content) for f in fences] == found and unclosed is None


def test_an_unclosed_fence_hides_the_rest_and_is_named():
    document = doc("甲\n\n```text\na\n```\n\n```python\n# 标题 { #x }\n$x$\n")
    assert document.unclosed_fence == 7 and len(document.fences) == 1
    assert document.headings == [] and document.formulas == []


# 标题与公式


def test_headings():
    document = doc(
        "# `a` 与 b { #top }\n\n## 甲 {#x level=1}\n\n### 乙 #\n\n####无空格\n\n```text\n# 码\n```\n\n<!-- # 注 -->\n\n#### 深 { #d }\n"
    )
    assert [(h.line, h.level, h.title, h.id, h.attrs) for h in document.headings] == [
        (1, 1, "`a` 与 b", "top", {}), (3, 2, "甲", "x", {"level": "1"}), (5, 3, "乙", "", {}), (15, 4, "深", "d", {}),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), [
    ("$x$ 与 $y_1$", [(1, "x", False), (1, "y_1", False)]),
    ("甲\n\n$$\n a \n= b\n$$ {#eq:x}\n", [(4, "a \n= b", True)]),
    ("$$ x $$", [(1, "x", True)]),
    ("$5 和 $6", []),
    ("\\$x\\$ 与 $a\\$b$", [(1, "a\\$b", False)]),
    ("`$x$`\n\n```text\n$$\ny\n$$\n```\n", []),
    ("$x$5", []),
    ("| $a$ | $b|c$ |", [(1, "a", False), (1, "b|c", False)]),
])  # fmt: skip
def test_formulas(text, found):
    assert doc(text).formulas == found


def test_a_formula_with_code_in_it_is_read_from_the_source():
    assert doc("$\\text{`a`}$").formulas == [(1, "\\text{`a`}", False)]


@pytest.mark.parametrize(("text", "ident", "attrs"), [
    ("#x", "x", {}), (" #ex:a level=基础 minutes=5 ", "ex:a", {"level": "基础", "minutes": "5"}), ('python {#lst:x caption="a = b, c"}', "lst:x", {"caption": "a = b, c"}),
    ('#fig:x alt="" width=3', "fig:x", {"alt": "", "width": "3"}), ("python", "", {}), ("c#", "", {}), ("objective=1,3", "", {"objective": "1,3"}),
])  # fmt: skip
def test_attributes(text, ident, attrs):
    assert parse_attrs(text) == (ident, attrs)


def test_line_of_a_position():
    document = doc("a\nb\n\nc")
    assert [document.line_at(offset) for offset in (0, 1, 2, 4, 5)] == [1, 1, 2, 3, 4]
