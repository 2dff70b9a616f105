"""分块 softmax：三个得分的手算、任意块长与掩码、整行遮住、合并的结合律、gpt-oss 的汇聚项、报错。"""

import itertools
import math
import random

import pytest
import torch
import torch.nn.functional as F
from transformers.models.gpt_oss import modeling_gpt_oss

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.masks import causal_mask, padding_mask, sliding_window_mask
from labs.architecture.online_softmax import Partial, blockwise_attention, finish, merge, nothing, partial, sink

X = torch.tensor([[1.0, 0], [1, 1], [0, 1]], dtype=torch.float64)
K = X @ torch.tensor([[2.0, 1], [0, 2]], dtype=torch.float64)


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def close(actual, expected, atol=1e-12):
    """float64 的几十项之和，误差在 1e-15 上下；留一千倍。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


def inputs(T=7, T_k=11, d_h=4, d_v=3, scale=1.0):
    return draw(2, 3, T, d_h) * scale, draw(2, 3, T_k, d_h, seed=1) * scale, draw(2, 3, T_k, d_v, seed=2)


def blocks(q, k, v, cuts, mask=None):
    """按 cuts 把键切开，各算一份。"""
    edges = [0, *cuts, k.shape[-2]]
    return [partial(q, k[..., a:b, :], v[..., a:b, :], None if mask is None else mask[..., a:b]) for a, b in itertools.pairwise(edges)]


# ---- 手算 ----


def test_three_scores_in_two_blocks_worked_by_hand():
    q, r = X[2:], math.exp(1 / math.sqrt(2))
    first, second = partial(q, K[:1], X[:1]), partial(q, K[1:], X[1:])
    assert first.peak.item() == pytest.approx(1 / math.sqrt(2))
    assert first.total.item() == 1 and first.summed.tolist() == [[1, 0]]
    assert second.total.item() == pytest.approx(1 + 1 / r)
    both = merge(first, second)
    assert round(both.total.item(), 3) == 1.736 and [round(x, 3) for x in both.summed[0].tolist()] == [1.243, 1.493]
    assert [round(x, 3) for x in finish(both)[0].tolist()] == [0.716, 0.860]


# ---- 对照 ----


@pytest.mark.parametrize("block", [1, 2, 3, 5, 10, 11, 12, 500])
@pytest.mark.parametrize(
    "mask",
    [None, causal_mask(7, 11, 4), sliding_window_mask(7, 3, 11, 2), padding_mask(torch.tensor([11, 2]), 11), causal_mask(7, 11)],
)
def test_any_block_size_gives_softmax_attention(block, mask):
    q, k, v = inputs()
    actual = blockwise_attention(q, k, v, mask, block)
    close(actual, scaled_dot_product_attention(q, k, v, mask))
    close(actual, F.scaled_dot_product_attention(q, k, v, mask))


@pytest.mark.parametrize("block", [1, 4, 11])
def test_rows_that_see_nothing_are_zero_and_stay_finite(block):
    q, k, v = inputs()
    mask = torch.rand(7, 11, generator=torch.Generator().manual_seed(3)) < 0.3
    mask[2] = False
    mask[:, :4] = False  # 第一块整块遮住
    actual = blockwise_attention(q.requires_grad_(), k, v, mask, block)
    assert torch.isfinite(actual).all() and (actual[:, :, 2] == 0).all()
    close(actual, scaled_dot_product_attention(q, k, v, mask))
    actual.sum().backward()
    assert torch.isfinite(q.grad).all()


def test_gradients_are_those_of_softmax_attention():
    ours, theirs = inputs(), inputs()
    for leaves, function in ((ours, lambda *a: blockwise_attention(*a, block=3)), (theirs, scaled_dot_product_attention)):
        out = function(*[x.requires_grad_() for x in leaves])
        (out * draw(*out.shape, seed=5)).sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        close(a.grad, b.grad)


def test_huge_scores_do_not_overflow():
    q, k, v = inputs(scale=300.0)  # 得分上万，e 的指数远超 float64
    actual = blockwise_attention(q, k, v, block=2)
    assert torch.isfinite(actual).all()
    close(actual, scaled_dot_product_attention(q, k, v), atol=1e-9)


def test_half_precision_comes_back_as_half_precision():
    q, k, v = (x.to(torch.bfloat16) for x in inputs())
    actual = blockwise_attention(q, k, v, block=4)
    assert actual.dtype == torch.bfloat16
    # 中间都是 float32，只在最后舍入一次；bfloat16 有 8 位有效数字，最后一位可能差 1。
    torch.testing.assert_close(actual, scaled_dot_product_attention(q, k, v), atol=1e-2, rtol=1e-2)


# ---- 合并 ----


@pytest.mark.parametrize("mask", [None, causal_mask(7, 11, 4), causal_mask(7, 11)])
def test_merging_is_associative_and_commutative(mask):
    q, k, v = inputs()
    parts = blocks(q, k, v, [2, 3, 7, 10], mask)
    expected = scaled_dot_product_attention(q, k, v, mask)
    shuffle = random.Random(0)
    for _ in range(30):  # 随便哪两份先合，随便谁在前
        pool = parts.copy()
        while len(pool) > 1:
            shuffle.shuffle(pool)
            pool.append(merge(pool.pop(), pool.pop()))
        close(finish(pool[0]), expected)


def test_nothing_is_the_unit_of_merging():
    q, k, v = inputs()
    state = partial(q, k, v)
    for both in (merge(nothing(q, v), state), merge(state, nothing(q, v))):
        assert all(torch.equal(a, b) for a, b in zip(both, state, strict=True))
    empty = merge(nothing(q, v), nothing(q, v))
    assert (empty.peak == -math.inf).all() and (finish(empty) == 0).all()


def test_a_learned_sink_is_one_more_key_whose_value_is_zero():
    """与 transformers 5.23 的 gpt-oss 同结果。"""
    q, k, v = inputs(T_k=7)
    logits = draw(3, seed=7)
    bare = torch.nn.Module()
    bare.num_key_value_groups, bare.sinks, bare.training = 1, logits, False
    additive = torch.where(causal_mask(7), 0.0, -math.inf).double()
    expected, _ = modeling_gpt_oss.eager_attention_forward(bare, q, k, v, additive, scaling=q.shape[-1] ** -0.5)
    state = partial(q, k, v, causal_mask(7))
    close(finish(merge(state, sink(logits.unsqueeze(1), state))), expected.transpose(1, 2))


def test_the_sink_takes_weight_away_and_gives_nothing_back():
    state = partial(X[2:], K, torch.ones(3, 1).double())
    assert finish(state).item() == pytest.approx(1)
    with_sink = finish(merge(state, sink(state.peak, state)))  # 汇聚项与最大的得分一样高
    assert with_sink.item() == pytest.approx(1.736 / 2.736, abs=1e-3)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: blockwise_attention(*inputs(), block=0), "^block 应为不小于 1"),
        (lambda: blockwise_attention(*inputs(), causal_mask(6, 11)), "^mask 应为可广播到"),
        (lambda: partial(*inputs(), torch.ones(7, 11)), "^mask 应为可广播到"),
        (lambda: partial(draw(4), *inputs()[1:]), r"^q 应为形如 \(…, T, d_h\)"),
        (lambda: partial(inputs()[0], draw(2, 3, 11, 5), inputs()[2]), r"^k 应为形如 \(2, 3, T_k, 4\)"),
        (lambda: blockwise_attention(*inputs()[:2], draw(2, 3, 10, 3)), r"^v 应为形如 \(2, 3, 11, d_v\)"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_partial_is_three_tensors():
    assert Partial._fields == ("peak", "total", "summed")
