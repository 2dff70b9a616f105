"""Markdown 阶段：编号、引用、文献、代码段、练习、测验、地图、指令；代码一个字节也不动。"""

import html
import re

import pytest
from book.model import Book
from book.transforms import lists
from book.transforms import markdown as stage
from builds import SVG, markdown_of, one_page, render, tex_removed, text, write

FIGURE = {"docs/01-introduction/figures/x.svg": SVG}
BIB = {
    "docs/references.bib": "@article{b2020late, author={B, A}, title={Late}, year={2020}, doi={10.1/b}}\n"
    "@article{a2019early, author={A, B}, title={Early}, year={2019}, doi={10.1/a}}\n"
}
CODE = {
    "labs/toy.py": "class Toy:\n    # --8<-- [start:outer]\n    def f(self):\n        # --8<-- [start:inner]\n        return 1\n\n"
    "        # --8<-- [end:inner]\n    # --8<-- [end:outer]\n"
}


def page(title: str, body: str, kind: str = "section") -> str:
    return f"---\ntitle: {title}\ntype: {kind}\n---\n# {title} {{ #top }}\n\n{body}"


def hrefs(content: str, name: str) -> list[str]:
    return re.findall(rf'<a class="{name}"[^>]*href="([^"]*)"', content)


# 编号与引用


def test_numbers_follow_the_navigation_and_restart_with_each_chapter(tmp_path):
    numbered = "$$\nx\n$$ {{#eq:{0}}}\n\n$$\ny\n$$ {{#eq:{0}-two}}\n"
    book = write(
        tmp_path,
        {
            "docs/02-capabilities/z.md": page("末", numbered.format("z")),
            "docs/01-introduction/z.md": page("先", numbered.format("first")),
            "docs/01-introduction/a.md": page("后", numbered.format("second")),
        },
    )
    assert {name: label.number for name, label in book.labels.items()} == {
        "eq:z": "2.1", "eq:z-two": "2.2",
        "eq:first": "1.1", "eq:first-two": "1.2", "eq:second": "1.3", "eq:second-two": "1.4",
    }  # fmt: skip


def test_kinds_are_counted_apart(tmp_path):
    body = (
        '$$\nx\n$$ {#eq:a}\n\n表：题 {#tab:a}\n\n|a|\n|-|\n|1|\n\n![图](figures/x.svg){#fig:a alt="一"}\n\n```python {#lst:a}\nx\n```\n\n'
    )
    out = text(one_page(tmp_path, body + "[@eq:a] [@tab:a] [@fig:a] [@lst:a]\n", FIGURE))
    assert "式 (1.1) 表 1.1 图 1.1 代码 1.1" in out


@pytest.mark.parametrize(
    ("source", "target", "url"),
    [
        ("docs/index.md", "docs/01-introduction/a.md", "01-introduction/a/#eq:x"),
        ("docs/01-introduction/a.md", "docs/01-introduction/b.md", "../b/#eq:x"),
        ("docs/01-introduction/index.md", "docs/01-introduction/b.md", "b/#eq:x"),
        ("docs/01-introduction/a.md", "docs/01-introduction/index.md", "../#eq:x"),
        ("docs/02-capabilities/a.md", "docs/01-introduction/b.md", "../../01-introduction/b/#eq:x"),
        ("docs/appendix/notation.md", "docs/01-introduction/index.md", "../../01-introduction/#eq:x"),
        ("docs/01-introduction/index.md", "docs/01-introduction/lab-a.py", "lab-a/#eq:x"),
        ("docs/02-capabilities/index.md", "docs/01-introduction/lab-a.py", "../01-introduction/lab-a/#eq:x"),
        ("docs/01-introduction/lab-a.py", "docs/02-capabilities/index.md", "../../02-capabilities/#eq:x"),
    ],
)
def test_references_from_every_depth(tmp_path, source, target, url):
    def lines(path: str, body: str) -> str:
        if path.endswith(".md"):
            return page("甲", body)
        commented = "".join(f"# {line}".rstrip() + "\n" for line in body.split("\n"))
        return f"# ---\n# title: 乙\n# type: lab\n# ---\n\n# %% [markdown]\n# # 乙 {{ #b }}\n#\n{commented}\n"

    book = write(tmp_path, {source: lines(source, "见[@eq:x]。"), target: lines(target, "前\n\n$$\nx\n$$ {#eq:x}\n")})
    site_path = source.removeprefix("docs/").replace(".py", ".ipynb")
    out = markdown_of(book, site_path)
    assert f'见<a class="xref" href="{url}">{book.labels["eq:x"].title}</a>。' in out


