"""掩码扩散：随机遮住一部分词元，让模型一次猜出所有被遮住的；按遮住的比例加权，损失是似然的上界。

    L(x) = E_{t ~ U(0,1)} E_z [ (1/t) Σ_{i: z_i = [M]} −log p_θ(x_i | z) ]        z：x 的每个词元以概率 t 遮成 [M]
         = Σ_{M ≠ ∅} 1 / (m C(T, m)) · Σ_{i ∈ M} −log p_θ(x_i | 没遮住的)         对 t 积分：B(m, T − m + 1)，m = |M|
         = 对全部 T! 种揭开次序求 −log p_θ 的平均                                  任意次序的自回归

来源：nie2025large，式 (3) 与式 (6)；等价见 ou2024your，定理 2；连续时间的推导见 sahoo2024simple。

手算一遍（两个词元，真实分布只有“重庆”“成都”，各 1/2）：遮住一个时另一个已定，代价 0；
都遮住时每个位置 ln 2，共 2 ln 2，权重 1 / (2 C(2, 2)) = 1/2，L = ln 2 = −ln (1/2)，界是紧的。
不自洽的模型：先左后右算得 1/2 · 0.9 = 0.45，先右后左 1/2 · 0.4 = 0.2。L = −ln √(0.45 · 0.2) = −ln 0.300，
按随机次序逐个揭开的真实概率是 (0.45 + 0.2) / 2 = 0.325：几何平均不超过算术平均，所以 L 是上界。

模型是任何函数：z (B, T) → 对数概率 (B, T, V)，只读被遮住的位置。
不含：网络本身（去掉因果掩码的 Transformer 即可）、均匀替换等别的噪声、提示与回答的分段。
正文：docs/07-architecture/diffusion.md。
"""

import math
from collections.abc import Callable
from itertools import permutations, product

import torch
from torch import Tensor

from labs.common.validate import check_count

MASK = -1  # [M]：词元编号从 0 数起，−1 不是任何词元
Model = Callable[[Tensor], Tensor]


def check_tokens(name: str, x: object, lowest: int = 0) -> None:
    """要求 x 是形如 (B, T) 的 int64 张量，每个数不小于 lowest；否则抛出 ValueError。"""
    if not isinstance(x, Tensor) or x.dtype != torch.int64 or x.dim() != 2 or 0 in x.shape or x.min() < lowest:
        raise ValueError(f"{name} 应为形如 (B, T)、每个数不小于 {lowest} 的 int64 张量，得到 {x!r}。")


