"""偷看未来的检查：抓得住各种泄漏，放得过各种清白的模型。"""

import pytest
import torch

from labs.architecture.attention import causal_attention, scaled_dot_product_attention
from labs.architecture.causality import sees_future
from labs.architecture.masks import causal_mask, prefix_mask, sliding_window_mask
from labs.architecture.transformer_block import TransformerStack

X = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
torch.manual_seed(0)
STACK = TransformerStack(2, 4, 2, 16)


def leak(i, j, amount=1.0):
    """第 i 个词的输出偷看第 j 个词。"""

    def model(x):
        y = x.clone()
        y[..., i, 0] += amount * x[..., j, 0]
        return y

    return model


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x,
        lambda x: x.cumsum(-2),
        lambda x: torch.zeros_like(x),
        lambda x: x[..., :1],
        lambda x: x.roll(1, dims=-2).index_fill(-2, torch.tensor(0), 0),  # 只看前一个词
        lambda x: causal_attention(x, x, x),
        lambda x: scaled_dot_product_attention(x, x, x, sliding_window_mask(6, 2)),
        lambda x: STACK(x, causal_mask(6)),
    ],
)
def test_honest_models_pass(model):
    assert not sees_future(model, X)


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x.flip(-2),
        lambda x: x.roll(-1, dims=-2),
        lambda x: x + x.mean(-2, keepdim=True),
        lambda x: scaled_dot_product_attention(x, x, x),
        lambda x: scaled_dot_product_attention(x, x, x, prefix_mask(6, 2)),
        lambda x: scaled_dot_product_attention(x, x, x, causal_mask(6, 6, 1)),  # 掩码错一格
        lambda x: STACK(x),
        lambda x: x + x.sum(-2, keepdim=True).abs(),
        lambda x: x + x[..., -1:, :].sign(),  # 梯度处处为 0，换词才抓得住
        *[leak(i, j) for i in range(6) for j in range(i + 1, 6)],
        leak(2, 3, 1e-4),
        lambda x: leak(2, 3)(x.abs()),  # 只看大小，不看正负
    ],
)
def test_any_leak_is_caught(model):
    assert sees_future(model, X)


def test_a_single_word_has_no_future():
    assert not sees_future(lambda x: x.flip(-2), X[:, :1])


def test_the_input_is_left_alone():
    before = X.clone()
    sees_future(lambda x: x, X)
    assert torch.equal(X, before)


@pytest.mark.parametrize(
    ("model", "x", "message"),
    [
        (lambda x: x, X[0, 0], r"^x 应为形如 \(…, T, d_model\)"),
        (lambda x: x[..., :3, :], X, r"^model\(x\) 应为形如 \(2, 6, d_out\)"),
        (lambda x: x.sum(), X, r"^model\(x\) 应为"),
    ],
)
def test_shapes_that_do_not_fit_are_rejected(model, x, message):
    with pytest.raises(ValueError, match=message):
        sees_future(model, x)
