"""加长上下文：手算的数、transformers 的结果、三种方法在快慢两头的约定、页面上的图与数。"""

import math

import pytest
import torch

from labs.architecture.context_extension import (
    interpolate,
    ntk_base,
    pair_with_turns,
    turns,
    yarn_frequencies,
    yarn_temperature,
)
from labs.architecture.rope import rope_frequencies, rotate
from tests.labs.pages import assert_up_to_date, figure_script

LLAMA_2 = {"d_rot": 128, "base": 1e4, "length": 4096}


def close(actual, expected, atol=1e-12):
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_two_pairs_worked_by_hand():
    theta = rope_frequencies(4, 9)
    close(theta, torch.tensor([1, 1 / 3], dtype=torch.float64))
    close(interpolate(theta, 2), torch.tensor([1 / 2, 1 / 6], dtype=torch.float64))
    assert ntk_base(9, 2, 4) == pytest.approx(36, rel=1e-14)
    close(rope_frequencies(4, ntk_base(9, 2, 4)), torch.tensor([1, 1 / 6], dtype=torch.float64))


def test_the_table_of_the_page():
    """Llama 2 的头，s = 8：最快、中间、最慢的一对各慢多少倍。"""
    theta = rope_frequencies(128)
    assert [f"{n:.3g}" for n in turns(theta, 4096)[[0, 32, 63]].tolist()] == ["652", "6.52", "0.0753"]
    ntk, yarn = rope_frequencies(128, ntk_base(1e4, 8, 128)), yarn_frequencies(scale=8, **LLAMA_2)
    for changed, expected in ((ntk, ["1.00", "2.88", "8.00"]), (yarn, ["1.00", "1.68", "8.00"])):
        assert [f"{n:.2f}" for n in (theta / changed)[[0, 32, 63]].tolist()] == expected
    assert f"{yarn_temperature(8):.3f} {yarn_temperature(8) ** 2:.2f}" == "1.208 1.46"


def test_pairs_that_never_finish_a_turn():
    counts = [
        int((turns(rope_frequencies(d, base), length) < 1).sum())
        for d, base, length in ((128, 1e4, 2048), (128, 1e4, 4096), (128, 5e5, 8192), (128, 1e6, 32768), (64, 1.5e5, 4096), (64, 1e7, 262144))
    ]
    assert counts == [23, 18, 29, 24, 14, 10]


def test_the_numbers_of_the_exercise_on_gpt_oss():
    assert f"{pair_with_turns(1, 64, 1.5e5, 4096):.2f}" == "17.40"
    base = ntk_base(1.5e5, 32, 64)
    assert f"{base:.3g}" == "5.37e+06"
    slower = rope_frequencies(64, 1.5e5) / rope_frequencies(64, base)
    assert [f"{n:.3g}" for n in slower[[0, 16, 31]].tolist()] == ["1", "5.98", "32"]
    assert f"{yarn_temperature(32):.3f} {yarn_temperature(32) ** 2:.3f}" == "1.347 1.813"


def test_the_pair_that_turns_a_given_number_of_times():
    for n in (1, 7.5, 32):
        i = pair_with_turns(n, **LLAMA_2)
        assert 4096 * 1e4 ** (-2 * i / 128) / (2 * math.pi) == pytest.approx(n)


# ---- 对照 transformers ----


def theirs(kind, d_h, base, length, **extra):
    transformers = pytest.importorskip("transformers")
    functions = pytest.importorskip("transformers.modeling_rope_utils").ROPE_INIT_FUNCTIONS
    config = transformers.LlamaConfig(
        hidden_size=4 * d_h,
        num_attention_heads=4,
        max_position_embeddings=length,
        rope_parameters={"rope_type": kind, "rope_theta": base, **extra},
    )
    return lambda **more: functions[kind](config, **more)


def agree(ours, their):
    torch.testing.assert_close(ours.float(), their, rtol=2e-6, atol=0)  # 那边的幂和除法都是 float32


def test_position_interpolation_agrees_with_transformers():
    their, factor = theirs("linear", 128, 1e4, 4096, factor=8.0)()
    agree(interpolate(rope_frequencies(128), 8), their)
    assert factor == 1


@pytest.mark.parametrize("scale", [1, 2, 8])
def test_ntk_agrees_with_transformers(scale):
    """那里的 dynamic 在文本长到 s 倍、factor = 1 时就是换底。"""
    their, _ = theirs("dynamic", 128, 1e4, 4096, factor=1.0)(seq_len=4096 * scale)
    agree(rope_frequencies(128, ntk_base(1e4, scale, 128)), their)


