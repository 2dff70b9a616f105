"""WEAT：手算的例子、逐个循环的对照、界与对称、置换检验的均匀、报错。"""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import permutation_test

from labs.fairness.weat import associations, effect_size, permutation_p

A, B = np.array([[1.0, 0]]), np.array([[0, 1.0]])
X, Y = np.array([[1.0, 0], [4, 3]]), np.array([[0, 1.0], [3, 4]])


def test_the_two_dimensional_example():
    sx, sy = associations(X, A, B), associations(Y, A, B)
    np.testing.assert_allclose(sx, [1, 0.2])
    np.testing.assert_allclose(sy, [-1, -0.2])
    assert effect_size(sx, sy) == pytest.approx(1.2 / math.sqrt(0.52)) and round(effect_size(sx, sy), 3) == 1.664
    assert round(effect_size(sx, sy, ddof=1), 3) == 1.441
    assert permutation_p(sx, sy) == pytest.approx(1 / 6) and permutation_p(sy, sx) == 1
    assert permutation_p(sx, sy, two_sided=True) == permutation_p(sy, sx, two_sided=True) == pytest.approx(2 / 6)


def test_it_agrees_with_plain_loops():
    rng = np.random.default_rng(0)
    words, a, b = rng.normal(size=(3, 5)), rng.normal(size=(2, 5)), rng.normal(size=(4, 5))

    def cosine(u, v):
        return sum(u * v) / math.sqrt(sum(u * u) * sum(v * v))

    for word, value in zip(words, associations(words, a, b), strict=True):
        assert value == pytest.approx(sum(cosine(word, v) for v in a) / 2 - sum(cosine(word, v) for v in b) / 4)


def test_length_does_not_matter_and_swapping_flips_the_sign():
    rng = np.random.default_rng(1)
    words, a, b = rng.normal(size=(6, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    s = associations(words, a, b)
    np.testing.assert_allclose(associations(words * 7, a * np.array([[1], [2], [3]]), b), s)
    np.testing.assert_allclose(associations(words, b, a), -s)
    d = effect_size(s[:3], s[3:])
    assert effect_size(s[3:], s[:3]) == pytest.approx(-d) and abs(d) <= 2
    assert effect_size(s[:3] * 5 + 1, s[3:] * 5 + 1) == pytest.approx(d)


def test_the_bound_is_two():
    assert effect_size([1, 1, 1], [0, 0, 0]) == pytest.approx(2)
    assert effect_size([0, 1], [0, 1]) == 0


@pytest.mark.parametrize("two_sided", [False, True])
def test_the_p_value_agrees_with_scipy(two_sided):
    rng = np.random.default_rng(2)
    for _ in range(5):
        sx, sy = rng.normal(0.3, size=4), rng.normal(size=4)
        if two_sided:
            oracle = permutation_test((sx, sy), lambda x, y: abs(x.sum() - y.sum()), alternative="greater", n_resamples=np.inf)
        else:
            oracle = permutation_test((sx, sy), lambda x, y: x.sum() - y.sum(), alternative="greater", n_resamples=np.inf)
        assert permutation_p(sx, sy, two_sided) == pytest.approx(oracle.pvalue)


def test_the_p_value_is_uniform_over_the_relabellings():
    values = [0.1, 0.5, 1.2, 2.9, 3.0, 7.7]
    found = []
    for chosen in itertools.combinations(range(6), 3):
        rest = [values[i] for i in range(6) if i not in chosen]
        found.append(permutation_p([values[i] for i in chosen], rest))
    assert sorted(found) == pytest.approx([k / 20 for k in range(1, 21)])
    assert permutation_p([1, 1], [1, 1]) == 1


def test_bad_input_is_named():
    for broken in (np.zeros((1, 2)), np.array([[np.nan, 1]]), np.zeros((0, 2)), np.ones(2)):
        for position, name in enumerate(("words", "a", "b")):
            sets = [X, A, B]
            sets[position] = broken
            with pytest.raises(ValueError, match=name):
                associations(*sets)
    with pytest.raises(ValueError, match="没有定义"):
        effect_size([1, 1], [1, 1])
    with pytest.raises(ValueError, match="ddof"):
        effect_size([1, 2], [3, 4], ddof=2)
    for sx, sy in (([1, 2], [1]), ([], []), ([[1]], [[2]])):
        with pytest.raises(ValueError, match="等大"):
            permutation_p(sx, sy)
    for sx, sy in (([1, np.nan], [1, 2]), ([1, 2], [1, np.inf])):
        with pytest.raises(ValueError, match="有限"):
            effect_size(sx, sy)
    with pytest.raises(ValueError, match="limit"):
        permutation_p([1, 2], [3, 4], limit=5)
    assert permutation_p([1, 2], [3, 4], limit=6) == 1
