"""因果注意力的公开测试：规格是一段朴素的循环，答案必须与它相同。"""

import ast
import inspect
import math
import textwrap

import torch
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.architecture.causal_attention import causal_attention

sizes = st.integers(1, 6)
seeds = st.integers(0, 999)


def draw(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def specification(q, k, v):
    """一个词一个词地算：q、k (T, d_h)，v (T, d_v)。"""
    T, d_h = q.shape
    rows = []
    for i in range(T):
        exps = [math.exp(float(q[i] @ k[j]) / math.sqrt(d_h)) for j in range(i + 1)]
        rows.append(sum(e / sum(exps) * v[j] for j, e in enumerate(exps)))
    return torch.stack(rows)


@given(T=sizes, d_h=sizes, d_v=sizes, seed=seeds)
def test_it_agrees_with_the_specification(T, d_h, d_v, seed):
    q, k, v = draw(T, d_h, seed=seed), draw(T, d_h, seed=seed + 1), draw(T, d_v, seed=seed + 2)
    torch.testing.assert_close(causal_attention(q, k, v), specification(q, k, v))


def test_the_example_of_the_book():
    x = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    k = torch.tensor([[2.0, 1.0], [2.0, 3.0], [0.0, 2.0]])
    expected = torch.tensor([[1.0, 0.0], [1.0, 0.804], [0.716, 0.860]])
    torch.testing.assert_close(causal_attention(x, k, x), expected, atol=5e-4, rtol=0)


@given(seed=seeds, leading=st.lists(st.integers(1, 3), max_size=3))
def test_leading_dimensions_are_worked_on_one_by_one(seed, leading):
    q, k, v = (draw(*leading, 4, 3, seed=seed + s) for s in range(3))
    out = causal_attention(q, k, v)
    assert out.shape == v.shape
    flat = zip(q.reshape(-1, 4, 3), k.reshape(-1, 4, 3), v.reshape(-1, 4, 3), strict=True)
    torch.testing.assert_close(out.reshape(-1, 4, 3), torch.stack([specification(*one) for one in flat]))


@given(T=st.integers(2, 6), seed=seeds, data=st.data())
def test_changing_the_future_leaves_the_past_unchanged(T, seed, data):
    t = data.draw(st.integers(1, T - 1))
    q, k, v = (draw(T, 3, seed=seed + s) for s in range(3))
    before = causal_attention(q, k, v)[:t].clone()
    for x in (q, k, v):
        x[t:] += 5
    assert torch.equal(causal_attention(q, k, v)[:t], before)


def test_the_first_word_can_only_copy_itself():
    q, k, v = (draw(5, 3, seed=s) for s in range(3))
    torch.testing.assert_close(causal_attention(q, k, v)[0], v[0])


def test_huge_scores_stay_finite():
    q, k, v = (draw(5, 3, seed=s) * 1e4 for s in range(3))
    assert causal_attention(q, k, v).isfinite().all()


def test_the_inputs_are_left_alone():
    inputs = [draw(5, 3, seed=s) for s in range(3)]
    before = [x.clone() for x in inputs]
    causal_attention(*inputs)
    assert all(torch.equal(a, b) for a, b in zip(inputs, before, strict=True))


def test_there_are_no_loops():
    tree = ast.parse(textwrap.dedent(inspect.getsource(causal_attention)))
    loops = (ast.For, ast.While, ast.comprehension)
    assert not any(isinstance(node, loops) for node in ast.walk(tree)), "不用循环，也不用列表推导"
    causal_attention(*(draw(2, 2, seed=s) for s in range(3)))  # 还没有写时，这一条也应当失败
