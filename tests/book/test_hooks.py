"""钩子经过真的构建：一处写错就不出站点，说清文件、行、怎样修；成功的构建发布该发布的。"""

import re
from pathlib import Path

import pytest
from book import session
from builds import ENTROPY, Built, build, copy_sample, run_mkdocs, site  # noqa: F401

INDEX = "docs/01-introduction/index.md"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """一份样书，带着一个看似建好的旧站点。"""
    root = copy_sample(tmp_path / "book")
    (root / "site/01-introduction").mkdir(parents=True)
    (root / "site/index.html").write_text("旧", "utf-8")
    (root / "site/01-introduction/index.html").write_text("旧", "utf-8")
    return root


def edit(root: Path, path: str, old: str, new: str) -> int:
    """改一处，返回它所在的行。"""
    before = (root / path).read_text("utf-8")
    assert old in before
    (root / path).write_text(before.replace(old, new, 1), "utf-8")
    return before[: before.index(old)].count("\n") + 1


def failed(root: Path) -> str:
    """构建失败、没有留下站点；返回印出的话。"""
    done = build(root)
    assert done.code == 1, done.output
    assert not done.looks_finished, "留下了看似建好的站点"
    assert "Traceback" not in done.output and "Exception" not in done.output.replace("Exceptions", "")
    return done.output


# 写错一处


@pytest.mark.parametrize(("path", "old", "new", "rule", "words"), [
    (ENTROPY, "[@eq:entropy]：", "[@eq:nope]：", "labels", "未知标签 eq:nope → "),
    (INDEX, "看一次结果", "由[@fig:entrpy-curve]，看一次结果", "labels", "未知标签 fig:entrpy-curve → 是不是 fig:entropy-curve？"),
    (ENTROPY, "[@shannon1948mathematical]", "[@nobody2020nothing]", "citations", "未知文献 nobody2020nothing → "),
    (ENTROPY, "entropy.py:entropy", "entropy.py:nope", "code", "labs/toy/entropy.py 里没有代码段 nope；有：entropy → "),
    (ENTROPY, "labs/toy/entropy.py:entropy", "labs/toy/no.py:entropy", "code", "没有文件 labs/toy/no.py → "),
    (ENTROPY, "[=coin.entropy_biased:.3f]", "[=coin.nope:.3f]", "numbers", "coin 里没有 nope；有："),
    (ENTROPY, "[=coin.entropy_biased:.3f]", "[=coin.entropy_biased:d]", "numbers", "格式串 'd' 不能用于"),
    (ENTROPY, "## 小结", "<!-- book:nope -->\n\n## 小结", "directives", "不认识的指令 book:nope → 可用的名字："),
    (ENTROPY, "-\\log_2 p", "-\\logg_2 p", "formulas", "Undefined control sequence: \\logg"),
    (ENTROPY, "$$ {#eq:entropy}", "$$ {#eq:entropy} $$", "formulas", "没被认出的公式"),
    (ENTROPY, "## 小结 { #summary }", "## 小结", "headings", "没有 id → "),
    (ENTROPY, "title: 熵", "title: 熵: 二", "front-matter", "读不懂："),
    (ENTROPY, "title: 熵\n", "title: 熵\ntilte: 熵\n", "front-matter", "不认识的键 tilte → "),
    (ENTROPY, "## 小结", "```text\n## 小结", "files", "代码块没有收尾的围栏 → "),
])  # fmt: skip
def test_one_mistake_stops_the_build(book, path, old, new, rule, words):
    line = edit(book, path, old, new)
    output = failed(book)
    found = [text for text in output.split("\n") if f"[{rule}]" in text]
    assert any(text.startswith(f"{path}:") and words in text and " → " in text for text in found), output
    assert {line, line + new.rstrip("\n").count("\n")} & {int(text.split(":")[1]) for text in found}, output


def test_a_page_without_front_matter(book):
    edit(book, ENTROPY, "---\n", "")
    assert f"{ENTROPY}:1: [front-matter] 没有 front matter → 开头加上 ---" in failed(book)


