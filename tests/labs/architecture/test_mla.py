"""MLA：两维潜在向量的手算、两种次序相等、与 transformers 同权重、缓存、缓存字节、报错。"""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import DeepseekV3Config
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3Attention, DeepseekV3RotaryEmbedding

from labs.architecture.attention import attention_weights
from labs.architecture.costs import kv_cost
from labs.architecture.counter import load
from labs.architecture.decode_cost import absorbed_flops
from labs.architecture.masks import causal_mask
from labs.architecture.mla import LatentAttention, Sizes, absorbed, expanded
from labs.architecture.rope import rope_frequencies, rotate

SMALL = Sizes(d_model=24, n_heads=3, d_c=8, d_q=10, d_n=6, d_R=4, d_v=5)
W_UK = torch.tensor([[[1.0, 2, 0, 1], [0, 1, 1, 2]]])  # (1, d_c, d_n)
W_UV = torch.tensor([[[1.0, 0, 2, 0], [0, 1, 0, 1]]])  # (1, d_c, d_v)
C = torch.tensor([[1.0, 0], [1, 1]])
Q = torch.tensor([1.0, 0, 2, 1])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(sizes=SMALL):
    torch.manual_seed(0)
    return LatentAttention(sizes).double()


def close(actual, expected, atol=1e-10):
    """float64，几十项之和，误差在 1e-15 上下；两种次序的舍入不同，留得宽些。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_two_latents_worked_by_hand():
    keys = C @ W_UK[0]
    assert keys.tolist() == [[1, 2, 0, 1], [1, 3, 1, 3]] and (keys @ Q).tolist() == [2, 6]
    query = Q @ W_UK[0].T
    assert query.tolist() == [2, 4] and (C @ query).tolist() == [2, 6]
    weights = attention_weights(Q[None], keys)[0]
    assert [round(w, 3) for w in weights.tolist()] == [0.119, 0.881]
    assert [round(x, 3) for x in (weights @ C).tolist()] == [1, 0.881]


@pytest.mark.parametrize("form", [expanded, absorbed])
def test_both_forms_give_the_worked_output(form):
    """没有旋转部分：d_R = 0。"""
    out = form(Q.reshape(1, 1, 1, 4), C[None], W_UK, W_UV).flatten()
    assert [round(x, 3) for x in out.tolist()] == [1, 0.881, 2, 0.881]


def test_a_rotation_in_the_middle_cannot_be_absorbed_once_for_all():
    """把键转过再求内积，吸收后的查询随距离变：没有一个查询对所有位置都合用。"""
    theta = rope_frequencies(4)
    turned = [rotate(Q[None], torch.tensor([s]), theta)[0] @ W_UK[0].T for s in (0, 1, 2)]
    assert turned[0].tolist() == [2, 4]
    assert not torch.allclose(turned[0], turned[1], atol=0.1) and not torch.allclose(turned[1], turned[2], atol=0.1)


# ---- 两种次序 ----


@pytest.mark.parametrize("mask", [None, causal_mask(3, 7, 4), causal_mask(3, 7, 4) & (torch.arange(3) > 0).unsqueeze(1)])
def test_absorbed_equals_expanded(mask):
    q, cache = draw(2, 3, 3, 10), draw(2, 7, 12, seed=1)
    W_uk, W_uv = draw(3, 8, 6, seed=2), draw(3, 8, 5, seed=3)
    a, b = absorbed(q, cache, W_uk, W_uv, mask), expanded(q, cache, W_uk, W_uv, mask)
    assert a.shape == (2, 3, 3, 5)
    close(a, b)


@pytest.mark.parametrize("form", ["expanded", "absorbed"])
def test_the_layer_agrees_with_transformers_on_the_same_weights(form):
    ours = layer()
    config = DeepseekV3Config(
        hidden_size=24,
        num_attention_heads=3,
        num_key_value_heads=3,
        kv_lora_rank=8,
        q_lora_rank=10,
        qk_nope_head_dim=6,
        qk_rope_head_dim=4,
        v_head_dim=5,
        max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        attn_implementation="eager",
    )
    theirs, rotary = DeepseekV3Attention(config, 0).double(), DeepseekV3RotaryEmbedding(config)
    with torch.no_grad():
        theirs.q_a_proj.weight.copy_(ours.W_dq.weight)
        theirs.q_b_proj.weight.copy_(ours.W_uq.weight)
        theirs.kv_a_proj_with_mqa.weight.copy_(torch.cat([ours.W_dkv.weight, ours.W_kr.weight]))
        theirs.kv_b_proj.weight.copy_(torch.cat([ours.W_uk, ours.W_uv], dim=-1).transpose(1, 2).flatten(0, 1))
        theirs.o_proj.weight.copy_(ours.W_o.weight)
        for norm, theirs_norm in ((ours.norm_q, theirs.q_a_layernorm), (ours.norm_c, theirs.kv_a_layernorm)):
            norm.gain.uniform_(0.5, 1.5)
            theirs_norm.weight.copy_(norm.gain)
    x, positions = draw(2, 9, 24), torch.arange(9)[None]
    hidden = torch.zeros(9, 9).double().masked_fill(~causal_mask(9), -torch.inf)
    expected, _ = theirs(x, rotary(x, positions), hidden[None, None])
    actual, cache = ours(x, form=form)
    # 对方的角度与均方根用 float32 算，误差到 1e-7 上下；留十倍。
    close(actual, expected, atol=2e-6)
    assert cache.shape == (2, 9, 12)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_the_whole_layer_has_the_parameters_of_the_counter():
    """DeepSeek-V3 一层注意力 187,107,328 个参数（见 counting.md），连两个压缩后的归一化。"""
    with torch.device("meta"):
        whole = LatentAttention(Sizes())
    assert sum(p.numel() for p in whole.parameters()) == 187_107_328


# ---- 缓存 ----


@pytest.mark.parametrize("form", ["expanded", "absorbed"])
@pytest.mark.parametrize("chunks", [[1] * 9, [4, 1, 1, 3], [9]])
def test_decoding_with_a_cache_equals_the_full_pass(form, chunks):
    attention, x = layer(), draw(2, 9, 24)
    whole, full_cache = attention(x, form="expanded")
    cache, outputs = None, []
    for piece in x.split(chunks, dim=1):
        y, cache = attention(piece, cache, form)
        outputs.append(y)
    close(torch.cat(outputs, dim=1), whole)
    close(cache, full_cache)


def test_changing_the_future_leaves_the_past_unchanged():
    attention, x = layer(), draw(1, 8, 24)
    before, _ = attention(x)
    x[:, 5:] += 1
    after, _ = attention(x)
    close(before[:, :5], after[:, :5])
    assert not torch.isclose(before[:, 5:], after[:, 5:]).all(-1).any()


def test_shifting_the_whole_text_changes_nothing():
    """旋转部分只看距离：接在一段被遮住的缓存后面，等于从 0 开始。"""
    attention, x = layer(), draw(1, 4, 24)
    W = (attention.W_uk, attention.W_uv)
    for form in (expanded, absorbed):
        first = form(attention.queries(x, torch.arange(4)), attention.compress(x, torch.arange(4)), *W)
        later = form(attention.queries(x, torch.arange(4) + 50), attention.compress(x, torch.arange(4) + 50), *W)
        close(first, later)


def test_the_cache_has_the_bytes_on_the_page():
    assert Sizes().cached == 576 and 61 * Sizes().cached * 2 == 70_272
    assert kv_cost(load("deepseek-v3"), 8192)["per_token"] == 70_272


def test_absorbing_costs_the_operations_on_the_page():
    """一个查询、一条缓存：2h(2d_c + d_R)，真的数一遍。"""
    h, d_c, d_R, d_n = 3, 8, 4, 6
    q, W_uk, W_uv = draw(1, h, 1, d_n + d_R), draw(h, d_c, d_n), draw(h, d_c, 5)
    counts = []
    for length in (10, 11):  # 多一条缓存，多几次
        with FlopCounterMode(display=False) as counter:
            absorbed(q, draw(1, length, d_c + d_R), W_uk, W_uv)
        counts.append(counter.get_total_flops())
    assert counts[1] - counts[0] == 2 * h * (2 * d_c + d_R)
    assert absorbed_flops(load("deepseek-v3")) == 278_528


# ---- 出错 ----


def form_with(q=(1, 3, 1, 10), cache=(1, 7, 12), W_uk=(3, 8, 6), W_uv=(3, 8, 5)):
    return absorbed(torch.zeros(q), torch.zeros(cache), torch.zeros(W_uk), torch.zeros(W_uv))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sizes(d_c=0), "^d_c 应为不小于 1"),
        (lambda: Sizes(d_R=3), "^d_R 应为偶数"),
        (lambda: layer()(draw(2, 9, 24), form="fast"), "^form 应为 expanded 或 absorbed，得到 'fast'"),
        (lambda: layer()(draw(9, 24)), r"^x 应为形如 \(B, T, 24\)"),
        (lambda: layer()(draw(2, 9, 24), draw(2, 3, 11)), r"^cache 应为形如 \(2, 3, 12\)"),
        (lambda: form_with(q=(3, 1, 10)), r"^q 应为形如 \(B, h, T, d_n \+ d_R\)"),
        (lambda: form_with(W_uk=(2, 8, 6)), r"^W_uk 应为形如 \(3, d_c, d_n\)"),
        (lambda: form_with(W_uv=(3, 7, 5)), r"^W_uv 应为形如 \(3, 8, d_v\)"),
        (lambda: form_with(cache=(1, 7, 13)), r"^cache 应为形如 \(1, T_k, 12\)"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
