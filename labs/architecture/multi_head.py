"""多头注意力与分组查询：把宽度切成几段，每一段各做一次注意力，再拼回来。

    head_i = Attn(X W_Q^(i), X W_K^(i), X W_V^(i))
    MultiHead(X) = [head_1, …, head_h] W_O

来源：vaswani2017attention，3.2.2 节。分组查询（grouped-query，GQA）让相邻的 h / h_kv 个查询头
共用一组键和值：ainslie2023gqa，2.2 节；h_kv = h 是普通多头，h_kv = 1 是多查询（multi-query）。

两个头，手算一遍（X、W_K 同 attention.py，d_model = 2，h = 2，d_h = 1，W_Q、W_V、W_O 取单位阵）：
第三个词的头 1 得分 0、0、0，三个词各占 1/3；头 2 得分 1、3、2，权重 0.090、0.665、0.245。
输出 (0.667, 0.910)：一个头把全句平均，另一个头盯住第二个词。

参数量：W_Q、W_O 各 d_model · h · d_h，W_K、W_V 各 d_model · h_kv · d_h。
h_kv = h 且 h · d_h = d_model 时共 4 · d_model²，与切成几个头无关。
不含：偏置、位置信息、键值缓存、交叉注意力。
正文：docs/07-architecture/attention.md。
"""

from torch import Tensor, nn

from labs.architecture.attention import scaled_dot_product_attention
from labs.common.validate import check_count, check_tensor


def check_divisible(whole_name: str, whole: int, part_name: str, part: int) -> None:
    """要求 whole、part 是正整数且 whole 能被 part 整除；否则抛出 ValueError。"""
    check_count(whole_name, whole)
    check_count(part_name, part)
    if whole % part:
        raise ValueError(f"{whole_name} 应能被 {part_name} = {part} 整除，得到 {whole}。")


def check_projections(x: Tensor, W_q: Tensor, W_k: Tensor, W_v: Tensor, W_o: Tensor) -> None:
    """要求四个投影矩阵与 x、与彼此的形状相接；否则抛出 ValueError。"""
    check_tensor("x", x, "B", "T", "d_model", leading=False)
    check_tensor("W_q", W_q, x.shape[2], "h·d_h", leading=False)
    check_tensor("W_k", W_k, x.shape[2], "h_kv·d_h", leading=False)
    check_tensor("W_v", W_v, *W_k.shape, leading=False)
    check_tensor("W_o", W_o, W_q.shape[1], x.shape[2], leading=False)


# --8<-- [start:split-heads]
def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """把最后一维切成 n_heads 段，每段一个头。形状：(B, T, h·d_h) → (B, h, T, d_h)；切不匀则 ValueError。"""
    check_tensor("x", x, "B", "T", "h·d_h", leading=False)
    check_divisible("x.shape[2]", x.shape[2], "n_heads", n_heads)
    return x.unflatten(2, (n_heads, -1)).transpose(1, 2)  # (B, T, h, d_h) → (B, h, T, d_h)


def merge_heads(x: Tensor) -> Tensor:
    """split_heads 的逆：把各头首尾相接。形状：(B, h, T, d_h) → (B, T, h·d_h)；维数不对则 ValueError。"""
    check_tensor("x", x, "B", "h", "T", "d_h", leading=False)
    return x.transpose(1, 2).flatten(2)  # (B, T, h, d_h) → (B, T, h·d_h)


# --8<-- [end:split-heads]


# --8<-- [start:grouped-query]
def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """查询头多、键值头少的注意力：第 i 个查询头用第 i // (h / h_kv) 组键和值。

    形状：q (B, h, T, d_h)，k、v (B, h_kv, T_k, d_h)，mask 可广播到 (B, h, T, T_k) → (B, h, T, d_h)。
    出错：h 不能被 h_kv 整除，或形状不合，抛出 ValueError。
    """
    check_tensor("q", q, "B", "h", "T", "d_h", leading=False)
    check_tensor("k", k, q.shape[0], "h_kv", "T_k", q.shape[3], leading=False)
    check_tensor("v", v, *k.shape[:3], "d_v", leading=False)
    h, h_kv = q.shape[1], k.shape[1]
    check_divisible("h", h, "h_kv", h_kv)
    group = h // h_kv  # 几个查询头共用一组
    k = k.repeat_interleave(group, dim=1)  # (B, h, T_k, d_h)：1,1,2,2 而非 1,2,1,2
    v = v.repeat_interleave(group, dim=1)  # (B, h, T_k, d_v)
    return scaled_dot_product_attention(q, k, v, mask)  # (B, h, T, d_v)


# --8<-- [end:grouped-query]


# --8<-- [start:multi-head]
def multi_head_attention(
    x: Tensor, W_q: Tensor, W_k: Tensor, W_v: Tensor, W_o: Tensor, n_heads: int, mask: Tensor | None = None
) -> Tensor:
    """多头自注意力，权重由调用者给出。W_k、W_v 比 W_q 窄，便是分组查询。

    形状：x (B, T, d_model)，W_q (d_model, h·d_h)，W_k、W_v (d_model, h_kv·d_h)，W_o (h·d_h, d_model)
    → (B, T, d_model)；mask 可广播到 (B, h, T, T)。出错：形状不合，抛出 ValueError。
    """
    check_projections(x, W_q, W_k, W_v, W_o)
    q = split_heads(x @ W_q, n_heads)  # (B, h, T, d_h)
    check_divisible("W_k.shape[1]", W_k.shape[1], "d_h", q.shape[3])
    n_kv_heads = W_k.shape[1] // q.shape[3]  # 每头一样宽，键值头数由 W_k 的宽度决定
    k = split_heads(x @ W_k, n_kv_heads)  # (B, h_kv, T, d_h)
    v = split_heads(x @ W_v, n_kv_heads)  # (B, h_kv, T, d_h)
    heads = grouped_query_attention(q, k, v, mask)  # (B, h, T, d_h)
    return merge_heads(heads) @ W_o  # (B, T, h·d_h) → (B, T, d_model)


# --8<-- [end:multi-head]


class MultiHeadAttention(nn.Module):
    """多头自注意力；n_kv_heads 小于 n_heads 时即分组查询。形状：x (B, T, d_model) → (B, T, d_model)。"""

    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int | None = None) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads = n_heads, n_heads if n_kv_heads is None else n_kv_heads
        check_divisible("d_model", d_model, "n_heads", n_heads)
        check_divisible("n_heads", n_heads, "n_kv_heads", self.n_kv_heads)
        d_h = d_model // n_heads
        self.W_q = nn.Linear(d_model, n_heads * d_h, bias=False)
        self.W_k = nn.Linear(d_model, self.n_kv_heads * d_h, bias=False)
        self.W_v = nn.Linear(d_model, self.n_kv_heads * d_h, bias=False)
        self.W_o = nn.Linear(n_heads * d_h, d_model, bias=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """掩码可广播到 (B, h, T, T)；形状不合则 ValueError。"""
        check_tensor("x", x, "B", "T", self.W_q.in_features, leading=False)
        q = split_heads(self.W_q(x), self.n_heads)  # (B, h, T, d_h)
        k = split_heads(self.W_k(x), self.n_kv_heads)  # (B, h_kv, T, d_h)
        v = split_heads(self.W_v(x), self.n_kv_heads)  # (B, h_kv, T, d_h)
        return self.W_o(merge_heads(grouped_query_attention(q, k, v, mask)))  # (B, T, d_model)
