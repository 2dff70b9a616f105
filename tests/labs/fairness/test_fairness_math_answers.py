"""第 3 章“度量的数学”：页面与练习里手算的数要与重算的一致；图与生成器一致。"""


import pytest
from scipy.stats import norm

from labs.capabilities.intervals import wilson_interval
from labs.fairness.chouldechova import forced_fpr, forced_ppv, ppv_floor
from labs.fairness.group_metrics import Counts, rate
from labs.fairness.thresholds import class_means
from tests.labs.pages import DOCS, Chapter, figure_script

CHAPTER = Chapter("03-harms-bias")


def interval(hits: int, n: int) -> str:
    return "[{:.3f},{:.3f}]".format(*wilson_interval(hits, n))


def test_the_numbers_of_the_page():
    page = CHAPTER.page("fairness-math")
    assert interval(1, 5) in page and interval(10, 50) in page and interval(4, 80) in page
    assert f"[0,{wilson_interval(0, 5)[1]:.3f}]" in page
    assert f"{ppv_floor(0.5, 0.2):.3f}" == "0.444" and "=0.444" in page
    d = {fpr: norm.isf(fpr) + norm.isf(0.2) for fpr in (0.05, 0.2)}
    assert f"1.645+0.842={d[0.05]:.2f}" in page and f"0.842+0.842={d[0.2]:.2f}" in page
    black, white = Counts(1369, 805, 532, 990), Counts(505, 349, 461, 1139)
    for c, n in ((black, 1795), (white, 1488)):
        found = {m: rate(c, m).value for m in ("fpr", "ppv", "base_rate")}
        assert c.fp + c.tn == n and f"{found['fpr']:.2%}（{n:,}人）" in page
        assert f"{found['ppv']:.2f}" in page and f"{found['base_rate']:.2f}" in page


def test_derive_identity():
    answer = CHAPTER.answer("ex:derive-identity")
    one, two = forced_fpr(0.4, 0.75, 0.1), forced_fpr(0.25, 0.75, 0.1)
    assert (one, two) == pytest.approx((0.2, 0.1)) and f"={one:.2f}" in answer and f"={two:.2f}" in answer
    assert f"={forced_ppv(0.25, 0.1, one):.2f}" in answer


def test_four_metrics():
    answer = CHAPTER.answer("ex:four-metrics")
    names = ("selection", "fpr", "fnr", "ppv")
    assert [rate(Counts(30, 20, 10, 140), m).value for m in names] == [0.25, 0.125, 0.25, 0.6]
    assert [rate(Counts(6, 0, 0, 2), m).value for m in names] == [0.75, 0, 0, 1]
    assert f"{wilson_interval(0, 2)[1]:.3f}" in answer
    third = Counts(0, 0, 1, 4)
    assert [m for m in names if rate(third, m).value is None] == ["ppv"]


def test_kleinberg_two_bins():
    answer = CHAPTER.answer("ex:kleinberg-two-bins")
    h, low = 0.8, 0.1
    for p, high in ((0.45, 500), (0.24, 200)):
        assert (p - low) / (h - low) == pytest.approx(high / 1000)
        hits, misses = round(high * h), round((1000 - high) * low)
        scores = [h] * high + [low] * (1000 - high)
        x, y = class_means(scores, [1] * hits + [0] * (high - hits) + [1] * misses + [0] * (1000 - high - misses))
        assert f"={x:.3f}" in answer and f"={y:.3f}" in answer
        assert y - x == pytest.approx((h - p) * (p - low) / (p * (1 - p)))


def test_calibration_bins():
    assert "[0.28,0.63]" in CHAPTER.answer("ex:calibration-bins")
    assert [round(x, 2) for x in wilson_interval(12, 27)] == [0.28, 0.63] and round(12 / 27, 2) == 0.44


def test_committed_figure_is_that_of_the_generator():
    assert (DOCS / "03-harms-bias/figures/forced-fpr.svg").read_text("utf-8") == figure_script("forced_fpr").draw()
