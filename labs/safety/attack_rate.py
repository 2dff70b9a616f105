"""攻击成功率：裁判也会错，先减去它的错，再报区间。

    判成功的比例 q = θ·TPR + (1 − θ)·FPR        θ 是真的成功率
    倒过来       θ = (q − FPR) / (TPR − FPR)     要求 TPR > FPR
    标准误      √[q(1 − q)/n + θ²·TPR(1 − TPR)/n₁ + (1 − θ)²·FPR(1 − FPR)/n₀] / (TPR − FPR)

n₁、n₀ 是核对裁判用的、人标过的成功与失败各几条；传 None 表示把 TPR、FPR 当成已知。
手算一遍：判成功 30%，TPR 0.9，FPR 0.1：θ = 0.2 / 0.8 = 25%。TPR 不变，FPR 0.3：θ = 0，全是误判。

算出的 θ 可以小于 0 或大于 1：那是抽样的误差，或裁判换了数据就不准了；照实返回，reason 写明，不截断。
来源：本书推导；流行病学校正筛查率用的是同一条式子。
不含：裁判在不同模型、不同攻击上的错不一样，那时要分组核对。
正文：docs/04-harms-toxicity/jailbreaks.md。
"""

import math
from dataclasses import dataclass

from labs.capabilities.intervals import check_successes, z_value
from labs.common.validate import check_count
from labs.safety.layers import check_rates


@dataclass(frozen=True)
class Corrected:
    """校正后的成功率、标准误、区间的两端；rate 越出 0 与 1 时 reason 说明。"""

    rate: float
    error: float
    low: float
    high: float
    reason: str = ""


# --8<-- [start:correct]
def judged_rate(true_rate: float, tpr: float, fpr: float) -> float:
    """真的成功率 → 裁判判成功的比例。"""
    check_rates("true_rate、tpr、fpr", [true_rate, tpr, fpr])
    return true_rate * tpr + (1 - true_rate) * fpr


def corrected_rate(
    judged: int,
    n: int,
    tpr: float,
    fpr: float,
    positives: int | None = None,
    negatives: int | None = None,
    confidence: float = 0.95,
) -> Corrected:
    """n 条里裁判判 judged 条成功 → 真的成功率与区间。出错：裁判不比乱猜好（TPR ≤ FPR），没有定义，ValueError。"""
    check_successes("judged", judged, n)
    check_rates("tpr、fpr", [tpr, fpr])
    if tpr <= fpr:
        raise ValueError(f"tpr 应大于 fpr，得到 {tpr:g} 与 {fpr:g}：这个裁判分不出成功与失败，换一个或重新核对。")
    q = judged / n
    rate = (q - fpr) / (tpr - fpr)
    variance = q * (1 - q) / n
    for name, size, weight, p in (("positives", positives, rate, tpr), ("negatives", negatives, 1 - rate, fpr)):
        if size is not None:
            check_count(name, size)
            variance += weight**2 * p * (1 - p) / size
    error = math.sqrt(variance) / (tpr - fpr)
    half = z_value(confidence) * error
    reason = "" if 0 <= rate <= 1 else f"判成功的比例 {q:g} 不在 FPR 与 TPR 之间，裁判的误差与这批数据不符"
    return Corrected(rate, error, rate - half, rate + half, reason)


# --8<-- [end:correct]
