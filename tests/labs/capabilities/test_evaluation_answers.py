"""第 2 章后五节手算的数：用不依赖 labs 的几行式子重算，并且必须出现在页面上。"""

import math
import re
import statistics
from pathlib import Path

import numpy as np
import pytest
from figures import benchmark_lifelines

CHAPTER = Path(__file__).resolve().parents[3] / "docs/02-capabilities"
Z = 1.96


def page(name):
    """一页的正文，去掉空白、反斜杠与加粗。"""
    return re.sub(r"[\s\\*$]", "", (CHAPTER / f"{name}.md").read_text("utf-8")).replace("{,}", ",")


def answer(label):
    """一道题的答案，写法同上。"""
    text = (CHAPTER / "exercises.md").read_text("utf-8")
    block = re.split(r"^#{2,3} ", text.split(f"#{label} ")[1], maxsplit=1, flags=re.M)[0]
    return re.sub(r"[\s\\*$]", "", block.split("???")[-1]).replace("{,}", ",")


def wilson(k, n):
    p = k / n
    half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return (p + Z * Z / (2 * n) - half) / (1 + Z * Z / n), (p + Z * Z / (2 * n) + half) / (1 + Z * Z / n)


def normal_half(p, n):
    return Z * math.sqrt(p * (1 - p) / n)


def sign_test(b, c):
    """不一致的 b + c 道题抛硬币，双侧精确 p 值。"""
    return min(1.0, 2 * sum(math.comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c))


def bradley_terry(wins):
    """迭代到期望胜场等于实际胜场，返回和为 0 的实力。"""
    n = len(wins)
    strength = [1.0] * n
    for _ in range(3000):
        strength = [
            sum(wins[i]) / sum((wins[i][j] + wins[j][i]) / (strength[i] + strength[j]) for j in range(n) if j != i)
            for i in range(n)
        ]
        mean = math.exp(sum(map(math.log, strength)) / n)
        strength = [s / mean for s in strength]
    return [math.log(s) for s in strength]


def win(a, b):
    return 1 / (1 + math.exp(b - a))


def difference_half(wins, theta, i, j):
    """θ_i − θ_j 的 95% 误差。"""
    n = len(wins)
    information = np.zeros((n, n))
    for a in range(n):
        for b in range(n):
            if a != b:
                weight = (wins[a][b] + wins[b][a]) * win(theta[a], theta[b]) * win(theta[b], theta[a])
                information[a, a] += weight
                information[a, b] -= weight
    covariance = np.linalg.pinv(information)
    return Z * math.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])


def test_intervals_of_one_score():
    text = page("evaluation")
    half = normal_half(0.6, 200)
    assert f"[{0.6 - half:.3f},{0.6 + half:.3f}]" in text
    low, high = wilson(120, 200)
    assert f"120/200得[{low:.3f},{high:.3f}]" in text
    low, high = wilson(20, 20)
    assert high == pytest.approx(1) and f"20/20得[{low:.3f},1]" in text
    for bound in wilson(120, 200):  # Wilson 区间的两端恰好被检验到边上
        assert abs(0.6 - bound) == pytest.approx(Z * math.sqrt(bound * (1 - bound) / 200))
    grow = math.sqrt(1 + 4 * 0.5)
    assert f"{grow:.2f}倍，±{100 * half:.1f}变成±{100 * half * grow:.1f}" in text


def test_paired_cases_with_the_same_total():
    text = page("evaluation")
    for b, c in ((30, 26), (12, 8), (5, 1)):
        half = Z * math.sqrt(b + c - (b - c) ** 2 / 200) / 200
        assert b - c == 4 and f"|{b}|{c}|2±{100 * half:.1f}|{sign_test(b, c):.2f}|" in text
    shown = [sign_test(net, 0) for net in (4, 5, 6)]
    assert shown == [0.125, 0.0625, 0.03125] and "0.125" in text and "0.063" in text and "0.031" in text
    # 任何配法，净胜不到 6 题都过不了 5%
    assert min(sign_test(c + net, c) for net in range(6) for c in range(60)) > 0.05
    assert f"{600 / 164:.1f}个百分点" in text and f"是{600 / 198:.1f}个" in text


def test_pass_at_five_and_majority():
    text = page("evaluation")
    assert (math.comb(7, 5), math.comb(10, 5)) == (21, 252)
    assert f"={1 - 0.7**5:.3f}" in text and f"1-21/252={1 - 21 / 252:.3f}" in text
    same = 0.4**3 + 3 * 0.4**2 * 0.6
    tie = 3 * 0.4 * 0.6**2 / 3  # 一对两错、错得不同：三家打平，随机挑
    assert f"={same:.3f}" in text and f"={tie:.3f}" in text and f"合起来{same + tie:.3f}" in text


