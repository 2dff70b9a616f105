"""同一组输出，换一把尺子：逐词元的进步是平滑的，“整题全对”却像突然出现。

    整题全对 = p^L          错几个 = L (1 − p)          n 道题一道不对 = (1 − 得分)^n

手算一遍（L = 10）：p 从 0.9 到 0.95，错误从平均 1 个减到 0.5 个；
整题全对从 0.9^10 = 0.349 升到 0.95^10 = 0.599。
p = 0.5 时整题全对只有 0.5^10 = 0.001，出 20 道题，有 98% 的机会一道也不对。

来源：schaeffer2023are（数学模型与三个预言）；曲线用的“算力每增到十倍，错误率减半”是本书的假设，不是测量。
不含：各词元之间的相关；选择题的猜中率；真实模型的输出。
正文：docs/01-introduction/capabilities-overview.md。
"""

from labs.common.validate import check_count


def _check_rate(name: str, value: float) -> None:
    """比例在 0 与 1 之间，否则 ValueError。"""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} 应在 0 与 1 之间，得到 {value!r}。")


# --8<-- [start:two-metrics]
def exact_match(per_token: float, length: int) -> float:
    """整题全对的概率：length 个词元各自独立，每个对的概率是 per_token。"""
    _check_rate("per_token", per_token)
    check_count("length", length)
    return per_token**length


def expected_errors(per_token: float, length: int) -> float:
    """同一份答案里平均错几个词元。"""
    _check_rate("per_token", per_token)
    check_count("length", length)
    return length * (1 - per_token)


# --8<-- [end:two-metrics]


def all_zero(score: float, questions: int) -> float:
    """每题得分的概率是 score，questions 道题一道也不得分的概率。"""
    _check_rate("score", score)
    check_count("questions", questions)
    return (1 - score) ** questions


def assumed_accuracy(decades: float) -> float:
    """假设的平滑曲线：错误率从 0.5 起，算力每增到十倍减半。decades 是十倍的次数，不为负。"""
    if not decades >= 0:
        raise ValueError(f"decades 应为非负数，得到 {decades!r}。")
    return 1 - 0.5 * 2.0**-decades
