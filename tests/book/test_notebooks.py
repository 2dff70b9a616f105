"""实验：百分号格式变成行数相同的 Markdown，输出进页面，指纹只随依赖而变，比对容得下误差。"""

import json
import re

import pytest
from book import notebooks
from book.problems import BookError
from book.source import Document, lab_to_markdown
from builds import Built, site  # noqa: F401

LAB = """\
# ---
# title: 抛币
# type: lab
# ---

# %% [markdown]
# # 抛币 { #coin }
#
# 见[@eq:x]：
#     缩进
#没有空格

# %%
import math

print(math.pi)

# %% [markdown]
# 说明

# %%
# 代码里的注释
x = 1


# %%
x
"""


def lab(text: str) -> Document:
    return Document("docs/01-introduction/lab-coin.py", text, is_lab=True)


# 源文件 → Markdown


def test_every_line_keeps_its_number():
    document = lab(LAB)
    assert document.lab_errors == []
    lines = document.text.split("\n")
    assert len(lines) == len(LAB.split("\n"))
    source = LAB.split("\n")
    for text in ("# 抛币 { #coin }", "见[@eq:x]：", "    缩进", "没有空格", "说明"):
        assert source[lines.index(text)].removeprefix("#").removeprefix(" ") == text
    for text in ("import math", "print(math.pi)", "# 代码里的注释", "x = 1", "x"):
        assert source[lines.index(text)] == text


def test_front_matter_cells_and_fences():
    document = lab(LAB)
    assert document.meta == {"title": "抛币", "type": "lab"}
    assert document.meta_lines == {"title": 2, "type": 3}
    assert [fence.content for fence in document.fences] == ["import math\n\nprint(math.pi)", "# 代码里的注释\nx = 1", "x"]
    assert [fence.start for fence in document.fences] == [13, 21, 26]
    assert document.cell_ends == [fence.end for fence in document.fences]
    assert [heading.title for heading in document.headings] == ["抛币"]  # 代码里的注释不是标题


def test_a_cell_without_a_blank_line_after_it_is_reported():
    text = "# %%\nx = 1\n# %% [markdown]\n# 文\n# %%\ny\n"
    assert lab(text).lab_errors == [(1, "代码单元之后缺一个空行")]
    assert lab("# %%\nx = 1").lab_errors == [(1, "代码单元之后缺一个空行")]


def test_a_lab_without_cells_or_front_matter():
    assert lab_to_markdown("") == ("", [], [])
    assert lab_to_markdown("x = 1\n")[2] == []


def test_crlf_and_lf_give_the_same_document(tmp_path):
    for name, end in (("a", "\n"), ("b", "\r\n")):
        (tmp_path / f"lab-{name}.py").write_bytes(LAB.replace("\n", end).encode())
    assert Document.read(tmp_path, "lab-a.py").text == Document.read(tmp_path, "lab-b.py").text


# 输出


def test_each_cell_is_followed_by_its_slot_and_filled_in_order():
    text = notebooks.with_slots(lab(LAB))
    assert re.findall(r"````\n\n<div class=\"lab-slot\" data-cell=\"(\d)\"></div>", text) == ["0", "1", "2"]
    stream = [{"output_type": "stream", "name": "stdout", "text": ["3.", "14\n"]}]
    out = notebooks.fill_slots(text, [stream, [], stream * 2])
    assert out.count('<pre class="lab-out"') == 3 and "lab-slot" not in out
    assert out.index("3.14") < out.index("代码里的注释") < out.rindex("3.14")


def test_a_notebook_that_does_not_match_its_source_is_refused():
    with pytest.raises(
        BookError, match=r"^docs/x/lab-a\.py:1: \[labs\] 实验有 3 个代码单元，执行结果里有 1 个 → 运行 python scripts/run_labs\.py"
    ):
        notebooks.fill_slots(notebooks.with_slots(lab(LAB)), [[]], "docs/x/lab-a.py")


