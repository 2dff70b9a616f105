"""词嵌入联想检验（WEAT）：两组目标词，哪一组更靠近属性 A、更远离属性 B。

    s(w, A, B) = mean_a cos(w, a) − mean_b cos(w, b)
    S = Σ_{x∈X} s(x, A, B) − Σ_{y∈Y} s(y, A, B)
    d = (mean_X s − mean_Y s) / std_{X∪Y} s
    p = 把 X∪Y 重新分成一样大的两半，S 不小于实际值的占几成（单侧，原来的分法也算一种）

手算一遍：A = {(1, 0)}，B = {(0, 1)}，X = {(1, 0), (4, 3)}，Y = {(0, 1), (3, 4)}。
四个 s 是 1、0.2、−1、−0.2，均值差 1.2；总体标准差 √0.52 = 0.721，d = 1.664；样本标准差 0.833，d = 1.441。
六种分法里只有原来的那种使 S ≥ 2.4，p = 1/6。

标准差：式子里的 std_dev 没有写明除以 n 还是 n − 1；本书用 ddof=0（WEFE 的实现也是），另一种用参数要，报告时写明。
ddof=0 时两组一样大的 d 总在 −2 与 2 之间，两组各自内部全等时取到。

来源：caliskan2017semantics。不含：取词向量、种子词怎样选（实验“种子词实验”）。
正文：docs/03-harms-bias/bias-evidence.md。
"""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labs.common.validate import check_count

Array = NDArray[np.float64]


def check_set(name: str, vectors: Array) -> None:
    """要求 vectors 形如 (n, D)，n ≥ 1，每行有限且不是零向量；否则 ValueError。"""
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise ValueError(f"{name} 应形如 (n, D) 且不空，得到形状 {vectors.shape}。")
    if not np.isfinite(vectors).all() or (np.linalg.norm(vectors, axis=1) == 0).any():
        raise ValueError(f"{name} 里有零向量或不是有限的数，余弦没有定义；请先去掉那一行。")


# --8<-- [start:association]
def associations(words: Array, a: Array, b: Array) -> Array:
    """每个词的 s(w, A, B)。形状：words (n, D)，a (p, D)，b (q, D) → (n,)。"""
    for name, vectors in (("words", words), ("a", a), ("b", b)):
        check_set(name, vectors)
    w, a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (words, a, b))
    return (w @ a.T).mean(1) - (w @ b.T).mean(1)


def effect_size(sx: Sequence[float] | Array, sy: Sequence[float] | Array, ddof: int = 0) -> float:
    """两组的 s → d。标准差取自合起来的 X∪Y；全都相等时 d 没有定义，ValueError。"""
    sx, sy = check_scores(sx, sy)
    if ddof not in (0, 1):
        raise ValueError(f"ddof 应为 0（除以 n）或 1（除以 n − 1），得到 {ddof!r}。")
    both = np.concatenate([sx, sy])
    if np.ptp(both) == 0:
        raise ValueError("sx 与 sy 里的 s 全相等，标准差为 0，d 没有定义；请换目标词或属性词。")
    return float((sx.mean() - sy.mean()) / both.std(ddof=ddof))


# --8<-- [end:association]


def check_scores(sx: Sequence[float] | Array, sy: Sequence[float] | Array) -> tuple[Array, Array]:
    """要求两组等大、不空、有限；返回数组，否则 ValueError。"""
    sx, sy = np.asarray(sx, float), np.asarray(sy, float)
    if sx.ndim != 1 or sx.shape != sy.shape or len(sx) == 0:
        raise ValueError(f"sx 与 sy 应是一样长的一维数组且不空，得到形状 {sx.shape} 与 {sy.shape}；WEAT 要求两组等大。")
    if not (np.isfinite(sx).all() and np.isfinite(sy).all()):
        raise ValueError("sx 与 sy 应都是有限的数。")
    return sx, sy


# --8<-- [start:permutation]
def permutation_p(sx: Sequence[float] | Array, sy: Sequence[float] | Array, two_sided: bool = False, limit: int = 200_000) -> float:
    """把 2n 个 s 的每种对半分法都试一遍，S 不小于实际值的比例；two_sided 时比较绝对值。

    分法多于 limit 种时 ValueError：请减少词数。原来的分法也在其中，所以 p 至少是 1/C(2n, n)，不会是 0。
    """
    sx, sy = check_scores(sx, sy)
    check_count("limit", limit)
    n, both = len(sx), np.concatenate([sx, sy])
    if math.comb(2 * n, n) > limit:
        raise ValueError(f"sx 有 {n} 个词，对半分法有 {math.comb(2 * n, n)} 种，多于 limit = {limit}；请减少词数或加大 limit。")
    splits = np.array(list(combinations(range(2 * n), n)))  # (C(2n, n), n)
    statistics = 2 * both[splits].sum(1) - both.sum()
    actual = sx.sum() - sy.sum()
    if two_sided:
        statistics, actual = abs(statistics), abs(actual)
    return float((statistics >= actual - 1e-12).mean())


# --8<-- [end:permutation]
