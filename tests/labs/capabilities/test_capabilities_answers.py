"""第 2 章前四节的练习与正文：数字在这里重算，并且必须出现在页面上。"""

import json
import math
from collections import Counter

import pytest

from labs.capabilities.char_lm import CharLM
from labs.capabilities.harness import evaluate, normalise, predict, read_items
from labs.capabilities.intervals import unpaired_difference, wilson_interval
from labs.capabilities.pass_at_k import expected_estimate, naive_pass_at_k, true_pass_at_k
from labs.capabilities.perplexity_bounds import clean_run, mix, mixture_bound, perplexity
from labs.common.udhr import FILE, sections
from tests.labs.pages import Chapter

CHAPTER = Chapter("02-capabilities")
page, answer = CHAPTER.page, CHAPTER.answer


def test_the_reduction_by_hand():
    text = page("from-model-to-task")
    assert f"{0.012 / 0.015:.0%}" == "80%" and "0.012/0.015=80%" in text
    assert round(0.006 / 0.010, 3) == 0.6 < round(0.004 / 0.005, 3) == 0.8
    assert 2048 / 200 > 10 and 2048 / 20 > 100 and 262_144 == 128 * 2048


def test_the_three_scores_exercise():
    choices, given, alone = ("唐", "不清楚", "唐朝（618–907 年）"), (-2.0, -1.8, -5.2), (-6.0, -2.0, -8.0)
    tokens = dict(zip(choices, (1, 2, 6), strict=True))
    text = answer("ex:three-scores-disagree")
    assert [len(y.encode()) for y in choices] == [3, 9, 25]
    winners = {}
    for how in ("sum", "per_token", "per_byte", "pmi"):
        values = normalise(how, choices, given, alone, tokens.__getitem__)
        winners[how] = values.index(max(values))
        digits = 1 if how in ("sum", "pmi") else 3
        assert ",".join(f"{v:.{digits}f}" for v in values) in text
    assert winners == {"sum": 1, "per_token": 2, "per_byte": 1, "pmi": 0}
    shifted = [v - 3 for v in given]
    per_byte = normalise("per_byte", choices, shifted)
    assert ",".join(f"{v:.3f}" for v in per_byte) in text and per_byte.index(max(per_byte)) == 2
    per_token = normalise("per_token", choices, shifted, None, tokens.__getitem__)
    assert [round(v, 3) for v in per_token] == [-5.0, -2.4, -1.367]


def test_the_items_that_break_pmi():
    items = read_items(FILE.parent / "cloze-zh.jsonl")
    model = CharLM("\n".join(sections("cmn_hans")), 2)
    broken = [i for i in items if predict(model, i, "sum") == i.answer != predict(model, i, "pmi")]
    text = answer("ex:break-pmi")
    assert len(broken) == 2 and all(item.context.endswith("的") for item in broken)
    for choice in ("权利", "报酬"):
        given, alone = model.logprob(broken[0].context, choice), model.logprob("", choice)
        assert f"{given:.2f}" in text and f"{alone:.2f}" in text
        assert f"${given - alone:.1f}$" in text
    by_de = read_items(FILE.parent / "cloze-zh.jsonl", neutral="的")
    assert f"从{sum(evaluate(model, items, 'pmi'))}降到{sum(evaluate(model, by_de, 'pmi'))}" in text


def test_the_mixture_bound_exercise():
    text = answer("ex:mixture-bound")
    assert f"{mixture_bound(20, 0.02):.2f}" in text and f"{clean_run(0.02, 100):.3f}" in text
    before, after = perplexity([0.001, 0.5]), perplexity(mix([0.001, 0.5], [0.5, 0.5], 0.1))
    assert f"{before:.1f}" in text and f"{after:.2f}" in text and after < before


def test_the_pass_at_k_exercise():
    text = answer("ex:pass-at-k-unbiased")
    numbers = [true_pass_at_k(0.1, 5), *(expected_estimate(naive_pass_at_k, 0.1, n, 5) for n in (10, 100))]
    assert all(f"{number:.3f}" in text for number in numbers)


