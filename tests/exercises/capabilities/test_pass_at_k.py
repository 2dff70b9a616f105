"""无偏 pass@k 的公开测试：规格是把每一种取法数一遍，再看期望是不是真值。"""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.capabilities.pass_at_k import pass_at_k


def specification(n, c, k):
    subsets = list(combinations([True] * c + [False] * (n - c), k))
    return sum(map(any, subsets)) / len(subsets)


@given(n=st.integers(1, 9), data=st.data())
def test_it_counts_the_subsets(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    assert pass_at_k(n, c, k) == pytest.approx(specification(n, c, k))


def test_the_example_of_the_book():
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)
    assert pass_at_k(2, 1, 2) == 1


@given(p=st.floats(0, 1), n=st.integers(1, 30), data=st.data())
def test_the_average_is_the_truth(p, n, data):
    k = data.draw(st.integers(1, n))
    average = sum(math.comb(n, c) * p**c * (1 - p) ** (n - c) * pass_at_k(n, c, k) for c in range(n + 1))
    assert average == pytest.approx(1 - (1 - p) ** k, abs=1e-9)


@pytest.mark.parametrize(("n", "c", "k"), [(2_000, 1, 1_000), (2_000, 7, 500), (1_500, 700, 3), (1_000, 1, 1)])
def test_large_counts_are_exact(n, c, k):
    exact = 1.0
    for i in range(c):  # c 次对的都落在没取到的 n − k 次里
        exact *= (n - k - i) / (n - i)
    assert pass_at_k(n, c, k) == pytest.approx(1 - exact, rel=1e-9)


@given(n=st.integers(2, 12), data=st.data())
def test_more_tries_and_more_successes_never_hurt(n, data):
    c, k = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, n - 1))
    assert pass_at_k(n, c, k) <= pass_at_k(n, c, k + 1) + 1e-12
    assert pass_at_k(n, c, k) <= pass_at_k(n, c + 1, k) + 1e-12


@pytest.mark.parametrize(("n", "c", "k"), [(5, 6, 2), (5, 2, 6), (5, 2, 0), (5, -1, 2)])
def test_impossible_counts_are_rejected(n, c, k):
    with pytest.raises(ValueError):
        pass_at_k(n, c, k)
