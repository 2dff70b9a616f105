"""猜还是不猜：答对 1 分，不答 0 分，答错扣 c 分；有 p 的把握时，作答的期望得分是 p − c(1 − p)。

    门槛   p − c(1 − p) > 0 等价于 p > t = c / (1 + c)；反过来 c = t / (1 − t)
    c = 0（只数答对）时 t = 0：再小的把握也值得猜。c 趋于无穷，t 趋于 1：只许答必然对的

手算一遍：三道题的把握 0.9、0.6、0.2，c = 3，t = 0.75。作答各得 0.6、−0.6、−2.2，
全猜平均 −2.2/3 = −0.733；只答第一题，平均 0.6/3 = 0.2，作答率 1/3，答了的全部期望对 0.9。

把握会说大。这里用一个旋钮 γ：说 q 的题，真的答对 q^γ；γ = 1 是校准，γ > 1 说大了，γ < 1 说小了。
γ = 2、c = 3 时，照 q > 0.75 答就答多了，该答的是 q² > 0.75，即 q > 0.866。

来源：kalai2025why 第 4 节的计分（答对 1、答错 −t/(1−t)、不答 0）。γ 的写法是本书的，只为拨得动。
不含：怎样从模型里取出把握；说的把握与对错的关系一般不是一条幂函数。
正文：docs/04-harms-toxicity/hallucination.md。
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TOY = tuple((2 * k + 1) / 20 for k in range(10))  # 说的把握 0.05、0.15、……、0.95，各占一成的题


def check_penalty(c: float) -> None:
    """c 应为不小于 0 的有限数；否则抛出 ValueError。"""
    if not (0 <= c < math.inf):
        raise ValueError(f"c 应为不小于 0 的有限数，得到 {c!r}；不扣分写 0。")


def check_probability(name: str, p: float) -> None:
    """p 应在 0 与 1 之间，含两端；否则抛出 ValueError。"""
    if not 0 <= p <= 1:
        raise ValueError(f"{name} 应在 0 与 1 之间，得到 {p!r}；百分数要先除以 100。")


def check_gamma(gamma: float) -> None:
    """gamma 应为正的有限数；否则抛出 ValueError。"""
    if not (0 < gamma < math.inf):
        raise ValueError(f"gamma 应为正的有限数，得到 {gamma!r}；校准写 1。")


# --8<-- [start:score]
def expected_score(p: float, c: float) -> float:
    """有 p 的机会答对时，作答的期望得分；不答是 0。"""
    check_probability("p", p)
    check_penalty(c)
    return p - c * (1 - p)


def threshold(c: float) -> float:
    """期望得分恰为 0 的把握：高于它才答。"""
    check_penalty(c)
    return c / (1 + c)


def penalty(t: float) -> float:
    """想让门槛是 t，答错该扣几分；t 应不小于 0、小于 1。"""
    if not 0 <= t < 1:
        raise ValueError(f"t 应不小于 0、小于 1，得到 {t!r}；t = 1 要扣无穷多分。")
    return t / (1 - t)


# --8<-- [end:score]


# --8<-- [start:select]
@dataclass(frozen=True)
class Outcome:
    """作答率、答了的里面对几成（一题没答时是 None）、每题平均得分（不答的算 0）。"""

    coverage: float
    accuracy: float | None
    score: float


def outcome(said: Sequence[float], right: Sequence[float], cut: float, c: float) -> Outcome:
    """只答说的把握大于 cut 的题。said[i] 是说的把握，right[i] 是真的答对的机会；cut = −1 就是全猜。"""
    if not said or len(said) != len(right):
        raise ValueError(f"said 与 right 应一样长且不空，得到 {len(said)} 与 {len(right)} 个。")
    for name, values in (("said", said), ("right", right)):
        for p in values:
            check_probability(name, p)
    answered = [p for q, p in zip(said, right, strict=True) if q > cut]
    score = sum(expected_score(p, c) for p in answered) / len(said)
    return Outcome(len(answered) / len(said), sum(answered) / len(answered) if answered else None, score)


# --8<-- [end:select]


# --8<-- [start:gamma]
def true_rate(q: float, gamma: float) -> float:
    """说 q 的题真的对几成。"""
    check_probability("q", q)
    check_gamma(gamma)
    return q**gamma


def honest_cut(t: float, gamma: float) -> float:
    """该在说的把握的哪里划线：q^γ > t 等价于 q > t^(1/γ)。"""
    check_probability("t", t)
    check_gamma(gamma)
    return t ** (1 / gamma)


# --8<-- [end:gamma]


def compare(c: float, gamma: float, said: Sequence[float] = TOY) -> dict[str, Outcome]:
    """三种做法：全猜；信自己说的，高于 t 才答；先把说的换成真的，再与 t 比。"""
    right = [true_rate(q, gamma) for q in said]
    t = threshold(c)
    return {name: outcome(said, right, cut, c) for name, cut in (("guess", -1.0), ("trust", t), ("honest", honest_cut(t, gamma)))}
