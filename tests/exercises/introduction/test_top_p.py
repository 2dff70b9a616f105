"""top-p 的公开测试：规格一个一个地取，答案必须与它相同。"""

import ast
import inspect
import textwrap

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.introduction.top_p import top_p

weights = st.lists(st.integers(1, 9), min_size=1, max_size=8)
thresholds = st.sampled_from([0.05, 0.3, 0.5, 0.77, 0.9, 0.99])


def specification(p, threshold):
    """一行，一个一个地取；并列时编号小的先取。"""
    kept, total = [], 0.0
    for i in sorted(range(len(p)), key=lambda i: (-p[i], i)):
        kept.append(i)
        total += p[i]
        if total >= threshold - 1e-6:
            break
    return [p[i] / total if i in kept else 0.0 for i in range(len(p))]


def distribution(ws):
    return torch.tensor(ws, dtype=torch.float64) / sum(ws)


@given(ws=weights, threshold=thresholds)
def test_it_agrees_with_the_specification(ws, threshold):
    p = distribution(ws)
    expected = torch.tensor(specification(p.tolist(), threshold), dtype=torch.float64)
    torch.testing.assert_close(top_p(p, threshold), expected)


def test_the_example_of_the_book():
    p = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05])
    torch.testing.assert_close(top_p(p, 0.8), torch.tensor([0.471, 0.353, 0.176, 0, 0]), atol=5e-4, rtol=0)


def test_the_order_of_the_tokens_is_kept():
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    torch.testing.assert_close(top_p(p, 0.65) * 7, torch.tensor([0.0, 0, 3, 4], dtype=torch.float64))


def test_exactly_enough_is_enough_even_when_the_computer_rounds():
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    assert (top_p(p, 0.4) > 0).tolist() == [False, False, False, True]
    assert (top_p(p, 0.9) > 0).tolist() == [False, True, True, True]


def test_ties_go_to_the_lower_numbers():
    assert (top_p(torch.full((4,), 0.25), 0.5) > 0).tolist() == [True, True, False, False]


def test_one_is_always_left():
    assert top_p(torch.tensor([0.2, 0.5, 0.3]), 1e-9).tolist() == [0, 1, 0]


def test_a_threshold_of_one_keeps_everything():
    p = torch.tensor([1 - 1e-9, 1e-9], dtype=torch.float64)
    torch.testing.assert_close(top_p(p, 1), p, rtol=0, atol=1e-15)


@given(rows=st.lists(st.lists(st.integers(1, 9), min_size=5, max_size=5), min_size=1, max_size=4), threshold=thresholds)
def test_each_row_is_worked_on_alone(rows, threshold):
    p = torch.stack([distribution(ws) for ws in rows])
    out = top_p(p[:, None], threshold)
    assert out.shape == (len(rows), 1, 5)
    torch.testing.assert_close(out[:, 0], torch.stack([top_p(row, threshold) for row in p]))


def test_the_input_is_left_alone():
    p = torch.tensor([0.5, 0.3, 0.2])
    before = p.clone()
    top_p(p, 0.6)
    assert torch.equal(p, before)


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01, float("nan")])
def test_thresholds_that_make_no_sense_are_rejected(threshold):
    with pytest.raises(ValueError):
        top_p(torch.tensor([0.5, 0.5]), threshold)


def test_there_are_no_loops():
    tree = ast.parse(textwrap.dedent(inspect.getsource(top_p)))
    loops = (ast.For, ast.While, ast.comprehension)
    assert not any(isinstance(node, loops) for node in ast.walk(tree)), "不用循环，也不用列表推导"
    top_p(torch.tensor([0.5, 0.5]), 0.5)  # 还没有写时，这一条也应当失败
