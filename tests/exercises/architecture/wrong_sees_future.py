"""抓泄漏的错答案：每个函数犯一个常见的错，公开测试必须抓住。"""

import torch

from labs.architecture.causality import sees_future


def sees_future__only_the_last_word(model, x):
    changed = x.clone()
    changed[..., -1, :] += 1
    return not torch.equal(model(x)[..., :-1, :], model(changed)[..., :-1, :])


def sees_future__only_the_next_word(model, x):
    changed = [x.index_add(-2, torch.tensor([t]), x[..., :1, :] + 1) for t in range(1, x.shape[-2])]
    return any(not torch.equal(model(x)[..., t, :], model(c)[..., t, :]) for t, c in enumerate(changed))


def sees_future__too_tolerant(model, x):
    return sees_future(lambda x: (model(x) * 1e4).round(), x)


def sees_future__only_the_first_sentence(model, x):
    return sees_future(lambda y: model(y.expand_as(x))[:1], x[:1])


def sees_future__by_gradient(model, x):
    x = x.clone().requires_grad_()
    y = model(x)
    grads = (
        torch.autograd.grad(y[..., t, :].sum(), x, retain_graph=True, allow_unused=True)[0]
        for t in range(x.shape[-2] - 1)
    )
    return (
        any(g is not None and bool(g[..., t + 1 :, :].any()) for t, g in enumerate(grads))
        if y.requires_grad
        else False
    )


def sees_future__changing_the_input(model, x):
    return sees_future(model, x.mul_(1.5))


def sees_future__suspicious_of_everyone(model, x):
    return True
