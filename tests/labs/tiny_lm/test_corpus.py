"""唐诗语料：手数的词表、分三份与次序无关、词表只看训练份、取批从诗的开头、坏输入；真的那份文件。"""

import hashlib
import lzma
import re

import pytest
import torch

from labs.tiny_lm.corpus import BOUNDARY, FILE, Corpus, Vocabulary, draw, load_corpus, poem_starts, read_poems, split, stream

HILLS = Vocabulary.count(["山水。", "山月。"], 4)


@pytest.fixture(scope="module")
def tang() -> Corpus:
    return load_corpus()


def test_the_vocabulary_counted_by_hand():
    assert HILLS.characters == "\n。山月"  # 次数相同，编码小的在前：。< 山，月 < 水
    assert len(HILLS) == 4
    assert HILLS.encode("山月。").tolist() == [2, 3, 1]
    assert HILLS.covers("月。山") and not HILLS.covers("山水。")


def test_more_frequent_characters_come_first():
    assert Vocabulary.count(["甲乙乙丙丙丙"], 99).characters == "\n丙乙甲"


def test_decode_undoes_encode():
    text = "\n山月。\n月。"
    assert HILLS.decode(HILLS.encode(text)) == text
    assert HILLS.encode("").shape == (0,)


def test_characters_outside_are_named_once_each():
    with pytest.raises(ValueError, match="只有 4 个字，不含 '水火'"):
        HILLS.encode("水山火水")


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (torch.tensor([4]), "^ids .*得到 4"),
        (torch.tensor([-1]), "^ids .*得到 -1"),
        (torch.tensor([[1, 2]]), r"^ids 应为形如 \(T,\) .*\(1, 2\)"),
        ([1], "^ids .*list"),
    ],
)
def test_ids_that_are_no_text(ids, said):
    with pytest.raises(ValueError, match=said):
        HILLS.decode(ids)


@pytest.mark.parametrize("characters", ["山\n", "\n山山", ""])
def test_a_vocabulary_starts_with_the_newline_and_repeats_nothing(characters):
    with pytest.raises(ValueError, match="^characters "):
        Vocabulary(characters)


def test_a_vocabulary_has_at_least_one_character_beside_the_newline():
    with pytest.raises(ValueError, match="^size .*得到 1"):
        Vocabulary.count(["山"], 1)


POEMS = [f"第{number}首。" for number in range(20)]


def test_three_parts_that_do_not_depend_on_the_order():
    train, validation, test = split(POEMS, seed=3, held_out=4)
    assert (len(train), len(validation), len(test)) == (12, 4, 4)
    assert sorted(train + validation + test) == sorted(POEMS)
    assert split(POEMS[::-1], seed=3, held_out=4) == (train, validation, test)
    assert split(POEMS, seed=4, held_out=4)[1] != validation


def test_the_split_by_hand():
    queue = sorted(POEMS, key=lambda poem: hashlib.sha256(f"0 {poem}".encode()).hexdigest())
    assert split(POEMS, held_out=1)[1:] == ([queue[0]], [queue[1]])


@pytest.mark.parametrize("held_out", [10, 11, 0])
def test_something_must_be_left_to_train_on(held_out):
    with pytest.raises(ValueError, match="^held_out "):
        split(POEMS, held_out=held_out)


def test_the_vocabulary_never_sees_what_is_held_out(tmp_path):
    """留出的诗里各有一个独有的字：词表里没有，那首诗也不用。"""
    _, [hidden], [other] = split(POEMS, held_out=1)
    poems = [poem.replace("首", "龙") if poem in (hidden, other) else poem for poem in POEMS]
    file = tmp_path / "poems.xz"
    for seed in range(9):  # 换了字，散列值变了：找一个恰好又分到留出份的种子
        train, validation, test = split(poems, seed, 1)
        if "龙" in validation[0]:
            break
    file.write_bytes(lzma.compress("".join(f"{poem}\n" for poem in poems).encode()))
    corpus = load_corpus(seed, held_out=1, vocab_size=99, file=file)
    assert corpus.vocabulary == Vocabulary.count(train, 99)
    assert corpus.left_out == {
        "train": 0,
        "validation": int(not corpus.vocabulary.covers(validation[0])),
        "test": int(not corpus.vocabulary.covers(test[0])),
    }


