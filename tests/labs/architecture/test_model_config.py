"""读配置：手算的层次、各家的写法、报错。"""

import pytest

from labs.architecture.counter import FOLDER, load
from labs.architecture.model_config import (
    PARTS,
    d_head,
    d_model,
    expert_layers,
    layer_kinds,
    n_heads,
    n_kv_heads,
    n_layers,
    number,
    parts_of,
)


def tally(values):
    return {value: list(values).count(value) for value in dict.fromkeys(values)}


# ---- 手算 ----


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama-3-8b", {"full": 32}),
        ("mistral-7b-v0.1", {"window": 32}),
        ("gpt-oss-120b", {"window": 18, "full": 18}),
        ("qwen3.5-397b-a17b", {"linear": 45, "full": 15}),
        ("kimi-k3", {"linear": 69, "full": 24}),
        ("llama-4-maverick", {"window": 36, "full": 12}),
        ("deepseek-v4-flash", {"window": 2, "csa": 21, "hca": 20}),
        ("deepseek-v4-pro", {"hca": 31, "csa": 30}),
        ("gemma-4-31b", {"window": 50, "full": 10}),
    ],
)
def test_layers_counted_by_hand(name, expected):
    assert tally(layer_kinds(load(name))) == expected


def test_the_order_of_layers():
    assert layer_kinds(load("qwen3-next-80b-a3b"))[:5] == ["linear", "linear", "linear", "full", "linear"]
    assert layer_kinds(load("kimi-linear-48b-a3b"))[2:4] == ["linear", "full"]  # 配置从 1 数起
    assert layer_kinds(load("kimi-k3"))[-3:] == ["linear", "full", "full"]
    assert layer_kinds(load("deepseek-v4-pro"))[:4] == ["hca", "hca", "csa", "hca"]
    assert layer_kinds({**load("mistral-7b-v0.1"), "sliding_window": None}) == ["full"] * 32


@pytest.mark.parametrize(
    ("name", "dense"),
    [("deepseek-v3", 3), ("kimi-k2", 1), ("qwen3-235b-a22b", 0), ("qwen3-8b", 36), ("llama-4-maverick", 24)],
)
def test_dense_layers_counted_by_hand(name, dense):
    assert expert_layers(load(name)).count(False) == dense


def test_layers_that_stay_dense_by_name():
    config = {**load("qwen3-235b-a22b"), "mlp_only_layers": [0, 5]}
    assert [i for i, experts in enumerate(expert_layers(config)) if not experts] == [0, 5]
    assert expert_layers(load("llama-4-maverick"))[:2] == [False, True]


def test_sizes_with_and_without_defaults():
    assert (d_head(load("llama-3-8b")), n_kv_heads(load("gpt-3")), d_model(load("gpt-3"))) == (128, 96, 12288)
    gemma = load("gemma-4-31b")
    assert (d_head(gemma, "window"), d_head(gemma, "full")) == (256, 512)
    assert (n_kv_heads(gemma, "window"), n_kv_heads(gemma, "full")) == (16, 4)
    assert n_heads(gemma) == 32


# ---- 不变量 ----


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_every_stored_config_is_complete(name):
    config = load(name)
    assert parts_of(config) == PARTS[config["model_type"]]
    assert len(layer_kinds(config)) == len(expert_layers(config)) == n_layers(config)


# ---- 报错 ----


def test_unknown_types_are_listed():
    with pytest.raises(ValueError, match="deepseek_v3.*llama.*得到 'rwkv'"):
        parts_of({"model_type": "rwkv"})
    with pytest.raises(ValueError, match="得到 None"):
        layer_kinds({})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_hidden_layers": None}, "llama 的配置缺少 num_hidden_layers 或 n_layer；写了的键有 "),
        ({"num_hidden_layers": 0}, "num_hidden_layers .*不小于 1 的整数，得到 0"),
        ({"num_hidden_layers": True}, "得到 True"),
        ({"layer_types": ["full_attention"]}, "应有 32 层.*得到 1 层"),
        ({"layer_types": ["spiral"] * 32}, "不认识 .'spiral'"),
    ],
)
def test_bad_configs_are_explained(change, message):
    with pytest.raises(ValueError, match=message):
        layer_kinds({**load("llama-3-8b"), **change})


def test_missing_schedules_are_explained():
    with pytest.raises(ValueError, match="缺少 full_attention_interval"):
        layer_kinds({k: v for k, v in load("qwen3-next-80b-a3b").items() if k != "full_attention_interval"})
    with pytest.raises(ValueError, match="得到 0 层"):
        layer_kinds({k: v for k, v in load("deepseek-v4-pro").items() if k != "compress_ratios"})
    with pytest.raises(ValueError, match="不认识 .'7'"):
        layer_kinds({**load("deepseek-v4-pro"), "compress_ratios": [7] * 61})


def test_a_default_is_used_only_when_no_name_is_written():
    assert number({"a": 3, "b": 4}, "b", "a") == 4
    assert number({"a": None}, "a", default=5) == 5
    with pytest.raises(ValueError, match="不小于 0 的整数，得到 -1"):
        number({"a": -1}, "a", default=5)
