"""第 1 章练习的数字答案：在这里重算一遍，并且必须一字不差地出现在页面的答案里。"""

import json
import math

import pytest
import torch

from labs.introduction.arithmetic_coding import ideal_bits
from labs.introduction.chain_rule import log_probability, log_sum_exp, product
from labs.introduction.information import bpb_to_perplexity, entropy, nats_to_bits, perplexity_to_bpb
from labs.introduction.sampling import draw, min_p, temper, top_k, top_p
from labs.introduction.sequence_temperature import temper_sequences, temper_steps
from labs.introduction.shannon_game import entropy_bounds
from labs.tiny_lm.checkpoint import card
from tests.labs.pages import Chapter

CHAPTER = Chapter("01-introduction")
answer = CHAPTER.answer


def shown(p: torch.Tensor) -> str:
    return "(" + ",".join(f"{v:.3f}".replace("0.000", "0") for v in p.tolist()) + ")"


def test_chain_rule_by_hand():
    p = [0.3, 0.02, 0.1, 0.05, 0.2]
    text = answer("ex:chain-rule-by-hand")
    assert product(p) == pytest.approx(6e-6) and "6times10^{-6}" in text
    total = log_probability(p)
    assert f"{total:.3f}" in text and f"{-nats_to_bits(total):.2f}" in text
    assert f"{round(1 / product(p)):,}" in text
    steps = [int(draw(torch.tensor([q, 1 - q]), torch.tensor(u))) for q, u in zip(p, [0.25, 0.01, 0.3, 0.04, 0.1], strict=True)]
    assert steps.index(1) == 2 and "第三个词就不是“去”" in text


def test_which_knowledge():
    text = answer("ex:which-knowledge")
    assert f"{math.exp(2.9):.0f}倍" in text.replace("$", "").replace("approx", "") and 66 < math.exp(4.2) < 67.5
    assert f"{math.exp(22) / 1e9:.1f}" in text


def test_underflow():
    text = answer("ex:underflow")
    small = torch.full((27,), 0.02).cumprod(0)
    assert small[25] > 0 == small[26] and "第26个" in text
    assert f"{0.02**26 * 1e45:.1f}times10^{{-45}}" in text and f"{0.02**27 * 1e46:.1f}times10^{{-46}}" in text
    assert f"{log_sum_exp([-800, -801, -803]):.3f}" in text and math.exp(-800) == 0
    assert f"{1 + math.exp(-1) + math.exp(-3):.4f}" in text


def test_four_knobs():
    p = torch.tensor([0.5, 0.2, 0.15, 0.1, 0.05], dtype=torch.float64)
    text = answer("ex:four-knobs")
    for q in (temper(p, 0.5), top_k(p, 2), top_p(p, 0.75)):
        assert shown(q) in text
    assert torch.allclose(min_p(p, 0.1), p) and "五个都留" in text
    assert f"{entropy(p.tolist()):.3f}" in text and f"{entropy(temper(p, 0.5).tolist()):.3f}" in text


def test_shannon_bounds():
    lower, upper = entropy_bounds([0.6, 0.2, 0.1, 0.1])
    text = answer("ex:shannon-bounds")
    assert f"{upper:.3f}" in text and f"{lower:.3f}" in text


def test_arithmetic_by_hand():
    p = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64)
    assert ideal_bits([0, 2, 1], lambda h: p) == 5
    low, width = 0.0, 1.0
    for s in (0, 2, 1):
        low, width = low + width * p[:s].sum().item(), width * p[s].item()
    assert (low, low + width) == (7 / 16, 15 / 32)
    assert 0b01110 / 32 == low and 0b0111 / 16 == low


def test_sequence_temperature_at_two():
    first = torch.tensor([0.6, 0.4], dtype=torch.float64)
    second = torch.tensor([[0.5, 0.5], [0.9, 0.1]], dtype=torch.float64)
    text = answer("ex:sequence-temperature")
    assert f"{temper_sequences(first, second, 2)[1, 0]:.3f}" in text
    assert f"{temper_steps(first, second, 2)[1, 0]:.3f}" in text
    assert f"{sum(math.sqrt(x) for x in (0.3, 0.3, 0.36, 0.04)):.3f}" in text
    z = [sum(math.sqrt(x) for x in row) for row in second.tolist()]
    assert f"{z[0]:.3f}" in text and f"{z[1]:.3f}" in text


def test_two_tokenizers():
    text = answer("ex:uniform-perplexity")
    bpb = perplexity_to_bpb(15, 30, 90)
    assert f"{bpb:.3f}" in text and f"{bpb_to_perplexity(bpb, 22, 90):.1f}" in text


def test_the_network_and_the_ngram_share_one_split():
    tang = json.loads((CHAPTER.path / "data/shannon-ngram.json").read_text("utf-8"))["values"]["tang"]
    test = card()["loss"]["test"]
    assert (tang["test_poems"], tang["test_chars"], tang["test_bytes"]) == (test["poems"], test["chars"], test["bytes"])
    assert tang["network_bpb"] == pytest.approx(test["fp16"]["bits_per_byte"], rel=1e-4)
    assert tang["best"] == tang["ngram"]["test"][tang["best_n"] - 1]
    assert tang["best_n"] == 1 + tang["validation"].index(min(tang["validation"]))  # 在验证诗上挑，不在测试诗上
    assert tang["saved_share"] == pytest.approx(1 - tang["network"]["test"] / tang["best"], rel=1e-4)
    assert tang["sizes"]["network"] == math.ceil((tang["network"]["test"] * test["chars"] + 2) / 8)
    assert tang["ngram"]["train"][4] < tang["network"]["train"] < tang["network"]["test"]
    text = CHAPTER.page("information")
    assert round(card()["model"]["parameters"], -4) == 1_200_000 and "120万参数的Transformer" in text
    assert card()["model"]["vocab_size"] == 3072 and "3,072个字" in text
