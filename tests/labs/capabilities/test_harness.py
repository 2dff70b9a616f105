"""评测台：手算的五种分数，指标名，题目格式，六十道题的数据与任务文件。"""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from labs.capabilities.char_lm import CharLM
from labs.capabilities.harness import METRICS, Item, accuracy, evaluate, normalise, predict, read_items, scores
from labs.common.udhr import sections

DATA = Path(__file__).resolve().parents[3] / "labs/data"
CHOICES = ("不知道", "因为海是蓝的", "因为蓝光散射得多", "Rayleigh散射")
GIVEN = (-4.0, -6.0, -9.6, -8.0)
ALONE = (-3.5, -12.0, -19.2, -16.0)
TOKENS = dict(zip(CHOICES, (2, 4, 6, 3), strict=True))


class Table:
    """按页面上那张表回答的模型。"""

    def logprob(self, context, continuation):
        return dict(zip(CHOICES, ALONE if context == "答：" else GIVEN, strict=True))[continuation]

    def count_tokens(self, text):
        return TOKENS[text]


SKY = Item("问：天为什么是蓝的？答：", CHOICES, 2, neutral="答：")


# ---- 手算 ----


@pytest.mark.parametrize(
    ("how", "expected", "winner"),
    [
        ("sum", (-4, -6, -9.6, -8), 0),
        ("per_token", (-2, -1.5, -1.6, -2.667), 1),
        ("per_char", (-1.333, -1, -1.2, -0.8), 3),
        ("per_byte", (-0.444, -0.333, -0.4, -0.571), 1),
        ("pmi", (-0.5, 6, 9.6, 8), 2),
    ],
)
def test_one_item_four_answers(how, expected, winner):
    assert scores(Table(), SKY, how) == pytest.approx(expected, abs=5e-4)
    assert predict(Table(), SKY, how) == winner
    assert evaluate(Table(), [SKY], how) == [winner == 2]


def test_lengths_of_the_example():
    assert [len(y) for y in CHOICES] == [3, 6, 8, 10]
    assert [len(y.encode()) for y in CHOICES] == [9, 18, 24, 14]


def test_dividing_the_probability_changes_next_to_nothing():
    """讲义的写法 p/长度：短的照旧占尽便宜。"""
    slip = [np.exp(logprob) / TOKENS[y] for y, logprob in zip(CHOICES, GIVEN, strict=True)]
    assert slip == pytest.approx([0.00916, 0.00062, 0.0000113, 0.000112], rel=6e-3)
    assert int(np.argmax(slip)) == 0


def test_the_joint_probability_must_not_be_normalised():
    """log p(x, y)/长度：题干的 −30 被长选项摊薄，最长的赢；题干越长，偏得越多。"""
    joint = [(-30 + logprob) / TOKENS[y] for y, logprob in zip(CHOICES, GIVEN, strict=True)]
    assert joint == pytest.approx([-17, -9, -6.6, -12.667], abs=5e-4) and int(np.argmax(joint)) == 2


# ---- 对照：那个库的几行（numpy 的 argmax） ----


def test_agrees_with_the_definitions_of_the_library():
    rng = np.random.default_rng(0)
    for _ in range(50):
        lls, alone = -rng.random(4) * 20, -rng.random(4) * 20
        choices = ["甲" * n + "a" * m for n, m in rng.integers(1, 6, size=(4, 2))]
        expected = {
            "sum": lls,
            "per_char": lls / np.array([float(len(i)) for i in choices]),
            "per_byte": lls / np.array([float(len(i.encode("utf-8"))) for i in choices]),
            "pmi": lls - alone,
        }
        for how, values in expected.items():
            assert normalise(how, choices, list(lls), list(alone)) == pytest.approx(values)


# ---- 不变量 ----


def test_equal_lengths_make_the_length_irrelevant():
    for how in ("per_char", "per_byte", "per_token"):
        ranked = normalise(how, ["甲乙", "丙丁", "戊己"], [-3, -1, -2])
        assert np.argsort(ranked).tolist() == [0, 2, 1]


def test_a_flat_prior_makes_pmi_the_sum():
    assert normalise("pmi", "甲乙", [-3, -1], [-2, -2]) == [-1, 1]


