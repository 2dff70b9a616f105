"""逐步调温不等于整句调温：两个词元、两步就能举出反例。

    逐步：Π_t p(x_t | 前文)^(1/T) / Z(前文)         每一步各除各的 Z，Z 随前文变
    整句：p(x_1 … x_T)^(1/T) / Z                    所有句子共用一个 Z

手算一遍（T = 0.5，即平方）：第一步 A 0.6、B 0.4；A 之后两个词各 0.5，B 之后 0.9、0.1。

    整句：AA 0.3² = 0.09，AB 0.09，BA 0.36² = 0.1296，BB 0.04² = 0.0016；和 0.3112 → 最可能的是 BA，0.416
    逐步：第一步 0.36/0.52 = 0.692 与 0.308；BA 只有 0.308 · 0.81/0.82 = 0.304，AA、AB 各 0.346

逐步只看眼前：A 开头更可能，却不知道 A 之后的概率要分给两家。
来源：shih2023long，图 1 是同一个意思的例子。
正文：docs/01-introduction/sampling.md。
"""

from torch import Tensor

from labs.common.validate import check_tensor
from labs.introduction.sampling import check_probabilities, temper


# --8<-- [start:sequence-temperature]
def joint(first: Tensor, second: Tensor) -> Tensor:
    """两步的联合概率 (V, V)：first (V,)；second 的第 i 行是 i 之后的分布。"""
    check_tensor("first", first, "V", leading=False)
    check_tensor("second", second, len(first), len(first), leading=False)
    check_probabilities("first", first)
    check_probabilities("second", second)
    return first[:, None] * second  # (V, V)


def temper_steps(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """逐步调温：每一步的分布各自调温，再相乘。"""
    joint(first, second)  # 只为检查形状与概率
    return joint(temper(first, temperature), temper(second, temperature))


def temper_sequences(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """整句调温：V² 句话当作 V² 个选项，一起调温。"""
    p = joint(first, second)
    return temper(p.flatten(), temperature).view_as(p)  # (V, V)


# --8<-- [end:sequence-temperature]
