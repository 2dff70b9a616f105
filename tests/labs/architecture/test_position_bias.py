"""旋转之外的位置信息：手算的数、BLOOM 的结果、正弦的平移、超出表的位置、报错。"""

import math

import pytest
import torch

from labs.architecture.attention import softmax
from labs.architecture.masks import causal_mask
from labs.architecture.position_bias import alibi_bias, alibi_slopes, look_up, sinusoidal
from labs.architecture.relative_score import relative_score
from labs.architecture.rope import rope_frequencies, rotate


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def close(actual, expected, atol=1e-12):
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- ALiBi ----


def test_slopes_and_bias_worked_by_hand():
    assert alibi_slopes(2).tolist() == [1 / 16, 1 / 256]
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]
    assert alibi_bias(2, 3)[0, 2].tolist() == [-2 / 16, -1 / 16, 0]


def test_slopes_are_geometric_and_end_at_one_256th_whatever_the_number_of_heads():
    for heads in (1, 3, 12, 16):
        slopes = alibi_slopes(heads)
        close(slopes[-1], torch.tensor(2.0**-8).double())
        close(slopes[1:] / slopes[:-1], slopes[0].expand(heads - 1))


@pytest.mark.parametrize("heads", [2, 8, 16])
def test_alibi_agrees_with_bloom(heads):
    """BLOOM 加的是 m_h · j，少了 −m_h · i；同一行里那是常数，softmax 之后一样。"""
    module = pytest.importorskip("transformers.models.bloom.modeling_bloom")
    theirs = module.build_alibi_tensor(torch.ones(1, 6, dtype=torch.long), heads, torch.float64)  # (H, 1, 6)
    scores, hidden = draw(heads, 6, 6), ~causal_mask(6)
    ours, bloom = (softmax((scores + bias).masked_fill(hidden, -math.inf)) for bias in (alibi_bias(heads, 6), theirs))
    close(ours, bloom, 1e-6)  # BLOOM 的斜率是 float32


def test_alibi_depends_only_on_the_distance_and_fits_the_cache():
    whole = alibi_bias(4, 7)
    assert torch.equal(whole[:, 1:, 1:], whole[:, :-1, :-1])
    assert torch.equal(alibi_bias(4, 2, 7, offset=5), whole[:, 5:])


# ---- 正弦 ----


def test_the_first_rows_of_the_sine_table():
    table = sinusoidal(3, 4)
    assert table[0].tolist() == [0, 1, 0, 1]
    expected = [math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)]  # 频率 1 与 1/100
    close(table[2], torch.tensor(expected, dtype=torch.float64))


def test_the_inner_product_of_two_sines_is_the_curve_of_the_rotation():
    table, theta = sinusoidal(40, 16), rope_frequencies(16)
    ones = torch.ones_like(theta)
    expected = relative_score(torch.arange(40).double(), theta, ones, 0 * ones)
    close(table @ table[0], expected)
    close(table[5:] @ table[5], expected[:35])


def test_shifting_the_sine_table_is_a_rotation():
    """PE(p + s) 由 PE(p) 每对转 −s·θ_i 得到：同一组频率，一个加、一个乘。"""
    table = sinusoidal(30, 8)
    close(rotate(table[:20], torch.full((20,), -7), rope_frequencies(8), "interleaved"), table[7:27])


def test_adding_positions_to_the_content_makes_scores_depend_on_the_start():
    """加法夹着投影矩阵，得分里有内容与位置的交叉项，整句挪动就变。"""
    x, W_q, W_k, table = draw(5, 8), draw(8, 8, seed=1), draw(8, 8, seed=2), sinusoidal(10, 8)
    near, far = (((x + table[s : s + 5]) @ W_q) @ ((x + table[s : s + 5]) @ W_k).T for s in (0, 3))
    assert (near - far).abs().max() > 0.1


# ---- 可学的表 ----


def test_look_up_returns_rows():
    table = draw(6, 3)
    assert torch.equal(look_up(table, torch.tensor([[0, 5], [2, 2]])), torch.stack([table[[0, 5]], table[[2, 2]]]))


@pytest.mark.parametrize("outside", [6, 4096, -1])
def test_positions_beyond_the_table_are_refused_by_name(outside):
    with pytest.raises(ValueError, match=f"indices 应在 0 到 5 之间：表只有 6 行，没有位置 {outside}。"):
        look_up(draw(6, 3), torch.tensor([0, outside, 7]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: look_up(draw(3), torch.tensor([0])), "table 应为形如"),
        (lambda: look_up(draw(3, 2), torch.tensor([0.0])), "indices 应为 int32 或 int64 张量，得到 torch.float32"),
        (lambda: look_up(draw(3, 2), [0]), r"indices 应为 int32 或 int64 张量，得到 \[0\]"),
        (lambda: look_up(draw(3, 2), torch.tensor([True])), "得到 torch.bool"),
        (lambda: sinusoidal(0, 4), "n_positions 应为不小于 1 的整数"),
        (lambda: sinusoidal(3, 5), "d_rot 应为偶数"),
        (lambda: alibi_slopes(0), "n_heads 应为不小于 1 的整数"),
        (lambda: alibi_bias(2, 0), "T 应为不小于 1 的整数"),
        (lambda: alibi_bias(2, 3, offset=-1), "offset 应为不小于 0 的整数"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
