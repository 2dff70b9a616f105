"""读源文件的不变量，用随机文本试：各层等长、换行不变、行号可信，什么文本都不会出错。"""

from book.checks.layers import exemptions, lintable, paragraphs
from book.checks.typography import edits, settle
from book.model import page_labels, page_references
from book.source import Document, lab_to_markdown, scan_fences
from hypothesis import example, given, settings
from hypothesis import strategies as st

PIECES = [
    "甲", "乙丙。", "GPT", " ", "  ", "\n", "\n\n", "\t", "`", "``", "```", "````", "~~~", "```python", "$", "$$", "$x$", "\\$", "<!--", "-->",
    "<!-- prose: ok 因为 -->", "[@eq:x]", "[@a2020b, 表 1]", "{#eq:x}", "{ #id }", "## 题 { #x }", "# ", "- ", "- [x] ", "1. ", "> ", "| a | b |", "|---|",
    "[=a.b:.2f]", "[^1]", "[^1]: ", "![图](f.svg){#fig:x alt=\"甲\"}", "[链](a.md#b)", "<book-x title=\"甲\">", "</book-x>", "https://a.b/c", "---", "---\n",
    "!!! note \"题\"", "??? answer \"答\"", "    ", "# %%\n", "# %% [markdown]\n", "# ---\n", "#", "“", "”", "（", "）", "，", ",", "——", "\u3000", "\ufeff", "\r\n", "🎉",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
FAST = settings(max_examples=120, deadline=None)


def shape(text):
    """每行的长度。"""
    return [len(line) for line in text.split("\n")]


@FAST
@given(TEXT, st.booleans())
@example("---\ntitle: 甲\n---\n`a\nb`", False)
def test_every_layer_has_the_same_shape(text, is_lab):
    document = Document("x", text.replace("\r\n", "\n"), is_lab)
    wanted = shape(document.text)
    for layer in (document.body, document.without_fences, document.masked, document.prose, lintable(document)):
        assert shape(layer) == wanted
    assert len(document.masked) == len(document.text)


@FAST
@given(TEXT, st.booleans())
def test_masking_only_removes(text, is_lab):
    document = Document("x", text.replace("\r\n", "\n"), is_lab)
    for layer in (document.body, document.without_fences, document.masked, document.prose):
        assert all(new in (old, " ") for new, old in zip(layer, document.text, strict=True))


@FAST
@given(TEXT)
@example("# ---\n# %%")
@example("# %%\n\n\n")
def test_labs_keep_their_lines(text):
    out, errors, closings = lab_to_markdown(text)
    count = text.count("\n") + 1
    assert out.count("\n") + 1 == count
    assert all(1 <= line <= count for line in closings) and closings == sorted(closings)
    assert all(1 <= int(error.split(":")[0]) <= count for error in errors)


@FAST
@given(TEXT)
def test_fences_are_ordered_and_do_not_overlap(text):
    fences, unclosed = scan_fences(text)
    edges = [edge for fence in fences for edge in (fence.start, fence.end)] + ([unclosed] if unclosed else [])
    assert edges == sorted(set(edges))
    assert all(fence.content.count("\n") + 1 >= fence.end - fence.start - 1 for fence in fences)


@FAST
@given(TEXT, st.booleans())
def test_line_numbers_lie_inside_the_file(text, is_lab):
    document = Document("x", text.replace("\r\n", "\n"), is_lab)
    count = document.raw.count("\n") + 1
    lines = [heading.line for heading in document.headings] + [line for line, _, _ in document.formulas]
    lines += [line for line, _ in document.comments] + [line for line, _, _ in page_labels(document)]
    lines += [reference.line for reference in page_references(document)] + list(exemptions(document, "prose"))
    lines += [line for paragraph in paragraphs(lintable(document)) for line, _ in paragraph.lines]
    lines += [line for line, _ in document.meta_errors] + list(document.meta_lines.values())
    assert all(1 <= line <= count for line in lines)


@FAST
@given(TEXT)
def test_paragraphs_are_in_order_and_share_no_line(text):
    lines = [line for paragraph in paragraphs(text.replace("\r\n", "\n")) for line, _ in paragraph.lines]
    assert lines == sorted(set(lines))


@FAST
@given(st.lists(st.sampled_from([piece for piece in PIECES if "\n" not in piece]), max_size=20).map("".join))
def test_corrections_do_not_overlap_and_are_final(line):
    text = lintable(Document("x.md", line)).rstrip()
    changes = edits(text)
    assert all(a[1] <= b[0] for a, b in zip(changes, changes[1:], strict=False))
    assert len(settle(line, text)) == len(line) + sum(len(new) - (b - a) for a, b, new in changes) or changes
    assert settle(settle(line, text), lintable(Document("x.md", settle(line, text)))) == settle(line, text)
