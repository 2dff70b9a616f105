"""快速训练：与直白版本、与 tokenizers 包逐条相同（并列也一样），编号的规定，以及出错。"""

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture.bpe_incremental import BYTES, apply_merge, learn_byte_merges, train_bpe
from labs.architecture.bpe_training import merge_trace
from labs.architecture.pretokenize import word_counts
from labs.common.udhr import sections

quick = settings(database=None, derandomize=True, deadline=None, max_examples=80)
ZH_EN = [*sections("cmn_hans")[:12], *sections("eng")[:12]]
# GPT-2 的习惯：先编可见的字节，再编其余的；tokenizers 按这个次序给字节编号
VISIBLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
GPT2_ORDER = VISIBLE + [byte for byte in BYTES if byte not in VISIBLE]
CHARACTERS = {byte: chr(byte) for byte in VISIBLE} | {
    byte: chr(256 + n) for n, byte in enumerate(GPT2_ORDER[len(VISIBLE) :])
}


def visible(token):
    """字节串 → tokenizers 里的写法：每个字节换成一个可见的字符。"""
    return "".join(CHARACTERS[byte] for byte in token)


def trained_by_tokenizers(texts, vocab_size, min_count):
    """同样的语料交给 tokenizers 训练，取回词表与合并。"""
    json = pytest.importorskip("json")
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_count,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


# ---- 手算 ----


def test_the_worked_example_in_bytes():
    words = {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}
    tokens, merges = learn_byte_merges(words, 4)
    assert merges == [(b"u", b"g"), (b"u", b"n"), (b"h", b"ug"), (b"p", b"un")]
    assert tokens == [bytes([byte]) for byte in BYTES] + [b"ug", b"un", b"hug", b"pun"]


def test_the_two_ledgers_after_one_merge():
    """docstring 里的例子：段 abab 三次，合并 a+b。"""
    texts, counts, where = [[97, 98, 97, 98]], defaultdict(int), defaultdict(set)
    for pair in pairwise(texts[0]):
        counts[pair] += 3
        where[pair].add(0)
    assert counts == {(97, 98): 6, (98, 97): 3}
    assert apply_merge((97, 98), 256, texts, [3], counts, where) == {(256, 256)}
    assert texts == [[256, 256]]
    assert counts == {(98, 97): 0, (256, 256): 3}
    assert (97, 98) not in where and where[256, 256] == {0}


def test_chinese_characters_are_put_together_from_bytes():
    tokens, merges = learn_byte_merges({"今天".encode(): 5, "今日".encode(): 3}, 3)
    assert merges[0] == (b"\xbb", b"\x8a") and merges[1] == (b"\xe4", b"\xbb\x8a")  # 8 次，先合出“今”
    assert tokens[257].decode() == "今"


# ---- 对照 ----


@quick
@given(
    st.dictionaries(st.text("aabc", min_size=1, max_size=10), st.integers(1, 6), min_size=1, max_size=8),
    st.integers(1, 4),
)
def test_it_agrees_with_the_plain_trainer(words, min_count):
    expected = [step.pair for step in merge_trace(words, 40) if step.count >= min_count]
    _, merges = learn_byte_merges({word.encode(): n for word, n in words.items()}, 40, min_count)
    assert merges == [(a.encode(), b.encode()) for a, b in expected]


def test_it_agrees_with_the_plain_trainer_on_real_text():
    words = word_counts(ZH_EN[:2])
    as_letters = {word.encode().decode("latin-1"): n for word, n in words.items()}  # 一个字节当一个字母
    expected = [step.pair for step in merge_trace(as_letters, 60)]
    _, merges = learn_byte_merges({word.encode(): n for word, n in words.items()}, 60)
    assert merges == [(a.encode("latin-1"), b.encode("latin-1")) for a, b in expected]


@pytest.mark.parametrize(("vocab_size", "min_count"), [(700, 2), (100_000, 2), (1500, 1)])
def test_it_agrees_with_the_tokenizers_package(vocab_size, min_count):
    """按 GPT-2 的次序给字节编号之后，词表、编号与合并全部相同，并列之处也不例外。"""
    vocab, merges = trained_by_tokenizers(ZH_EN, vocab_size, min_count)
    words = {word.encode(): n for word, n in word_counts(ZH_EN).items()}
    tokens, ours = learn_byte_merges(words, vocab_size - 256, min_count, GPT2_ORDER)
    assert [(visible(a), visible(b)) for a, b in ours] == merges
    assert {visible(token): i for i, token in enumerate(tokens)} == vocab


def test_ties_are_so_common_that_the_numbering_matters():
    """正文的论断：只换字节的编号，中英语料上三百次合并就有 18 个词元不同。"""
    words = {word.encode(): n for word, n in word_counts(ZH_EN).items()}
    by_value, by_gpt2 = learn_byte_merges(words, 300)[0], learn_byte_merges(words, 300, 2, GPT2_ORDER)[0]
    assert len(set(by_value) - set(by_gpt2)) == 18


# ---- 不变量 ----


