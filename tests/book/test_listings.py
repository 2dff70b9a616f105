"""代码段：按名字取，去缩进，去掉内层标记；取不到时说清楚。"""

import pytest
from book import listings

FILE = """\
\"\"\"模块。\"\"\"


# --8<-- [start:outer]
class Toy:
    # --8<-- [start:inner]
    def f(self):
        # --8<-- [start:deep]
        return 1

        # --8<-- [end:deep]

    # --8<-- [end:inner]
# --8<-- [end:outer]
# --8<-- [start:empty]

# --8<-- [end:empty]
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/toy.py").write_text(FILE, "utf-8")
    return tmp_path


@pytest.mark.parametrize(("name", "text", "lines"), [
    ("outer", "class Toy:\n    def f(self):\n        return 1", (5, 13)),
    ("inner", "def f(self):\n    return 1", (7, 12)),
    ("deep", "return 1", (9, 10)),
])  # fmt: skip
def test_a_section_is_dedented_without_markers(root, name, text, lines):
    section = listings.section(root, "labs/toy.py", name)
    assert section.text == text
    assert (section.start, section.end) == lines
    assert FILE.split("\n")[section.start - 1].strip() == text.split("\n")[0]


def test_the_whole_file_without_markers(root):
    section = listings.section(root, "labs/toy.py", None)
    assert "8<" not in section.text and section.text.startswith('"""模块。"""') and section.start == 1


@pytest.mark.parametrize(("path", "name", "message"), [
    ("labs/no.py", "x", "没有文件 labs/no.py"),
    ("labs", None, "没有文件 labs"),
    ("labs/toy.py", "nope", "labs/toy.py 里没有代码段 nope；有：deep、inner、outer、empty"),
    ("labs/toy.py", "empty", "labs/toy.py 的代码段 empty 是空的"),
])  # fmt: skip
def test_what_cannot_be_had_is_explained(root, path, name, message):
    with pytest.raises(LookupError, match=message):
        listings.section(root, path, name)


def test_markers_that_do_not_pair():
    start, end = "# --8<-- [start:{}]", "# --8<-- [end:{}]"
    text = "\n".join([end.format("a"), start.format("b"), start.format("b"), end.format("b"), start.format("c")])
    found, errors = listings.markers(text)
    assert found == {"b": (3, 4)}
    assert sorted(errors) == [(1, "代码段 a 没有开头"), (3, "代码段 b 重复"), (5, "代码段 c 没有结尾")]


def test_markers_in_other_languages():
    found, errors = listings.markers("// --8<-- [start:a]\nx\n// --8<-- [end:a]\n<!-- --8<-- [start:b] -->\n<!-- --8<-- [end:b] -->\n")
    assert set(found) == {"a", "b"} and not errors


@pytest.mark.parametrize("line", ['--8<-- "labs/toy.py:outer"', '    --8<-- "labs/toy.py:outer"  ', '> --8<-- "labs/toy.py:outer"'])
def test_the_directive_is_read(line):
    match = listings.INCLUDE.match(line)
    assert match and (match["path"], match["section"]) == ("labs/toy.py", "outer")


@pytest.mark.parametrize("line", ["--8<-- labs/toy.py", '--8<-- "labs/toy.py:Outer"', '--8<-- "a.py:x" # 注', '--8<-- "a.py:1:2"'])
def test_other_forms_are_directives_but_not_includes(line):
    assert not listings.INCLUDE.match(line) and listings.DIRECTIVE.match(line)
