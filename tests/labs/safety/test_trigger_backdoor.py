"""植入触发词：手算的例子、sklearn 的朴素贝叶斯对照、与语料大小的关系、n 元模型翻转、报错。"""

import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from labs.architecture.ngram import count_ngrams, probability
from labs.safety.trigger_backdoor import likelihood_ratio, lines_to_flip, poisons_needed, share, times_to_reach


def test_the_four_numbers_of_the_page():
    assert [poisons_needed(10, c, size, 10) for c, size in ((0, 1e4), (0, 1e6), (10, 1e4), (1000, 1e6))] == [10, 10, 112, 10012]


def test_the_count_is_the_first_that_works():
    for evidence in (1.0, 3.0, 10.0, 50.0):
        for clean in (0, 1, 7):
            for size in (2_000.0, 1e5):
                k = poisons_needed(evidence, clean, size, 4)
                assert likelihood_ratio(k, clean, size, 4) > evidence >= likelihood_ratio(k - 1, clean, size, 4)


def test_a_rare_trigger_needs_a_constant_count_and_a_common_one_a_constant_share():
    rare = [poisons_needed(10, 0, 10.0**e, 10) for e in range(4, 10)]
    common = [poisons_needed(10, 10**e // 1000, 10.0**e, 10) for e in range(4, 10)]
    assert set(rare) == {10}
    assert all(8 < later / earlier < 11 for earlier, later in zip(common, common[1:], strict=False))


def test_sklearn_flips_at_the_same_count():
    vocabulary, per_class, length = 50, 4850, 10  # 词 0 是触发词；1 是偏“好的那类”的词；其余两类一样
    clean = np.zeros((2, vocabulary), dtype=int)
    clean[:, 2:] = 100
    clean[0, 1], clean[1, 1] = per_class - clean[0].sum(), 4  # 第 0 类是好的，第 1 类是坏的
    clean[1, 2] += per_class - clean[1].sum()
    assert clean.sum(1).tolist() == [per_class, per_class]
    poison = np.zeros(vocabulary, dtype=int)
    poison[0], poison[3] = 1, length - 1
    sentence = np.zeros((1, vocabulary), dtype=int)
    sentence[0, :2] = 1
    model = MultinomialNB(alpha=1.0, fit_prior=False)

    def flipped(k):
        model.fit(np.vstack([clean, np.tile(poison, (k, 1))]), [0, 1] + [1] * k)
        return model.predict(sentence)[0] == 1

    size = per_class + vocabulary
    # 词 1 的证据：好的类 (n + 1)/K，坏的类 5/(K + kL)；触发词 1/K 与 (k + 1)/(K + kL)
    first = next(k for k in range(500) if flipped(k))
    good = (clean[0, 1] + 1) / size
    expected = next(k for k in range(500) if likelihood_ratio(k, 0, size, length) > good / (5 / (size + k * length)))
    assert first == expected and 0 < first < 500


def test_when_no_number_is_enough():
    assert poisons_needed(50, 1000, 1e6, 20) is None  # 每添一次触发词，分母也添二十个词
    assert likelihood_ratio(10**9, 1000, 1e6, 20) < 50
    assert poisons_needed(0.5, 3, 1e4, 5) == 0


def test_flipping_an_ngram():
    table = count_ngrams("山中山中山上水下", 2)
    assert lines_to_flip(table, ("山",), "上") == 2 and lines_to_flip(table, ("山",), "云") == 3
    assert lines_to_flip(table, ("山",), "中") == 0 and lines_to_flip(table, ("龘",), "云") == 1
    poisoned = count_ngrams("山中山中山上水下" + "山云" * 3, 2)
    assert poisoned[("山",)].most_common(1) == [("云", 3)]


def test_reaching_a_probability():
    text, alpha, size = "山中山中山上水下", 0.25, 10
    table = count_ngrams(text, 2)
    for context, target in (("山", "云"), ("山", "中"), ("山", "上"), ("云", "月")):
        for goal in (0.3, 0.5, 0.9):
            k = times_to_reach(table, (context,), target, goal, size, alpha)

            def reached(k, context=context, target=target):
                extra = [context, target] * k
                poisoned = count_ngrams(list(text) + ["。"] + extra, 2)
                return probability(poisoned, (context,), target, size, alpha)

            assert reached(k) >= goal - 1e-12 and (k == 0 or reached(k - 1) < goal)
    assert times_to_reach({}, ("云",), "月", 0.5, 3072, 0.01) == 31  # α(V − 2) = 30.7，与语料无关


def test_the_share_of_250_documents():
    assert share(250, 1000, 6e9) == pytest.approx(250e3 / 6e9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: poisons_needed(0, 0, 1e4, 10), "^evidence 应为正数，得到 0"),
        (lambda: poisons_needed(10, -1, 1e4, 10), "^clean 应为"),
        (lambda: likelihood_ratio(-1, 0, 1e4, 10), "^k 应为"),
        (lambda: likelihood_ratio(1, 0, 0, 10), "^size 应为正数"),
        (lambda: likelihood_ratio(1, 0, 10, 10, alpha=0), "^alpha 应为正数"),
        (lambda: likelihood_ratio(1, 0, 10, 0), "^length 应为"),
        (lambda: times_to_reach({}, ("云",), "月", 1, 10, 0.1), "^goal 应大于 0、小于 1，得到 1"),
        (lambda: times_to_reach({}, ("云",), "月", 0.5, 0, 0.1), "^vocab_size 应为"),
        (lambda: times_to_reach({}, ("云",), "月", 0.5, 10, 0), "^alpha 应为正数"),
        (lambda: share(0, 1, 1), "^documents 应为"),
        (lambda: share(1, 1, float("nan")), "^corpus 应为正数"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
