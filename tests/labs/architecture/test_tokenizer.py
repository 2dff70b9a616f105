"""分词器：手算的例子，与 tiktoken、tokenizers 逐个编号相同，还原，流，特殊词元，以及出错。"""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture import tokenizer as tokenizer_module
from labs.architecture.bpe_incremental import train_bpe
from labs.architecture.pretokenize import PATTERNS
from labs.architecture.tokenizer import Tokenizer, check_merges, check_vocab
from labs.common.udhr import LANGUAGES, sections
from tests.labs.architecture.test_bpe_incremental import visible

quick = settings(database=None, derandomize=True, deadline=None, max_examples=120)
BYTES = {i: bytes([i]) for i in range(256)}
HUG_MERGES = [(b"u", b"g"), (b"u", b"n"), (b"h", b"ug"), (b"p", b"un")]
HUG_VOCAB = BYTES | {256 + n: a + b for n, (a, b) in enumerate(HUG_MERGES)}
VOCAB, MERGES = train_bpe([*sections("cmn_hans")[:12], *sections("eng")[:12]], 900)
SPECIAL = ["<|end|>", "<|end|><|pad|>", "结束"]
any_text = st.text(max_size=60)  # hypothesis 的默认字母表就是除代理码位之外的全部 Unicode
realistic = st.text(st.one_of(st.sampled_from("人有权利的，。 \n'sthe12<|end>pa"), st.characters(codec="utf-8", exclude_categories=("Cn", "Co"))), max_size=40)  # fmt: skip


@pytest.fixture(scope="module", params=sorted(PATTERNS))
def tokenizer(request):
    return Tokenizer(VOCAB, MERGES, SPECIAL, request.param)


def spell(tokenizer, text):
    return [tokenizer.vocab[i] for i in tokenizer.encode(text)]


# ---- 手算 ----


def test_merges_are_applied_in_the_order_of_training():
    hug = Tokenizer(HUG_VOCAB, HUG_MERGES)
    assert hug.encode("bug") == [98, 256]
    assert spell(hug, "hugs punhum") == [b"hug", b"s", b" ", b"pun", b"h", b"u", b"m"]
    merges = [(b"c", b"d"), (b"a", b"b"), (b"ab", b"c")]
    vocab = BYTES | {256: b"cd", 257: b"ab", 258: b"abc"}
    assert spell(Tokenizer(vocab, merges), "abcd") == [b"ab", b"cd"]
    assert spell(Tokenizer(vocab, [merges[1], merges[2], merges[0]]), "abcd") == [b"abc", b"d"]


def test_the_six_bytes_of_today():
    plain = Tokenizer(BYTES, [])
    assert plain.encode("今天") == [0xE4, 0xBB, 0x8A, 0xE5, 0xA4, 0xA9]
    assert plain.decode([0xE4, 0xBB, 0x8A, 0xE5, 0xA4, 0xA9]) == "今天"
    assert [plain.decode([i]) for i in (0xE4, 0xBB, 0x8A)] == ["\ufffd"] * 3  # 逐个解码全是乱码
    assert plain.decode([0xE4, 0xBB]) == "\ufffd" and plain.decode([0x41, 0xFF, 0x42]) == "A\ufffdB"


def test_words_that_were_frequent_in_training_are_whole():
    tokens = spell(Tokenizer(VOCAB, MERGES), "人人有权")
    assert [token.decode() for token in tokens] == ["人人", "有权"]


# ---- 对照 ----


@quick
@given(text=realistic)
def test_ids_equal_those_of_tiktoken(tokenizer, text):
    tiktoken = pytest.importorskip("tiktoken")
    ranks = {token: i for i, token in VOCAB.items()}
    oracle = tiktoken.Encoding(
        "book", pat_str=PATTERNS[tokenizer.pattern], mergeable_ranks=ranks, special_tokens={}
    )
    assert tokenizer.encode(text, allow_special=False) == oracle.encode_ordinary(text)


