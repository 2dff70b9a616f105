"""挑着看：手算的得分、与 transformers 的索引器和压缩器对照、取出来算等于遮住算、不偷看未来、报错。"""

import pytest
import torch
from transformers import DeepseekV4Config, DeepseekV32Config
from transformers.models.deepseek_v4.modeling_deepseek_v4 import DeepseekV4HCACompressor
from transformers.models.deepseek_v32.modeling_deepseek_v32 import DeepseekV32Indexer

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.masks import causal_mask
from labs.architecture.sparse_attention import (
    block_scores,
    block_selection,
    compressed_visible,
    gathered_attention,
    index_scores,
    keep_top,
)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rows(mask):
    return ["".join(map(str, row)) for row in mask.int().tolist()]


# ---- 手算 ----


def test_two_index_heads_worked_by_hand():
    q = torch.tensor([[[[1.0, 0]], [[0, 2]]]])  # (1, 2, 1, 2)
    k = torch.tensor([[[2.0, 1], [-1, 3], [1, -1]]])
    scores = index_scores(q, k, torch.tensor([[[1.0], [0.5]]]))
    assert scores.tolist() == [[[3, 3, 1]]]
    assert rows(keep_top(scores[0], 2, torch.ones(1, 3, dtype=torch.bool))) == ["110"]


def test_ties_go_to_the_earlier_position_and_short_rows_keep_everything():
    scores = torch.zeros(4, 4)
    assert rows(keep_top(scores, 2, causal_mask(4))) == ["1000", "1100", "1100", "1100"]
    assert rows(keep_top(scores - torch.inf, 2, causal_mask(4))) == ["1000", "1100", "1100", "1100"]


def test_blocks_of_two_worked_by_hand():
    """得分只看块号：第 0 块 1 分，第 1 块 5 分，第 2 块 0 分；只挑一块旧的。"""
    scores = torch.tensor([1.0, 5, 0]).expand(1, 1, 6, 3)
    assert rows(block_selection(scores, 2, 1)[0, 0]) == ["100000", "110000", "111000", "111100", "001110", "001111"]


def test_block_scores_are_products_with_the_mean_key():
    q, k = torch.tensor([[[[1.0, 2]]]]), torch.tensor([[[[1.0, 0], [3, 2], [0, 7]]]])
    assert block_scores(q, k, 2).tolist() == [[[[4, 14]]]]


# ---- 对照 transformers ----


def test_the_indexer_picks_the_same_tokens_as_deepseek_v32():
    config = DeepseekV32Config(
        hidden_size=16,
        q_lora_rank=12,
        index_n_heads=3,
        index_head_dim=8,
        qk_rope_head_dim=4,
        index_topk=4,
    )
    theirs = DeepseekV32Indexer(config, 0)
    torch.manual_seed(0)
    hidden, residual = torch.randn(2, 9, 16), torch.randn(2, 9, 12)
    still = torch.ones(2, 9, 4), torch.zeros(2, 9, 4)  # 角度全 0：不转
    top = theirs(hidden, residual, still, causal_mask(9)[None].expand(2, -1, -1), None)
    q = theirs.wq_b(residual).unflatten(2, (3, 8)).transpose(1, 2)
    weights = theirs.weights_proj(hidden).transpose(1, 2)  # 对方另乘正的常数，不改变名次
    scores = index_scores(q, theirs.k_norm(theirs.wk(hidden)), weights).detach()
    ours = keep_top(scores, 4, causal_mask(9))
    for b in range(2):
        for t in range(3, 9):  # 前几行不足四个，对方会填进看不见的位置，再由掩码去掉
            assert ours[b, t].nonzero().flatten().tolist() == sorted(top[b, t].tolist())


@pytest.mark.parametrize("T", [3, 4, 13])
def test_compressed_entries_become_visible_when_deepseek_v4_says_so(T):
    config = DeepseekV4Config(
        hidden_size=16,
        head_dim=8,
        qk_rope_head_dim=4,
        num_hidden_layers=2,
        compress_rates={"compressed_sparse_attention": 2, "heavily_compressed_attention": 4},
    )
    compressor = DeepseekV4HCACompressor(config)
    torch.nn.init.zeros_(compressor.position_bias)
    _, bias = compressor(torch.randn(1, T, 16), None, torch.arange(T)[None], None, 0)
    expected = torch.zeros(T, 0) if bias is None else bias[0, 0]
    assert torch.equal(compressed_visible(T, 4), expected == 0)


# ---- 取出来算 ----


@pytest.mark.parametrize("top_k", [1, 3, 20])
def test_gathering_the_chosen_keys_equals_masking_the_others(top_k):
    q, k, v = draw(2, 3, 9, 4), draw(2, 3, 9, 4, seed=1), draw(2, 3, 9, 5, seed=2)
    chosen = keep_top(draw(2, 9, 9, seed=3), top_k, causal_mask(9))
    assert chosen.sum(-1).tolist() == [[min(t + 1, top_k) for t in range(9)]] * 2
    expected = scaled_dot_product_attention(q, k, v, chosen.unsqueeze(1))
    torch.testing.assert_close(gathered_attention(q, k, v, chosen), expected, atol=1e-12, rtol=0)