def test_the_same_page_is_linked_by_its_anchor_alone(tmp_path):
    assert hrefs(one_page(tmp_path, "见[@eq:x]\n\n$$\nx\n$$ {#eq:x}\n"), "xref") == ["#eq:x"]


def test_references_work_wherever_text_may_stand(tmp_path):
    body = """$$
x
$$ {#eq:x}

| 表 [@eq:x] |
|---|
| 格 [@eq:x] |

!!! note "题 [@eq:x]"
    内 [@eq:x]

??? hint "叠 [@eq:x]"
    - 列 [@eq:x]

> 引 [@eq:x]

注[^1]，**粗[@eq:x]**

### 标题 [@eq:x] { #h }

[^1]: 脚注 [@eq:x]
"""
    out = text(one_page(tmp_path, body))
    for before in ("表 ", "格 ", "题 ", "内 ", "叠 ", "列 ", "引 ", "粗", "标题 ", "脚注 "):
        assert f"{before}式 (1.1)" in out, before
    assert "[@" not in out


def test_several_references_share_a_bracket(tmp_path):
    body = "见[@eq:a; @eq:b]，又见[@eq:a；@b2020late]。\n\n$$\nx\n$$ {#eq:a}\n\n$$\ny\n$$ {#eq:b}\n"
    out = text(one_page(tmp_path, body, BIB))
    assert "见式 (1.1)；式 (1.2)，又见[式 (1.1)；1]。" in out


def test_what_looks_like_a_reference_but_is_not(tmp_path):
    body = "[链接](#a)、\\[@eq:no]、`[@eq:no]`、<!-- [@eq:no] -->、[@b2020late]\n\n```text\n[@eq:no]\n```\n"
    book = write(tmp_path, {"docs/01-introduction/a.md": page("甲", body), **BIB})
    assert [r.key for r in book.references["01-introduction/a.md"]] == ["b2020late"]
    assert render(book, "01-introduction/a.md").count("eq:no") == 3  # 反斜杠、行内代码、代码块；注释不发布


# 文献


def test_citations_are_numbered_by_page_in_order_of_appearance(tmp_path):
    body = "先[@b2020late]，后[@a2019early, 表 2]，再[@b2020late；@a2019early]。\n"
    book = write(tmp_path, {"docs/01-introduction/a.md": page("甲", body), "docs/01-introduction/b.md": page("乙", "[@a2019early]"), **BIB})
    first = render(book, "01-introduction/a.md")
    assert "先[1]，后[2，表 2]，再[1；2]。" in text(first)
    assert "[1]" in text(render(book, "01-introduction/b.md"))


def test_every_citation_and_back_link_has_its_target_and_ids_are_unique(tmp_path):
    body = "先[@b2020late]，后[@a2019early；@b2020late]。\n\n- 列[@a2019early]\n\n注[^1]\n\n[^1]: 脚注[@b2020late, 第 3 节]\n"
    out = one_page(tmp_path, body, BIB)
    ids = re.findall(r'\bid="([^"]+)"', out)
    assert len(ids) == len(set(ids))
    inner = [href[1:] for href in re.findall(r'href="(#[^"]+)"', out)]
    assert set(inner) <= set(ids)
    assert hrefs(out, "back") == ["#cite-1", "#cite-3", "#cite-5", "#cite-2", "#cite-4"]  # 先 b 的三处，再 a 的两处
    assert hrefs(out, "cite") == ["#ref:b2020late", "#ref:a2019early", "#ref:b2020late", "#ref:a2019early", "#ref:b2020late"]


def test_the_list_at_the_end_of_the_page(tmp_path):
    out = one_page(tmp_path, "[@a2019early]\n", BIB)
    assert '<h2 id="references">参考文献' in out
    assert '<li id="ref:a2019early">B A. <a href="https://doi.org/10.1/a"><cite>Early</cite></a>. 2019.' in out
    assert 'aria-label="回到第 1 处引用">↩</a></li>' in out


def test_a_page_without_citations_has_no_list(tmp_path):
    assert "参考文献" not in one_page(tmp_path, "正文。\n", BIB)