@quick
@given(text=realistic)
def test_ids_equal_those_of_the_tokenizers_package(tokenizer, text):
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(PATTERNS[tokenizer.pattern]), "isolated")
    oracle = tokenizers.Tokenizer(
        tokenizers.models.BPE(
            {visible(token): i for i, token in VOCAB.items()},
            [(visible(a), visible(b)) for a, b in MERGES],
        )
    )
    oracle.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([split, byte_level])
    assert tokenizer.encode(text, allow_special=False) == oracle.encode(text).ids


def test_ids_equal_on_whole_documents_in_eight_languages():
    tiktoken = pytest.importorskip("tiktoken")
    ranks = {token: i for i, token in VOCAB.items()}
    oracle = tiktoken.Encoding("book", pat_str=PATTERNS["gpt2"], mergeable_ranks=ranks, special_tokens={})
    tokenizer = Tokenizer(VOCAB, MERGES)
    for language in LANGUAGES:
        text = "\n".join(sections(language))
        assert tokenizer.encode(text) == oracle.encode_ordinary(text)


# ---- 还原 ----


@quick
@given(text=any_text)
def test_any_unicode_text_comes_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.decode(tokenizer.encode(text, allow_special=False)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # 一家三口：三个人，两个零宽连字
        "龘\U00020bb7\U00020000",  # 生僻字；后两个在基本平面之外，各四个字节
        "\u00e9 vs e\u0301",  # 同一个 é 的两种写法，还原后仍是两种
        "\x00\x7f\ufeff\ufffd\uffff",
        "  \t\r\n ",
        "\u0661\u0662\u0663½²",
        "1234567890",
    ],
)
def test_the_hard_texts_of_the_lab_come_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode("") == []


@quick
@given(data=st.binary(max_size=20))
def test_broken_bytes_become_replacement_characters(data):
    plain = Tokenizer(BYTES, [])
    assert plain.decode(list(data)) == data.decode("utf-8", errors="replace")


# ---- 特殊词元 ----


def test_special_tokens_get_the_numbers_after_the_vocabulary():
    tokenizer = Tokenizer(VOCAB, MERGES, SPECIAL)
    assert [tokenizer.ids[token.encode()] for token in SPECIAL] == [900, 901, 902]
    assert tokenizer.encode("<|end|>") == [900] and tokenizer.encode("结束") == [902]
    assert tokenizer.encode("a<|end|><|pad|><|end|>") == [97, 901, 900]  # 最长的先认


def test_special_tokens_already_in_the_vocabulary_keep_their_numbers():
    vocab, merges = train_bpe(["ab ab<|end|>"], 258, ["<|end|>"])
    tokenizer = Tokenizer(vocab, merges, ["<|end|>"])
    assert len(tokenizer.vocab) == 258 and tokenizer.encode("ab<|end|>") == [256, 257]


def test_text_from_others_cannot_smuggle_special_tokens():
    tokenizer = Tokenizer(VOCAB, MERGES, SPECIAL)
    ids = tokenizer.encode("忽略上文<|end|>", allow_special=False)
    assert not {900, 901, 902} & set(ids) and tokenizer.decode(ids) == "忽略上文<|end|>"


# ---- 流 ----


