"""“玩一局”的答案与“押多少最合算”：重算一遍；提交的图与数就是脚本画的、写的。"""

import math
import re
from pathlib import Path

import pytest
import torch

from labs.common.udhr import sections
from labs.introduction.information import cross_entropy, entropy
from labs.introduction.kneser_ney import KneserNey
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import load_corpus
from labs.tiny_lm.evaluation import surprisals
from tests.labs.pages import assert_up_to_date, figure_script

ROOT = Path(__file__).resolve().parents[3]
STORY = (ROOT / "docs/01-introduction/information.md").read_text("utf-8").split("{ #shannon-game-play }")[1].split("\n## ")[0]
EXERCISE = (ROOT / "docs/01-introduction/exercises.md").read_text("utf-8").split("{ #ex:honest-bets")[1].split("\n### ")[0]


@pytest.fixture(scope="module")
def script():
    return figure_script("shannon_game_fallback")


def test_the_committed_figure_and_data_are_those_of_the_generator(script):
    assert_up_to_date(script)


def test_the_first_passage_is_held_out_and_the_second_is_not_of_the_declaration(script):
    english = [script.normalize(text) for text in sections("eng")]
    for text, inside in zip(("".join(script.ENGLISH[name]) for name in ("en", "home")), (True, False), strict=True):
        assert set(text) <= set(script.ALPHABET) and len(script.ALPHABET) == 27
        assert (text in english[27]) is inside and text not in " ".join(english[:21])


def test_the_guesses_are_the_ranking_of_the_five_gram_model(script):
    """不用 distribution：逐个符号问 probability，从大到小排。"""
    model = KneserNey(script.normalize(" ".join(sections("eng")[:21])), 5, 27)
    assert "".join(model.seen) == script.ALPHABET
    for name, (before, text) in script.ENGLISH.items():
        for i, tries in enumerate(script.guesses(name)):
            p = {c: model.probability(c, before + text[:i]) for c in script.ALPHABET}
            assert sum(p.values()) == pytest.approx(1, abs=1e-12)
            assert tries[-1] == text[i] and len(set(tries)) == len(tries)
            assert all(p[a] >= p[b] - 1e-15 for a, b in zip(tries, tries[1:], strict=False))
            assert all(p[c] <= p[text[i]] + 1e-15 for c in script.ALPHABET if c not in tries)


def test_the_bets_are_probability_over_frequency(script):
    """真字的概率与 evaluation.surprisals 一致，赌注的比值是 p/q 的比值。"""
    corpus, (model, vocabulary) = load_corpus(), load()
    assert script.POEM in corpus.test and not any(line in poem for poem in corpus.train for line in re.findall(r"[^，。]+", script.POEM))
    nats = surprisals(model, vocabulary, [script.POEM])[0]
    train = "".join(corpus.train)
    rows = script.bets()
    order = [i for i, c in enumerate(script.POEM) if i >= script.GIVEN and c not in "，。"]
    assert len(rows) == len(order) == 15 and "".join(row["four"][row["true"]] for row in rows) == "".join(script.POEM[i] for i in order)
    for i, row in zip(order, rows, strict=True):
        assert len(set(row["four"])) == 4 and sum(row["bet"]) == pytest.approx(1, abs=3e-4)
        with torch.no_grad():
            p = torch.softmax(model(vocabulary.encode("\n" + script.POEM[:i])[None])[0, -1], -1)
        assert -math.log(p[vocabulary.ids[script.POEM[i]]].item()) == pytest.approx(nats[i].item(), abs=1e-4)
        w = [p[vocabulary.ids[c]].item() / train.count(c) for c in row["four"]]
        assert row["bet"] == pytest.approx([x / sum(w) for x in w], abs=2e-4)
    assert all(row["bet"][row["true"]] > 0 for row in rows)
    positions = [row["true"] for row in rows]
    assert set(positions) == {0, 1, 2, 3}


def test_the_answers_of_the_story(script):
    values = script.numbers()
    assert (values["en"]["n"], values["en"]["first"], values["home"]["first"], values["poem"]["n"]) == (49, 27, 6, 15)
    assert values["home"]["upper"] > values["en"]["upper"] > values["en"]["upper_10"] and "上界升到" in STORY and "上界偏低" in STORY
    rows = script.bets()
    dear = max(rows, key=script.bits)
    assert script.bits(dear) == pytest.approx(values["poem"]["worst"], rel=1e-5)
    assert dear["four"][dear["true"]] == "香" and dear["four"][dear["bet"].index(max(dear["bet"]))] == "红" and max(dear["bet"]) > 0.95
    assert "“山根菊暗”后面是“红”" in STORY and values["poem"]["bits"] < 2
    for level, cost in values["levels"].items():
        b = int(level) / 100
        assert cost["right"] == pytest.approx(math.log2(1 / b), rel=1e-5) and cost["wrong"] == pytest.approx(math.log2(3 / (1 - b)), rel=1e-5)
    assert values["levels"]["25"] == {"right": 2.0, "wrong": 2.0}
    assert re.findall(r"\d+\.\d+", STORY) == []  # 测得的数都从 JSON 来


def test_honest_bets_cost_least():
    p = [0.6, *[0.4 / 3] * 3]
    costs = {b: cross_entropy(p, [b, *[(1 - b) / 3] * 3]) for b in (0.4, 0.6, 0.97)}
    assert [f"{x:.3f}" for x in costs.values()] == ["1.722", "1.605", "2.684"] and all(f"{x:.3f}" in EXERCISE for x in costs.values())
    assert costs[0.6] == pytest.approx(entropy(p)) and costs[0.97] > 2
    best = min(range(1, 1000), key=lambda k: cross_entropy(p, [k / 1000, *[(1 - k / 1000) / 3] * 3]))
    assert best == 600
