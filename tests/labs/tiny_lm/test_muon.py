"""Muon：手算的奇异值、奇异向量不变、叠在一起与逐个算相同；对照 torch.optim.Muon。"""

import pytest
import torch

from labs.tiny_lm.muon import Muon, orthogonalize


def matrix(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_one_iteration_by_hand():
    found = orthogonalize(torch.diag(torch.tensor([3.0, 4.0])), steps=1)
    torch.testing.assert_close(found, torch.diag(torch.tensor([1.19327, 0.97648])), rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_the_singular_values_move_to_one_and_the_vectors_stay(shape):
    G = matrix(*shape)
    X = orthogonalize(G)
    U, _, Vh = torch.linalg.svd(G, full_matrices=False)
    inside = U.mT @ X @ Vh.mT
    values = inside.diagonal()
    torch.testing.assert_close(inside, torch.diag(values), rtol=0, atol=1e-4)
    assert values.min() > 0.5 and values.max() < 1.3
    torch.testing.assert_close(orthogonalize(G.mT), X.mT)


def test_the_size_of_the_gradient_does_not_matter():
    G = matrix(5, 7)
    torch.testing.assert_close(orthogonalize(1000 * G), orthogonalize(G), rtol=0, atol=1e-5)
    assert torch.equal(orthogonalize(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_a_stack_is_done_one_by_one():
    stack = matrix(3, 6, 4)
    torch.testing.assert_close(orthogonalize(stack), torch.stack([orthogonalize(G) for G in stack]), rtol=0, atol=1e-5)


def test_the_same_steps_as_torch():
    """几种形状、几步、衰减与动量都在内；torch 用 bfloat16 迭代，误差约为步长的百分之一。"""
    shapes = [(8, 8), (24, 8), (8, 24), (8, 8)]
    ours = [matrix(*shape, seed=n).requires_grad_() for n, shape in enumerate(shapes)]
    theirs = [W.detach().clone().requires_grad_() for W in ours]
    optimizers = [
        Muon(ours, lr=0.02, weight_decay=0.1),
        torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1, adjust_lr_fn="original"),
    ]
    for step in range(5):
        for n, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            mine.grad = matrix(*mine.shape, seed=100 * step + n)
            other.grad = mine.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for n, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        moved = (other - matrix(*mine.shape, seed=n)).abs().max()
        assert moved > 0.02
        torch.testing.assert_close(mine, other, rtol=0, atol=0.02 * moved.item())


def test_a_tall_matrix_goes_further():
    tall, wide = torch.zeros(16, 4, requires_grad=True), torch.zeros(4, 16, requires_grad=True)
    tall.grad = matrix(16, 4)
    wide.grad = tall.grad.mT.clone()
    Muon([tall, wide], lr=0.1).step()
    torch.testing.assert_close(tall.detach(), 2 * wide.detach().mT)  # √(16 / 4)


def test_without_a_gradient_nothing_moves():
    still, moved = matrix(3, 3).requires_grad_(), matrix(3, 3).requires_grad_()
    moved.grad = matrix(3, 3, seed=1)
    Muon([still, moved]).step()
    assert torch.equal(still, matrix(3, 3)) and not torch.equal(moved, matrix(3, 3))


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4)])
def test_only_matrices(shape):
    with pytest.raises(ValueError, match="params 里的每一个"):
        Muon([torch.zeros(shape, requires_grad=True)])


def test_orthogonalize_needs_a_matrix():
    with pytest.raises(ValueError, match="^G "):
        orthogonalize(torch.zeros(3))