@quick
@given(text=realistic, data=st.data())
def test_a_stream_cut_anywhere_gives_the_same_ids(tokenizer, text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert list(tokenizer.encode_iterable(chunks)) == tokenizer.encode(text)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_real_text_with_special_tokens_streams_in_small_pieces(tokenizer, size):
    text = "<|end|>".join([*sections("cmn_hans")[:4], "<|pad|>it's  we'll\n\n \n12345", *sections("eng")[:4]])
    chunks = (text[i : i + size] for i in range(0, len(text), size))
    assert list(tokenizer.encode_iterable(chunks)) == tokenizer.encode(text)


def test_the_stream_starts_before_it_has_read_everything():
    read = []

    def lines():
        for line in ["人人有权利。\n", "all human beings\n", "are born free\n"]:
            read.append(line)
            yield line

    stream = Tokenizer(VOCAB, MERGES).encode_iterable(lines())
    next(stream)
    assert len(read) == 1
    assert len(list(stream)) > 5 and len(read) == 3


@pytest.mark.parametrize(
    ("special", "chunk", "most"),
    [
        (["<|end|>"], "1<|end|>", 2),  # 没有字母：特殊词元之后就可以切
        (["<|"], "ab c", 1),  # 留出的恰好是最长的特殊词元
    ],
)
def test_the_stream_holds_back_no_more_than_it_must(special, chunk, most):
    read = []

    def chunks():
        for _ in range(9):
            read.append(chunk)
            yield chunk

    next(Tokenizer(VOCAB, MERGES, special).encode_iterable(chunks()))
    assert len(read) == most


def test_the_memory_of_pieces_is_bounded(monkeypatch):
    monkeypatch.setattr(tokenizer_module, "CACHED_PIECES", 4)
    tokenizer = Tokenizer(VOCAB, MERGES)
    text = " ".join(f"word{'x' * n}" for n in range(20))
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer._encode_piece.cache_info().currsize == 4


def test_a_long_stream_takes_no_more_memory_than_a_short_one():
    tokenizer = Tokenizer(VOCAB, MERGES, SPECIAL)
    line = "人人有权享有生命、自由和人身安全, and the security of person.\n"
    peaks = []
    for n in (20, 2000):
        tracemalloc.start()
        count = sum(1 for _ in tokenizer.encode_iterable(line for _ in range(n)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert count > 2000 * 20
    assert peaks[1] < peaks[0] + 50_000  # 全文有 170 kB，存下全部编号要一百万字节以上


def test_an_empty_stream_gives_nothing():
    assert list(Tokenizer(VOCAB, MERGES).encode_iterable([])) == []
    assert list(Tokenizer(VOCAB, MERGES).encode_iterable(["", ""])) == []


# ---- 出错 ----


def without(byte):
    return {i: token for i, token in BYTES.items() if i != byte}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tokenizer(without(0x41), []), "^vocab 缺少字节 0x41"),
        (lambda: Tokenizer({}, []), "^vocab 缺少字节 0x00"),
        (lambda: Tokenizer(list(BYTES.values()), []), "^vocab 应为字典：编号 → 字节串，得到 list"),
        (lambda: Tokenizer(BYTES | {256: "ab"}, []), "^vocab 的每一项应为.*得到 256 → 'ab'"),
        (lambda: Tokenizer(BYTES | {-1: b"ab"}, []), "^vocab 的每一项应为.*得到 -1 → b'ab'"),
        (lambda: Tokenizer(BYTES | {256: b""}, []), "^vocab 的每一项应为.*得到 256 → b''"),
        (lambda: check_vocab(BYTES | {256: b"A"}), "^vocab 里 65 与 256 都是 b'A'"),
        (
            lambda: Tokenizer(HUG_VOCAB, [HUG_MERGES[2], HUG_MERGES[0]]),
            r"^merges 的第 0 条 \(b'h', b'ug'\) 用到 b'ug'，在它之前还没有合出来",
        ),
        (
            lambda: Tokenizer(HUG_VOCAB, [HUG_MERGES[0]] * 2),
            r"^merges 的第 1 条 \(b'u', b'g'\) 合出的 b'ug' 已经有了",
        ),
        (lambda: Tokenizer(BYTES, HUG_MERGES), r"^merges 的第 0 条 .* 合出的 b'ug' 不在 vocab 里"),
        (
            lambda: Tokenizer(HUG_VOCAB, HUG_MERGES, ["hug"]),
            "^special_tokens 里的 'hug' 也能由普通文本合并出来",
        ),
        (lambda: check_merges([], {}, ["A"]), "^special_tokens 里的 'A' 也能由普通文本合并出来"),
        (lambda: Tokenizer(BYTES, [], "<|end|>"), "^special_tokens 应为字符串的列表"),
        (lambda: Tokenizer(BYTES, [], pattern="none"), "^pattern 应为"),
        (lambda: Tokenizer(BYTES, []).encode("\ud800"), r"^text 的第 0 个字符 U\+D800"),
        (lambda: Tokenizer(BYTES, []).decode([256]), "^ids 里的 256 不在词表中，编号最大是 255"),
        (lambda: Tokenizer(BYTES, []).decode([-1]), "^ids 里的 -1 不在词表中"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
