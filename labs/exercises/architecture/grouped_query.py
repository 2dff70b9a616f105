"""分组查询：查询头比键值头多，相邻的几个查询头共用一组键和值。

先读 docs/07-architecture/attention.md。写完后运行：python scripts/exercise.py 07/grouped-query
"""

from torch import Tensor

REFERENCE = "labs.architecture.multi_head"  # 参考实现，做完再看


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """第 i 个查询头用第 i // (h / h_kv) 组键和值，各做一次缩放点积注意力。

    形状：q (B, h, T, d_h)，k (B, h_kv, T_k, d_h)，v (B, h_kv, T_k, d_v) → (B, h, T, d_v)；
    mask 为 None，或是可广播到 (B, h, T, T_k) 的布尔张量，True 表示可以看。
    要求：h 不能被 h_kv 整除时抛出 ValueError；不改动输入。
    可以导入 labs.architecture.attention 里的 scaled_dot_product_attention。
    """
    raise NotImplementedError(
        "还没有写。提示：把 k、v 沿头的那一维各重复 h / h_kv 次，想一想重复后是 1,1,2,2 还是 1,2,1,2。"
    )
