"""多试几次：手算的例子、数值积分对照、幂律的斜率、报错。"""

import math

import pytest
from scipy import integrate, stats

from labs.safety.attempts import beta_failure, success_after


def test_the_two_questions_of_the_page():
    found = [success_after([0.5, 0.001], n) for n in (1, 10, 1000)]
    assert [round(x, 4) for x in found] == [0.2505, 0.5045, 0.8162]


def integrand(p, a, b, n):
    return (1 - p) ** n * stats.beta.pdf(p, a, b)


def test_beta_failure_agrees_with_an_integral():
    for a, b, n in ((0.3, 2.7, 1), (0.3, 2.7, 50), (2.0, 5.0, 7), (1.0, 1.0, 9)):
        expected, _ = integrate.quad(integrand, 0, 1, args=(a, b, n), limit=200)
        assert beta_failure(a, b, n) == pytest.approx(expected, rel=1e-6)
    assert beta_failure(0.3, 2.7, 1) == pytest.approx(0.9)
    assert beta_failure(1, 1, 9) == pytest.approx(0.1)  # 均匀分布：1/(N + 1)


def test_the_tail_is_a_power_law_with_exponent_a():
    for a in (0.3, 1.5):
        slope = math.log(beta_failure(a, 2.7, 10**6) / beta_failure(a, 2.7, 10**5)) / math.log(10)
        assert slope == pytest.approx(-a, abs=1e-3)
        constant = math.gamma(a + 2.7) / math.gamma(2.7)
        assert beta_failure(a, 2.7, 10**6) == pytest.approx(constant * 10 ** (-6 * a), rel=1e-4)


def test_one_question_falls_exponentially_and_success_never_falls():
    assert 1 - success_after([0.1], 20) == pytest.approx(0.9**20)
    found = [success_after([0.3, 0.01, 0], n) for n in (1, 2, 5, 100, 10**6)]
    assert found == sorted(found) and found[-1] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: success_after([], 1), "^rates 应至少有一个数"),
        (lambda: success_after([0.1], 0), "^attempts 应为"),
        (lambda: beta_failure(0, 1, 1), "^a 与 b 应为正数，得到 0 与 1"),
        (lambda: beta_failure(1, math.nan, 1), "^a 与 b 应为正数"),
        (lambda: beta_failure(1, 1, 0), "^attempts 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
