"""第 3 章“性能差异的证据”：页面与练习里手算的数要与重算的一致。"""

import json
import math

import pytest

from labs.capabilities.gap import item_variance
from labs.fairness.multiple_comparisons import bonferroni, step_up
from labs.fairness.parallel_text import articles
from labs.fairness.power import effective_pairs, multiplier, pairs_needed
from labs.fairness.token_tax import decompose
from tests.labs.pages import DOCS, Chapter

CHAPTER = Chapter("03-harms-bias")
VALUES = json.loads((DOCS / "03-harms-bias/data/token-tax.json").read_text("utf-8"))["values"]


def test_article_three_counted_by_hand():
    page = CHAPTER.page("disparities")
    english, tibetan = (articles(code)[2].split("\n")[1] for code in ("eng", "bod"))
    assert (len(english.encode()), len(tibetan.encode())) == (67, 248) and "它有248个字节，英文67个" in page
    cut = page.split("英文切成`")[1].split("`")[0].split("|"), page.split("中文切成`")[1].split("`")[0].split("|")
    assert [len(pieces) for pieces in cut] == [14, 9]
    assert "".join(cut[0]) == english.replace(" ", "") and "".join(cut[1]) == articles("cmn_hans")[2].split("\n")[1]
    assert {code: VALUES["hand"][code]["qwen36"] for code in ("eng", "cmn_hans", "bod")} == {"eng": 14, "cmn_hans": 9, "bod": 120}
    longer, looser = decompose([120], [248], [14], [67])
    assert f"{longer:.2f}" == "3.70" and f"{looser:.2f}" == "2.32" and f"{longer * looser:.2f}" == "8.57" and f"{9 / 14:.2f}" == "0.64"
    assert f"67/14={67 / 14:.2f}" in page and f"248/120={248 / 120:.2f}" in page


def test_the_published_gaps():
    page = CHAPTER.page("disparities")
    assert f"0.35/0.19={0.35 / 0.19:.2f}" in page
    for english, yoruba, gap, ratio in ((0.8200, 0.4583, "36.2", "3.0"), (0.9230, 0.7538, "16.9", "3.2")):
        assert f"{100 * (english - yoruba):.1f}" == gap and f"{(1 - yoruba) / (1 - english):.1f}" == ratio
        assert f"{1 - yoruba:.3f}/{1 - english:.3f}={ratio}" in page and f"|{gap}|" in page


def test_naive_bayes_on_paper():
    one = VALUES["swap"]["one"]
    odds = 0.544 / 0.456
    assert f"{odds:.2f}" == "1.19" and f"{odds * 8 / 23:.3f}" == "0.415" and f"{0.415 / 1.415:.2f}" == "0.29"
    assert f"{odds * 9:.1f}" == "10.7" and f"{odds * 9 / (1 + odds * 9):.2f}" == "0.91"
    assert (one["sichuan"]["seen_pos"], one["sichuan"]["seen_neg"], one["xinjiang"]["seen_pos"]) == (7, 22, 8)
    assert one["sichuan"]["first"] == pytest.approx(0.2936, abs=1e-4) and one["liaoning"]["first"] == pytest.approx(0.544, abs=5e-4)
    assert one["sichuan"]["effect"] == pytest.approx(math.log(8 / 23), abs=1e-5) and f"{math.log(8 / 23):.2f}" == "-1.06"
    assert one["sichuan"]["spread"] == 0 and one["liaoning"]["p"] < 0.0002
    assert (one["xinjiang"]["reviews_pos"], one["sichuan"]["reviews_neg"], one["henan"]["reviews_neg"]) == (2, 9, 5)


def test_the_words_around_the_numbers_still_hold():
    rates = VALUES["rates"]
    for code in ("bod", "iii", "amh"):
        assert rates[code]["qwen36"] > rates[code]["qwen3"]
    assert 1 - rates["mya"]["qwen36"] / rates["mya"]["qwen3"] == pytest.approx(0.61, abs=0.005)
    assert all(1.2 < rates["yue"][name] / rates["cmn_hans"][name] < 1.35 for name in ("qwen3", "qwen36", "deepseek"))
    assert VALUES["yue"]["length_ratio"] == pytest.approx(1.02, abs=0.005)
    assert VALUES["swap"]["review_kept"] == ["香港"] and VALUES["swap"]["survive"] == {"raw": 33, "bh": 33, "bonferroni": 33}
    assert VALUES["together"]["verdict_pairs"] == "否" and VALUES["together"]["verdict_sentences"] == "是"


def test_five_p_values_and_pairs():
    five = [0.010, 0.013, 0.035, 0.039, 0.200]
    assert sum(step_up(five)) == 4 and sum(bonferroni(five)) == 1
    assert pairs_needed(0.02, 0.10) == 197 and pairs_needed(0.02, 0.10, comparisons=34) == 405
    assert "取197；$m=34$，要405" in CHAPTER.page("disparities")


def test_add_a_language():
    answer = CHAPTER.answer("ex:add-a-language")
    bytes_, base = sum(len(t.encode()) for t in articles("amh")), sum(len(t.encode()) for t in articles("eng"))
    assert (bytes_, base, VALUES["totals"]["qwen36"]) == (16088, 8578, 1683)
    assert VALUES["rates"]["amh"]["qwen36"] == pytest.approx(9920 / 1683, rel=1e-5)
    assert f"16088/8578={16088 / 8578:.2f}" in answer and f"8578/1683={8578 / 1683:.2f}" in answer
    assert f"16088/9920={16088 / 9920:.2f}" in answer and f"9920/1683={9920 / 1683:.2f}" in answer
    assert f"{(8578 / 1683) / (16088 / 9920):.2f}" == "3.14" and f"{1.88 * 3.14:.2f}" == "5.90"


def test_how_many_pairs():
    answer = CHAPTER.answer("ex:how-many-pairs")
    assert f"{multiplier(0.05, 0.8, 1) ** 2:.3f}" == "7.849" and f"{multiplier(0.05, 0.8, 34) ** 2:.3f}" == "16.177"
    apart, paired = item_variance(0.6, 0.58, 0), item_variance(0.6, 0.58, 0.9)
    assert f"{apart:.4f}" == "0.4836" and f"{paired:.5f}" == "0.04837" and f"{7.849 * apart / 0.0004:.1f}" == "9489.4"
    counts = [pairs_needed(0.02, math.sqrt(apart)), pairs_needed(0.02, math.sqrt(paired)), pairs_needed(0.02, math.sqrt(paired), comparisons=34)]
    assert counts == [9490, 950, 1957] and all(f"{n:,d}" in answer for n in counts) and "1956.2" in answer
    assert f"{16.177 * 0.04837 / 0.0004:.1f}" == "1956.2"
    for per_word, total, words in ((20, 11780, 589), (5, 3230, 646)):
        assert effective_pairs(total, per_word, 0.6) == pytest.approx(950) and total == words * per_word
        assert f"{total}" in answer.replace(",", "") and f"{words}个名字" in answer
    assert effective_pairs(12 * 10**9, 10**9, 0.6) == pytest.approx(20)
