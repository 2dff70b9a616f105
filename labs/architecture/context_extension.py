"""加长上下文：不动权重，只把旋转频率改小，让 s 倍长的文本里出现的角度落回见过的范围。

    位置内插（PI）     θ_i' = θ_i / s                               每一对都慢 s 倍     chen2023extending，式 (4)
    NTK 感知           θ_i' = b'^(−2i/d)，b' = b · s^(d/(d−2))      最快的不变，最慢的慢 s 倍     peng2023yarn，定义 1
    YaRN               θ_i' = (1 − γ_i) θ_i / s + γ_i θ_i，再把得分乘上 (0.1 ln s + 1)²     peng2023yarn，定义 2、3

γ_i 看第 i 对在训练长度 L 之内转了几圈：不到 beta_slow 圈的全内插（γ = 0），超过 beta_fast 圈的不动（γ = 1）。
两者之间的斜坡，论文写作对圈数线性，作者发布的代码和 transformers 都写作对序号 i 线性，端点还取整；这里照代码。

手算一遍（d = 4，b = 9，s = 2）：θ = (1, 1/3)。PI 得 (1/2, 1/6)；b' = 9 · 2² = 36，NTK 得 (1, 1/6)。

不含：LongRoPE 的逐频率搜索、Llama 3.1 的分段（形如 YaRN，斜坡按波长的倒数走，没有温度）、按当前长度变动的 s。
正文：docs/07-architecture/positions.md。
"""

import math

import torch
from torch import Tensor

from labs.architecture.rope import check_even, rope_frequencies
from labs.common.validate import check_count, check_tensor


def check_scale(scale: float) -> None:
    """要求 scale 不小于 1：这里只管加长；否则抛出 ValueError。"""
    if not scale >= 1:
        raise ValueError(f"scale 应不小于 1，得到 {scale!r}。")


def turns(theta: Tensor, length: int) -> Tensor:
    """每一对在 length 个词元里转几圈，length · θ / 2π；不到 1 圈的，训练时没有见全所有角度。形状同 theta。"""
    check_tensor("theta", theta, "n", leading=False)
    check_count("length", length)
    return length * theta / (2 * math.pi)


def interpolate(theta: Tensor, scale: float) -> Tensor:
    """位置内插：位置 m 当作 m / scale，等于每个频率除以 scale。形状同 theta。"""
    check_tensor("theta", theta, "n", leading=False)
    check_scale(scale)
    return theta / scale


def ntk_base(base: float, scale: float, d_rot: int) -> float:
    """NTK 感知：换一个更大的底，使最慢的一对恰好慢 scale 倍。"""
    check_scale(scale)
    check_even("d_rot", d_rot)
    if d_rot == 2:
        raise ValueError("d_rot 应至少为 4：只有一对时，θ = 1 与底无关，换底没有用。")
    return base * scale ** (d_rot / (d_rot - 2))


def pair_with_turns(n_turns: float, d_rot: int, base: float, length: int) -> float:
    """在 length 个词元里恰好转 n_turns 圈的是第几对（一般不是整数）：由 length · base^(−2i/d) = 2π · n_turns 解出。"""
    return d_rot * math.log(length / (2 * math.pi * n_turns)) / (2 * math.log(base))


# --8<-- [start:yarn]
def yarn_frequencies(
    d_rot: int, base: float, scale: float, length: int,
    beta_fast: float = 32, beta_slow: float = 1, truncate: bool = True,
) -> Tensor:
    """YaRN：快的一头照旧，慢的一头除以 scale，中间按序号线性过渡。形状：(d_rot/2,)。

    length 是训练长度；truncate 把过渡段的两端取整（gpt-oss 不取）。
    出错：参数超出范围，抛出 ValueError。
    """
    check_scale(scale)
    check_count("length", length)
    if not beta_fast > beta_slow > 0:
        got = f"得到 {beta_fast} 与 {beta_slow}"
        raise ValueError(f"应有 beta_fast > beta_slow > 0，{got}。")
    theta = rope_frequencies(d_rot, base)
    low = pair_with_turns(beta_fast, d_rot, base, length)
    high = pair_with_turns(beta_slow, d_rot, base, length)
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, d_rot - 1)  # 上限照发布的代码写
    i = torch.arange(d_rot // 2, dtype=torch.float64)
    slow = ((i - low) / (high - low or 0.001)).clamp(0, 1)  # 0 不动，1 全内插
    return theta * (1 - slow) + theta / scale * slow


def yarn_temperature(scale: float) -> float:
    """cos、sin 同乘 0.1 ln(scale) + 1；q、k 各乘一次，得分乘上它的平方。"""
    check_scale(scale)
    return 0.1 * math.log(scale) + 1


# --8<-- [end:yarn]