def test_poems_with_rare_characters_are_counted_and_left_out(tmp_path):
    file = tmp_path / "poems.xz"
    poems = ["山。"] * 3 + ["山月。", "月山。", "龙。"]
    file.write_bytes(lzma.compress("".join(f"{poem}\n" for poem in poems).encode()))
    assert read_poems(file) == poems
    seed = next(seed for seed in range(99) if "龙。" in split(poems, seed, 1)[0])
    corpus = load_corpus(seed, held_out=1, vocab_size=3, file=file)
    assert corpus.vocabulary.characters == "\n。山" and "龙。" not in corpus.train
    assert set(corpus.train + corpus.validation + corpus.test) == {"山。"}
    assert sum(corpus.left_out.values()) == 3 and corpus.left_out["train"] == 4 - len(corpus.train)


def test_the_stream_by_hand():
    ids = stream(HILLS, ["山月。", "月。"])
    assert HILLS.decode(ids) == "\n山月。\n月。\n"
    assert poem_starts(ids, 4).tolist() == [0, 4]  # 从 4 起恰好还有 4 个
    assert poem_starts(ids, 5).tolist() == [0]
    assert poem_starts(ids, 1).tolist() == [0, 4, 7]
    with pytest.raises(ValueError, match="只有 8 个字，没有一处.*取 9 个字"):
        poem_starts(ids, 9)


def test_every_window_starts_a_poem():
    ids = stream(HILLS, ["山月。", "月。", "。山"])
    starts = poem_starts(ids, 4)
    windows = draw(ids, starts, 50, 4, torch.Generator().manual_seed(0))
    assert windows.shape == (50, 4) and (windows[:, 0] == 0).all()
    assert {HILLS.decode(row) for row in windows} == {"\n山月。", "\n月。\n", "\n。山\n"}
    assert torch.equal(windows, draw(ids, starts, 50, 4, torch.Generator().manual_seed(0)))


def test_the_real_corpus(tang):
    assert (len(tang.train), len(tang.validation), len(tang.test)) == (21508, 804, 807)
    assert tang.left_out == {"train": 4510, "validation": 196, "test": 193}
    assert len(tang.vocabulary) == 3072 and tang.vocabulary.characters.startswith("\n。，不人山风")
    assert not set(tang.train) & set(tang.validation + tang.test) and not set(tang.validation) & set(tang.test)
    for poem in tang.train + tang.validation + tang.test:
        lines = re.split("[，。]", poem)
        assert lines.pop() == "" and len(lines) in (4, 8) and {len(line) for line in lines} in ({5}, {7})
        assert len(poem) + 1 <= 72  # 加上开头的换行，装得进上下文


def test_no_held_out_poem_shares_two_lines_with_a_training_poem(tang):
    """异文分在两边就是泄题；只有一句相同的（套语）允许。"""
    homes: dict[str, set[int]] = {}
    for number, poem in enumerate(tang.train):
        for line in set(re.split("[，。]", poem)) - {""}:
            homes.setdefault(line, set()).add(number)
    for poem in tang.validation + tang.test:
        shared = [number for line in set(re.split("[，。]", poem)) - {""} for number in homes.get(line, ())]
        assert len(shared) == len(set(shared)), poem


def test_the_file_is_the_one_listed_with_its_checksum():
    sources = (FILE.parent / "SOURCES.md").read_text("utf-8")
    row = re.search(r"`tang-poems\.txt\.xz`，([\d,]+) 字节，SHA-256 `([0-9a-f]{64})`，([\d,]+) 首", sources)
    data = FILE.read_bytes()
    assert row and int(row[1].replace(",", "")) == len(data)
    assert row[2] == hashlib.sha256(data).hexdigest()
    assert int(row[3].replace(",", "")) == len(read_poems()) == 28018
    assert BOUNDARY == "\n"
