"""第 4 章“幻觉”：页面与练习里手算的数要与重算的一致。"""

import math

import numpy as np
import pytest

from labs.safety.abstention import expected_score, penalty, threshold
from labs.safety.singleton import expected_missing, expected_rate, lower_bound
from tests.labs.pages import Chapter, assert_up_to_date, figure_script

CHAPTER = Chapter("04-harms-toxicity")
SCORES = {
    "o1-preview": (63.8, 24.0, 12.2),
    "Doubao-pro-32k": (61.9, 27.8, 10.3),
    "GPT-4o": (59.3, 39.3, 1.4),
    "Claude-3.5-Sonnet": (46.2, 26.4, 27.4),
}


def entropy(*shares: float) -> float:
    return -sum(p * math.log2(p) for p in shares)


def iiv(right: list[tuple[float, float]], wrong: list[float]) -> tuple[float, float, float, float]:
    """(训练的概率, 模型的概率) 与错答案的概率 → 写错的机会、误判率、δ、下界。"""
    cut = 1 / len(wrong)
    outside = sum(p for p, q in right if q <= cut)
    inside = [q for q in wrong if q > cut]
    error = (outside + len(inside) / len(wrong)) / 2
    delta = abs(sum(q for _, q in right if q > cut) + sum(inside) - (1 - outside))
    return sum(wrong), error, delta, 2 * error - len(right) / len(wrong) - delta


def test_the_page():
    page = CHAPTER.page("hallucination")
    for name, (right, wrong, silent) in SCORES.items():
        assert right + wrong + silent == pytest.approx(100)
        row = [f"{right - c * wrong:.1f}".replace("-", "−") for c in (0, 1, 3)]
        assert f"|{name}|{right}|{wrong}|{silent}|" + "|".join(row) + "|" in page
    c = (59.3 - 46.2) / (39.3 - 26.4)
    assert f"$c={c:.2f}$" in page and f"{threshold(c):.3f}" == "0.504" and "门槛是0.504" in page
    assert f"={entropy(0.4, 0.3, 0.3):.3f}$比特" in page and f"{entropy(0.7, 0.3):.3f}比特" in page
    assert f"{75 / 76:.0%}" == "99%" and f"{26 / 78:.0%}" == "33%" and (100 - 75 - 1, 100 - 26 - 52) == (24, 22)


def test_the_hundred_wrong_answers_of_the_page():
    wrong, error, delta, bound = iiv([(1.0, 1 / 101)], [1 / 101] * 100)
    assert round(wrong, 3) == 0.990 and error == 0.5 and delta == 0 and bound == pytest.approx(0.99) and wrong >= bound


def test_the_reduction_on_random_models():
    draw = np.random.default_rng(1)
    for _ in range(300):
        n, m = draw.integers(1, 5), draw.integers(2, 30)
        model = draw.dirichlet(np.full(n + m, draw.choice([0.05, 1, 20])))
        train = draw.dirichlet(np.ones(n))
        wrong, _, _, bound = iiv(list(zip(train, model[:n], strict=True)), list(model[n:]))
        assert wrong >= bound - 1e-12


def test_exam_penalty():
    answer = CHAPTER.answer("ex:exam-penalty")
    assert penalty(1 / 4) == pytest.approx(1 / 3) and f"{expected_score(1 / 3, 1 / 3):.3f}" == "0.111" and "0.111" in answer
    assert penalty(0.8) == pytest.approx(4) and expected_score(0.7, 4) == pytest.approx(-0.5) and "=-0.5$分" in answer


def test_iiv_by_hand():
    answer = CHAPTER.answer("ex:iiv-by-hand")
    wrong, error, delta, bound = iiv([(0.5, 0.55), (0.5, 0.05)], [0.2] + [0.2 / 9] * 9)
    assert [round(x, 2) for x in (wrong, error, delta, bound)] == [0.4, 0.3, 0.25, 0.15]
    for text in ("=0.40$", "=0.30$", "delta=0.25$", "=0.15$"):
        assert text in answer
    slack = (2 / 10 - 0.05, 0.2 - 1 / 10, (0.05 + 0.2) + delta - 0.5)  # A 外对的、A 里错的、含 δ 的一步
    assert slack == pytest.approx((0.15, 0.10, 0)) and sum(slack) == pytest.approx(wrong - bound)
    assert "多扣0.15" in answer and "少算0.10" in answer


def test_singleton_textbook():
    answer = CHAPTER.answer("ex:singleton-textbook")
    p = np.array([0.5, 0.3, 0.2])
    rate, missing = expected_rate(p, 2), expected_missing(p, 2)
    assert f"={rate:.2f}$" in answer and f"={missing:.2f}$" in answer and f"${rate - missing:.2f}=0.125+0.063+0.032$" in answer
    assert rate - missing == pytest.approx((p**2 * (1 - p)).sum()) and lower_bound(0, 10**9) < 0


def test_abstain_policy():
    answer = CHAPTER.answer("ex:abstain-policy")
    assert f"{threshold(10):.3f}" in answer and f"约{math.ceil(1.96**2 * 0.16 / 0.05**2)}题" in answer


@pytest.mark.parametrize("name", ["guess_or_abstain_fallback", "singleton_rate"])
def test_the_committed_figure_and_data_are_those_of_the_generator(name):
    assert_up_to_date(figure_script(name))
