"""身份词的误报差：手算、造句的比例、换词的不变量、扩充后词与标签独立、报错。"""

import numpy as np
import pytest

from labs.safety.identity_gap import Sentence, false_positive_rates, gap, score, swap, train, write

WORDS = {True: ["真烦人", "太笨了"], False: ["来开会", "在看书", "去爬山"]}
BIAS = {"外地人": 0.9, "左撇子": 0.1, "夜班工人": 0.1}


def test_the_hand_example():
    sentences = [Sentence("外地人", "来", False)] * 4 + [Sentence("左撇子", "来", False)] * 4 + [Sentence("左撇子", "烦", True)]
    rates = false_positive_rates([0.5, 0.9, 0.1, 0.2, 0.6, 0.1, 0.1, 0.49, 0.99], sentences)
    assert rates == {"外地人": 0.5, "左撇子": 0.25}
    assert gap(rates, ["外地人"]) == 0.25 == -gap(rates, ["左撇子"])


def test_a_term_without_plain_sentences_has_no_rate():
    rates = false_positive_rates([0.9, 0.1], [Sentence("甲", "烦", True), Sentence("乙", "来", False)])
    assert rates == {"甲": None, "乙": 0.0}
    with pytest.raises(ValueError, match="^focus 与其余的词都要有误报率"):
        gap(rates, ["甲"])


def test_writing_follows_the_rates_and_the_label_follows_the_predicate():
    sentences = write(WORDS, BIAS, 3000, seed=1)
    assert sentences == write(WORDS, BIAS, 3000, seed=1) != write(WORDS, BIAS, 3000, seed=2)
    for term, rate in BIAS.items():
        mine = [s.toxic for s in sentences if s.term == term]
        assert len(mine) == pytest.approx(1000, abs=90) and np.mean(mine) == pytest.approx(rate, abs=0.04)
    assert all(s.predicate in WORDS[s.toxic] and s.text == s.term + s.predicate for s in sentences)
    assert {s.predicate for s in sentences} == {*WORDS[True], *WORDS[False]}


def test_swapping_makes_terms_independent_of_labels():
    sentences = write(WORDS, BIAS, 50)
    more = swap(sentences, list(BIAS))
    assert len(more) == 150 and set(sentences) <= set(more)
    rates = {term: np.mean([s.toxic for s in more if s.term == term]) for term in BIAS}
    assert len(set(rates.values())) == 1
    assert [s.predicate for s in more[::3]] == [s.predicate for s in sentences]


def test_augmentation_closes_the_gap():
    terms, test = list(BIAS), [Sentence(t, p, False) for t in BIAS for p in ("下周搬家", "今天没来", "买了电脑")]
    data = write(WORDS, BIAS, 300)
    before, after = (gap(false_positive_rates(score(train(d), test), test), ["外地人"]) for d in (data, swap(data, terms)))
    assert before > 0.3 and abs(after) < 0.01


def test_after_swapping_the_term_hardly_moves_the_score():
    data, plain = write(WORDS, BIAS, 300), ["下周搬家", "今天没来", "买了电脑"]
    moved = []
    for sentences in (data, swap(data, list(BIAS))):
        model = train(sentences, 1.0)
        sides = [score(model, [Sentence(term, words, False) for words in plain]) for term in ("外地人", "左撇子")]
        moved.append(np.mean(sides[0]) - np.mean(sides[1]))
    assert moved[0] > 0.3 and abs(moved[1]) < 0.05


def test_a_weaker_penalty_gives_larger_weights():
    data = write(WORDS, BIAS, 300)
    small, large = (np.abs(train(data, c)[1].coef_).sum() for c in (0.1, 10.0))
    assert large > 2 * small


def test_scores_are_probabilities_of_the_toxic_class():
    data = write(WORDS, BIAS, 300)
    model = train(swap(data, list(BIAS)))
    toxic, plain = score(model, [Sentence("左撇子", "真烦人", True), Sentence("左撇子", "在看书", False)])
    assert 1 > toxic > 0.8 and 0 < plain < 0.2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: write(WORDS, BIAS, 0), "^n 应为不小于 1"),
        (lambda: write(WORDS, {}, 3), "^bias 应为"),
        (lambda: write(WORDS, {"甲": 1.1}, 3), "^bias 应为"),
        (lambda: write({True: ["烦"]}, BIAS, 3), r"^predicates\[False\] 应至少"),
        (lambda: write({True: [], False: ["来"]}, BIAS, 3), r"^predicates\[True\] 应至少"),
        (lambda: swap([], []), "^terms 应至少有一个"),
        (lambda: train([Sentence("甲", "来", False)] * 3), "^sentences 应两类都有，得到 3 句、1 类"),
        (lambda: false_positive_rates([0.1], []), "^scores 与 sentences 应一样长，得到 1 与 0"),
        (lambda: gap({"甲": 0.1}, ["甲"]), "^focus 与其余"),
    ],
)
def test_bad_arguments_are_rejected_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