def test_a_page_in_the_navigation_that_is_not_there(book):
    (book / "docs/02-capabilities/index.md").unlink()
    output = failed(book)
    assert "docs/02-capabilities/index.md:1: [files] 读不到文件：" in output
    assert "→ 恢复文件，或从 mkdocs.yml 的 nav 里删掉它" in output


def test_a_lab_that_was_never_run(book):
    (book / "docs/01-introduction/lab-coin.ipynb").unlink()
    assert "docs/01-introduction/lab-coin.py:1: [files] 实验还没有执行过的 .ipynb → 运行 python scripts/run_labs.py" in failed(book)


def test_a_page_that_is_not_utf8(book):
    path = book / ENTROPY
    path.write_bytes(path.read_bytes().replace("硬币".encode(), "硬币".encode("gbk"), 1))
    assert re.search(rf"{ENTROPY}:\d+: \[files\] 不是 UTF-8 编码 → ", failed(book))


def test_a_broken_bibliography(book):
    edit(book, "docs/references.bib", "@article{shannon1948mathematical,", "@article{shannon1948mathematical")
    assert "docs/references.bib:1: [citations]" in failed(book)


def test_all_mistakes_are_told_at_once(book):
    edit(book, ENTROPY, "[@eq:entropy]：", "[@eq:nope]：")
    edit(book, INDEX, "看一次结果", "[@nobody2020x]")
    output = failed(book)
    assert "书稿有 2 处问题，没有构建：" in output
    assert output.index(f"{ENTROPY}:") < output.index(f"{INDEX}:")


def test_the_real_command_exits_with_an_error(book):
    edit(book, ENTROPY, "[@eq:entropy]：", "[@eq:nope]：")
    done = run_mkdocs(book, "build", "--strict")
    assert done.returncode == 1
    assert "未知标签 eq:nope → 是不是 eq:entropy？" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not list((book / "site").rglob("index.html"))


# 写了一半才失败


@pytest.mark.parametrize("action", ["raise PluginError('排版时出错')", "log.warning('这是一个警告')"])
def test_a_failure_after_pages_were_written_leaves_no_site(book, action):
    hook = "from mkdocs.exceptions import PluginError\nimport logging\nlog = logging.getLogger('mkdocs.test')\n\n\n"
    (book / "late.py").write_text(f"{hook}def on_post_build(config):\n    {action}\n", "utf-8")
    edit(book, "mkdocs.yml", "  - scripts/hooks/html.py\n", "  - scripts/hooks/html.py\n  - late.py\n")
    assert "构建失败，已清空" in failed(book)


def test_a_broken_link_is_a_failure(book):
    edit(book, INDEX, "看一次结果", "看[一次](nope.md)结果")
    assert "nope.md" in failed(book)


def test_a_figure_that_is_not_there_is_named_with_its_line(book):
    (book / "docs/01-introduction/figures/entropy-curve.svg").unlink()
    output = failed(book)
    assert re.search(rf"{ENTROPY}:\d+: \[figures\] .*entropy-curve\.svg.* → ", output), output


def test_a_notebook_older_than_its_lab_is_named(book):
    edit(book, "docs/01-introduction/lab-coin.py", "# %% [markdown]\n# 答案", "# %%\nprint(1)\n\n# %% [markdown]\n# 答案")
    output = failed(book)
    assert "docs/01-introduction/lab-coin.py:" in output and "python scripts/run_labs.py" in output


def test_a_broken_notebook_is_named(book):
    (book / "docs/01-introduction/lab-coin.ipynb").write_text("{", "utf-8")
    output = build(book)
    assert output.code != 0 and not output.looks_finished
    assert "lab-coin.ipynb" in output.output


def test_a_formula_bad_only_with_its_number_is_named_with_its_line(book):
    line = edit(book, ENTROPY, "H(p) = -\\sum_i", "\\tag{9} H(p) = -\\sum_i")
    assert re.search(rf"{ENTROPY}:{line}: \[formulas\] .*Multiple \\\\?tag", failed(book))


# 建好的站点


def test_a_good_build_replaces_the_old_site(book):
    done = build(book)
    assert done.code == 0, done.output
    assert (book / "site/index.html").read_text("utf-8") != "旧"
    assert (book / ".cache/katex.json").exists()


