"""公平的互斥：基率、精确率、漏报率定了，误报率就定了。

    FPR = p/(1−p) · (1−PPV)/PPV · (1−FNR)

推导：FP = TP·(1−PPV)/PPV，TP = p·n·(1−FNR)，再除以 (1−p)·n。
手算一遍：PPV = 0.8、FNR = 0.2，p = 0.5 得 1·0.25·0.8 = 0.20；p = 0.2 得 0.25·0.25·0.8 = 0.05。

四个量里知道三个，第四个就被逼出来；逼出来的数超出 [0, 1]，说明这三个凑不到一张表上。
来源：chouldechova2016fair。不含：概率打分的版本（thresholds.py 的 class_means）。正文：docs/03-harms-bias/fairness-math.md。
"""


def check_rate(name: str, value: float, low_open: bool = False, high_open: bool = False) -> None:
    """要求 value 在 0 与 1 之间；两端可以不含。否则 ValueError。"""
    if not ((0 < value if low_open else 0 <= value) and (value < 1 if high_open else value <= 1)):
        ends = "，不含 0 与 1" if low_open and high_open else "，不含 0" if low_open else "，不含 1" if high_open else ""
        raise ValueError(f"{name} 应在 0 与 1 之间{ends}，得到 {value!r}。")


# --8<-- [start:identity]
def forced_fpr(p: float, ppv: float, fnr: float) -> float:
    """基率 p、精确率、漏报率 → 被逼出来的误报率；大于 1 说明凑不成。"""
    check_rate("p", p, True, True)
    check_rate("ppv", ppv, True)
    check_rate("fnr", fnr)
    return p / (1 - p) * (1 - ppv) / ppv * (1 - fnr)


# --8<-- [end:identity]


def forced_ppv(p: float, fnr: float, fpr: float) -> float:
    """基率、漏报率、误报率 → 精确率；漏报率 1、误报率 0 时没有人被判中，没有定义，抛出 ValueError。"""
    check_rate("p", p, True, True)
    check_rate("fnr", fnr)
    check_rate("fpr", fpr)
    if fnr == 1 and fpr == 0:
        raise ValueError("fnr = 1 且 fpr = 0 时没有人被判为 1，精确率没有定义；换一个门槛。")
    hits = p * (1 - fnr)
    return hits / (hits + (1 - p) * fpr)


def forced_fnr(p: float, ppv: float, fpr: float) -> float:
    """基率、精确率、误报率 → 漏报率；小于 0 说明凑不成。精确率 1 时误报率必为 0，漏报率不定，抛出 ValueError。"""
    check_rate("p", p, True, True)
    check_rate("ppv", ppv, True)
    check_rate("fpr", fpr)
    if ppv == 1:
        raise ValueError("ppv = 1 时没有误报，漏报率可以是任何数，解不出；给一个小于 1 的 ppv。")
    return 1 - fpr * (1 - p) / p * ppv / (1 - ppv)


def ppv_floor(p: float, fnr: float) -> float:
    """可行的精确率的下限：误报率不超过 1，精确率不低于 p(1−FNR) / (p(1−FNR) + 1−p)。"""
    return forced_ppv(p, fnr, 1.0)


def feasible(p: float, ppv: float, fnr: float) -> bool:
    """这三个数能不能出自一张表。"""
    return forced_fpr(p, ppv, fnr) <= 1 + 1e-12