def test_outputs_of_code_cells_only(tmp_path):
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": [1]}, {"cell_type": "code"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    assert notebooks.read_outputs(tmp_path / "a.ipynb") == [[1], []]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"cells": [1]}'])
def test_a_broken_notebook_is_reported(tmp_path, content):
    (tmp_path / "docs/01-introduction").mkdir(parents=True)
    path = tmp_path / "docs/01-introduction/lab-a.ipynb"
    path.write_text(content, "utf-8")
    with pytest.raises(BookError, match=r"^docs/01-introduction/lab-a\.ipynb:1: \[labs\] 读不出执行结果"):
        notebooks.read_outputs(path)


PRE = '<pre class="lab-out" data-search-exclude="1"><code tabindex="0">{}</code></pre>'


@pytest.mark.parametrize(("output", "expected"), [
    ({"output_type": "stream", "name": "stdout", "text": "a < b\n\x1b[31m红\x1b[0m\n"}, PRE.format("a &lt; b\n红")),
    ({"output_type": "stream", "name": "stderr", "text": ["警", "告"]}, PRE.format("警告")),
    ({"output_type": "stream", "name": "stdout", "text": "\n"}, ""),
    ({"output_type": "execute_result", "data": {"text/plain": "array([1, 2])"}}, PRE.format("array([1, 2])")),
    ({"output_type": "display_data", "data": {"text/html": ["<table>", "</table>"], "text/plain": "x"}}, '<div class="lab-out"><table></table></div>'),
    (
        {"output_type": "display_data", "data": {"image/svg+xml": "<?xml version='1.0'?>\n<!DOCTYPE svg>\n<!-- a -> b -->\n<svg>1</svg>\n", "text/html": "x"}},
        '<div class="lab-out"><svg>1</svg></div>',
    ),
    ({"output_type": "error", "ename": "ValueError", "evalue": "形状 (2, <3>)", "traceback": []}, PRE.format("ValueError: 形状 (2, &lt;3&gt;)")),
    ({"output_type": "display_data", "data": {}}, ""),
])  # fmt: skip
def test_kinds_of_output(output, expected):
    assert notebooks.output_html(output) == expected


# 指纹


