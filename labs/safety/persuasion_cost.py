"""一次影响行动的账：说服一个人花多少钱，要找多少个人谈，效应的区间换成人数时会怎样。

    每说服一人的花费  C = (w + d) / (r p)         w 写一条，d 送一条，r 看见的份额，p 看见的人里改变的份额
    要谈的人数        n = M / (τ k)               M 要改变的人数，τ 效应（份额），k 到时候还剩几成
    每改变一人要几人  1/τ，区间的两端各取倒数；区间含 0 时，没有有限的上限

手算一遍：w = 1 元，d = 0.05 元，r = 0.1，p = 0.01：C = 1.05 / 0.001 = 1050 元。
w 降到 0.001 元：C = 0.051 / 0.001 = 51 元，写字便宜一千倍，说服一个人便宜 20.6 倍。

不含：各人不同的效应，反复接触，对手的反驳，被封的账号。
来源：chen2025framework（说服要先看见、再接受，两步都要花钱）。
正文：docs/04-harms-toxicity/falsehood.md。
"""

import math


def check_share(name: str, value: float) -> None:
    """要求 0 < value ≤ 1，否则 ValueError：份额为 0 时，花多少钱都说服不了，人数没有定义。"""
    if not 0 < value <= 1:
        raise ValueError(f"{name} 应大于 0、不大于 1，得到 {value!r}；为 0 时花费与人数没有定义。")


def check_amount(name: str, value: float) -> None:
    """要求 value 是有限的非负数，否则 ValueError。"""
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} 应为有限的非负数，得到 {value!r}。")


# --8<-- [start:cost]
def cost_per_persuaded(write: float, deliver: float, seen: float, changed: float) -> float:
    """(写一条 + 送一条) ÷ (看见的份额 × 看见后改变的份额)。"""
    check_amount("write", write)
    check_amount("deliver", deliver)
    check_share("seen", seen)
    check_share("changed", changed)
    return (write + deliver) / (seen * changed)


# --8<-- [end:cost]


def people_to_reach(wanted: float, effect: float, kept: float = 1.0) -> float:
    """要 wanted 人到时候仍然改变着，须与多少人谈完。"""
    check_amount("wanted", wanted)
    check_share("effect", effect)
    check_share("kept", kept)
    return wanted / (effect * kept)


# --8<-- [start:per-change]
def people_per_change(effect: float, standard_error: float, z: float = 1.96) -> tuple[float, float]:
    """每改变一人要接触几人：由效应的区间取倒数，返回（最少，最多）；区间含 0 或为负，最多是无穷。"""
    if not (math.isfinite(effect) and math.isfinite(standard_error) and standard_error >= 0 and z > 0):
        raise ValueError(f"effect、standard_error 应有限，后者非负，z 为正，得到 {effect!r}、{standard_error!r}、{z!r}。")
    low, high = effect - z * standard_error, effect + z * standard_error
    if high <= 0:
        raise ValueError(f"效应的区间 [{low:.4g}, {high:.4g}] 没有正的部分，“每改变一人要几人”没有定义。")
    return 1 / high, (1 / low if low > 0 else math.inf)


# --8<-- [end:per-change]
