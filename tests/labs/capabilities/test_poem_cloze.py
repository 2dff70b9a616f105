"""由诗出题：手算的一圈、与诗的次序无关、等长、位置均匀、坏输入。"""

from collections import Counter

import pytest

from labs.capabilities.poem_cloze import cut, digest, next_line_items
from labs.tiny_lm.corpus import load_corpus

FOUR = [f"{a * 5}，{b * 5}。" for a, b in ("山月", "风花", "雪夜", "春秋")]


def test_four_poems_by_hand():
    ring = sorted(FOUR, key=lambda poem: digest(0, poem))
    last = [poem[6:] for poem in ring]
    items = next_line_items(FOUR, 4)
    assert [item.context for item in items] == ["\n" + poem[:6] for poem in ring]
    assert items[0].choices == (last[0], last[1], last[2], last[3]) and items[0].answer == 0
    assert items[1].choices == (last[2], last[1], last[3], last[0]) and items[1].answer == 1
    assert items[3].choices == (last[0], last[1], last[2], last[3]) and items[3].answer == 3
    assert all(item.neutral == "\n" for item in items)


def test_order_and_duplicates_do_not_matter():
    assert next_line_items(FOUR[::-1] + FOUR[:2], 3) == next_line_items(FOUR, 3)
    other = [next_line_items(FOUR, 4, seed) for seed in range(4)]
    assert len({tuple(item.context for item in items) for items in other}) > 1


def test_the_same_last_line_appears_once():
    poems = [*FOUR, "云云云云云，" + FOUR[0][6:]]
    items = next_line_items(poems, 4)
    assert all(len(set(item.choices)) == 4 for item in items)
    with pytest.raises(ValueError, match="4 首"):
        next_line_items(poems, 5)


def test_real_poems():
    poems = load_corpus().test
    items = next_line_items(poems, 300)
    places = Counter(item.answer for item in items)
    assert all(60 < places[place] < 90 for place in range(4))
    for item in items:
        assert len({len(choice) for choice in item.choices}) == 1
        assert item.context[1:] + item.choices[item.answer] in poems
        assert len(set(item.choices)) == 4


def test_bad_input():
    with pytest.raises(ValueError, match="n "):
        next_line_items(FOUR, 0)
    with pytest.raises(ValueError, match="0 首"):
        next_line_items(FOUR[:3], 1)
    for poem in ("山山山山山。", "山山山山山，"):
        with pytest.raises(ValueError, match="逗号"):
            cut(poem)