def test_a_title_full_of_markdown_stays_a_title(tmp_path):
    bib = {
        "docs/references.bib": '@article{k2020x, author={K}, title={$k$-NN [x](y) `c` _a_ <b> "q"}, year={2020}, url={https://e.org/?a=1&b=2}}\n'
    }
    out = one_page(tmp_path, "见[@k2020x]和*强调*，$k$\n", bib)
    found = re.search(r'<a class="cite"[^>]*title="([^"]*)"', out)
    assert found
    assert html.unescape(found[1]) == 'K. $k$-NN [x](y) `c` _a_ <b> "q". 2020'
    assert 'href="https://e.org/?a=1&amp;b=2"' in out
    assert "<em>强调</em>" in out


def test_the_appendix_lists_every_cited_entry_with_the_pages(tmp_path):
    book = write(
        tmp_path,
        {
            "docs/01-introduction/a.md": page("甲", "[@b2020late]"),
            "docs/01-introduction/b.md": page("乙", "[@b2020late] [@a2019early]"),
            "docs/appendix/references.md": page("文献", "<!-- book:references -->\n", "appendix"),
            **BIB,
        },
    )
    out = render(book, "appendix/references.md")
    assert re.findall(r'<li id="(all:[^"]+)"', out) == ["all:a2019early", "all:b2020late"]
    late = out[out.index("all:b2020late") :]
    assert '见：<a href="../../01-introduction/a/">甲</a>、<a href="../../01-introduction/b/">乙</a>' in late
    assert "甲" not in out[: out.index("all:b2020late")]


@pytest.mark.parametrize(("part", "keys"), [("references-a-g", ["all:a2019early", "all:b2020late"]), ("references-h-o", []), ("references-p-z", [])])
def test_a_long_list_is_split_by_the_first_letter(tmp_path, part, keys):
    book = write(
        tmp_path,
        {"docs/01-introduction/a.md": page("甲", "[@b2020late] [@a2019early]"), "docs/appendix/references.md": page("文献", f"<!-- book:{part} -->\n", "appendix"), **BIB},
    )
    assert re.findall(r'<li id="(all:[^"]+)"', render(book, "appendix/references.md")) == keys


def test_the_parts_cover_every_letter_once():
    covered = "".join(chr(letter) for part in lists.PARTS for letter in range(ord(part[-3]), ord(part[-1]) + 1))
    assert covered == "abcdefghijklmnopqrstuvwxyz"


# 公式、图、表


@pytest.mark.parametrize("body", [
    "$$\nx = 1\n$$ {#eq:x}\n",
    "$$ x = 1 $$ {#eq:x}\n",
    "$$x = 1$${#eq:x}\n",
    "- 项\n\n    $$\n    x = 1\n    $$ {#eq:x}\n\n    后\n",
    "1. 项\n\n    - 项\n\n        $$\n        x = 1\n        $$ {#eq:x}\n",
    '!!! note "题"\n    $$\n    x = 1\n    $$ {#eq:x}\n',
    '??? answer "答"\n    先\n\n    $$\n    x = 1\n    $$ {#eq:x}\n\n    后\n',
    "> 引\n>\n> $$\n> x = 1\n> $$ {#eq:x}\n",
    "注[^1]\n\n[^1]:\n    脚注\n\n    $$\n    x = 1\n    $$ {#eq:x}\n",
])  # fmt: skip
def test_a_numbered_equation_keeps_its_tag_and_anchor_anywhere(tmp_path, body):
    out = one_page(tmp_path, body)
    assert re.search(r"⟦x = 1 ?\\tag\{1\.1\}⟧", tex_removed(out)), tex_removed(out)
    assert out.count('id="eq:x" class="display"') == 1
    assert "{#eq" not in out


def test_a_figure_caption_may_hold_citations_numbers_and_formulas(tmp_path):
    more = {**FIGURE, **BIB, "docs/01-introduction/data/m.json": '{"values": {"v": 0.5}}'}
    body = '见[@fig:x]。\n\n![当 $p=0.5$ 时最大，为 [=m.v:.2f] [@b2020late]，见[@eq:e]](figures/x.svg){#fig:x alt="一条曲线"}\n\n$$\nH\n$$ {#eq:e}\n'
    out = tex_removed(one_page(tmp_path, body, more))
    found = re.search(r'<figure class="book-figure" id="fig:x" tabindex="0">(.*?)<figcaption>(.*?)</figcaption></figure>', out, re.S)
    assert found, out
    assert '<svg role="img" aria-label="一条曲线" data-search-exclude="1" style="--w:9" xmlns=' in found[1]
    assert text(found[2]) == "图 1.1　当 ⟦p=0.5⟧ 时最大，为 0.50 [1]，见式 (1.1)"
    assert "<img" not in out and "figures/x.svg" not in out


