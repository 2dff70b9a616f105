"""练习的数字答案：在这里重算一遍，并且必须一字不差地出现在页面的答案里。"""

import math
import re

import pytest
import torch

from labs.architecture.attention import attention_weights
from labs.architecture.feed_forward import swiglu
from labs.architecture.multi_head import MultiHeadAttention
from labs.architecture.normalization import layer_norm, rms_norm
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
answer = CHAPTER.answer
X = torch.tensor([[1.0, 0], [1, 1], [0, 1]])
K = X @ torch.tensor([[2.0, 1], [0, 2]])


def shown(values: torch.Tensor) -> str:
    return "(" + ",".join(f"{v:.3f}" for v in values.tolist()) + ")"


def test_attention_by_hand():
    weights = attention_weights(X, K)[0]
    text = answer("ex:attention-by-hand")
    assert all(f"{w:.3f}" in text for w in weights.tolist())
    assert shown(weights @ X) in text


def test_score_variance():
    text = answer("ex:score-variance")
    assert f"{math.sqrt(2 * 64):.1f}" in text
    assert 7e4 < math.exp(math.sqrt(128)) < 9e4 and "八万倍" in text
    q, k = torch.randn(2, 200_000, 64, generator=torch.Generator().manual_seed(0))
    other = torch.randn(200_000, 64, generator=torch.Generator().manual_seed(1))
    # 20 万个样本的方差，相对标准误约 √(2/200000) ≈ 0.3%；取五倍。
    assert ((q * k).sum(-1) - (q * other).sum(-1)).var().item() == pytest.approx(128, rel=0.02)


def test_permutation_holds_without_a_mask_and_fails_with_one():
    order = torch.tensor([1, 0, 2])
    plain = attention_weights(X, K) @ X
    assert torch.allclose(attention_weights(X[order], K[order]) @ X[order], plain[order])
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    masked = attention_weights(X, K, causal) @ X
    assert not torch.allclose(attention_weights(X[order], K[order], causal) @ X[order], masked[order])


def test_leaking_masks():
    rows = re.search(r"A=(.*?),\\quad\s*B=(.*?),\\quad\s*C=(.*?)\.\n", (CHAPTER.path / "exercises.md").read_text("utf-8"), re.S)
    masks = [torch.tensor([[int(x) for x in line.split("&")] for line in re.sub(r"\\(begin|end)\{pmatrix\}", "", r).strip().split(r"\\")]) for r in rows.groups()]
    leaks = [bool(m.triu(1).any()) for m in masks]
    empty = [bool((m.sum(1) == 0).any()) for m in masks]
    assert leaks == [False, True, False] and empty == [False, False, True]
    text = answer("ex:leak-test")
    assert "$A$不变，$B$变，$C$不变" in text.replace("改动第$2$个词：", "")


@pytest.mark.parametrize(("heads", "width", "kv"), [(32, 128, 32), (64, 64, 64), (64, 128, 64), (32, 128, 8)])
def test_head_parameters(heads, width, kv):
    total = 2 * 4096 * width * (heads + kv)
    assert f"{total:,}" in answer("ex:head-parameters")
    if heads * width == 4096:
        with torch.device("meta"):
            module = MultiHeadAttention(4096, heads, kv)
        assert sum(p.numel() for p in module.parameters()) == total


def test_feed_forward_by_hand():
    x = torch.tensor([2.0, 1.0])
    w1 = torch.tensor([[1.0, 0, 1], [0, 1, -1]])
    w2 = torch.tensor([[1.0, 1], [0, 1], [2, 0]])
    w3 = torch.tensor([[2.0, 1, -1], [0, 0, 1]])
    text = answer("ex:ffn-by-hand")
    plain = torch.relu(x @ w1) @ w2
    assert "(" + ",".join(f"{v:g}" for v in plain.tolist()) + ")" in text
    assert shown(swiglu(x, w1, w3, w2)) in text


def test_norm_invariance():
    x, one, zero = torch.tensor([1.0, 3, 3, 9]), torch.ones(4), torch.zeros(4)

    def rms(v):
        return rms_norm(v, one, 1e-12)

    def layer(v):
        return layer_norm(v, one, zero, 1e-12)

    assert torch.allclose(rms(2 * x), rms(x)) and torch.allclose(layer(2 * x), layer(x))
    assert not torch.allclose(rms(x + 5), rms(x)) and torch.allclose(layer(x + 5), layer(x), atol=1e-6)
    assert torch.allclose(rms(-x), -rms(x)) and torch.allclose(layer(-x), -layer(x))
    assert rms(torch.full((4,), 2.0)).tolist() == [1, 1, 1, 1] and layer(torch.full((4,), 2.0)).tolist() == [0, 0, 0, 0]


def test_qwen3_8b_parameters():
    d, layers, h, kv, width, ff, vocab = 4096, 36, 32, 8, 128, 12288, 151_936
    attention, feed_forward, norms = 2 * d * width * (h + kv), 3 * d * ff, 2 * d + 2 * width
    block = attention + feed_forward + norms
    embedding = 2 * vocab * d
    total = layers * block + embedding + d
    text = answer("ex:block-parameters")
    for number in (attention, feed_forward, norms, block, layers * block, embedding, total):
        assert f"{number:,}" in text
    assert total == 8_190_735_360  # transformers 按同一配置在 meta 设备上数出的个数
