"""“拨一拨：四个旋钮”的答案：用采样与熵的函数重算一遍；提交的图与数就是脚本画的、写的。"""

import math
import re
from pathlib import Path

import pytest
import torch

from labs.introduction.information import entropy
from labs.introduction.sampling import min_p, temper, top_k, top_p
from tests.labs.pages import assert_up_to_date, figure_script

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/01-introduction/sampling.md").read_text("utf-8")
STORY = PAGE.split("{ #temperature-dial }")[1].split("\n## ")[0]
FIVE = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64)


@pytest.fixture(scope="module")
def script():
    return figure_script("temperature_fallback")


def test_the_committed_figure_and_data_are_those_of_the_generator(script):
    assert_up_to_date(script)


def test_the_two_real_distributions_are_those_of_the_lab(script):
    """六位有效数字之内，就是五元模型的分布；从大到小，没有重复的词元。"""
    from labs.common.udhr import sections
    from labs.introduction.kneser_ney import KneserNey

    for name, (language, context) in script.CONTEXTS.items():
        train = "\n".join(sections(language)[:21])
        model, (tokens, p) = KneserNey(train, 5, 0x110000), script.source(name)
        assert sorted(tokens) == model.seen == sorted(set(train))
        assert (p.diff() <= 0).all()
        seen = sum(model.probability(c, context) for c in model.seen)
        for token, x in zip(tokens[:20], p.tolist(), strict=False):
            assert x == pytest.approx(model.probability(token, context) / seen, rel=1e-5)
        assert seen == pytest.approx({"en": 0.9994, "zh": 0.9440}[name], abs=1e-4)  # 其余是“没见过”一格，不抽


def test_task_one_temperature_alone(script):
    sharp, flat = temper(FIVE, 0.5), temper(FIVE, 2)
    h = [entropy(q.tolist()) for q in (sharp, FIVE, flat, temper(FIVE, 0))]
    assert [round(x, 3) for x in h] == [1.511, 2.009, 2.230, 0]
    assert 0.24 < 1 - h[0] / h[1] < 0.26 and "只少了四分之一" in STORY
    assert f"{math.log2(5):.3f}" == "2.322" and "2.322" in STORY and h[2] < math.log2(5)
    values = script.numbers()["five"]
    for key, q in (("t05", sharp), ("t1", FIVE), ("t2", flat)):
        cumulative = q.cumsum(0).tolist()
        firsts = sum(u < cumulative[0] for u in script.uniforms(1, 20))  # “好”是头一个：u 小于它的概率
        assert values["first"][key] == firsts == values[f"draws_{key}"].count("好")
    assert [values["first"][key] for key in ("t05", "t1", "t2", "t0")] == [9, 5, 4, 20]


def test_task_two_one_p_three_distributions(script):
    five, en, zh = (script.source(name)[1] for name in ("five", "en", "zh"))
    for p, stay in ((five, 4), (en, 2), (zh, 29)):
        assert int((top_p(p, 0.9) > 0).sum()) == stay
        total = p[:stay].sum().item()
        assert total >= 0.9 - 1e-6 and total - p[stay - 1].item() < 0.9 - 1e-6
        assert int((top_k(p, 2) > 0).sum()) == 2
    assert 1 - en[:2].sum().item() < 0.1 and "截掉不到一成" in STORY
    assert round(1 - zh[:2].sum().item(), 1) == 0.4 and "截掉四成" in STORY


def test_task_three_heat_first_then_cut(script):
    _, zh = script.source("zh")
    hot = temper(zh, 2)
    assert len(zh) == 395 and "395 个里" in STORY
    assert int((top_p(hot, 0.9) > 0).sum()) == 275 and int((min_p(hot, 0.1) > 0).sum()) == 14
    assert zh[10:].sum().item() == pytest.approx(0.181, abs=5e-4) and hot[10:].sum().item() == pytest.approx(0.740, abs=5e-4)
    assert int((hot[10:] >= 0.1 * hot[0]).sum()) == 4
    assert len(hot[10:]) == 385 and "385 个，够得上第一名一成的只有四个" in STORY


def test_every_number_of_the_answers_comes_from_the_data():
    assert len(re.findall(r"\[=temperature\.", STORY)) == 19
    assert re.findall(r"\d+\.\d{3}", STORY.split("??? answer")[1].split("对答案")[1]) == ["2.322"]
