"""采样：手算的数、两端的极限、并列、对照 transformers 的四个处理器、报错。"""

import math

import pytest
import torch
from transformers import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from labs.introduction.sampling import draw, min_p, next_token_distribution, temper, top_k, top_p

P = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64)  # 页面上的五个词元
INF = math.inf


def shown(p, places=3):
    return [round(x, places) for x in p.tolist()]


def random_logits(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3


# ---- 手算 ----


@pytest.mark.parametrize(("temperature", "expected"), [(0.5, [0.308, 0.692]), (0.2, [0.116, 0.884]), (1, [0.4, 0.6])])
def test_the_two_word_example(temperature, expected):
    assert shown(temper(torch.tensor([0.4, 0.6]), temperature)) == expected


def test_the_five_word_example_of_the_page():
    assert shown(temper(P, 0.5)) == [0.561, 0.316, 0.079, 0.035, 0.009]
    assert shown(temper(P, 2)) == [0.300, 0.260, 0.184, 0.150, 0.106]
    assert shown(top_k(P, 2)) == [0.571, 0.429, 0, 0, 0]
    assert shown(top_p(P, 0.8)) == [0.471, 0.353, 0.176, 0, 0]
    torch.testing.assert_close(min_p(P, 0.1), P)  # 门槛 0.04，都留下


def test_how_many_are_left_in_the_table_of_the_page():
    rows = {0.5: (2, 2, 3), 1: (2, 3, 5), 2: (2, 4, 5)}
    for temperature, expected in rows.items():
        p = temper(P, temperature)
        left = [int((cut > 0).sum()) for cut in (top_k(p, 2), top_p(p, 0.8), min_p(p, 0.1))]
        assert tuple(left) == expected


# ---- 温度的两端 ----


def test_zero_temperature_is_argmax_and_so_is_its_limit():
    p = torch.softmax(random_logits(6, 9), -1)
    expected = torch.nn.functional.one_hot(p.argmax(-1), 9).double()
    assert torch.equal(temper(p, 0), expected)
    for tiny in (1e-3, 1e-300):
        torch.testing.assert_close(temper(p, tiny), expected)


@pytest.mark.parametrize("hot", [1e9, INF])
def test_infinite_temperature_is_uniform_on_what_is_possible(hot):
    torch.testing.assert_close(temper(torch.tensor([0.7, 0.3, 0.0]), hot), torch.tensor([0.5, 0.5, 0.0]))


def test_a_tie_at_zero_temperature_goes_to_the_lower_number():
    assert temper(torch.tensor([0.2, 0.4, 0.4]), 0).tolist() == [0, 1, 0]
    torch.testing.assert_close(temper(torch.tensor([0.2, 0.4, 0.4]), 1e-4), torch.tensor([0, 0.5, 0.5]))


def test_what_is_impossible_stays_impossible():
    for temperature in (0, 0.3, 1, 7, INF):
        assert temper(torch.tensor([0.0, 0.5, 0.5]), temperature)[0] == 0


def test_temperature_keeps_the_order_and_one_changes_nothing():
    torch.testing.assert_close(temper(P, 1), P)
    for temperature in (0.1, 0.7, 3):
        assert temper(P, temperature).tolist() == sorted(temper(P, temperature).tolist(), reverse=True)


# ---- 截断与并列 ----


def test_top_k_keeps_exactly_k_and_ties_go_to_lower_numbers():
    p = torch.tensor([0.1, 0.3, 0.3, 0.3])
    assert (top_k(p, 2) > 0).tolist() == [False, True, True, False]
    assert (top_k(p, 1) > 0).tolist() == [False, True, False, False]
    torch.testing.assert_close(top_k(p, 99), p)


def test_top_p_stops_as_soon_as_the_sum_is_enough():
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    assert (top_p(p, 0.4) > 0).sum() == 1  # 恰好够
    assert (top_p(p, 0.41) > 0).sum() == 2
    assert (top_p(p, 0.9) > 0).sum() == 3  # 0.4 + 0.3 + 0.2 在计算机里略小于 0.9
    assert (top_p(p, 1e-9) > 0).sum() == 1  # 至少留一个
    assert (top_p(torch.full((4,), 0.25), 0.5) > 0).tolist() == [True, True, False, False]


def test_top_p_of_one_keeps_the_longest_tail():
    p = torch.tensor([1 - 1e-7, 1e-7], dtype=torch.float64)
    torch.testing.assert_close(top_p(p, 1), p)
    assert (top_p(p, 0.999) > 0).sum() == 1


def test_min_p_follows_the_peak():
    assert (min_p(torch.tensor([0.9, 0.06, 0.04]), 0.1) > 0).sum() == 1
    assert (min_p(torch.tensor([0.3, 0.3, 0.2, 0.2]), 0.1) > 0).sum() == 4
    assert (min_p(torch.tensor([0.6, 0.34, 0.06]), 0.1) > 0).sum() == 3  # 恰好一成，留
    assert (min_p(torch.tensor([0.4, 0.4, 0.2]), 1) > 0).tolist() == [True, True, False]


@pytest.mark.parametrize("cut", [lambda p: top_k(p, 3), lambda p: top_p(p, 0.7), lambda p: min_p(p, 0.2), lambda p: temper(p, 0.6)])
def test_each_row_is_worked_on_alone_and_sums_to_one(cut):
    p = torch.softmax(random_logits(2, 3, 7), -1)
    before = p.clone()
    out = cut(p)
    assert out.shape == p.shape and torch.equal(p, before)
    torch.testing.assert_close(out.sum(-1), torch.ones(2, 3, dtype=torch.float64))
    torch.testing.assert_close(out, torch.stack([torch.stack([cut(row) for row in block]) for block in p]))


@pytest.mark.parametrize("cut", [lambda p: top_k(p, 3), lambda p: top_p(p, 0.7), lambda p: min_p(p, 0.2)])
def test_cutting_keeps_the_ratios_of_what_is_left(cut):
    p = torch.softmax(random_logits(9), -1)
    ratio = (cut(p) / p)[cut(p) > 0]
    torch.testing.assert_close(ratio, ratio[:1].expand_as(ratio))


def test_half_precision_is_raised_to_float32():
    for cut in (lambda p: temper(p, 0.5), lambda p: top_k(p, 2), lambda p: top_p(p, 0.9), lambda p: min_p(p, 0.1)):
        assert cut(torch.tensor([0.5, 0.25, 0.25], dtype=torch.bfloat16)).dtype == torch.float32
    assert next_token_distribution(torch.zeros(3, dtype=torch.float16)).dtype == torch.float32


# ---- 对照 transformers：同样的次序 ----


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("temperature", "k", "threshold", "ratio"),
    [(0.7, None, None, None), (1, 5, None, None), (1, None, 0.8, None), (1, None, None, 0.1), (1.5, 20, 0.9, 0.05), (0.8, 4, 0.6, 0.3)],
)
def test_agrees_with_transformers(seed, temperature, k, threshold, ratio):
    logits = random_logits(3, 40, seed=seed)
    scores = TemperatureLogitsWarper(float(temperature))(None, logits)
    scores = TopKLogitsWarper(k)(None, scores) if k else scores
    scores = TopPLogitsWarper(threshold)(None, scores) if threshold else scores
    scores = MinPLogitsWarper(ratio)(None, scores) if ratio else scores
    ours = next_token_distribution(logits, temperature, k, threshold, ratio)
    torch.testing.assert_close(ours, torch.softmax(scores, -1))


