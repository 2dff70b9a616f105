"""“循环的回归”一节与它的练习里的数：在这里重算一遍，并且必须出现在页面上。"""

import math

import pytest
import torch

from labs.architecture.costs import linear_state
from labs.architecture.counter import load
from labs.architecture.delta_rule import chunk_writes, recurrent_delta_rule
from labs.architecture.linear_attention import recurrent_linear_attention
from labs.architecture.model_config import layer_kinds
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
SECTION, answer = CHAPTER.page("linear-recurrence"), CHAPTER.answer
KEYS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=torch.float64)
VALUES = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
ONES = torch.ones(3, dtype=torch.float64)


def table(state: torch.Tensor) -> str:
    return "".join(f"{row[0]:g}&{row[1]:g}" for row in torch.round(state, decimals=6).tolist())


def row(values: torch.Tensor) -> str:
    return "(" + ",".join(f"{v:g}" for v in torch.round(values, decimals=6).tolist()) + ")"


def test_the_worked_example_of_the_section():
    _, added = recurrent_linear_attention(KEYS, KEYS, VALUES)
    _, corrected = recurrent_delta_rule(KEYS, KEYS, VALUES, ONES)
    for state in (added, corrected):
        assert table(state) in SECTION
        assert all(row(read) in SECTION for read in KEYS @ state)
    writes = chunk_writes(KEYS, VALUES, ONES, 0 * ONES, torch.zeros(2, 2, dtype=torch.float64))
    assert all(row(u) in SECTION for u in writes)
    before = recurrent_delta_rule(KEYS[:2], KEYS[:2], VALUES[:2], ONES[:2])[1]
    assert row(KEYS[2] @ before) in SECTION and "(1.2,0.8)" in SECTION


def test_the_costs_quoted_in_the_section():
    def chunked(T, C=64, d=128):
        return 6 * T * d * d + 3 * T * C * d + T * C * C

    assert chunked(496) == 2 * 496**2 * 128 and "T=496" in SECTION
    assert round(2 * 131_072**2 * 128 / chunked(131_072)) == 264 and "1/264" in SECTION


def test_the_state_of_qwen_holds_more_bits_than_it_can_read():
    config = load("qwen3.5-397b-a17b")
    bits = layer_kinds(config).count("linear") * linear_state(config) * 32
    assert bits == pytest.approx(1.51e9, rel=1e-3) and "1.51times10^9" in SECTION
    per_token = math.log2(config["vocab_size"])
    assert f"{per_token:.1f}" == "17.9" and 8.0e7 < bits / per_token < 9.0e7 and "八千多万" in SECTION


def test_half_delta():
    text, half = answer("ex:half-delta"), ONES / 2
    for n in (1, 2, 3):
        state = recurrent_delta_rule(KEYS[:n], KEYS[:n], VALUES[:n], half[:n])[1]
        assert table(state) in text.replace("begin{pmatrix}", "").replace("end{pmatrix}", "")
    assert row(KEYS[2] @ state) in text
    twice = recurrent_delta_rule(KEYS[[0, 1, 2, 2]], KEYS[[0, 1, 2, 2]], VALUES[[0, 1, 2, 2]], torch.full((4,), 0.5).double())[1]
    assert row(KEYS[2] @ twice) in text


def test_linear_equals_rnn():
    text = answer("ex:linear-equals-rnn")
    for C in (64, 128):
        assert f"${(6 * 128**2 + 3 * C * 128 + C * C) / 256:g}$" in text


def test_delta_is_sgd():
    k, v, state = KEYS[2], VALUES[2], torch.randn(2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for beta in (0.25, 1.0, 2.0):
        after = state + beta * torch.outer(k, v - k @ state)
        torch.testing.assert_close(k @ after - v, (1 - beta) * (k @ state - v))
    assert "1-beta" in answer("ex:delta-is-sgd")
