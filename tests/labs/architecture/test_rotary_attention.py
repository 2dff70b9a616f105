"""带旋转的分组查询注意力：手算、对照 torch、平移不变、缓存与坏输入。"""

import math

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.decoding import KVCache
from labs.architecture.masks import causal_mask
from labs.architecture.multi_head import multi_head_attention
from labs.architecture.rope import rope_frequencies, rotate
from labs.architecture.rotary_attention import RotaryAttention, rotary_attention

D, H, H_KV, D_H = 24, 6, 2, 4
THETA = rope_frequencies(D_H)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(n_kv_heads=H_KV):
    shapes = [(D, H * D_H), (D, n_kv_heads * D_H), (D, n_kv_heads * D_H), (H * D_H, D)]
    return [0.3 * draw(*shape, seed=seed) for seed, shape in enumerate(shapes)]


def module(n_kv_heads=H_KV):
    made = RotaryAttention(D, H, n_kv_heads).double()
    with torch.no_grad():
        for layer, W in zip((made.W_q, made.W_k, made.W_v, made.W_o), weights(n_kv_heads), strict=True):
            layer.weight.copy_(W.T)
    return made


def table(T, start=0):
    angle = torch.arange(start, start + T).double()[:, None] * THETA
    return angle.cos(), angle.sin()


def test_the_docstring_example():
    one = torch.eye(2)
    x = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    quarter = torch.tensor([math.pi / 2])
    out = rotary_attention(x, one, one, one, one, 1, torch.arange(2), quarter, causal_mask(2))
    made = RotaryAttention(2, 1)
    with torch.no_grad():
        for layer in (made.W_q, made.W_k, made.W_v, made.W_o):
            layer.weight.copy_(one)
    turns = torch.arange(2)[:, None] * quarter
    second = made.weights(x, turns.cos(), turns.sin(), causal_mask(2))[0, 0, 1]
    expected = torch.softmax(torch.tensor([0.0, 1 / math.sqrt(2)]), 0)
    torch.testing.assert_close(second, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(out, x, rtol=0, atol=1e-6)  # 值都一样，平均还是它


@pytest.mark.parametrize("n_kv_heads", [1, 2, 6])
def test_it_agrees_with_torch(n_kv_heads):
    x, positions, (W_q, W_k, W_v, W_o) = draw(2, 5, D, seed=9), torch.arange(3, 8), weights(n_kv_heads)
    split = [(x @ W).unflatten(2, (-1, D_H)).transpose(1, 2) for W in (W_q, W_k, W_v)]
    q, k = (rotate(heads, positions, THETA) for heads in split[:2])
    heads = F.scaled_dot_product_attention(q, k, split[2], is_causal=True, enable_gqa=True)
    expected = heads.transpose(1, 2).flatten(2) @ W_o
    mask = causal_mask(5)
    got = rotary_attention(x, W_q, W_k, W_v, W_o, H, positions, THETA, mask)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(module(n_kv_heads)(x, *table(5, 3), mask), expected, rtol=0, atol=1e-12)


def test_without_rotation_it_is_multi_head_attention():
    x, W = draw(2, 5, D, seed=9), weights()
    still = rotary_attention(x, *W, H, torch.zeros(5), THETA, causal_mask(5))
    torch.testing.assert_close(still, multi_head_attention(x, *W, H, causal_mask(5)), rtol=0, atol=1e-12)
    moved = rotary_attention(x, *W, H, torch.arange(5), THETA, causal_mask(5))
    assert (still - moved).abs().max() > 1e-3  # 旋转确实起作用


def test_only_distances_matter():
    x, W = draw(1, 6, D, seed=9), weights()
    here = rotary_attention(x, *W, H, torch.arange(6), THETA, causal_mask(6))
    there = rotary_attention(x, *W, H, torch.arange(6) + 1000, THETA, causal_mask(6))
    torch.testing.assert_close(here, there, rtol=0, atol=1e-9)


def test_the_attention_map_explains_the_output():
    x, made = draw(2, 5, D, seed=9), module()
    mask = causal_mask(5)
    maps = made.weights(x, *table(5), mask)
    assert maps.shape == (2, H, 5, 5)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, H, 5).double())
    values = made.W_v(x).unflatten(2, (-1, D_H)).transpose(1, 2).repeat_interleave(H // H_KV, dim=1)
    expected = made.W_o((maps @ values).transpose(1, 2).flatten(2))
    torch.testing.assert_close(made(x, *table(5), mask), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("first", [1, 3, 6])
def test_with_a_cache_it_says_the_same(first):
    x, made = draw(2, 7, D, seed=9), module()
    whole = made(x, *table(7), causal_mask(7))
    cache = KVCache(3, H_KV, D_H, capacity=7, batch=2, dtype=torch.float64)
    parts = []
    for start, end in [(0, first), *((i, i + 1) for i in range(first, 7))]:
        mask = causal_mask(end - start, offset=start)
        parts.append(made(x[:, start:end], *table(end - start, start), mask, cache, layer=1))
        cache.advance(end - start)
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=0, atol=1e-12)
    assert not cache.keys[[0, 2]].any() and not cache.values[[0, 2]].any()  # 只写自己那一层


def test_wrong_shapes_are_refused():
    W_q, W_k, W_v, W_o = weights()
    with pytest.raises(ValueError, match="^W_k.shape"):
        rotary_attention(draw(1, 2, D), W_q, W_k[:, :5], W_v[:, :5], W_o, H, torch.arange(2), THETA)
    with pytest.raises(ValueError, match="^h 应能被"):
        rotary_attention(draw(1, 2, D), W_q, W_q[:, :16], W_q[:, :16], W_o, H, torch.arange(2), THETA)
    with pytest.raises(ValueError, match="^x "):
        module()(draw(1, 2, D + 1), *table(2))
