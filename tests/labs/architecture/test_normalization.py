"""归一化：手算的数、torch 的结果、平移与缩放的不变性。"""

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.normalization import LayerNorm, RMSNorm, layer_norm, rms_norm

WORD = torch.tensor([1.0, 3.0, 3.0, 9.0])  # 平均 4，方差 9，均方 25
ONES, ZEROS = torch.ones(4), torch.zeros(4)
HALF = [torch.float16, torch.bfloat16]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(actual, expected, atol=1e-5):
    """float32 的几项之和；手算不计 ε = 1e-6，它在这里只影响第七位。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def test_worked_example_of_rms_norm():
    close(rms_norm(WORD, ONES), torch.tensor([0.2, 0.6, 0.6, 1.8]))


def test_worked_example_of_layer_norm():
    close(layer_norm(WORD, ONES, ZEROS), torch.tensor([-1, -1 / 3, -1 / 3, 5 / 3]))


# ---- 对照 torch ----


@pytest.mark.parametrize("shape", [(8,), (3, 8), (2, 3, 8)])
@pytest.mark.parametrize("eps", [1e-6, 0.1])
def test_both_agree_with_torch(shape, eps):
    x, gain, bias = draw(*shape) * 3 + 1, draw(8, seed=1), draw(8, seed=2)
    close(rms_norm(x, gain, eps), F.rms_norm(x, (8,), gain, eps))
    close(layer_norm(x, gain, bias, eps), F.layer_norm(x, (8,), gain, bias, eps))


def test_gradients_agree_with_torch():
    x, gain, bias = (draw(*s).double().requires_grad_() for s in [(3, 8), (8,), (8,)])
    pairs = [
        (rms_norm(x, gain, 1e-6), F.rms_norm(x, (8,), gain, 1e-6), [x, gain]),
        (layer_norm(x, gain, bias, 1e-6), F.layer_norm(x, (8,), gain, bias, 1e-6), [x, gain, bias]),
    ]
    for ours, theirs, inputs in pairs:
        expected = torch.autograd.grad(theirs.pow(3).sum(), inputs)
        for a, b in zip(torch.autograd.grad(ours.pow(3).sum(), inputs), expected, strict=True):
            torch.testing.assert_close(a, b)


def test_the_default_eps_is_one_millionth():
    tiny = torch.full((4,), 1e-3)  # 均方 1e-6，与 ε 相当
    close(rms_norm(tiny, ONES), torch.full((4,), 0.5**0.5))
    close(RMSNorm(4)(tiny), torch.full((4,), 0.5**0.5))
    wave = torch.tensor([1e-3, -1e-3, 1e-3, -1e-3])
    close(layer_norm(wave, ONES, ZEROS), 0.5**0.5 * wave.sign())
    close(LayerNorm(4)(wave), 0.5**0.5 * wave.sign())


# ---- 模块 ----


def test_modules_start_as_the_plain_functions():
    x = draw(2, 3, 4)
    close(RMSNorm(4)(x), rms_norm(x, ONES))
    close(LayerNorm(4)(x), layer_norm(x, ONES, ZEROS))


def test_modules_use_their_own_gain_bias_and_eps():
    x, gain, bias = draw(3, 4), draw(4, seed=1), draw(4, seed=2)
    rms, layer = RMSNorm(4, eps=0.5), LayerNorm(4, eps=0.5)
    with torch.no_grad():
        rms.gain.copy_(gain)
        layer.gain.copy_(gain)
        layer.bias.copy_(bias)
    close(rms(x), rms_norm(x, gain, 0.5))
    close(layer(x), layer_norm(x, gain, bias, 0.5))


def test_parameters_are_one_or_two_vectors():
    assert [(n, p.numel()) for n, p in RMSNorm(6).named_parameters()] == [("gain", 6)]
    assert [(n, p.numel()) for n, p in LayerNorm(6).named_parameters()] == [("gain", 6), ("bias", 6)]


# ---- 不变量 ----


def test_shifting_every_number_matters_only_to_rms_norm():
    close(layer_norm(WORD + 10, ONES, ZEROS), layer_norm(WORD, ONES, ZEROS))
    assert not torch.isclose(rms_norm(WORD + 10, ONES), rms_norm(WORD, ONES), atol=0.1).all()


def test_scaling_matters_to_neither():
    close(layer_norm(WORD * 10, ONES, ZEROS), layer_norm(WORD, ONES, ZEROS))
    close(rms_norm(WORD * 10, ONES), rms_norm(WORD, ONES))


def test_the_result_has_unit_size():
    x = draw(5, 64) * 7 + 2
    close(rms_norm(x, torch.ones(64)).square().mean(-1), torch.ones(5))
    y = layer_norm(x, torch.ones(64), torch.zeros(64))
    close(y.mean(-1), torch.zeros(5))
    close(y.square().mean(-1), torch.ones(5))


def test_on_centred_vectors_both_are_the_same():
    x = draw(5, 8)
    x = x - x.mean(-1, keepdim=True)
    close(rms_norm(x, torch.ones(8)), layer_norm(x, torch.ones(8), torch.zeros(8)))


def test_each_word_is_normalised_alone():
    x = draw(2, 5, 4)
    close(rms_norm(x, ONES)[1, 2], rms_norm(x[1, 2], ONES))
    close(layer_norm(x, ONES, ZEROS)[1, 2], layer_norm(x[1, 2], ONES, ZEROS))


def test_the_zero_vector_stays_zero():
    assert rms_norm(ZEROS, ONES).tolist() == [0] * 4
    assert layer_norm(ZEROS, ONES, ZEROS).tolist() == [0] * 4


# ---- 精度 ----


@pytest.mark.parametrize("dtype", [*HALF, torch.float32, torch.float64])
def test_the_dtype_is_kept(dtype):
    x = WORD.to(dtype)
    assert rms_norm(x, ONES).dtype == dtype
    assert layer_norm(x, ONES, ZEROS).dtype == dtype


def test_float16_squares_that_would_overflow_do_not():
    x = torch.tensor([300.0, -300.0], dtype=torch.float16)  # 平方 90 000，超过 65 504
    one, zero = torch.ones(2), torch.zeros(2)
    assert rms_norm(x, one).tolist() == [1, -1]
    assert layer_norm(x, one, zero).tolist() == [1, -1]


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rms_norm(WORD, torch.ones(3)), r"^x 应为形如 \(…, 3\)"),
        (lambda: rms_norm(WORD, torch.ones(1, 4)), r"^gain 应为形如 \(d_model\)"),
        (lambda: rms_norm(WORD, ONES, 0), "^eps 应为正数，得到 0"),
        (lambda: rms_norm(WORD, ONES, float("nan")), "^eps 应为正数"),
        (lambda: layer_norm(WORD, torch.ones(3), torch.zeros(3)), r"^x 应为形如 \(…, 3\)"),
        (lambda: layer_norm(WORD, torch.ones(1, 4), ZEROS), "^gain 应为形如"),
        (lambda: layer_norm(WORD, ONES, torch.zeros(3)), r"^bias 应为形如 \(4\)"),
        (lambda: layer_norm(WORD, ONES, torch.zeros(1, 4)), "^bias 应为形如"),
        (lambda: layer_norm(WORD, ONES, ZEROS, -1e-6), "^eps 应为正数"),
        (lambda: RMSNorm(0), "^d_model 应为"),
        (lambda: RMSNorm(4, 0), "^eps 应为正数"),
        (lambda: LayerNorm(4, 0), "^eps 应为正数"),
        (lambda: LayerNorm(-1), "^d_model 应为"),
        (lambda: RMSNorm(4)(draw(3, 5)), r"^x 应为形如 \(…, 4\)"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