def test_three_model_arena():
    text = page("evaluation")
    wins = [[0, 6, 8], [4, 0, 7], [2, 3, 0]]
    theta = bradley_terry(wins)
    assert f"({theta[0]:.3f},{theta[1]:.3f},{theta[2]:.3f})" in text
    pairs = [win(theta[a], theta[b]) for a, b in ((0, 1), (1, 2), (0, 2))]
    assert "{:.3f}、{:.3f}、{:.3f}".format(*pairs) in text
    assert 10 * (pairs[0] + pairs[2]) == pytest.approx(14) and 10 * (1 - pairs[0] + pairs[1]) == pytest.approx(11)
    elo = [400 / math.log(10) * t for t in theta]
    assert f"{elo[0]:.0f}、{elo[1]:.0f}、−{-elo[2]:.0f}" in text


def test_best_of_twenty_seven_is_two_standard_errors():
    x = np.linspace(-8, 8, 40001)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    step = x[1] - x[0]
    best = float(np.sum(x * 27 * (np.cumsum(density) * step) ** 26 * density) * step)
    assert f"{best:.2f}" == "2.00" and "最大值平均是2.00" in page("evaluation")


def test_flipped_label_posterior():
    text = page("in-context-learning")

    def flipped(prior, k, ratio=9.0):
        odds = prior / (1 - prior) * ratio**k
        return odds / (1 + odds)

    assert [round(flipped(0.1, k), 3) for k in (1, 2, 3)] == [0.5, 0.9, 0.988] and "0.988" in text
    shown = [0.9 * flipped(0.1, k) + 0.1 * (1 - flipped(0.1, k)) for k in range(5)]
    assert "从{:.2f}变成{:.1f}、{:.2f}、{:.2f}".format(*shown[:4]) in text and f"{shown[4]:.3f}" in text
    assert f"只有{flipped(0.001, 3):.3f}，要四个才到{flipped(0.001, 4):.3f}" in text
    after = answer("ex:flipped-labels")
    assert flipped(0.01, 3, 4) < 0.5 < flipped(0.01, 4, 4)
    assert f"{flipped(0.01, 4, 4):.3f}" in after and f"{flipped(0.01, 3, 4):.3f}" in after
    assert f"{0.8 * flipped(0.01, 4, 4) + 0.2 * (1 - flipped(0.01, 4, 4)):.3f}" in after


def test_one_gradient_step_is_one_linear_attention():
    xs, ys, query = [1.0, 2.0], [2.0, 4.0], 3.0

    def step(w, rate):
        return w - rate * sum((w * x - y) * x for x, y in zip(xs, ys, strict=True))

    attention = sum(y * x * query for x, y in zip(xs, ys, strict=True))
    assert attention == 30 and step(0, 0.2) * query == pytest.approx(0.2 * attention) == pytest.approx(6)
    first = step(0, 0.1)
    second = step(first, 0.1)
    assert (first, second) == (pytest.approx(1), pytest.approx(1.5))
    values = [2 * y - first * x for x, y in zip(xs, ys, strict=True)]
    assert values == [pytest.approx(3), pytest.approx(6)]
    assert 0.1 * sum(v * x * query for v, x in zip(values, xs, strict=True)) == pytest.approx(second * query) == pytest.approx(4.5)
    assert "预测4.5" in answer("ex:one-step-by-hand")


def test_sharpness_made_by_the_metric():
    text = page("five-leaps")
    assert f"{100 * 0.8**10:.1f}%" in text and f"{100 * 0.95**10:.1f}%" in text


def test_figure_and_table_tell_the_same_dates():
    text = page("five-leaps")
    for name, born, full in benchmark_lifelines.ROWS:
        row = re.search(rf"\|{re.escape(name)}\|{born}[^|]*\|([^|]*)\|", text)
        assert row and row[1] == (full or "还没有"), name
    spans = {name: benchmark_lifelines.years(full) - benchmark_lifelines.years(born) for name, born, full in benchmark_lifelines.ROWS if full}
    assert all(2.9 < spans[name] < 4 for name in ("MMLU", "MATH", "HumanEval", "GSM8K"))
    assert all(2 < spans[name] < 2.5 for name in ("SWE-bench", "GPQA"))
    svg = CHAPTER / "figures/benchmark-lifelines.svg"
    assert svg.read_text("utf-8") == benchmark_lifelines.draw()


def test_two_denominators():
    text = page("chinese-evaluation")
    for correct, unanswered, given, f_score in ((63.8, 12.2, 72.7, 67.9), (46.2, 27.4, 63.6, 53.5), (59.3, 1.4, 60.1, 59.7)):
        attempted = correct / (100 - unanswered) * 100
        assert attempted == pytest.approx(given, abs=0.06)
        assert statistics.harmonic_mean([correct, attempted]) == pytest.approx(f_score, abs=0.06)
    assert "=0.727" in text and "0.679" in text and 59.3 > 46.2 and 60.1 < 63.6
    half = Z * math.sqrt(0.394 * 0.606 / 326 + 0.618 * 0.382 / 326)
    assert f"{61.8 - 39.4:.1f}±{100 * half:.1f}" in text
    low, high = wilson(16, 19)
    assert f"[{low:.2f},{high:.2f}]" in text
    shown = answer("ex:two-denominators")
    for correct, unanswered in ((0.52, 0.05), (0.48, 0.25)):
        attempted = correct / (1 - unanswered)
        assert f"{100 * attempted:.1f}%" in shown
        assert f"{100 * statistics.harmonic_mean([correct, attempted]):.1f}%" in shown


