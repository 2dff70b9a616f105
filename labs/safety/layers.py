"""几道防线合起来还漏多少：独立的相乘，相关的不能乘。

    独立         剩余 = Π mᵢ                          mᵢ 是第 i 道单独的漏过率
    分成几类攻击   剩余 = Σ_j w_j Π_i m_{ij}             w_j 是第 j 类的份额，同一类之内独立
    什么也不假定   max(0, Σ mᵢ − (n − 1)) ≤ 剩余 ≤ min mᵢ
    试 N 次       1 − (1 − 剩余)^N                     每次独立

手算一遍：过滤漏 5%，人放行 20%，独立时剩 1%。
若一成的攻击伪装得好（漏 41%、放行 92%），九成一看便知（漏 1%、放行 12%），
两个边际仍是 5% 与 20%，剩余却是 0.1·0.41·0.92 + 0.9·0.01·0.12 = 3.88%，将近四倍。

来源：上下界是 Fréchet 不等式；其余是概率的乘法。
不含：对手看到防线之后换打法，那时连边际都会变。
正文：docs/04-harms-toxicity/prompt-injection.md。
"""

import math
from collections.abc import Sequence

from labs.common.validate import check_count


def check_rates(name: str, rates: Sequence[float]) -> None:
    """要求至少一个数，都在 0 与 1 之间；否则抛出 ValueError。"""
    if not rates:
        raise ValueError(f"{name} 应至少有一个数，得到空的序列。")
    for rate in rates:
        if not 0 <= rate <= 1:
            raise ValueError(f"{name} 里的数应在 0 与 1 之间，得到 {rate!r}。")


# --8<-- [start:residual]
def independent(misses: Sequence[float]) -> float:
    """各道防线互相独立：漏过率相乘。"""
    check_rates("misses", misses)
    return math.prod(misses)


def by_kind(shares: Sequence[float], misses: Sequence[Sequence[float]]) -> float:
    """攻击分几类，每一类之内独立：先在类里相乘，再按份额平均。形状：misses 是 (类, 防线)。"""
    check_rates("shares", shares)
    if not math.isclose(sum(shares), 1) or len(misses) != len(shares):
        raise ValueError(f"shares 应与 misses 一样长、和为 1，得到长度 {len(shares)} 与 {len(misses)}、和 {sum(shares):g}。")
    return math.fsum(share * independent(row) for share, row in zip(shares, misses, strict=True))


def bounds(misses: Sequence[float]) -> tuple[float, float]:
    """关于相关什么也不知道时，剩余风险的下界与上界。"""
    check_rates("misses", misses)
    return max(0.0, math.fsum(misses) - (len(misses) - 1)), min(misses)


def after(residual: float, attempts: int) -> float:
    """独立地试 attempts 次，至少得手一次的概率。"""
    check_rates("residual", [residual])
    check_count("attempts", attempts)
    return -math.expm1(attempts * math.log1p(-residual)) if residual < 1 else 1.0


# --8<-- [end:residual]
