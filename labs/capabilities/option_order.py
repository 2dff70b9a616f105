"""选项换个次序，答案换不换：选择题里最便宜的一次稳健性检查。

    翻转率 = 至少有一种次序使模型改选了别的内容的题数 / 总题数

把四个选项写进提示、让模型报字母，次序就成了输入的一部分；把选项接在题干后面各打一次分（完形式），
次序不是输入，翻转率按构造是 0。这里用四种轮换（ABCD、BCDA、CDAB、DABC），使正确答案在每个位置各出现一次。

手算一遍：内容得分 (0, −1, −2, −3)，排在第一位另加 1.5。轮换四次，第一位的内容依次是 0、1、2、3 号，
总分最高的依次是 0、1、0、0 号，所以这道题翻转了；加分小于 1 就不翻。

来源：pezeshkpour2024large、zheng2023large。
不含：全部 24 种次序；字母以外的编号。
正文：docs/02-capabilities/scoring.md。
"""

from collections.abc import Sequence

from labs.capabilities.harness import Item, LanguageModel

LETTERS = "ABCDEFGHIJ"


def rotations(n: int) -> list[tuple[int, ...]]:
    """n 种轮换；order[i] 是排在第 i 位的内容的编号。"""
    return [tuple((start + i) % n for i in range(n)) for start in range(n)]


def _check_order(name: str, order: Sequence[int], n: int) -> None:
    if sorted(order) != list(range(n)):
        raise ValueError(f"{name} 应为 0 到 {n - 1} 的一个排列，得到 {tuple(order)!r}。")


# --8<-- [start:letter-prompt]
def letter_prompt(item: Item, order: Sequence[int]) -> str:
    """把选项按 order 排好、标上字母，写进提示；模型接着报字母。"""
    _check_order("order", order, len(item.choices))
    lines = [f"{letter}. {item.choices[i]}" for letter, i in zip(LETTERS, order, strict=False)]
    return "\n".join([f"{item.context}____", *lines, "答案："])


def chosen_by_letter(model: LanguageModel, item: Item, order: Sequence[int]) -> int:
    """模型报的字母对应哪一个内容；并列取最前的字母。"""
    prompt = letter_prompt(item, order)
    ranked = [model.logprob(prompt, letter) for letter in LETTERS[: len(order)]]
    return order[ranked.index(max(ranked))]


# --8<-- [end:letter-prompt]


def chosen_with_bonus(content: Sequence[float], bonus: Sequence[float], order: Sequence[int]) -> int:
    """一个有位置偏好的考生：内容得分加上所在位置的偏好，取最高。用来看偏好多大才会翻。"""
    _check_order("order", order, len(content))
    if len(bonus) != len(content):
        raise ValueError(f"bonus 应有 {len(content)} 个数，每个位置一个，得到 {len(bonus)} 个。")
    ranked = [content[i] + bonus[place] for place, i in enumerate(order)]
    return order[ranked.index(max(ranked))]


def flip_rate(choices: Sequence[Sequence[int]]) -> float:
    """choices[题][次序] 是选中的内容；几种次序下选的不全相同，就算翻转。"""
    if not choices or not all(choices):
        raise ValueError("choices 应为非空的题目，每题至少一种次序下的选择。")
    return sum(len(set(picks)) > 1 for picks in choices) / len(choices)
