"""编程习题：骨架一条也过不了，参考实现条条都过，常见的错答案个个被抓住。"""

import importlib
import importlib.util
import inspect
from pathlib import Path
from xml.etree import ElementTree

import exercise
import pytest
import torch
from hypothesis import settings

from labs.architecture.attention import causal_attention, scaled_dot_product_attention
from labs.architecture.causality import sees_future
from labs.architecture.masks import causal_mask
from labs.architecture.multi_head import grouped_query_attention

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


# ---- 常见的错答案 ----


def unscaled(q, k, v):
    return scaled_dot_product_attention(q * q.shape[-1] ** 0.5, k, v, causal_mask(q.shape[-2]))


def unmasked(q, k, v):
    return scaled_dot_product_attention(q, k, v)


def off_by_one(q, k, v):
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]).tril(-1))


def peeking_one(q, k, v):
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]).roll(-1, -1).tril(1))


def masked_after_softmax(q, k, v):
    weights = torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, -1)
    return weights.tril() @ v


def wrong_axis(q, k, v):
    scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -1e30)
    return torch.softmax(scores, -2) @ v


def scaled_by_the_values(q, k, v):
    scores = (q @ k.mT / v.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -1e30)
    return torch.softmax(scores, -1) @ v


def overflowing(q, k, v):
    weights = torch.exp(q @ k.mT / q.shape[-1] ** 0.5).tril()
    return weights / weights.sum(-1, keepdim=True) @ v


def masked_with_minus_ten(q, k, v):
    scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -10.0)
    return torch.softmax(scores, -1) @ v


def looping(q, k, v):
    rows = [
        scaled_dot_product_attention(q[..., i : i + 1, :], k[..., : i + 1, :], v[..., : i + 1, :])
        for i in range(q.shape[-2])
    ]
    return torch.cat(rows, -2)


def writing_into_the_input(q, k, v):
    return causal_attention(q, k, v.mul_(1.0 + 1e-9))


def tiled(q, k, v, mask=None):
    group = q.shape[1] // k.shape[1]
    if group * k.shape[1] != q.shape[1]:
        raise ValueError
    return scaled_dot_product_attention(q, k.repeat(1, group, 1, 1), v.repeat(1, group, 1, 1), mask)


def first_group_only(q, k, v, mask=None):
    return grouped_query_attention(q, k[:, :1], v[:, :1], mask)


def mask_ignored(q, k, v, mask=None):
    return grouped_query_attention(q, k, v)


def mask_inverted(q, k, v, mask=None):
    return grouped_query_attention(q, k, v, None if mask is None else ~mask)


def never_refusing(q, k, v, mask=None):
    index = torch.arange(q.shape[1]) * k.shape[1] // q.shape[1]
    return scaled_dot_product_attention(q, k[:, index], v[:, index], mask)


def only_the_last_word(model, x):
    changed = x.clone()
    changed[..., -1, :] += 1
    return not torch.equal(model(x)[..., :-1, :], model(changed)[..., :-1, :])


def only_the_next_word(model, x):
    changed = [x.index_add(-2, torch.tensor([t]), x[..., :1, :] + 1) for t in range(1, x.shape[-2])]
    return any(not torch.equal(model(x)[..., t, :], model(c)[..., t, :]) for t, c in enumerate(changed))


def too_tolerant(model, x):
    return sees_future(lambda x: (model(x) * 1e4).round(), x)


def only_the_first_sentence(model, x):
    return sees_future(lambda y: model(y.expand_as(x))[:1], x[:1])


def by_gradient(model, x):
    x = x.clone().requires_grad_()
    y = model(x)
    grads = (
        torch.autograd.grad(y[..., t, :].sum(), x, retain_graph=True, allow_unused=True)[0]
        for t in range(x.shape[-2] - 1)
    )
    return (
        any(g is not None and bool(g[..., t + 1 :, :].any()) for t, g in enumerate(grads))
        if y.requires_grad
        else False
    )


def changing_the_input(model, x):
    return sees_future(model, x.mul_(1.5))


def suspicious_of_everyone(model, x):
    return True


WRONG = {
    "07/causal-attention": [
        unscaled,
        unmasked,
        off_by_one,
        peeking_one,
        masked_after_softmax,
        wrong_axis,
        scaled_by_the_values,
        overflowing,
        masked_with_minus_ten,
        looping,
        writing_into_the_input,
    ],
    "07/grouped-query": [tiled, first_group_only, mask_ignored, mask_inverted, never_refusing],
    "07/sees-future": [
        only_the_last_word,
        only_the_next_word,
        too_tolerant,
        only_the_first_sentence,
        by_gradient,
        changing_the_input,
        suspicious_of_everyone,
    ],
}
RIGHT = {
    "07/causal-attention": causal_attention,
    "07/grouped-query": grouped_query_attention,
    "07/sees-future": sees_future,
}


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


def passes(e, answer):
    """把公开测试里的那个函数换成 answer，看是否条条通过。"""
    module = load(e.test)
    (name,) = functions(skeleton(e))
    setattr(module, name, answer)
    try:
        for test_name, test in vars(module).items():
            if test_name.startswith("test_"):
                for arguments in calls(test):
                    test(**arguments)
    except (Exception, pytest.fail.Exception):  # 后者是「本该出错却没有」，不是 Exception 的子类
        return False
    return True


@pytest.fixture
def patient_hypothesis():
    """第一次调用慢一些不算错。"""
    settings.register_profile("patient", deadline=None, derandomize=True, database=None, max_examples=40)
    settings.load_profile("patient")
    yield
    settings.load_profile("default")


@pytest.mark.usefixtures("patient_hypothesis")
@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, answers in WRONG.items() for a in answers])
def test_wrong_answers_do_not_pass(name, answer):
    assert not passes(EXERCISES[name], answer)


@pytest.mark.usefixtures("patient_hypothesis")
@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass_the_same_way(name):
    assert passes(EXERCISES[name], RIGHT[name])  # 否则上一条测试什么也没有证明


def test_every_exercise_has_wrong_answers_to_try():
    assert set(WRONG) == set(RIGHT) == set(EXERCISES)


# ---- 命令行 ----


def test_the_list_shows_every_exercise(capsys):
    assert exercise.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(EXERCISES)
    assert all(len(line.split("\t")[1]) > 5 for line in lines)


def test_unknown_exercises_are_named(capsys):
    assert exercise.main(["07/causal-attention", "07/rope-9"]) == 2
    assert "没有这道题：07/rope-9。现有：07/causal-attention" in capsys.readouterr().err


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
