"""评测台：把一道选择题变成几次打分，再把分数变成对错。

    分数(y) = log p(y | x) / 长度(y)            长度按词元、字符或字节数；不除就是总分
    PMI(y)  = log p(y | x) − log p(y | x0)      x0 是与题目无关的上文，如“答：”

手算一遍（“问：天为什么是蓝的？答：”，四个选项的 log p(y | x) 是 −4.0、−6.0、−9.6、−8.0）：
“不知道”总分最高；除以字符数，“Rayleigh 散射”最高；除以字节数，“因为海是蓝的”最高；
减去 log p(y | x0)，“因为蓝光散射得多”最高。同一组概率，四个答案。

来源：EleutherAI 的 lm-evaluation-harness，lm_eval/api/task.py（2026-08-21 的提交 4e7e0d4）：acc 取总分，
acc_norm 除以 Python 的 len(选项)，即字符数，acc_bytes 除以 UTF-8 字节数，acc_mutual_info 是 PMI 且 x0 为空串。
除以词元数的一种是 GPT-3 论文用的（brown2020language，2.4 节），那个库不报，因为它随分词器变。
不含：少样本示例、批处理、生成式题目。模型要满足的只有一个方法，见 LanguageModel。
正文：docs/02-capabilities/scoring.md。
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

METRICS = {  # 我们的名字 → lm-evaluation-harness 的指标名；None 表示它不报
    "sum": "acc",
    "per_char": "acc_norm",
    "per_byte": "acc_bytes",
    "per_token": None,
    "pmi": "acc_mutual_info",
}


class LanguageModel(Protocol):
    """能打分的对象：给定上文，一段续文的对数概率（自然对数）。有 count_tokens(text) 就用它数词元。"""

    def logprob(self, context: str, continuation: str) -> float:
        """log p(continuation | context)。"""
        ...


@dataclass(frozen=True)
class Item:
    """一道选择题：answer 是正确选项的下标，从 0 数起；neutral 是算 PMI 用的 x0。"""

    context: str
    choices: tuple[str, ...]
    answer: int
    neutral: str = ""

    def __post_init__(self):
        if len(self.choices) < 2 or "" in self.choices or len(set(self.choices)) < len(self.choices):
            raise ValueError(f"choices 应为至少两个互不相同的非空字符串，得到 {self.choices!r}。")
        if not (type(self.answer) is int and 0 <= self.answer < len(self.choices)):
            raise ValueError(f"answer 应为 0 到 {len(self.choices) - 1} 的整数，得到 {self.answer!r}。")


def read_items(path: str | Path, neutral: str = "") -> list[Item]:
    """读 JSONL：每行一个 {"context": …, "choices": […], "label": …}；没有题目则 ValueError。"""
    lines = Path(path).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    if not rows:
        raise ValueError(f"path 指向的文件里没有题目：{path}。")
    return [Item(row["context"], tuple(row["choices"]), row["label"], neutral) for row in rows]


# --8<-- [start:normalise]
def normalise(
    how: str,
    choices: Sequence[str],
    logprobs: Sequence[float],
    neutral_logprobs: Sequence[float] | None = None,
    count_tokens: Callable[[str], int] = len,
) -> list[float]:
    """几个选项的对数概率 → 可以比较的分数。how 是 METRICS 里的名字；pmi 还要 neutral_logprobs。"""
    if how not in METRICS:
        raise ValueError(f"how 应为 {'、'.join(METRICS)} 之一，得到 {how!r}。")
    _check_logprobs("logprobs", logprobs, len(choices))
    if how == "pmi":
        _check_logprobs("neutral_logprobs", neutral_logprobs, len(choices))
        return [given - alone for given, alone in zip(logprobs, neutral_logprobs, strict=True)]
    length = {
        "sum": lambda y: 1,
        "per_char": len,
        "per_byte": lambda y: len(y.encode("utf-8")),
        "per_token": count_tokens,
    }[how]
    return [logprob / length(y) for logprob, y in zip(logprobs, choices, strict=True)]


# --8<-- [end:normalise]


def _check_logprobs(name: str, values: Sequence[float] | None, n: int) -> None:
    if values is None or len(values) != n or not all(value <= 0 for value in values):
        raise ValueError(f"{name} 应为 {n} 个不大于 0 的对数概率，得到 {values!r}。")


# --8<-- [start:evaluate]
def scores(model: LanguageModel, item: Item, how: str) -> list[float]:
    """一道题每个选项的分数。"""
    given = [model.logprob(item.context, y) for y in item.choices]
    alone = [model.logprob(item.neutral, y) for y in item.choices] if how == "pmi" else None
    return normalise(how, item.choices, given, alone, getattr(model, "count_tokens", len))


def predict(model: LanguageModel, item: Item, how: str) -> int:
    """分数最高的选项；并列取最前，与 argmax 相同。"""
    ranked = scores(model, item, how)
    return ranked.index(max(ranked))


def evaluate(model: LanguageModel, items: Sequence[Item], how: str) -> list[bool]:
    """逐题的对错。留着这张表，不要只留平均数：配对比较全靠它。"""
    if not items:
        raise ValueError("items 是空的，没有题可评。")
    return [predict(model, item, how) == item.answer for item in items]


def accuracy(correct: Sequence[bool]) -> float:
    """答对的比例；空的记录没有准确率，抛出 ValueError。"""
    if not correct:
        raise ValueError("correct 是空的，没有准确率。")
    return sum(correct) / len(correct)


# --8<-- [end:evaluate]
