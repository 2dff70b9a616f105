"""采样：温度、top-k、top-p、min-p 都是“分布 → 分布”的纯函数；全书的采样都用这一套。

    温度   p_T(v) = p(v)^(1/T) / Σ_u p(u)^(1/T) = softmax(z / T)
    top-k  只留最大的 k 个      top-p  从大到小取，取到和不小于 p 为止      min-p  只留不小于 m·max p 的

手算一遍：p = (0.4, 0.6)，T = 0.5 时平方再归一，(0.16, 0.36)/0.52 = (0.308, 0.692)；T = 0.2 时 (0.116, 0.884)。

规定（微型语言模型与网页上的演示也照此）：
- 次序：温度 → top-k → top-p → min-p，每一步都先归一再交给下一步。与 transformers 5.23 的次序相同。
- 并列：从大到小排时，编号小的在前，所以 top-k 恰好留 k 个；和与门槛相差不到 10⁻⁶ 算已经够了。
- 至少留一个；概率为 0 的永远是 0；T = 0 是 one-hot 的 argmax，T = ∞ 是在非零的词元上均匀。
- 抽取：u 取自 [0, 1)，返回累积和第一次超过 u 的编号，所以给定 u 结果就定了。

来源：holtzman2020curious（top-p），fan2018hierarchical（top-k），nguyen2025turning（min-p）。
不含：重复惩罚、束搜索。正文：docs/01-introduction/sampling.md。
"""

import math

import torch
from torch import Tensor

from labs.common.precision import at_least_float32
from labs.common.validate import check_count, check_tensor

TOLERANCE = 1e-4  # 概率之和允许的误差：float32 下十万个词元之和仍在 1e-4 之内
CLOSE = 1e-6  # 0.4 + 0.3 + 0.2 在计算机里略小于 0.9；差这么一点，当作取到了


def check_probabilities(name: str, p: Tensor) -> None:
    """要求 p 是浮点张量，最后一维非负、有限、和为 1；否则抛出 ValueError，写明 name。"""
    check_tensor(name, p, "V")
    if not bool((torch.isfinite(p) & (p >= 0)).all()):
        raise ValueError(f"{name} 的各项应为非负的有限数，得到含 NaN、无穷或负数的张量。")
    total = at_least_float32(p).sum(-1)
    if not bool(((total - 1).abs() <= TOLERANCE).all()):
        worst = total.flatten()[(total - 1).abs().argmax()].item()
        raise ValueError(f"{name} 沿最后一维的和应为 1，得到 {worst:.6g}；若是得分，先过 softmax。")


def check_fraction(name: str, value: float) -> None:
    """要求 0 < value ≤ 1；否则抛出 ValueError。"""
    if not 0 < value <= 1:
        raise ValueError(f"{name} 应大于 0、不超过 1，得到 {value!r}。")


def renormalize(p: Tensor, keep: Tensor) -> Tensor:
    """不留的清零，留下的除以它们的和。"""
    kept = torch.where(keep, p, 0.0)
    return kept / kept.sum(-1, keepdim=True)


# --8<-- [start:temperature]
def temper(p: Tensor, temperature: float) -> Tensor:
    """温度：p^(1/T) 再归一。形状 (…, V) 不变。temperature 是负数或 NaN，抛出 ValueError。"""
    check_probabilities("p", p)
    if not temperature >= 0:
        raise ValueError(f"temperature 应为非负数，得到 {temperature!r}。")
    p = at_least_float32(p)
    if temperature == 0:
        return torch.nn.functional.one_hot(p.argmax(-1), p.shape[-1]).to(p.dtype)  # 并列取编号最小的
    log_p = p.log()  # 概率 0 是 −∞
    scores = (log_p - log_p.amax(-1, keepdim=True)) / temperature  # 先减最大值，T 再小也不会 −∞ − (−∞)
    return torch.softmax(torch.where(p > 0, scores, -math.inf), dim=-1)


# --8<-- [end:temperature]


# --8<-- [start:truncation]
def top_k(p: Tensor, k: int) -> Tensor:
    """只留概率最大的 k 个，再归一；k 超过词表大小等于不截。k < 1 抛出 ValueError。"""
    check_probabilities("p", p)
    check_count("k", k)
    order = p.sort(dim=-1, descending=True, stable=True).indices  # 并列：编号小的在前
    keep = torch.zeros_like(p, dtype=torch.bool).scatter(-1, order[..., :k], True)
    return renormalize(at_least_float32(p), keep)


def top_p(p: Tensor, threshold: float) -> Tensor:
    """从大到小取，取到和不小于 threshold 为止，再归一；threshold = 1 等于不截。"""
    check_probabilities("p", p)
    check_fraction("threshold", threshold)
    p = at_least_float32(p)
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    before = ranked.cumsum(-1) - ranked  # 排在它前面的总和
    wanted = (before < threshold - CLOSE) | (threshold == 1)  # 前面还不够，就轮到它
    wanted[..., 0] = True  # 至少留一个
    return renormalize(p, torch.zeros_like(wanted).scatter(-1, order, wanted))


def min_p(p: Tensor, ratio: float) -> Tensor:
    """只留不小于 ratio · max p 的，再归一：分布尖时留得少，平时留得多。"""
    check_probabilities("p", p)
    check_fraction("ratio", ratio)
    p = at_least_float32(p)
    return renormalize(p, p >= ratio * (1 - CLOSE) * p.amax(-1, keepdim=True))


# --8<-- [end:truncation]


# --8<-- [start:pipeline]
def next_token_distribution(
    logits: Tensor,
    temperature: float = 1.0,
    k: int | None = None,
    threshold: float | None = None,
    ratio: float | None = None,
) -> Tensor:
    """得分 (…, V) → 真正用来抽的分布：温度 → top-k → top-p → min-p；None 表示不用。"""
    check_tensor("logits", logits, "V")
    p = temper(torch.softmax(at_least_float32(logits), dim=-1), temperature)
    p = p if k is None else top_k(p, k)
    p = p if threshold is None else top_p(p, threshold)
    return p if ratio is None else min_p(p, ratio)


def draw(p: Tensor, u: Tensor) -> Tensor:
    """累积和第一次超过 u 的编号；u 在 [0, 1)，形状 (…)，每个分布一个。"""
    check_probabilities("p", p)
    if not bool(((u >= 0) & (u < 1)).all()):
        raise ValueError("u 应在 [0, 1) 里，得到范围之外的数或 NaN。")
    cumulative = p.double().cumsum(-1)
    target = u.unsqueeze(-1) * cumulative[..., -1:]  # 乘总和：舍入后也不会抽到表外
    index = (cumulative <= target).sum(-1)
    possible = (p > 0) * torch.arange(p.shape[-1], device=p.device)
    return torch.minimum(index, possible.amax(-1))  # 不抽概率为 0 的


# --8<-- [end:pipeline]
