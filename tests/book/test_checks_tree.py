"""文件树：十三章、顶层、名字、成对的测试、大文件、第三方文件；以及 ruff。"""

import subprocess
import sys

import pytest
from book.checks import python, tree
from book.model import CHAPTERS
from conftest import EXERCISES, LAB

MODULE = "labs/toy/entropy.py"
DOC = '"""文档。"""\n'


def test_a_missing_chapter(sample):
    sample.delete("docs/13-environment/index.md")
    sample.expect_all(("files", "docs/13-environment/index.md", 1), ("tree", "docs/13-environment/index.md", 1))


@pytest.mark.parametrize("path", ["notes.txt", "course/1.md", "setup.py", ".editorconfig"])
def test_a_stray_entry_at_the_top(sample, path):
    sample.write(path, DOC)
    sample.expect("tree", path.split("/")[0], 1, "顶层")


@pytest.mark.parametrize("path", ["README.md", "LICENSE", ".github/a.yml", ".ci/run", ".gitignore", "site/index.html", ".venv/a", "a.egg-info/b", "labs/__pycache__/a.pyc"])
def test_what_belongs_at_the_top(sample, path):
    sample.write(path, "甲\n")
    sample.clean()


@pytest.mark.parametrize("path", ["docs/notes.txt", "docs/14-more/index.txt", "docs/img/a.svg"])
def test_a_stray_entry_in_docs(sample, path):
    sample.write(path, "")
    sample.expect("tree", path, 1, "docs/ 里不该有")


@pytest.mark.parametrize(
    "name", ["notes.txt", "Entropy.svg", "code/a.py", "figures/Entropy.json", "figures/a_b.svg.txt", "data/x.csv", "helper.py"]
)
def test_a_stray_file_in_a_chapter(sample, name):
    path = f"docs/02-capabilities/{name}"
    sample.write(path, DOC)
    sample.expect("tree", path, 1, "章里不该有")


@pytest.mark.parametrize("name", ["3.md", "7.3-attention.md", "Attention.md", "multi_head.md", "注意力.md", "[wip].md"])
def test_badly_named_pages(sample, name):
    path = f"docs/02-capabilities/{name}"
    sample.write(path, "")
    assert ("tree", path, 1) in {(p.rule, p.path, p.line) for p in sample.problems("tree")}


@pytest.mark.parametrize("path", ["docs/assets/My File.js", "docs/assets/widgets_old/a.js", "docs/appendix/Notes.txt"])
def test_badly_named_files(sample, path):
    sample.write(path, "")
    assert [(p.rule, p.path) for p in sample.problems("tree")] == [("tree", path)]


@pytest.mark.parametrize("path", ["labs/toy/MyModule.py", "labs/toy/kv-cache.py", "scripts/figures/entropy-curve.py", "tests/labs/toy/Test_x.py", "labs/Toy/x.py", "labs/toy/3d.py"])
def test_badly_named_python_files(sample, path):
    sample.write(path, DOC)
    found = [p for p in sample.problems("tree") if "不合规定" in p.message]
    assert [(p.rule, p.path) for p in found] == [("tree", path)]


def test_a_module_without_tests(sample):
    sample.write("labs/toy/other.py", DOC)
    assert "tests/labs/toy/test_other.py" in sample.expect("tree", "labs/toy/other.py", 1, "没有测试").repair


def test_a_missing_test_file(sample):
    sample.delete("tests/labs/toy/test_entropy.py")
    sample.expect("tree", MODULE, 1, "没有测试")


def test_a_module_in_a_deeper_package(sample):
    sample.write("labs/toy/deep/other.py", DOC)
    assert "tests/labs/toy/deep/test_other.py" in sample.expect("tree", "labs/toy/deep/other.py", 1).repair


def test_packages_and_private_modules_need_no_test(sample):
    sample.write("labs/toy/_helper.py", DOC)
    sample.clean()


def test_a_skeleton_without_a_public_test(sample):
    sample.delete("tests/exercises/introduction/test_entropy.py")
    sample.expect("tree", "labs/exercises/introduction/entropy.py", 1, "骨架")


def test_a_figure_script_without_figure(sample):
    sample.write("scripts/figures/dice_curve.py", DOC + "\n\ndef draw():\n    " + DOC)
    sample.expect("tree", "scripts/figures/dice_curve.py", 1, "dice-curve.svg")


