"""唯一的检查命令：输出、退出码、--source、--only、--list、--fix、--labs、构建失败；以及机械修复。"""

import json
import os
import subprocess
import sys

import check
import pytest
from book import checks, fixes, site_checks
from book.bibliography import PATH as BIB
from book.problems import Problem
from conftest import ENTROPY, GENERATOR, INDEX, LAB, NOTEBOOK, ROOT, SVG

LINE = r"[^:]+:\d+: \[[\w-]+\] .+ → .+"


def run(sample, capsys, *arguments):
    code = check.main(list(arguments), sample.root)
    return code, capsys.readouterr()


def test_a_clean_book(sample, capsys):
    code, out = run(sample, capsys, "--source")
    assert code == 0 and out.out.startswith("没有问题（") and out.out.count("\n") == 1 and not out.err


def test_one_line_a_problem_and_a_count(sample, capsys):
    first = sample.paragraph("众所周知。")
    second = sample.edit(INDEX, "定义没有变。", "定义没有变，见[@eq:nope]。")
    code, out = run(sample, capsys, "--source")
    lines = out.out.splitlines()
    assert code == 1 and lines[-1].startswith("2 个问题（")
    assert lines[0].startswith(f"{ENTROPY}:{first}: [prose] “众所周知”") and " → " in lines[0]
    assert lines[1].startswith(f"{INDEX}:{second}: [labels] ")


def test_only_one_rule(sample, capsys):
    sample.paragraph("众所周知，见[@eq:nope]。")
    code, out = run(sample, capsys, "--only", "labels")
    assert code == 1 and "[labels]" in out.out and "[prose]" not in out.out and out.out.splitlines()[-1].startswith("1 个问题（1 条规则")
    code, out = run(sample, capsys, "--only", "labels", "--only", "prose", "--source")
    assert out.out.splitlines()[-1].startswith("2 个问题（2 条规则")


def test_an_unknown_rule(sample, capsys):
    code, out = run(sample, capsys, "--only", "nope")
    assert code == 2 and "没有规则 nope" in out.err and "prose" in out.err


def test_unknown_options(sample):
    with pytest.raises(SystemExit) as stopped:
        check.main(["--nope"], sample.root)
    assert stopped.value.code == 2


def test_not_a_book(tmp_path, capsys):
    assert check.main(["--source"], tmp_path) == 2
    assert "mkdocs.yml" in capsys.readouterr().err


def test_the_list_names_every_rule(sample, capsys):
    code, out = run(sample, capsys, "--list")
    lines = out.out.splitlines()
    assert code == 0 and [line.split()[0] for line in lines] == [*checks.SOURCE, *site_checks.SITE]
    assert all(len(line.split(None, 1)) == 2 for line in lines)


def test_the_contributing_page_lists_every_source_rule():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    missing = {name for name in checks.SOURCE if f"`{name}`" not in text}
    assert missing <= {"directives"}  # 写错名字时，错误本身就列出可用的名字


def test_every_source_rule_gives_only_its_own_name(sample):
    """规则名与登记的名字一致，--only 才找得到它；构建的几条是源文件规则的子集。"""
    assert set(checks.BUILD) <= set(checks.SOURCE)


