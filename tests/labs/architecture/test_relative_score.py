"""得分作为距离的函数：手算的数、与旋转的结果相同、最小二乘、报错。"""

import math

import pytest
import torch

from labs.architecture.relative_score import fit_scores, mean_cosine, relative_score, score_coefficients, waves
from labs.architecture.rope import PAIRINGS, rope_frequencies, rotate

CLOCK = torch.tensor([math.pi / 2, math.pi / 6], dtype=torch.float64)  # 4 步一圈与 12 步一圈


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(actual, expected, atol=1e-12):
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


def test_two_hands_worked_by_hand():
    A, B = score_coefficients(torch.tensor([1.0, 0, 1, 0]), torch.tensor([1.0, 0, 1, 0]), "interleaved")
    assert (A.tolist(), B.tolist()) == ([1, 1], [0, 0])
    scores = relative_score(torch.tensor([0.0, 1, 2, 3, 4, 12]), CLOCK, A, B)
    expected = torch.tensor([2, math.sqrt(3) / 2, -0.5, 0, 0.5, 2], dtype=torch.float64)
    close(scores, expected)
    close(mean_cosine(torch.tensor([0.0, 1, 2, 3, 4, 12]), CLOCK), expected / 2)


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_it_is_what_the_rotation_gives(pairing):
    q, k, theta = draw(10), draw(10, seed=1), rope_frequencies(10, 300)
    A, B = score_coefficients(q, k, pairing)
    distances = torch.arange(-6, 7).double()
    turned = rotate(q.expand(13, 10), distances + 100, theta, pairing)  # 查询在 100 + s，键在 100
    at_100 = rotate(k[None], torch.tensor([100]), theta, pairing)[0]
    close(relative_score(distances, theta, A, B), turned @ at_100, 1e-11)


def test_opposite_queries_turn_every_score_around():
    """没有哪个频率保证“远了就低”：查询反号，递减的曲线就成了递增的。"""
    q, k, theta = draw(8), draw(8, seed=1), rope_frequencies(8)
    distances = torch.arange(50).double()
    once, opposite = (relative_score(distances, theta, *score_coefficients(v, k)) for v in (q, -q))
    close(once, -opposite)


def test_a_key_can_be_made_to_peak_at_any_distance():
    """barbero2024round 的命题 3.1：取 k = R_r q，得分就在距离 r 处最大。"""
    q, theta = draw(16), rope_frequencies(16)
    for r in (0, 3, 40):
        key = rotate(q[None], torch.tensor([r]), theta)[0]
        scores = relative_score(torch.arange(60).double(), theta, *score_coefficients(q, key))
        assert scores.argmax() == r
        close(scores[r], q @ q)


def test_mean_cosine_falls_from_one_and_first_turns_negative_where_the_page_says():
    for base, first in ((1e4, 1707), (5e5, 18438)):
        curve = mean_cosine(torch.arange(20_000).double(), rope_frequencies(128, base))
        assert curve[0] == 1 and curve.max() == 1
        assert int((curve < 0).nonzero()[0]) == first


def test_mean_cosine_is_the_average_advantage_of_a_similar_key():
    """men2024base 的定理 1，用随机数核对：E[q·R_s q] − E[q·R_s k] = d_h · mean_cosine。"""
    d_h, s, theta = 16, 3, rope_frequencies(16)
    q, k = draw(40_000, d_h), draw(40_000, d_h, seed=1)
    turned = rotate(q, torch.full((40_000,), s), theta)
    expected = d_h * mean_cosine(torch.tensor([float(s)]), theta)[0]
    # 单个样本的标准差约 √(2·16)，四万个的平均约 0.03；取五倍
    assert ((turned * q).sum(-1).mean() - (turned * k).sum(-1).mean()).item() == pytest.approx(expected.item(), abs=0.15)


def test_the_fit_recovers_coefficients_it_can_see():
    """频率相差够大、没有慢得像常数的一对时，岭很小的最小二乘就是把系数找回来。"""
    theta, A, B = torch.tensor([1.0, 0.3], dtype=torch.float64), draw(2), draw(2, seed=1)
    distances = torch.arange(400).double()
    found = fit_scores(distances, relative_score(distances, theta, A, B), theta, 1e-12)
    close(torch.stack(found), torch.stack([A, B]), 1e-9)


def test_the_fit_is_the_minimum():
    """在解的四周走一小步，目标只会变大。"""
    theta, distances, target = rope_frequencies(8, 100), torch.arange(30).double(), draw(30)
    A, B = fit_scores(distances, target, theta, 1e-2)

    def objective(a, b):
        return (relative_score(distances, theta, a, b) - target).square().sum() + 1e-2 * 30 * (a.square().sum() + b.square().sum())

    best = objective(A, B)
    for seed in range(5):
        step = 1e-3 * draw(2, 4, seed=seed)
        assert objective(A + step[0], B + step[1]) > best


def test_waves_are_cosines_then_sines():
    table = waves(torch.tensor([1.0, 2.0]), CLOCK)
    expected = torch.tensor([[0, math.sqrt(3) / 2, 1, 0.5], [-1, 0.5, 0, math.sqrt(3) / 2]], dtype=torch.float64)
    close(table, expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score_coefficients(draw(3), draw(3)), "d_rot 应为偶数"),
        (lambda: score_coefficients(draw(4), draw(6)), r"k 应为形如 \(4\)"),
        (lambda: score_coefficients(draw(4), draw(4), "x"), "pairing 应为"),
        (lambda: score_coefficients(draw(2, 2), draw(4)), "q 应为形如"),
        (lambda: relative_score(draw(3), CLOCK, draw(2), draw(3)), r"B 应为形如 \(2\)"),
        (lambda: relative_score(draw(3), CLOCK, draw(3), draw(2)), r"A 应为形如 \(2\)"),
        (lambda: relative_score(draw(3, 1), CLOCK, draw(2), draw(2)), "distances 应为形如"),
        (lambda: relative_score(draw(3), draw(2, 2), draw(2), draw(2)), "theta 应为形如"),
        (lambda: mean_cosine(draw(3), draw(2, 2)), "theta 应为形如"),
        (lambda: fit_scores(draw(3), draw(4), CLOCK), r"target 应为形如 \(3\)"),
        (lambda: fit_scores(draw(3, 1), draw(3), CLOCK), "distances 应为形如"),
        (lambda: fit_scores(draw(3), draw(3), draw(1, 2)), "theta 应为形如"),
        (lambda: fit_scores(draw(3), draw(3), CLOCK, 0), "ridge 应为正数，得到 0"),
        (lambda: fit_scores(draw(3), draw(3), CLOCK, math.nan), "ridge 应为正数"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
