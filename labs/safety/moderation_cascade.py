"""平台规模的审核账：一级级筛下去，删对多少、删错多少、漏掉多少、花多少钱。

    一级：放进来 B 条违规、G 条正常，挑出 B·TPR 条违规、G·FPR 条正常，交给下一级；花 (B + G)·每条的钱
    精确率 = 删对 / (删对 + 删错)，召回率 = 删对 / 开头的违规

手算一遍：10 亿条，违规占 0.1%，一级 TPR 0.95、FPR 1%：删对 95 万，删错 999 万，精确率 8.7%。
三级 (0.98, 5%)、(0.95, 2%)、(0.95, 5%)：删对 884450，删错 49950，召回率 0.98 × 0.95 × 0.95 = 0.884。

前提：各级的 TPR、FPR 是对交到它手里的那些算的；只在整体上测过的，要先假定各级的错互相独立。
不含：申诉、排队、随时间的漂移。
正文：docs/04-harms-toxicity/model-moderation.md。
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """一级审核：检出率、误报率（都对交到它手里的算）、每条的钱。"""

    tpr: float
    fpr: float
    cost: float = 0.0

    def __post_init__(self) -> None:
        for name in ("tpr", "fpr"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"{name} 应在 0 与 1 之间，得到 {value!r}。")
        if not (math.isfinite(self.cost) and self.cost >= 0):
            raise ValueError(f"cost 应为有限的非负数，得到 {self.cost!r}。")


@dataclass(frozen=True)
class Outcome:
    """最后删对、删错、漏掉的条数，各级看了几条、花的钱；没有定义的比率是 None。"""

    right: float
    wrong: float
    missed: float
    seen: tuple[float, ...]
    cost: float

    @property
    def precision(self) -> float | None:
        """删掉的里面违规的占几成；一条没删，没有定义。"""
        removed = self.right + self.wrong
        return self.right / removed if removed else None

    @property
    def recall(self) -> float | None:
        """违规的里面删掉几成；没有违规，没有定义。"""
        bad = self.right + self.missed
        return self.right / bad if bad else None


# --8<-- [start:cascade]
def cascade(messages: float, prevalence: float, stages: list[Stage]) -> Outcome:
    """每一级只看上一级挑出来的；最后一级挑出来的才删。"""
    check_traffic(messages, prevalence)
    if not stages:
        raise ValueError("stages 是空的，至少要有一级。")
    bad, good, cost, seen = messages * prevalence, messages * (1 - prevalence), 0.0, []
    for stage in stages:
        seen.append(bad + good)
        cost += (bad + good) * stage.cost
        bad, good = bad * stage.tpr, good * stage.fpr
    return Outcome(bad, good, messages * prevalence - bad, tuple(seen), cost)


# --8<-- [end:cascade]


def largest_fpr(precision: float, prevalence: float, tpr: float) -> float:
    """精确率不低于 precision 时，误报率至多是多少；没有正常的内容时随便多大都行，没有定义。"""
    check_traffic(1.0, prevalence)
    if not 0 < precision <= 1:
        raise ValueError(f"precision 应大于 0、不大于 1，得到 {precision!r}。")
    if prevalence == 1:
        raise ValueError("prevalence = 1，没有正常的内容，误报率没有定义。")
    return min(1.0, prevalence * Stage(tpr, 0).tpr * (1 - precision) / ((1 - prevalence) * precision))


def check_traffic(messages: float, prevalence: float) -> None:
    """要求 messages 有限且为正，prevalence 在 0 与 1 之间，否则 ValueError。"""
    if not (math.isfinite(messages) and messages > 0):
        raise ValueError(f"messages 应为有限的正数，得到 {messages!r}。")
    if not 0 <= prevalence <= 1:
        raise ValueError(f"prevalence 应在 0 与 1 之间，得到 {prevalence!r}。")