def test_counts_and_places_stay_true_through_the_training():
    """每合并一次，两本账都等于从头数一遍的结果。"""
    words = [b"abab", b"aaaa", b"aabaa", b"bbab", b"abcabc"]
    texts, times = [list(word) for word in words], [3, 5, 2, 7, 1]
    counts, where = defaultdict(int), defaultdict(set)
    for k, ids in enumerate(texts):
        for pair in pairwise(ids):
            counts[pair] += times[k]
            where[pair].add(k)
    for new in range(256, 264):
        apply_merge(max(counts, key=lambda pair: (counts[pair], pair)), new, texts, times, counts, where)
        truth = Counter()
        for k, ids in enumerate(texts):
            for pair in pairwise(ids):
                truth[pair] += times[k]
                assert k in where[pair]
        assert {pair: n for pair, n in counts.items() if n} == truth


@quick
@given(st.lists(st.text("ab汉字 ", min_size=1, max_size=12), min_size=1, max_size=6))
def test_no_token_is_made_twice_and_none_crosses_a_piece(texts):
    vocab, merges = train_bpe(texts, 400, min_count=1)
    assert len(set(vocab.values())) == len(vocab) == 256 + len(merges)
    pieces = {piece.encode() for piece in word_counts(texts)}
    assert all(any(token in piece for piece in pieces) for token in list(vocab.values())[256:])


# ---- 编号的规定 ----


def test_numbers_run_bytes_merges_special_tokens():
    vocab, merges = train_bpe(["hug hug hugs<|end|>hug<|pad|>"], 262, ["<|end|>", "<|pad|>"])
    assert [vocab[i] for i in range(256)] == [bytes([i]) for i in range(256)]
    assert [vocab[256 + n] for n in range(len(merges))] == [a + b for a, b in merges]
    assert [vocab[i] for i in sorted(vocab)][-2:] == [b"<|end|>", b"<|pad|>"]
    assert len(vocab) == 256 + len(merges) + 2
    assert not any(b"|" in a + b for a, b in merges)  # 特殊词元不参与统计


@pytest.mark.parametrize("special", [[], ["<|end|>"], ["<|end|>", "<|pad|>"]])
def test_the_vocabulary_is_as_large_as_asked(special):
    vocab, merges = train_bpe(ZH_EN, 300, special)
    assert len(vocab) == 300 and len(merges) == 44 - len(special)


def test_pairs_seen_only_once_are_not_merged_by_default():
    assert learn_byte_merges({b"ab": 2, b"cd": 1}, 9)[1] == [(b"a", b"b")]
    assert learn_byte_merges({b"ab": 2, b"cd": 1}, 9, 1)[1] == [(b"a", b"b"), (b"c", b"d")]


def test_a_small_corpus_gives_a_smaller_vocabulary():
    vocab, merges = train_bpe(["ab ab"], 1000)  # 段是 "ab" 与 " ab"，只有 a+b 出现两次
    assert len(vocab) == 257 and merges == [(b"a", b"b")]
    assert len(train_bpe(["ab ab"], 1000, min_count=1)[0]) == 258


def test_the_smallest_vocabulary_is_the_bytes():
    assert train_bpe(["任何文本"], 256) == ({i: bytes([i]) for i in range(256)}, [])


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: train_bpe([], 300), "^texts 里没有可供训练的文本"),
        (lambda: train_bpe(["", ""], 300), "^texts 里没有可供训练的文本"),
        (lambda: train_bpe(["<|end|>"], 300, ["<|end|>"]), "^texts 里没有可供训练的文本"),
        (lambda: train_bpe("整篇", 300), "^texts 应为若干篇文本"),
        (lambda: train_bpe(["\ud800"], 300), "^text 的第 0 个字符"),
        (lambda: train_bpe(["a"], 255), "^vocab_size 应为不小于 256 的整数，得到 255"),
        (lambda: train_bpe(["a"], 257, ["x", "y"]), "^vocab_size 应为不小于 258 的整数，得到 257"),
        (lambda: train_bpe(["a"], 300, "<|end|>"), "^special_tokens 应为字符串的列表"),
        (lambda: train_bpe(["a"], 300, None), "^special_tokens 应为字符串的列表，得到 None"),
        (lambda: train_bpe(["a"], 300, pattern="none"), "^pattern 应为"),
        (lambda: train_bpe(["a"], 300, min_count=0), "^min_count 应为不小于 1 的整数，得到 0"),
        (lambda: learn_byte_merges({}, 1), "^words 应为非空的字典"),
        (lambda: learn_byte_merges({b"": 1}, 1), "^words 里有空的词"),
        (lambda: learn_byte_merges({b"a": -1}, 1), "^words.b'a'. 应为不小于 1 的整数，得到 -1"),
        (lambda: learn_byte_merges({b"a": 1}, -1), "^n_merges 应为不小于 0 的整数，得到 -1"),
        (lambda: learn_byte_merges({b"a": 1}, 1, byte_order=[0, 0]), "^byte_order 应为 0–255 的一个排列"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
