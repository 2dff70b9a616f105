"""Muon：给矩阵用的优化器。动量的奇异值全都拉到 1 附近，再走一步，于是每个方向走得一样远。

    M ← βM + (1 − β)G；U = (1 − β)G + βM；X = U / ‖U‖_F，五次 X ← aX + (bXXᵀ + c(XXᵀ)²)X
    W ← (1 − ηλ)W − η·√max(1, 行数 / 列数)·X

X = P diag(s) Qᵀ 时，一次迭代只动奇异值：s ← as + bs³ + cs⁵，P、Q 不变（Newton–Schulz）。
系数 (3.4445, −4.7750, 2.0315) 使小的 s 长得最快，五次之后 s 落在约 0.7 到 1.2 之间，不追求恰好是 1。
来源：Jordan 等，kellerjordan.github.io/posts/muon。与 torch.optim.Muon（adjust_lr_fn="original"）同一个算法，只有两处不同：
那里用 bfloat16 做矩阵乘，没有相应指令的处理器上慢二三十倍；这里用 float32，并把同样大小的矩阵叠在一起乘。

手算一遍（G = diag(3, 4)，X = diag(0.6, 0.8)）：0.6 → 3.4445·0.6 − 4.7750·0.216 + 2.0315·0.07776 = 1.193，
0.8 → 2.7556 − 2.4448 + 0.6657 = 0.976；原来差 1/3 的两个方向，一次之后都近于 1。
不含：词嵌入与增益（归 AdamW）、QK-Clip、分布式。
模型卡：labs/data/tiny-lm.md。
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

from labs.common.validate import check_tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalize(G: Tensor, steps: int = 5) -> Tensor:
    """奇异值拉到 1 附近，奇异向量不变。形状：(…, m, n) → 同形状；不是这样的张量则 ValueError。"""
    check_tensor("G", G, "m", "n")
    a, b, c = COEFFICIENTS
    tall = G.shape[-2] > G.shape[-1]
    X = G.mT if tall else G  # 矮的一边在前，XXᵀ 小
    X = X / X.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)  # 奇异值都不超过 1
    for _ in range(steps):
        A = X @ X.mT  # (…, m, m)
        X = a * X + (b * A + c * A @ A) @ X
    return X.mT if tall else X


class Muon(Optimizer):
    """只收矩阵（二维参数）；参数的意思同 torch.optim.Muon。出错：有别的维数，抛出 ValueError。"""

    def __init__(self, params: Iterable[Tensor], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            for W in group["params"]:
                check_tensor("params 里的每一个", W, "m", "n", leading=False)

    @torch.no_grad()
    def step(self) -> None:
        """走一步；没有梯度的参数不动。"""
        for group in self.param_groups:
            beta, decay = group["momentum"], 1 - group["lr"] * group["weight_decay"]
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for W in group["params"]:
                if W.grad is not None:
                    alike[W.shape].append(W)
            for shape, matrices in alike.items():
                updates = [self.momentum(W, beta) for W in matrices]
                rate = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5  # 高的矩阵走得远些
                for W, X in zip(matrices, orthogonalize(torch.stack(updates)), strict=True):
                    W.mul_(decay).sub_(X, alpha=rate)

    def momentum(self, W: Tensor, beta: float) -> Tensor:
        """更新动量，返回往前看一步的动量（Nesterov）。"""
        if "momentum" not in self.state[W]:
            self.state[W]["momentum"] = torch.zeros_like(W)
        M = self.state[W]["momentum"]
        M.lerp_(W.grad, 1 - beta)
        return W.grad.lerp(M, beta)
