"""多试几次：一道题试 N 次至少成一次，整套题的成功率怎样随 N 长。

    一道题         1 − (1 − p)^N                                   失败的份额按指数掉
    各题的 p 不同   平均失败 = E[(1 − p)^N]
    p ~ Beta(a, b)  E[(1 − p)^N] = B(a, b + N) / B(a, b) ≈ Γ(a + b)/Γ(b) · N^−a    按幂律掉

手算一遍：两道题，p = 0.5 与 0.001。N = 1：平均 25.05%；N = 10：(0.99902 + 0.00996)/2 = 50.4%；
N = 1000：(1 + 0.632)/2 = 81.6%。容易的一题早就成了，后来的增长全来自难的那题。

所以幂律不必说明攻击有什么结构：只要总有一些题很难（p 挨着 0 的密度像 p^(a−1)），平均下来就是幂律。
这是一种解释，不是论文的证明。
来源：hughes2024bestofn（幂律是它测得的）；Beta 一行是本书的推导。
不含：换着花样试、根据上一次的回答改。
正文：docs/04-harms-toxicity/jailbreaks.md。
"""

import math
from collections.abc import Sequence

from labs.common.validate import check_count
from labs.safety.layers import after, check_rates


# --8<-- [start:attempts]
def success_after(rates: Sequence[float], attempts: int) -> float:
    """每题单次成功率 → 每题试 attempts 次之后的平均成功率。"""
    check_rates("rates", rates)
    return math.fsum(after(rate, attempts) for rate in rates) / len(rates)


def beta_failure(a: float, b: float, attempts: int) -> float:
    """单次成功率服从 Beta(a, b) 时，试 attempts 次还不成的份额。"""
    check_count("attempts", attempts)
    if not (a > 0 and b > 0):
        raise ValueError(f"a 与 b 应为正数，得到 {a!r} 与 {b!r}。")
    return math.exp(math.lgamma(a + b) - math.lgamma(b) + math.lgamma(b + attempts) - math.lgamma(a + b + attempts))


# --8<-- [end:attempts]
