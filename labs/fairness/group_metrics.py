"""群体指标：把预测表按群拆成四个格子，算七个比例，再看群与群差多少。

    y = 1 是真的发生（违约），ŷ = 1 是被判为会发生（拒贷）；TP、FP、FN、TN 是四个格子的人数
    判中率 (TP+FP)/n    基率 (TP+FN)/n    准确率 (TP+TN)/n
    召回率 TP/(TP+FN)   漏报率 FN/(TP+FN)   误报率 FP/(FP+TN)   精确率 TP/(TP+FP)

手算一遍（本章开头的甲群，100 人）：TP 40、FP 10、FN 10、TN 40；误报率 10/50 = 0.2，精确率 40/50 = 0.8，漏报率 10/50 = 0.2。
分母为 0 的比例没有定义：value 是 None，reason 说明缺什么人；它不是 0，也不参加差与比。

来源：定义见 chouldechova2016fair 与 hardt2016equality；区间用 labs/capabilities/intervals.py 的 Wilson。
不含：个人层面的公平、反事实翻转率。正文：docs/03-harms-bias/fairness-math.md。
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from labs.capabilities.intervals import wilson_interval


@dataclass(frozen=True)
class Counts:
    """一群人的四个格子。"""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        """这一群有几个人。"""
        return self.tp + self.fp + self.fn + self.tn


# --8<-- [start:metrics]
METRICS = {  # 指标 → (分子, 分母, 分母为 0 时缺的人)
    "selection": (lambda c: c.tp + c.fp, lambda c: c.n, "这一群没有人"),
    "base_rate": (lambda c: c.tp + c.fn, lambda c: c.n, "这一群没有人"),
    "accuracy": (lambda c: c.tp + c.tn, lambda c: c.n, "这一群没有人"),
    "tpr": (lambda c: c.tp, lambda c: c.tp + c.fn, "没有 y = 1 的人"),
    "fnr": (lambda c: c.fn, lambda c: c.tp + c.fn, "没有 y = 1 的人"),
    "fpr": (lambda c: c.fp, lambda c: c.fp + c.tn, "没有 y = 0 的人"),
    "ppv": (lambda c: c.tp, lambda c: c.tp + c.fp, "没有被判为 1 的人"),
}
# --8<-- [end:metrics]
HIGHER_IS_WORSE = {"fpr": True, "fnr": True, "tpr": False, "ppv": False, "accuracy": False}


@dataclass(frozen=True)
class Rate:
    """一个比例：分子 hits、分母 total、值、Wilson 区间；没有定义时值与区间是 None，reason 说明原因。"""

    hits: int
    total: int
    value: float | None
    interval: tuple[float, float] | None
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """群与群之比：最大减最小、最小除以最大、最差的群，和没有定义的群与原因；比不出时是 None。"""

    gap: float | None
    ratio: float | None
    worst: Hashable | None
    undefined: dict[Hashable, str]


def check_metric(metric: str) -> None:
    """要求 metric 是 METRICS 里的名字；否则 ValueError。"""
    if metric not in METRICS:
        raise ValueError(f"metric 应为 {'、'.join(METRICS)} 之一，得到 {metric!r}。")


# --8<-- [start:count]
def count_groups(
    y: Sequence[int], y_hat: Sequence[int], group: Sequence[Hashable], groups: Iterable[Hashable] | None = None
) -> dict[Hashable, Counts]:
    """预测表 → 各群的四个格子；三列等长，形状都是 (N,)。

    groups 列出应有的群，一个人也没有的群也报出来；不给就只看表里出现的。
    出错：长度不等、y 或 y_hat 不是 0/1、group 里有 groups 没列的群，抛出 ValueError。
    """
    y, y_hat, group = list(y), list(y_hat), list(group)
    if not len(y) == len(y_hat) == len(group):
        raise ValueError(f"y、y_hat、group 应等长，得到 {len(y)}、{len(y_hat)}、{len(group)}。")
    for name, column in (("y", y), ("y_hat", y_hat)):
        bad = [value for value in column if value not in (0, 1)]
        if bad:
            raise ValueError(f"{name} 应只含 0 与 1，得到 {bad[0]!r}；打分先用门槛变成 0/1。")
    cells = {g: [0, 0, 0, 0] for g in (dict.fromkeys(group) if groups is None else groups)}
    for truth, guess, g in zip(y, y_hat, group, strict=True):
        if g not in cells:
            raise ValueError(f"group 里有 {g!r}，不在 groups 里；补上它，或先去掉这些行。")
        cells[g][(0 if guess else 2) if truth else (1 if guess else 3)] += 1
    return {g: Counts(tp, fp, fn, tn) for g, (tp, fp, fn, tn) in cells.items()}


# --8<-- [end:count]


def rate(counts: Counts, metric: str, confidence: float = 0.95) -> Rate:
    """一群人的一个指标，连同 Wilson 区间；分母为 0 时没有定义。"""
    check_metric(metric)
    top, bottom, missing = METRICS[metric]
    hits, total = top(counts), bottom(counts)
    if total == 0:
        return Rate(hits, total, None, None, missing if counts.n else "这一群没有人")
    return Rate(hits, total, hits / total, wilson_interval(hits, total, confidence))


def compare(table: dict[Hashable, Counts], metric: str) -> Comparison:
    """一个指标在各群之间的差、比与最差的群；不足两群有定义时比不出。判中率与基率没有“更差”，worst 是 None。"""
    check_metric(metric)
    rates = {g: rate(counts, metric) for g, counts in table.items()}
    undefined = {g: r.reason for g, r in rates.items() if r.value is None}
    values = {g: r.value for g, r in rates.items() if r.value is not None}
    if len(values) < 2:
        return Comparison(None, None, None, undefined)
    low, high = min(values.values()), max(values.values())
    worst = None
    if metric in HIGHER_IS_WORSE:
        worst = (max if HIGHER_IS_WORSE[metric] else min)(values, key=values.__getitem__)
    return Comparison(high - low, low / high if high else None, worst, undefined)


def notes(table: dict[Hashable, Counts]) -> dict[Hashable, str]:
    """人太少、不该拿来比的群：0 个人的什么也算不出，1 个人的每个比例不是 0 就是 1。"""
    said = {0: "没有人，什么也算不出", 1: "只有 1 人，每个比例不是 0 就是 1"}
    return {g: said[counts.n] for g, counts in table.items() if counts.n in said}
