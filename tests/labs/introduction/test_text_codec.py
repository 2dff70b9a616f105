"""文字的编码：见过与没见过的字都还原，码长与模型的概率相符。"""

import math

import pytest

from labs.introduction.arithmetic_coding import ideal_bits
from labs.introduction.kneser_ney import KneserNey
from labs.introduction.text_codec import CODE_POINTS, compress, decompress, symbol_model, to_symbols, to_text

MODEL = KneserNey("我爱书。他爱书。我读书。", 3, CODE_POINTS)


@pytest.mark.parametrize("text", ["", "我读书。", "她爱书。", "龘", "\U0001f600我\x00", "书书书书书书"])
def test_any_text_comes_back(text):
    symbols = to_symbols(MODEL, text)
    assert to_text(MODEL, symbols) == (text, False)
    bits = compress(MODEL, text)
    assert decompress(MODEL, bits, len(symbols)) == text
    assert len(bits) <= ideal_bits(symbols, symbol_model(MODEL)) + 2.01


def test_a_new_character_is_announced_and_then_spelled():
    new = len(MODEL.seen)
    assert to_symbols(MODEL, "她爱") == [new, ord("她"), MODEL.index["爱"]]
    assert to_text(MODEL, [new]) == ("", True)
    assert symbol_model(MODEL)([new]).shape == (CODE_POINTS,)
    assert symbol_model(MODEL)([new, ord("她")]).shape == (new + 1,)


def test_a_familiar_text_costs_what_the_model_says():
    text = "我爱书。"
    expected = -sum(math.log2(MODEL.probability(c, text[:t])) for t, c in enumerate(text))
    assert ideal_bits(to_symbols(MODEL, text), symbol_model(MODEL)) == pytest.approx(expected)


def test_a_new_character_costs_about_twenty_bits_more():
    unseen = -math.log2(MODEL.distribution("")[-1].item())
    assert ideal_bits(to_symbols(MODEL, "她"), symbol_model(MODEL)) == pytest.approx(unseen + math.log2(CODE_POINTS))
    assert f"{math.log2(CODE_POINTS):.2f}" == "20.09"