def test_choose_evaluation():
    low, high = wilson(270, 300)
    text = answer("ex:choose-evaluation")
    assert f"[{low:.3f},{high:.3f}]" in text
    assert f"{Z**2 * (0.9 * 0.1 + 0.92 * 0.08) / 0.02**2:,.0f}" in text
    assert Z * math.sqrt((0.85 * 0.15 + 0.92 * 0.08) / 300) < 0.07  # 300 题分得出 85% 与 92%
    assert Z * math.sqrt((0.90 * 0.10 + 0.92 * 0.08) / 300) > 0.02
    assert f"±{100 * Z * math.sqrt(2 * 0.09 / 300):.1f}" in answer("ex:detect-leak")


def test_horizon_extrapolation():
    text = page("limits")
    slope = math.log(4) / math.log2(12 / 1.5)
    assert f"{slope:.3f}" == "0.462" and f"={slope:.3f}" in text
    doublings = math.log(99) / slope
    assert f"{doublings:.2f}" == "9.94" and f"{12 * 3600 / 2**doublings:.0f}秒" in text
    for share, hours in ((0.5, 12), (0.8, 1.5)):
        assert 1 / (1 + math.exp(slope * math.log2(hours / 12))) == pytest.approx(share)
    for p, steps in ((0.9, 10), (0.99, 10), (0.98, 100)):
        assert f"{100 * p**steps:.1f}%" in text
    assert f"{26.08 - Z * 10.3:.1f}到{26.08 + Z * 10.3:.1f}" in text
    after = answer("ex:horizon-safety")
    assert f"{720 / 2 ** (math.log(19) / slope):.1f}分钟" in after and f"{100 * (1 - 0.5**7):.1f}%" in after


def test_thresholds_along_one_curve():
    text = page("limits")
    slope = math.log(4) / 3
    for share in (0.9, 0.95):
        odds = math.log(share / (1 - share))
        fold = odds / slope
        row = f"|{share:.0%}|{odds:.3f}|{fold:.2f}|{720 / 2**fold:.1f}分钟|"
        assert row in text, row
    assert f"|99%|{math.log(99):.3f}|9.94|44秒|" in text


def test_characters_in_common_reward_the_wrong_emperor():
    def overlap(given, wanted):
        common = sum(min(given.count(char), wanted.count(char)) for char in set(given))
        return statistics.harmonic_mean([common / len(given), common / len(wanted)]) if common else 0

    right, traditional, wrong = (overlap(given, "刘备") for given in ("刘玄德", "劉備", "刘禅"))
    assert (right, traditional, wrong) == (pytest.approx(0.4), 0, pytest.approx(0.5))
    text = page("chinese-evaluation")
    assert "得0.4；“劉備”得0；" in text and "得0.5。" in text


def test_small_exams_and_clusters():
    half = normal_half(0.8, 30)
    text = answer("ex:aime-interval")
    assert f"[{0.8 - half:.3f},{0.8 + half:.3f}]" in text and f"={normal_half(0.8, 1920):.3f}" in text
    text = answer("ex:cluster-interval")
    half = normal_half(0.75, 200)
    assert f"={half:.3f}" in text and f"={half * math.sqrt(2.2):.3f}" in text and f"{200 / 2.2:.0f}道" in text


def test_five_model_arena():
    wins = [[0, 7, 8, 9, 9], [3, 0, 6, 7, 8], [2, 4, 0, 6, 7], [1, 3, 4, 0, 6], [1, 2, 3, 4, 0]]
    text = answer("ex:five-model-arena").replace("−", "-")
    theta = bradley_terry(wins)
    assert "、".join(f"{t:.3f}" for t in theta) in text
    halves = {}
    for i, j in ((0, 1), (1, 2), (2, 3), (3, 4), (0, 4)):
        halves[i, j] = difference_half(wins, theta, i, j)
        assert f"{theta[i] - theta[j]:.3f}±{halves[i, j]:.3f}" in text, (i, j)
        assert (abs(theta[i] - theta[j]) > halves[i, j]) == ((i, j) == (0, 4))
    assert f"{10 * (halves[1, 2] / (theta[1] - theta[2])) ** 2:.0f}场" in text


def test_chained_steps_with_a_check():
    text = answer("ex:chained-steps")
    once = 0.9 + 0.1 * 0.8 * 0.9
    assert f"={0.9**0.1:.4f}" in text and f"={once:.3f}" in text and f"={once**10:.3f}" in text