def test_alternative_text_is_taken_literally_except_numbers_and_labels(tmp_path):
    more = {**FIGURE, "docs/01-introduction/data/m.json": '{"values": {"v": -1.5}}'}
    alt = "区间 [0, 1] 上 *甲*_乙_ <丙> & $5 与 $6，谷底 [=m.v:.1f]，见[@fig:x]"
    out = one_page(tmp_path, f'见[@fig:x]\n\n![图注](figures/x.svg){{#fig:x alt="{alt}"}}\n', more)
    found = re.search(r'aria-label="([^"]*)"', out)
    assert found
    assert found[1] == "区间 [0, 1] 上 *甲*_乙_ &lt;丙&gt; &amp; $5 与 $6，谷底 −1.5，见图 1.1"


@pytest.mark.parametrize("lead", ["", "    "])
def test_figures_stand_in_lists_and_admonitions(tmp_path, lead):
    body = f'见[@fig:x]\n\n- 项\n\n{lead}![图注](figures/x.svg){{#fig:x alt="曲线"}}\n\n!!! note "题"\n    见[@fig:y]\n\n    ![图注二](figures/x.svg){{#fig:y alt="曲线"}}\n'
    out = one_page(tmp_path, body, FIGURE)
    assert re.findall(r'<figure class="book-figure" id="([^"]+)"', out) == ["fig:x", "fig:y"]
    assert "<p><svg" not in out


@pytest.mark.parametrize("body", [
    "表：题 $x$ [@b2020late] {#tab:x}\n\n| a |\n|---|\n| 1 |\n",
    "- 项\n\n    表：题 $x$ [@b2020late] {#tab:x}\n\n    | a |\n    |---|\n    | 1 |\n",
    '!!! note "注"\n    表：题 $x$ [@b2020late] {#tab:x}\n\n    | a |\n    |---|\n    | 1 |\n',
    "> 表：题 $x$ [@b2020late] {#tab:x}\n>\n> | a |\n> |---|\n> | 1 |\n",
])  # fmt: skip
def test_a_table_carries_its_caption_anywhere(tmp_path, body):
    out = tex_removed(one_page(tmp_path, "见[@tab:x]\n\n" + body, BIB))
    found = re.search(r'<figure class="book-table" id="tab:x"><figcaption>(.*?)</figcaption>(.*?)</figure>', out, re.S)
    assert found, out
    assert text(found[1]) == "表 1.1　题 ⟦x⟧ [1]"
    assert "<td>1</td>" in found[2] and 'role="region"' in found[2]


# 测得的数


def test_measured_numbers_stand_in_text_tables_and_formulas(tmp_path):
    data = {"docs/02-capabilities/data/run.json": '{"values": {"loss": {"last": 2.5}, "steps": [10, 2000], "tiny": -0.00001}}'}
    body = "损失 [=run.loss.last:.2f]，$L=[=run.loss.last:.1f]$，第 [=run.steps.1:,d] 步，[=run.tiny:.0e]\n\n| [=run.steps.0] |\n|---|\n| `[=run.no]` |\n"
    out = text(one_page(tmp_path, body, data))
    assert "损失 2.50，⟦L=2.5⟧，第 2,000 步，−1e−05" in out
    assert "10" in out and "[=run.no]" in out


# 代码段


@pytest.mark.parametrize(("lead", "opening"), [("", ""), ("    ", "- 项\n\n"), ("    ", '!!! note "题"\n'), ("> ", "")])
def test_a_listing_is_dedented_and_nested_markers_are_gone(tmp_path, lead, opening):
    body = f'见[@lst:x]\n\n{opening}{lead}```python {{#lst:x caption="a < b & c"}}\n{lead}--8<-- "labs/toy.py:outer"\n{lead}```\n'
    out = one_page(tmp_path, body, CODE)
    found = re.search(
        r'<figure class="listing" id="lst:x"><figcaption>(.*?)</figcaption>.*?<code tabindex="0">(.*?)</code></pre></div></figure>', out, re.S
    )
    assert found, out
    assert text(found[2]) == "def f(self):\n    return 1\n"
    assert text(found[1]) == "代码 1.1　a < b & c　labs/toy.py"
    assert 'href="https://example.org/repo/blob/main/labs/toy.py#L3-L7"' in found[1]
    assert "8&lt;" not in out and "@@" not in out


