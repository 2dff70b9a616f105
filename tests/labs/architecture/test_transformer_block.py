"""Transformer 块：用 torch 的函数逐步重算、残差流的不变量、参数量。"""

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.masks import causal_mask
from labs.architecture.transformer_block import PostNormBlock, TransformerBlock, TransformerStack

D_MODEL, N_HEADS, D_FF, N_KV_HEADS = 12, 6, 20, 2


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def randomised(model, seed=0):
    """所有参数重新抽取，增益也不例外：初值全 1 会掩盖用错增益的错误。"""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model


def block(kind=TransformerBlock, n_kv_heads=N_KV_HEADS):
    return randomised(kind(D_MODEL, N_HEADS, D_FF, n_kv_heads))


def norm(module, x):
    return F.rms_norm(x, (D_MODEL,), module.gain, 1e-6)


def attend(module, x, causal):
    """torch 自己的函数算出的多头注意力。"""
    q, k, v = (
        F.linear(x, layer.weight).unflatten(-1, (-1, D_MODEL // N_HEADS)).transpose(1, 2)
        for layer in (module.W_q, module.W_k, module.W_v)
    )
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
    return F.linear(heads.transpose(1, 2).flatten(2), module.W_o.weight)


def feed(module, x):
    return F.linear(
        F.silu(F.linear(x, module.W_1.weight)) * F.linear(x, module.W_3.weight), module.W_2.weight
    )


# ---- 对照 torch：随机的增益使两处归一化不可互换 ----


@pytest.mark.parametrize("causal", [False, True])
def test_the_pre_norm_block_agrees_with_a_recomputation(causal):
    b, x = block(), draw(2, 5, D_MODEL)
    y = x + attend(b.attention, norm(b.attention_norm, x), causal)
    y = y + feed(b.feed_forward, norm(b.feed_forward_norm, y))
    torch.testing.assert_close(b(x, causal_mask(5) if causal else None), y, rtol=0, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_the_post_norm_block_agrees_with_a_recomputation(causal):
    b, x = block(PostNormBlock), draw(2, 5, D_MODEL)
    y = norm(b.attention_norm, x + attend(b.attention, x, causal))
    y = norm(b.feed_forward_norm, y + feed(b.feed_forward, y))
    torch.testing.assert_close(b(x, causal_mask(5) if causal else None), y, rtol=0, atol=1e-5)


def test_a_stack_is_its_blocks_one_after_another():
    x, mask = draw(2, 5, D_MODEL), causal_mask(5)
    for post_norm in (False, True):
        stack = randomised(TransformerStack(3, D_MODEL, N_HEADS, D_FF, post_norm))
        stream = stack.residual_stream(x, mask)
        assert len(stream) == 4 and torch.equal(stream[0], x)
        for layer, before, after in zip(stack.blocks, stream, stream[1:], strict=False):
            assert type(layer) is (PostNormBlock if post_norm else TransformerBlock)
            assert torch.equal(layer(before, mask), after)
        expected = stream[-1] if post_norm else norm(stack.final_norm, stream[-1])
        torch.testing.assert_close(stack(x, mask), expected, rtol=1e-5, atol=1e-5)


def test_stacks_are_pre_norm_by_default():
    assert type(TransformerStack(1, D_MODEL, N_HEADS, D_FF).blocks[0]) is TransformerBlock


# ---- 不变量 ----


def test_blocks_whose_branches_output_zero_are_the_identity_only_with_pre_norm():
    x = draw(2, 5, D_MODEL) * 3
    for kind in (TransformerBlock, PostNormBlock):
        b = block(kind)
        with torch.no_grad():
            b.attention.W_o.weight.zero_()
            b.feed_forward.W_2.weight.zero_()
        assert torch.equal(b(x), x) == (kind is TransformerBlock)


@pytest.mark.parametrize("kind", [TransformerBlock, PostNormBlock])
def test_changing_the_future_leaves_the_past_unchanged(kind):
    b, x = block(kind), draw(2, 8, D_MODEL)
    before = b(x, causal_mask(8))
    x[:, 5:] += 1
    after = b(x, causal_mask(8))
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.isclose(before[:, 5:], after[:, 5:]).all(-1).any()


@pytest.mark.parametrize("kind", [TransformerBlock, PostNormBlock])
def test_without_a_mask_shuffling_the_words_only_shuffles_the_outputs(kind):
    b, x, order = block(kind), draw(2, 7, D_MODEL), torch.tensor([3, 0, 6, 1, 5, 2, 4])
    torch.testing.assert_close(b(x[:, order]), b(x)[:, order], rtol=1e-4, atol=1e-4)


def test_the_post_norm_stream_keeps_its_size_and_the_pre_norm_stream_grows():
    x = draw(4, 16, 32)
    torch.manual_seed(0)
    pre, post = (TransformerStack(8, 32, 4, 64, post_norm) for post_norm in (False, True))
    sizes = [s.square().mean().item() for s in pre.residual_stream(x)]
    assert sizes == sorted(sizes)
    for s in post.residual_stream(x)[1:]:
        torch.testing.assert_close(s.square().mean(-1), torch.ones(4, 16), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(pre(x).square().mean(-1), torch.ones(4, 16), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [TransformerBlock, PostNormBlock])
@pytest.mark.parametrize("n_kv_heads", [None, 1, 2, 6])
def test_the_parameter_count_follows_the_formula(kind, n_kv_heads):
    h_kv, d_h = n_kv_heads or N_HEADS, D_MODEL // N_HEADS
    formula = 2 * D_MODEL * d_h * (N_HEADS + h_kv) + 3 * D_MODEL * D_FF + 2 * D_MODEL
    b = kind(D_MODEL, N_HEADS, D_FF, n_kv_heads)
    assert sum(p.numel() for p in b.parameters()) == formula


def test_a_pre_norm_stack_has_one_gain_more():
    pre, post = (TransformerStack(3, D_MODEL, N_HEADS, D_FF, post_norm) for post_norm in (False, True))
    count = [sum(p.numel() for p in stack.parameters()) for stack in (pre, post)]
    assert count[0] - count[1] == D_MODEL


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TransformerBlock(0, 6, 20), "^d_model 应为"),
        (lambda: TransformerBlock(12, 5, 20), "^d_model 应能被 n_heads = 5 整除"),
        (lambda: TransformerBlock(12, 6, 0), "^d_ff 应为"),
        (lambda: PostNormBlock(12, 6, 20, 4), "^n_heads 应能被 n_kv_heads = 4 整除"),
        (lambda: TransformerStack(0, 12, 6, 20), "^n_layers 应为不小于 1"),
        (lambda: block()(draw(2, 5, 11)), "^x 应为形如"),
        (lambda: block()(draw(5, 12)), "^x 应为形如"),
        (lambda: block(PostNormBlock)(draw(2, 5, 12), causal_mask(4)), "^mask 应为可广播到"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
