"""实验：过期、单元数、错误与警告输出、labs: 的模块、结果文件、落单的笔记本。"""

import json

import pytest
from conftest import ENTROPY, INDEX, LAB, NOTEBOOK

DATA = "docs/01-introduction/data/coin.json"
MODULE = "labs/toy/entropy.py"


def cells(sample, change):
    """改笔记本的代码单元。"""
    content = json.loads(sample.read(NOTEBOOK))
    change([cell for cell in content["cells"] if cell["cell_type"] == "code"], content)
    sample.write(NOTEBOOK, json.dumps(content, ensure_ascii=False))


def test_an_edited_lab_is_outdated(sample):
    sample.edit(LAB, "0.9, 0.1", "0.8, 0.2")
    assert "run_labs.py" in sample.expect("labs", LAB, 1, "过期").repair


def test_an_edited_module_makes_the_lab_outdated(sample):
    sample.edit(MODULE, "if x > 0", "if x")
    sample.expect("labs", LAB, 1, "过期")


def test_edited_text_makes_the_lab_outdated_too(sample):
    sample.edit(LAB, "答案是比 0.5 小。", "答案比 0.5 小。")
    sample.expect("labs", LAB, 1, "过期")


def test_line_ends_do_not_matter(sample):
    (sample.root / MODULE).write_bytes(sample.read(MODULE).replace("\n", "\r\n").encode())
    assert sample.problems("labs") == []


def test_no_fingerprint(sample):
    cells(sample, lambda codes, content: content["metadata"].pop("book"))
    sample.expect("labs", LAB, 1, "过期")


def test_a_cell_too_few(sample):
    cells(sample, lambda codes, content: content["cells"].remove(codes[-1]))
    sample.expect("labs", LAB, 1, "有 1 个")


def test_an_error_in_the_output(sample):
    error = {"output_type": "error", "ename": "ValueError", "evalue": "坏了", "traceback": []}
    cells(sample, lambda codes, content: codes[1]["outputs"].append(error))
    sample.expect("labs", NOTEBOOK, 1, "ValueError")


def test_a_warning_in_the_output(sample):
    warning = {"output_type": "stream", "name": "stderr", "text": ["UserWarning\n"]}
    cells(sample, lambda codes, content: codes[1]["outputs"].append(warning))
    sample.expect("labs", NOTEBOOK, 1, "警告")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 1}', '{"cells": [], "metadata": 1}', "\ufeff{"])
def test_a_broken_notebook(sample, text):
    sample.write(NOTEBOOK, text)
    sample.expect("labs", NOTEBOOK, 1, "读不懂")


def test_a_missing_notebook_is_reported_once(sample):
    sample.delete(NOTEBOOK)
    sample.expect("files", LAB, 1, ".ipynb")


def test_a_lab_that_is_not_python_is_left_to_ruff(sample):
    sample.edit(LAB, 'print(f"{biased:.3f} 比特")', "print(")
    assert {p.rule for p in sample.problems()} == {"python"}


@pytest.mark.parametrize("page", [ENTROPY, LAB])
def test_a_module_that_does_not_exist(sample, page):
    line = sample.edit(page, "labs: [toy.entropy]", "labs: [toy.entropy, toy.nope]")
    sample.stamp()
    sample.expect("labs", page, line, "labs/toy/nope.py")


def test_a_module_that_is_not_included(sample):
    sample.edit(ENTROPY, "labs: [toy.entropy]", "labs: [toy.entropy, toy.other]")
    sample.write("labs/toy/other.py", '"""没有人用。"""\n')
    sample.write("tests/labs/toy/test_other.py", '"""空。"""\n')
    sample.expect("labs", ENTROPY, 7, "没有引入")


def test_a_lab_that_does_not_import_its_module(sample):
    sample.write("labs/toy/other.py", '"""没有人用。"""\n')
    sample.write("tests/labs/toy/test_other.py", '"""空。"""\n')
    line = sample.edit(LAB, "labs: [toy.entropy]", "labs: [toy.other]")
    sample.stamp()
    sample.expect("labs", LAB, line, "没有引入")


def need_a_package(sample, module="", listed=""):
    if module:
        sample.write(MODULE, sample.read(MODULE) + f'\nPACKAGE = "{module}"\n')
    line = 1
    if listed:
        line = sample.edit(LAB, "# labs: [toy.entropy]", f"# labs: [toy.entropy]\n# packages: [{listed}]") + 1
    sample.stamp()
    return line


def test_a_package_that_the_module_and_the_lab_name(sample):
    need_a_package(sample, "toy-model==1.0", "toy-model==1.0")
    sample.clean()


def test_a_package_that_only_the_module_names(sample):
    need_a_package(sample, "toy-model==1.0")
    assert "packages: [toy-model==1.0]" in sample.expect("labs", LAB, 1, "packages: 里没有").repair


def test_a_package_that_nothing_needs(sample):
    line = need_a_package(sample, listed="toy-model==1.0")
    sample.expect("labs", LAB, line, "toy-model==1.0")


def test_a_package_of_another_version(sample):
    line = need_a_package(sample, "toy-model==1.0", "toy-model==1.1")
    sample.expect_all(("labs", LAB, line), ("labs", LAB, line))


def test_the_opening_may_list_what_the_chapter_uses(sample):
    sample.edit(INDEX, "requires: []", "requires: []\nlabs: [toy.entropy]")
    sample.clean()


def test_a_figure_script_that_is_not_utf8_mentions_nothing(sample):
    (sample.root / "scripts/figures/_latin.py").write_bytes(b"# dice \xff\n")
    sample.write("docs/01-introduction/data/dice.json", '{"values": {"a": 1}}')
    assert [p.path for p in sample.problems("labs")] == ["docs/01-introduction/data/dice.json"]


def test_results_nobody_uses(sample):
    sample.write("docs/01-introduction/data/dice.json", '{"values": {"a": 1}}')
    sample.expect("labs", "docs/01-introduction/data/dice.json", 1, "用到")


@pytest.mark.parametrize("path", [LAB, "scripts/figures/entropy_curve.py"])
def test_results_of_a_lab_or_for_a_figure(sample, path):
    sample.write("docs/01-introduction/data/dice.json", '{"values": {"a": 1}}')
    sample.edit(path, "biased = " if path == LAB else "    style =", 'name = "dice"\nbiased = ' if path == LAB else '    assert "dice"\n    style =')
    sample.stamp()
    assert sample.problems("labs") == []


def test_results_used_on_a_page(sample):
    sample.write("docs/01-introduction/data/dice.json", '{"values": {"a": 1}}')
    sample.paragraph("测得 [=dice.a] 次。")
    sample.clean()


def test_a_notebook_without_source(sample):
    sample.write("docs/02-capabilities/lab-old.ipynb", sample.read(NOTEBOOK))
    sample.expect("labs", "docs/02-capabilities/lab-old.ipynb", 1, "没有同名")


def test_checkpoints_are_ignored(sample):
    sample.write("docs/01-introduction/.ipynb_checkpoints/lab-coin.ipynb", "{}")
    assert sample.problems("labs") == []
