"""labs.capabilities.gap：手算的标准误、φ 的界、模拟作对照，以及错误的参数。"""

import math

import numpy as np
import pytest

from labs.capabilities.gap import MOST_ITEMS, cells, detectable_gap, item_variance, items_needed, mix, phi_range, redraw, standard_error
from tests.labs.pages import assert_up_to_date, figure_script


def test_standard_error_by_hand():
    assert standard_error(200, 0.80, 0.82) == pytest.approx(math.sqrt((0.16 + 0.1476) / 200))
    assert round(standard_error(200, 0.80, 0.82), 4) == 0.0392
    # 配对，φ = 0.5：0.3076 − 2·0.5·√(0.16·0.1476) = 0.3076 − 0.153675 = 0.153925
    assert item_variance(0.80, 0.82, 0.5) == pytest.approx(0.153925, abs=1e-6)
    assert round(standard_error(200, 0.80, 0.82, 0.5), 4) == 0.0277


def test_the_chapter_opening():
    """142 对 138：两份卷子 ±9.0 个百分点；12 比 8 的那种配对 ±4.4。"""
    assert round(196 * standard_error(200, 0.71, 0.69), 1) == 9.0
    both = (142 - 12) / 200
    phi = (both - 0.71 * 0.69) / math.sqrt(0.71 * 0.29 * 0.69 * 0.31)
    assert round(phi, 2) == 0.76
    assert cells(0.71, 0.69, phi) == pytest.approx((0.65, 0.06, 0.04, 0.25))
    # 由四格直接算方差：P(只一对) + P(只二对) − 差²
    assert item_variance(0.71, 0.69, phi) == pytest.approx(0.06 + 0.04 - 0.02**2)
    assert round(196 * standard_error(200, 0.71, 0.69, phi), 1) == 4.4


def test_detectable_gap_and_items_needed_by_hand():
    assert detectable_gap(200, 0.80, 0.82) == pytest.approx(2.8016 * math.sqrt(0.3076 / 200))
    # 0.3076 · 2.8016² / 0.02² = 0.3076 · 7.84896 / 0.0004 = 6035.85
    assert items_needed(0.80, 0.82) == 6036 == items_needed(0.82, 0.80)
    assert items_needed(0.80, 0.82, 0.5) == 3021  # 0.153925 · 7.84896 / 0.0004 = 3020.4
    assert items_needed(0.3, 0.7, -0.5) == 31  # (0.42 + 0.21) · 7.84896 / 0.16 = 30.9
    assert items_needed(0.5, 0.99, phi_range(0.5, 0.99)[1]) >= 1


@pytest.mark.parametrize(("p1", "p2"), [(0.71, 0.69), (0.2, 0.9), (0.05, 0.1), (0.99, 0.98)])
def test_the_needed_items_make_the_gap_detectable(p1, p2):
    for phi in (0.0, 0.9 * phi_range(p1, p2)[1]):
        n = items_needed(p1, p2, phi)
        assert detectable_gap(n, p1, p2, phi) <= abs(p1 - p2) + 1e-12
        assert n == 1 or detectable_gap(n - 1, p1, p2, phi) > abs(p1 - p2)


@pytest.mark.parametrize(("p1", "p2"), [(0.71, 0.69), (0.2, 0.9), (0.05, 0.1), (0.5, 0.5), (0.99, 0.98)])
def test_phi_reaches_exactly_to_the_edge_of_the_table(p1, p2):
    low, high = phi_range(p1, p2)
    for phi in (low, 0.0, high):
        table = cells(p1, p2, phi)
        assert min(table) >= -1e-15 and sum(table) == pytest.approx(1)
        assert table[0] + table[1] == pytest.approx(p1) and table[0] + table[2] == pytest.approx(p2)
    assert min(cells(p1, p2, low)) == pytest.approx(0, abs=1e-12) == pytest.approx(min(cells(p1, p2, high)), abs=1e-12)
    for phi in (low - 1e-6, high + 1e-6):
        with pytest.raises(ValueError, match="phi 应在"):
            cells(p1, p2, phi)


def test_phi_range_by_hand():
    assert phi_range(0.5, 0.5) == (-1, 1)
    # 0.8、0.5：都对的机会在 0.3 与 0.5 之间，独立时 0.4，√(0.16·0.25) = 0.2
    assert phi_range(0.8, 0.5) == pytest.approx((-0.5, 0.5))


def test_identical_models_never_differ():
    assert standard_error(200, 0.7, 0.7, phi_range(0.7, 0.7)[1]) == pytest.approx(0, abs=1e-8)
    draws = redraw(200, 0.7, 0.7, 1.0)
    assert (draws[:, 0] == draws[:, 1]).all() and len(set(draws[:, 0].tolist())) > 5