def test_broken_pages_make_no_stack_trace(sample):
    sample.write(ENTROPY, "---\ntitle: [\n---\n```\n$$ <!-- [@ {#fig:")
    sample.write(NOTEBOOK, "{")
    sample.write(SVG, "<svg")
    sample.write(BIB, "@a{")
    done = subprocess.run([sys.executable, str(ROOT / "scripts/check.py"), "--list"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0
    assert all(isinstance(problem, Problem) for problem in sample.problems())


def test_without_its_packages_it_says_what_to_install():
    command = [sys.executable, "-S", str(ROOT / "scripts/check.py"), "--list"]  # -S：看不见装好的包
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": ""})
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("这个 Python 里没有 bibtexparser、jsonschema、mkdocs、yaml → ") and "pip install -e ." in done.stderr


def test_nothing_is_built_while_the_build_must_fail(sample, capsys, monkeypatch):
    monkeypatch.setattr(check, "build", lambda root, folder: pytest.fail("不该构建"))
    sample.paragraph("见[@eq:nope]。")
    code, out = run(sample, capsys)
    assert code == 1 and "先修好 labels" in out.out


def test_prose_does_not_stop_the_build(sample, capsys, monkeypatch):
    monkeypatch.setattr(check, "build", lambda root, folder: {Problem("a.md", 1, "build", "甲", "乙")})
    sample.paragraph("众所周知。")
    code, out = run(sample, capsys)
    assert code == 1 and "a.md:1: [build] 甲 → 乙" in out.out and "[prose]" in out.out


def test_site_rules_and_what_was_skipped(sample, capsys, monkeypatch):
    monkeypatch.setattr(check, "build", lambda root, folder: set())
    monkeypatch.setattr(site_checks, "run", lambda book, site, names: ([Problem("b.md", 2, "csp", "丙", "丁")], {"a11y": "没有浏览器"}))
    code, out = run(sample, capsys)
    assert code == 1 and "b.md:2: [csp] 丙 → 丁" in out.out and "跳过 a11y：没有浏览器" in out.out


def test_only_a_site_rule(sample, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(check, "build", lambda root, folder: set())
    monkeypatch.setattr(site_checks, "run", lambda book, site, names: (asked.extend(names), {})[1:] and ([], {}))
    assert run(sample, capsys, "--only", "csp")[0] == 0 and asked == ["csp"]


def test_a_build_that_fails(sample, tmp_path):
    sample.edit("mkdocs.yml", "  - footnotes", "  - footnotes\n  - nope")
    [problem] = check.build(sample.root, tmp_path / "site")
    assert problem.rule == "build" and "nope" in problem.message


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("WARNING -  Doc file 'a/b.md' contains a link 'c.md', but the target is not found", ("docs/a/b.md", 1, "build")),
        ("ERROR   -  Config value 'nav': bad", ("mkdocs.yml", 1, "build")),
        ("docs/a.md:3: [labels] 未知标签 → 检查", ("docs/a.md", 3, "labels")),
        ("INFO    -  Building", None),
        ("", None),
    ],
)
def test_lines_of_the_build(line, wanted):
    problem = check.build_problem(line)
    assert (problem and (problem.path, problem.line, problem.rule)) == wanted


def lab_runner(sample, text, code):
    (sample.root / "scripts/run_labs.py").unlink()
    sample.write("scripts/run_labs.py", f'"""假的。"""\n\nimport sys\n\nprint({text!r})\nsys.exit({code})\n')


@pytest.mark.parametrize(
    ("text", "code", "wanted"),
    [
        (f"{LAB}: 通过", 0, []),
        (f"{LAB}: 第 1 个代码单元：1 变成 2", 1, [(LAB, "第 1 个代码单元：1 变成 2")]),
        (f"{LAB}: 缺 torch → 装上", 1, [(LAB, "缺 torch")]),
        ("坏了", 1, [("scripts/run_labs.py", "实验没有跑成：坏了")]),
        (f"{LAB}: 跳过，没有装 toy-model==1.0 → 运行 python -m pip install", 0, []),
        (f"{LAB}: 没有装 toy-model==1.0 → 运行 python -m pip install", 1, [(LAB, "没有装 toy-model==1.0")]),
    ],
)
def test_labs(sample, text, code, wanted):
    lab_runner(sample, text, code)
    assert [(p.path, p.message) for p in check.rerun(sample.root)] == wanted


def test_labs_only_when_asked(sample, capsys, monkeypatch):
    monkeypatch.setattr(check, "rerun", lambda root: {Problem(LAB, 1, "labs", "变了", "查")})
    monkeypatch.setattr(check, "build", lambda root, folder: set())
    monkeypatch.setattr(site_checks, "run", lambda book, site, names: ([], {}))
    assert run(sample, capsys)[0] == 0
    assert run(sample, capsys, "--source", "--labs")[0] == 0
    assert run(sample, capsys, "--labs")[0] == 1


# ---- --fix ----


def test_a_clean_book_is_left_alone(sample):
    assert fixes.fix(sample.book()) == []


DAMAGE = [
    (ENTROPY, "硬币正面的概率是 0.9，猜中不难。", "硬币正面的概率是0.9,猜中不难。"),
    (ENTROPY, "惊讶写成 $-\\log_2 p$ [", "惊讶写成$-\\log_2 p$ ["),
    (ENTROPY, "猜中不难。\n", "猜中不难。  \n"),
    (ENTROPY, "| 0.5 | 1 |", "| 0.5 | 1 |\t"),
    (ENTROPY, "chapter: 1\nstatus: stable\nlabs: [toy.entropy]", "labs: [toy.entropy]\nstatus: stable\nchapter: 1"),
    (ENTROPY, "title: 熵\ndescription: 从一枚有偏的硬币出发，手算熵，", "description: 从一枚有偏的硬币出发,手算熵，\ntitle: 熵"),
    (ENTROPY, "这里是比特，见", "这里是bit，见"),
    (LAB, "# 先猜：正面概率 0.9 的硬币", "# 先猜:正面概率0.9的硬币"),
    (SVG, "5,40.7", "5,40.8"),
]


@pytest.mark.parametrize(("path", "good", "bad"), DAMAGE[:5] + DAMAGE[7:])
def test_fix_restores_what_was_damaged(sample, path, good, bad):
    before = sample.read(path)
    sample.edit(path, good, bad)
    sample.stamp()
    assert sample.problems()
    assert fixes.fix(sample.book()) == [path]
    assert sample.read(path) == before
    assert fixes.fix(sample.book()) == []


def test_fix_repairs_bom_crlf_and_the_last_newline(sample):
    before = sample.read(LAB)
    (sample.root / LAB).write_bytes(b"\xef\xbb\xbf" + before.rstrip("\n").replace("\n", "\r\n").encode())
    assert fixes.fix(sample.book()) == [LAB]
    assert (sample.root / LAB).read_bytes() == before.encode()


def test_fix_sorts_the_bibliography(sample):
    entry = "@misc{abel1900first,\n  author = {Abel},\n  title = {First},\n  year = {1900},\n  url = {https://example.com},\n}\n"
    sample.append(BIB, "\n" + entry)
    sample.paragraph("见 [@abel1900first]。")
    assert {p.rule for p in sample.problems()} == {"citations"}
    assert fixes.fix(sample.book()) == [BIB]
    sample.clean()
    assert sample.read(BIB).startswith(entry)


def test_sorting_keeps_comments_in_front_and_is_stable():
    text = "% 说明\n\n@a{b2,\n}\n\n@a{a1,\n}\n"
    once = fixes.sort_entries(text)
    assert once == "% 说明\n\n@a{a1,\n}\n\n@a{b2,\n}\n" and fixes.sort_entries(once) == once
    assert fixes.sort_entries("") == "" and fixes.sort_entries("% 空\n") == "% 空\n"


def test_fix_touches_no_code(sample):
    text = "```text\n甲GPT,乙  \n\t丙\n```\n\n`甲GPT,乙`与 $甲GPT$ 与<!-- 甲GPT,乙 -->。"
    sample.paragraph(text)
    fixes.fix(sample.book())
    assert "```text\n甲GPT,乙  \n\t丙\n```\n\n`甲GPT,乙` 与 $甲GPT$ 与<!-- 甲GPT,乙 -->。" in sample.read(ENTROPY)


def test_fix_leaves_exempted_lines_alone(sample):
    sample.paragraph("原样GPT引用。 <!-- prose: ok 引原文 -->")
    assert fixes.fix(sample.book()) == []


def test_fix_leaves_what_it_cannot_read(sample):
    sample.edit(ENTROPY, "title: 熵", "title: [")
    sample.write("docs/02-capabilities/index.md", sample.read("docs/02-capabilities/index.md") + "```\n甲GPT\n")
    (sample.root / "docs/index.md").write_bytes(b"\xff")
    sample.write(BIB, "@misc{b,\n}\n@misc{a,\n")
    sample.write(GENERATOR, '"""坏的。"""\n\nraise ValueError\n')
    assert fixes.fix(sample.book()) == []


def test_front_matter_keeps_comments_with_their_key(sample):
    sample.edit(ENTROPY, "chapter: 1\nstatus: stable", "status: stable\n# 说明\nchapter: 1")
    fixes.fix(sample.book())
    assert "chapter: 1\nstatus: stable\n# 说明\n" in sample.read(ENTROPY)


def test_the_option(sample, capsys):
    sample.edit(ENTROPY, "猜中不难。", "猜中GPT不难。")
    code, out = run(sample, capsys, "--source", "--fix")
    assert code == 0 and f"已改 {ENTROPY}" in out.out and "没有问题" in out.out


def test_the_sample_results_are_what_the_tests_assume(sample):
    assert json.loads(sample.read("docs/01-introduction/data/coin.json"))["values"]["entropy_biased"] == 0.468996
