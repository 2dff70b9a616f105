"""旋转位置编码：手算的数、transformers 的结果、只看距离、长度不变、两种配对、报错。"""

import math

import pytest
import torch

from labs.architecture.attention import attention_weights, scaled_dot_product_attention
from labs.architecture.rope import PAIRINGS, change_pairing, proportional_frequencies, rope_frequencies, rotate

QUARTER = torch.tensor([math.pi / 2])  # 一步转四分之一圈，(x, y) → (−y, x)
# 正文手算用的三个词：W_Q、W_V 是单位阵，K = X W_K
X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
K = X @ torch.tensor([[2.0, 1.0], [0.0, 2.0]])


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def close(actual, expected, atol=1e-12):
    """float64 里几十次乘加，误差在 1e-15 上下；放宽千倍。"""
    torch.testing.assert_close(actual, expected, atol=atol, rtol=0)


# ---- 手算 ----


def third_word_scores(keys, start):
    """第三个词的查询对三把键的得分，位置从 start 数起。"""
    where = torch.arange(start, start + 3)
    return (rotate(X, where, QUARTER) @ rotate(keys, where, QUARTER).T)[2]


def test_quarter_turns_worked_by_hand():
    where = torch.arange(3)
    close(rotate(X, where, QUARTER)[2], torch.tensor([0.0, -1.0]), 1e-6)
    close(rotate(K, where, QUARTER), torch.tensor([[2.0, 1], [-3, 2], [0, -2]]), 1e-6)
    close(third_word_scores(K, 0), torch.tensor([-1.0, -2, 2]), 1e-6)


def test_moving_the_whole_sentence_changes_nothing_and_swapping_two_words_does():
    for start in (1, 7, 100, -5):
        close(third_word_scores(K, start), torch.tensor([-1.0, -2, 2]), 1e-4)
    close(third_word_scores(K[[1, 0, 2]], 0), torch.tensor([-3.0, -2, 2]), 1e-6)


def test_the_outputs_printed_on_the_page():
    """不旋转，对调前两个词，第三个词的输出不变；旋转之后就变了。"""
    swapped = [1, 0, 2]
    plain = [scaled_dot_product_attention(X, K[s], X[s])[2] for s in ([0, 1, 2], swapped)]
    for output in plain:
        close(output, torch.tensor([0.716, 0.860]), 5e-4)  # 页面印三位小数
    expected = ([0.102, 0.050, 0.848], [0.152, 0.898]), ([0.027, 0.054, 0.919], [0.081, 0.946])
    for order, (weights, output) in zip(([0, 1, 2], swapped), expected, strict=True):
        q, k = rotate(X[order], torch.arange(3), QUARTER), rotate(K[order], torch.arange(3), QUARTER)
        close(attention_weights(q, k)[2], torch.tensor(weights), 5e-4)
        close(scaled_dot_product_attention(q, k, X[order])[2], torch.tensor(output), 5e-4)


def test_two_hands_of_a_clock():
    """快的一对 4 步一圈，慢的一对 12 步一圈；q = k，每一对都是 (1, 0)。"""
    theta, x = torch.tensor([math.pi / 2, math.pi / 6], dtype=torch.float64), torch.tensor([1.0, 0, 1, 0]).double()
    keys = rotate(x.expand(13, 4), -torch.arange(13), theta, "interleaved")
    expected = [2, 3**0.5 / 2, -0.5, 0, 0.5]
    close((keys @ x)[:5], torch.tensor(expected, dtype=torch.float64))
    close((keys @ x)[12], torch.tensor(2.0, dtype=torch.float64))
    fast = keys[:, :2] @ x[:2]
    close(fast[0], fast[4])


# ---- 频率 ----


def test_frequencies_of_the_usual_head():
    theta = rope_frequencies(128)
    assert theta.shape == (64,) and theta[0] == 1
    wavelengths = 2 * math.pi / theta
    assert f"{wavelengths[0]:.2f} {wavelengths[32]:.0f} {wavelengths[63]:.0f}" == "6.28 628 54410"
    close(theta[1:] / theta[:-1], (theta[1] / theta[0]).expand(63))  # 等比


def test_partial_rotation_spreads_and_proportional_rotation_cuts():
    """Qwen3.5 转 256 维里的 64 维，Gemma 4 的全局层转 256 对里最快的 64 对。"""
    partial, cut = rope_frequencies(64, 1e7), proportional_frequencies(512, 1e6, 0.25)
    assert (partial.numel(), int((cut > 0).sum()), cut.numel()) == (32, 64, 256)
    assert torch.equal(cut[:64], rope_frequencies(512, 1e6)[:64])
    assert f"{2 * math.pi / partial[-1]:.4g} {2 * math.pi / cut[63]:.0f}" == "3.797e+07 188"
    assert proportional_frequencies(8, 1e4, 1).equal(rope_frequencies(8)) and not proportional_frequencies(8, 1e4, 0).any()


