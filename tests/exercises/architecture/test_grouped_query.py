"""分组查询的公开测试：规格逐头计算，答案必须与它相同。"""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.architecture.grouped_query import grouped_query_attention

seeds = st.integers(0, 999)


def draw(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def specification(q, k, v, mask=None):
    """一个查询头一个查询头地算。"""
    h, h_kv = q.shape[1], k.shape[1]
    mask = None if mask is None else mask.expand(q.shape[0], h, q.shape[2], k.shape[2])
    heads = [
        F.scaled_dot_product_attention(
            q[:, i], k[:, i * h_kv // h], v[:, i * h_kv // h], None if mask is None else mask[:, i]
        )
        for i in range(h)
    ]
    return torch.stack(heads, dim=1)


@given(
    h_kv=st.integers(1, 3), group=st.integers(1, 3), T=st.integers(1, 4), T_k=st.integers(1, 4), seed=seeds
)
def test_it_agrees_with_the_specification(h_kv, group, T, T_k, seed):
    q = draw(2, h_kv * group, T, 3, seed=seed)
    k, v = draw(2, h_kv, T_k, 3, seed=seed + 1), draw(2, h_kv, T_k, 5, seed=seed + 2)
    torch.testing.assert_close(grouped_query_attention(q, k, v), specification(q, k, v))


@given(seed=seeds, shape=st.sampled_from([(3, 4), (1, 1, 4), (4, 3, 4), (2, 4, 3, 4), (2, 1, 1, 4)]))
def test_masks_are_obeyed(seed, shape):
    q, k, v = draw(2, 4, 3, 3, seed=seed), draw(2, 2, 4, 3, seed=seed + 1), draw(2, 2, 4, 3, seed=seed + 2)
    mask = draw(*shape, seed=seed + 3) > 0
    mask[..., 0] = True  # 每个查询至少看得见一个键
    expected = specification(q, k, v, mask)
    torch.testing.assert_close(grouped_query_attention(q, k, v, mask), expected)


def test_neighbouring_heads_share_a_group():
    q, k = torch.zeros(1, 4, 1, 2), torch.zeros(1, 2, 1, 2)
    v = torch.tensor([[[[10.0]], [[20.0]]]])
    assert grouped_query_attention(q, k, v).flatten().tolist() == [10, 10, 20, 20]


@pytest.mark.parametrize(("h", "h_kv"), [(3, 2), (4, 3), (2, 4), (1, 2)])
def test_heads_that_cannot_be_grouped_are_rejected(h, h_kv):
    with pytest.raises(ValueError):
        grouped_query_attention(
            torch.zeros(1, h, 2, 2), torch.zeros(1, h_kv, 2, 2), torch.zeros(1, h_kv, 2, 2)
        )


def test_the_inputs_are_left_alone():
    inputs = [draw(1, 4, 3, 2, seed=0), draw(1, 2, 3, 2, seed=1), draw(1, 2, 3, 2, seed=2)]
    before = [x.clone() for x in inputs]
    grouped_query_attention(*inputs)
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))
