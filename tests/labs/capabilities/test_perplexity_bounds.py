"""困惑度的两种错误：手算的数、上界、等号、不变量。"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.capabilities.perplexity_bounds import clean_run, mix, mixture_bound, perplexity

PAGE = [1 / 2, 1 / 4, 1 / 8, 1 / 4]
probabilities = st.lists(st.floats(1e-6, 1), min_size=1, max_size=8)


def test_worked_example():
    assert math.prod(PAGE) == 2**-8
    assert perplexity(PAGE) == pytest.approx(4)
    assert f"{1 / (sum(PAGE) / 4):.2f}" == "3.56"  # 算术平均
    assert perplexity(mix(PAGE, [0] * 4, 0.05)) == pytest.approx(4 / 0.95)
    assert f"{4 / 0.95:.2f}" == "4.21"


def test_a_missing_word_is_punished_without_bound():
    starved = [*PAGE[:2], PAGE[2] / 1000, PAGE[3]]
    assert perplexity(starved) == pytest.approx(4 * 1000**0.25)
    assert f"{perplexity(starved):.1f} {1 / (sum(starved) / 4):.2f}" == "22.5 4.00"
    assert perplexity([*PAGE[:2], 0, PAGE[3]]) == math.inf


def test_junk_shows_when_writing():
    assert [f"{clean_run(0.05, n):.3f}" for n in (0, 20, 100)] == ["1.000", "0.358", "0.006"]


@given(p=probabilities, epsilon=st.floats(0, 0.99), data=st.data())
def test_the_bound_holds_for_any_junk(p, epsilon, data):
    junk = data.draw(st.lists(st.floats(0, 1), min_size=len(p), max_size=len(p)))
    assert perplexity(mix(p, junk, epsilon)) <= mixture_bound(perplexity(p), epsilon) * (1 + 1e-9)


@given(p=probabilities, epsilon=st.floats(0, 0.99))
def test_junk_that_never_says_the_right_word_attains_it(p, epsilon):
    reached = perplexity(mix(p, [0] * len(p), epsilon))
    assert reached == pytest.approx(mixture_bound(perplexity(p), epsilon))


def test_helpful_junk_lowers_the_perplexity():
    assert perplexity(mix([0.001, 0.5], [0.5, 0.5], 0.1)) < perplexity([0.001, 0.5])


@pytest.mark.parametrize("V", [1, 2, 50_257])
def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(V):
    assert perplexity([1 / V] * 7) == pytest.approx(V)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: perplexity([]), "^probabilities 应为非空"),
        (lambda: perplexity([0.5, 1.5]), "^probabilities 应为"),
        (lambda: perplexity([-0.1]), "^probabilities 应为"),
        (lambda: mix([0.5], [2], 0.1), "^junk 应为"),
        (lambda: mix([0.5], [0.5, 0.5], 0.1), "^junk 应与 probabilities 等长，即 1 个，得到 2 个"),
        (lambda: mix([0.5], [0.5], 1.1), "^epsilon 应为"),
        (lambda: mixture_bound(0.5, 0.1), "^ppl 应不小于 1"),
        (lambda: mixture_bound(4, 1), r"^epsilon 应在 \[0, 1\)"),
        (lambda: mixture_bound(4, -0.1), "^epsilon 应在"),
        (lambda: clean_run(2, 3), "^epsilon 应为"),
        (lambda: clean_run(0.1, -1), "^length 应不小于 0"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