@pytest.fixture
def project(tmp_path):
    files = {
        "docs/01-introduction/lab-a.py": "from labs.toy import coin\nimport labs.other.deep\nimport math\n",
        "labs/__init__.py": "",
        "labs/toy/__init__.py": "",
        "labs/toy/coin.py": "from labs.common.seeds import fix\nfrom .near import x\nDATA = 'tang.txt'  # 见 SOURCES.md\n",
        "labs/toy/near.py": "from . import neighbour\n",
        "labs/toy/neighbour.py": "x = 1\n",
        "labs/toy/unused.py": "x = 1\n",
        "labs/other/__init__.py": "",
        "labs/other/deep.py": "def f():\n    from labs.common import late\n",
        "labs/common/__init__.py": "",
        "labs/common/seeds.py": "def fix():\n    pass\n",
        "labs/common/late.py": "",
        "labs/data/tang.txt": "床前",
        "labs/data/other.txt": "明月",
        "labs/data/SOURCES.md": "唐诗",
        "docs/01-introduction/index.md": "# x",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


SOURCE = "docs/01-introduction/lab-a.py"


@pytest.mark.parametrize("path", [
    SOURCE, "labs/toy/coin.py", "labs/toy/near.py", "labs/toy/neighbour.py", "labs/other/deep.py", "labs/common/seeds.py",
    "labs/common/late.py", "labs/toy/__init__.py", "labs/other/__init__.py", "labs/data/tang.txt",
])  # fmt: skip
def test_the_fingerprint_changes_with_every_dependency(project, path):
    before = notebooks.fingerprint(project, SOURCE)
    (project / path).write_text((project / path).read_text("utf-8") + "\n# 改\n", "utf-8")
    assert notebooks.fingerprint(project, SOURCE) != before


@pytest.mark.parametrize(
    "path", ["labs/toy/unused.py", "labs/data/other.txt", "docs/01-introduction/index.md", "labs/new.py", "labs/data/new.txt", "labs/data/SOURCES.md"]
)
def test_the_fingerprint_does_not_change_with_anything_else(project, path):
    before = notebooks.fingerprint(project, SOURCE)
    (project / path).write_text("# 改\n", "utf-8")
    assert notebooks.fingerprint(project, SOURCE) == before


def test_the_fingerprint_does_not_depend_on_line_ends_or_place(project, tmp_path_factory):
    before = notebooks.fingerprint(project, SOURCE)
    assert re.fullmatch(r"[0-9a-f]{16}", before)
    path = project / "labs/toy/coin.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert notebooks.fingerprint(project, SOURCE) == before


def test_moving_text_between_two_files_changes_the_fingerprint(project):
    before = notebooks.fingerprint(project, SOURCE)
    (project / "labs/toy/neighbour.py").write_text("", "utf-8")
    (project / "labs/toy/near.py").write_text("from . import neighbour\nx = 1\n", "utf-8")
    assert notebooks.fingerprint(project, SOURCE) != before


# 比对


def stream(text: str) -> list[dict]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


@pytest.mark.parametrize(("old", "new", "tolerance"), [
    ("损失 1.00", "损失 1.009", 0.01), ("−1.5e-3", "-1.501e-3", 0.01), ("1,000 步", "1,001 步", 0.01), ("0.0", "1e-13", 0), ("3", "3.0", 0), ("a1 x", "a1 x", 0),
])  # fmt: skip
def test_numbers_within_the_tolerance_are_equal(old, new, tolerance):
    assert notebooks.differences([stream(old)], [stream(new)], tolerance) == []


@pytest.mark.parametrize(("old", "new", "message"), [
    ("损失 1.00", "损失 1.02", "第 1 个代码单元：1.00 变成 1.02，超出相对误差 0.01"),
    ("1", "-1", "第 1 个代码单元：1 变成 -1，超出相对误差 0.01"),
    ("0", "0.001", "第 1 个代码单元：0 变成 0.001，超出相对误差 0.01"),
    ("损失 1", "损耗 1", "第 1 个代码单元的输出文字变了"),
    ("1 2", "1 2 3", "第 1 个代码单元的输出文字变了"),
    ("1", "nan", "第 1 个代码单元的输出文字变了"),
])  # fmt: skip
def test_differences_are_named(old, new, message):
    assert notebooks.differences([stream(old)], [stream(new)], 0.01) == [message]


def test_every_cell_and_every_number_is_compared():
    old, new = [stream("1 2 3"), [], stream("4")], [stream("1 3 9"), [], stream("5")]
    assert len(notebooks.differences(old, new, 0.01)) == 3
    assert notebooks.differences(old, new[:2], 0.01) == ["代码单元数不同：3 与 2"]


def test_an_output_that_appeared_is_a_difference():
    assert notebooks.differences([[]], [stream("1")], 1) == ["第 1 个代码单元的输出文字变了"]


# 建好的页面


def test_the_lab_page_shows_outputs_and_offers_its_files(site: Built):  # noqa: F811
    page = site.page("01-introduction/lab-coin")
    assert '<a href="lab-coin.ipynb" download>下载笔记本</a>' in page
    assert page.index("</h1>") < page.index("下载笔记本") < page.index("先猜")
    assert '<a href="https://example.org/repo/blob/main/docs/01-introduction/lab-coin.py">lab-coin.py</a>' in page
    assert re.search(r'<pre class="lab-out"[^>]*><code tabindex="0">0\.469 比特</code></pre>', page)
    assert 'href="../entropy/#eq:entropy">式 (1.1)</a>' in page
    downloaded = (site.root / "site/01-introduction/lab-coin/lab-coin.ipynb").read_bytes()
    assert downloaded == (site.root / "docs/01-introduction/lab-coin.ipynb").read_bytes()


def test_the_lab_page_is_light_and_edits_the_source(site: Built):  # noqa: F811
    page = (site.root / "site/01-introduction/lab-coin/index.html").read_text("utf-8")
    assert len(page) < 40_000
    assert "jp-" not in page and "cdnjs" not in page and "<style" not in page.split("</head>")[1]
    assert "edit/main/docs/01-introduction/lab-coin.py" in page or "edit/main" not in page
    assert "lab-coin.ipynb</a>" not in page and "edit/main/docs/01-introduction/lab-coin.ipynb" not in page
