"""两个模型的分数之差：区间多宽，多小的差距看得出，重抽二百次会怎样。

两个模型答同样 n 道题，答对的机会是 p1、p2，一道题上对错的相关是 φ（2×2 表的 phi 系数）。
差的方差是 [p1(1−p1) + p2(1−p2) − 2φ√(p1(1−p1)p2(1−p2))] / n；φ = 0 就是两份卷子各考各的。

例：n = 200，p1 = 0.80，p2 = 0.82。当作两份卷子，标准误 √((0.16+0.1476)/200) = 0.0392；φ = 0.5 时是 0.0277。
"""

import math

import numpy as np

Z_95 = 1.96  # 双侧 95%
Z_POWER = 0.8416  # 80% 的把握
MOST_ITEMS = 20_000  # 一次重抽占这么多个随机数：题数变了，前面的题不变


def check_rates(p1: float, p2: float) -> None:
    """p1、p2 应在 0 与 1 之间，不含两端（两端没有误差可言）；否则抛出 ValueError。"""
    for name, p in (("p1", p1), ("p2", p2)):
        if not 0 < p < 1:
            raise ValueError(f"{name} 应在 0 与 1 之间，不含两端，得到 {p!r}。")


def check_whole(name: str, value: int, most: int) -> None:
    """value 应为 1 到 most 的整数；否则抛出 ValueError。"""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{name} 应为 1 到 {most} 的整数，得到 {value!r}。")


def phi_range(p1: float, p2: float) -> tuple[float, float]:
    """φ 可取的最小值与最大值：两家都对的机会不小于 max(0, p1+p2−1)，不大于 min(p1, p2)。"""
    check_rates(p1, p2)
    spread = math.sqrt(p1 * (1 - p1) * p2 * (1 - p2))
    return (max(0.0, p1 + p2 - 1) - p1 * p2) / spread, (min(p1, p2) - p1 * p2) / spread


def check_phi(p1: float, p2: float, phi: float) -> None:
    """φ 应在 phi_range 之内（容许舍入误差 1e-9）；否则抛出 ValueError。"""
    low, high = phi_range(p1, p2)
    if not low - 1e-9 <= phi <= high + 1e-9:
        raise ValueError(f"phi 应在 {low:.3f} 与 {high:.3f} 之间（由 p1、p2 决定），得到 {phi!r}。")


def cells(p1: float, p2: float, phi: float) -> tuple[float, float, float, float]:
    """一道题的四种结局的机会：都对、只有一对、只有二对、都错。"""
    check_phi(p1, p2, phi)
    both = p1 * p2 + phi * math.sqrt(p1 * (1 - p1) * p2 * (1 - p2))
    both = min(max(both, 0.0, p1 + p2 - 1), p1, p2)  # φ 取到头时舍入误差可能越界
    return both, p1 - both, p2 - both, 1 - p1 - p2 + both


def item_variance(p1: float, p2: float, phi: float = 0.0) -> float:
    """一道题上两个对错之差的方差；n 道题的差，方差是它除以 n。"""
    check_phi(p1, p2, phi)
    a, b = p1 * (1 - p1), p2 * (1 - p2)
    return max(0.0, a + b - 2 * phi * math.sqrt(a * b))


def standard_error(n: int, p1: float, p2: float, phi: float = 0.0) -> float:
    """差的标准误；phi 取 0 是不配对的算法。95% 区间是 p1 − p2 ± 1.96 倍。"""
    check_whole("n", n, MOST_ITEMS)
    return math.sqrt(item_variance(p1, p2, phi) / n)


def detectable_gap(n: int, p1: float, p2: float, phi: float = 0.0) -> float:
    """有 80% 的把握看出的最小差距：(1.96 + 0.8416) 个标准误。"""
    return (Z_95 + Z_POWER) * standard_error(n, p1, p2, phi)


def items_needed(p1: float, p2: float, phi: float = 0.0) -> int:
    """要有 80% 的把握看出 p1 与 p2 之差，至少几道题；p1 = p2 时抛出 ValueError。"""
    if p1 == p2:
        raise ValueError(f"p1 与 p2 应不同，都得到 {p1!r}：没有差距，多少道题也看不出。")
    return max(1, math.ceil(item_variance(p1, p2, phi) * ((Z_95 + Z_POWER) / (p1 - p2)) ** 2 - 1e-9))


def mix(x: np.ndarray) -> np.ndarray:
    """把 32 位整数搅匀（MurmurHash3 的收尾一步）；浏览器里的组件用同一个。"""
    x = (x ^ (x >> 16)) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> 13)) * np.uint32(0xC2B2AE35)
    return x ^ (x >> 16)


def redraw(n: int, p1: float, p2: float, phi: float, times: int = 200, seed: int = 1) -> np.ndarray:
    """重抽 times 次，每次 n 道题；返回 (times, 2) 的整数：两个模型各答对几道。

    第 r 次第 i 题的随机数是 mix(mix(seed) + (20000r + i + 1)·0x9E3779B9)，与 2³² 倍的分界比大小。
    """
    for name, value, most in (("n", n, MOST_ITEMS), ("times", times, 100_000), ("seed", seed, 2**32 - 1)):
        check_whole(name, value, most)
    both, _, only_two, _ = cells(p1, p2, phi)
    edges = [math.floor(p * 2**32 + 0.5) for p in (both, p1, p1 + only_two)]
    start, out = mix(np.array([seed], np.uint32)), np.empty((times, 2), np.int64)
    for r in range(times):
        place = np.arange(r * MOST_ITEMS + 1, r * MOST_ITEMS + n + 1, dtype=np.uint32)
        a, b, c = np.searchsorted(np.sort(mix(start + place * np.uint32(0x9E3779B9))), edges)
        out[r] = b, a + c - b  # 小于 b 的：一答对；小于 a 或在 b、c 之间的：二答对
    return out
