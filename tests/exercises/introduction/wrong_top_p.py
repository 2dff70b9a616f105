"""top-p 的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

import torch

from labs.introduction.sampling import top_p


def cut(p, wanted, order):
    kept = torch.where(torch.zeros_like(wanted).scatter(-1, order, wanted), p, 0.0)
    return kept / kept.sum(-1, keepdim=True)


def top_p__stopping_one_short(p, threshold):
    top_p(p, threshold)
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    wanted = ranked.cumsum(-1) <= threshold
    wanted[..., 0] = True
    return cut(p, wanted, order)


def top_p__one_too_many(p, threshold):
    top_p(p, threshold)
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    return cut(p, (ranked.cumsum(-1) - ranked <= threshold) | (threshold == 1), order)


def top_p__without_the_margin(p, threshold):
    top_p(p, threshold)
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    return cut(p, (ranked.cumsum(-1) - ranked < threshold) | (threshold == 1), order)


def top_p__possibly_nothing(p, threshold):
    top_p(p, threshold)
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    return cut(p, (ranked.cumsum(-1) - ranked < threshold - 1e-6) | (threshold == 1), order)


def top_p__in_sorted_order(p, threshold):
    return top_p(p, threshold).sort(dim=-1, descending=True).values


def top_p__not_renormalized(p, threshold):
    return torch.where(top_p(p, threshold) > 0, p, 0.0)


def top_p__from_the_small_end(p, threshold):
    top_p(p, threshold)
    ranked, order = p.sort(dim=-1, stable=True)
    wanted = ranked.cumsum(-1) - ranked < threshold - 1e-6
    wanted[..., 0] = True
    return cut(p, wanted, order)


def top_p__keeping_every_tie(p, threshold):
    kept = top_p(p, threshold) > 0
    least = torch.where(kept, p, torch.inf).amin(-1, keepdim=True)
    everything = torch.where(p >= least, p, 0.0)
    return everything / everything.sum(-1, keepdim=True)


def top_p__one_cut_for_all_rows(p, threshold):
    kept = (top_p(p, threshold) > 0).flatten(0, -2).any(0) if p.dim() > 1 else top_p(p, threshold) > 0
    rows = torch.where(kept, p, 0.0)
    return rows / rows.sum(-1, keepdim=True)


def top_p__changing_the_input(p, threshold):
    return p.copy_(top_p(p, threshold))


def top_p__never_refusing(p, threshold):
    return top_p(p, min(max(threshold, 1e-9), 1) if threshold == threshold else 1)