def test_reading_the_table():
    text = answer("ex:read-the-table")
    for c, n in ((14, 2000), (186, 2000), (244, 374)):
        assert "[{:.1%},{:.1%}]".format(*wilson_interval(c, n)) in text.replace("$", "")
    low, high = unpaired_difference(242, 241, 273)
    assert f"[{low:.1%},+{high:.1%}]" in text.replace("$", "")
    assert [round(100 * c / 273, 1) for c in (241, 242)] == [88.3, 88.6]
    assert f"{1 / 273:.1%}" in text and f"{math.sqrt(41) / 273:.1%}" in text


def test_two_perplexities_on_the_page():
    text = page("perplexity")
    assert f"{math.log(35.8 / 20.5):.3f}" in text and f"{math.log2(35.8 / 20.5):.2f}" in text
    assert f"{100 * math.log(8):.0f}" in text and f"{150 * math.log(4.5):.0f}" in text


def test_one_text_two_units():
    chinese, english = ("\n".join(sections(language)) for language in ("cmn_hans", "eng"))
    sizes = [len(chinese), len(chinese.encode()), len(english), len(english.encode())]
    text = page("perplexity")
    assert sizes == [2825, 8131, 10599, 10611]
    per_char, per_letter = 14_000 / sizes[0], 14_000 / sizes[2]
    assert f"{per_char:.2f}" in text and f"{per_letter:.2f}" in text
    assert round(2**per_char) == 31 and f"{2**per_letter:.1f}" == "2.5"
    assert [f"{14_000 / size:.2f}" for size in (sizes[1], sizes[3])] == ["1.72", "1.32"] and "1.72与1.32" in text


def test_f1_by_hand():
    assert 2 * 1 * (2 / 6) / (1 + 2 / 6) == 0.5  # 杜尚 对 马塞尔·杜尚：召回 1，精确率 2/6


def test_bleu_by_hand():
    reference, system = "the house is on the hill".split(), "the house stands on the hill".split()
    shown = []
    for n in (1, 2, 3, 4):
        grams = [Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1)) for words in (system, reference)]
        shown.append(((grams[0] & grams[1]).total(), grams[0].total()))
    assert shown == [(5, 6), (3, 5), (1, 4), (0, 3)]


def test_gaps_on_the_pages():
    scoring, table = page("scoring"), page("classic-tasks")
    assert round(100 * (0.637 - 0.571), 1) == 6.6 and "6.6" in scoring
    assert round(100 * (0.527 - 0.488), 1) == 3.9 and "3.9" in scoring
    assert round(80.4 - 34.2) == 46 and round(41.5 - 14.4) == 27 and "46" in table and "27" in table
    assert round(64.3 - 14.4) == 50 and round(41.2 - 29.7, 1) == 11.5
    assert round(math.exp(9.6), -3) == 15_000


def test_the_poem_items_on_the_pages():
    poems = json.loads((CHAPTER.path / "data/harness.json").read_text("utf-8"))["values"]["poems"]
    scoring = page("scoring")
    assert poems["n_items"] == 300 and "300道唐诗题" in page("evaluation")
    cloze_wins = poems["short"]["network"] > 0.4 > poems["order"]["network"]["accuracy"] + 0.1
    assert cloze_wins and "只给末联的上句" in scoring  # 同样的上文，完形式与报标号
    for how in ("sum", "pmi"):
        row = poems["wilson"]["trigram"][how]
        assert row["low"] < 0.25 < row["high"] and "近于瞎猜" in scoring
    paired = poems["comparisons"]["network_sum_vs_pmi"]["paired"]
    assert paired[0] < paired[1] < 0 and "占了上风" in scoring
    only = poems["comparisons"]["network_vs_trigram"]
    assert (only["only_first"] - only["only_second"]) / 300 == pytest.approx(only["difference"], abs=1e-5)
