"""并行揭开：手算的错误率，精确分布与抽样，总相关的恒等式，按熵限额，出错。"""

import math
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
import torch

from labs.architecture.masked_diffusion import MASK, JointModel
from labs.architecture.unmasking import (
    confidence,
    entropy_bound,
    fixed_order,
    output_distribution,
    random_order,
    sample,
    tickets,
    top_sets,
    wrong_probability,
)
from tests.labs.pages import assert_up_to_date, figure_script

CITY, FOUR = tickets(1), tickets(4)
FIRST = [0, 2, 4, 6, 1, 3, 5, 7]


def random_joint(T=3, V=2, seed=0):
    joint = torch.rand((V,) * T, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.05
    return joint / joint.sum()


def wrong(rule, joint=FOUR):
    return wrong_probability(joint, output_distribution(JointModel(joint), joint.dim(), rule)[0])


def entropy(p):
    return torch.special.entr(p).sum().item()


def kl(joint, distribution):
    return sum(p * math.log(p / distribution[x]) for x in product(range(joint.shape[0]), repeat=joint.dim()) if (p := joint[x].item()) > 0)


# ---- 手算 ----


def test_two_characters_at_once_are_wrong_half_of_the_time():
    distribution, steps = output_distribution(JointModel(CITY), 2, random_order(2))
    assert distribution == {x: pytest.approx(1 / 4) for x in product((0, 1), repeat=2)} and steps == 1
    assert wrong_probability(CITY, distribution) == pytest.approx(1 / 2)
    assert kl(CITY, distribution) == pytest.approx(math.log(2))


@pytest.mark.parametrize("rule", [random_order(1), confidence(1), fixed_order([1, 0], 1), entropy_bound(0.1)])
def test_one_at_a_time_gives_the_true_distribution(rule):
    distribution, steps = output_distribution(JointModel(CITY), 2, rule)
    assert distribution == {(0, 0): pytest.approx(1 / 2), (1, 1): pytest.approx(1 / 2)} and steps == 2


def test_four_tickets_random_pairs_are_counted_by_matchings():
    # 8 个字随机配成 4 对，共 105 种；恰有 0、1、2、4 对与车票重合的是 60、32、12、1 种
    right = Fraction(60 + Fraction(32, 2) + Fraction(12, 4) + Fraction(1, 16), 105)
    assert wrong(random_order(2)) == pytest.approx(float(1 - right)) == pytest.approx(0.247, abs=5e-4)


def test_four_tickets_random_halves_are_counted_by_subsets():
    # 8 选 4 共 70 种：16 种没有整张，48 种各含一张整的，6 种各含两张整的
    right = Fraction(16 + Fraction(48, 4) + Fraction(6, 16), 70)
    for rule in (random_order(4), confidence(4)):
        assert wrong(rule) == pytest.approx(float(1 - right)) == pytest.approx(0.595, abs=5e-4)


def test_confidence_wastes_its_places_on_characters_that_were_certain_anyway():
    right = [Fraction(1), Fraction(1, 2)]  # 剩 k 张没动过的车票时全对的概率
    for k in (2, 3, 4):
        right.append(Fraction(1, 2 * (2 * k - 1)) * right[k - 1] + Fraction(2 * k - 2, 2 * k - 1) * right[k - 2])
    assert wrong(confidence(2)) == pytest.approx(float(1 - right[4])) == pytest.approx(0.323, abs=5e-4)
    assert wrong(confidence(2)) > wrong(random_order(2))


@pytest.mark.parametrize("n", [2, 4, 8])
def test_left_to_right_blocks_always_guess_whole_tickets(n):
    assert wrong(fixed_order(range(8), n)) == pytest.approx(15 / 16)


@pytest.mark.parametrize(("n", "error"), [(1, 0), (2, 0), (4, 0), (8, 15 / 16)])
def test_first_characters_first_needs_only_two_steps(n, error):
    assert wrong(fixed_order(FIRST, n)) == pytest.approx(error)
    assert output_distribution(JointModel(FOUR), 8, fixed_order(FIRST, n))[1] == pytest.approx(8 / n)


def test_the_entropy_bound_finds_five_steps_without_an_error():
    distribution, steps = output_distribution(JointModel(FOUR), 8, entropy_bound(0.1))
    assert wrong_probability(FOUR, distribution) == 0 and steps == pytest.approx(5)
    assert len(distribution) == 16


# ---- 恒等式与不变量 ----


@pytest.mark.parametrize("rule", [random_order(1), confidence(1), fixed_order([2, 0, 1], 1)])
def test_any_order_one_at_a_time_is_exact_for_any_joint(rule):
    joint = random_joint(T=3, V=3)
    distribution, _ = output_distribution(JointModel(joint), 3, rule)
    assert distribution == {x: pytest.approx(joint[x].item()) for x in product(range(3), repeat=3)}


@pytest.mark.parametrize("seed", range(3))
def test_the_divergence_is_the_sum_of_total_correlations(seed):
    joint = random_joint(T=4, seed=seed)
    # 先一起揭 0、2，再一起揭 1、3
    pair = joint.sum((1, 3))
    first = entropy(pair.sum(1)) + entropy(pair.sum(0)) - entropy(pair)
    second = 0.0
    for a, b in product((0, 1), repeat=2):
        rest = joint[a, :, b, :] / pair[a, b]
        second += pair[a, b].item() * (entropy(rest.sum(1)) + entropy(rest.sum(0)) - entropy(rest))
    found = kl(joint, output_distribution(JointModel(joint), 4, fixed_order([0, 2, 1, 3], 2))[0])
    assert found == pytest.approx(first + second)


def test_a_random_choice_does_at_least_as_well_as_its_average():
    joint = random_joint(T=3, seed=7)
    fixed = [kl(joint, output_distribution(JointModel(joint), 3, fixed_order(o, 2))[0]) for o in ([0, 1, 2], [0, 2, 1], [1, 2, 0])]
    assert kl(joint, output_distribution(JointModel(joint), 3, random_order(2))[0]) <= sum(fixed) / 3 + 1e-12


@pytest.mark.parametrize("limit", [0.0, 0.3, 0.8, 1.6, 3.0])
def test_the_entropy_bound_bounds_the_total_correlation(limit):
    joint = random_joint(T=4, seed=1)
    probs = JointModel(joint)(torch.full((1, 4), MASK))[0].exp()
    (chosen,) = entropy_bound(limit)(probs, [0, 1, 2, 3])
    others = [i for i in range(4) if i not in chosen]
    together = joint.sum(others) if others else joint
    each = [entropy(probs[i]) for i in chosen]
    assert sum(each) - entropy(together) <= sum(each) - max(each) + 1e-12 <= limit + 1e-8
    rising = sorted(entropy(p) for p in probs)
    assert len(chosen) == max(k for k in range(1, 5) if sum(rising[: k - 1]) <= limit)
    assert sum(each) == pytest.approx(sum(rising[: len(chosen)]))


def test_distributions_sum_to_one():
    for rule in (random_order(3), confidence(3), entropy_bound(0.7)):
        distribution, _ = output_distribution(JointModel(FOUR), 8, rule)
        assert sum(distribution.values()) == pytest.approx(1)


def test_samples_follow_the_exact_distribution():
    joint, N = random_joint(T=3, seed=3), 4000
    generator = torch.Generator().manual_seed(0)
    exact, mean_steps = output_distribution(JointModel(joint), 3, random_order(2))
    drawn = [sample(JointModel(joint), 3, random_order(2), generator) for _ in range(N)]
    counts = Counter(tuple(z[0].tolist()) for z, _ in drawn)
    assert {steps for _, steps in drawn} == {2} and mean_steps == pytest.approx(2)
    for x, p in exact.items():
        assert counts[x] / N == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / N))  # 四倍标准差


