"""逐层的张量：手算的形状、报错；与 transformers 的逐项核对在 test_counter.py。"""

from math import prod

import pytest

from labs.architecture.counter import load
from labs.architecture.weights import (
    Weight,
    attention,
    experts_per_token,
    feed_forward,
    grouped_query,
    latent,
    matrices,
    refuse_the_uncountable,
    shared_width,
)


def total(weights):
    return sum(prod(weight.shape) * weight.copies for weight in weights)


def test_llama_attention_by_hand():
    shapes = [weight.shape for weight in grouped_query(load("llama-3-8b"), "full")]
    assert shapes == [(4096, 4096), (4096, 1024), (4096, 1024), (4096, 4096)]
    assert total(attention(load("llama-3-8b"), "full")) == 41_943_040


def test_latent_attention_by_hand():
    """DeepSeek-V3：查询 7168·1536 + 1536·128·192，键值 7168·576 + 512·128·256，输出 128·128·7168，两个归一化。"""
    by_hand = 7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256 + 128 * 128 * 7168 + 1536 + 512
    assert by_hand == 187_107_328
    assert total(latent(load("deepseek-v3"))) == by_hand


def test_experts_by_hand():
    """DeepSeek-V3 的一层：256 个专家各 3·7168·2048，一个共享，一张路由表；每个词元用 8 个。"""
    weights = feed_forward(load("deepseek-v3"), experts=True)
    one = 3 * 7168 * 2048
    assert total(weights) == 257 * one + 7168 * 256
    assert sum(prod(w.shape) * w.active for w in weights) == 9 * one + 7168 * 256
    assert total(feed_forward(load("deepseek-v3"), experts=False)) == 3 * 7168 * 18432


def test_gemma_reuses_the_key_projection_only_where_it_sees_everything():
    config = load("gemma-4-31b")
    assert len(grouped_query(config, "window")) == len(grouped_query(config, "full")) + 1


def test_shared_experts_by_hand():
    assert shared_width(load("kimi-k3"), 3072) == 6144  # 两个，各 3072
    assert shared_width(load("qwen3.5-397b-a17b"), 1024) == 1024
    assert shared_width(load("gpt-oss-120b"), 2880) == 0
    assert shared_width(load("llama-4-maverick"), 8192) == 8192
    assert experts_per_token(load("kimi-k3")) == 16


def test_a_vector_is_not_a_matrix():
    assert matrices((2, 3), (4,)) == [Weight((2, 3)), Weight((4,))]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("kimi-k3", {}, "routed_expert_hidden_size"),
        ("gemma-4-31b", {"hidden_size_per_layer_input": 256}, "hidden_size_per_layer_input"),
        ("llama-3-8b", {"mlp_bias": True}, "mlp_bias"),
        ("deepseek-v3", {"attention_bias": True}, "attention_bias"),
    ],
)
def test_what_cannot_be_counted_is_refused(name, change, message):
    with pytest.raises(ValueError, match=message):
        refuse_the_uncountable({**load(name), **change})
    refuse_the_uncountable(load("llama-3-8b"))


@pytest.mark.parametrize("key", ["kv_lora_rank", "v_head_dim", "q_lora_rank"])
def test_missing_sizes_are_named(key):
    config = {k: v for k, v in load("deepseek-v3.2").items() if k != key}
    if key == "q_lora_rank":  # 没有低秩查询的模型也没有这种索引器
        assert total(latent(config)) != total(latent(load("deepseek-v3.2")))
        return
    with pytest.raises(ValueError, match=f"缺少 {key}"):
        latent(config)
