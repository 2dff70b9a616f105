"""第 3 章“缓解与边界”：页面与练习里手算的数要与重算的一致。"""

import math
from statistics import NormalDist

import pytest

from tests.labs.pages import Chapter

CHAPTER = Chapter("03-harms-bias")


def by_district(high: float, low: float, share: float) -> tuple[float, float]:
    """只看住址的模型给东区、西区的分数。"""
    return share * high + (1 - share) * low, (1 - share) * high + share * low


def gaps(high: float, low: float, share: float, threshold: float) -> tuple[float, float]:
    """群内平均分数之差，与过门槛之后获批比例之差。"""
    scores = by_district(high, low, share)

    def gap(values: tuple[float, ...]) -> float:
        return (2 * share - 1) * (values[0] - values[1])

    return gap(scores), gap(tuple(float(score >= threshold - 1e-12) for score in scores))


@pytest.mark.parametrize("share", [0.5, 0.6, 0.8, 1.0])
def test_the_two_formulas_of_the_page(share):
    mean, decided = gaps(0.6, 0.3, share, 0.45 + 1e-9)
    assert mean == pytest.approx((2 * share - 1) ** 2 * 0.3)
    assert decided == pytest.approx(2 * share - 1)


def test_the_bank_of_the_page():
    page = CHAPTER.page("mitigation")
    east, west = by_district(60, 30, 0.8)
    assert (round(east), round(west)) == (54, 36) and "=54$人，比例54%" in page and "=36$人，36%" in page
    mean, decided = gaps(0.6, 0.3, 0.8, 0.5)
    assert f"={mean * 100:.1f}$个百分点，决定却差{decided * 100:.0f}个" in page


def test_post_processing_and_refusal_on_the_page():
    page = CHAPTER.page("mitigation")
    q, r = (0.8 - 0.6) / 0.4, 1 - 0.6 / 0.8
    assert q == pytest.approx(0.5) and r == pytest.approx(0.25)
    assert f"{0.1 + 0.9 * q:.0%}" == "55%" and f"{0.2 * (1 - r):.0%}" == "15%" and "55%" in page and "=15%" in page
    total = 0.05 * 20 + 0.95 * 1
    assert f"{total:.2f}%" in page and f"{1 / total:.0%}" == "51%" and "=51%" in page


def test_proxy_gap():
    answer = CHAPTER.answer("ex:proxy-gap")
    assert by_district(0.5, 0.4, 0.7) == pytest.approx((0.47, 0.43))
    assert gaps(0.5, 0.4, 0.7, 0.45) == pytest.approx((0.016, 0.4)) and gaps(0.5, 0.4, 0.7, 0.5)[1] == 0
    first, second = 0.7 * 47 + 0.3 * 43, 0.3 * 47 + 0.7 * 43
    assert f"{first:.1f}%$，乙{second:.1f}%，差{first - second:.1f}个" in answer


def test_who_is_refused():
    answer = CHAPTER.answer("ex:who-is-refused")
    patients, others, after = 800 * 0.15, 9200 * 0.005, 9200 * 0.002
    before, now = patients + others, patients + after
    assert f"共{before:.0f}，总误拒率{before / 1e4:.2%}；患者占{patients / before:.1%}" in answer
    assert f"共{now:.1f}，总误拒率{now / 1e4:.2%}，降了{1 - now / before:.0%}；患者占{patients / now:.1%}" in answer
    assert round(15 / 0.5) == 30 and round(15 / 0.2) == 75


def test_the_sample_size_of_the_open_question():
    a, b = NormalDist().inv_cdf(0.975), NormalDist().inv_cdf(0.8)
    p, q = 0.02, 0.04
    need = ((a * math.sqrt(2 * 0.03 * 0.97) + b * math.sqrt(p * (1 - p) + q * (1 - q))) / (q - p)) ** 2
    assert round(need, -1) == 1140 and "1,140题" in CHAPTER.answer("ex:is-refusing-fair")
