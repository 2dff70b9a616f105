"""因果注意力的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

import torch

from labs.architecture.attention import causal_attention, scaled_dot_product_attention
from labs.architecture.masks import causal_mask


def causal_attention__unscaled(q, k, v):
    return scaled_dot_product_attention(q * q.shape[-1] ** 0.5, k, v, causal_mask(q.shape[-2]))


def causal_attention__unmasked(q, k, v):
    return scaled_dot_product_attention(q, k, v)


def causal_attention__off_by_one(q, k, v):
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]).tril(-1))


def causal_attention__peeking_one(q, k, v):
    return scaled_dot_product_attention(q, k, v, causal_mask(q.shape[-2]).roll(-1, -1).tril(1))


def causal_attention__masked_after_softmax(q, k, v):
    weights = torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, -1)
    return weights.tril() @ v


def causal_attention__wrong_axis(q, k, v):
    scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -1e30)
    return torch.softmax(scores, -2) @ v


def causal_attention__scaled_by_the_values(q, k, v):
    scores = (q @ k.mT / v.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -1e30)
    return torch.softmax(scores, -1) @ v


def causal_attention__overflowing(q, k, v):
    weights = torch.exp(q @ k.mT / q.shape[-1] ** 0.5).tril()
    return weights / weights.sum(-1, keepdim=True) @ v


def causal_attention__masked_with_minus_ten(q, k, v):
    scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~causal_mask(q.shape[-2]), -10.0)
    return torch.softmax(scores, -1) @ v


def causal_attention__looping(q, k, v):
    rows = [
        scaled_dot_product_attention(q[..., i : i + 1, :], k[..., : i + 1, :], v[..., : i + 1, :])
        for i in range(q.shape[-2])
    ]
    return torch.cat(rows, -2)


def causal_attention__writing_into_the_input(q, k, v):
    return causal_attention(q, k, v.mul_(1.0 + 1e-9))