def test_katex_is_published_with_every_font_it_names(site: Built):  # noqa: F811
    folder = site.root / "site/assets/katex"
    fonts = re.findall(r"url\((fonts/[^)]+)\)", (folder / "katex.min.css").read_text("utf-8"))
    assert fonts and all((folder / font).stat().st_size for font in fonts)
    assert (folder / "copy-tex.min.js").stat().st_size


def test_the_sample_page_shows_every_kind_of_thing(site: Built):  # noqa: F811
    page = site.page("01-introduction/entropy")
    for ident in ("eq:entropy", "fig:entropy-curve", "tab:coins", "lst:entropy", "ref:shannon1948mathematical", "cite-1"):
        assert page.count(f'id="{ident}"') == 1
    assert "<td>0.469</td>" in page
    assert "<code>[@eq:nope]</code>" in page and "[=coin.nope:.2f] [@eq:nope] $$ 图 9.9" in page
    assert "注释里的标签" not in page and "<!--" not in page.replace("<!-- ", "<!-- ") or "{#eq:hidden}" not in page
    assert re.search(r'<script type="module" src="../../assets/widgets/[\w-]+\.js"></script>', page)
    assert (site.root / "site/assets/widgets").is_dir()
    assert 'href="../01-introduction/entropy/#eq:entropy">式 (1.1)</a>' in site.page("02-capabilities")


def test_the_appendix_links_back(site: Built):  # noqa: F811
    page = site.page("appendix/references")
    assert 'id="all:shannon1948mathematical"' in page
    assert '见：<a href="../../01-introduction/entropy/">1.1 熵</a>' in page
    assert '<a href="../../01-introduction/lab-coin/">抛硬币</a>：' in page


@pytest.fixture(scope="module")
def themed(tmp_path_factory) -> Built:
    """用真的主题建的样书。"""
    root = copy_sample(tmp_path_factory.mktemp("themed") / "book")
    theme = "theme: { name: material, language: zh, font: false"
    edit(root, "mkdocs.yml", theme, theme + ", custom_dir: scripts/theme, features: [content.action.edit]")
    done = build(root)
    assert done.code == 0, done.output
    return done


def whole(themed: Built, url: str) -> str:
    return (themed.root / "site" / url / "index.html").read_text("utf-8")


def test_edit_links_point_to_the_source(themed):
    address = "https://example.org/repo/edit/main/docs/01-introduction/"
    assert f'href="{address}lab-coin.py"' in whole(themed, "01-introduction/lab-coin")
    assert f'href="{address}entropy.md"' in whole(themed, "01-introduction/entropy")


def test_formula_styles_are_linked_once_where_there_are_formulas(themed):
    with_formulas, without = whole(themed, "01-introduction/entropy"), whole(themed, "02-capabilities")
    for name in ("katex.min.css", "copy-tex.min.js"):
        assert with_formulas.count(f'="../../assets/katex/{name}"') == 1
        assert f"assets/katex/{name}" not in without


def test_titles_and_reading_time_reach_the_template(themed):
    page = whole(themed, "01-introduction/entropy")
    assert "<title>1.1 熵" in page
    assert re.search(r"1\s*分钟", page)


def test_the_policy_is_filled_in_for_every_page(themed):
    for page in (themed.root / "site").rglob("index.html"):
        content = page.read_text("utf-8")
        assert "script-src 'self' 'sha256-" in content and "__CSP_HASHES__" not in content


def test_hooks_without_the_first_one_say_what_is_wrong(monkeypatch):
    monkeypatch.setattr(session, "_current", None)
    with pytest.raises(RuntimeError, match=r"scripts/hooks/check\.py 必须排在 mkdocs\.yml 的 hooks 第一位"):
        session.current()


def test_a_second_build_keeps_the_renderer_and_rereads_the_book(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "_current", None)
    root = copy_sample(tmp_path / "book")
    first = session.start(root)
    edit(root, ENTROPY, "title: 熵", "title: 新")
    second = session.start(root)
    assert second.renderer is first.renderer and session.current() is second
    assert first.book.page("01-introduction/entropy.md").title == "熵"
    assert second.book.page("01-introduction/entropy.md").title == "新"
