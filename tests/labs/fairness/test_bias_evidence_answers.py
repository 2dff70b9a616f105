"""第 3 章“社会偏见的证据”“度量的度量”：页面与练习里手算的数要与重算的一致。"""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from labs.capabilities.intervals import normal_interval
from labs.fairness.bbq import s_amb, s_dis
from labs.fairness.stereoset import icat
from labs.fairness.weat import associations, effect_size, permutation_p
from labs.tiny_lm.corpus import load_corpus
from tests.labs.pages import Chapter

CHAPTER = Chapter("03-harms-bias")
A, B = np.array([[1.0, 0]]), np.array([[0, 1.0]])


def rho(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    n = len(a)
    return 1 - 6 * sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / (n * (n * n - 1))


def test_the_numbers_of_the_evidence_page():
    page = CHAPTER.page("bias-evidence")
    lms = [small * 50 / (100 - ss) for small, ss in ((72.97, 56.4), (71.73, 58.2), (70.54, 60.0))]
    assert "、".join(f"{x:.1f}" for x in lms) in page
    assert "1.2/0.721=1.664" in page and "得$1.441$" in page
    assert "62.5" in page and icat(62.5, 75) == 31.25
    assert icat(50, 50) == 50 and icat(0, 30) == 0 and icat(100, 50) == 100
    assert s_dis(15, 5) == 0.5 and s_amb(80, 15, 5) == pytest.approx(0.1)


def test_the_numbers_of_the_measure_page():
    page = CHAPTER.page("measuring-measures")
    assert rho((1, 2, 3, 4), (2, 4, 1, 3)) == 0
    extreme = sum(abs(rho((1, 2, 3, 4), p)) >= 0.8 - 1e-9 for p in itertools.permutations((1, 2, 3, 4)))
    assert extreme == 8 and "有8种" in page
    assert f"0.9^5={0.9**5:.0%}" in page and f"2/70={2 / 70:.1%}" in page


def test_weat_by_hand():
    answer = CHAPTER.answer("ex:weat-by-hand")
    sx = associations(np.array([[3.0, 4], [1, 0]]), A, B)
    sy = associations(np.array([[4.0, 3], [0, 1]]), A, B)
    np.testing.assert_allclose([*sx, *sy], [-0.2, 1, 0.2, -1])
    assert f"d={effect_size(sx, sy):.3f}" in answer and f"d={effect_size(sx, sy, 1):.3f}" in answer
    assert f"2/6={permutation_p(sx, sy):.3f}" in answer
    for m in (2, 12):
        assert f"m={m}$时{math.sqrt((2 * m - 1) / (2 * m)):.3f}" in answer


def test_icat_of_a_coin():
    answer = CHAPTER.answer("ex:icat-of-a-coin")
    grid = [icat(100 - 50 * q, 100 - 50 * q) for q in np.linspace(0, 1, 11)]
    np.testing.assert_allclose(grid, [(100 - 50 * q) * q for q in np.linspace(0, 1, 11)])
    assert max(grid) == grid[-1] == 50 and f"时是{grid[5]:.1f}" in answer
    lms = 70.54 * 50 / 40
    assert f"{lms:.1f}" in answer and f"升{lms - 70.54:.1f}分" in answer


def test_hukou_item():
    answer = CHAPTER.answer("ex:hukou-item")
    assert s_dis(35, 15) == pytest.approx(0.4) and s_amb(150, 35, 15) == pytest.approx(0.1)
    assert "-1=0.4" in answer and "=0.1$" in answer


def test_smallest_p():
    answer = CHAPTER.answer("ex:smallest-p")
    for m, digits in ((4, 4), (6, 5), (7, 5)):
        assert f"1/{math.comb(2 * m, m)}={1 / math.comb(2 * m, m):.{digits}f}" in answer
    assert permutation_p([5, 6, 7], [1, 2, 3]) == 1 / 20
    assert f"{1 - 0.95**20:.0%}" in answer
    assert rho((1, 2, 3, 4, 5), (1, 3, 2, 5, 4)) == pytest.approx(0.8)


def test_balance_frequency():
    answer = CHAPTER.answer("ex:balance-frequency")
    counts = Counter("".join(load_corpus().train))
    for character in "父妻男姑夫女":
        assert f"{character}{counts[character]}" in answer
    assert counts["父"] / counts["妻"] < 1.2 and counts["姑"] / counts["男"] < 1.2 < counts["女"] / counts["夫"]


def test_audit_a_ruler():
    answer = CHAPTER.answer("ex:audit-a-ruler")
    low, high = normal_interval(25, 50)
    assert f"4077/82={4077 / 82:.1f}" in answer and f"pm{100 * (high - low) / 2:.0f}" in answer


def test_balanced_pairs_are_at_most_four():
    counts = Counter("".join(load_corpus().train))
    men, women = "夫父郎翁王公侯将士兄弟男", "女母妻妇妾娘姬妃姑妹婢娥"
    close = [[abs(counts[m] - counts[w]) < 0.2 * min(counts[m], counts[w]) for w in women] for m in men]
    i, j = linear_sum_assignment(close, maximize=True)
    assert sum(close[a][b] for a, b in zip(i, j, strict=True)) == 4
    assert [counts[c] for c in "父妻男姑兄妾郎女夫"] == [78, 74, 61, 67, 159, 160, 482, 494, 339]
    assert all(close[men.index(m)][women.index(w)] for m, w in ("父妻", "男姑", "兄妾", "郎女"))