def test_an_include_without_label_shows_its_path_only(tmp_path):
    out = one_page(tmp_path, '```python\n--8<-- "labs/toy.py:inner"\n```\n', CODE)
    assert re.search(r'<figure class="listing"><figcaption><a class="path" [^>]*#L5-L6"', out)


def test_code_that_holds_a_fence_does_not_end_the_listing(tmp_path):
    more = {"labs/doc.py": '# --8<-- [start:doc]\nx = """\n```\ninside\n```\n"""\n# --8<-- [end:doc]\n'}
    out = one_page(tmp_path, '```python {#lst:x}\n--8<-- "labs/doc.py:doc"\n```\n\n后文\n', more)
    assert out.count("<pre>") == 1
    assert "inside" in text(out) and "<p>后文</p>" in out


def test_code_and_inline_code_are_untouched_to_the_byte(tmp_path):
    fence = "```text\n[@eq:x]  [=a.b:.2f] $$ <!-- 注 -->\t图 7.1\n  - [ ] x\n\n\n表：题 {#tab:x}\n![a](b.svg){#fig:x}  \n```\n"
    inner = '- 项\n\n    ~~~python\n    x = "[@eq:x]"   \n\n      y = 1\n    ~~~\n'
    inline = "`[@eq:x]` 与 ``[=a.b] ` <!-- x -->`` 与 `$$`\n"
    body = f"{fence}\n{inner}\n{inline}"
    book = write(tmp_path, {"docs/01-introduction/a.md": page("甲", body)})
    out = markdown_of(book, "01-introduction/a.md")
    for part in (fence, inner, inline):
        assert part in out


# 练习与测验


def test_exercises_show_number_level_minutes_objective_and_program(tmp_path):
    body = "### `f` 的熵 { #ex:one level=基础 minutes=5 objective=1 }\n\n题。\n\n### 程序 {#ex:two level=进阶 minutes=20 objective=1,3 program=01/entropy}\n\n见[@ex:one]。\n"
    out = one_page(tmp_path, body, kind="exercises")
    assert '<h3 id="ex:one"><span class="label">练习 1.1</span>　<code>f</code> 的熵<a class="headerlink"' in out
    assert '<p class="ex-meta">基础，约 5 分钟，检验目标 1</p>' in out
    assert '<p class="ex-meta">进阶，约 20 分钟，检验目标 1、3，程序题：<code>python scripts/exercise.py 01/entropy</code></p>' in out
    assert hrefs(out, "xref") == ["#ex:one"]
    assert "level=" not in out


QUIZ = """### 问题 { #quiz-x }

引子 $q$。

- [ ] 选项 $x_1$ 与 `- [ ] 码`
  第一段，
  第二行，见[@eq:e]。

  第二段：

  ```python
  def f():
      return 1

      # - [ ] 不是选项
  ```

  - 甲
      - 乙

- [x] 对的**选项**
  ```python {#lst:x}
  --8<-- "labs/toy.py:outer"
  ```
- [ ] 六格
      缩进的解释

      $$
      e
      $$ {#eq:e}
- [ ] 公式开头
  $$
  z
  $$

后文。
"""


def test_a_quiz_becomes_choices_that_unfold(tmp_path):
    out = tex_removed(one_page(tmp_path, QUIZ, CODE))
    choices = re.findall(r'<details class="quiz (\w+)">\n<summary>(.*?)</summary>\n(.*?)</details>', out, re.S)
    assert [(kind, text(summary)) for kind, summary, _ in choices] == [
        ("wrong", "选项 ⟦x_1⟧ 与 - [ ] 码"), ("right", "对的选项"), ("wrong", "六格"), ("wrong", "公式开头"),
    ]  # fmt: skip
    first, second, third, fourth = (inner for _, _, inner in choices)
    assert first.startswith("<p><strong>不对。</strong>第一段，第二行，见<a")
    assert "<p>第二段：</p>" in first
    assert "def f():\n    return 1\n\n    # - [ ] 不是选项\n" in text(first)
    assert "<li>甲<ul>\n<li>乙</li>" in first.replace("甲\n", "甲")
    assert second.startswith('<p><strong>对。</strong></p>\n<figure class="listing"')
    assert third.startswith("<p><strong>不对。</strong>缩进的解释</p>\n⟦e \\tag{1.1}⟧")
    assert fourth.startswith("<p><strong>不对。</strong></p>\n⟦z⟧")
    assert "<p>后文。</p>" in out[out.rindex("</details>") :]


