"""小模型游乐场的数、图与“逗号付几比特”：重算一遍；提交的图与数就是脚本画的、写的。"""

import json
import math
import re
from pathlib import Path

import pytest
import torch

from labs.tiny_lm.corpus import load_corpus, read_poems
from labs.tiny_lm.evaluation import surprisals
from tests.labs.pages import Chapter, figure_script

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/01-introduction/playground.md").read_text("utf-8")
VALUES = json.loads((ROOT / "docs/01-introduction/data/playground.json").read_text("utf-8"))["values"]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="module")
def script():
    return figure_script("playground_fallback")


def test_the_committed_figure_and_data_are_those_of_the_generator(script):
    """文字逐字相同；数差到千分之二以内：换一台机器，单精度的末位会不同。"""
    for file, content in script.outputs().items():
        committed = file.read_text("utf-8")
        assert NUMBER.sub("#", committed) == NUMBER.sub("#", content), "运行 python scripts/figures/playground_fallback.py"
        for ours, theirs in zip(NUMBER.findall(committed), NUMBER.findall(content), strict=True):
            assert float(ours) == pytest.approx(float(theirs), rel=2e-3, abs=2e-3)


def test_the_sentences_are_ours_and_the_poem_is_held_out(script):
    poems, corpus = read_poems(), load_corpus()
    for text in (script.START, *script.SENTENCES.values()):
        assert not any(text[:-1] in poem for poem in poems), text
    assert script.POEM in corpus.test and script.POEM in PAGE
    for length in (5, 7):
        assert len(script.held_out(length)) == script.POEMS and set(script.held_out(length)) <= set(corpus.test)


def test_bits_agree_with_the_evaluation_module(script):
    model, vocabulary = script.model()
    for name, text in script.SENTENCES.items():
        nats = surprisals(model, vocabulary, [text])[0][:-1].sum().item()
        assert VALUES[name]["total"] == pytest.approx(nats / math.log(2), rel=1e-4)
    assert VALUES["gap"]["bits"] == pytest.approx(43.4, abs=0.1) and "2^{43}" in PAGE
    assert VALUES["weather"]["dear"] == "，" and max(VALUES[n]["mark"] for n in ("moon", "phone")) < 0.2


def test_the_line_ends_are_where_the_punctuation_follows(script):
    for length in (5, 7):
        for poem in script.held_out(length):
            assert all(poem[e] in "，。" and poem[e - 1] not in "，。" for e in script.ends(length))  # 第 e 个字在 poem[e − 1]


def test_a_silenced_head_adds_nothing(script):
    """关掉的头等于把 W_o 里它那几列换成 0；离开之后一切如旧。"""
    model, _ = script.model()
    layer, head = script.HEAD
    before = script.logits(script.POEM)
    with script.without(layer, head):
        silenced = script.logits(script.POEM)
    weight = model.blocks[layer].attention.W_o.weight
    kept = weight.detach().clone()
    with torch.no_grad():
        weight[:, head * 32 : (head + 1) * 32] = 0
        wanted = script.logits(script.POEM)
        weight.copy_(kept)
    assert torch.allclose(silenced, wanted, atol=1e-4) and not torch.allclose(silenced, before, atol=0.1)
    assert torch.equal(script.logits(script.POEM), before)


def test_what_the_page_says_of_the_heads(script):
    heads = VALUES["heads"]
    row = script.attention(script.POEM)[script.HEAD]
    assert [int(row[t].argmax()) for t in (23, 22, 21)] == [18, 21, 20]  # 祥看逗号，嘉看上，上看日
    assert ("#" + script.POEM)[18] == "，" and ("#" + script.POEM)[23] == "祥"
    for name in ("five", "seven"):
        assert heads[name]["start"] > 0.5 and heads[name]["mark_without"] < 0.6 * heads[name]["mark"]
    assert heads["seven"]["mark_without_other"] < 0.6


def test_the_written_lines(script):
    for key, t in (("t0", 0.0), ("t05", 0.5), ("t1", 1.0)):
        text = VALUES["written"][key]
        assert script.write(script.START, t) == text
        assert {len(line) for line in re.findall("[^，。]+", text)} == {5}  # 字数都对
    assert VALUES["start"]["entropy"]["t05"] < VALUES["start"]["entropy"]["t1"] < VALUES["start"]["entropy"]["t2"]


def test_int8_costs_little_on_average(script):
    cost = VALUES["int8"]["nats"]["int8"] - VALUES["int8"]["nats"]["fp16"]
    assert 0 < cost < 0.001 and 0.9 < VALUES["int8"]["same"] < 1
    assert VALUES["int8"]["one_in"] == pytest.approx(1 / (1 - VALUES["int8"]["same"]), rel=1e-3)
    assert VALUES["int8"]["perplexity"] == pytest.approx(math.exp(VALUES["int8"]["nats"]["int8"]), rel=1e-4)


def test_the_comma_exercise(script):
    text = Chapter("01-introduction").answer("ex:comma-bits")
    for name, total in (("moon", 27.86), ("phone", 71.27)):
        assert VALUES[name]["total"] == pytest.approx(total, abs=0.006)
        assert f"{total / 6:.3f}" in text and f"{total / 18:.3f}" in text
    assert f"{2 ** (27.86 / 6):.1f}" in text and f"{2 ** round(71.27 / 6, 3):.0f}" in text and f"{VALUES['phone']['perplexity']:.1f}" in text
    assert VALUES["weather"]["mark"] == pytest.approx(19.24, abs=0.006)
    assert f"{2**-19.24 * 1e6:.1f}times10^{{-6}}" in text and round(1 / 2**-19.24, -5) == 600_000
    assert script.surprisal_bits("山中一夜听风雨，")[-1] < 0.5  # 七个字之后的逗号便宜


def test_the_quiz_numbers():
    quiz = (ROOT / "docs/01-introduction/self-test.md").read_text("utf-8")
    assert f"从 {VALUES['heads']['five']['mark']:.2f} 降到 {VALUES['heads']['five']['mark_without']:.2f}" in quiz
