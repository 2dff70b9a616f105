r"""预分词：先用一条正则把文本切成小段，BPE 只在段内合并，词元永远跨不过段的边界。

    "I've 42 cats."  →  "I"  "'ve"  " 42"  " cats"  "."

为什么：不切，"cat."、"cat,"、"cat!" 会各占一个词元；切了还能把同样的段合起来计数，训练快几十倍。
正则里 \p{L} 是任何文字的字母（汉字也是），\p{N} 是数字，\s 是空白；Python 自带的 re 不认识 \p{…}，
所以用 regex 包。三条正则最大的差别在数字：gpt2 整串连着，llama3 从左往右三位一段，qwen3 一位一段。

来源：radford2019language，2.2 节（规则的动机）；正则是各家随模型公开的常数，语义相同，写法是本书的。
不含：规范化（NFC 等）、按字典给中文分词——汉字连成一段，词由 BPE 自己去合。
正文：docs/07-architecture/tokenization.md。
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import regex

# --8<-- [start:patterns]
CONTRACTION = r"'(?:[sdmt]|ll|ve|re)"  # 英语的 's、'll、've……
PUNCTUATION = r" ?[^\s\p{L}\p{N}]+"  # 标点连同前面的一个空格
SPACES = r"\s+(?!\S)|\s+"  # 一串空白：最后一个留给后面的词
NEWER = rf"(?i:{CONTRACTION})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|DIGITS|{PUNCTUATION}[\r\n]*|\s*[\r\n]+|{SPACES}"
PATTERNS = {
    "gpt2": rf"{CONTRACTION}| ?\p{{L}}+| ?\p{{N}}+|{PUNCTUATION}|{SPACES}",  # 数字整串
    "llama3": NEWER.replace("DIGITS", r"\p{N}{1,3}"),  # 从左往右三位一段
    "qwen3": NEWER.replace("DIGITS", r"\p{N}"),  # 一位一段
}


def pretokenize(text: str, pattern: str = "gpt2") -> list[str]:
    """按 PATTERNS 里的一条正则切段；各段首尾相接就是原文，一个字符不多，一个不少。

    出错：text 不是字符串、含不成对的代理码位，或没有名叫 pattern 的正则，抛出 ValueError。
    """
    check_text("text", text)
    return compiled(pattern).findall(text)


# --8<-- [end:patterns]


# --8<-- [start:split-special]
def split_special(text: str, special_tokens: Sequence[str]) -> list[str]:
    """在特殊词元处切开，特殊词元自己也在结果里；互相重叠时取最长的，如 <|a|><|b|> 先于 <|a|>。

    不先切开，“<|end|>” 会被拆成几个普通词元，两篇文章的统计也会越过界线混在一起。
    """
    check_text("text", text)
    check_special(special_tokens)
    if not special_tokens:
        return [text] if text else []
    longest_first = sorted(special_tokens, reverse=True)  # 正则按次序试；倒排时，长的总在它的前缀之前
    parts = regex.split(f"({'|'.join(map(regex.escape, longest_first))})", text)
    return [part for part in parts if part]


# --8<-- [end:split-special]


def word_counts(
    texts: Iterable[str], pattern: str = "gpt2", special_tokens: Sequence[str] = ()
) -> Counter[str]:
    """各段出现的次数，不含特殊词元；texts 一篇一篇地读，不必全在内存里。

    出错：texts 是一整个字符串（会被当成一个个字符），或其中有坏的文本，抛出 ValueError。
    """
    if isinstance(texts, str):
        raise ValueError(f"texts 应为若干篇文本，如 [text]，得到一个字符串 {texts[:20]!r}。")
    counts: Counter[str] = Counter()
    for text in texts:
        for part in split_special(text, special_tokens):
            if part not in special_tokens:
                counts.update(pretokenize(part, pattern))
    return counts


@cache
def compiled(pattern: str) -> "regex.Pattern[str]":
    """编译好的正则；没有这个名字，抛出 ValueError。"""
    if pattern not in PATTERNS:
        raise ValueError(f"pattern 应为 {'、'.join(PATTERNS)} 之一，得到 {pattern!r}。")
    return regex.compile(PATTERNS[pattern])


def check_text(name: str, text: object) -> None:
    """要求 text 是能编成 UTF-8 的字符串；不成对的代理码位（U+D800–U+DFFF）不行，抛出 ValueError。"""
    if not isinstance(text, str):
        raise ValueError(f"{name} 应为字符串，得到 {type(text).__name__}。")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(
            f"{name} 的第 {error.start} 个字符 U+{code:04X} 是不成对的代理码位，不能编成 UTF-8。"
        ) from None


def check_special(special_tokens: object) -> None:
    """要求 special_tokens 是若干个互不相同的非空字符串；否则抛出 ValueError。"""
    if isinstance(special_tokens, str) or not isinstance(special_tokens, Sequence):
        raise ValueError(f"special_tokens 应为字符串的列表，得到 {special_tokens!r}。")
    for token in special_tokens:
        check_text("special_tokens 的每一项", token)
        if not token:
            raise ValueError("special_tokens 里有空字符串。")
    if len(set(special_tokens)) < len(special_tokens):
        raise ValueError(f"special_tokens 里有重复：{list(special_tokens)}。")
