"""“从字符串到词元”一节的练习与正文：数字在这里重算，并且必须出现在页面上。"""

import json
from fractions import Fraction
from math import exp, log

import pytest

from labs.architecture.bpe_incremental import train_bpe
from labs.architecture.bpe_training import merge_trace, segment
from labs.architecture.pretokenize import PATTERNS, pretokenize
from labs.architecture.tokenizer import Tokenizer
from labs.architecture.unigram import best_segmentation, em_step
from labs.common.udhr import LANGUAGES, sections
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
PAGE, answer = CHAPTER.page("tokenization"), CHAPTER.answer
VALUES = json.loads((CHAPTER.path / "data/tokenizers.json").read_text("utf-8"))["values"]
# Qwen3.6 的正则：字母连附标，标点不含附标
MARKS = PATTERNS["qwen3"].replace(r"\p{L}+", r"[\p{L}\p{M}]+").replace(r"\s\p{L}\p{N}]+", r"\s\p{L}\p{M}\p{N}]+")




def test_bpe_by_hand():
    steps = merge_trace({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 4)
    expected = [("e", "s", 9), ("es", "t", 9), ("l", "o", 7), ("lo", "w", 7)]
    assert [(*step.pair, step.count) for step in steps] == expected
    merges, text = [step.pair for step in steps], answer("ex:bpe-by-hand")
    for word, cut in (("slowest", "s·low·est"), ("wide", "w·i·d·e")):
        assert "·".join(segment(word, merges)) == cut and cut in text


def test_token_budget():
    text = answer("ex:token-budget")
    eng, zh, bod = (VALUES["prices"][code] for code in ("eng", "cmn_hans", "bod"))
    for row in (eng, zh, bod):
        assert f"131072/{row['qwen']}={131072 / row['qwen']:.1f}" in text
        assert f"{row['bytes']}/{row['qwen']}={row['bytes'] / row['qwen']:.2f}" in text
    assert [131072 // row["qwen"] for row in (eng, zh, bod)] == [62, 82, 7] and "62、82、7份" in text
    for value in (zh["qwen"] * 2e-6, bod["qwen"] * 2e-6, (bod["qwen"] - zh["qwen"]) * 2e-6):
        assert f"{value:.4f}" in text
    assert f"{bod['qwen'] / zh['qwen']:.1f}倍" in text
    assert f"{zh['bytes']}/{eng['bytes']}={zh['bytes'] / eng['bytes']:.2f}" in text


def test_unigram_em():
    start = {piece: log(1 / 4) for piece in ("a", "b", "aa", "ab")}
    new, before = em_step({"aab": 1}, start)
    assert exp(before) == pytest.approx(9 / 64)
    found = {piece: Fraction(exp(value)).limit_denominator(50) for piece, value in new.items()}
    assert found == {"a": Fraction(6, 19), "b": Fraction(5, 19), "aa": Fraction(4, 19), "ab": Fraction(4, 19)}
    assert exp(em_step({"aab": 1}, new)[1]) == pytest.approx(1016 / 6859)
    assert best_segmentation("aab", new)[0] == ["a", "ab"]
    text = answer("ex:unigram-em")
    assert f"{9 / 64:.3f}" in text and f"{1016 / 6859:.3f}" in text
    for _ in range(200):
        new, likelihood = em_step({"aab": 1}, new)
    assert exp(new["a"]) == pytest.approx(0.5) and exp(likelihood) == pytest.approx(0.25)


def fair(pattern: str, repeats: dict[str, int]) -> dict[str, int]:
    """八种语言合训 2,048 个词元，各语言留出的十条是几个词元。"""
    texts = [text for code in LANGUAGES for text in sections(code)[:21] * repeats.get(code, 1)]
    tokenizer = Tokenizer(*train_bpe(texts, 2048, pattern=pattern), pattern=pattern)
    return {code: len(tokenizer.encode("\n".join(sections(code)[21:]))) for code in LANGUAGES}


def test_fair_tokenizer(monkeypatch):
    monkeypatch.setitem(PATTERNS, "marks", MARKS)
    text = answer("ex:fair-tokenizer")
    plainly, marked = fair("qwen3", {}), fair("marks", {})
    weighted = fair("marks", {"bod": 3, "hin": 3, "uig_arab": 2, "deu_1996": 2})
    for counts, dearest in ((plainly, "bod"), (marked, "bod"), (weighted, "uig_arab")):
        assert (max(counts, key=counts.get), min(counts, key=counts.get)) == (dearest, "cmn_hans")
        assert f"{max(counts.values()) / min(counts.values()):.2f}" in text
    for code in ("cmn_hans", "eng"):
        assert f"从{marked[code]:,}" in text and f"涨到{weighted[code]:,}" in text


def test_only_marks_keep_a_hindi_word_in_one_piece(monkeypatch):
    """正文的论断：三条正则都在元音符号处断开印地文，把附标算进去就不断。"""
    monkeypatch.setitem(PATTERNS, "marks", MARKS)
    word = "मानव"
    assert all(len(pretokenize(word, name)) > 1 for name in ("gpt2", "llama3", "qwen3"))
    assert pretokenize(word, "marks") == [word]


def test_what_a_shared_vocabulary_costs():
    """正文的论断：合学到 1,024 才与各学 640 的相当，相差恰是一份 640 的合并数。"""
    curves = VALUES["curves"]
    for name, index, size in (("en_by_both", 7, 1024), ("zh_by_both", 7, 1024), ("en_by_en", 5, 640), ("zh_by_zh", 5, 640)):
        assert curves[name][index][0] == size and f"tokenizers.curves.{name}.{index}.1:.2f" in PAGE
    assert 1024 - 640 == 640 - 256 == 384 and "多出的384个" in PAGE
    for language, own in (("en", "en_by_en"), ("zh", "zh_by_zh")):
        assert curves[f"{language}_by_both"][7][1] == pytest.approx(curves[own][5][1], rel=0.02)
        steps = [b - a for (_, a), (_, b) in zip(curves[own][:5], curves[own][1:5], strict=False)]
        assert steps == sorted(steps, reverse=True)  # 每添 64 个，得到的越来越少
