"""检测：手算、对照 scipy、重复的字对、没有定义的情形、报错。"""

import math
import random

import pytest
from scipy import stats

from labs.safety.detection import binomial_tail, detect, scored_pairs, z_score
from labs.safety.watermark import is_green


def test_the_hand_worked_case():
    assert z_score(12, 16, 0.5) == 2
    assert binomial_tail(12, 16, 0.5) == pytest.approx(2517 / 65536, rel=1e-12)
    assert round(binomial_tail(12, 16, 0.5), 4) == 0.0384


@pytest.mark.parametrize(("green", "scored", "gamma"), [(0, 1, 0.5), (1, 1, 0.25), (60, 70, 0.5), (30, 200, 0.1), (9000, 10_000, 0.5), (2600, 10_000, 0.25)])
def test_agrees_with_scipy(green, scored, gamma):
    expected = stats.binom.logsf(green - 1, scored, gamma)
    ours = binomial_tail(green, scored, gamma)
    assert ours == pytest.approx(math.exp(expected), rel=1e-8, abs=1e-300)
    assert z_score(green, scored, gamma) == pytest.approx((green - stats.binom.mean(scored, gamma)) / stats.binom.std(scored, gamma))


def test_detect_counts_the_green_pairs():
    text = "春眠不觉晓，处处闻啼鸟。"
    found = detect(text, 9, 0.25)
    pairs = list(zip(text, text[1:], strict=False))
    assert found.scored == len(pairs) == 11 and found.green == sum(is_green(9, a, b, 0.25) for a, b in pairs)
    assert found.z == z_score(found.green, 11, 0.25) and found.p_value == binomial_tail(found.green, 11, 0.25) and not found.reason


def test_a_repeated_pair_is_counted_once():
    assert scored_pairs("山山山山") == [("山", "山")] and len(scored_pairs("山山山山", repeats=True)) == 3
    assert scored_pairs("山水山水") == [("山", "水"), ("水", "山")]
    once, many = detect("山水" * 50, 3), detect("山水" * 50, 3, repeats=True)
    assert once.scored == 2 and many.scored == 99 and abs(many.z) <= math.sqrt(99) + 1e-9


def test_over_random_keys_the_p_value_is_honest():
    """不管什么文字，对随机的钥匙，p ≤ α 的机会不超过 α；重复地数就超过。"""
    text = "的" * 3 + "山水云月风花雪夜" * 9
    generator = random.Random(0)
    keys = [generator.randrange(2**32) for _ in range(2000)]
    assert sum(detect(text, key).p_value <= 0.05 for key in keys) / 2000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)
    assert sum(detect(text, key, repeats=True).p_value <= 0.05 for key in keys) / 2000 > 0.1


@pytest.mark.parametrize("text", ["", "山"])
def test_nothing_to_score_is_undefined_not_zero(text):
    found = detect(text, 1)
    assert (found.scored, found.green, found.z, found.p_value) == (0, 0, None, None)
    assert found.reason == f"只有 {len(text)} 个字，没有相邻的两个字可以计分"


def test_any_text_can_be_scored():
    assert detect("🙂a龘\x00", 1).scored == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: detect(None, 1), "^text 应为字符串，得到 NoneType"),
        (lambda: detect("山水", -1), "^key 应"),
        (lambda: detect("山水", 1, 1.0), "^gamma 应"),
        (lambda: z_score(1, 0, 0.5), "^scored 应为不小于 1"),
        (lambda: z_score(-1, 3, 0.5), "^green 应"),
        (lambda: z_score(4, 3, 0.5), "^green = 4 不应超过 scored = 3"),
        (lambda: binomial_tail(1, 3, math.nan), "^gamma 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
