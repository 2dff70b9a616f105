"""多头与分组查询：两个头的手算、torch 的结果、切头拼头互逆、参数量。"""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labs.architecture.attention import attention_weights, scaled_dot_product_attention
from labs.architecture.masks import causal_mask, padding_mask
from labs.architecture.multi_head import (
    MultiHeadAttention,
    grouped_query_attention,
    merge_heads,
    multi_head_attention,
    split_heads,
)

X = torch.tensor([[[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])  # (1, 3, 2)
W_K, EYE = torch.tensor([[2.0, 1.0], [0.0, 2.0]]), torch.eye(2)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def projections(d_model=12, n_heads=6, n_kv_heads=6, d_h=2):
    """四个投影矩阵；W_o 之后回到 d_model。"""
    widths = [n_heads * d_h, n_kv_heads * d_h, n_kv_heads * d_h]
    return [draw(d_model, w, seed=s) for s, w in enumerate(widths)] + [draw(n_heads * d_h, d_model, seed=9)]


def module(d_model=12, n_heads=6, n_kv_heads=None):
    torch.manual_seed(0)
    return MultiHeadAttention(d_model, n_heads, n_kv_heads)


def close(actual, expected, atol=1e-5):
    """float32 的几十项之和，误差在 1e-6 上下；留十倍。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_worked_example_with_two_heads():
    q, k = split_heads(X, 2), split_heads(X @ W_K, 2)
    last = attention_weights(q, k)[0, :, 2]  # 第三个词，两个头
    close(last, torch.tensor([[1 / 3, 1 / 3, 1 / 3], [0.090, 0.665, 0.245]]), atol=5e-4)
    plain = [[0.937, 0.667], [0.937, 0.910], [0.667, 0.910]]
    causal = [[1, 0], [1, 0.881], [0.667, 0.910]]
    close(multi_head_attention(X, EYE, W_K, EYE, EYE, 2)[0], torch.tensor(plain), atol=5e-4)
    close(multi_head_attention(X, EYE, W_K, EYE, EYE, 2, causal_mask(3))[0], torch.tensor(causal), atol=5e-4)


def test_the_first_head_is_the_first_slice_of_the_width():
    x = torch.arange(12.0).reshape(1, 2, 6)
    assert split_heads(x, 3).tolist() == [[[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]]


def test_neighbouring_query_heads_share_one_key_and_value_head():
    q, k = torch.zeros(1, 4, 1, 2), torch.zeros(1, 2, 1, 2)
    v = torch.tensor([[[[10.0]], [[20.0]]]])  # 两组，各一个键
    assert grouped_query_attention(q, k, v).flatten().tolist() == [10, 10, 20, 20]


# ---- 切头与拼头 ----


def test_merging_undoes_splitting_and_the_reverse():
    x = draw(2, 5, 12)
    for n_heads in (1, 2, 3, 4, 6, 12):
        heads = split_heads(x, n_heads)
        assert heads.shape == (2, n_heads, 5, 12 // n_heads)
        assert torch.equal(merge_heads(heads), x)
        assert torch.equal(split_heads(merge_heads(heads), n_heads), heads)


# ---- 对照 torch ----


@pytest.mark.parametrize("mask", [None, causal_mask(5), padding_mask(torch.tensor([5, 2]), 5)])
def test_agrees_with_torch_multihead_attention_on_the_same_weights(mask):
    ours, theirs = module(), nn.MultiheadAttention(12, 6, bias=False, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.W_q.weight, ours.W_k.weight, ours.W_v.weight]))
        theirs.out_proj.weight.copy_(ours.W_o.weight)
    x = draw(2, 5, 12)
    hidden = None if mask is None else ~mask.expand(2, 6, 5, 5).flatten(0, 1)  # 那边 True 是「不许看」
    close(ours(x, mask), theirs(x, x, x, attn_mask=hidden, need_weights=False)[0])


@pytest.mark.parametrize("n_kv_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("mask", [None, causal_mask(3, 5, 2)])
def test_grouped_query_agrees_with_torch(n_kv_heads, mask):
    q = draw(2, 6, 3, 4)
    k, v = draw(2, n_kv_heads, 5, 4, seed=1), draw(2, n_kv_heads, 5, 7, seed=2)
    expected = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
    close(grouped_query_attention(q, k, v, mask), expected)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 3, 6])
def test_the_function_and_the_module_agree(n_kv_heads):
    attention, x = module(n_kv_heads=n_kv_heads), draw(2, 5, 12)
    weights = [layer.weight.T for layer in (attention.W_q, attention.W_k, attention.W_v, attention.W_o)]
    for mask in (None, causal_mask(5)):
        close(attention(x, mask), multi_head_attention(x, *weights, 6, mask))


# ---- 不变量 ----


def test_one_head_is_plain_attention():
    W_q, W_k, W_v, W_o = projections(n_heads=1, n_kv_heads=1, d_h=8)
    x = draw(2, 5, 12)
    expected = scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v) @ W_o
    close(multi_head_attention(x, W_q, W_k, W_v, W_o, 1), expected, atol=1e-4)


def test_heads_work_apart_until_the_output_matrix_mixes_them():
    W_q, W_k, W_v, _ = projections()
    x, eye = draw(1, 5, 12), torch.eye(12)
    before = multi_head_attention(x, W_q, W_k, W_v, eye, 6)
    W_q[:, 4:6] = 0  # 只动第三个头的查询
    after = multi_head_attention(x, W_q, W_k, W_v, eye, 6)
    changed = (before != after).any(dim=(0, 1))
    assert changed.tolist() == [False] * 4 + [True] * 2 + [False] * 6


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(1, 1), (2, 2), (4, 4), (12, 12), (6, 2), (6, 1)])
def test_the_parameter_count_follows_the_formula(n_heads, n_kv_heads):
    d_model = 12
    attention, d_h = module(d_model, n_heads, n_kv_heads), d_model // n_heads
    formula = 2 * d_model * n_heads * d_h + 2 * d_model * n_kv_heads * d_h
    assert sum(p.numel() for p in attention.parameters()) == formula
    assert {name: tuple(p.shape) for name, p in attention.named_parameters()} == {
        "W_q.weight": (n_heads * d_h, d_model),  # nn.Linear 存 (输出, 输入)
        "W_k.weight": (n_kv_heads * d_h, d_model),
        "W_v.weight": (n_kv_heads * d_h, d_model),
        "W_o.weight": (d_model, n_heads * d_h),
    }


def test_without_n_kv_heads_every_query_head_has_its_own_keys():
    assert module(12, 6).n_kv_heads == 6 and module(12, 6).W_k.out_features == 12


def test_changing_the_future_leaves_the_past_unchanged():
    attention, x = module(n_kv_heads=2), draw(2, 8, 12)
    before = attention(x, causal_mask(8))
    x[:, 5:] += 1
    after = attention(x, causal_mask(8))
    close(before[:, :5], after[:, :5], atol=1e-6)
    assert not torch.isclose(before[:, 5:], after[:, 5:]).all(-1).any()


def test_shuffling_the_words_only_shuffles_the_outputs():
    attention, x = module(), draw(2, 7, 12)
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    close(attention(x[:, order]), attention(x)[:, order])


# ---- 出错 ----


def group(q, k, v):
    """以这三种形状调用分组查询。"""
    return grouped_query_attention(torch.zeros(q), torch.zeros(k), torch.zeros(v))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MultiHeadAttention(0, 1), "^d_model 应为不小于 1"),
        (lambda: MultiHeadAttention(12, 0), "^n_heads 应为不小于 1"),
        (lambda: MultiHeadAttention(12, 5), "^d_model 应能被 n_heads = 5 整除，得到 12"),
        (lambda: MultiHeadAttention(12, 6, 4), "^n_heads 应能被 n_kv_heads = 4 整除，得到 6"),
        (lambda: MultiHeadAttention(12, 6, 0), "^n_kv_heads 应为不小于 1"),
        (lambda: module()(draw(2, 12)), r"^x 应为形如 \(B, T, 12\)"),
        (lambda: module()(draw(2, 5, 11)), r"^x 应为形如 \(B, T, 12\)"),
        (lambda: module()(draw(2, 5, 12), causal_mask(4)), "^mask 应为可广播到"),
        (lambda: split_heads(draw(5, 12), 2), r"^x 应为形如 \(B, T, h·d_h\)"),
        (lambda: split_heads(draw(1, 1, 5, 12), 2), r"^x 应为形如 \(B, T, h·d_h\)"),
        (lambda: split_heads(draw(1, 5, 12), 5), "^x.shape.2. 应能被 n_heads = 5 整除，得到 12"),
        (lambda: split_heads(draw(1, 5, 12), 0), "^n_heads 应为"),
        (lambda: merge_heads(draw(5, 3, 4)), r"^x 应为形如 \(B, h, T, d_h\)"),
        (lambda: merge_heads(draw(1, 1, 5, 3, 4)), r"^x 应为形如 \(B, h, T, d_h\)"),
        (lambda: group((6, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)), r"^q 应为形如 \(B, h, T, d_h\)"),
        (lambda: group((1, 1, 6, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)), r"^q 应为形如 \(B, h, T, d_h\)"),
        (lambda: group((1, 6, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4)), r"^k 应为形如 \(1, h_kv, T_k, 4\)"),
        (lambda: group((1, 6, 3, 4), (1, 2, 3, 5), (1, 2, 3, 5)), r"^k 应为形如 \(1, h_kv, T_k, 4\)"),
        (lambda: group((1, 6, 3, 4), (1, 3, 4), (1, 3, 4)), r"^k 应为形如 \(1, h_kv, T_k, 4\)"),
        (lambda: group((1, 6, 3, 4), (1, 1, 2, 3, 4), (1, 2, 3, 4)), r"^k 应为形如 \(1, h_kv, T_k, 4\)"),
        (lambda: group((1, 6, 3, 4), (1, 2, 3, 4), (1, 3, 3, 4)), r"^v 应为形如 \(1, 2, 3, d_v\)"),
        (lambda: group((1, 6, 3, 4), (1, 2, 3, 4), (1, 1, 2, 3, 4)), r"^v 应为形如 \(1, 2, 3, d_v\)"),
        (lambda: group((1, 6, 3, 4), (1, 4, 3, 4), (1, 4, 3, 4)), "^h 应能被 h_kv = 4 整除，得到 6"),
        (lambda: multi_head_attention(draw(5, 12), *projections(), 6), r"^x 应为形如 \(B, T, d_model\)"),
        (
            lambda: multi_head_attention(draw(1, 1, 5, 12), *projections(), 6),
            r"^x 应为形如 \(B, T, d_model\)",
        ),
        (lambda: multi_head_attention(draw(1, 5, 11), *projections(), 6), r"^W_q 应为形如 \(11, h·d_h\)"),
        (lambda: multi_head_attention(draw(1, 5, 12), *projections(), 5), "^x.shape.2. 应能被 n_heads = 5"),
        (lambda: multi_head_attention(X, EYE, draw(3, 2), EYE, EYE, 2), r"^W_k 应为形如 \(2, h_kv·d_h\)"),
        (
            lambda: multi_head_attention(X, EYE, draw(2, 3), draw(2, 3), EYE, 1),
            "^W_k.shape.1. 应能被 d_h = 2",
        ),
        (lambda: multi_head_attention(X, EYE, EYE, draw(2, 4), EYE, 2), r"^W_v 应为形如 \(2, 2\)"),
        (lambda: multi_head_attention(X, EYE, EYE, EYE, draw(3, 2), 2), r"^W_o 应为形如 \(2, 2\)"),
        (lambda: multi_head_attention(X, EYE, EYE, EYE, draw(2, 3), 2), r"^W_o 应为形如 \(2, 2\)"),
        (lambda: multi_head_attention(X, EYE, EYE, EYE, draw(2), 2), r"^W_o 应为形如 \(2, 2\)"),
        (lambda: multi_head_attention(X, EYE, EYE, EYE, draw(1, 2, 2), 2), r"^W_o 应为形如 \(2, 2\)"),
        (lambda: multi_head_attention(X, EYE[None], EYE, EYE, EYE, 2), "^W_q 应为形如"),
        (lambda: multi_head_attention(X, EYE, EYE[None], EYE, EYE, 2), "^W_k 应为形如"),
        (lambda: multi_head_attention(X, EYE, EYE, EYE[None], EYE, 2), "^W_v 应为形如"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
