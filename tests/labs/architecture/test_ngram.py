"""n 元模型：手算的次数与概率、归一、没见过的上文；页面上那张表的数。"""

from collections import Counter

import pytest

from labs.architecture.ngram import count_ngrams, longest_seen, probability, table_rows, unseen_shares
from labs.common.udhr import sections

TEXT = "我爱书。他爱书。我读书。"
V = len(set(TEXT))  # 6


# ---- 手算 ----


def test_worked_example_counts():
    table = count_ngrams(TEXT, 2)
    assert table[("我",)] == {"爱": 1, "读": 1} and table[("他",)] == {"爱": 1}
    assert table[("爱",)] == {"书": 2} and table[("读",)] == {"书": 1}


def test_worked_example_probabilities():
    table = count_ngrams(TEXT, 2)
    assert V == 6
    assert probability(table, ("我",), "爱", V) == 0.5
    assert probability(table, ("他",), "读", V) == 0
    assert probability(table, ("他",), "读", V, alpha=1) == pytest.approx(1 / 7)
    assert probability(table, ("他",), "爱", V) == 1
    assert probability(table, ("他",), "爱", V, alpha=1) == pytest.approx(2 / 7)


def test_an_unseen_context_has_no_frequency_but_a_smoothed_one():
    table = count_ngrams(TEXT, 2)
    with pytest.raises(ValueError, match="context .*她.* 没有出现过"):
        probability(table, ("她",), "爱", V)
    assert probability(table, ("她",), "爱", V, alpha=0.5) == pytest.approx(1 / 6)


# ---- 不变量 ----


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("alpha", [0, 0.1, 1])
def test_probabilities_sum_to_one_in_every_seen_context(n, alpha):
    table = count_ngrams(TEXT, n)
    for context in table:
        assert sum(probability(table, context, w, V, alpha) for w in set(TEXT)) == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_position_is_counted_once(n):
    table = count_ngrams(TEXT, n)
    assert sum(c.total() for c in table.values()) == len(TEXT) - n + 1
    assert all(len(context) == n - 1 for context in table)


def test_a_unigram_table_is_one_row():
    assert count_ngrams(TEXT, 1) == {(): Counter(TEXT)}
    assert count_ngrams("ab", 3) == {}


def test_backing_off_keeps_the_longest_seen_suffix():
    tables = [count_ngrams(TEXT, n) for n in (1, 2, 3)]
    assert longest_seen(tables, ("我", "爱")) == ("我", "爱")
    assert longest_seen(tables, ("他", "读")) == ("读",)  # 短的见过
    assert longest_seen(tables, ("书", "她")) == ()
    assert longest_seen(tables, ("你", "我", "爱")) == ("我", "爱")  # 更长的没有表
    assert longest_seen(tables, ()) == ()
    assert longest_seen(tables[:1], ("我",)) == ()


def test_unseen_shares_by_hand():
    assert unseen_shares("abab", "abc", 2) == (0, 0.5)  # 上文 a、b 都见过；bc 没见过
    assert unseen_shares("abab", "cab", 2) == (0.5, 0.5)  # 上文 c 没见过；ab 见过
    assert unseen_shares("ab", "ba", 1) == (0, 0)


# ---- 页面上的数 ----


def test_the_table_on_the_page():
    texts = sections("cmn_hans")
    train, test = ("".join(part).replace("\n", "") for part in (texts[:-10], texts[-10:]))
    assert (len(train), len(set(train)), len(test)) == (1660, 394, 1077)
    shown = {1: ("0%", "15%"), 2: ("15%", "58%"), 3: ("58%", "79%"), 4: ("79%", "89%"), 5: ("89%", "95%")}
    for n, row in shown.items():
        assert tuple(f"{share:.0%}" for share in unseen_shares(train, test, n)) == row
    rows = {2: 394, 3: 1127, 4: 1442, 5: 1560}
    assert {n: len(count_ngrams(train, n)) for n in rows} == rows


def test_the_full_table_grows_as_a_power():
    assert [table_rows(50_257, n) for n in (1, 2, 3)] == [1, 50_257, 2_525_766_049]
    assert f"{table_rows(50_257, 5):.1e}" == "6.4e+18"


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: count_ngrams(TEXT, 0), "^n 应为不小于 1 的整数，得到 0"),
        (lambda: probability({}, (), "我", 0, 1), "^vocab_size 应为"),
        (lambda: probability({}, (), "我", 6, -1), "^alpha 应为非负数，得到 -1"),
        (lambda: probability({}, (), "我", 6, float("nan")), "^alpha 应为非负数"),
        (lambda: probability({}, (), "我", 6), "没有出现过"),
        (lambda: unseen_shares("ab", "a", 2), "^test 至少要有 n = 2 个词元，得到 1 个"),
        (lambda: table_rows(0, 2), "^vocab_size 应为"),
        (lambda: table_rows(5, 0), "^n 应为"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