def test_a_model_without_a_tokenizer_counts_characters():
    model = CharLM("我爱书。他爱书。", 2)
    item = Item("我爱", ("书", "他爱"), 0)
    assert scores(model, item, "per_token") == scores(model, item, "per_char")


def test_ties_go_to_the_first():
    assert normalise("sum", "甲乙", [-1, -1]).index(-1) == 0
    flat = type("Flat", (), {"logprob": lambda self, c, y: -1.0})()
    assert predict(flat, SKY, "sum") == 0


def test_accuracy_is_the_mean():
    assert accuracy([True, False, True, True]) == 0.75


# ---- 数据与任务文件 ----


def test_sixty_items_with_balanced_answers():
    items = read_items(DATA / "cloze-zh.jsonl", neutral="。")
    assert len(items) == 60 and all(len(item.choices) == 4 and item.neutral == "。" for item in items)
    assert [sum(item.answer == i for item in items) for i in range(4)] == [15] * 4
    text = "".join(sections("cmn_hans")[-10:])
    for item in items:
        assert item.context + item.choices[item.answer] in text
        assert sum(item.context + y in text for y in item.choices) == 1


def test_the_items_match_the_recorded_checksum():
    digest = hashlib.sha256((DATA / "cloze-zh.jsonl").read_bytes()).hexdigest()
    assert digest in (DATA / "SOURCES.md").read_text("utf-8")


# lm-evaluation-harness 的 TaskConfig（lm_eval/config/task.py，2026-08-21 的提交 4e7e0d4）的字段
FIELDS = set(
    """task task_alias tag custom_dataset dataset_path dataset_name dataset_kwargs training_split validation_split
    test_split fewshot_split process_docs doc_to_text doc_to_target doc_to_image doc_to_audio unsafe_code
    doc_to_choice process_results use_prompt description target_delimiter fewshot_delimiter fewshot_config
    num_fewshot metric_list output_type generation_kwargs repeats filter_list should_decontaminate
    doc_to_decontamination_query gen_prefix metadata""".split()
)


def test_the_exported_task_uses_only_fields_of_the_library():
    task = yaml.safe_load((DATA / "cloze-zh.yaml").read_text("utf-8"))
    assert set(task) <= FIELDS
    assert task["task"] == "cloze_zh" and task["output_type"] == "multiple_choice"
    assert task["dataset_path"] == "json" and task["target_delimiter"] == ""
    assert [m["metric"] for m in task["metric_list"]] == [name for name in METRICS.values() if name]
    assert all(m["aggregation"] == "mean" and m["higher_is_better"] for m in task["metric_list"])
    rows = (DATA / task["dataset_kwargs"]["data_files"][task["test_split"]]).read_text("utf-8").splitlines()
    columns = {task["doc_to_choice"], task["doc_to_target"], re.fullmatch(r"{{(\w+)}}", task["doc_to_text"])[1]}
    assert all(set(json.loads(row)) == columns for row in rows)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Item("题", ("甲",), 0), "^choices 应为至少两个"),
        (lambda: Item("题", ("甲", "甲"), 0), "^choices 应为"),
        (lambda: Item("题", ("甲", ""), 0), "^choices 应为"),
        (lambda: Item("题", ("甲", "乙"), 2), "^answer 应为 0 到 1 的整数，得到 2"),
        (lambda: Item("题", ("甲", "乙"), True), "^answer 应为"),
        (lambda: Item("题", ("甲", "乙"), -1), "^answer 应为"),
        (lambda: normalise("mean", "甲乙", [-1, -2]), "^how 应为 .*得到 'mean'"),
        (lambda: normalise("sum", "甲乙", [-1]), "^logprobs 应为 2 个"),
        (lambda: normalise("sum", "甲乙", [-1, 0.5]), "^logprobs 应为 2 个不大于 0"),
        (lambda: normalise("sum", "甲乙", [-1, float("nan")]), "^logprobs 应为"),
        (lambda: normalise("pmi", "甲乙", [-1, -2]), "^neutral_logprobs 应为 2 个"),
        (lambda: evaluate(Table(), [], "sum"), "^items 是空的"),
        (lambda: accuracy([]), "^correct 是空的"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_empty_file_is_rejected(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(ValueError, match="^path 指向的文件里没有题目"):
        read_items(tmp_path / "empty.jsonl")
