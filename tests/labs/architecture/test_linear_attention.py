"""线性注意力：手算的数、三种写法相等、与逐项求和相等、不变量、出错。"""

import pytest
import torch
from torch.nn.functional import elu

from labs.architecture.linear_attention import (
    chunkwise_linear_attention,
    decay_mask,
    parallel_linear_attention,
    recurrent_linear_attention,
    with_normaliser,
)

KEYS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=torch.float64)  # 正文手算用的三对
VALUES = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(*leading, T=17, d_k=4, d_v=5):
    q, k = draw(*leading, T, d_k), draw(*leading, T, d_k, seed=1)
    v, log_decay = draw(*leading, T, d_v, seed=2), -draw(*leading, T, seed=3).abs()
    return q, k, v, log_decay


def close(actual, expected):
    """双精度，几十项之和：误差在 1e-14 上下，留够余地。"""
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


# ---- 手算 ----


def test_worked_example_writes_three_pairs_and_reads_none_back():
    states = [recurrent_linear_attention(KEYS[:n], KEYS[:n], VALUES[:n])[1].tolist() for n in (1, 2)]
    assert states == [[[2, 0], [0, 0]], [[2, 0], [0, 1]]]
    outputs, state = recurrent_linear_attention(KEYS, KEYS, VALUES)
    close(state, torch.tensor([[2.6, 0.6], [0.8, 1.8]], dtype=torch.float64))
    close(KEYS @ state, torch.tensor([[2.6, 0.6], [0.8, 1.8], [2.2, 1.8]], dtype=torch.float64))
    close(outputs, torch.tensor([[2, 0], [0, 1], [2.2, 1.8]], dtype=torch.float64))  # 逐步读：前两步还没被污染


def test_worked_example_with_decay_one_half():
    log_decay = torch.full((3,), 0.5, dtype=torch.float64).log()
    _, state = recurrent_linear_attention(KEYS, KEYS, VALUES, log_decay)
    close(state, torch.tensor([[0.5 + 0.6, 0.6], [0.8, 0.5 + 0.8]], dtype=torch.float64))


def test_decay_mask_by_hand():
    mask = decay_mask(torch.tensor([0.5, 0.5, 0.25], dtype=torch.float64).log())
    close(mask, torch.tensor([[1, 0, 0], [0.5, 1, 0], [0.125, 0.25, 1]], dtype=torch.float64))


# ---- 三种写法相等 ----


@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
@pytest.mark.parametrize("decayed", [False, True])
def test_parallel_equals_recurrent(leading, decayed):
    q, k, v, log_decay = inputs(*leading)
    state = draw(*leading, 4, 5, seed=4)
    args = (q, k, v, log_decay if decayed else None, state)
    for a, b in zip(parallel_linear_attention(*args), recurrent_linear_attention(*args), strict=True):
        close(a, b)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 5, 16, 17, 40])
@pytest.mark.parametrize("decayed", [False, True])
def test_chunks_of_any_size_equal_recurrent(chunk_size, decayed):
    q, k, v, log_decay = inputs(2)
    log_decay = log_decay if decayed else None
    chunked = chunkwise_linear_attention(q, k, v, chunk_size, log_decay)
    for a, b in zip(chunked, recurrent_linear_attention(q, k, v, log_decay), strict=True):
        close(a, b)


def test_outputs_equal_the_sum_written_out():
    q, k, v, log_decay = inputs()
    outputs, _ = recurrent_linear_attention(q, k, v, log_decay)
    for i in range(q.shape[0]):
        total = sum(log_decay[j + 1 : i + 1].sum().exp() * (q[i] @ k[j]) * v[j] for j in range(i + 1))
        close(outputs[i], total)


def test_gradients_agree_between_forms():
    q, k, v, log_decay = (x.requires_grad_() for x in inputs(T=7))
    ours = torch.autograd.grad(chunkwise_linear_attention(q, k, v, 3, log_decay)[0].sum(), (q, k, v, log_decay))
    loop = torch.autograd.grad(recurrent_linear_attention(q, k, v, log_decay)[0].sum(), (q, k, v, log_decay))
    for a, b in zip(ours, loop, strict=True):
        close(a, b)


# ---- 归一 ----


def test_the_normaliser_is_the_sum_of_weights():
    q, k, v, _ = inputs(2)
    q, k = elu(q) + 1, elu(k) + 1
    weights = (q @ k.mT).tril()
    close(with_normaliser(q, k, v), weights @ v / weights.sum(-1, keepdim=True))


def test_normalised_outputs_stay_inside_the_range_of_the_values():
    q, k, v, _ = inputs()
    out = with_normaliser(elu(q) + 1, elu(k) + 1, v)
    assert (out <= v.amax(0) + 1e-12).all() and (out >= v.amin(0) - 1e-12).all()


# ---- 不变量 ----


def test_changing_the_future_leaves_the_past_unchanged():
    q, k, v, log_decay = inputs()
    before = chunkwise_linear_attention(q, k, v, 4, log_decay)[0]
    for x in (q, k, v, log_decay):
        x[9:] -= 1
    after = chunkwise_linear_attention(q, k, v, 4, log_decay)[0]
    assert torch.equal(before[:8], after[:8])  # 第 8 行与改动的行同块，逐位可能差舍入
    close(before[8], after[8])
    assert not torch.isclose(before[9:], after[9:]).all(-1).any()


def test_strong_decay_neither_overflows_nor_gives_nan():
    q, k, v, _ = inputs(T=40)
    out, state = parallel_linear_attention(q, k, v, torch.full((40,), -500.0, dtype=torch.float64))
    assert out.isfinite().all() and state.isfinite().all()
    close(out, (q * k).sum(-1, keepdim=True) * v)  # 只剩自己


def test_the_state_has_the_same_size_for_any_length():
    for T in (1, 50):
        assert recurrent_linear_attention(*inputs(2, T=T))[1].shape == (2, 4, 5)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"q": draw(4)}, r"^q 应为形如 \(…, T, d_k\)"),
        ({"k": draw(17, 3)}, r"^k 应为形如 \(17, 4\)"),
        ({"v": draw(16, 5)}, r"^v 应为形如 \(17, d_v\)"),
        ({"log_decay": -draw(16).abs()}, r"^log_decay 应为形如 \(17\)"),
        ({"log_decay": torch.full((17,), 0.5)}, "^log_decay 应不大于 0.*得到最大值 0.5"),
        ({"state": draw(4, 4)}, r"^state 应为形如 \(4, 5\)"),
    ],
)
@pytest.mark.parametrize("form", [recurrent_linear_attention, parallel_linear_attention])
def test_inputs_that_do_not_fit_are_rejected(form, change, message):
    q, k, v, _ = inputs()
    with pytest.raises(ValueError, match=message):
        form(**{"q": q, "k": k, "v": v} | change)


def test_other_bad_inputs_are_rejected():
    q, k, v, _ = inputs()
    with pytest.raises(ValueError, match="^chunk_size 应为不小于 1 的整数，得到 0"):
        chunkwise_linear_attention(q, k, v, 0)
    with pytest.raises(ValueError, match="^q 与 k 应处处为正"):
        with_normaliser(q, k, v)
    with pytest.raises(ValueError, match="^log_decay 应为形如"):
        decay_mask(torch.zeros(()))