@pytest.mark.parametrize("name", ["svg.py", "logo.py", "__init__.py", "_helper.py"])
def test_figure_libraries_draw_nothing(sample, name):
    sample.write(f"scripts/figures/{name}", DOC)
    sample.clean()


def test_a_large_file(sample):
    sample.write("labs/data/big.bin", "a" * (5 * 1024 * 1024))
    sample.clean()
    sample.write("labs/data/big.bin", "a" * (5 * 1024 * 1024 + 1))
    sample.expect("tree", "labs/data/big.bin", 1, "MB")


@pytest.mark.parametrize("path", ["docs/assets/js/d3.min.js", "docs/assets/css/a.min.css", "docs/assets/fonts/a.woff2", "scripts/vendor/a.js"])
def test_third_party_files(sample, path):
    sample.write(path, "")
    sample.expect("tree", path, 1, "第三方")


def test_a_file_that_vanishes_between_listing_and_reading(sample, monkeypatch):
    listed = [*tree.tracked(sample.root), "docs/assets/gone.js"]
    monkeypatch.setattr(tree, "tracked", lambda root: sorted(listed))
    sample.clean()


def test_in_a_repository_ignored_files_do_not_count(sample):
    def git(*words):
        subprocess.run(["git", *words], cwd=sample.root, check=True, capture_output=True)

    git("init", "-q")
    sample.write(".gitignore", "secret/\n.cache/\n")
    sample.write("secret/a.txt", "")
    sample.clean()
    sample.write("notes.txt", "")
    sample.expect("tree", "notes.txt", 1, "顶层")
    git("add", "notes.txt")
    sample.delete("notes.txt")
    sample.clean()


def test_chinese_names_in_a_repository(sample):
    subprocess.run(["git", "init", "-q"], cwd=sample.root, check=True)
    sample.write(".gitignore", ".cache/\n")
    sample.write("docs/assets/图.js", "")
    sample.expect("tree", "docs/assets/图.js", 1, "不合规定")


def test_the_rule_knows_the_thirteen_chapters():
    assert len(CHAPTERS) == 13 and set(CHAPTERS) < tree.DOCS


@pytest.mark.parametrize(
    ("code", "words"),
    [("import os\n", "F401"), ("x = nope\n", "F821"), ("def f(a=[]):\n    '''文档。'''\n    return a\n", "B006"), ("def f():\n    return 1\n", "D103"), ("x = (\n", "")],
)
def test_ruff_findings(sample, code, words):
    sample.write("labs/toy/bad.py", '"""文档。"""\n\n' + code)
    sample.write("tests/labs/toy/test_bad.py", DOC)
    found = sample.problems()
    assert {p.rule for p in found} == {"python"} and {p.path for p in found} == {"labs/toy/bad.py"}
    assert words in found[0].message and all(p.line >= 3 for p in found)


def test_ruff_looks_at_labs_tests_and_scripts(sample):
    sample.edit(LAB, "biased = entropy", "biased = nope\nbiased = entropy")
    sample.stamp()
    sample.write("tests/labs/toy/test_more.py", "import os\n")
    sample.write("scripts/figures/_more.py", '"""文档。"""\n\nimport os\n')
    assert [(p.rule, p.path) for p in sample.problems()] == [
        ("python", LAB),
        ("python", "scripts/figures/_more.py"),
        ("python", "tests/labs/toy/test_more.py"),
    ]


def test_ruff_says_what_it_can_fix(sample):
    sample.write("labs/toy/_bad.py", '"""文档。"""\n\nimport os\n')
    assert "--fix" in sample.problems("python")[0].repair


def test_without_ruff_the_reader_is_told(sample, monkeypatch):
    real = subprocess.run

    def fake(command, **options):
        return real([sys.executable, "-c", "import sys; sys.exit('No module named ruff')"], **options)

    monkeypatch.setattr(python.subprocess, "run", fake)
    [problem] = sample.problems("python")
    assert "pip install" in problem.repair


def test_a_broken_ruff_configuration(sample):
    sample.edit("pyproject.toml", "[tool.ruff]", "[tool.ruff]\nnope = 1")
    [problem] = sample.problems("python")
    assert problem.path == "pyproject.toml" and "ruff 没有跑成" in problem.message


def test_nothing_to_check(sample):
    assert EXERCISES.endswith(".md")
    book = sample.book()
    book.root = sample.root / "docs/appendix"
    assert list(python.check(book)) == []
