"""变异检查自己的测试：每个算子按它的例子改，测得不够的代码会漏过，测够了就不会。"""

import ast
import os

import pytest

pytest.importorskip("cosmic_ray")
import mutate

if not hasattr(os, "fork"):
    pytest.skip("变异检查需要 os.fork", allow_module_level=True)

CASES = [(op, example) for op in mutate.OWN for example in op.examples()]


def meaning(source):
    return ast.dump(ast.parse(source))


@pytest.mark.parametrize(("operator", "example"), CASES, ids=lambda x: getattr(x, "__name__", ""))
def test_operators_do_what_their_examples_say(operator, example):
    mutated = mutate.Visitor.mutate_code(example.pre_mutation_code, operator(), example.occurrence)
    assert meaning(mutated) == meaning(example.post_mutation_code)


def mutants(source):
    return {m.source for m in mutate.mutants_of("labs/x.py", source)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = q @ k.transpose(-2, -1)\n", "y = q @ k\n"),  # 丢转置
        ("y = x.mean(-1)\n", "y = x.mean(-2)\n"),  # 轴互换
        ("y = f(q, k, mask=m)\n", "y = f(q, k)\n"),  # 丢掩码
        ("y = s.masked_fill(~m, 0)\n", "y = s.masked_fill(m, 0)\n"),  # 掩码取反
        ("y = x + f(x)\n", "y = f(x)\n"),  # 丢残差
        ("y = x + f(x)\n", "y = x - f(x)\n"),
        ("y = s / d\n", "y = s\n"),  # 丢缩放
        ("y = i - j < w\n", "y = i - j <= w\n"),  # 比较换边界
        ("y = -math.inf\n", "y = math.inf\n"),  # 翻符号
        ("y = self.W_k(x)\n", "y = self.W_q(x)\n"),  # 用错矩阵
        ("check(x)\ny = 1\n", "pass\ny = 1\n"),  # 丢检查
        ("y = a[t:]\n", "y = a[:t]\n"),
        ("y = eps > 0\n", "y = eps > 1\n"),  # 改常数
    ],
)
def test_the_mistakes_we_worry_about_are_made(before, after):
    assert meaning(after) in {meaning(source) for source in mutants(before)}


@pytest.mark.parametrize(
    "source",
    [
        '"""1 + 1"""\n',
        "import torch.nn as nn\nfrom a import (q, k)\n",
        "def f(x: int | None) -> int | None: ...\n",
        "x: int | None = y\n",
        'raise ValueError(f"{a + 1} {b.shape[-1]}")\n',
        "y = zip(a, b, strict=False)\n",
    ],
)
def test_annotations_imports_and_messages_are_left_alone(source):
    mutated = mutants(source)
    allowed = {meaning("pass\n")}
    if "zip" in source:
        allowed |= {meaning(s) for s in ("y = zip(b, a, strict=False)\n", "y = zip(a, b, strict=True)\n")}
    assert {meaning(m) for m in mutated} <= allowed


def test_mutants_are_distinct_compile_and_name_their_line():
    source = "def f(x, y):\n    z = x + 1\n    return z * y\n"
    found = list(mutate.mutants_of("labs/x.py", source))
    meanings = [meaning(m.source) for m in found]
    assert len(set(meanings)) == len(meanings) > 5 and meaning(source) not in meanings
    for m in found:
        assert source.splitlines()[m.line - 1].strip() == m.before
    assert str(found[0]).startswith("labs/x.py:")


# ---- 整个流程，在一个临时的小项目里 ----

MODULE = "def area(a, b):\n    return a * b\n"
WEAK = "from labs.shape import area\n\n\ndef test_area():\n    assert area(2, 2) == 4\n"
STRONG = WEAK + "    assert area(2, 3) == 6\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """返回一个函数：写好代码、测试与理由，运行检查，得到退出码。"""
    (tmp_path / "labs").mkdir()
    (tmp_path / "tests/labs").mkdir(parents=True)
    (tmp_path / "labs/shape.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    monkeypatch.setattr(mutate, "EXPLAINED", tmp_path / "survivors.toml")

    def check(test, *reasons, arguments=()):
        (tmp_path / "tests/labs/test_shape.py").write_text(test, "utf-8")
        entries = "".join(
            f'[[survivor]]\npath = "labs/shape.py"\nbefore = "return a * b"\nafter = "{after}"\nreason = "试"\n'
            for after in reasons
        )
        (tmp_path / "survivors.toml").write_text(entries, "utf-8")
        return mutate.main([str(tmp_path / "labs"), "--jobs", "2", *arguments])

    return check


def test_a_weak_test_lets_mutants_through_and_a_strong_one_does_not(project, capsys):
    assert project(WEAK) == 1
    output = capsys.readouterr().out
    assert "labs/shape.py:2: return a * b → return a * a" in output
    assert project(STRONG) == 0
    assert "漏过 0" in capsys.readouterr().out


def test_explained_survivors_pass_and_stale_explanations_do_not(project, capsys):
    assert project(WEAK) == 1
    lines = capsys.readouterr().out.splitlines()
    survivors = [line.partition(" → ")[2] for line in lines if " → " in line]
    assert project(WEAK, *survivors) == 0
    assert f"等价 {len(survivors)}，漏过 0" in capsys.readouterr().out
    assert project(STRONG, *survivors) == 1
    assert "理由已过时" in capsys.readouterr().out


def test_a_limit_takes_only_some_and_ignores_stale_explanations(project, capsys):
    assert project(STRONG, "return b", arguments=["--limit", "1"]) == 0
    assert "共 1 处变异" in capsys.readouterr().out


def test_mutants_that_write_files_leave_no_litter(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    test = "from pathlib import Path\n" + STRONG + '    Path(f"{area(2, 3)}.txt").touch()\n'
    before = set(tmp_path.rglob("*.txt"))
    assert project(test) == 0
    assert set(tmp_path.rglob("*.txt")) == before


def test_tests_that_fail_without_any_mutation_stop_the_check(project):
    with pytest.raises(SystemExit, match="未经改动，tests/labs/test_shape.py 就不通过"):
        project("def test_x():\n    assert False\n")


def test_a_module_without_tests_stops_the_check(project, tmp_path):
    (tmp_path / "labs/other.py").write_text("x = 1\n", "utf-8")
    with pytest.raises(SystemExit, match="没有同名的测试，应有 tests/labs/test_other.py"):
        project(STRONG)


def test_an_empty_selection_stops_the_check(tmp_path):
    with pytest.raises(SystemExit, match="没有可查的文件"):
        mutate.main([str(tmp_path)])
