"""定长的表能记多少：手算的数、两个期望公式、正交键的界、出错。"""

import pytest
import torch

from labs.architecture.memory_capacity import random_pairs, recognised, relative_error, write

KEYS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=torch.float64)
VALUES = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)


def pairs(n, d_k=8, d_v=8, trials=400, **extra):
    return random_pairs(n, d_k, d_v, trials, torch.Generator().manual_seed(n), **extra)


# ---- 手算 ----


def test_worked_example():
    assert relative_error(KEYS, VALUES, write(KEYS, VALUES, "sum")) == pytest.approx((0.72 + 1.28 + 2.08) / 7)
    assert relative_error(KEYS, VALUES, write(KEYS, VALUES, "delta")) == pytest.approx((0.0288 + 0.0512) / 7)
    # 第三把键是前两把的组合 0.6 : 0.8，所以值差 0.6 v₁ + 0.8 v₂ − v₃ = (0.2, −0.2) 谁也补不平，至少剩一半
    assert relative_error(KEYS, VALUES, write(KEYS, VALUES, "best")) == pytest.approx(0.04 / 7)
    assert recognised(KEYS, VALUES, write(KEYS, VALUES, "sum")) == pytest.approx(1 / 3)  # 只有第一对认得出
    assert recognised(KEYS[:2], VALUES[:2], write(KEYS[:2], VALUES[:2], "sum")) == 1


# ---- 期望 ----


@pytest.mark.parametrize("n", [2, 8, 24])
def test_adding_leaks_one_part_in_d_k_from_every_other_pair(n):
    keys, values = pairs(n)
    # 400 次平均，每次 n 对：相对标准误不超过 3%，取四倍
    assert relative_error(keys, values, write(keys, values, "sum")) == pytest.approx((n - 1) / 8, rel=0.12)


@pytest.mark.parametrize("n", [9, 16, 64])
def test_beyond_d_k_even_the_best_table_loses_a_share(n):
    keys, values = pairs(n)
    assert relative_error(keys, values, write(keys, values, "best")) == pytest.approx(1 - 8 / n, abs=0.02)


@pytest.mark.parametrize("n", [1, 4, 8])
def test_up_to_d_k_some_table_is_exact(n):
    keys, values = pairs(n, trials=50)
    assert relative_error(keys, values, write(keys, values, "best")) < 1e-12
    assert recognised(keys, values, write(keys, values, "best")) == 1


@pytest.mark.parametrize("rule", ["sum", "delta", "best"])
def test_orthogonal_keys_are_exact_for_every_rule(rule):
    keys, values = pairs(8, trials=20, orthogonal=True)
    torch.testing.assert_close(keys @ keys.mT, torch.eye(8, dtype=torch.float64).expand(20, 8, 8))
    assert relative_error(keys, values, write(keys, values, rule)) < 1e-24


def test_the_delta_rule_errs_less_but_recognises_less():
    keys, values = pairs(16)
    added, corrected = (write(keys, values, rule) for rule in ("sum", "delta"))
    assert relative_error(keys, values, corrected) < relative_error(keys, values, added)
    assert recognised(keys, values, corrected) < recognised(keys, values, added)


def test_recognition_depends_on_both_sides_of_the_table():
    narrow, wide = pairs(16, d_v=8), pairs(16, d_v=64)
    assert recognised(*wide, write(*wide, "sum")) > recognised(*narrow, write(*narrow, "sum")) + 0.2


def test_keys_and_values_have_length_one_and_the_seed_fixes_them():
    for x, y in zip(pairs(5), pairs(5), strict=True):
        torch.testing.assert_close(x.norm(dim=-1), torch.ones(400, 5, dtype=torch.float64))
        assert torch.equal(x, y)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pairs(9, orthogonal=True), "8 维里至多有 8 把互相正交的键，n_pairs 不应是 9"),
        (lambda: pairs(0), "^n_pairs 应为不小于 1"),
        (lambda: pairs(1, d_k=0), "^d_k 应为不小于 1"),
        (lambda: pairs(1, d_v=0), "^d_v 应为不小于 1"),
        (lambda: pairs(1, trials=0), "^n_trials 应为不小于 1"),
        (lambda: write(KEYS, VALUES, "mean"), "^rule 应为 sum、delta、best 之一，得到 'mean'"),
        (lambda: write(KEYS[0], VALUES, "sum"), r"^keys 应为形如 \(…, n, d_k\)"),
        (lambda: write(KEYS, VALUES[:2], "sum"), r"^values 应为形如 \(3, d_v\)"),
    ],
)
def test_bad_arguments_are_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
