"""旋转之后的得分是距离的函数：n 个频率已定的正弦波，系数由查询和键的内容决定。

    ⟨R_m q, R_n k⟩ = Σ_i [ A_i cos((m−n)θ_i) + B_i sin((m−n)θ_i) ]
    A_i = q_a k_a + q_b k_b        B_i = q_a k_b − q_b k_a        （a、b 是第 i 对的两个坐标）

由 rope.py 的旋转展开而得，正文有推导。内容只能调每个波的高低和相位，频率动不了：
距离超出训练长度之后得分是多少，由训练时已经定下的系数和这些频率决定，训练从没有检查过。

手算一遍（两对，一步转 90° 与 30°，q = k，每一对都是 (1, 0)）：A = (1, 1)，B = (0, 0)，
距离 0、2、4 的得分是 2、−1 + 1/2 = −1/2、1 + (−1/2) = 1/2。快的一对分不开 0 和 4，慢的一对分得开。

fit_scores 不训练网络，只解一个带岭的最小二乘：求一组系数，使训练长度之内的得分等于给定的目标。
它回答“这些频率最多能做到什么”，不回答“训练会走到哪里”。
不含：除以 √d_h、softmax、多层的叠加。
正文：docs/07-architecture/positions.md。
"""

import torch
from torch import Tensor

from labs.architecture.rope import check_even, check_pairing, split_pairs
from labs.common.validate import check_tensor


def score_coefficients(q: Tensor, k: Tensor, pairing: str = "halves") -> tuple[Tensor, Tensor]:
    """一个查询、一把键的系数 A 与 B。形状：q、k (d_rot,) → 两个 (d_rot/2,)；不合则 ValueError。"""
    check_pairing(pairing)
    check_tensor("q", q, "d_rot", leading=False)
    check_even("d_rot", q.shape[0])
    check_tensor("k", k, *q.shape, leading=False)
    (q_a, q_b), (k_a, k_b) = split_pairs(q, pairing), split_pairs(k, pairing)
    return q_a * k_a + q_b * k_b, q_a * k_b - q_b * k_a


def check_waves(theta: Tensor, A: Tensor, B: Tensor) -> None:
    """要求 theta、A、B 是一样长的浮点向量；否则抛出 ValueError。"""
    check_tensor("theta", theta, "n", leading=False)
    check_tensor("A", A, *theta.shape, leading=False)
    check_tensor("B", B, *theta.shape, leading=False)


def waves(distances: Tensor, theta: Tensor) -> Tensor:
    """每个距离上 n 个余弦、n 个正弦的值。形状：(S,) 与 (n,) → (S, 2n)，float64。"""
    angle = torch.outer(distances.double(), theta.double())  # (S, n)
    return torch.cat([angle.cos(), angle.sin()], dim=-1)  # (S, 2n)


def relative_score(distances: Tensor, theta: Tensor, A: Tensor, B: Tensor) -> Tensor:
    """各个距离 m − n 上的得分。形状：distances (S,)，其余 (n,) → (S,)，float64；不合则 ValueError。"""
    check_tensor("distances", distances, "S", leading=False)
    check_waves(theta, A, B)
    return waves(distances, theta) @ torch.cat([A, B]).double()  # (S,)


def mean_cosine(distances: Tensor, theta: Tensor) -> Tensor:
    """q = k、每一对等长时的得分，除以对数：Σ cos(s·θ_i) / n，距离 0 处是 1。形状：(S,) → (S,)。

    查询与键的各维独立同分布时，它正比于“像我的键比随便一把键平均多得几分”。来源：men2024base，定理 1。
    """
    check_tensor("theta", theta, "n", leading=False)
    ones = torch.ones_like(theta)
    return relative_score(distances, theta, ones, torch.zeros_like(ones)) / theta.numel()


# --8<-- [start:fit-scores]
def fit_scores(
    distances: Tensor, target: Tensor, theta: Tensor, ridge: float = 1e-4
) -> tuple[Tensor, Tensor]:
    """求系数 A、B，使 Σ (得分 − 目标)² + ridge · S · (|A|² + |B|²) 最小。

    形状：distances、target (S,)，theta (n,) → A、B 各 (n,)；不合则 ValueError。
    """
    check_tensor("distances", distances, "S", leading=False)
    check_tensor("target", target, *distances.shape, leading=False)
    check_tensor("theta", theta, "n", leading=False)
    if not ridge > 0:  # 慢的几对几乎是常数，没有岭，方程近乎奇异
        raise ValueError(f"ridge 应为正数，得到 {ridge!r}。")
    X = waves(distances, theta)  # (S, 2n)：n 个余弦，n 个正弦
    damping = ridge * len(distances) * torch.eye(X.shape[1], dtype=X.dtype)
    A, B = torch.linalg.solve(X.T @ X + damping, X.T @ target.double()).chunk(2)
    return A, B


# --8<-- [end:fit-scores]
