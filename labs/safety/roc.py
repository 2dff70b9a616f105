"""ROC 曲线与 AUROC：门槛从高移到低，误报率与检出率一起上升。

    AUROC = P(机器的分数 > 人的分数) + ½ P(相等)

手算一遍：人 (1, 3)，机器 (2, 4)：四对里机器高的有 (2,1)、(4,1)、(4,3) 三对，AUROC = 0.75。
AUROC 只看排序，一处低误报的检出率却要另看：AUROC 0.9 的检测器，误报 1% 时可能什么也检不出。
正文：docs/04-harms-toxicity/detection.md。
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def roc_curve(negatives: Sequence[float], positives: Sequence[float]) -> list[tuple[float, float]]:
    """(误报率, 检出率) 各点，从 (0, 0) 到 (1, 1)；分数不小于门槛就判为机器。出错：某一边为空或有 NaN，ValueError。"""
    check_scores(negatives, positives)
    low, high = sorted(negatives), sorted(positives)
    points = [(0.0, 0.0)]
    for threshold in sorted({*low, *high}, reverse=True):
        points.append((1 - bisect_left(low, threshold) / len(low), 1 - bisect_left(high, threshold) / len(high)))
    return points


def auroc(negatives: Sequence[float], positives: Sequence[float]) -> float:
    """ROC 曲线下的面积；相等的一对算一半。出错同 roc_curve。"""
    check_scores(negatives, positives)
    low = sorted(negatives)
    wins = sum(bisect_left(low, x) + bisect_right(low, x) for x in positives)  # 每个分数：低于它的两倍，加相等的
    return wins / (2 * len(negatives) * len(positives))


def check_scores(negatives: Sequence[float], positives: Sequence[float]) -> None:
    """要求两边都不空、没有 NaN；否则抛出 ValueError。"""
    for name, scores in (("negatives", negatives), ("positives", positives)):
        if not len(scores) or any(math.isnan(x) for x in scores):
            raise ValueError(f"{name} 应至少有一个分数、没有 NaN，得到 {len(scores)} 个；没有定义的先去掉并单独报告。")
