"""预分词：手切的例子，与 tiktoken、tokenizers 的正则逐段相同，首尾相接还原，以及出错。"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.architecture.pretokenize import (
    PATTERNS,
    check_special,
    check_text,
    pretokenize,
    split_special,
    word_counts,
)

quick = settings(database=None, derandomize=True, deadline=None, max_examples=150)
# 各文字、标点、空白、数字和一点组合符号；不含未分配的码位：它们属于哪一类，各家的 Unicode 版本不同
texts = st.text(st.one_of(st.sampled_from("a'sT 　\n\r\t中天か1２½,.—!_-ñ́ि"), st.characters(codec="utf-8", exclude_categories=("Cn", "Co"))), max_size=30)  # fmt: skip


# ---- 手切 ----


def test_the_sentence_in_the_docstring():
    assert pretokenize("I've 42 cats.") == ["I", "'ve", " 42", " cats", "."]


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [("gpt2", [" 12345"]), ("llama3", [" ", "123", "45"]), ("qwen3", [" ", "1", "2", "3", "4", "5"])],
)
def test_the_patterns_differ_most_in_digits(pattern, pieces):
    assert pretokenize("年 12345", pattern) == ["年", *pieces]


def test_a_run_of_spaces_leaves_one_to_the_next_word():
    assert pretokenize("a   b") == ["a", "  ", " b"]
    assert pretokenize("a\n\nb") == ["a", "\n", "\n", "b"]  # 换行不归后面的词
    assert pretokenize("a  ") == ["a", "  "]


def test_chinese_is_cut_at_punctuation_only():
    assert pretokenize("今天天气不错，我们去爬山。") == ["今天天气不错", "，", "我们去爬山", "。"]
    assert pretokenize("不错，我们", "llama3") == ["不错", "，我们"]  # 一个标点可以归后面的字


def test_contractions_are_case_sensitive_only_in_the_oldest_pattern():
    assert pretokenize("DON'T") == ["DON", "'", "T"]
    assert pretokenize("DON'T", "qwen3") == ["DON", "'T"]


# ---- 对照与不变量 ----


@quick
@given(text=texts, pattern=st.sampled_from(sorted(PATTERNS)))
def test_the_pieces_put_together_are_the_text(text, pattern):
    pieces = pretokenize(text, pattern)
    assert "".join(pieces) == text and "" not in pieces


@quick
@given(text=texts)
def test_the_oldest_pattern_cuts_as_the_tokenizers_package(text):
    pre_tokenizers = pytest.importorskip("tokenizers.pre_tokenizers")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    spans = [span for _, span in byte_level.pre_tokenize_str(text)]
    assert pretokenize(text) == [text[start:end] for start, end in spans]


@quick
@given(text=texts, pattern=st.sampled_from(sorted(PATTERNS)))
def test_all_patterns_cut_as_the_engine_of_tokenizers(text, pattern):
    tokenizers = pytest.importorskip("tokenizers")
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(PATTERNS[pattern]), "isolated")
    spans = [span for _, span in split.pre_tokenize_str(text)]
    assert pretokenize(text, pattern) == [text[start:end] for start, end in spans]


# ---- 特殊词元 ----


def test_special_tokens_are_kept_whole():
    assert split_special("你好<|end|>再见", ["<|end|>"]) == ["你好", "<|end|>", "再见"]
    assert split_special("<|end|>", ["<|end|>"]) == ["<|end|>"]
    assert split_special("a.b+c", [".", "+"]) == ["a", ".", "b", "+", "c"]  # 正则里的字符要转义


@pytest.mark.parametrize("special", [["<|a|>", "<|a|><|b|>"], ["<|a|><|b|>", "<|a|>"]])
def test_of_overlapping_special_tokens_the_longest_wins(special):
    assert split_special("x<|a|><|b|><|a|>y", special) == ["x", "<|a|><|b|>", "<|a|>", "y"]


def test_text_without_special_tokens_is_one_part():
    assert split_special("文本", []) == ["文本"]
    assert split_special("", []) == [] == split_special("", ["<|end|>"])


@quick
@given(text=st.text("ab<>|", max_size=20))
def test_the_parts_put_together_are_the_text(text):
    special = ["<|a|>", "<|a|><|b|>", "a|"]
    parts = split_special(text, special)
    assert "".join(parts) == text
    assert all(part in special or not any(token in part for token in special) for part in parts)


# ---- 计数 ----


def test_words_are_counted_over_all_texts_without_special_tokens():
    counts = word_counts(["hug hug<|end|> hug", "hug"], special_tokens=["<|end|>"])
    assert counts == {"hug": 2, " hug": 2}


def test_words_are_counted_with_the_pattern_asked_for():
    assert word_counts(["1234 12"], "qwen3") == {"1": 2, "2": 2, "3": 1, "4": 1, " ": 1}


def test_texts_may_come_one_by_one():
    assert word_counts(text for text in ("a", "a b")) == {"a": 2, " b": 1}


# ---- 出错 ----


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pretokenize("a", "gpt9"), "^pattern 应为 gpt2、llama3、qwen3 之一，得到 'gpt9'"),
        (lambda: pretokenize(b"a"), "^text 应为字符串，得到 bytes"),
        (lambda: pretokenize("ab\ud800"), r"^text 的第 2 个字符 U\+D800 是不成对的代理码位"),
        (lambda: split_special("\udfff", []), r"^text 的第 0 个字符 U\+DFFF"),
        (lambda: split_special("a", "<|end|>"), "^special_tokens 应为字符串的列表，得到 '<.end.>'"),
        (lambda: split_special("a", None), "^special_tokens 应为字符串的列表，得到 None"),
        (lambda: split_special("a", [""]), "^special_tokens 里有空字符串"),
        (lambda: split_special("a", ["b", "b"]), r"^special_tokens 里有重复：\['b', 'b'\]"),
        (lambda: check_special([3]), "^special_tokens 的每一项 应为字符串，得到 int"),
        (lambda: check_text("prompt", None), "^prompt 应为字符串，得到 NoneType"),
        (lambda: word_counts("整篇文本"), "^texts 应为若干篇文本，如 .text.，得到一个字符串 '整篇文本'"),
        (lambda: word_counts(["好", "\ud83d"]), r"^text 的第 0 个字符 U\+D83D"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
