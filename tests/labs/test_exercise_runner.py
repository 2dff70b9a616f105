"""编程习题：骨架一条也过不了，参考实现条条都过，常见的错答案个个被抓住。"""

import importlib
import importlib.util
import inspect
from pathlib import Path
from xml.etree import ElementTree

import exercise
import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = {e.name: e for e in exercise.find_exercises()}


def outcomes(path):
    """读 JUnit 报告：{文件: [每条测试过没过]}。"""
    result = {}
    for case in ElementTree.parse(path).iter("testcase"):
        passed = all(child.tag not in ("failure", "error", "skipped") for child in case)
        result.setdefault(case.get("classname").rpartition(".")[2], []).append(passed)
    return result


def skeleton(e):
    return importlib.import_module(".".join(e.skeleton.with_suffix("").parts))


def functions(module):
    found = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in found if function.__module__ == module.__name__}


# ---- 骨架不过，参考过 ----


def test_every_test_fails_on_the_skeleton_and_passes_on_the_reference(tmp_path, monkeypatch):
    monkeypatch.setenv("EXERCISE_REFERENCE", "1")  # 外面设了也不算数
    everything = list(EXERCISES.values())
    assert exercise.run(everything, False, f"--junitxml={tmp_path}/skeleton.xml") == 1
    assert exercise.run(everything, True, f"--junitxml={tmp_path}/reference.xml") == 0
    failing, passing = outcomes(tmp_path / "skeleton.xml"), outcomes(tmp_path / "reference.xml")
    assert set(failing) == set(passing) == {e.test.stem for e in everything}
    for name, results in failing.items():
        assert not any(results), f"{name} 里有测试在没写的骨架上也能通过"
        assert len(results) == len(passing[name]) and all(passing[name])


@pytest.mark.parametrize("e", EXERCISES.values(), ids=EXERCISES)
def test_the_skeleton_has_the_signature_of_the_reference_and_a_hint(e):
    module = skeleton(e)
    assert f"python scripts/exercise.py {e.name}" in module.__doc__
    reference = importlib.import_module(module.REFERENCE)
    assert functions(module)
    for name, function in functions(module).items():
        signature = inspect.signature(function)
        assert signature == inspect.signature(getattr(reference, name))
        with pytest.raises(NotImplementedError, match="提示：.{15,}"):
            function(*[None] * len(signature.parameters))


# ---- 常见的错答案：tests/exercises/<章>/wrong_<题>.py，函数名是「骨架里的函数__错在哪里」 ----


def load(path):
    spec = importlib.util.spec_from_file_location(f"public_{path.stem}", ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def calls(function):
    """一条测试要用哪些参数去调用：展开 parametrize，没有则一次空调用。"""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    if not marks:
        return [{}]
    names, rows = marks[0].args
    names = [names] if isinstance(names, str) else list(names)
    return [dict(zip(names, row if len(names) > 1 else [row], strict=True)) for row in rows]


def passes(e, **answers):
    """公开测试里的函数换成参考实现，再换成给出的答案，看是否条条通过。"""
    tests, skeleton_module = load(e.test), skeleton(e)
    reference = importlib.import_module(skeleton_module.REFERENCE)
    for name in functions(skeleton_module):
        if hasattr(tests, name):
            setattr(tests, name, answers.get(name, getattr(reference, name)))
    try:
        for test_name, test in vars(tests).items():
            if test_name.startswith("test_"):
                for arguments in calls(test):
                    test(**arguments)
    except (Exception, pytest.fail.Exception):  # 后者是「本该出错却没有」，不是 Exception 的子类
        return False
    return True


def wrong_answers(e):
    """这道题的错答案：[(骨架里的函数名, 函数)]。"""
    path = e.test.with_name(f"wrong_{e.skeleton.name}")
    if not (ROOT / path).is_file():
        return []
    return [(name.partition("__")[0], f) for name, f in functions(load(path)).items() if "__" in name]


WRONG = [(e, name, f) for e in EXERCISES.values() for name, f in wrong_answers(e)]


@pytest.fixture
def plain_hypothesis():
    """只要知道通不通过：不限每次调用的时间，不缩小反例，不解释。"""
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile(
        "plain", deadline=None, derandomize=True, database=None, max_examples=40, phases=phases
    )
    settings.load_profile("plain")
    yield
    settings.load_profile("default")


@pytest.mark.usefixtures("plain_hypothesis")
@pytest.mark.parametrize(("e", "name", "answer"), WRONG, ids=[f.__name__ for _, _, f in WRONG])
def test_wrong_answers_do_not_pass(e, name, answer):
    assert not passes(e, **{name: answer})


@pytest.mark.usefixtures("plain_hypothesis")
@pytest.mark.parametrize("e", EXERCISES.values(), ids=EXERCISES)
def test_the_reference_passes_the_same_way(e):
    assert passes(e)  # 否则上一条测试什么也没有证明


@pytest.mark.parametrize("e", EXERCISES.values(), ids=EXERCISES)
def test_every_function_has_wrong_answers_to_try(e):
    tried = [name for name, _ in wrong_answers(e)]
    for name in functions(skeleton(e)):
        assert tried.count(name) >= 3, (
            f"{name} 至少要有三个错答案，写在 wrong_{e.skeleton.name}，名如 {name}__unscaled"
        )


# ---- 命令行 ----


def test_the_list_shows_every_exercise(capsys):
    assert exercise.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(EXERCISES)
    assert all(len(line.split("\t")[1]) > 5 for line in lines)


def test_unknown_exercises_are_named(capsys):
    assert exercise.main(["07/causal-attention", "07/rope-9"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("没有这道题：07/rope-9。现有：") and "07/causal-attention" in message


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["07/causal-attention"], 1, (["07/causal-attention"], False)),
        (["07/grouped-query", "--reference"], 0, (["07/grouped-query"], True)),
        (["--reference"], 0, (list(EXERCISES), True)),
        (["--reference"], 2, (list(EXERCISES), True)),  # pytest 自己出错，也不算通过
    ],
)
def test_the_command_runs_what_was_asked_for(arguments, code, expected, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(
        exercise, "run", lambda chosen, reference, *_: seen.append((chosen, reference)) or code
    )
    assert exercise.main(arguments) == (code != 0)
    assert [([e.name for e in chosen], reference) for chosen, reference in seen] == [expected]
    said = capsys.readouterr().out
    assert said.startswith("通过：") if code == 0 else "通过：" not in said
    if code == 1:
        assert "labs/exercises/architecture/causal_attention.py" in said


@pytest.mark.parametrize(
    ("chapter", "with_test", "message"),
    [("07-architecture", False, "没有公开测试"), ("08-training", True, "与 docs/ 里任何一章都不同名")],
)
def test_a_skeleton_without_chapter_or_test_is_an_error(tmp_path, chapter, with_test, message):
    for folder in ("labs/exercises/architecture", "tests/exercises/architecture", f"docs/{chapter}"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "labs/exercises/architecture/x.py").write_text('"""题。"""\n', "utf-8")
    if with_test:
        (tmp_path / "tests/exercises/architecture/test_x.py").touch()
    with pytest.raises(FileNotFoundError, match=message):
        exercise.find_exercises(tmp_path)
