"""“放一遍”一节的答案：在这里重算一遍；提交的图与数就是脚本画的、写的。"""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from labs.architecture.bpe_incremental import learn_byte_merges
from labs.architecture.bpe_training import merge, merge_trace, segment
from tests.labs.pages import assert_up_to_date, figure_script

ROOT = Path(__file__).resolve().parents[3]
HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
ZH = {"今天": 6, "今日": 3, "明天": 4, "大人": 5}


@pytest.fixture(scope="module")
def script():
    return figure_script("bpe_player_fallback")


def test_the_committed_figure_and_data_are_those_of_the_generator(script):
    assert_up_to_date(script)


def test_the_byte_corpora_are_those_of_the_byte_trainer(script):
    """一个字节当一个字母，与字节级的训练逐条相同。"""
    for name, (unit, words, _) in script.CORPORA.items():
        if unit == "bytes":
            steps = script.trained(name)[1]
            _, merges = learn_byte_merges({word.encode(): n for word, n in words.items()}, 999, 1)
            assert [(a.encode("latin-1"), b.encode("latin-1")) for a, b in (step.pair for step in steps)] == merges


def test_task_one_goes_on_where_the_table_stops():
    steps = merge_trace(HUG, 99)
    left = Counter()
    for word, times in HUG.items():
        for pair in pairwise(steps[3].words[word]):
            left[pair] += times
    assert left == {("p", "ug"): 5, ("hug", "s"): 5, ("b", "un"): 4}
    assert steps[4].pair == ("p", "ug") and len(steps) == 7
    letters = sorted(set("".join(HUG)))
    assert (letters.index("p"), letters.index("b")) == (4, 0) and len(letters) + 2 == 9  # hug 是第三个合出来的，编号 9
    assert steps[-1].words == {word: [word] for word in HUG}
    other = merge_trace({**HUG, "bun": 5}, 5)
    assert [step.pair for step in other[:4]] == [step.pair for step in steps[:4]] and other[4].pair == ("b", "un")


def as_bytes(word):
    return word.encode().decode("latin-1")


def test_task_two_puts_characters_together_from_bytes():
    steps = merge_trace({as_bytes(word): n for word, n in ZH.items()}, 99)
    made = ["".join(step.pair) for step in steps]
    assert steps[0].pair == ("\xe5", "\xa4") and steps[0].count == 6 + 4 + 5
    assert made.index(as_bytes("天")) == 1
    assert steps[5].pair == ("\xa7", "\xe4") and "大人".encode().hex() == "e5a4a7e4baba"
    assert as_bytes("明天") in made and as_bytes("明") not in made
    assert [step.pair for step in steps[9:12]] == [
        ("\x8e", as_bytes("天")),
        ("\x98", "\x8e" + as_bytes("天")),
        ("\xe6", "\x98\x8e" + as_bytes("天")),
    ]
    assert {step.count for step in steps[9:12]} == {4}
    merges = [step.pair for step in steps]
    assert segment(as_bytes("明日"), merges) == ["\xe6", "\x98", "\x8e", as_bytes("日")]


def test_task_two_under_the_opposite_rule():
    """并列时取编号大的：“明”先合出来。"""
    pieces, number = {word: list(as_bytes(word)) for word in ZH}, {chr(b): b for b in range(256)}
    made = []
    while True:
        counts = Counter()
        for word, times in ZH.items():
            for pair in pairwise(pieces[word]):
                counts[pair] += times
        if not counts:
            break
        a, b = max(counts, key=lambda pair: (counts[pair], number[pair[0]], number[pair[1]]))
        number[a + b] = len(number)
        made.append(a + b)
        pieces = {word: merge(symbols, (a, b), a + b) for word, symbols in pieces.items()}
    assert as_bytes("明") in made and made.index(as_bytes("明")) < made.index(as_bytes("明天"))


def test_task_three_needs_thirteen():
    def cut(n):
        return segment("abcd", [step.pair for step in merge_trace({"ab": 5, "abc": n, "bcd": 3, "cd": 9}, 99)])

    assert [n for n in range(1, 30) if cut(n) == ["abc", "d"]] == list(range(13, 30))
    assert cut(4) == ["ab", "cd"] == cut(12)
