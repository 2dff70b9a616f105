"""第 4 章“提示注入与智能体安全”：页面与练习里手算的数要与重算的一致。"""

import pytest

from labs.safety.layers import after, bounds, by_kind, independent
from tests.labs.pages import Chapter

CHAPTER = Chapter("04-harms-toxicity")


def test_the_residual_risk_of_the_page():
    page = CHAPTER.page("prompt-injection")
    assert f"1-0.99^{{100}}={after(0.01, 100):.0%}" in page
    assert f"={by_kind([0.1, 0.9], [[0.41, 0.92], [0.01, 0.12]]):.4f}" in page
    assert f"{0.2 / 12:.1%}" == "1.7%" and "=1.7%" in page


def test_layers_by_hand():
    answer = CHAPTER.answer("ex:layers-by-hand")
    shares, rows = [0.2, 0.8], [[0.4, 0.9, 0.2], [0.025, 0.15, 0.0125]]
    margins = [by_kind(shares, [[row[i]] for row in rows]) for i in range(3)]
    assert margins == pytest.approx([0.1, 0.3, 0.05])
    product, residual = independent(margins), by_kind(shares, rows)
    assert f"={product:.2%}" in answer and bounds(margins) == pytest.approx((0, 0.05))
    assert f"={residual:.2%}" in answer and f"{residual / product:.1f}倍" in answer
    assert f"={after(product, 50):.1%}" in answer and f"={after(residual, 50):.1%}" in answer
