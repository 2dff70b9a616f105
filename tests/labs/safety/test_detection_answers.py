"""第 4 章“检测、水印与溯源”：页面与练习里手算的数要与重算的一致。"""

import json
import math
from pathlib import Path

from labs.architecture.fused_lm import FusedLM
from labs.safety.power import critical, length_for_power, power
from labs.safety.watermark import Watermark, generate
from labs.tiny_lm.checkpoint import load
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


def test_the_marked_text_of_the_figure_is_what_the_model_writes():
    """互动图里存着的那段，就是实验里 δ = 2 的第一段；双精度抽样，换处理器也不分岔。"""
    stored = json.loads((Path(__file__).parents[3] / "docs/04-harms-toxicity/data/watermark-detector.json").read_text("utf-8"))["texts"]["marked"]
    model, vocabulary = load()
    assert generate(FusedLM(model.double()), vocabulary, Watermark(2026, 0.5, 2), 80, 71)[0] == stored