@pytest.mark.parametrize(
    ("d_h", "base", "length", "scale", "extra"),
    [
        (128, 1e4, 4096, 8, {}),
        (128, 1e4, 2048, 4, {}),
        (64, 1.5e5, 4096, 32, {"truncate": False}),  # gpt-oss
        (64, 1e7, 262144, 4, {}),
        (16, 1e4, 64, 4, {"beta_fast": 8.0, "beta_slow": 0.5}),
        (4, 1e4, 8, 2, {}),  # 训练长度太短，斜坡的两端挤到一起
        (4, 1e4, 16, 2, {"beta_fast": 2.0}),
        (4, 1e4, 6, 2, {}),  # 两端都取整成 0，斜坡没有宽度
        (8, 1e4, 262144, 4, {}),  # 训练长度太长，斜坡的末端越过最后一对
    ],
)
def test_yarn_agrees_with_transformers(d_h, base, length, scale, extra):
    inverse, factor = theirs("yarn", d_h, base, length, factor=float(scale), original_max_position_embeddings=length, **extra)()
    agree(yarn_frequencies(d_h, base, scale, length, **extra), inverse)
    assert yarn_temperature(scale) == pytest.approx(factor)


def test_the_temperature_on_cos_and_sin_scales_the_scores_by_its_square():
    """transformers 把系数乘在 cos、sin 上；先转、再把 q、k 各乘一次，是同一件事。"""
    transformers = pytest.importorskip("transformers")
    module = pytest.importorskip("transformers.models.llama.modeling_llama")
    config = transformers.LlamaConfig(
        hidden_size=32, num_attention_heads=4, max_position_embeddings=64,
        rope_parameters={"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 16},
    )  # fmt: skip
    q, k = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    their_q, their_k = module.apply_rotary_pos_emb(q, k, *module.LlamaRotaryEmbedding(config)(q, torch.arange(8)[None]))
    theta = yarn_frequencies(8, 1e4, 4, 16)
    turned = rotate(q, torch.arange(8), theta) @ rotate(k, torch.arange(8), theta).transpose(-2, -1)
    close(turned * yarn_temperature(4) ** 2, their_q @ their_k.transpose(-2, -1), 1e-4)


# ---- 不变量 ----


@pytest.mark.parametrize("scale", [1.5, 4, 32])
def test_every_method_slows_the_slowest_pair_and_only_interpolation_slows_the_fastest(scale):
    theta = rope_frequencies(128)
    ways = {
        "pi": interpolate(theta, scale),
        "ntk": rope_frequencies(128, ntk_base(1e4, scale, 128)),
        "yarn": yarn_frequencies(scale=scale, **LLAMA_2),
    }
    for name, changed in ways.items():
        factor = theta / changed
        assert factor[-1].item() == pytest.approx(scale)
        assert factor[0].item() == pytest.approx(scale if name == "pi" else 1)
        assert (factor.diff() >= -1e-9).all() and factor.max() <= scale + 1e-9


def test_nothing_changes_at_scale_one():
    theta = rope_frequencies(128)
    assert torch.equal(interpolate(theta, 1), theta) and ntk_base(1e4, 1, 128) == 1e4
    close(yarn_frequencies(scale=1, **LLAMA_2), theta)
    assert yarn_temperature(1) == 1


def test_interpolating_frequencies_is_interpolating_positions():
    x = torch.randn(6, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    theta = rope_frequencies(8)
    close(rotate(x, torch.arange(6), interpolate(theta, 3)), rotate(x, torch.arange(6).double() / 3, theta))


def test_yarn_leaves_what_turned_often_and_interpolates_what_did_not_finish():
    theta, changed = rope_frequencies(128), yarn_frequencies(scale=8, **LLAMA_2)
    n = turns(theta, 4096)
    factor = theta / changed
    assert (factor[n > 40] == 1).all() and torch.allclose(factor[n < 0.9], torch.tensor(8.0).double())
    between = factor[(n > 1) & (n < 32)]
    assert (between > 1).all() and (between < 8).all()


# ---- 报错 ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: turns(torch.ones(2, 2), 8), "theta 应为形如"),
        (lambda: turns(torch.ones(2), 0), "length 应为不小于 1 的整数，得到 0"),
        (lambda: interpolate(torch.ones(2), 0.5), "scale 应不小于 1，得到 0.5"),
        (lambda: interpolate(torch.ones(2, 1), 2), "theta 应为形如"),
        (lambda: ntk_base(1e4, math.nan, 8), "scale 应不小于 1"),
        (lambda: ntk_base(1e4, 2, 7), "d_rot 应为偶数"),
        (lambda: ntk_base(1e4, 2, 2), "d_rot 应至少为 4"),
        (lambda: yarn_frequencies(8, 1e4, 0, 64), "scale 应不小于 1"),
        (lambda: yarn_frequencies(8, 1e4, 2, 6.5), "length 应为不小于 1 的整数"),
        (lambda: yarn_frequencies(8, 1e4, 2, 64, beta_fast=1), "beta_fast > beta_slow > 0，得到 1 与 1"),
        (lambda: yarn_frequencies(8, 1e4, 2, 64, beta_slow=0), "得到 32 与 0"),
        (lambda: yarn_frequencies(7, 1e4, 2, 64), "d_rot 应为偶数"),
        (lambda: yarn_frequencies(8, 0.5, 2, 64), "base 应大于 1"),
        (lambda: yarn_temperature(0), "scale 应不小于 1"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- 页面上的图与数 ----


@pytest.mark.parametrize("name", ["rope_extension", "rope_wavelengths", "rope_dial_fallback"])
def test_committed_figures_and_data_are_those_of_the_generators(name):
    assert_up_to_date(figure_script(name))
