"""选择性状态空间模型：手算的数、三种算法相等、transformers 的 Mamba 与 Mamba-2、出错。"""

import math

import pytest
import torch
from torch.nn.functional import silu
from transformers.models.mamba.configuration_mamba import MambaConfig
from transformers.models.mamba.modeling_mamba import MambaMixer, mamba_selective_scan
from transformers.models.mamba2.modeling_mamba2 import mamba2_chunk_scan

from labs.architecture.linear_attention import decay_mask
from labs.architecture.selective_ssm import (
    SelectiveSSM,
    combine,
    discretise,
    loop_states,
    scan_states,
    selective_scan,
    ssd,
)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(*leading, T=13, d=3, n=4):
    x, delta = draw(*leading, T, d), draw(*leading, T, d, seed=1).abs()
    B, C = draw(*leading, T, n, seed=2), draw(*leading, T, n, seed=3)
    return x, delta, -draw(d, n, seed=4).exp(), B, C, draw(d, seed=5)


def close(actual, expected, tolerance=1e-10):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def column(*values):
    return torch.tensor(values, dtype=torch.float64).unsqueeze(-1)


# ---- 手算 ----


def test_worked_example_remembers_forgets_and_skips():
    x, delta, one = column(1, 0, 2), column(math.log(2), math.log(2), 0), column(1, 1, 1)
    A, D = torch.tensor([[-1.0]], dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    decay, write = discretise(x, delta, A, one)
    close(decay.flatten(), torch.tensor([0.5, 0.5, 1], dtype=torch.float64))
    close(write.flatten(), torch.tensor([math.log(2), 0, 0], dtype=torch.float64))
    y = selective_scan(x, delta, A, one, one, D)
    assert [f"{value:.3f}" for value in y.flatten().tolist()] == ["0.693", "0.347", "0.347"]


def test_a_large_step_forgets_the_past():
    x, delta, A, B, C, D = inputs()
    delta[6] = 1e4
    changed = x.clone()
    changed[:6] += 1
    close(selective_scan(x, delta, A, B, C, D)[6:], selective_scan(changed, delta, A, B, C, D)[6:])


# ---- 三种算法 ----


@pytest.mark.parametrize("T", [1, 2, 3, 7, 8, 9, 33])
def test_the_scan_equals_the_loop(T):
    x, delta, A, B, _, _ = inputs(2, T=T)
    decay, write = discretise(x, delta, A, B)
    close(scan_states(decay, write), loop_states(decay, write))


def test_combine_is_associative_and_keeps_the_order():
    a, b, c = ((draw(3, seed=s), draw(3, seed=s + 10)) for s in range(3))
    for left, right in zip(combine(combine(a, b), c), combine(a, combine(b, c)), strict=True):
        close(left, right)
    h = draw(3, seed=99)
    total = combine(a, b)
    close(total[0] * h + total[1], b[0] * (a[0] * h + a[1]) + b[1])


def test_the_dual_form_equals_the_loop_when_A_is_a_scalar():
    x, _, _, B, C, _ = inputs(2)
    delta = draw(2, 13, seed=6).abs()
    decay, write = discretise(x, delta.unsqueeze(-1).expand_as(x), torch.full((3, 4), -0.7, dtype=torch.float64), B)
    looped = (loop_states(decay, write) @ C.unsqueeze(-1)).squeeze(-1)
    close(ssd(x, delta, -0.7, B, C), looped)
    L = decay_mask(-0.7 * delta)
    close((L * (C @ B.mT)) @ (delta.unsqueeze(-1) * x), looped)  # Y = (L ⊙ C Bᵀ)(Δ ⊙ X)


# ---- 对照 transformers ----


def test_agrees_with_the_scan_of_transformers():
    x, delta, A, B, C, D = inputs(2)
    swap = (t.transpose(1, 2).float() for t in (x, delta))
    theirs = mamba_selective_scan(*swap, A.float(), B.transpose(1, 2).float(), C.transpose(1, 2).float(), D.float())
    close(selective_scan(x, delta, A, B, C, D).float(), theirs.transpose(1, 2), 1e-5)


def test_the_layer_agrees_with_a_mamba_mixer_of_the_same_weights():
    torch.manual_seed(0)
    config = MambaConfig(hidden_size=6, state_size=4, expand=2, time_step_rank=3, conv_kernel=4)
    mixer = MambaMixer(config, layer_idx=0).double().eval()
    ours = SelectiveSSM(d=12, n=4, dt_rank=3).double()
    ours.load_state_dict({name: mixer.state_dict()[name] for name in ours.state_dict()})
    x = draw(2, 9, 6)
    inner, gate = mixer.in_proj(x).chunk(2, dim=-1)
    convolved = mixer.conv1d(inner.mT)[..., :9].mT
    expected = mixer(x)
    close(mixer.out_proj(ours(silu(convolved)) * silu(gate)), expected, 1e-5)  # 对方内部有一段 float32


def test_the_dual_form_agrees_with_mamba2_of_transformers():
    x, B, C = draw(2, 13, 3), draw(2, 13, 4, seed=2), draw(2, 13, 4, seed=3)
    delta = draw(2, 13, seed=6).abs()
    heads = [t.unsqueeze(2).float() for t in (x, delta, B, C)]  # 一个头
    theirs = mamba2_chunk_scan(heads[0], heads[1], torch.tensor([-0.7]), heads[2], heads[3], chunk_size=4)
    close(ssd(x, delta, -0.7, B, C).float(), theirs.squeeze(2), 1e-5)


# ---- 层 ----


def test_the_layer_starts_as_documented_and_does_not_see_the_future():
    torch.manual_seed(0)
    layer = SelectiveSSM(d=5, n=3, dt_rank=2).double()
    close(-torch.exp(layer.A_log), torch.tensor([[-1.0, -2.0, -3.0]], dtype=torch.float64).expand(5, 3), 1e-6)
    x = draw(2, 9, 5)
    before = layer(x)
    x[:, 6:] += 1
    after = layer(x)
    close(before[:, :6], after[:, :6])
    assert not torch.isclose(before[:, 6:], after[:, 6:]).all(-1).any()


# ---- 出错 ----


@pytest.mark.parametrize(
    ("index", "bad", "message"),
    [
        (0, draw(3), r"^x 应为形如 \(…, T, d\)"),
        (1, draw(13, 2), r"^delta 应为形如 \(13, 3\)"),
        (2, -draw(2, 4).abs(), r"^A 应为形如 \(…, 3, n\)|^A 应为形如 \(3, n\)"),
        (2, torch.zeros(3, 4, dtype=torch.float64), "^A 应处处为负.*得到最大值 0"),
        (3, draw(12, 4), r"^B 应为形如 \(13, 4\)"),
        (4, draw(13, 5), r"^C 应为形如 \(13, 4\)"),
        (5, draw(4), r"^D 应为形如 \(3\)"),
    ],
)
def test_inputs_that_do_not_fit_are_rejected(index, bad, message):
    args = list(inputs())
    args[index] = bad
    with pytest.raises(ValueError, match=message):
        selective_scan(*args)


def test_other_bad_inputs_are_rejected():
    x, _, _, B, C, _ = inputs()
    delta = draw(13).abs()
    for call, message in (
        (lambda: ssd(x, delta, 0.0, B, C), "^a 应为负数，得到 0.0"),
        (lambda: ssd(x[0], delta, -1.0, B, C), r"^x 应为形如 \(…, T, p\)"),
        (lambda: ssd(x, delta[:3], -1.0, B, C), r"^delta 应为形如 \(13\)"),
        (lambda: SelectiveSSM(d=0), "^d 应为不小于 1"),
        (lambda: SelectiveSSM(d=2, n=0), "^n 应为不小于 1"),
        (lambda: SelectiveSSM(d=2, dt_rank=0), "^dt_rank 应为不小于 1"),
        (lambda: SelectiveSSM(d=2)(torch.zeros(3, 4)), r"^x 应为形如 \(…, T, 2\)"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
