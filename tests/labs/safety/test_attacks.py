"""改写：改了几个、改在哪里、保住几对与式子相符；重抽只动挑中的位置；报错。"""

import math

import pytest
import torch

from labs.architecture.fused_lm import FusedLM
from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.safety.attacks import delete, resample, substitute
from labs.tiny_lm.corpus import Vocabulary

TEXT = "".join(chr(0x4E00 + i) for i in range(2000))  # 各字不同
POOL = "甲乙丙丁戊己庚辛"


@pytest.mark.parametrize("fraction", [0, 0.1, 0.25, 0.5, 1])
def test_substitution_changes_exactly_that_many(fraction):
    edited = substitute(TEXT, fraction, POOL, seed=3)
    changed = sum(a != b for a, b in zip(TEXT, edited, strict=True))
    assert changed == int(fraction * 2000)
    assert substitute(TEXT, fraction, POOL, seed=3) == edited
    kept = sum(TEXT[i : i + 2] == edited[i : i + 2] for i in range(1999)) / 1999
    assert kept == pytest.approx((1 - fraction) ** 2, abs=0.03)


@pytest.mark.parametrize("fraction", [0, 0.1, 0.5, 1])
def test_deletion_keeps_the_order_and_the_expected_pairs(fraction):
    edited = delete(TEXT, fraction, seed=1)
    assert len(edited) == 2000 - int(fraction * 2000) and list(edited) == sorted(edited)
    if len(edited) > 1:
        kept = sum(ord(b) - ord(a) == 1 for a, b in zip(edited, edited[1:], strict=False)) / (len(edited) - 1)
        assert kept == pytest.approx(1 - fraction, abs=0.04)


def test_rounding_and_short_texts():
    assert substitute("", 0.5, POOL) == "" and delete("", 1) == ""
    assert len(delete("山水月", 0.5)) == 1  # 1.5 取 2
    assert substitute("甲" * 9, 1, "甲乙") == "乙" * 9  # 一定换成别的字


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    vocabulary = Vocabulary("\n" + "山水云月风花雪夜春秋江海日星天")
    return FusedLM(TransformerLM(LMConfig(16, 24, 1, 16, 2, 2, 32)).eval()), vocabulary


def test_resampling_touches_only_what_was_chosen(tiny):
    texts = ["山水云月风花雪夜春秋江海日星天山水云月风", "天星日海江秋春夜雪花风月云水山天星日海江"]
    assert resample(*tiny, texts, 0) == texts
    edited = resample(*tiny, texts, 0.5, seed=2)
    assert edited == resample(*tiny, texts, 0.5, seed=2) != resample(*tiny, texts, 0.5, seed=3)
    for before, after in zip(texts, edited, strict=True):
        assert 1 <= sum(a != b for a, b in zip(before, after, strict=True)) <= 10
    assert resample(*tiny, texts, 1, temperature=0) == resample(*tiny, texts, 1, temperature=0, seed=9)  # 贪心，与种子无关


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda t: substitute("山", 1.5, POOL), "^fraction 应在 0 与 1 之间，得到 1.5"),
        (lambda t: delete("山", math.nan), "^fraction 应"),
        (lambda t: substitute("山", 1, "甲甲"), "^pool 应至少有两个不同的字"),
        (lambda t: resample(*t, [], 0.5), "^texts 应至少一段"),
        (lambda t: resample(*t, ["山", "山水"], 0.5), r"^texts 应至少一段、一样长、不空，得到长度 \[1, 2\]"),
        (lambda t: resample(*t, [""], 0.5), "^texts 应"),
        (lambda t: resample(*t, ["龘"], 0.5), "词表只有 16 个字"),
    ],
)
def test_bad_arguments_are_rejected_by_name(tiny, make, message):
    with pytest.raises(ValueError, match=message):
        make(tiny)
