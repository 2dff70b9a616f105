"""掩码扩散的损失：手算的两个字，能枚举的联合分布，任意次序的平均，抽样与出错。"""

import math
from itertools import permutations, product

import pytest
import torch
from torch import nn

from labs.architecture.masked_diffusion import (
    MASK,
    JointModel,
    counted_loss,
    diffusion_loss,
    exact_loss,
    mask_tokens,
    masked_nll,
    order_log_probs,
)
from labs.architecture.transformer_block import TransformerBlock

CITY = JointModel(torch.eye(2, dtype=torch.float64) / 2)  # “重庆”(0, 0) 与“成都”(1, 1) 各一半


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random_joint(T=3, V=2, seed=0):
    joint = torch.rand((V,) * T, generator=generator(seed), dtype=torch.float64) + 0.05
    return joint / joint.sum()


class Table:
    """不自洽的模型：每一种遮法各有一套随手写的概率，彼此没有关系。"""

    def __init__(self, T, V=2, seed=0):
        states = list(product([MASK, *range(V)], repeat=T))
        self.rows = {z: i for i, z in enumerate(states)}
        scores = torch.randn(len(states), T, V, generator=generator(seed), dtype=torch.float64)
        self.log_probs = scores.log_softmax(2)

    def __call__(self, z):
        return self.log_probs[[self.rows[tuple(row)] for row in z.tolist()]]


class Hand:
    """正文里不自洽的例子：先左后右 1/2 · 0.9，先右后左 1/2 · 0.4。"""

    def __call__(self, z):
        given = {(MASK, MASK): ([0.5, 0.5], [0.5, 0.5]), (0, MASK): ([1, 0], [0.9, 0.1]), (MASK, 0): ([0.4, 0.6], [1, 0])}
        return torch.tensor([given[tuple(row)] for row in z.tolist()], dtype=torch.float64).log()


# ---- 手算 ----


@pytest.mark.parametrize("x", [[0, 0], [1, 1]])
def test_two_characters_cost_one_bit_although_the_model_never_sees_both(x):
    assert exact_loss(CITY, torch.tensor([x])).item() == pytest.approx(math.log(2))


def test_the_three_masks_of_the_worked_example():
    x = torch.tensor([[0, 0]] * 3)
    z = torch.tensor([[MASK, 0], [0, MASK], [MASK, MASK]])
    assert masked_nll(CITY, x, z).tolist() == pytest.approx([0, 0, 2 * math.log(2)])


def test_an_inconsistent_model_has_a_loss_above_its_own_likelihood():
    x = torch.tensor([[0, 0]])
    assert order_log_probs(Hand(), x).exp().tolist() == pytest.approx([0.45, 0.2])
    assert math.exp(-exact_loss(Hand(), x)) == pytest.approx(0.300, abs=1e-9)  # √(0.45 · 0.2)
    assert order_log_probs(Hand(), x).exp().mean().item() == pytest.approx(0.325)


def test_impossible_text_costs_infinity():
    assert exact_loss(CITY, torch.tensor([[0, 1]])).item() == math.inf


# ---- 能枚举的联合分布 ----


@pytest.mark.parametrize("seed", range(4))
def test_a_perfect_model_has_exactly_the_negative_log_likelihood(seed):
    joint = random_joint(seed=seed)
    for x in product(range(2), repeat=3):
        tokens = torch.tensor([x])
        assert exact_loss(JointModel(joint), tokens).item() == pytest.approx(-math.log(joint[x]))
        assert order_log_probs(JointModel(joint), tokens).tolist() == pytest.approx([math.log(joint[x])] * 6)


def test_conditionals_are_those_of_enumeration():
    joint = random_joint(T=3, V=3)
    model = JointModel(joint)
    for z in product([MASK, 0, 1, 2], repeat=3):
        rows = [x for x in product(range(3), repeat=3) if all(a in (MASK, b) for a, b in zip(z, x, strict=True))]
        total = sum(joint[x] for x in rows)
        for i, v in product(range(3), range(3)):
            want = sum(joint[x] for x in rows if x[i] == v) / total
            assert model(torch.tensor([z]))[0, i, v].exp().item() == pytest.approx(float(want))


def test_an_unseen_context_is_answered_uniformly():
    assert CITY(torch.tensor([[0, 1]])).exp().tolist() == [[[0.5, 0.5], [0.5, 0.5]]]


@pytest.mark.parametrize("T", [1, 2, 3, 4])
def test_a_uniform_model_costs_ln_v_per_token(T):
    uniform = JointModel(torch.full((3,) * T, 3.0**-T, dtype=torch.float64))
    assert exact_loss(uniform, torch.zeros(1, T, dtype=torch.int64)).item() == pytest.approx(T * math.log(3))


# ---- 任意次序 ----


@pytest.mark.parametrize("T", [2, 3, 4])
def test_the_weighted_masks_are_the_average_over_all_orders(T):
    x = torch.randint(2, (1, T), generator=generator(T))
    orders = order_log_probs(Table(T), x)
    assert len(orders) == math.factorial(T)
    assert exact_loss(Table(T), x).item() == pytest.approx(-orders.mean().item())
    assert exact_loss(Table(T), x) > -orders.exp().mean().log()  # 严格大于：各次序不一致


def test_the_order_of_the_results_is_that_of_permutations():
    x = torch.tensor([[1, 0, 1]])
    model = Table(3, seed=5)
    for order, found in zip(permutations(range(3)), order_log_probs(model, x), strict=True):
        z, total = [MASK] * 3, 0.0
        for i in order:
            total += model(torch.tensor([z]))[0, i, x[0, i]].item()
            z[i] = x[0, i].item()
        assert found.item() == pytest.approx(total)


