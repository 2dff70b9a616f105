"""Delta 规则：手算的数、transformers 的两个函数、一步梯度下降、不变量、出错。"""

import pytest
import torch
from transformers.models.qwen3_next.modeling_qwen3_next import (
    torch_chunk_gated_delta_rule,
    torch_recurrent_gated_delta_rule,
)

from labs.architecture.delta_rule import chunk_writes, chunkwise_delta_rule, delta_step, recurrent_delta_rule
from labs.architecture.linear_attention import recurrent_linear_attention

KEYS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=torch.float64)
VALUES = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(*leading, T=17, d_k=4, d_v=5):
    """键归一到长 1：β ≤ 1 时稳定，真实的模型也这样做。"""
    q, k = draw(*leading, T, d_k), draw(*leading, T, d_k, seed=1)
    v, log_decay = draw(*leading, T, d_v, seed=2), -draw(*leading, T, seed=3).abs()
    return q, k / k.norm(dim=-1, keepdim=True), v, torch.sigmoid(draw(*leading, T, seed=4)), log_decay


def close(actual, expected, tolerance=1e-10):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


# ---- 手算 ----


def test_worked_example_repairs_the_last_pair():
    _, state = recurrent_delta_rule(KEYS, KEYS, VALUES, torch.ones(3, dtype=torch.float64))
    close(state, torch.tensor([[1.88, 0.12], [-0.16, 1.16]], dtype=torch.float64))
    close(KEYS @ state, torch.tensor([[1.88, 0.12], [-0.16, 1.16], [1, 1]], dtype=torch.float64))


def test_writing_the_same_key_again_replaces_the_value():
    state, key = torch.zeros(2, 2, dtype=torch.float64), KEYS[2]
    for value in (VALUES[0], VALUES[2]):
        state = delta_step(state, key, value, torch.tensor(1.0))
    close(key @ state, VALUES[2])
    _, added = recurrent_linear_attention(key.expand(2, 2), key.expand(2, 2), VALUES[[0, 2]])
    close(key @ added, VALUES[0] + VALUES[2])


# ---- 对照 transformers：它们的布局是 (B, T, H, d)，内部升到 float32，查询另除以 √d_k ----


def theirs(function, q, k, v, beta, log_decay, **extra):
    swap = [x.transpose(1, 2).float() for x in (q, k, v)]
    gates = [x.transpose(1, 2).float() for x in (log_decay, beta)]
    out, state = function(*swap, *gates, output_final_state=True, **extra)
    return out.transpose(1, 2), state


@pytest.mark.parametrize("function", [torch_recurrent_gated_delta_rule, torch_chunk_gated_delta_rule])
@pytest.mark.parametrize("chunk_size", [4, 64])
def test_agrees_with_transformers(function, chunk_size):
    q, k, v, beta, log_decay = inputs(2, 3, T=19)
    out, state = chunkwise_delta_rule(q / 4**0.5, k, v, beta, chunk_size, log_decay)
    expected, last = theirs(function, q, k, v, beta, log_decay, chunk_size=chunk_size)
    close(out.float(), expected, 1e-5)  # float32 的几十步递推，误差在 1e-6 上下
    close(state.float(), last, 1e-5)


# ---- 三种写法 ----


@pytest.mark.parametrize("chunk_size", [1, 2, 5, 16, 17, 40])
@pytest.mark.parametrize("gated", [False, True])
def test_chunks_of_any_size_equal_recurrent(chunk_size, gated):
    q, k, v, beta, log_decay = inputs(2, 3)
    log_decay = log_decay if gated else None
    chunked = chunkwise_delta_rule(q, k, v, beta, chunk_size, log_decay)
    for a, b in zip(chunked, recurrent_delta_rule(q, k, v, beta, log_decay), strict=True):
        close(a, b)


def test_the_transition_matrix_form():
    q, k, v, beta, log_decay = inputs(T=6)
    state = torch.zeros(4, 5, dtype=torch.float64)
    for t in range(6):
        shrink = torch.eye(4, dtype=torch.float64) - beta[t] * torch.outer(k[t], k[t])
        state = log_decay[t].exp() * shrink @ state + beta[t] * torch.outer(k[t], v[t])
    close(recurrent_delta_rule(q, k, v, beta, log_decay)[1], state)


