"""一张 d_k × d_v 的表能记多少对键值：不训练，只写、只读、只数误差。

    写   相加 S = Σ kᵀ v        Delta 规则（β = 1）逐对补差        最小二乘 S = K⁺ V，任何表都不会更好
    读   k S        相对误差 Σ‖k S − v‖² / Σ‖v‖²，平均在全部写过的键上

键是随机的单位向量、值也独立随机时，两种误差有准确的期望：
相加是 (n − 1) / d_k，因为另外 n − 1 对各漏进 (k·k′)² 份，而 E[(k·k′)²] = 1 / d_k；
最小二乘是 max(0, 1 − d_k / n)，因为 d_k 行的表只有 d_k 个自由的方向。
所以 n 不超过 d_k 时总有一张表分毫不差，超过之后，任意的值就再也装不下：第 d_k + 1 把键是前面的组合。
键彼此正交时，三种写法在 n ≤ d_k 上完全相同，误差为 0。

手算一遍：键与值同 linear_attention.py，三对装进 2 × 2。
相加的误差是 (0.72 + 1.28 + 2.08) / 7 = 0.583；Delta 规则 (0.0288 + 0.0512 + 0) / 7 = 0.0114。

另一把尺子是认得出：在 n 个候选值里，与读数内积最大的是不是原来那个。
它不在乎读数的大小，容量约随 d_k · d_v 增长；这把尺子上，Delta 规则反而常不如相加，它为了新的忘掉旧的。

不含：衰减、学来的键（学来的键可以彼此错开，见 recall.py）。
正文：docs/07-architecture/linear-recurrence.md。
"""

import torch
from torch import Tensor

from labs.architecture.delta_rule import delta_step
from labs.common.validate import check_count, check_tensor

RULES = ("sum", "delta", "best")


def random_pairs(
    n_pairs: int, d_k: int, d_v: int, n_trials: int, generator: torch.Generator, orthogonal: bool = False
) -> tuple[Tensor, Tensor]:
    """随机的单位键与单位值：(n_trials, n_pairs, d_k)、(n_trials, n_pairs, d_v)，双精度。

    orthogonal 为真时键两两正交，n_pairs 不得超过 d_k；个数不合则抛出 ValueError。
    """
    for name, count in (("n_pairs", n_pairs), ("d_k", d_k), ("d_v", d_v), ("n_trials", n_trials)):
        check_count(name, count)
    if orthogonal and n_pairs > d_k:
        raise ValueError(f"{d_k} 维里至多有 {d_k} 把互相正交的键，n_pairs 不应是 {n_pairs}。")
    keys = torch.randn(n_trials, n_pairs, d_k, generator=generator, dtype=torch.float64)
    if orthogonal:
        keys = torch.linalg.qr(keys.mT).Q.mT  # 行彼此正交、长 1
    values = torch.randn(n_trials, n_pairs, d_v, generator=generator, dtype=torch.float64)
    return keys / keys.norm(dim=-1, keepdim=True), values / values.norm(dim=-1, keepdim=True)


def write(keys: Tensor, values: Tensor, rule: str) -> Tensor:
    """按 rule（sum、delta、best）写成一张表。形状：(…, n, d_k)、(…, n, d_v) → (…, d_k, d_v)。"""
    check_tensor("keys", keys, "n", "d_k")
    check_tensor("values", values, *keys.shape[:-1], "d_v", leading=False)
    if rule not in RULES:
        raise ValueError(f"rule 应为 {'、'.join(RULES)} 之一，得到 {rule!r}。")
    if rule == "sum":
        return keys.mT @ values
    if rule == "best":
        return torch.linalg.pinv(keys) @ values
    state = keys.new_zeros(*keys.shape[:-2], keys.shape[-1], values.shape[-1])
    for t in range(keys.shape[-2]):
        state = delta_step(state, keys[..., t, :], values[..., t, :], keys.new_ones(keys.shape[:-2]))
    return state


def relative_error(keys: Tensor, values: Tensor, state: Tensor) -> float:
    """读出与原值之差的平方和，除以原值的平方和。"""
    return ((keys @ state - values).square().sum() / values.square().sum()).item()


def recognised(keys: Tensor, values: Tensor, state: Tensor) -> float:
    """读数与全部候选值求内积，最大的正是原来那个的比例。"""
    scores = keys @ state @ values.mT  # (..., n, n)
    return (scores.argmax(-1) == torch.arange(keys.shape[-2])).double().mean().item()
