"""最小标准发生器：C++ 标准给出的第一万个数，种子的范围。"""

import pytest
from book.minstd import MODULUS, WARM_UP, uniforms


def test_the_ten_thousandth_number_is_the_one_the_cpp_standard_gives():
    """std::minstd_rand 从缺省种子 1 起，第 10,000 个是 399268537（C++11，26.5.5）。"""
    assert round(uniforms(1, 10_000 - WARM_UP)[-1] * MODULUS) == 399268537


def test_the_numbers_lie_inside_and_start_after_the_warm_up():
    assert all(0 < u < 1 for seed in (1, 2, MODULUS - 1) for u in uniforms(seed, 50))
    assert uniforms(7, 3) == uniforms(7, 9)[:3] and uniforms(7, 0) == []


@pytest.mark.parametrize("seed", [0, -1, MODULUS])
def test_a_seed_that_would_stand_still_is_refused(seed):
    with pytest.raises(ValueError, match="^seed 应在 1"):
        uniforms(seed, 1)
