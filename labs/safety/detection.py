"""水印检测：数绿字，问“没有水印的话，碰巧这么多绿字有多难”。不需要模型，只要钥匙。

    z = (绿字数 − γT) / √(Tγ(1 − γ))        T 是计分的字数
    p 值 = Σ_{k ≥ 绿字数} C(T, k) γ^k (1 − γ)^{T−k}    精确的二项尾概率

手算一遍：γ = 0.5，T = 16，绿字 12 个：z = (12 − 8)/2 = 2，p = (1820 + 560 + 120 + 16 + 1)/65536 = 0.0384。

同一对相邻的字只计一次：它每次出现颜色都相同，不是新的证据，重复地数会把误报抬高。
第一个字前面没有字，不计分。一个可计分的字也没有，z 与 p 值没有定义，写明原因，不写 0。
前提：每一对字的颜色像独立地掷硬币（对随机选的钥匙成立）。
来源：kirchenbauer2023watermark。正文：docs/04-harms-toxicity/detection.md。
"""

import math
from dataclasses import dataclass

from labs.common.validate import check_count
from labs.safety.watermark import check_gamma, check_key, is_green


@dataclass(frozen=True)
class Detection:
    """计分的字数、其中绿的、z、精确的 p 值；后两个没有定义时是 None，reason 说明原因。"""

    scored: int
    green: int
    z: float | None
    p_value: float | None
    reason: str = ""


# --8<-- [start:detect]
def scored_pairs(text: str, repeats: bool = False) -> list[tuple[str, str]]:
    """计分的相邻两字；repeats 为 False 时同一对只留第一次。"""
    pairs = list(zip(text, text[1:], strict=False))
    return pairs if repeats else list(dict.fromkeys(pairs))


def z_score(green: int, scored: int, gamma: float) -> float:
    """绿字比碰巧多出几个标准差。"""
    check_counts(green, scored, gamma)
    return (green - gamma * scored) / math.sqrt(scored * gamma * (1 - gamma))


def binomial_tail(green: int, scored: int, gamma: float) -> float:
    """scored 次里至少 green 次的概率，每次 γ：从最大的一项起加，很小的尾巴也不丢精度。"""
    check_counts(green, scored, gamma)
    odds = math.log(gamma) - math.log1p(-gamma)
    log_term = scored * math.log1p(-gamma)  # k = 0 的一项，取对数
    terms = [log_term]
    for k in range(scored):
        log_term += math.log((scored - k) / (k + 1)) + odds
        terms.append(log_term)
    tail = terms[green:]
    top = max(tail)
    return min(1.0, math.exp(top) * math.fsum(math.exp(x - top) for x in tail))


def detect(text: str, key: int, gamma: float = 0.5, repeats: bool = False) -> Detection:
    """一段文字里有没有这把钥匙的水印。出错：text 不是字符串，key 或 gamma 不合规定，ValueError。"""
    if not isinstance(text, str):
        raise ValueError(f"text 应为字符串，得到 {type(text).__name__}。")
    check_key(key)
    check_gamma(gamma)
    pairs = scored_pairs(text, repeats)
    if not pairs:
        return Detection(0, 0, None, None, f"只有 {len(text)} 个字，没有相邻的两个字可以计分")
    green = sum(is_green(key, previous, current, gamma) for previous, current in pairs)
    return Detection(len(pairs), green, z_score(green, len(pairs), gamma), binomial_tail(green, len(pairs), gamma))


# --8<-- [end:detect]


def check_counts(green: int, scored: int, gamma: float) -> None:
    """要求 0 ≤ green ≤ scored，scored 至少为 1，0 < gamma < 1；否则抛出 ValueError。"""
    check_count("scored", scored)
    check_count("green", green, minimum=0)
    if green > scored:
        raise ValueError(f"green = {green} 不应超过 scored = {scored}。")
    check_gamma(gamma)