def test_sampling_one_by_one_never_writes_a_wrong_ticket():
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        z, steps = sample(JointModel(FOUR), 8, confidence(1), generator)
        assert steps == 8 and torch.equal(z[0, ::2], z[0, 1::2])


# ---- 规则 ----


def test_ties_are_listed_only_among_the_tied():
    assert top_sets(torch.tensor([0.9, 0.5, 0.5, 0.1]), [0, 1, 2, 3], 2) == [(0, 1), (0, 2)]
    assert top_sets(torch.tensor([0.9, 0.5, 0.5, 0.1]), [1, 2, 3], 2) == [(1, 2)]
    assert top_sets(torch.tensor([0.9, 0.5, 0.5, 0.1]), [0, 3], 1) == [(0,)]


def test_the_last_step_takes_what_is_left():
    probs = torch.full((3, 2), 0.5)
    assert random_order(2)(probs, [1]) == confidence(2)(probs, [1]) == fixed_order([0, 1, 2], 2)(probs, [1]) == [(1,)]
    assert random_order(2)(probs, [0, 1, 2]) == [(0, 1), (0, 2), (1, 2)]
    assert fixed_order([2, 0, 1], 2)(probs, [0, 1, 2]) == [(2, 0)]


def test_tickets_are_independent_of_each_other():
    assert tickets(1).tolist() == [[0.5, 0], [0, 0.5]]
    assert tickets(2)[0, 0, 1, 1] == 0.25 and tickets(2)[0, 1, 1, 1] == 0 and FOUR.sum() == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_order(0), "n 应为不小于 1"),
        (lambda: confidence(0), "n 应为不小于 1"),
        (lambda: fixed_order([0, 1], 0), "n 应为不小于 1"),
        (lambda: fixed_order([0, 2], 1), "order 应为 0 到 1 的一个排列"),
        (lambda: entropy_bound(-0.1), "limit 应为不小于 0"),
        (lambda: entropy_bound(math.nan), "limit 应为不小于 0"),
        (lambda: sample(JointModel(CITY), 0, random_order(1)), "T 应为不小于 1"),
        (lambda: output_distribution(JointModel(CITY), 0, random_order(1)), "T 应为不小于 1"),
        (lambda: sample(JointModel(CITY), 2, lambda probs, masked: []), "rule 每步应至少挑一个位置"),
        (lambda: output_distribution(JointModel(CITY), 2, lambda probs, masked: [()]), r"对还遮着的 \[0, 1\]"),
        (lambda: tickets(0), "count 应为不小于 1"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---- 页面上的图与数 ----


def test_committed_figure_and_data_are_those_of_the_generator():
    assert_up_to_date(figure_script("diffusion_steps"))
