"""缩放点积注意力：手算的数、torch 的结果、softmax 与注意力的不变量。"""

import math

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.attention import (
    attention_weights,
    causal_attention,
    scaled_dot_product_attention,
    softmax,
)
from labs.architecture.masks import causal_mask

INF = math.inf
# 正文手算用的三个词：W_Q、W_V 是单位阵，K = X W_K
X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
K = X @ torch.tensor([[2.0, 1.0], [0.0, 2.0]])


def draw(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def close(actual, expected, atol=1e-5):
    """float32 的几十项之和，误差在 1e-6 上下；留十倍。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_worked_example_without_mask():
    assert (X @ K.T).tolist() == [[2, 2, 0], [3, 5, 2], [1, 3, 2]]
    weights = [[0.446, 0.446, 0.108], [0.178, 0.734, 0.088], [0.140, 0.576, 0.284]]
    outputs = [[0.892, 0.554], [0.912, 0.822], [0.716, 0.860]]
    close(attention_weights(X, K), torch.tensor(weights), atol=5e-4)  # 页面印三位小数
    close(scaled_dot_product_attention(X, K, X), torch.tensor(outputs), atol=5e-4)


def test_worked_example_with_causal_mask():
    weights = [[1, 0, 0], [0.196, 0.804, 0], [0.140, 0.576, 0.284]]
    outputs = [[1, 0], [1, 0.804], [0.716, 0.860]]
    close(attention_weights(X, K, causal_mask(3)), torch.tensor(weights), atol=5e-4)
    close(causal_attention(X, K, X), torch.tensor(outputs), atol=5e-4)


def test_the_one_exponential_needed_for_the_worked_example():
    r = math.exp(1 / math.sqrt(2))
    assert f"{r:.3f} {r * r:.3f} {1 / r:.3f}" == "2.028 4.113 0.493"


# ---- softmax ----


def test_softmax_of_logarithms_is_proportional():
    close(softmax(torch.tensor([0.0, math.log(3)])), torch.tensor([0.25, 0.75]))


@pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
def test_softmax_agrees_with_torch_along_every_dimension(dim):
    x = draw(3, 4, 5) * 10
    close(softmax(x, dim), torch.softmax(x, dim))


def test_softmax_rows_sum_to_one_by_default_along_the_last_dimension():
    close(softmax(draw(6, 7)).sum(-1), torch.ones(6))


@pytest.mark.parametrize("shift", [-1e4, 1e4, 3e38])
def test_huge_scores_neither_overflow_nor_underflow(shift):
    close(softmax(torch.tensor([shift, shift])), torch.tensor([0.5, 0.5]))
    close(softmax(torch.tensor([0.0, -1e30])), torch.tensor([1.0, 0.0]))


def test_adding_a_constant_changes_nothing():
    x = draw(4, 9, dtype=torch.float64)
    torch.testing.assert_close(softmax(x + 100), softmax(x))


def test_a_row_that_sees_nothing_yields_zeros_and_a_finite_gradient():
    x = torch.tensor([[-INF, -INF], [0.0, -INF]], requires_grad=True)
    y = softmax(x)
    assert y.tolist() == [[0, 0], [1, 0]]
    (y * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert x.grad.isfinite().all()


def test_softmax_gradient_agrees_with_finite_differences():
    x = draw(3, 5, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(softmax, x)


def test_softmax_keeps_the_dtype():
    assert softmax(draw(3).bfloat16()).dtype == torch.bfloat16


def test_softmax_rejects_bad_input():
    with pytest.raises(ValueError, match="scores 应为形如 .*得到 list"):
        softmax([1.0])
    for shape, dim in [((3,), 1), ((3,), -2), ((2, 0), -1), ((0, 2), 0), ((), -1)]:
        with pytest.raises(ValueError, match=f"dim 应指向 scores .*得到 {dim}"):
            softmax(torch.zeros(shape), dim)
    softmax(torch.zeros(0, 2), -1)  # 没有句子也是合法的输入


# ---- 对照 torch ----


@pytest.mark.parametrize("leading", [(), (2,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_agrees_with_torch_for_any_leading_dimensions(leading, masked):
    q, k, v = draw(*leading, 5, 8), draw(*leading, 7, 8, seed=1), draw(*leading, 7, 6, seed=2)
    mask = draw(*leading, 5, 7, seed=3) > 0 if masked else None
    if masked:
        mask[..., 0, :] = False  # 一行什么也看不见
    close(scaled_dot_product_attention(q, k, v, mask), F.scaled_dot_product_attention(q, k, v, mask))


def test_a_mask_may_be_broadcast_over_heads_and_queries():
    q, k, v = draw(2, 3, 5, 4), draw(2, 3, 5, 4, seed=1), draw(2, 3, 5, 4, seed=2)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])[:, None, None, :]  # (B, 1, 1, T_k)
    close(scaled_dot_product_attention(q, k, v, mask), F.scaled_dot_product_attention(q, k, v, mask))


def test_causal_attention_agrees_with_torch():
    q, k, v = draw(2, 3, 9, 4), draw(2, 3, 9, 4, seed=1), draw(2, 3, 9, 5, seed=2)
    close(causal_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, is_causal=True))


def test_gradients_agree_with_torch():
    inputs = [draw(2, 6, 4, seed=s, dtype=torch.float64).requires_grad_() for s in range(3)]
    ours = torch.autograd.grad(causal_attention(*inputs).square().sum(), inputs)
    theirs = torch.autograd.grad(
        F.scaled_dot_product_attention(*inputs, is_causal=True).square().sum(), inputs
    )
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


# ---- 精度 ----


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_dtype_of_the_values_is_kept(dtype):
    q, k, v = (draw(4, 8, seed=s).to(dtype) for s in range(3))
    assert scaled_dot_product_attention(q, k, v).dtype == dtype


def test_half_precision_is_computed_in_float32():
    q, k, v = (draw(64, 32, seed=s).bfloat16() for s in range(3))
    exact = F.scaled_dot_product_attention(q.double(), k.double(), v.double())
    assert attention_weights(q, k).dtype == torch.float32
    same = scaled_dot_product_attention(q, k, v) == exact.bfloat16()  # 只在最后舍入一次；全程半精度只对一半
    assert same.float().mean() > 0.99


def test_float16_scores_that_would_overflow_do_not():
    q = torch.full((1, 64), 100.0, dtype=torch.float16)  # 内积 640 000，超过 float16 的上限 65 504
    assert scaled_dot_product_attention(q, q, q).tolist() == q.tolist()


# ---- 不变量 ----


def test_equal_keys_give_the_plain_average():
    v = draw(7, 3)
    out = scaled_dot_product_attention(draw(4, 2), torch.ones(7, 2), v)
    close(out, v.mean(0).expand(4, 3))


def test_changing_the_future_leaves_the_past_unchanged():
    q, k, v = (draw(8, 4, seed=s) for s in range(3))
    before = causal_attention(q, k, v)
    for x in (q, k, v):
        x[5:] += 10
    after = causal_attention(q, k, v)
    assert torch.equal(before[:5], after[:5])
    assert not torch.isclose(before[5:], after[5:]).any()


def test_hidden_keys_get_exactly_zero_weight_and_no_gradient():
    q, k, v = (draw(6, 4, seed=s).requires_grad_() for s in range(3))
    scaled_dot_product_attention(q, k, v, causal_mask(6))[2].sum().backward()
    assert not k.grad[3:].any() and not v.grad[3:].any()
    assert v.grad[:3].all()


def test_shuffling_the_words_only_shuffles_the_outputs():
    q, k, v = (draw(7, 4, seed=s) for s in range(3))
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    out = scaled_dot_product_attention(q, k, v)
    close(scaled_dot_product_attention(q[order], k[order], v[order]), out[order])


def test_outputs_stay_inside_the_range_of_the_values():
    q, k, v = draw(20, 4) * 5, draw(9, 4, seed=1), draw(9, 3, seed=2)
    out = scaled_dot_product_attention(q, k, v)
    assert (out <= v.amax(0) + 1e-6).all() and (out >= v.amin(0) - 1e-6).all()


def test_a_row_that_sees_nothing_outputs_zeros():
    out = scaled_dot_product_attention(X, K, X, torch.zeros(3, 3, dtype=torch.bool))
    assert out.tolist() == [[0, 0]] * 3


# ---- 出错 ----


@pytest.mark.parametrize(
    ("q", "k", "v", "message"),
    [
        ((2,), (3, 2), (3, 2), r"q 应为形如 \(…, T, d_h\)"),
        ((3, 2), (3, 4), (3, 2), r"k 应为形如 \(T_k, 2\)"),
        ((5, 3, 2), (4, 3, 2), (4, 3, 2), r"k 应为形如 \(5, T_k, 2\)"),
        ((5, 3, 2), (3, 2), (3, 2), r"k 应为形如 \(5, T_k, 2\)"),
        ((3, 2), (4, 2), (3, 2), r"v 应为形如 \(4, d_v\)"),
        ((5, 3, 2), (5, 4, 2), (4, 2), r"v 应为形如 \(5, 4, d_v\)"),
        ((0, 2), (3, 2), (3, 2), r"q 应为形如 \(…, T, d_h\)"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected(q, k, v, message):
    with pytest.raises(ValueError, match=message):
        scaled_dot_product_attention(torch.zeros(q), torch.zeros(k), torch.zeros(v))


@pytest.mark.parametrize("mask", [torch.ones(3, 3), torch.ones(3, 4, dtype=torch.bool), [[True]]])
def test_masks_that_do_not_fit_are_rejected(mask):
    with pytest.raises(ValueError, match="mask 应为可广播到 .3, 3. 的布尔张量"):
        scaled_dot_product_attention(X, K, X, mask)


@pytest.mark.parametrize(
    ("q", "k", "message"),
    [
        ((3, 2), (4, 2), r"k 应为形如 \(3, 2\)"),
        ((3, 2), (3, 1), r"k 应为形如 \(3, 2\)"),
        ((3, 2), (2, 3, 2), r"k 应为形如 \(3, 2\)"),
        ((3,), (3, 2), r"q 应为形如 \(…, T, d_h\)"),
    ],
)
def test_causal_attention_needs_as_many_keys_as_queries(q, k, message):
    with pytest.raises(ValueError, match=message):
        causal_attention(torch.zeros(q), torch.zeros(k), torch.zeros(k))
