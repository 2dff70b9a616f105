"""掩码：画在文档里的表、逐格的定义、相交，以及出错。"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture.masks import (
    causal_mask,
    check_mask,
    padding_mask,
    positions,
    prefix_mask,
    sliding_window_mask,
)

quick = settings(database=None, derandomize=True, deadline=None, max_examples=60)
lengths = st.integers(1, 7)


def table(text):
    """把 "100 110 111" 读成布尔张量。"""
    return torch.tensor([[cell == "1" for cell in row] for row in text.split()])


# ---- 手画 ----


def test_the_tables_drawn_in_the_docstring():
    assert torch.equal(causal_mask(3), table("100 110 111"))
    assert torch.equal(prefix_mask(3, 2), table("110 110 111"))
    assert torch.equal(sliding_window_mask(3, 2), table("100 110 011"))


def test_new_queries_see_the_cached_keys():
    assert torch.equal(causal_mask(2, offset=2), table("1110 1111"))  # 键恰好到最后一个查询为止
    assert torch.equal(causal_mask(1, 5, 2), table("11100"))
    assert torch.equal(sliding_window_mask(2, 2, offset=2), table("0110 0011"))
    assert torch.equal(sliding_window_mask(1, 2, 5, 2), table("01100"))


def test_padding_hides_what_lies_beyond_each_sentence():
    mask = padding_mask(torch.tensor([3, 1]), 4)
    assert mask.shape == (2, 1, 1, 4)
    assert torch.equal(mask[:, 0, 0], table("1110 1000"))


def test_masks_intersect_with_and():
    both = causal_mask(3) & padding_mask(torch.tensor([3, 2]), 3)
    assert both.shape == (2, 1, 3, 3)
    assert torch.equal(both[1, 0], table("100 110 110"))


# ---- 逐格的定义：i、j 都是绝对位置 ----


@quick
@given(T=lengths, T_k=lengths, offset=st.integers(0, 5), window=lengths)
def test_every_cell_follows_its_definition(T, T_k, offset, window):
    causal = [[j <= i for j in range(T_k)] for i in range(offset, offset + T)]
    recent = [[i - window < j <= i for j in range(T_k)] for i in range(offset, offset + T)]
    assert causal_mask(T, T_k, offset).tolist() == causal
    assert sliding_window_mask(T, window, T_k, offset).tolist() == recent


@quick
@given(T=lengths, data=st.data())
def test_every_prefix_cell_follows_its_definition(T, data):
    n = data.draw(st.integers(0, T))
    assert prefix_mask(T, n).tolist() == [[j <= i or j < n for j in range(T)] for i in range(T)]


# ---- 极端情形 ----


@pytest.mark.parametrize("T", [1, 2, 5])
def test_masks_coincide_at_their_extremes(T):
    causal, full = causal_mask(T), torch.ones(T, T, dtype=torch.bool)
    assert torch.equal(prefix_mask(T, 0), causal) and torch.equal(prefix_mask(T, T), full)
    assert torch.equal(sliding_window_mask(T, T), causal)
    assert torch.equal(sliding_window_mask(T, 1), torch.eye(T, dtype=torch.bool))
    assert padding_mask(torch.tensor([T]), T).all()
    assert (causal.sum(-1) == torch.arange(1, T + 1)).all()  # 第 i 个词看 i 个词


@pytest.mark.parametrize("step", range(5))
def test_one_row_of_the_big_mask_is_the_mask_of_one_step(step):
    assert torch.equal(causal_mask(1, 5, step)[0], causal_mask(5)[step])


def test_positions_are_two_vectors_that_broadcast():
    i, j = positions(2, None, 3)
    assert (i.tolist(), j.tolist()) == ([[3], [4]], [[0, 1, 2, 3, 4]])


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: causal_mask(0), "^T 应为不小于 1 的整数，得到 0"),
        (lambda: causal_mask(2.0), "^T 应为"),
        (lambda: causal_mask(2, 0), "^T_k 应为不小于 1 的整数，得到 0"),
        (lambda: causal_mask(2, 3, -1), "^offset 应为不小于 0 的整数，得到 -1"),
        (lambda: causal_mask(2, offset=1.5), "^offset 应为"),
        (lambda: sliding_window_mask(3, 0), "^window 应为不小于 1 的整数，得到 0"),
        (lambda: prefix_mask(3, -1), "^n_prefix 应为不小于 0 的整数，得到 -1"),
        (lambda: prefix_mask(3, 4), "^n_prefix 不应超过 T = 3，得到 4"),
        (lambda: prefix_mask(0, 0), "^T 应为"),
        (lambda: padding_mask(torch.tensor([2]), 0), "^T_k 应为"),
        (lambda: padding_mask([2], 3), "^lengths 应为形如 .B,. 的整数张量"),
        (lambda: padding_mask(torch.tensor(2), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([[2]]), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([2.0]), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([2 + 0j]), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([True]), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([], dtype=torch.int64), 3), "^lengths 应为形如"),
        (lambda: padding_mask(torch.tensor([3, 0]), 3), "1 到 T_k = 3 之间，得到 .3, 0."),
        (lambda: padding_mask(torch.tensor([1, 4]), 3), "1 到 T_k = 3 之间，得到 .1, 4."),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 4), (1, 4), (3, 1), (2, 3, 4), (1, 1, 1)])
def test_masks_that_broadcast_pass(shape):
    check_mask("mask", torch.ones(shape, dtype=torch.bool), torch.Size([2, 3, 4]))


@pytest.mark.parametrize("shape", [(3,), (2, 4), (4, 3), (3, 3, 4), (2, 3, 0), (1, 2, 3, 4)])
def test_masks_that_do_not_broadcast_are_rejected(shape):
    with pytest.raises(ValueError) as error:
        check_mask("mask", torch.ones(shape, dtype=torch.bool), torch.Size([2, 3, 4]))
    assert str(error.value) == (
        f"mask 应为可广播到 (2, 3, 4) 的布尔张量（True 表示可以看），得到形状 {shape}、类型 torch.bool。"
    )


@pytest.mark.parametrize("mask", [torch.zeros(3, 4), torch.zeros(3, 4, dtype=torch.int64), None, [[True]]])
def test_masks_that_are_not_boolean_tensors_are_rejected(mask):
    with pytest.raises(ValueError, match="my_mask 应为可广播到"):
        check_mask("my_mask", mask, torch.Size([3, 4]))