# ---- 对照 transformers ----


def llama_rotary(d_h, base):
    transformers = pytest.importorskip("transformers")
    module = pytest.importorskip("transformers.models.llama.modeling_llama")
    config = transformers.LlamaConfig(
        hidden_size=4 * d_h, num_attention_heads=4, rope_parameters={"rope_type": "default", "rope_theta": base}
    )
    return module, module.LlamaRotaryEmbedding(config)


@pytest.mark.parametrize(("d_h", "base"), [(2, 1e4), (8, 1e4), (128, 5e5)])
def test_agrees_with_transformers(d_h, base):
    module, rotary = llama_rotary(d_h, base)
    q, k = draw(2, 4, 16, d_h, dtype=torch.float32), draw(2, 2, 16, d_h, seed=1, dtype=torch.float32)
    where = torch.stack([torch.arange(16), torch.arange(900, 916)])  # 两句话，位置各数各的
    theirs = module.apply_rotary_pos_emb(q, k, *rotary(q, where))
    theta = rope_frequencies(d_h, base)
    for ours, their in zip((rotate(x, where[:, None], theta) for x in (q, k)), theirs, strict=True):
        # 那边的角度是 float32：位置 915 处差到 915 · 2^−24 ≈ 5e-5 弧度，再乘上约 4 的坐标
        close(ours, their, 3e-4)


def test_partial_rotation_agrees_with_transformers():
    """GPT-NeoX 只转前四分之一，与 Qwen3.5 同一种写法。"""
    transformers = pytest.importorskip("transformers")
    module = pytest.importorskip("transformers.models.gpt_neox.modeling_gpt_neox")
    config = transformers.GPTNeoXConfig(hidden_size=64, num_attention_heads=4, rotary_pct=0.5)
    rotary = module.GPTNeoXRotaryEmbedding(config)
    x = draw(1, 4, 6, 16, dtype=torch.float32)
    theirs, _ = module.apply_rotary_pos_emb(x, x, *rotary(x, torch.arange(6)[None]))
    close(rotate(x, torch.arange(6), rope_frequencies(8)), theirs, 1e-5)


def test_proportional_frequencies_agree_with_transformers():
    transformers = pytest.importorskip("transformers")
    functions = pytest.importorskip("transformers.modeling_rope_utils").ROPE_INIT_FUNCTIONS
    rope = {"rope_type": "proportional", "rope_theta": 1e6, "partial_rotary_factor": 0.25}
    config = transformers.LlamaConfig(hidden_size=2048, num_attention_heads=4, rope_parameters=rope)
    theirs, factor = functions["proportional"](config)
    torch.testing.assert_close(proportional_frequencies(512, 1e6, 0.25).float(), theirs)  # float32 的舍入
    assert factor == 1


def test_interleaved_is_multiplication_by_a_unit_complex_number():
    x, where, theta = draw(3, 5, 8), torch.arange(5), rope_frequencies(8)
    complex_x = torch.view_as_complex(x.unflatten(-1, (4, 2)))
    turned = complex_x * torch.polar(torch.ones(5, 4).double(), torch.outer(where.double(), theta))
    close(rotate(x, where, theta, "interleaved"), torch.view_as_real(turned).flatten(-2))


# ---- 不变量 ----


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("shift", [1, 37, -12, 0.5])
def test_scores_depend_only_on_the_distance(pairing, shift):
    q, k, theta = draw(2, 3, 6, 8), draw(2, 3, 6, 8, seed=1), rope_frequencies(8)
    where = torch.arange(6).double()

    def scores(start):
        turned = [rotate(x, where + start, theta, pairing) for x in (q, k)]
        return turned[0] @ turned[1].transpose(-2, -1)

    close(scores(shift), scores(0), 1e-11)


