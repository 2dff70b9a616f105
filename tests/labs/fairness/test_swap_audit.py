"""替换测试：手算的两行三列、空位、加法模型里模板互为复本、翻转率的对称、报错。"""

import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from labs.fairness.swap_audit import audit, fill, flip_rate, logit, rest, score_table

TABLE = np.array([[0.6, 0.4, 0.5], [0.8, 0.3, 0.4]])


def test_the_two_by_three_example():
    first = audit(TABLE, ["甲", "乙", "丙"], n_resamples=200)[0]
    assert first.value == "甲" and first.gap == pytest.approx(0.3) and first.flips == 1
    assert rest(TABLE, 0).tolist() == pytest.approx([0.45, 0.35]) and rest(TABLE, 2).tolist() == pytest.approx([0.5, 0.55])
    assert flip_rate(TABLE[:, 0], TABLE[:, 1]) == 1 and flip_rate(TABLE[:, 0], TABLE[:, 2]) == 0.5


def test_the_table_scores_every_template_with_every_value():
    heard = []

    def score(sentence):
        heard.append(sentence)
        return len(sentence) / 10

    assert score_table(score, ["他是{}。", "{}"], ["甲", "乙丙"]).tolist() == [[0.4, 0.5], [0.1, 0.2]]
    assert heard == ["他是甲。", "他是乙丙。", "甲", "乙丙"]
    assert fill("见到{}了", "王") == "见到王了"


def test_the_gaps_of_two_values_are_opposite_and_swapping_columns_swaps_findings():
    pair = audit(TABLE[:, :2], ["甲", "乙"], n_resamples=500)
    assert pair[0].gap == pytest.approx(-pair[1].gap) and pair[0].flips == pair[1].flips
    back = audit(TABLE[:, 1::-1], ["乙", "甲"], n_resamples=500)
    assert [f.gap for f in back] == pytest.approx([pair[1].gap, pair[0].gap])


def test_the_interval_is_close_to_the_t_interval():
    rng = np.random.default_rng(3)
    table = rng.normal(0.5, 0.05, (60, 4)) + [0.05, 0, 0, 0]
    found = audit(table, list("甲乙丙丁"))
    for column, finding in enumerate(found):
        t = ttest_rel(table[:, column], rest(table, column))
        interval = t.confidence_interval()
        assert (finding.low, finding.high) == pytest.approx((interval.low, interval.high), abs=0.003)
        assert (finding.p_value < 0.01) == (t.pvalue < 0.01)
    assert found[0].low > 0 and sum(f.gap for f in found) == pytest.approx(0)


def test_in_an_additive_model_templates_are_copies_of_one_another():
    words, frames = {"甲": 1.0, "乙": -0.5, "丙": 0.0}, {"他是{}": 0.2, "{}来了": -1.3, "看见{}": 2.0}

    def score(sentence):
        total = sum(v for w, v in words.items() if w in sentence) + sum(v for f, v in frames.items() if f.replace("{}", "") in sentence)
        return 1 / (1 + math.exp(-total))

    table = np.vectorize(logit)(score_table(score, list(frames), list(words)))
    first = audit(table, list(words), n_resamples=300)[0]
    assert first.gap == pytest.approx(1.25) and first.high - first.low == pytest.approx(0, abs=1e-9)  # 区间宽度为零，不是证据多


def test_flips_depend_on_the_threshold():
    a, b = [0.5, 0.7, 0.2], [0.49, 0.9, 0.1]
    assert flip_rate(a, b) == pytest.approx(1 / 3) and flip_rate(a, b, 0.8) == pytest.approx(1 / 3) and flip_rate(a, b, 0.95) == 0
    assert flip_rate(b, a) == flip_rate(a, b)
    assert audit(TABLE, ["甲", "乙", "丙"], threshold=0.9, n_resamples=50)[0].flips == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fill("没有空位", "甲"), r"^template 里应恰有一个 \{\}"),
        (lambda: fill("{}和{}", "甲"), "^template 里"),
        (lambda: score_table(len, [], ["甲", "乙"]), "^templates 至少要一个"),
        (lambda: score_table(len, ["{}"], ["甲"]), "values 至少要两个"),
        (lambda: score_table(len, ["{}"], ["甲", "甲"]), "互不相同"),
        (lambda: rest(np.array([0.1, 0.2]), 0), "^table 应为"),
        (lambda: rest(np.array([[0.1, math.nan]]), 0), "^table 应为"),
        (lambda: audit(np.array([[0.1]]), ["甲"]), "^table 应为.*至少一行两列"),
        (lambda: audit(TABLE, ["甲"]), "^values 应有 3 个"),
        (lambda: flip_rate([], []), "没有句子就没有翻转率"),
        (lambda: flip_rate([0.1], [0.1, 0.2]), "^a 与 b 应一样长"),
        (lambda: logit(1), "^p 应大于 0、小于 1，得到 1"),
        (lambda: logit(0), "^p 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