@pytest.mark.parametrize(("T", "m"), [(2, 1), (2, 2), (5, 1), (5, 3), (7, 7)])
def test_the_weight_is_the_integral_over_t(T, m):
    t = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000  # 中点法，误差约 1e−10
    assert (t ** (m - 1) * (1 - t) ** (T - m)).mean().item() == pytest.approx(1 / (m * math.comb(T, m)))


# ---- 抽样 ----


def test_each_token_is_masked_independently_with_its_own_rate():
    x = torch.arange(4000).expand(3, 4000).contiguous()
    z = mask_tokens(x, torch.tensor([0.2, 0.7, 1.0]), generator())
    assert torch.equal(z[z != MASK], x[z != MASK])
    rates = (z == MASK).double().mean(1).tolist()
    assert rates == pytest.approx([0.2, 0.7, 1.0], abs=0.03)  # 标准差不超过 0.008，留近四倍
    both = ((z[1, ::2] == MASK) & (z[1, 1::2] == MASK)).double().mean().item()
    assert both == pytest.approx(0.49, abs=0.04)


def test_both_estimators_average_to_the_exact_loss():
    N, x = 40_000, torch.tensor([[1, 0, 1]])
    model, g = Table(3, seed=2), generator(1)
    exact = exact_loss(model, x).item()
    by_rate = diffusion_loss(model, x.expand(N, 3), 1 - torch.rand(N, generator=g), g)
    by_count = counted_loss(model, x.expand(N, 3), torch.randint(1, 4, (N,), generator=g), g)
    for found in (by_rate, by_count):
        assert found.mean().item() == pytest.approx(exact, abs=5 * found.std().item() / N**0.5)
    assert by_count.var() < 0.5 * by_rate.var()  # 方差小一半以上


def test_a_single_draw_divides_by_t():
    x = torch.tensor([[0, 0]])
    assert diffusion_loss(CITY, x, torch.tensor([1.0])).item() == pytest.approx(2 * math.log(2))
    half = diffusion_loss(JointModel(torch.full((2, 2), 0.25)), x, torch.tensor([0.5]), generator(3)).item()
    assert half / math.log(2) in [pytest.approx(k) for k in (0, 2, 4)]


def test_exactly_m_tokens_are_masked_and_the_loss_is_scaled():
    uniform = JointModel(torch.full((2,) * 4, 2.0**-4, dtype=torch.float64))
    x = torch.zeros(4, 4, dtype=torch.int64)
    loss = counted_loss(uniform, x, torch.tensor([1, 2, 3, 4]), generator())
    assert loss.tolist() == pytest.approx([4 * math.log(2)] * 4)  # 遮 m 个，每个 ln 2，乘 4/m


def test_a_transformer_without_a_causal_mask_is_a_model():
    torch.manual_seed(0)
    embed, block, head = nn.Embedding(4, 8), TransformerBlock(8, 2, 16), nn.Linear(8, 3)

    def model(z):
        position = torch.arange(z.shape[1]) / 10  # 没有位置，各位置的预测会一样
        return head(block(embed(z % 4) + position[:, None])).log_softmax(2)  # −1 % 4 = 3，即 [M]

    x = torch.tensor([[0, 2, 1]])
    loss = exact_loss(model, x)
    orders = order_log_probs(model, x)
    assert loss.item() == pytest.approx(-orders.mean().item(), rel=1e-5)
    assert loss > -orders.exp().mean().log()
    diffusion_loss(model, x, torch.tensor([0.9]), generator()).sum().backward()
    assert embed.weight.grad[3].any()


# ---- 出错 ----

X = torch.zeros(2, 3, dtype=torch.int64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mask_tokens(X.float(), torch.ones(2)), "x 应为形如"),
        (lambda: mask_tokens(X[0], torch.ones(2)), "x 应为形如"),
        (lambda: mask_tokens(X - 1, torch.ones(2)), "x 应为形如"),
        (lambda: mask_tokens([[0]], torch.ones(1)), "x 应为形如"),
        (lambda: mask_tokens(X[:, :0], torch.ones(2)), "x 应为形如"),
        (lambda: mask_tokens(X, torch.ones(3)), "t 应为形如"),
        (lambda: mask_tokens(X, torch.tensor([0.0, 0.5])), r"t 应为形如 \(2,\)"),
        (lambda: mask_tokens(X, torch.tensor([0.5, 1.1])), r"t 应为形如 \(2,\)"),
        (lambda: counted_loss(CITY, X, torch.tensor([0, 1])), "m 应为形如"),
        (lambda: counted_loss(CITY, X, torch.tensor([1, 4])), r"1 到 3 之间"),
        (lambda: counted_loss(CITY, X, torch.tensor([1])), "m 应为形如"),
        (lambda: counted_loss(CITY, X - 1, torch.tensor([1, 1])), "x 应为形如"),
        (lambda: exact_loss(CITY, X.float()), "x 应为形如"),
        (lambda: order_log_probs(CITY, X.float()), "x 应为形如"),
        (lambda: CITY(torch.tensor([[-2, 0]])), "z 应为形如"),
        (lambda: JointModel(torch.ones(2, 2)), "joint 应每维等长、非负、和为 1"),
        (lambda: JointModel(torch.full((2, 3), 1 / 6)), "joint 应每维等长"),
        (lambda: JointModel(torch.tensor([1.5, -0.5])), "joint 应每维等长"),
        (lambda: JointModel(torch.tensor(1.0)), "joint 应每维等长"),
        (lambda: JointModel(torch.ones(1, 1)), "V 应为不小于 2"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
