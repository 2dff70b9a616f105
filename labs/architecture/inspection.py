"""看模型的里面：注意力图上的三种得分，逐层的预测（logit lens），摘掉几个头。

    汇聚    第 1 行起，分给第 0 个词元的权重                       xiao2023efficient，3.1 节
    前一词  第 1 行起，分给左边那个词元的权重
    归纳    一段词元连写两遍，第二遍里分给“上一遍同一个词元的后一个”的权重      olsson2022context
    透镜    第 l 层的残差流 x_l 直接归一、乘输出矩阵：softmax(W_U Norm(x_l))       nostalgebraist2020interpreting

得分都是在行上取平均，0 到 1。手算一遍归纳得分（a b a b，周期 2）：第二个 a 是第 2 行，该看第 1 列的 b；
第二个 b 是第 3 行，该看第 2 列，即第二个 a（它是 b 上一次出现之后的词元）。两行分给它们 0.6 和 0.2，得分 0.4。

得分高只说明图长什么样，不说明这个头干什么：权重乘的值可能很短（kobayashi2020attention），后面的层也可能不用它。
要知道有没有用，摘掉它（ablated），看损失变不变。
不含：训练出来的透镜、激活修补、用平均值代替的摘除。
正文：docs/07-architecture/lab-real-model.py。
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from labs.architecture.attention import softmax
from labs.architecture.masks import causal_mask
from labs.architecture.transformer_lm import TransformerLM
from labs.common.validate import check_count, check_tensor


@torch.no_grad()
def attention_maps(model: TransformerLM, ids: Tensor) -> Tensor:
    """每层每头的注意力图。形状：ids (B, T) → (L, B, h, T, T)。出错同 TransformerLM.residual_stream。"""
    stream, T = model.residual_stream(ids), ids.shape[1]
    cos, sin, mask = model.cos[:T], model.sin[:T], causal_mask(T)
    maps = [b.attention.weights(b.attention_norm(x), cos, sin, mask) for x, b in zip(stream, model.blocks, strict=False)]
    return torch.stack(maps)


@torch.no_grad()
def value_lengths(model: TransformerLM, ids: Tensor) -> Tensor:
    """每个词元的值过了 W_o 之后有多长，‖v_j W_o‖：权重乘的就是它。形状：ids (B, T) → (L, B, h, T)。"""
    stream, T, c = model.residual_stream(ids), ids.shape[1], model.config
    lengths = []
    for x, block in zip(stream, model.blocks, strict=False):
        _, _, v = block.attention.rotated(block.attention_norm(x), model.cos[:T], model.sin[:T])  # (B, h_kv, T, d_h)
        W_o = block.attention.W_o.weight.T.unflatten(0, (c.n_heads, c.d_h))  # (h, d_h, d_model)
        lengths.append((v.repeat_interleave(c.n_heads // c.n_kv_heads, dim=1) @ W_o).norm(dim=-1))
    return torch.stack(lengths)


def weighted_by_length(maps: Tensor, lengths: Tensor) -> Tensor:
    """权重乘上值的长度，每行重新归一。形状：maps (…, T, T)，lengths (…, T) → 同 maps。"""
    check_maps(maps)
    check_tensor("lengths", lengths, *maps.shape[:-1], leading=False)
    weighted = maps * lengths[..., None, :]
    return weighted / weighted.sum(-1, keepdim=True)


def first_token_share(maps: Tensor) -> Tensor:
    """分给第 0 个词元的权重，从第 1 行起平均（第 0 行别无选择）。形状：(…, T, T) → (…)。"""
    check_maps(maps)
    return maps[..., 1:, 0].mean(-1)


def previous_token_score(maps: Tensor) -> Tensor:
    """分给左边那个词元的权重，从第 2 行起平均（第 1 行的左边就是第 0 个）。形状：(…, T, T) → (…)。"""
    check_maps(maps, minimum=3)
    return maps.diagonal(-1, -2, -1)[..., 1:].mean(-1)


def induction_score(maps: Tensor, period: int) -> Tensor:
    """序列是同一段 period 个词元连写两遍；第二遍的第 i 行分给第 i − period + 1 列的权重，取平均。"""
    check_count("period", period, minimum=2)
    check_maps(maps, exactly=2 * period)
    return maps.diagonal(1 - period, -2, -1)[..., 1:].mean(-1)  # 第 period − 1 行还在第一遍，去掉


@torch.no_grad()
def logit_lens(model: TransformerLM, ids: Tensor) -> Tensor:
    """假如到第 l 层为止，下一个词元各有多大概率。形状：ids (B, T) → (L + 1, B, V)，末层就是模型的预测。"""
    stream = torch.stack([x[:, -1] for x in model.residual_stream(ids)])  # (L + 1, B, d_model)，只要末位
    return softmax(model.unembed(model.final_norm(stream)))


def rank_of(p: Tensor, answer: int) -> Tensor:
    """answer 的概率排第几，1 是第一。形状：(…, V) → (…)。出错：answer 不在 0 到 V − 1 之间，ValueError。"""
    check_tensor("p", p, "V")
    check_index("answer", answer, p.shape[-1])
    return 1 + (p > p[..., answer : answer + 1]).sum(-1)


@contextmanager
def ablated(model: TransformerLM, heads: Iterable[tuple[int, int]]) -> Iterator[None]:
    """在 with 之内，把几个头（层，头）的输出换成 0，其余照算；出来时复原。出错：没有这个头，ValueError。"""
    c, hooks = model.config, []
    try:
        for layer, head in heads:
            check_index("层", layer, c.n_layers)
            check_index("头", head, c.n_heads)
            W_o = model.blocks[layer].attention.W_o  # 它的输入是各头的输出，首尾相接
            hooks.append(W_o.register_forward_pre_hook(silence(head * c.d_h, (head + 1) * c.d_h)))
        yield
    finally:
        for hook in hooks:
            hook.remove()


def silence(start: int, stop: int) -> Callable[..., Tensor]:
    """把输入的第 start 到 stop − 1 维换成 0 的钩子。"""

    def hook(_module: object, inputs: tuple[Tensor]) -> Tensor:
        kept = inputs[0].clone()  # (B, T, h·d_h)；不改调用者手里的那一份
        kept[..., start:stop] = 0.0
        return kept

    return hook


def check_maps(maps: object, minimum: int = 2, exactly: int | None = None) -> None:
    """要求 maps 形如 (…, T, T)，T 不小于 minimum，或恰好是 exactly；否则抛出 ValueError。"""
    check_tensor("maps", maps, "T", "T")
    T, wanted = maps.shape[-1], exactly or minimum
    if maps.shape[-2] != T or T < wanted or (exactly and T != exactly):
        raise ValueError(f"maps 应为形如 (…, T, T) 的注意力图，T {'=' if exactly else '≥'} {wanted}，得到形状 {tuple(maps.shape)}。")


def check_index(name: str, value: object, size: int) -> None:
    """要求 value 是 0 到 size − 1 的整数；否则抛出 ValueError。"""
    check_count(name, value, minimum=0)
    if value >= size:
        raise ValueError(f"{name} 应在 0 到 {size - 1} 之间，得到 {value}。")
