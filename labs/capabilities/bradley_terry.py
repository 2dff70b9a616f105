"""Bradley–Terry：从两两对战的胜负，给每个模型估一个实力，并说清误差。

    P(i 胜 j) = 1 / (1 + exp(−(θ_i − θ_j)))          只有差有意义，规定 Σ θ = 0

对数似然是凹的，用牛顿法求最大；梯度是“实际胜场 − 预期胜场”，信息矩阵 H 是带权的图拉普拉斯矩阵，
权是 n_ij p_ij (1 − p_ij)。H 沿“全体加同一个数”的方向是零，用伪逆求协方差，标准误只对差有绝对的含义。

手算一遍（两个模型，甲胜 30、乙胜 10）：θ_甲 − θ_乙 = ln(30/10) = 1.099，
方差 1/30 + 1/10，标准误 0.365，95% 区间 [0.383, 1.814]，换成等级分（× 400/ln 10）是 191 ± 124。

来源：Bradley 与 Terry 1952（Biometrika 39，324–345 页）；Chatbot Arena 用它排聊天机器人（arXiv 2403.04132）。
不含：平局、裁判的偏好、随时间变化的实力。有人全胜，或分成互不往来的两群，最大似然不存在，报错。
正文：docs/02-capabilities/lab-harness.py。
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labs.capabilities.intervals import z_value

ELO = 400 / math.log(10)  # 实力差 × ELO = 国际象棋等级分的差


@dataclass(frozen=True)
class Fit:
    """theta 是实力（和为 0），covariance 是它的协方差（伪逆）。"""

    theta: np.ndarray
    covariance: np.ndarray

    def difference_interval(self, i: int, j: int, confidence: float = 0.95) -> tuple[float, float, float]:
        """θ_i − θ_j 的估计与区间两端。"""
        gap = float(self.theta[i] - self.theta[j])
        variance = self.covariance[i, i] + self.covariance[j, j] - 2 * self.covariance[i, j]
        half = z_value(confidence) * math.sqrt(variance)
        return gap, gap - half, gap + half

    def interval(self, i: int, confidence: float = 0.95) -> tuple[float, float, float]:
        """θ_i（相对于全体平均）的估计与区间两端。"""
        half = z_value(confidence) * math.sqrt(self.covariance[i, i])
        return float(self.theta[i]), float(self.theta[i]) - half, float(self.theta[i]) + half


def win_probability(theta_i: float, theta_j: float) -> float:
    """P(i 胜 j)。"""
    return 1 / (1 + math.exp(theta_j - theta_i))


def check_wins(wins: Sequence[Sequence[float]]) -> np.ndarray:
    """要求 wins 是方阵，非负，对角为 0，而且沿“胜过”能从任何一个走到任何一个；否则 ValueError。"""
    matrix = np.asarray(wins, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise ValueError(f"wins 应为至少 2 × 2 的方阵，得到形状 {matrix.shape}。")
    if not (matrix >= 0).all() or matrix.diagonal().any():
        raise ValueError("wins 应为非负的胜场，对角线是 0。")
    reach = np.eye(len(matrix), dtype=bool) | (matrix > 0)
    for _ in range(len(matrix)):
        reach = reach @ reach
    if not reach.all():
        raise ValueError("wins 里有人从不输、从不胜，或分成互不往来的几群：实力差是无穷，没有最大似然。")
    return matrix


def fit(wins: Sequence[Sequence[float]], tolerance: float = 1e-10) -> Fit:
    """wins[i][j] 是 i 胜 j 的场数，(N, N)；返回最大似然的实力与协方差。"""
    matrix = check_wins(wins)
    games = matrix + matrix.T
    theta = np.zeros(len(matrix))
    while True:
        p = 1 / (1 + np.exp(theta[None, :] - theta[:, None]))  # (N, N)，p[i, j] = P(i 胜 j)
        gradient = (matrix - games * p).sum(1)  # 实际胜场减预期胜场
        weight = games * p * (1 - p)
        covariance = np.linalg.pinv(np.diag(weight.sum(1)) - weight, hermitian=True)
        if np.abs(gradient).max() < tolerance * games.sum():
            return Fit(theta, covariance)
        step = covariance @ gradient
        theta = theta + step / max(1.0, np.abs(step).max())  # 步子不超过 1，远处也稳


