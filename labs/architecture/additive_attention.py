"""加性注意力：解码器每写一个词，给编码器的每个状态打一次分，按分数加权平均。

    e_j = v · tanh(s W_s + h_j W_a)，  a = softmax(e)，  context = Σ_j a_j h_j

来源：bahdanau2015neural，式 (5)、(6) 与附录 A.1.2（那里 W_s、W_a 记作 W_a、U_a，向量写成列）。
手算一遍（一维，W_s = W_a = v = 1，s = 0，h = (0, 1, 2)）：e = 0, 0.762, 0.964，
取指数得 1、2.142、2.622，除以总和 5.764 得 0.173、0.372、0.455，平均 0.372 + 2 × 0.455 = 1.281。
不含：编码器、解码器、一批句子。
正文：docs/07-architecture/recurrent-networks.md。
"""

import torch
from torch import Tensor

from labs.architecture.attention import softmax
from labs.common.validate import check_tensor


# --8<-- [start:additive-attention]
def additive_attention(s: Tensor, h: Tensor, W_s: Tensor, W_a: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """解码器状态 s 从编码器的 T 个状态里读一次，返回读到的内容与权重。

    形状：s (d_s,)，h (T, d)，W_s (d_s, m)，W_a (d, m)，v (m,) → (d,) 与 (T,)；不合则 ValueError。
    """
    check_tensor("v", v, "m", leading=False)
    check_tensor("h", h, "T", "d", leading=False)
    check_tensor("s", s, "d_s", leading=False)
    check_tensor("W_s", W_s, len(s), len(v), leading=False)
    check_tensor("W_a", W_a, h.shape[1], len(v), leading=False)
    scores = torch.tanh(s @ W_s + h @ W_a) @ v  # (T,)
    weights = softmax(scores)  # (T,)
    return weights @ h, weights  # (d,), (T,)


# --8<-- [end:additive-attention]