def test_the_order_matters():
    """T = 2 之后再 top-p 留得多；先 top-p 再调温留得少。"""
    after = top_p(temper(P, 2), 0.6)
    first = temper(top_p(P, 0.6), 2)
    assert ((after > 0).sum(), (first > 0).sum()) == (3, 2)


# ---- 抽取 ----


def test_draw_walks_the_cumulative_sum():
    p = torch.tensor([0.25, 0.5, 0.0, 0.25], dtype=torch.float64)
    us = torch.tensor([0, 0.2499, 0.25, 0.7499, 0.75, 0.9999], dtype=torch.float64)
    assert [int(draw(p, u)) for u in us] == [0, 0, 1, 1, 3, 3]
    assert draw(p.expand(6, 4), us).tolist() == [0, 0, 1, 1, 3, 3]


def test_draw_never_picks_the_impossible():
    p = torch.tensor([0.0, 0.3, 0.7, 0.0])
    assert int(draw(p, torch.tensor(0.0))) == 1
    assert int(draw(p, torch.tensor(1 - 2**-24))) == 2
    short = torch.tensor([0.5, 0.49995, 0.0], dtype=torch.float64)  # 和略小于 1
    assert int(draw(short, torch.tensor(1 - 2**-53, dtype=torch.float64))) == 1


def test_draw_has_the_right_frequencies():
    u = torch.rand(20_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    counts = torch.bincount(draw(P.expand(20_000, 5), u), minlength=5) / 20_000
    assert (counts - P).abs().max() < 0.015  # 标准误不超过 √(0.25/20000) ≈ 0.0035，取四倍


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: temper(torch.tensor([0.5, 0.4]), 1), "^p 沿最后一维的和应为 1，得到 0.9"),
        (lambda: top_k(torch.tensor([math.nan, 0.5]), 1), "^p 的各项应为非负的有限数"),
        (lambda: top_p(torch.tensor([1.5, -0.5]), 0.5), "^p 的各项应为非负的有限数"),
        (lambda: min_p(torch.tensor([INF, 0.5]), 0.5), "^p 的各项应为非负的有限数"),
        (lambda: temper([0.5, 0.5], 1), "^p 应为形如"),
        (lambda: temper(torch.zeros(2, 0), 1), "^p 应为形如"),
        (lambda: temper(P, -1), "^temperature 应为非负数，得到 -1"),
        (lambda: temper(P, math.nan), "^temperature 应为非负数"),
        (lambda: top_k(P, 0), "^k 应为不小于 1 的整数，得到 0"),
        (lambda: top_k(P, 1.5), "^k 应为"),
        (lambda: top_p(P, 0), "^threshold 应大于 0、不超过 1，得到 0"),
        (lambda: top_p(P, 1.1), "^threshold 应大于 0"),
        (lambda: top_p(P, math.nan), "^threshold 应大于 0"),
        (lambda: min_p(P, 0), "^ratio 应大于 0"),
        (lambda: min_p(P, 2), "^ratio 应大于 0"),
        (lambda: next_token_distribution(torch.tensor(1.0)), "^logits 应为形如"),
        (lambda: next_token_distribution(torch.tensor([math.nan, 1])), "^p 的各项应为非负的有限数"),
        (lambda: draw(P, torch.tensor(1.0)), r"^u 应在 \[0, 1\) 里"),
        (lambda: draw(P, torch.tensor(-0.1)), "^u 应在"),
        (lambda: draw(P, torch.tensor(math.nan)), "^u 应在"),
        (lambda: draw(P * 2, torch.tensor(0.5)), "^p 沿最后一维的和应为 1，得到 2"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
