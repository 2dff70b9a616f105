"""StereoSet：手算的四题、三个极端、抛硬币的期望、对换与报错。"""

import random

import pytest

from labs.fairness.stereoset import StereoScores, icat, score

ITEMS = [(-1, -2, -5), (-3, -2, -2.5), (-2, -4, -6), (-2, -3, -1)]


def test_the_four_items_of_the_page():
    assert score(ITEMS) == StereoScores(62.5, 75, 31.25)


def test_the_extremes():
    assert score([(1, 0, 9), (0, 1, 9)]) == StereoScores(0, 50, 0)
    assert score([(2, 1, 0)] * 3) == StereoScores(100, 100, 0)
    assert score([(2, 1, 0), (1, 2, 0)]) == StereoScores(100, 50, 100)
    assert score([(0, 0, 0)]) == StereoScores(50, 50, 50)


def test_a_coin_gets_fifty():
    rng = random.Random(0)
    found = score([tuple(rng.random() for _ in range(3)) for _ in range(20_000)])
    assert found.lms == pytest.approx(50, abs=1) and found.ss == pytest.approx(50, abs=1.2) and found.icat == pytest.approx(50, abs=1.5)


def test_swapping_the_stereotype_mirrors_ss_and_keeps_icat():
    swapped = score([(a, s, u) for s, a, u in ITEMS])
    assert swapped == StereoScores(62.5, 25, 31.25)
    assert icat(80, 30) == icat(80, 70) == 48 and icat(80, 50) == 80


def test_bad_input_is_named():
    for lms, ss, name in ((-1, 50, "lms"), (101, 50, "lms"), (50, -0.1, "ss"), (50, 100.1, "ss")):
        with pytest.raises(ValueError, match=name):
            icat(lms, ss)
    with pytest.raises(ValueError, match="没有定义"):
        score([])
    for item in ((1, 2), (1, 2, float("nan"))):
        with pytest.raises(ValueError, match="items"):
            score([item])
