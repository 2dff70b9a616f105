"""因果注意力：不用循环，写出只看自己和以前的注意力。

先读 docs/07-architecture/attention.md。写完后运行：python scripts/exercise.py 07/causal-attention
"""

from torch import Tensor

REFERENCE = "labs.architecture.attention"  # 参考实现，做完再看


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """第 i 个输出是第 0 到 i 个值的加权平均，权重为 softmax(q_i · k_j / √d_h)，j ≤ i。

    形状：q、k (…, T, d_h)，v (…, T, d_v) → (…, T, d_v)，前面可以有任意多维。
    要求：不用循环；得分上万时不得出现 NaN。可以用 torch.softmax，不要用 torch 现成的注意力。
    """
    raise NotImplementedError(
        "还没有写。提示：先求全部得分，形状 (…, T, T)；再用一张布尔表把 j > i 的得分换成 −∞；最后归一、加权。"
    )