@pytest.mark.parametrize(("n", "p1", "p2", "phi"), [(200, 0.71, 0.69, 0.0), (200, 0.71, 0.69, 0.76), (150, 0.2, 0.6, -0.3), (80, 0.9, 0.8, 0.5)])
def test_simulation_agrees_with_the_formula(n, p1, p2, phi):
    """重抽 10,000 次：均值差不超过 4 个标准误，方差差不超过 6%（它自己的标准误是 1.4%）。"""
    draws = redraw(n, p1, p2, phi, 10_000, seed=7)
    gap = (draws[:, 0] - draws[:, 1]) / n
    for k, p in enumerate((p1, p2)):
        assert draws[:, k].mean() / n == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n / 10_000))
    assert gap.var() == pytest.approx(standard_error(n, p1, p2, phi) ** 2, rel=0.06)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(phi, abs=0.04)


def test_eighty_percent_of_the_redraws_see_the_detectable_gap():
    n = items_needed(0.9, 0.8)
    assert n == 197  # (0.09 + 0.16) · 7.84896 / 0.01 = 196.2
    draws = redraw(n, 0.9, 0.8, 0.0, 20_000, seed=3)
    seen = np.abs(draws[:, 0] - draws[:, 1]) / n > 1.96 * standard_error(n, 0.9, 0.8)
    assert seen.mean() == pytest.approx(0.80, abs=0.015)  # 重抽的标准误 0.003，其余是题数取整


def plain_mix(x: int) -> int:
    """同一个混合，用 Python 的大整数写。"""
    x = (x ^ (x >> 16)) * 0x85EBCA6B % 2**32
    x = (x ^ (x >> 13)) * 0xC2B2AE35 % 2**32
    return x ^ (x >> 16)


def test_redraw_item_by_item():
    """不用 numpy，一题一题地重做：u < 都对 → 都对；< p1 → 只有一对；再加只有二对的一段。"""
    assert mix(np.array([0, 1, 2**32 - 1], np.uint32)).tolist() == [plain_mix(x) for x in (0, 1, 2**32 - 1)] == [0, 0x514E28B7, 0x81F16F39]
    n, p1, p2, phi, seed = 37, 0.6, 0.45, 0.3, 5
    both, _, two, _ = cells(p1, p2, phi)
    expected = []
    for r in range(4):
        us = [plain_mix((plain_mix(seed) + (MOST_ITEMS * r + i + 1) * 0x9E3779B9) % 2**32) / 2**32 for i in range(n)]
        expected.append([sum(u < p1 for u in us), sum(u < both or p1 <= u < p1 + two for u in us)])
    assert redraw(n, p1, p2, phi, 4, seed).tolist() == expected


def test_longer_papers_keep_the_first_items_and_seeds_differ():
    short, long = redraw(100, 0.6, 0.5, 0.2), redraw(101, 0.6, 0.5, 0.2)
    assert set((long - short).ravel().tolist()) == {0, 1}
    assert (redraw(100, 0.6, 0.5, 0.2, seed=2) != short).any()
    assert (redraw(100, 0.6, 0.5, 0.2) == short).all() and short.shape == (200, 2)


@pytest.mark.parametrize("bad", [0, 1, -0.1, 1.5, math.nan])
def test_rates_out_of_range(bad):
    with pytest.raises(ValueError, match="p1 应在 0 与 1 之间"):
        phi_range(bad, 0.5)
    with pytest.raises(ValueError, match="p2 应在 0 与 1 之间"):
        standard_error(200, 0.5, bad)


@pytest.mark.parametrize("bad", [0, -5, 20_001, 1.0, True, "200"])
def test_counts_out_of_range(bad):
    with pytest.raises(ValueError, match="n 应为 1 到 20000 的整数"):
        standard_error(bad, 0.5, 0.6)
    with pytest.raises(ValueError, match="n 应为 1 到 20000 的整数"):
        redraw(bad, 0.5, 0.6, 0)


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="phi 应在"):
        standard_error(200, 0.71, 0.69, math.nan)
    with pytest.raises(ValueError, match="p1 与 p2 应不同"):
        items_needed(0.5, 0.5)
    with pytest.raises(ValueError, match="times 应为 1 到 100000"):
        redraw(10, 0.5, 0.6, 0, times=0)
    with pytest.raises(ValueError, match="seed 应为 1 到 4294967295"):
        redraw(10, 0.5, 0.6, 0, seed=0)


# ---------- 页面上的图与数 ----------


def test_committed_figure_and_data_are_those_of_the_generator():
    script = figure_script("two_point_gap_fallback")
    assert_up_to_date(script)
    values = script.answers()["values"]
    for name, (b, c) in {"phi_033": (30, 26), "phi_076": (12, 8), "phi_093": (5, 1)}.items():  # 配对的三行
        assert values[name]["error"] == pytest.approx(196 * math.sqrt((b + c) / 200 - 0.02**2) / math.sqrt(200), abs=0.05)
