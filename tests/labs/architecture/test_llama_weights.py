"""同样的权重，同样的分数：与 transformers 的 LlamaForCausalLM 对照，并拒绝装不下的配置。"""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from labs.architecture.counter import count
from labs.architecture.decoding import generate
from labs.architecture.llama_weights import from_config, load_llama, our_name

TOLERANCE = 2e-6  # float32 的一次舍入约 6e-8，分数在 1 附近；每层约十次相加，五层加起来到 1e-6
SIZES = {
    "vocab_size": 53, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 5,
    "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 40, "eos_token_id": None,
    "rms_norm_eps": 1e-5, "attn_implementation": "eager",
}  # fmt: skip


def reference(seed=0, **changes):
    config = LlamaConfig(**{**SIZES, **changes})
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)  # 初值全 1 会掩盖装错的增益
    return config.to_dict(), model


def some_ids(*shape):
    return torch.randint(0, 53, shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("base", [10_000.0, 500_000.0])
@pytest.mark.parametrize("n_kv_heads", [1, 2, 6])
@torch.no_grad()
def test_the_logits_are_those_of_transformers(tied, base, n_kv_heads):
    config, theirs = reference(
        tie_word_embeddings=tied, num_key_value_heads=n_kv_heads,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )  # fmt: skip
    ours = load_llama(config, theirs.state_dict())
    ids = some_ids(2, 33)
    torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=0, atol=TOLERANCE)


@torch.no_grad()
def test_every_layer_agrees():
    config, theirs = reference()
    ours = load_llama(config, theirs.state_dict())
    ids = some_ids(1, 12)
    hidden = theirs(ids, output_hidden_states=True).hidden_states
    for mine, expected in zip(ours.residual_stream(ids)[:-1], hidden[:-1], strict=True):
        torch.testing.assert_close(mine, expected, rtol=0, atol=TOLERANCE)
    torch.testing.assert_close(ours.hidden(ids), hidden[-1], rtol=0, atol=TOLERANCE)  # 他们的末项已归一


@torch.no_grad()
def test_the_attention_maps_agree():
    config, theirs = reference()
    ours = load_llama(config, theirs.state_dict())
    ids = some_ids(1, 12)
    maps = theirs(ids, output_attentions=True).attentions
    mask = torch.ones(12, 12).tril().bool()
    for x, block, expected in zip(ours.residual_stream(ids), ours.blocks, maps, strict=False):
        mine = block.attention.weights(block.attention_norm(x), ours.cos[:12], ours.sin[:12], mask)
        torch.testing.assert_close(mine, expected, rtol=0, atol=TOLERANCE)


@torch.no_grad()
def test_greedy_text_agrees():
    config, theirs = reference()
    ours, prompt = load_llama(config, theirs.state_dict()), some_ids(2, 5)
    text = theirs.generate(prompt, max_new_tokens=20, do_sample=False, eos_token_id=None, pad_token_id=0, attention_mask=torch.ones_like(prompt))
    assert torch.equal(generate(ours, prompt, 20), text)


def test_the_counter_counts_this_model():
    for tied in (False, True):
        config, theirs = reference(tie_word_embeddings=tied)
        assert count(config).total == sum(p.numel() for p in load_llama(config, theirs.state_dict()).parameters())


def test_names():
    assert our_name("model.layers.3.self_attn.q_proj.weight") == "blocks.3.attention.W_q.weight"
    assert our_name("model.layers.3.mlp.up_proj.weight") == "blocks.3.feed_forward.W_3.weight"
    assert our_name("lm_head.weight") == "unembed.weight"
    assert our_name("xlm_head.weight") == "xlm_head.weight"


def test_the_older_spelling_of_the_configuration():
    config, _ = reference()
    old = {k: v for k, v in config.items() if k != "rope_parameters"} | {"rope_theta": 123.0}
    assert from_config(old).rope_base == 123.0
    assert from_config(old | {"rope_scaling": None}).rope_base == 123.0
    del old["rope_theta"], old["max_position_embeddings"]
    assert (from_config(old).rope_base, from_config(old).context) == (10_000.0, 2048)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "qwen3"}, "model_type .*'qwen3'"),
        ({"hidden_act": "gelu"}, "hidden_act .*'gelu'"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5}}, "rope_type .*'llama3'"),
        ({"rope_parameters": None, "rope_scaling": {"type": "linear"}}, "rope_type .*'linear'"),
        ({"attention_bias": True}, "attention_bias .*True"),
        ({"mlp_bias": True}, "mlp_bias .*True"),
        ({"head_dim": 8}, "head_dim .*8"),
        ({"num_key_value_heads": 4}, "n_kv_heads = 4"),
    ],
)
def test_configurations_that_need_other_parts_are_refused(changes, said):
    config, _ = reference()
    with pytest.raises(ValueError, match=said):
        from_config({**config, **changes})


def test_missing_extra_and_misshapen_weights_are_all_listed():
    config, theirs = reference()
    state = dict(theirs.state_dict())
    del state["model.norm.weight"]
    state["model.layers.0.self_attn.q_proj.bias"] = torch.zeros(24)
    state["lm_head.weight"] = torch.zeros(53, 8)
    with pytest.raises(ValueError, match="blocks.0.attention.W_q.bias、final_norm.gain、unembed.weight"):
        load_llama(config, state)
