"""抓泄漏的公开测试：一个也不放过，一个也不冤枉。"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labs.architecture.attention import causal_attention, scaled_dot_product_attention
from labs.architecture.masks import causal_mask, prefix_mask, sliding_window_mask
from labs.exercises.architecture.sees_future import sees_future

T, D = 6, 4
X = torch.randn(2, T, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def attend(mask):
    return lambda x: scaled_dot_product_attention(x, x, x, mask)


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x,
        lambda x: x.cumsum(-2),
        lambda x: x.sum(-1, keepdim=True),
        lambda x: torch.ones_like(x),
        lambda x: causal_attention(x, x, x),
        attend(sliding_window_mask(T, 3)),
        attend(causal_mask(T) & torch.tensor([True] * 4 + [False] * 2)),
    ],
)
def test_honest_models_are_not_accused(model):
    assert sees_future(model, X) is False


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x.flip(-2),
        lambda x: x - x.mean(-2, keepdim=True),
        attend(None),
        attend(prefix_mask(T, 2)),  # 只有前两个词互看
        attend(causal_mask(T, T, 1)),  # 掩码错一格
        lambda x: x + x[..., -1:, :].sign(),  # 梯度处处为 0
        lambda x: torch.cat([x[:1], x[1:].flip(-2)]),  # 只有第二句泄漏
    ],
)
def test_leaks_are_caught(model):
    assert sees_future(model, X) is True


@given(data=st.data(), amount=st.sampled_from([1.0, -1.0, 1e-3, 1e-6]))
def test_a_leak_between_any_two_words_is_caught(data, amount):
    i = data.draw(st.integers(0, T - 2))
    j = data.draw(st.integers(i + 1, T - 1))
    c = data.draw(st.integers(0, D - 1))

    def model(x):
        y = x.clone()
        y[..., i, c] += amount * x[..., j, c]
        return y

    assert sees_future(model, X) is True


@given(data=st.data())
def test_looking_back_is_not_a_leak(data):
    j = data.draw(st.integers(0, T - 2))
    i = data.draw(st.integers(j + 1, T - 1))

    def model(x):
        y = x.clone()
        y[..., i, :] += x[..., j, :]
        return y

    assert sees_future(model, X) is False


def test_one_word_has_no_future():
    assert sees_future(lambda x: x.flip(-2), X[:, :1]) is False


def test_the_input_is_left_alone():
    before = X.clone()
    sees_future(lambda x: x, X)
    assert torch.equal(X, before)
