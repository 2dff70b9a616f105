"""参数检查：放行合格的，拦下不合格的，报错说清参数、所得与所需。"""

import pytest
import torch

from labs.common.validate import check_count, check_tensor


@pytest.mark.parametrize(("value", "minimum"), [(1, 1), (7, 1), (0, 0), (3, 3)])
def test_good_counts_pass(value, minimum):
    check_count("n", value, minimum)


@pytest.mark.parametrize(
    ("value", "minimum"), [(0, 1), (-1, 0), (2, 3), (1.0, 1), (True, 1), ("1", 1), (None, 1)]
)
def test_bad_counts_name_the_argument_and_the_value(value, minimum):
    with pytest.raises(ValueError) as error:
        check_count("n_heads", value, minimum)
    assert str(error.value) == f"n_heads 应为不小于 {minimum} 的整数，得到 {value!r}。"


def test_the_least_count_is_one_by_default():
    check_count("n", 1)
    with pytest.raises(ValueError):
        check_count("n", 0)


@pytest.mark.parametrize(
    ("shape", "tail", "leading"),
    [
        ((2, 3), (2, 3), False),
        ((5, 2, 3), (2, 3), True),
        ((5, 2, 3), ("T", 3), True),
        ((3,), (3,), True),
        ((1, 3), ("T", 3), True),
        ((), (), True),
        ((0, 3), (3,), True),  # 前面的维可以为 0
    ],
)
def test_good_shapes_pass(shape, tail, leading):
    check_tensor("x", torch.zeros(shape), *tail, leading=leading)


@pytest.mark.parametrize(
    ("shape", "tail", "leading"),
    [
        ((5, 2, 3), (2, 3), False),  # 维数太多
        ((3,), (2, 3), True),  # 维数太少
        ((2, 4), (2, 3), True),
        ((4, 3), (2, 3), True),  # 只看最后一维是不够的
        ((3, 0), (3, "d"), True),  # 记号不得为 0
    ],
)
def test_bad_shapes_are_rejected(shape, tail, leading):
    with pytest.raises(ValueError, match="x 应为形如"):
        check_tensor("x", torch.zeros(shape), *tail, leading=leading)


def test_messages_show_what_was_wanted_and_what_came():
    with pytest.raises(ValueError) as error:
        check_tensor("q", torch.zeros(2, 3), "T", 4)
    assert str(error.value) == "q 应为形如 (…, T, 4) 的浮点张量，得到形状 (2, 3)、类型 torch.float32。"
    with pytest.raises(ValueError) as error:
        check_tensor("W", torch.zeros(2, 3), 3, 3, leading=False)
    assert str(error.value) == "W 应为形如 (3, 3) 的浮点张量，得到形状 (2, 3)、类型 torch.float32。"
    with pytest.raises(ValueError) as error:
        check_tensor("x", [[1.0]], 1)
    assert str(error.value) == "x 应为形如 (…, 1) 的浮点张量，得到 list。"
    with pytest.raises(ValueError, match=r"x 应为形如 \(…\) 的浮点张量"):
        check_tensor("x", None)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_only_floating_tensors_pass(dtype):
    with pytest.raises(ValueError, match="浮点张量"):
        check_tensor("x", torch.zeros(2, dtype=dtype), 2)