def test_the_matrix_of_the_difference():
    """⟨R_m q, R_n k⟩ = ⟨R_{m−n} q, k⟩，逐对位置核对。"""
    q, k, theta = draw(1, 6), draw(1, 6, seed=1), rope_frequencies(6, 50)
    for m in range(4):
        for n in range(4):
            both = (rotate(q, torch.tensor([m]), theta) * rotate(k, torch.tensor([n]), theta)).sum()
            close(both, (rotate(q, torch.tensor([m - n]), theta) * k).sum())


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_lengths_are_kept_and_position_zero_is_the_identity(pairing):
    x, theta = draw(4, 7, 10), rope_frequencies(10)
    close(rotate(x, torch.arange(7) * 1000, theta, pairing).norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(rotate(x, torch.zeros(7), theta, pairing), x)


def test_turning_twice_is_turning_once_by_the_sum():
    x, theta = draw(3, 8), rope_frequencies(8)
    twice = rotate(rotate(x, torch.arange(3), theta), torch.tensor([5, 5, 5]), theta)
    close(twice, rotate(x, torch.arange(3) + 5, theta))
    close(rotate(twice, -torch.arange(3) - 5, theta), x)


def test_rotating_only_the_keys_makes_scores_depend_on_where_the_sentence_starts():
    q, k, theta = draw(5, 8), draw(5, 8, seed=1), rope_frequencies(8)
    before, after = (q @ rotate(k, torch.arange(5) + start, theta).T for start in (0, 1))
    assert (before - after).abs().min() > 1e-3
    first, second = (third for third in (X @ rotate(K, torch.arange(3) + s, QUARTER).T for s in (0, 1)))
    close(first[2], torch.tensor([1.0, 2, -2]), 1e-6)  # 练习里的数：只转键
    close(second[2], torch.tensor([2.0, -3, 0]), 1e-6)


def test_values_are_not_rotated_so_a_copy_stays_a_copy():
    """键与查询转了，值没有转：每个位置的值相同时，输出就是那个值。"""
    q, k, theta = draw(6, 4), draw(6, 4, seed=1), rope_frequencies(4)
    v = draw(1, 3, seed=2).expand(6, 3)
    where = torch.arange(6)
    close(scaled_dot_product_attention(rotate(q, where, theta), rotate(k, where, theta), v), v)


def test_the_rest_of_the_head_is_left_alone():
    x, theta = draw(3, 10), rope_frequencies(4)
    for pairing in PAIRINGS:
        turned = rotate(x, torch.arange(3), theta, pairing)
        assert torch.equal(turned[:, 4:], x[:, 4:])
        close(turned[:, :4], rotate(x[:, :4], torch.arange(3), theta, pairing))


@pytest.mark.parametrize("leading", [(), (1,), (2, 3)])
def test_leading_dimensions_are_worked_on_one_by_one(leading):
    x, theta = draw(*leading, 4, 6), rope_frequencies(6)
    out = rotate(x, torch.arange(4), theta)
    flat = [rotate(one, torch.arange(4), theta) for one in x.reshape(-1, 4, 6)]
    assert out.shape == x.shape and torch.equal(out.reshape(-1, 4, 6), torch.stack(flat))


# ---- 两种配对 ----


def test_the_permutation_between_the_pairings():
    x = torch.arange(6.0)
    assert change_pairing(x, "halves", "interleaved").tolist() == [0, 3, 1, 4, 2, 5]
    assert change_pairing(x, "interleaved", "halves").tolist() == [0, 2, 4, 1, 3, 5]
    assert change_pairing(torch.arange(8.0), "halves", "interleaved").tolist() == [0, 4, 1, 5, 2, 6, 3, 7]  # 练习里的排列
    one = torch.tensor([1.0, 2, 3, 4])
    assert (one @ one, change_pairing(one, "halves", "interleaved") @ one) == (30, 29)  # 只换查询，距离 0 就错了
    assert torch.equal(change_pairing(change_pairing(x, "halves", "interleaved"), "interleaved", "halves"), x)
    assert torch.equal(change_pairing(x, "halves", "halves"), x)


def test_the_pairings_agree_after_the_permutation_and_disagree_without_it():
    q, k, theta, where = draw(5, 8), draw(5, 8, seed=1), rope_frequencies(8), torch.arange(5)
    halves = [rotate(x, where, theta, "halves") for x in (q, k)]
    moved = [rotate(change_pairing(x, "halves", "interleaved"), where, theta, "interleaved") for x in (q, k)]
    close(moved[0], change_pairing(halves[0], "halves", "interleaved"))
    close(moved[0] @ moved[1].T, halves[0] @ halves[1].T)
    wrong = [rotate(x, where, theta, "interleaved") for x in (q, k)]
    assert (wrong[0] @ wrong[1].T - halves[0] @ halves[1].T).abs().max() > 0.1


def test_permuting_the_weights_once_is_enough():
    """换权重的输出维（每个头各换一次），等于每次换激活。"""
    x, W = draw(5, 12), draw(12, 16, seed=1)  # 两个头，每头 8 维
    heads = (x @ W).unflatten(-1, (2, 8))
    permuted = change_pairing(W.unflatten(-1, (2, 8)), "halves", "interleaved").flatten(-2)
    close((x @ permuted).unflatten(-1, (2, 8)), change_pairing(heads, "halves", "interleaved"))


# ---- 精度 ----


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_dtype_is_kept(dtype):
    x = draw(3, 8).to(dtype)
    assert rotate(x, torch.arange(3), rope_frequencies(8)).dtype == dtype


def test_far_positions_keep_their_angle():
    """位置 131,071：角度先舍入成 float32，差到千分之四弧度；这里用 float64，差不出 1e-6。"""
    x, where, theta = torch.tensor([[1.0, 0.0]]), torch.tensor([131_071]), rope_frequencies(2)
    exact = torch.tensor([[math.cos(131_071), math.sin(131_071)]])
    close(rotate(x, where, theta), exact.float(), 1e-6)
    # 相邻的 float32 在这里相差 1/128，舍入至多差一半，即 0.004
    assert torch.nextafter(torch.tensor(131_071.0), torch.tensor(1e9)) - 131_071 == 1 / 128
    assert torch.tensor(131_071.0).bfloat16() == 131_072  # bfloat16 连位置本身也存不下


def test_gradients_flow_through_the_rotation():
    x = draw(2, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: rotate(t, torch.arange(3), rope_frequencies(4)), x)


# ---- 报错 ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rope_frequencies(3), "d_rot 应为偶数，两维一对才转得动，得到 3"),
        (lambda: rope_frequencies(0), "d_rot 应为不小于 2 的整数"),
        (lambda: rope_frequencies(4.0), "d_rot 应为不小于 2 的整数"),
        (lambda: rope_frequencies(4, 1), "base 应大于 1，得到 1"),
        (lambda: rope_frequencies(4, math.nan), "base 应大于 1"),
        (lambda: proportional_frequencies(4, 1e4, 1.5), "share 应在 0 到 1 之间，得到 1.5"),
        (lambda: rotate(draw(3, 5), torch.arange(3), QUARTER), "d_h 应为偶数，两维一对才转得动，得到 5"),
        (lambda: rotate(draw(4), torch.arange(1), QUARTER), "x 应为形如"),
        (lambda: rotate(draw(3, 4), torch.arange(3), QUARTER, "pairs"), "pairing 应为 halves、interleaved 之一，得到 'pairs'"),
        (lambda: rotate(draw(3, 4), torch.arange(3), torch.ones(3)), "theta 有 3 对，而 d_h = 4 只装得下 2 对"),
        (lambda: rotate(draw(3, 4), torch.arange(3), torch.ones(1, 2)), "theta 应为形如"),
        (lambda: rotate(draw(3, 4), [0, 1, 2], QUARTER), "positions 应为整数或浮点张量"),
        (lambda: rotate(draw(3, 4), torch.ones(3, dtype=torch.bool), QUARTER), "positions 应为整数或浮点张量"),
        (lambda: rotate(draw(3, 4), torch.arange(4), QUARTER), r"positions 应可广播到 \(3,\)，得到形状 \(4,\)"),
        (lambda: rotate(draw(3, 4), torch.zeros(2, 3), QUARTER), r"positions 应可广播到 \(3,\)，得到形状 \(2, 3\)"),
        (
            lambda: rotate(draw(3, 4), torch.tensor([1, 7, 9]), QUARTER, max_position=8),
            r"位置应在 0 到 7 之间（max_position = 8），得到 9",
        ),
        (lambda: rotate(draw(1, 4), torch.tensor([8]), QUARTER, max_position=8), "得到 8"),
        (lambda: rotate(draw(1, 4), torch.tensor([-1]), QUARTER, max_position=8), "得到 -1"),
        (lambda: rotate(draw(1, 4), torch.tensor([0]), QUARTER, max_position=0), "max_position 应为不小于 1"),
        (lambda: change_pairing(draw(4), "halves", "both"), "pairing 应为"),
        (lambda: change_pairing(draw(4), "both", "halves"), "pairing 应为"),
        (lambda: change_pairing(draw(5), "halves", "interleaved"), r"x.shape\[-1\] 应为偶数"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_maximum_lets_the_last_position_through():
    assert rotate(draw(2, 4), torch.tensor([0, 7]), QUARTER, max_position=8).shape == (2, 4)