def test_code_in_a_quiz_may_show_a_choice(tmp_path):
    body = "### 问题 { #quiz-x }\n\n```text\n- [ ] 选项\n  解释\n```\n\n- [x] 对\n  因为。\n"
    out = one_page(tmp_path, body)
    assert out.count("<details") == 1 and "- [ ] 选项\n  解释" in text(out)


def test_task_lists_elsewhere_stay_lists(tmp_path):
    out = one_page(tmp_path, "### 待办 { #todo }\n\n- [ ] 甲\n  乙\n")
    assert "<details" not in out


# 地图与指令


def test_the_map_marks_what_is_not_written_and_nothing_else(tmp_path):
    book = write(
        tmp_path,
        {
            "docs/01-introduction/index.md": page(
                "引",
                "1. 别处的列表：不标\n\n## 地图 { #map }\n\n1. [甲](a.md)：有\n2. 乙：没有\n\n    2. 子项：不标\n\n## 后 { #after }\n\n1. 丙：不标\n",
                "chapter",
            ),
            "docs/01-introduction/a.md": page("甲", "x"),
        },
    )
    out = markdown_of(book, "01-introduction/index.md")
    assert out.count("撰写中") == 1
    assert '2. <span class="draft">撰写中</span> 乙：没有' in out
    assert book.page("01-introduction/a.md").numbered_title == "1.1 甲"
    assert book.page("01-introduction/index.md").numbered_title == "第 1 章 引"


def test_comments_are_removed_and_directives_replaced(tmp_path):
    lab = "# ---\n# title: 抛币\n# description: 数一数。\n# type: lab\n# ---\n\n# %% [markdown]\n# # 抛币 { #coin }\n"
    body = '前<!-- 草稿\n\n$$ {#eq:no} [@no] -->后\n\n<!-- book:labs -->\n\n<!-- book:widgets -->\n\n```html\n<!-- 留下 -->\n```\n\n<book-demo title="看&quot;图"></book-demo>\n'
    book = write(tmp_path, {"docs/appendix/a.md": page("附", body, "appendix"), "docs/01-introduction/lab-coin.py": lab})
    out = markdown_of(book, "appendix/a.md")
    assert "前后" in out and "草稿" not in out and "<!-- 留下 -->" in out
    assert '<li><a href="../../01-introduction/lab-coin/">抛币</a>：数一数。</li>' in out
    assert '在 <a href="./">附</a>' in out


def test_empty_lists_say_so(tmp_path):
    body = "<!-- book:labs -->\n\n<!-- book:widgets -->\n\n<!-- book:references -->\n"
    out = one_page(tmp_path, body, path="docs/appendix/a.md", kind="appendix")
    assert all(f"还没有{what}" in out for what in ("实验", "交互图", "引用任何文献"))


def test_pages_outside_chapters_are_transformed_too(tmp_path):
    more = {"docs/01-introduction/b.md": page("乙", "$$\nx\n$$ {#eq:x}\n"), **BIB}
    out = one_page(tmp_path, "见[@eq:x] [@a2019early]\n", more, path="docs/index.md", kind="front")
    assert hrefs(out, "xref") == ["01-introduction/b/#eq:x"]
    assert "<h1" in out and "section-number" not in out


# 替换本身


def test_overlapping_edits_are_refused():
    with pytest.raises(ValueError, match="替换重叠"):
        stage.apply("abcdef", [(0, 3, "x"), (2, 4, "y")])


def test_edits_are_applied_by_position():
    assert stage.apply("abcdef", [(4, 5, ""), (0, 1, "X"), (6, 6, "!")]) == "Xbcdf!"


def test_two_chapters_do_not_share_sections(tmp_path):
    body = "## 地图 { #map }\n\n1. 空：x\n2. [甲](a.md)：y\n"
    pages = {f"docs/{folder}/{name}.md": page("甲", body if name == "index" else "x", kind)
             for folder in ("01-introduction", "02-capabilities") for name, kind in (("index", "chapter"), ("a", "section"))}  # fmt: skip
    book: Book = write(tmp_path, pages)
    assert [p.numbered_title for p in book.pages] == ["第 1 章 甲", "1.2 甲", "第 2 章 甲", "2.2 甲"]
