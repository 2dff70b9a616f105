"""检测的上限：人与机器的文字分布离多远，最好的检测器就能好到哪里。

    TV(p, q) = ½ Σ |p − q|          AUROC ≤ ½ + TV − TV²/2

手算一遍：p = (0.2, 0.8, 0)，q = (0, 0.8, 0.2)，TV = 0.2；按 q/p 排序的检测器，AUROC = 0.2 + 0.8·0.2 + 0.8²/2 = 0.68，
上界 0.5 + 0.2 − 0.02 = 0.68，恰好取等。TV = 0 时是 0.5，等于抛硬币。
最好的检测器按似然比 q/p 打分（Neyman–Pearson）；上界对它成立，对谁都成立。
来源：sadasivan2023can。正文：docs/04-harms-toxicity/detection.md。
"""

import math
from collections.abc import Sequence


def check_pair(p: Sequence[float], q: Sequence[float]) -> None:
    """要求两列等长、非负、各自的和是 1；否则抛出 ValueError。"""
    if len(p) != len(q):
        raise ValueError(f"p 与 q 应等长，得到 {len(p)} 与 {len(q)}。")
    for name, values in (("p", p), ("q", q)):
        if not all(x >= 0 for x in values) or not math.isclose(sum(values), 1, abs_tol=1e-9):
            raise ValueError(f"{name} 应非负、和为 1，得到和 {sum(values):.6g}。")


def total_variation(p: Sequence[float], q: Sequence[float]) -> float:
    """总变差：一件事在两边的概率最多差多少。"""
    check_pair(p, q)
    return sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


# --8<-- [start:best]
def best_auroc(p: Sequence[float], q: Sequence[float]) -> float:
    """按似然比打分的检测器的 AUROC；p 是人，q 是机器。"""
    check_pair(p, q)
    total = 0.0
    for human, machine in zip(p, q, strict=True):  # 机器写出这一个，人写出另一个
        for other_human, other_machine in zip(p, q, strict=True):
            left, right = machine * other_human, other_machine * human  # 交叉相乘，不必除以 0
            total += machine * other_human * (1.0 if left > right else 0.5 if left == right else 0.0)
    return total


# --8<-- [end:best]


def auroc_bound(distance: float) -> float:
    """½ + TV − TV²/2。"""
    if not 0 <= distance <= 1:
        raise ValueError(f"distance 应在 0 与 1 之间，得到 {distance!r}。")
    return 0.5 + distance - distance**2 / 2
