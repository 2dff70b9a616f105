"""校准表：概率打分说的把握，与真的发生的比例对得上吗。

先读 docs/03-harms-bias/exercises.md 里的“校准表与空格子”。写完后运行：python scripts/exercise.py 03/calibration
"""

from collections.abc import Sequence

REFERENCE = "labs.fairness.thresholds"  # 参考实现，做完再看


def calibration(scores: Sequence[float], y: Sequence[int], bins: int = 10) -> list[tuple[int, float | None, float | None]]:
    """把 [0, 1] 分成 bins 个等宽的格，返回长 bins 的列表，每项是 (几个人, 平均打分, 真的发生的比例)。

    参数：scores 是 0 到 1 的概率，y 是同样长的 0/1；第 k 格收 k/bins ≤ s < (k+1)/bins 的人，s = 1 归最后一格。
    要求：空格子写 (0, None, None)；scores 越界、长度不等或为空，抛出 ValueError。
    """
    raise NotImplementedError("还没有写。提示：先按格子分人，再逐格求平均；空格子没有平均。")
