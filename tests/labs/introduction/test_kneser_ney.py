"""插值 Kneser–Ney：手算的五个词元，对照照公式直写的另一份实现，和为 1，报错。"""

import itertools
import random

import pytest

from labs.introduction.kneser_ney import START, KneserNey, kneser_ney_counts

TEXT = "琵琶爱琵琶"


class Textbook:
    """照公式写的另一份：不建表，每次都在词串的集合里现数。慢，而且写法不同。"""

    def __init__(self, tokens, n, vocab_size, d):
        self.padded, self.n, self.v, self.d = [None] * (n - 1) + list(tokens), n, vocab_size, d

    def occurrences(self, gram):
        ends = range(self.n, len(self.padded) + 1)
        return sum(tuple(self.padded[e - len(gram) : e]) == gram for e in ends)

    def count(self, gram):
        """最高一阶数次数，较低的数前面有几种词元。"""
        if len(gram) == self.n:
            return self.occurrences(gram)
        return len({left for left in set(self.padded) if self.occurrences((left, *gram))})

    def probability(self, token, context):
        if context is None:
            return 1 / self.v
        counts = {w: self.count((*context, w)) for w in set(self.padded) - {None}}
        lower = self.probability(token, context[1:] if context else None)
        total = sum(counts.values())
        if total == 0:
            return lower
        kinds = sum(c > 0 for c in counts.values())
        return max(counts.get(token, 0) - self.d, 0) / total + self.d * kinds / total * lower


# ---- 手算 ----


def test_worked_example_counts():
    low, high = kneser_ney_counts(TEXT, 2)
    assert low == {(): {"琵": 2, "琶": 1, "爱": 1}}  # 接续数：琵 在句首和爱之后
    assert high == {(START,): {"琵": 1}, ("琵",): {"琶": 2}, ("琶",): {"爱": 1}, ("爱",): {"琵": 1}}


def test_worked_example_probabilities():
    model = KneserNey(TEXT, 2, vocab_size=4)
    after_an_unseen_context = {w: model.probability(w, "树") for w in "琵琶爱树"}
    assert after_an_unseen_context == {"琵": 0.453125, "琶": 0.203125, "爱": 0.203125, "树": 0.140625}
    assert model.probability("琶", "琵") == 0.701171875
    assert model.probability("琶", "爱") == 0.15234375
    assert model.probability("琵", "爱") == 0.58984375
    assert model.probability("琵", "") == (1 - 0.75) / 1 + 0.75 * 0.453125  # 句首


def test_a_unigram_model_uses_plain_counts():
    model = KneserNey(TEXT, 1, vocab_size=4)
    assert model.probability("琶", "琵") == model.probability("琶", "") == (2 - 0.75) / 5 + 0.75 * 3 / 5 / 4


# ---- 对照 ----


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("discount", [0.75, 0.3])
def test_agrees_with_the_textbook_formula(n, discount):
    rng = random.Random(n)
    tokens = [rng.choice("aabbc") for _ in range(25)]
    model, oracle = KneserNey(tokens, n, 6, discount), Textbook(tokens, n, 6, discount)
    for history in ["", "a", "ab", "cab", "bcab", "abcab", "z", "zb", "ccccc", "".join(tokens)]:
        context = tuple(([None] * (n - 1) + list(history))[len(history) :]) if n > 1 else ()
        for token in "abcz":
            assert model.probability(token, history) == pytest.approx(oracle.probability(token, context), rel=1e-12)


# ---- 不变量 ----


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_probabilities_sum_to_one_after_every_context(n):
    tokens, vocabulary = "abracadabra", "abrcdxyz"
    model = KneserNey(tokens, n, len(vocabulary))
    for length in range(4):
        for history in itertools.product("abrx", repeat=length):
            probabilities = [model.probability(w, history) for w in vocabulary]
            assert min(probabilities) > 0
            assert sum(probabilities) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("n", [1, 3, 5])
def test_the_whole_distribution_is_the_single_probabilities(n):
    model = KneserNey("abracadabra", n, 1000)
    for history in ("", "a", "ab", "abr", "zzz", "abracadab"):
        p = model.distribution(history)
        assert p.sum().item() == pytest.approx(1, abs=1e-12)
        assert p[:-1].tolist() == pytest.approx([model.probability(w, history) for w in model.seen])
        assert p[-1].item() == pytest.approx(995 * model.probability("z", history))


def test_a_full_vocabulary_leaves_nothing_for_the_unseen():
    assert KneserNey("abc", 2, 3).distribution("a")[-1] == 0


def test_only_the_last_tokens_of_the_history_matter():
    model = KneserNey("abracadabra", 3, 9)
    assert model.probability("c", "xxxxra") == model.probability("c", "ra")
    assert model.context("") == (START, START) and model.context("a") == (START, "a")
    assert model.context("xab") == ("a", "b")
    assert KneserNey("ab", 1, 3).context("ab") == ()


def test_an_unseen_longer_context_falls_back_to_the_shorter():
    short, long = KneserNey("abracadabra", 2, 9), KneserNey("abracadabra", 3, 9)
    assert long.probability("b", "za") == pytest.approx(
        ((2 - 0.75) + 0.75 * 3 * long.probability("b", "zz")) / 4  # “a”之后的接续数：b 2（r、句首），c 1，d 1
    )
    assert short.probability("b", "za") == short.probability("b", "a")


def test_tokens_need_not_be_characters():
    assert KneserNey([3, 1, 3], 2, 5).probability(1, [3]) > 0.1


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KneserNey("ab", 0, 4), "^n 应为不小于 1 的整数，得到 0"),
        (lambda: KneserNey("ab", 1.5, 4), "^n 应为"),
        (lambda: KneserNey("", 2, 4), "^tokens 是空的"),
        (lambda: KneserNey("ab", 2, 1), "^vocab_size 应为不小于 2 的整数，得到 1"),
        (lambda: KneserNey("ab", 2, 4, discount=1), "^discount 应大于 0、小于 1，得到 1"),
        (lambda: KneserNey("ab", 2, 4, discount=float("nan")), "^discount 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
