"""旋转位置编码的公开测试：规格一对一对地转，答案必须与它相同；得分只看距离。"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.architecture.rope import rotate

seeds = st.integers(0, 999)
places = st.lists(st.integers(-50, 5000), min_size=1, max_size=4)


def draw(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def specification(x, positions, theta, pairing="halves"):
    """一行一行、一对一对地转：x (T, d_h)，positions (T,)。"""
    out, n = x.clone(), len(theta)
    for t, position in enumerate(positions.tolist()):
        for i, speed in enumerate(theta.tolist()):
            first, second = (i, n + i) if pairing == "halves" else (2 * i, 2 * i + 1)
            a, b, angle = float(x[t, first]), float(x[t, second]), position * speed
            out[t, first] = a * math.cos(angle) - b * math.sin(angle)
            out[t, second] = a * math.sin(angle) + b * math.cos(angle)
    return out


@given(where=places, pairs=st.integers(1, 3), rest=st.integers(0, 2), pairing=st.sampled_from(["halves", "interleaved"]), seed=seeds)
def test_it_agrees_with_the_specification(where, pairs, rest, pairing, seed):
    x, theta = draw(len(where), 2 * pairs + 2 * rest, seed=seed), draw(pairs, seed=seed + 1).abs()
    positions = torch.tensor(where)
    expected = specification(x, positions, theta, pairing)
    torch.testing.assert_close(rotate(x, positions, theta, pairing), expected, atol=1e-10, rtol=0)


def test_the_example_of_the_book():
    theta = torch.tensor([math.pi / 2])
    keys = torch.tensor([[2.0, 1.0], [2.0, 3.0], [0.0, 2.0]])
    expected = torch.tensor([[2.0, 1.0], [-3.0, 2.0], [0.0, -2.0]])
    torch.testing.assert_close(rotate(keys, torch.arange(3), theta), expected, atol=1e-6, rtol=0)


@given(shift=st.integers(-1000, 1000), seed=seeds)
def test_scores_depend_only_on_the_distance(shift, seed):
    q, k, theta, where = draw(5, 6, seed=seed), draw(5, 6, seed=seed + 1), torch.tensor([1, 0.1, 0.01], dtype=torch.float64), torch.arange(5)

    def scores(start):
        return rotate(q, where + start, theta) @ rotate(k, where + start, theta).T

    torch.testing.assert_close(scores(shift), scores(0), atol=1e-9, rtol=0)


@given(where=places, seed=seeds)
def test_lengths_are_kept(where, seed):
    x = draw(len(where), 8, seed=seed)
    turned = rotate(x, torch.tensor(where), torch.tensor([1.0, 0.3, 0.02, 0.001]))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))


def test_position_zero_and_the_tail_are_left_alone():
    x, theta = draw(3, 10, seed=0), torch.tensor([1.0, 0.5])
    assert torch.equal(rotate(x, torch.zeros(3), theta), x)
    assert torch.equal(rotate(x, torch.tensor([1, 5, 9]), theta)[:, 4:], x[:, 4:])


@given(seed=seeds, leading=st.lists(st.integers(1, 3), max_size=3))
def test_leading_dimensions_are_worked_on_one_by_one(seed, leading):
    x, theta, where = draw(*leading, 4, 6, seed=seed), torch.tensor([1, 0.1], dtype=torch.float64), torch.tensor([0.5, 3, 7, 20])
    out = rotate(x, where, theta)
    assert out.shape == x.shape
    flat = torch.stack([specification(one, where, theta) for one in x.reshape(-1, 4, 6)])
    torch.testing.assert_close(out.reshape(-1, 4, 6), flat, atol=1e-9, rtol=0)


def test_every_sentence_may_have_its_own_positions():
    x, theta, where = draw(2, 3, 4, seed=0), torch.tensor([1.0]), torch.tensor([[0, 1, 2], [100, 101, 102]])
    expected = torch.stack([specification(*pair, theta) for pair in zip(x, where, strict=True)])
    torch.testing.assert_close(rotate(x, where, theta), expected, atol=1e-9, rtol=0)


def test_far_positions_keep_their_angle():
    """位置 131,071 若先存成 float32 的角度，差到千分之四弧度。"""
    turned = rotate(torch.tensor([[1.0, 0.0]]), torch.tensor([131_071]), torch.tensor([1.0]))
    expected = torch.tensor([[math.cos(131_071), math.sin(131_071)]])
    torch.testing.assert_close(turned, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("d_h", "pairs", "pairing"), [(3, 1, "halves"), (5, 2, "halves"), (4, 3, "interleaved"), (4, 2, "both")])
def test_widths_and_pairings_that_cannot_be_turned_are_rejected(d_h, pairs, pairing):
    with pytest.raises(ValueError):
        rotate(torch.zeros(2, d_h), torch.arange(2), torch.ones(pairs), pairing)


@pytest.mark.parametrize("outside", [8, 9000, -1])
def test_positions_beyond_the_maximum_are_rejected_and_the_last_is_not(outside):
    x, theta = torch.ones(2, 4), torch.tensor([1.0])
    assert rotate(x, torch.tensor([0, 7]), theta, max_position=8).shape == (2, 4)
    with pytest.raises(ValueError):
        rotate(x, torch.tensor([0, outside]), theta, max_position=8)


def test_the_dtype_is_kept_and_the_inputs_are_left_alone():
    for dtype in (torch.float32, torch.float64):
        x, where, theta = draw(3, 4, seed=0).to(dtype), torch.arange(3), torch.tensor([1.0, 0.1])
        before = x.clone(), where.clone(), theta.clone()
        assert rotate(x, where, theta).dtype == dtype
        assert all(torch.equal(a, b) for a, b in zip((x, where, theta), before, strict=True))
