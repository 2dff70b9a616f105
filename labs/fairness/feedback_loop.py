"""服务差、人走、数据少、服务更差：一群人的反馈回路，三行递推。

    数据   x_t = n_t + d                     n_t 个用户各留一份数据，d 是每轮另外补的
    错误   e_t = c^h / (c^h + x_t^h)         x = c 时错一半；h = 1 一有数据就见效，h = 2 先要攒一阵
    用户   n_{t+1} = N (1 − e_t)             N 个潜在用户里，留下的比例等于答对的比例

合成一个映射 F(n) = N x^h / (c^h + x^h)。不动点 n = F(n)；F'(n) 的绝对值小于 1 才稳，大于 1 是门槛。
d = 0 时能解出来：h = 1 是 0 与 N − c；h = 2 是 0 与 (N ± √(N² − 4c²)) / 2，N < 2c 时只剩 0。

手算一遍（N = 100，c = 40，h = 2）：30 人，e = 1600/2500 = 0.64，下一轮 36 人；15 人，e = 1600/1825 = 0.877，下一轮 12.3 人。
不动点是 0、20、80，20 是门槛，两边的人越走越远。

与 hashimoto2018fairness 的关系：同是“损失定留存，留存定下一轮的数据”；他们的各群共用一个取平均损失最小的模型，
并有每轮到来的新人，这里每群各有一条学习曲线，因此看不到共用参数带来的挤占，也看不到迁移带来的好处。
曲线与数都是假设的，不是测量。正文：docs/03-harms-bias/harm-taxonomy.md。
"""

import math

import numpy as np

from labs.common.validate import check_count


def check_positive(name: str, value: float) -> None:
    """要求 value 是有限的正数；否则抛出 ValueError。"""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} 应为有限的正数，得到 {value!r}。")


def check_amount(name: str, value: float, most: float = math.inf) -> None:
    """要求 0 ≤ value ≤ most 且有限；否则抛出 ValueError。"""
    if not (0 <= value <= most and math.isfinite(value)):
        limit = "有限的非负数" if most == math.inf else f"0 到 {most:g} 之间的数"
        raise ValueError(f"{name} 应为{limit}，得到 {value!r}。")


# --8<-- [start:loop]
def error_rate(data: float, half: float, power: int = 2) -> float:
    """有 data 份数据时的错误率；data = half 时错一半，没有数据时全错。"""
    check_amount("data", data)
    check_positive("half", half)
    check_count("power", power)
    if data == 0:
        return 1.0
    return 1 / (1 + (data / half) ** power)


def next_users(users: float, population: float, half: float, power: int = 2, extra: float = 0.0) -> float:
    """这一轮的用户 → 下一轮的用户；extra 是另外补的数据，不带来用户。"""
    check_positive("population", population)
    check_amount("users", users, population)
    check_amount("extra", extra)
    return population * (1 - error_rate(users + extra, half, power))


def trajectory(start: float, steps: int, population: float, half: float, power: int = 2, extra: float = 0.0) -> list[float]:
    """从 start 人起走 steps 轮，返回 steps + 1 个人数。"""
    check_count("steps", steps, 0)
    path = [start]
    for _ in range(steps):
        path.append(next_users(path[-1], population, half, power, extra))
    return path


# --8<-- [end:loop]


# --8<-- [start:fixed]
def slope(users: float, population: float, half: float, power: int = 2, extra: float = 0.0) -> float:
    """F'(n) = N h e (1 − e) / x：在不动点上小于 1 是稳的，大于 1 是门槛。"""
    check_positive("population", population)
    check_amount("users", users, population)
    check_amount("extra", extra)
    data = users + extra
    error = error_rate(data, half, power)
    if data == 0:  # h = 1 时极限是 N/c，h ≥ 2 时是 0
        return population / half if power == 1 else 0.0
    return population * power * error * (1 - error) / data


def fixed_points(population: float, half: float, power: int = 2, extra: float = 0.0) -> list[float]:
    """0 到 population 之间的全部不动点，从小到大；由 (x − d)(c^h + x^h) = N x^h 的实根得来，重根算一个。"""
    check_positive("population", population)
    check_positive("half", half)
    check_count("power", power)
    check_amount("extra", extra)
    scale = half**power
    coefficients = np.zeros(power + 2)  # x^{h+1}, x^h, …, x, 1
    coefficients[0] = 1
    coefficients[1] -= population + extra
    coefficients[-2] += scale
    coefficients[-1] -= extra * scale
    roots = np.roots(coefficients)
    size = population + extra + half
    real = sorted(root.real for root in roots if abs(root.imag) < 1e-6 * size)
    found: list[float] = []
    for data in real:
        users = data - extra
        inside = -1e-6 * size <= users <= population * (1 + 1e-6)
        if inside and (not found or users - found[-1] > 1e-5 * size):
            found.append(min(max(float(users), 0.0), float(population)))
    return found


# --8<-- [end:fixed]