def test_chunk_writes_are_the_differences_of_the_loop():
    _, k, v, beta, log_decay = inputs(T=9)
    state = start = draw(4, 5, seed=9)
    writes = []
    for t in range(9):
        decayed = log_decay[t].exp() * state
        writes.append(beta[t] * (v[t] - k[t] @ decayed))
        state = decayed + torch.outer(k[t], writes[-1])
    close(chunk_writes(k, v, beta, log_decay, start), torch.stack(writes))


def test_one_step_is_gradient_descent_on_the_squared_error():
    state = draw(4, 5).requires_grad_()
    k, v, beta = draw(4, seed=1), draw(5, seed=2), torch.tensor(0.3, dtype=torch.float64)
    loss = 0.5 * (k @ state - v).square().sum()
    (gradient,) = torch.autograd.grad(loss, state)
    close(delta_step(state.detach(), k, v, beta), state.detach() - beta * gradient)


def test_gradients_agree_between_forms():
    leaves = [x.requires_grad_() for x in inputs(T=7)]
    q, k, v, beta, log_decay = leaves
    ours = torch.autograd.grad(chunkwise_delta_rule(q, k, v, beta, 3, log_decay)[0].sum(), leaves)
    loop = torch.autograd.grad(recurrent_delta_rule(q, k, v, beta, log_decay)[0].sum(), leaves)
    for a, b in zip(ours, loop, strict=True):
        close(a, b)


# ---- 不变量 ----


def test_orthonormal_keys_make_it_equal_to_adding():
    keys = torch.linalg.qr(draw(6, 6)).Q
    values, ones = draw(6, 3, seed=1), torch.ones(6, dtype=torch.float64)
    close(recurrent_delta_rule(keys, keys, values, ones)[1], keys.mT @ values)


def test_with_beta_one_the_newest_pair_is_read_back_exactly():
    _, k, v, _, log_decay = inputs()
    out, _ = recurrent_delta_rule(k, k, v, torch.ones(17, dtype=torch.float64), log_decay)
    close(out, v)


def test_with_beta_zero_nothing_is_written():
    q, k, v, _, _ = inputs()
    out, state = chunkwise_delta_rule(q, k, v, torch.zeros(17, dtype=torch.float64), 4)
    assert not out.any() and not state.any()


def test_changing_the_future_leaves_the_past_unchanged():
    q, k, v, beta, log_decay = inputs()
    before = chunkwise_delta_rule(q, k, v, beta, 4, log_decay)[0]
    for x in (q, k, v):
        x[9:] += 1
    after = chunkwise_delta_rule(q, k, v, beta, 4, log_decay)[0]
    close(before[:9], after[:9])
    assert not torch.isclose(before[9:], after[9:]).all(-1).any()


# ---- 出错 ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda q, k, v, b: recurrent_delta_rule(q, k, v, b[:3]), r"^beta 应为形如 \(17\)"),
        (lambda q, k, v, b: chunkwise_delta_rule(q, k, v, b[:3], 4), r"^beta 应为形如 \(17\)"),
        (lambda q, k, v, b: chunkwise_delta_rule(q, k, v, b, 0), "^chunk_size 应为不小于 1"),
        (lambda q, k, v, b: recurrent_delta_rule(q, k[:3], v, b), r"^k 应为形如 \(17, 4\)"),
        (lambda q, k, v, b: delta_step(v[0], k[0], v[0], b[0]), r"^state 应为形如 \(…, d_k, d_v\)"),
        (lambda q, k, v, b: delta_step(draw(4, 5), v[0], v[0], b[0]), r"^k 应为形如 \(4\)"),
        (lambda q, k, v, b: delta_step(draw(4, 5), k[0], k[0], b[0]), r"^v 应为形如 \(5\)"),
        (lambda q, k, v, b: delta_step(draw(4, 5), k[0], v[0], b), r"^beta 应为形如 \(\)"),
    ],
)
def test_inputs_that_do_not_fit_are_rejected(call, message):
    q, k, v, beta, _ = inputs()
    with pytest.raises(ValueError, match=message):
        call(q, k, v, beta)
