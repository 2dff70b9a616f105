"""多查询联想回忆（MQAR）：先读 n 对“键 值”，再逐个问键，要答出它的值；三种混合层，只差怎样记。

    输入   k₁ v₁ k₂ v₂ … kₙ vₙ | 问 k₃ k₁ kₙ …        在每个问的位置答出最后一次写给它的值

来源：arora2023zoology。与它公开的生成程序不同：问题紧跟在后，不夹随机词元，答案不写回输入；
另加“改写”一种：n/2 把键各写两次，第二次换一个值，只有后写的算对。

模型是两层混合层，没有前馈，也没有位置编码。每层先做宽 2 的短卷积，让“值”的位置看得见它左边的键
（DeltaNet、Mamba、KDA 都带这样的短卷积），再用一个 d_h 宽的头：
softmax 是普通的因果注意力；linear 把键和值相加；delta 按 Delta 规则写。
后两种的查询与键都归一到长度 1，每层状态 d_h × d_h，与长度无关；参数只差一个算 β 的向量。

不含：训练循环（lab-recall.py）、多头、衰减。
正文：docs/07-architecture/linear-recurrence.md。
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from labs.architecture.attention import causal_attention
from labs.architecture.delta_rule import chunkwise_delta_rule
from labs.architecture.linear_attention import chunkwise_linear_attention
from labs.architecture.normalization import RMSNorm
from labs.common.validate import check_count, check_tensor

MIXERS = ("softmax", "linear", "delta")
CHUNK = 48  # 块长只影响速度与舍入


def mqar(
    batch: int, n_pairs: int, n_keys: int, n_values: int, generator: torch.Generator, rewrite: bool = False
) -> tuple[Tensor, Tensor]:
    """一批题：词元 (B, 2·n_pairs + 问数)，末尾是问；答案 (B, 问数)，值的编号从 0 起，词元里再加 n_keys。

    出错：rewrite 时 n_pairs 须为偶数；键不够分，抛出 ValueError。
    """
    for name, count in (("batch", batch), ("n_keys", n_keys), ("n_values", n_values)):
        check_count(name, count)
    check_count("n_pairs", n_pairs, 2 if rewrite else 1)
    n_distinct = n_pairs // 2 if rewrite else n_pairs
    if n_distinct > n_keys or (rewrite and n_pairs % 2):
        raise ValueError(f"n_pairs 应为至多 {n_keys} 把不同的键，改写时还须为偶数；得到 {n_pairs}。")
    keys = torch.rand(batch, n_keys, generator=generator).argsort(-1)[:, :n_distinct]  # 不重复
    values = torch.randint(n_values, keys.shape, generator=generator)
    pairs = [torch.stack([keys, values + n_keys], dim=-1)]  # (B, n, 2)
    if rewrite:  # 换一种次序，再写一遍新值
        keys = keys.gather(1, torch.rand(keys.shape, generator=generator).argsort(-1))
        values = torch.randint(n_values, keys.shape, generator=generator)
        pairs.append(torch.stack([keys, values + n_keys], dim=-1))
    order = torch.rand(keys.shape, generator=generator).argsort(-1)
    ids = torch.cat([*(part.flatten(1) for part in pairs), keys.gather(1, order)], dim=1)
    return ids, values.gather(1, order)


class Mixer(nn.Module):
    """短卷积加一个头；kind 是 softmax、linear 或 delta。形状：(B, T, d_model) → (B, T, d_model)。"""

    def __init__(self, d_model: int, d_h: int, kind: str) -> None:
        super().__init__()
        check_count("d_model", d_model)
        check_count("d_h", d_h)
        if kind not in MIXERS:
            raise ValueError(f"kind 应为 {'、'.join(MIXERS)} 之一，得到 {kind!r}。")
        self.kind = kind
        self.W_qkv = nn.Linear(d_model, 3 * d_h, bias=False)
        self.current = nn.Parameter(torch.full((3 * d_h,), 0.5))
        self.previous = nn.Parameter(torch.full((3 * d_h,), 0.5))
        self.W_beta = nn.Linear(d_model, 1)
        self.norm = RMSNorm(d_h)  # 状态读出的大小随写入次数变，先归一
        self.W_o = nn.Linear(d_h, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """投影、短卷积、混合、归一、投影。"""
        check_tensor("x", x, "B", "T", self.W_qkv.in_features, leading=False)
        projected = self.W_qkv(x)  # (B, T, 3·d_h)
        left = nn.functional.pad(projected, (0, 0, 1, 0))[:, :-1]  # 整体右移一步，第一步补 0
        q, k, v = (self.current * projected + self.previous * left).chunk(3, dim=-1)
        if self.kind == "softmax":
            return self.W_o(causal_attention(q, k, v))
        q, k = normalize(q, dim=-1), normalize(k, dim=-1)
        if self.kind == "linear":
            mixed, _ = chunkwise_linear_attention(q, k, v, CHUNK)
        else:
            beta = torch.sigmoid(self.W_beta(x)).squeeze(-1)  # (B, T)
            mixed, _ = chunkwise_delta_rule(q, k, v, beta, CHUNK)
        return self.W_o(self.norm(mixed))  # (B, T, d_model)


class RecallModel(nn.Module):
    """两层混合层加残差。形状：词元 (B, T) → 每个位置对每个值的得分 (B, T, n_values)。"""

    def __init__(
        self, n_keys: int, n_values: int, d_model: int, d_h: int, kind: str, n_layers: int = 2
    ) -> None:
        super().__init__()
        for name, count in (("n_keys", n_keys), ("n_values", n_values), ("n_layers", n_layers)):
            check_count(name, count)
        self.word = nn.Embedding(n_keys + n_values, d_model)
        self.norms = nn.ModuleList(RMSNorm(d_model) for _ in range(n_layers))
        self.mixers = nn.ModuleList(Mixer(d_model, d_h, kind) for _ in range(n_layers))
        self.final_norm = RMSNorm(d_model)
        self.readout = nn.Linear(d_model, n_values, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """残差流上依次加两层。"""
        x = self.word(ids)  # (B, T, d_model)
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            x = x + mixer(norm(x))
        return self.readout(self.final_norm(x))


@torch.no_grad()
def accuracy(model: RecallModel, ids: Tensor, answers: Tensor) -> float:
    """问的位置上答对的比例。"""
    predicted = model(ids)[:, -answers.shape[1] :].argmax(-1)  # (B, 问数)
    return (predicted == answers).double().mean().item()
