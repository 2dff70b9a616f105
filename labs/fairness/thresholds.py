"""两条钟形曲线与一条线：打分模型里，门槛一动，四个指标一起动；锁住一个，别的被迫分开。

    没违约的人得分服从 N(0, 1)，违约的人服从 N(d, 1)，基率 p；得分超过门槛 t 的判为违约
    FPR = Φ̄(t)    FNR = Φ(t−d)    判中率 = p·Φ̄(t−d) + (1−p)·Φ̄(t)    PPV = p·Φ̄(t−d)/判中率
    得分为 s 的人真的违约的概率（校准好的概率）= σ(ln p/(1−p) + d·s − d²/2)

手算一遍：d = 1.6832、t = 0.8416（Φ̄ 在这里是 0.2）、p = 0.5：FPR = FNR = 0.2，PPV = 0.8。p 换成 0.2，PPV 只有 0.16/0.32 = 0.5。
t 可以是 ±∞（全不判、全判）；分母为 0 的指标是 None：没有人被判中时 PPV 没有定义，p = 0 时 FNR 没有，p = 1 时 FPR 没有。

来源：正态模型是教科书里的信号检测模型；“移门槛来拉平”见 hardt2016equality。
不含：有限样本里的门槛搜索。正文：docs/03-harms-bias/fairness-math.md。
网页上的 fairness-tradeoff-model.js 与本模块逐例核对。
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import norm

FAR = 12.0  # 门槛的求解范围：再远，尾巴已小于 10⁻³²
METRICS = ("selection", "fpr", "fnr", "ppv", "probability")


@dataclass(frozen=True)
class Group:
    """一群人：基率 p（0 到 1），两条曲线的距离 d（大于 0）。"""

    p: float
    d: float

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise ValueError(f"p 应在 0 与 1 之间，得到 {self.p!r}。")
        if not 0 < self.d < math.inf:
            raise ValueError(f"d 应为大于 0 的数，得到 {self.d!r}；d = 0 时得分里没有信息。")


def metrics(group: Group, t: float) -> dict[str, float | None]:
    """门槛 t 处的指标；没有定义的是 None。"""
    if math.isnan(t):
        raise ValueError(f"t 应为数或 ±∞，得到 {t!r}。")
    p, hit, false = group.p, float(norm.sf(t - group.d)), float(norm.sf(t))
    flagged = p * hit + (1 - p) * false
    return {
        "selection": flagged,
        "fpr": false if p < 1 else None,
        "fnr": float(norm.cdf(t - group.d)) if p > 0 else None,
        "ppv": p * hit / flagged if flagged > 0 else None,
        "probability": probability(group, t),
    }


def probability(group: Group, s: float) -> float | None:
    """得分为 s 的人真的违约的概率；s = ±∞ 或 p = 0、1 时取极限 0 或 1，没有人的一端也照写。"""
    if group.p in (0, 1):
        return float(group.p)
    odds = math.log(group.p / (1 - group.p)) + group.d * s - group.d**2 / 2
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


# --8<-- [start:match]
def match(group: Group, metric: str, target: float | None) -> float | None:
    """把 group 的门槛移到使 metric 等于 target 之处；够不着、或 target 没有定义，返回 None。"""
    if metric not in METRICS:
        raise ValueError(f"metric 应为 {'、'.join(METRICS)} 之一，得到 {metric!r}。")
    if target is None:
        return None

    def gap(t: float) -> float:
        value = metrics(group, t)[metric]
        return math.nan if value is None else value - target

    low, high = gap(-FAR), gap(FAR)
    if math.isnan(low) or math.isnan(high) or low * high >= 0:
        return None
    return float(brentq(gap, -FAR, FAR, xtol=1e-13, rtol=1e-14))


# --8<-- [end:match]


def check_scores(scores: Sequence[float], y: Sequence[int]) -> None:
    """要求 scores 与 y 等长、非空，y 只含 0 与 1；否则 ValueError。"""
    if len(scores) != len(y) or not len(y):
        raise ValueError(f"scores 与 y 应等长、非空，得到 {len(scores)} 与 {len(y)}。")
    if any(value not in (0, 1) for value in y):
        raise ValueError("y 应只含 0 与 1。")


def calibration(scores: Sequence[float], y: Sequence[int], bins: int = 10) -> list[tuple[int, float | None, float | None]]:
    """概率打分分成等宽的格：每格几个人、平均打分、真的发生的比例；空格的后两样没有定义，是 None。"""
    check_scores(scores, y)
    if not all(0 <= s <= 1 for s in scores):
        raise ValueError("scores 应是 0 到 1 的概率。")
    cells: list[list[tuple[float, int]]] = [[] for _ in range(bins)]
    for s, truth in zip(scores, y, strict=True):
        cells[min(int(s * bins), bins - 1)].append((float(s), int(truth)))
    mean = [(sum(s for s, _ in cell) / len(cell), sum(t for _, t in cell) / len(cell)) if cell else (None, None) for cell in cells]
    return [(len(cell), *pair) for cell, pair in zip(cells, mean, strict=True)]


def class_means(scores: Sequence[float], y: Sequence[int]) -> tuple[float | None, float | None]:
    """y = 0 与 y = 1 的人的平均打分（Kleinberg 的两个平衡条件）；没有这种人时是 None。"""
    check_scores(scores, y)
    means = []
    for label in (0, 1):
        own = [float(s) for s, truth in zip(scores, y, strict=True) if truth == label]
        means.append(sum(own) / len(own) if own else None)
    return means[0], means[1]
