"""前馈网络：手算的数、键值记忆的读法、与 torch 函数的对照、参数量。"""

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.feed_forward import FeedForward, SwiGLU, key_value_memory, swiglu, swiglu_width

# 正文手算用的一个词与几个矩阵
x = torch.tensor([1.0, 2.0])
W_1 = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]])
W_3 = torch.tensor([[2.0, 1.0, -1.0], [0.0, 0.0, 1.0]])
W_2 = torch.tensor([[1.0, 1.0], [0.0, 1.0], [2.0, 0.0]])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(actual, expected, atol=1e-5):
    """float32 的十几项之和，误差在 1e-6 上下；留十倍。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_worked_example_of_the_relu_network_read_as_a_memory():
    coefficients, out = key_value_memory(x, W_1.T, W_2)
    assert (x @ W_1).tolist() == [1, 2, -1]
    assert coefficients.tolist() == [1, 2, 0]  # 第三把键的内积是 −1，不取
    assert out.tolist() == [1, 3]


def test_worked_example_of_swiglu():
    assert (x @ W_3).tolist() == [2, 1, 1]
    gated = torch.tensor([1.462, 1.762, -0.269])
    close(F.silu(x @ W_1) * (x @ W_3), gated, atol=5e-4)
    close(swiglu(x, W_1, W_3, W_2), torch.tensor([0.924, 3.224]), atol=5e-4)


# ---- 对照 ----


@pytest.mark.parametrize(("name", "function"), [("relu", F.relu), ("gelu", F.gelu)])
def test_the_plain_network_agrees_with_torch_functions(name, function):
    network, inputs = FeedForward(6, 10, name), draw(2, 5, 6)
    expected = F.linear(function(F.linear(inputs, network.W_1.weight)), network.W_2.weight)
    close(network(inputs), expected)


def test_relu_is_the_default():
    network = FeedForward(6, 10)
    close(
        network(draw(3, 6)),
        F.linear(F.linear(draw(3, 6), network.W_1.weight).clamp(min=0), network.W_2.weight),
    )


def test_a_relu_network_is_a_memory_of_keys_and_values():
    network, inputs = FeedForward(6, 10), draw(2, 5, 6)
    coefficients, out = key_value_memory(inputs, network.W_1.weight, network.W_2.weight.T)
    assert coefficients.shape == (2, 5, 10) and (coefficients >= 0).all()
    close(network(inputs), out)
    by_hand = sum(coefficients[..., i, None] * network.W_2.weight[:, i] for i in range(10))  # 逐条相加
    close(out, by_hand)


def test_swiglu_follows_its_formula_term_by_term():
    a, b, c, inputs = draw(4, 7, seed=1), draw(4, 7, seed=2), draw(7, 4, seed=3), draw(3, 4)
    gate = inputs @ a / (1 + torch.exp(-(inputs @ a)))
    close(swiglu(inputs, a, b, c), (gate * (inputs @ b)) @ c)


def test_the_function_and_the_module_agree():
    network, inputs = SwiGLU(6, 10), draw(2, 5, 6)
    close(network(inputs), swiglu(inputs, network.W_1.weight.T, network.W_3.weight.T, network.W_2.weight.T))


# ---- 不变量 ----


@pytest.mark.parametrize("network", [FeedForward(6, 10), FeedForward(6, 10, "gelu"), SwiGLU(6, 10)])
def test_each_word_is_processed_alone(network):
    inputs = draw(2, 5, 6)
    together = network(inputs)
    assert together.shape == inputs.shape
    close(together[1, 3], network(inputs[1, 3]))


def test_a_closed_gate_lets_nothing_through():
    a = torch.full((2, 3), -100.0)  # x W_1 = −300，SiLU 几乎为 0
    close(swiglu(x, a, W_3, W_2), torch.zeros(2))


def test_parameter_counts_follow_the_formulas():
    d_model, d_ff = 6, 10
    assert sum(p.numel() for p in FeedForward(d_model, d_ff).parameters()) == 2 * d_model * d_ff
    assert sum(p.numel() for p in SwiGLU(d_model, d_ff).parameters()) == 3 * d_model * d_ff


@pytest.mark.parametrize(
    ("d_model", "multiple_of", "expected"),
    [
        (3, 1, 8),
        (6, 1, 16),
        (768, 1, 2048),
        (4, 1, 11),
        (4096, 256, 11008),
        (4096, 1, 10923),
        (3, 8, 8),
        (3, 9, 9),
    ],
)
def test_the_width_of_swiglu_rounds_up(d_model, multiple_of, expected):
    assert swiglu_width(d_model, multiple_of) == expected  # 4096、256 → 11008 是 Llama-2-7B 的取法


def test_the_width_of_swiglu_is_exact_by_default():
    assert swiglu_width(4) == 11


@pytest.mark.parametrize("d_model", [3, 300, 768])
def test_the_width_makes_both_networks_equally_large(d_model):
    plain = sum(p.numel() for p in FeedForward(d_model, 4 * d_model).parameters())
    gated = sum(p.numel() for p in SwiGLU(d_model, swiglu_width(d_model)).parameters())
    assert plain == gated


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeedForward(0, 4), "^d_model 应为不小于 1"),
        (lambda: FeedForward(4, 0), "^d_ff 应为不小于 1"),
        (lambda: FeedForward(4, 4, "tanh"), "^activation 应为 relu、gelu 之一，得到 'tanh'"),
        (lambda: FeedForward(4, 4)(draw(3, 5)), r"^x 应为形如 \(…, 4\)"),
        (lambda: SwiGLU(0, 4), "^d_model 应为"),
        (lambda: SwiGLU(4, 0), "^d_ff 应为"),
        (lambda: SwiGLU(4, 4)(draw(3, 5)), r"^x 应为形如 \(…, 4\)"),
        (lambda: key_value_memory(x, W_2[0], W_2), "^keys 应为形如"),
        (lambda: key_value_memory(x, W_2[None], W_2), "^keys 应为形如"),
        (lambda: key_value_memory(x, W_2, W_2[:2]), r"^values 应为形如 \(3, 2\)"),
        (lambda: key_value_memory(draw(3), W_2, W_2), r"^x 应为形如 \(…, 2\)"),
        (lambda: swiglu(x, W_1[0], W_3, W_2), "^W_1 应为形如"),
        (lambda: swiglu(x, W_1, W_2, W_2), r"^W_3 应为形如 \(2, 3\)"),
        (lambda: swiglu(x, W_1, W_3, W_1), r"^W_2 应为形如 \(3, 2\)"),
        (lambda: swiglu(draw(3), W_1, W_3, W_2), r"^x 应为形如 \(…, 2\)"),
        (lambda: swiglu(x, W_1[None], W_3, W_2), "^W_1 应为形如"),
        (lambda: swiglu_width(0), "^d_model 应为"),
        (lambda: swiglu_width(4, 0), "^multiple_of 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
