"""挑着看的注意力：先用便宜的办法给每个键（或每一块键）打分，只对得分最高的 k 个做真正的注意力。

    DSA   I_ts = Σ_j w_tj · ReLU(q^I_tj · k^I_s)      按词元挑 k 个           deepseekai2025deepseekv32，式 (1)
    MoBA  g_tb = q_t · mean(第 b 块的键)               按块挑，自己那块必看     lu2025moba
    NSA   每块压成一条，用对它的注意力权重给块打分，再加窗口                      yuan2025native

打分也只许看过去：块的平均里若混进还没生成的词元，就偷看了未来，所以只有收满了的旧块才有资格参选。

手算一遍（DSA，两个头，w = (1, 0.5)）：查询 (1,0)、(0,2)，三把键 (2,1)、(−1,3)、(1,−1)。
头 1 的内积 2、−1、1，负的变 0；头 2 的内积 2、6、−2，负的变 0，再乘 0.5；得分 3、3、1。
留两个，第三把键落选，哪怕它与真正的查询最合。

挑着看省的是读和算，不省存：落选的键下一步可能入选，一个也不能丢。
不含：打分器怎样训练（挑选本身没有梯度）、NSA 的三路门控、按块连续读取的核函数。
正文：docs/07-architecture/attention-cost.md。
"""

import math

import torch
from torch import Tensor

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.masks import check_mask
from labs.common.validate import check_count, check_tensor


# --8<-- [start:index-scores]
def index_scores(q: Tensor, k: Tensor, weights: Tensor) -> Tensor:
    """索引器的得分：几个小头各算内积，负的当 0，按 weights 加权求和。

    形状：q (B, h_I, T, d_I)，k (B, T_k, d_I) 各头共用，weights (B, h_I, T)
    → (B, T, T_k)。
    """
    check_tensor("q", q, "B", "h_I", "T", "d_I", leading=False)
    check_tensor("k", k, q.shape[0], "T_k", q.shape[3], leading=False)
    check_tensor("weights", weights, *q.shape[:3], leading=False)
    scores = (q @ k.unsqueeze(1).transpose(-2, -1)).relu()  # (B, h_I, T, T_k)
    return (weights.unsqueeze(-1) * scores).sum(1)


def keep_top(scores: Tensor, top_k: int, allowed: Tensor) -> Tensor:
    """每行在 allowed 里留得分最高的 top_k 个，不足则全留；并列时留靠前的。

    形状：scores (…, T, T_k)，allowed 可广播到它 → (…, T, T_k)，布尔。
    """
    check_tensor("scores", scores, "T", "T_k")
    check_count("top_k", top_k)
    check_mask("allowed", allowed, scores.shape)
    barred = scores.masked_fill(~allowed, -math.inf)  # 先遮住未来再排序
    order = barred.argsort(dim=-1, descending=True, stable=True)
    chosen = torch.zeros_like(barred, dtype=torch.bool)
    return chosen.scatter(-1, order[..., :top_k], True) & allowed


# --8<-- [end:index-scores]


def gathered_attention(q: Tensor, k: Tensor, v: Tensor, chosen: Tensor) -> Tensor:
    """只取出入选的键和值来算，等于把落选的遮住。

    形状：q (B, h, T, d_h)，k (B, h, T_k, d_h)，v (B, h, T_k, d_v)，chosen (B, T, T_k) 各头共用 → (B, h, T, d_v)。
    """
    check_tensor("q", q, "B", "h", "T", "d_h", leading=False)
    check_tensor("k", k, *q.shape[:2], "T_k", q.shape[3], leading=False)
    check_mask("chosen", chosen, torch.Size((q.shape[0], q.shape[2], k.shape[2])))
    chosen = chosen.expand(q.shape[0], q.shape[2], -1)
    width = int(chosen.sum(-1).max().clamp(min=1))  # 最多的一行有几个
    valid, at = chosen.int().sort(dim=-1, descending=True, stable=True)  # 入选的排到前面
    valid, at = valid[..., :width].bool(), at[..., :width]  # (B, T, width)
    k, v = (torch.stack([x[b][:, at[b]] for b in range(len(x))]) for x in (k, v))  # (B, h, T, width, d)
    out = scaled_dot_product_attention(q.unsqueeze(3), k, v, valid[:, None, :, None, :])  # (B, h, T, 1, d_v)
    return out.squeeze(3)


def block_scores(q: Tensor, k: Tensor, block: int) -> Tensor:
    """MoBA 的得分：查询与每块键的平均求内积；末块不满也照平均。形状：(B, h, T, d_h)、(B, h, T_k, d_h) → (B, h, T, n)。"""
    check_count("block", block)
    check_tensor("q", q, "B", "h", "T", "d_h", leading=False)
    check_tensor("k", k, *q.shape[:2], "T_k", q.shape[3], leading=False)
    means = torch.stack([part.mean(2) for part in k.split(block, dim=2)], dim=2)  # (B, h, n, d_h)
    return q @ means.transpose(-2, -1)


def block_selection(scores: Tensor, block: int, top_k: int) -> Tensor:
    """自己那一块必看（因果），另从收满的旧块里挑 top_k 块。形状：(B, h, T, n) → (B, h, T, T)，布尔。"""
    check_count("block", block)
    check_tensor("scores", scores, "B", "h", "T", "n", leading=False)
    t = torch.arange(scores.shape[2])
    if scores.shape[3] != -(-len(t) // block):
        raise ValueError(f"scores 应有 {-(-len(t) // block)} 块，得到 {scores.shape[3]} 块。")
    past = torch.arange(scores.shape[3]) < (t // block).unsqueeze(1)  # (T, n)：第 t 个词元之前收满的块
    chosen = keep_top(scores, top_k, past)[..., t // block]  # (B, h, T, T)：块号换成词元号
    own = (t // block).unsqueeze(1) == t // block  # (T, T)
    return (chosen | own) & (t <= t.unsqueeze(1))


def compressed_visible(T: int, rate: int) -> Tensor:
    """rate 个词元压成一条：第 t 个词元看得见哪几条，收满了的才算。形状：(T, T // rate)，布尔。

    来源：transformers 5.23.0 的 DeepseekV4HCACompressor，条件是条号 < (t + 1) // rate。
    """
    check_count("T", T)
    check_count("rate", rate)
    return torch.arange(T // rate) < ((torch.arange(T) + 1) // rate).unsqueeze(1)
