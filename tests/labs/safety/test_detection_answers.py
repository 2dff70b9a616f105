"""第 4 章“检测、水印与溯源”：页面与练习里手算的数要与重算的一致。"""

import json
import math
import random
from pathlib import Path

import pytest
import torch

from labs.architecture.fused_lm import FusedLM
from labs.safety.attacks import chosen, substitute
from labs.safety.detection import detect
from labs.safety.power import critical, length_for_power, power
from labs.safety.watermark import Watermark, generate
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.evaluation import surprisals
from tests.labs.pages import Chapter, plain

CHAPTER = Chapter("04-harms-toxicity")


def accused(people: float, users: float, hit: float, false: float) -> tuple[float, float]:
    """标红几篇，其中冤枉的占几成。"""
    wrong = (people - users) * false
    return users * hit + wrong, wrong / (users * hit + wrong)


def test_the_false_accusations_of_the_page():
    page = CHAPTER.page("detection")
    assert [round(accused(1000, 50, 0.8, 0.01)[0], 1), f"{accused(1000, 50, 0.8, 0.01)[1]:.0%}"] == [49.5, "19%"]
    many, share = accused(1000, 50, 0.8, 0.6122)
    assert f"标红的{many:.0f}篇里{share:.1%}" .replace("%", "%") in page
    many, share = accused(1000, 50, 0.26, 0.09)
    assert f"标红的{many:.1f}篇里{share:.0%}" in page
    assert f"{1 - 0.99**20:.0%}" == "18%" and round(100 * 100 * math.erfc(4 / math.sqrt(2)) / 2, 1) == 0.3


def test_accuse_a_class():
    answer = CHAPTER.answer("ex:accuse-a-class")
    for people, users, hit, false in ((2000, 200, 0.9, 0.02), (2000, 200, 0.6, 0.002), (2000, 20, 0.9, 0.02)):
        assert f"{accused(people, users, hit, false)[1]:.1%}".replace("%", "%") in answer
    assert f"{80 / 108:.1%}" in answer


def test_length_for_power():
    answer = CHAPTER.answer("ex:length-for-power")

    def root(g: float) -> float:
        return (4 * 0.5 + 1.2816 * math.sqrt(g * (1 - g))) / (g - 0.5)

    assert f"{root(0.75):.2f}" == "10.22" and f"{root(0.75) ** 2:.1f}" == "104.4" and length_for_power(0.75, 0.5, 4, 0.9) == 103
    assert f"{power(104, 0.75, 0.5, 4):.3f}" == "0.892"
    for delta, g, wanted, length in ((1, "0.731", "11.11", 124), (2, "0.881", "6.34", 41)):
        share = math.exp(delta) / (math.exp(delta) + 1)
        print(delta, share, root(share), root(share) ** 2)
        assert f"{share:.3f}" == g and plain(f"g={g}") in answer
        assert wanted in answer and f"T={length}" in answer
        assert abs(root(share) - float(wanted)) < 0.02 and math.ceil(root(share) ** 2) == length
    assert critical(16, 0.5, 4) == critical(17, 0.5, 4) == 17


@pytest.fixture(scope="module")
def marked():
    """双精度的模型（换处理器，抽样也不分岔）、词表与实验里 δ = 2 的八十段。"""
    model, vocabulary = load()
    writer = FusedLM(model.double())
    return writer, vocabulary, generate(writer, vocabulary, Watermark(2026, 0.5, 2), 80, 71)


def test_the_marked_text_of_the_figure_is_what_the_model_writes(marked):
    stored = json.loads((Path(__file__).parents[3] / "docs/04-harms-toxicity/data/watermark-detector.json").read_text("utf-8"))["texts"]["marked"]
    assert marked[2][0] == stored


@torch.no_grad()
def second_best(writer, vocabulary, texts, fraction, seed=0):
    """题目要写的那个改法：挑中的位置换成模型看来最可能的另一个字；与 attacks.resample 挑同样的位置。"""
    ids, generator = torch.stack([vocabulary.encode(text) for text in texts]), random.Random(seed)
    change = torch.zeros_like(ids, dtype=torch.bool)
    for row in change:
        row[sorted(chosen(len(texts[0]), fraction, generator))] = True
    cache, fresh = writer.new_cache(len(ids), len(texts[0])), torch.zeros(len(ids), 1, dtype=torch.long)
    for t in range(len(texts[0])):
        scores = writer.unembed(writer.hidden(fresh, cache)[:, -1]).scatter(1, ids[:, t : t + 1], -math.inf)
        ids[:, t] = torch.where(change[:, t], scores.argmax(-1), ids[:, t])
        fresh = ids[:, t : t + 1]
    return [vocabulary.decode(row) for row in ids]


def test_break_watermark(marked):
    writer, vocabulary, texts = marked
    model, answer = load()[0], CHAPTER.answer("ex:break-watermark")

    def measured(edited):
        return (
            sum(detect(text, 2026).z for text in edited) / sum(detect(text, 2026).z for text in texts),
            torch.cat([line[:-1] for line in surprisals(model, vocabulary, edited)]).mean().item(),
        )

    at_random = [substitute(text, 0.5, vocabulary.characters[1:], i) for i, text in enumerate(texts)]
    (_, before), (kept, worse), (kept_best, slightly) = map(measured, (texts, at_random, second_best(writer, vocabulary, texts, 0.5)))
    assert f"随机替换$z$剩{kept:.2f}，nats/字从{before:.2f}升到{worse:.2f}" in answer
    assert f"$z$只剩{kept_best:.2f}，nats/字升到{slightly:.2f}" in answer
