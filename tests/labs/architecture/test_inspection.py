"""注意力图的得分、逐层的预测、摘掉几个头：手写的小图上能心算，小模型上与整个模型对照。"""

import pytest
import torch

from labs.architecture.attention import softmax
from labs.architecture.inspection import (
    ablated,
    attention_maps,
    first_token_share,
    induction_score,
    logit_lens,
    previous_token_score,
    rank_of,
    value_lengths,
    weighted_by_length,
)
from labs.architecture.transformer_lm import LMConfig, TransformerLM

TOLERANCE = 1e-6  # 分数在 1 附近，float32 一格 1.2e-7；两层
MAP = torch.tensor(  # 四个词元，a b a b
    [
        [1.0, 0.0, 0.0, 0.0],
        [0.5, 0.5, 0.0, 0.0],
        [0.3, 0.6, 0.1, 0.0],
        [0.4, 0.3, 0.2, 0.1],
    ]
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = TransformerLM(LMConfig(vocab_size=23, context=12, n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_ff=24))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.uniform_(0.5, 1.5) if "norm" in name else parameter.normal_(std=0.4)
    return model.eval()


def some_ids(B=3, T=8):
    return torch.randint(0, 23, (B, T), generator=torch.Generator().manual_seed(1))


def test_the_scores_by_hand():
    assert first_token_share(MAP).item() == pytest.approx((0.5 + 0.3 + 0.4) / 3)
    assert previous_token_score(MAP).item() == pytest.approx((0.6 + 0.2) / 2), "第 1 行的左边就是第 0 个，不算"
    assert induction_score(MAP, 2).item() == pytest.approx((0.6 + 0.2) / 2), "文件开头手算的 0.4"


def test_the_induction_score_of_a_longer_period():
    maps = torch.zeros(6, 6)  # a b c a b c
    maps[3, 1], maps[4, 2], maps[5, 3] = 0.9, 0.6, 0.3
    assert induction_score(maps, 3).item() == pytest.approx(0.6)
    maps = torch.zeros(6, 6)
    maps[2, 0] = 1.0  # 第一遍的末行，不在第二遍里
    assert induction_score(maps, 3).item() == 0.0


@pytest.mark.parametrize("score", [first_token_share, previous_token_score, lambda maps: induction_score(maps, 4)])
def test_uniform_maps_and_leading_dimensions(score):
    uniform = torch.ones(8, 8).tril() / torch.arange(1.0, 9.0)[:, None]
    rows = {first_token_share: range(1, 8), previous_token_score: range(2, 8)}.get(score, range(4, 8))
    assert score(uniform).item() == pytest.approx(sum(1 / (i + 1) for i in rows) / len(rows))
    assert score(uniform.expand(2, 3, 8, 8)).shape == (2, 3)


def test_weighting_by_the_length_of_the_values():
    weighted = weighted_by_length(MAP, torch.tensor([0.0, 1.0, 2.0, 4.0]))
    assert weighted[2].tolist() == pytest.approx([0, 0.6 / 0.8, 0.2 / 0.8, 0])
    assert weighted[3].tolist() == pytest.approx([0, 0.3 / 1.1, 0.4 / 1.1, 0.4 / 1.1])
    assert torch.equal(weighted_by_length(MAP, torch.ones(4)), MAP / MAP.sum(-1, keepdim=True))


@torch.no_grad()
def test_the_maps_and_the_values_make_the_output_of_the_layer(model):
    ids = some_ids()
    maps, lengths = attention_maps(model, ids), value_lengths(model, ids)
    assert maps.shape == (2, 3, 4, 8, 8) and lengths.shape == (2, 3, 4, 8)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 3, 4, 8))
    assert maps.triu(1).abs().max() == 0
    stream = model.residual_stream(ids)
    for layer, block in enumerate(model.blocks):
        x, cos, sin = block.attention_norm(stream[layer]), model.cos[:8], model.sin[:8]
        for head in range(4):
            with ablated(model, [(layer, other) for other in range(4) if other != head]):
                alone = block.attention(x[:, 5:6], cos[:1], sin[:1])  # 只有一个词元，权重是 1，输出就是这个头的值
            torch.testing.assert_close(alone.norm(dim=-1)[:, 0], lengths[layer, :, head, 5], rtol=0, atol=4 * TOLERANCE)


@torch.no_grad()
def test_the_last_layer_of_the_lens_is_the_model(model):
    ids = some_ids()
    p = logit_lens(model, ids)
    assert p.shape == (3, 3, 23)
    torch.testing.assert_close(p[-1], softmax(model(ids)[:, -1]), rtol=0, atol=TOLERANCE)
    entry = softmax(model.unembed(model.final_norm(model.embedding(ids[:, -1]))))
    torch.testing.assert_close(p[0], entry, rtol=0, atol=TOLERANCE)


def test_ranks():
    p = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25]])
    assert [rank_of(p, answer).tolist() for answer in range(4)] == [[4, 1], [1, 1], [3, 1], [2, 1]]


@torch.no_grad()
def test_ablating_removes_exactly_that_head(model):
    ids, heads = some_ids(), [(0, 3), (1, 0)]
    before = model(ids)
    with ablated(model, heads):
        hooked = model(ids)
    assert torch.equal(model(ids), before), "出来之后复原"
    assert not torch.allclose(hooked, before)
    for layer, head in heads:  # 对照：把 W_o 里这个头的那几列换成 0
        model.blocks[layer].attention.W_o.weight[:, 4 * head : 4 * head + 4] = 0
    torch.testing.assert_close(hooked, model(ids), rtol=0, atol=TOLERANCE)


@torch.no_grad()
def test_ablating_restores_after_an_error_and_with_no_heads_does_nothing(model):
    ids = some_ids()
    before = model(ids)
    with pytest.raises(RuntimeError), ablated(model, [(0, 0)]):
        raise RuntimeError
    assert torch.equal(model(ids), before)
    with pytest.raises(ValueError, match="头 应在 0 到 3"), ablated(model, [(0, 0), (1, 4)]):
        pass
    assert torch.equal(model(ids), before), "第二个头不存在，第一个的钩子也要摘下"
    with ablated(model, []):
        assert torch.equal(model(ids), before)


def test_ablating_leaves_the_input_alone(model):
    x = torch.ones(1, 2, 16)
    with torch.no_grad(), ablated(model, [(0, 0)]):
        model.blocks[0].attention.W_o(x)
    assert x.min() == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: first_token_share(torch.ones(3, 4)), r"\(…, T, T\).*≥ 2.*\(3, 4\)"),
        (lambda m: first_token_share(torch.ones(1, 1)), "≥ 2"),
        (lambda m: previous_token_score(torch.ones(2, 2)), "≥ 3"),
        (lambda m: induction_score(torch.ones(5, 5), 2), "= 4.*5, 5"),
        (lambda m: induction_score(torch.ones(2, 2), 1), "period .*2.*1"),
        (lambda m: induction_score([[1.0]], 2), "maps .*list"),
        (lambda m: weighted_by_length(torch.ones(3, 3), torch.ones(4)), "lengths .*4"),
        (lambda m: rank_of(torch.ones(5), 5), "answer 应在 0 到 4 之间，得到 5"),
        (lambda m: rank_of(torch.ones(5), -1), "answer .*-1"),
        (lambda m: ablated(m, [(2, 0)]).__enter__(), "层 应在 0 到 1"),
        (lambda m: attention_maps(m, torch.zeros(1, 13, dtype=torch.long)), "context = 12"),
    ],
)
def test_bad_arguments(model, call, said):
    with pytest.raises(ValueError, match=said):
        call(model)