# --8<-- [start:diffusion-loss]
def mask_tokens(x: Tensor, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """前向过程：第 b 句的每个词元各自以概率 t[b] 遮成 [M]。形状：x (B, T)，t (B,) → z (B, T)。"""
    check_tokens("x", x)
    if t.shape != x.shape[:1] or not ((t > 0) & (t <= 1)).all():
        raise ValueError(f"t 应为形如 ({len(x)},)、每个数在 (0, 1] 内的张量，得到 {t!r}。")
    hidden = torch.rand(x.shape, generator=generator) < t[:, None]  # (B, T)：各扔各的硬币
    return x.masked_fill(hidden, MASK)


def masked_nll(model: Model, x: Tensor, z: Tensor) -> Tensor:
    """Σ −log p(x_i | z)，只加被遮住的位置。形状：x、z (B, T) → (B,)。"""
    log_probs = model(z)  # (B, T, V)
    nll = -log_probs.gather(2, x[:, :, None]).squeeze(2)  # (B, T)
    return torch.where(z == MASK, nll, 0.0).sum(1)  # 看得见的位置不计损失


def diffusion_loss(model: Model, x: Tensor, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """训练用的一次抽样：遮住，猜，除以 t。对 t ~ U(0, 1) 求平均就是 L(x)。形状：→ (B,)；出错同上。"""
    return masked_nll(model, x, mask_tokens(x, t, generator)) / t


# --8<-- [end:diffusion-loss]


def counted_loss(model: Model, x: Tensor, m: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """换一种抽法：第 b 句恰好遮住 m[b] 个，乘 T / m。m 在 1 … T 上均匀时平均也是 L(x)，而方差有限。"""
    check_tokens("x", x)
    T = x.shape[1]
    if m.shape != x.shape[:1] or not ((m >= 1) & (m <= T)).all():
        raise ValueError(f"m 应为形如 ({len(x)},)、每个数在 1 到 {T} 之间的张量，得到 {m!r}。")
    rank = torch.rand(x.shape, generator=generator).argsort(1)  # (B, T)：每句 0 … T − 1 的随机排列
    return masked_nll(model, x, x.masked_fill(rank < m[:, None], MASK)) * T / m


# --8<-- [start:exact-loss]
def exact_loss(model: Model, x: Tensor) -> Tensor:
    """不抽样的 L(x)：枚举 2^T − 1 种遮法，遮住 m 个的权重是 1 / (m C(T, m))。形状：x (1, T) → 标量。"""
    check_tokens("x", x)
    T = x.shape[1]
    hidden = torch.tensor(list(product([False, True], repeat=T))[1:])  # (2^T − 1, T)，去掉一个也没遮的
    z = x.expand(len(hidden), T).masked_fill(hidden, MASK)
    sizes = hidden.sum(1).tolist()  # 每种遮法遮住几个
    weights = torch.tensor([1 / (m * math.comb(T, m)) for m in sizes], dtype=torch.float64)
    return (weights * masked_nll(model, x.expand_as(z), z)).sum()


# --8<-- [end:exact-loss]


def order_log_probs(model: Model, x: Tensor) -> Tensor:
    """按每一种次序逐个揭开 x 的对数概率，Σ_k log p(x_{σ_k} | 已揭开的)。形状：x (1, T) → (T!,)。"""
    check_tokens("x", x)
    T = x.shape[1]
    table = {}
    for hidden in list(product([False, True], repeat=T))[1:]:
        table[hidden] = model(x.masked_fill(torch.tensor([hidden]), MASK))[0]  # (T, V)
    totals = []
    for order in permutations(range(T)):
        hidden, total = [True] * T, torch.zeros(())
        for i in order:
            total = total + table[tuple(hidden)][i, x[0, i]]
            hidden[i] = False
        totals.append(total)
    return torch.stack(totals)


class JointModel:
    """完美的模型：由联合分布算出每个条件概率。joint 是 T 维、每维长 V 的非负张量，和为 1。

    看见的词元若在真实分布里不会一起出现，条件概率没有定义，这里规定均匀：没见过的开头，瞎猜。
    """

    def __init__(self, joint: Tensor) -> None:
        T, V = joint.dim(), joint.shape[0] if joint.dim() else 0
        if not T or set(joint.shape) != {V} or joint.min() < 0 or not math.isclose(joint.sum().item(), 1, abs_tol=1e-6):
            raise ValueError(f"joint 应每维等长、非负、和为 1，得到形状 {tuple(joint.shape)}、和 {joint.sum().item()}。")
        check_count("V", V, minimum=2)
        self.probs = joint.reshape(-1)  # (V^T,)
        self.sequences = torch.tensor(list(product(range(V), repeat=T)))  # (V^T, T)
        self.one_hot = torch.nn.functional.one_hot(self.sequences, V).to(joint.dtype)  # (V^T, T, V)

    def __call__(self, z: Tensor) -> Tensor:
        """log p(x_i = v | z)。形状：z (B, T) → (B, T, V)。"""
        check_tokens("z", z, lowest=MASK)
        fits = ((z[:, None] == MASK) | (z[:, None] == self.sequences)).all(2)  # (B, V^T)：与看得见的不矛盾
        weights = fits * self.probs
        counts = torch.einsum("bn,ntv->btv", weights, self.one_hot)
        total = weights.sum(1)[:, None, None]
        uniform = torch.full_like(counts, 1 / counts.shape[2])
        return torch.where(total > 0, counts / total.clamp(min=torch.finfo(counts.dtype).tiny), uniform).log()
