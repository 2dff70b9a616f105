"""并行揭开：每一步挑几个被遮住的位置，各自独立地填上。一起填的词元若有关联，填出来的就不是真实分布。

    一步揭开的集合 S：  q(x_S | 已揭开的) = Π_{i ∈ S} p(x_i | 已揭开的)
    模型完美、每步的集合由已揭开的内容定死时，  KL(p ‖ q) = Σ_步 E[ Σ_{i ∈ S} H(x_i) − H(x_S) ]
    方括号里是 S 的总相关；集合随机挑时，右边对挑法取平均是上界。

手算一遍（“重庆”“成都”各 1/2）：一个一个揭，分布丝毫不差；两个一起揭，四种组合各 1/4，
“重都”“成庆”占 1/2，KL = 2 ln 2 − ln 2 = ln 2。

挑位置的规则是一个函数：(probs (T, V), 还遮着的位置) → 若干个等可能的集合。
按熵限额的规则取自 benhamu2025accelerated：从熵最小的取起，Σ H − max H ≤ 限额，因为总相关不超过 Σ H − max H。
不含：遮回去重猜、温度、按块生成、词表很大时的截断。
正文：docs/07-architecture/diffusion.md。
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations, product

import torch
from torch import Tensor

from labs.architecture.masked_diffusion import MASK, Model
from labs.common.validate import check_count

Rule = Callable[[Tensor, list[int]], list[tuple[int, ...]]]


def random_order(n: int) -> Rule:
    """每步随机挑 n 个（不够就全挑）。"""
    check_count("n", n)
    return lambda probs, masked: list(combinations(masked, min(n, len(masked))))


def fixed_order(order: Sequence[int], n: int) -> Rule:
    """按 order 排好的次序，每步取最前面的 n 个；order 须是 0 … T − 1 的一个排列。"""
    check_count("n", n)
    if sorted(order) != list(range(len(order))):
        raise ValueError(f"order 应为 0 到 {len(order) - 1} 的一个排列，得到 {list(order)!r}。")
    return lambda probs, masked: [tuple([i for i in order if i in masked][:n])]


def confidence(n: int) -> Rule:
    """每步挑最大概率最高的 n 个；并列的随机取舍。"""
    check_count("n", n)
    return lambda probs, masked: top_sets(probs.amax(1), masked, min(n, len(masked)))


# --8<-- [start:entropy-bound]
def entropy_bound(limit: float) -> Rule:
    """从熵最小的取起，只要（熵之和 − 其中最大的）不超过 limit 奈特就接着取，至少取一个。"""
    if not limit >= 0:
        raise ValueError(f"limit 应为不小于 0 的数，得到 {limit!r}。")

    def rule(probs: Tensor, masked: list[int]) -> list[tuple[int, ...]]:
        entropy = torch.special.entr(probs).sum(1)  # (T,)，奈特
        rising = entropy[masked].sort().values
        before = rising.cumsum(0) - rising  # 前面各项之和，即（和 − 最大）
        return top_sets(-entropy, masked, int((before <= limit + 1e-9).sum()))

    return rule


# --8<-- [end:entropy-bound]


def top_sets(score: Tensor, masked: list[int], n: int) -> list[tuple[int, ...]]:
    """score 最高的 n 个位置；最后几个名额有并列时，列出每一种取法。"""
    last = score[masked].sort(descending=True).values[n - 1].item()
    sure = [i for i in masked if score[i] > last + 1e-9]
    tied = [i for i in masked if abs(score[i].item() - last) <= 1e-9]
    return [(*sure, *some) for some in combinations(tied, n - len(sure))]


def choices(rule: Rule, probs: Tensor, masked: list[int]) -> list[tuple[int, ...]]:
    """这一步等可能的几个集合；规则若一个位置也不挑，抛出 ValueError，否则会永远揭不完。"""
    sets = rule(probs, masked)
    if not sets or not all(sets):
        raise ValueError(f"rule 每步应至少挑一个位置，对还遮着的 {masked} 得到 {sets}。")
    return sets


# --8<-- [start:sample]
def sample(model: Model, T: int, rule: Rule, generator: torch.Generator | None = None) -> tuple[Tensor, int]:
    """从全是 [M] 开始，一步揭开一批，直到揭完。返回 (1, T) 的词元与步数，步数就是模型算了几次。"""
    check_count("T", T)
    z, steps = torch.full((1, T), MASK), 0
    while masked := (z[0] == MASK).nonzero().flatten().tolist():
        probs = model(z)[0].exp()  # (T, V)：所有位置一次算出
        sets = choices(rule, probs, masked)
        chosen = list(sets[torch.randint(len(sets), (), generator=generator)])
        drawn = torch.multinomial(probs[chosen], 1, generator=generator)  # 各填各的
        z[0, chosen] = drawn.flatten()
        steps += 1
    return z, steps


# --8<-- [end:sample]


def output_distribution(model: Model, T: int, rule: Rule) -> tuple[dict[tuple[int, ...], float], float]:
    """sample 的精确分布：把每一步的每种选择都走一遍。返回 {句子: 概率} 与平均步数。T 很小才算得动。"""
    check_count("T", T)
    states, finished, steps = {(MASK,) * T: 1.0}, defaultdict(float), 0.0
    while states:
        steps += sum(states.values())
        following: defaultdict[tuple[int, ...], float] = defaultdict(float)
        all_probs = model(torch.tensor(list(states))).exp()  # (状态数, T, V)
        for (state, mass), probs in zip(states.items(), all_probs, strict=True):
            sets = choices(rule, probs, [i for i, token in enumerate(state) if token == MASK])
            table = probs.tolist()
            for chosen, values in product(sets, product(range(probs.shape[1]), repeat=len(sets[0]))):
                here = mass / len(sets) * math.prod(table[i][v] for i, v in zip(chosen, values, strict=True))
                if here > 0:
                    filled = dict(zip(chosen, values, strict=True))
                    following[tuple(filled.get(i, token) for i, token in enumerate(state))] += here
        states = {state: mass for state, mass in following.items() if MASK in state}
        for state in following.keys() - states.keys():
            finished[state] += following[state]  # 步数不定时，同一句可能在不同的步写完
    return dict(finished), steps


def tickets(count: int) -> Tensor:
    """count 张车票，每张的到站独立，“重庆”(0, 0) 与“成都”(1, 1) 各 1/2。形状：(2,) × 2·count，float64。"""
    check_count("count", count)
    one = torch.eye(2, dtype=torch.float64) / 2
    joint = one
    for _ in range(count - 1):
        joint = torch.tensordot(joint, one, dims=0)
    return joint


def wrong_probability(joint: Tensor, distribution: dict[tuple[int, ...], float]) -> float:
    """写出真实分布里不存在的句子的概率。"""
    return sum((mass for x, mass in distribution.items() if joint[x] == 0), 0.0)
