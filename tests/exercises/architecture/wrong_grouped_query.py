"""分组查询的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

import torch

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.multi_head import grouped_query_attention


def grouped_query_attention__tiled(q, k, v, mask=None):
    group = q.shape[1] // k.shape[1]
    if group * k.shape[1] != q.shape[1]:
        raise ValueError
    return scaled_dot_product_attention(q, k.repeat(1, group, 1, 1), v.repeat(1, group, 1, 1), mask)


def grouped_query_attention__first_group_only(q, k, v, mask=None):
    return grouped_query_attention(q, k[:, :1], v[:, :1], mask)


def grouped_query_attention__mask_ignored(q, k, v, mask=None):
    return grouped_query_attention(q, k, v)


def grouped_query_attention__mask_inverted(q, k, v, mask=None):
    return grouped_query_attention(q, k, v, None if mask is None else ~mask)


def grouped_query_attention__never_refusing(q, k, v, mask=None):
    index = torch.arange(q.shape[1]) * k.shape[1] // q.shape[1]
    return scaled_dot_product_attention(q, k[:, index], v[:, index], mask)