def test_gathering_accepts_rows_without_any_key_and_a_shared_mask():
    q, k, v = draw(2, 3, 4, 4), draw(2, 3, 6, 4, seed=1), draw(2, 3, 6, 5, seed=2)
    chosen = torch.zeros(4, 6, dtype=torch.bool)
    assert (gathered_attention(q, k, v, chosen) == 0).all()
    chosen[1, [2, 5]] = True
    expected = scaled_dot_product_attention(q, k, v, chosen)
    torch.testing.assert_close(gathered_attention(q, k, v, chosen), expected, atol=1e-12, rtol=0)


# ---- 不变量 ----


def test_choosing_everything_is_full_attention():
    scores = draw(1, 2, 9, 3)
    assert torch.equal(block_selection(scores, 3, 3), causal_mask(9).expand(1, 2, 9, 9))
    assert torch.equal(keep_top(draw(9, 9), 9, causal_mask(9)), causal_mask(9))


@pytest.mark.parametrize("t", [0, 3, 4, 7])
def test_selection_never_looks_at_the_future(t):
    q, k = draw(1, 2, 8, 4), draw(1, 2, 8, 4, seed=1)
    q_i, k_i, w = draw(1, 2, 8, 4, seed=2), draw(1, 8, 4, seed=3), draw(1, 2, 8, seed=4)

    def chosen():
        blocks = block_selection(block_scores(q, k, 3), 3, 1)
        tokens = keep_top(index_scores(q_i, k_i, w), 2, causal_mask(8))
        return blocks, tokens

    before = chosen()
    for x in (q, k, q_i):
        x[:, :, t + 1 :] = 9
    k_i[:, t + 1 :], w[:, :, t + 1 :] = 9, 9
    for old, new in zip(before, chosen(), strict=True):
        assert torch.equal(old[..., : t + 1, :], new[..., : t + 1, :])
        assert not old.triu(1).any()  # 形状末两维是 (查询, 键)


def test_each_row_reads_its_own_block_and_at_most_top_k_others():
    seen = block_selection(block_scores(draw(1, 2, 20, 4), draw(1, 2, 20, 4, seed=1), 4), 4, 2)
    for t in range(20):
        assert (seen[..., t, :].sum(-1) == t % 4 + 1 + 4 * min(2, t // 4)).all()


def test_compression_hides_a_group_until_it_is_full():
    assert rows(compressed_visible(6, 2)) == ["000", "100", "100", "110", "110", "111"]


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: index_scores(draw(1, 2, 8), draw(1, 8, 4), draw(1, 2, 8)), r"^q 应为形如 \(B, h_I, T, d_I\)"),
        (lambda: index_scores(draw(1, 2, 8, 4), draw(1, 8, 5), draw(1, 2, 8)), r"^k 应为形如 \(1, T_k, 4\)"),
        (lambda: index_scores(draw(1, 2, 8, 4), draw(1, 8, 4), draw(1, 2, 7)), r"^weights 应为形如 \(1, 2, 8\)"),
        (lambda: keep_top(draw(3, 3), 0, causal_mask(3)), "^top_k 应为不小于 1"),
        (lambda: keep_top(draw(3), 1, causal_mask(3)), r"^scores 应为形如 \(…, T, T_k\)"),
        (lambda: keep_top(draw(3, 3), 1, causal_mask(4)), "^allowed 应为可广播到"),
        (lambda: gathered_attention(draw(2, 4, 4), draw(1, 2, 4, 4), draw(1, 2, 4, 4), causal_mask(4)), "^q 应为形如"),
        (lambda: gathered_attention(draw(1, 2, 4, 4), draw(1, 2, 4, 5), draw(1, 2, 4, 4), causal_mask(4)), "^k 应为形如"),
        (lambda: gathered_attention(*[draw(1, 2, 4, 4)] * 3, causal_mask(5)), "^chosen 应为可广播到"),
        (lambda: block_scores(draw(1, 2, 4, 4), draw(1, 2, 4, 4), 0), "^block 应为不小于 1"),
        (lambda: block_scores(draw(2, 4, 4), draw(1, 2, 4, 4), 2), "^q 应为形如"),
        (lambda: block_scores(draw(1, 2, 4, 4), draw(1, 2, 4, 5), 2), "^k 应为形如"),
        (lambda: block_selection(draw(1, 2, 4, 3), 2, 1), "^scores 应有 2 块，得到 3 块"),
        (lambda: block_selection(draw(2, 4, 3), 2, 1), "^scores 应为形如"),
        (lambda: block_selection(draw(1, 2, 4, 2), 0, 1), "^block 应为不小于 1"),
        (lambda: compressed_visible(0, 2), "^T 应为不小于 1"),
        (lambda: compressed_visible(4, 0), "^rate 应为不小于 1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
