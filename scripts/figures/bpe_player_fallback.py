"""画播放器 bpe-player 的静态后备图，并写下浏览器测试要核对的答案；两样都出自 labs.architecture.bpe_training。

    python scripts/figures/bpe_player_fallback.py

写出 docs/07-architecture/figures/bpe-player-fallback.svg 与 docs/07-architecture/data/bpe-player.json。
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from book.svg import Canvas

from labs.architecture.bpe_training import Step, merge_trace, segment

CHAPTER = Path(__file__).resolve().parents[2] / "docs/07-architecture"
ALL = 1000  # 足够做到底
HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
ZH = {"今天": 6, "今日": 3, "明天": 4, "大人": 5}
ORDER = {"ab": 5, "abc": 4, "bcd": 3, "cd": 9}


def letters(word: str, unit: str) -> str:
    """字节起步时，一个字节当一个字母（U+0000–U+00FF）：merge_trace 不必改就能从字节训练。"""
    return word.encode().decode("latin-1") if unit == "bytes" else word


def made_up() -> dict[str, int]:
    """二十四个 a–d 组成的词，种子固定：并列和重叠都多。"""
    rng = random.Random(0)
    words: dict[str, int] = {}
    while len(words) < 24:
        words["".join(rng.choices("aabcd", k=rng.randint(1, 12)))] = rng.randint(1, 9)
    return words


# 名字：（单位，词 → 次数，要切的新词）
CORPORA: dict[str, tuple[str, dict[str, int], tuple[str, ...]]] = {
    "hug": ("chars", HUG, ("bug", "punhug", "hub", "hum", "hughugs")),
    "zh": ("bytes", ZH, ("明日", "夫人", "今天天大", "hug", "龘😀")),
    "order": ("chars", ORDER, ("abcd", "bcdab", "dcba")),
    "ties": ("chars", {"ba": 3, "ac": 3, "ab": 3, "bca": 2, "ad": 2}, ("bad", "cabac")),
    "overlap": ("chars", {"aaa": 2, "aaaaa": 3, "baab": 1, "a": 9}, ("aaaaaaaa", "baaab")),
    "beyond-bmp": ("chars", {"😀ﬁ": 4, "ﬁ😀": 4, "😀😀": 1}, ("ﬁﬁ😀😀",)),  # 按码位 ﬁ 在 😀 之前，按 UTF-16 相反
    "emoji-bytes": ("bytes", {"😀ﬁ": 4, "ﬁ😀": 4, "ñ": 2, "aé": 7}, ("😁", "ñé")),
    "lowest": ("chars", {"low": 5, "lower": 2, "newest": 6, "widest": 3}, ("slowest", "wide")),
    "single": ("chars", {"a": 7, "人": 1}, ("a人",)),
    "made-up": ("chars", made_up(), ("abacadab", "dddd")),
}


def trained(name: str) -> tuple[dict[str, int], list[Step]]:
    """一份语料拆好的词与全部的合并。"""
    unit, words, _ = CORPORA[name]
    split = {letters(word, unit): times for word, times in words.items()}
    return split, merge_trace(split, ALL)


def total(split: Mapping[str, int], pieces: Mapping[str, Sequence[str]]) -> int:
    """语料共切成几个词元。"""
    return sum(times * len(pieces[word]) for word, times in split.items())


def from_the_left(word: str, vocabulary: set[str]) -> list[str]:
    """对照：从左往右每次取词表里最长的。"""
    out = []
    while word:
        size = next((n for n in range(len(word), 1, -1) if word[:n] in vocabulary), 1)
        out.append(word[:size])
        word = word[size:]
    return out


def case(name: str) -> dict[str, Any]:
    """一份语料的全部经过；切法只记每个词元的长短，例如 [[1, 2]] 是 h·ug。"""
    unit, words, unseen = CORPORA[name]
    split, steps = trained(name)
    merges = [step.pair for step in steps]
    return {
        "name": name,
        "unit": unit,
        "words": list(words.items()),
        "start": total(split, {word: list(word) for word in split}),
        "steps": [
            [*step.pair, step.count, total(split, step.words), [[len(p) for p in step.words[word]] for word in split]] for step in steps
        ],
        "unseen": [
            [word, k, segment(letters(word, unit), merges[:k]), from_the_left(letters(word, unit), {a + b for a, b in merges[:k]})]
            for word in unseen
            for k in sorted({0, len(merges) // 2, len(merges)})
        ],
    }


def first_difference(words: Mapping[str, int], word: str, times: int) -> int:
    """把一个词的次数改成 times，从第几步起合并不同。"""
    old, new = merge_trace(words, ALL), merge_trace({**words, word: times}, ALL)
    return next(k for k, (a, b) in enumerate(zip(old, new, strict=False), 1) if a.pair != b.pair)


def values() -> dict[str, Any]:
    """正文要用的数。"""
    found: dict[str, Any] = {}
    for name in ("hug", "zh", "order"):
        split, steps = trained(name)
        found[name] = {
            "before": total(split, {word: list(word) for word in split}),
            "after": total(split, steps[-1].words),
            "merges": len(steps),
            "counts": {f"step_{k}": step.count for k, step in enumerate(steps, 1)},
        }
    found["hug"]["letters"] = len(set("".join(HUG)))
    found["hug"]["changed_by_bun_5"] = first_difference(HUG, "bun", 5)
    _, steps = trained("zh")
    made = ["".join(step.pair).encode("latin-1").decode("utf-8", errors="replace") for step in steps]
    found["zh"]["first_character"] = made.index("天") + 1
    found["zh"]["whole_word"] = made.index("明天") + 1
    found["zh"]["unseen"] = {"ming_ri": 0, "fu_ren": 0}
    for key, word in (("ming_ri", "明日"), ("fu_ren", "夫人")):
        found["zh"]["unseen"][key] = len(segment(letters(word, "bytes"), [step.pair for step in steps]))
    cuts = {n: segment("abcd", [step.pair for step in merge_trace({**ORDER, "abc": n}, ALL)]) for n in range(1, 40)}
    found["order"]["abc_needed"] = min(n for n, cut in cuts.items() if cut == ["abc", "d"])
    return found


def data() -> str:
    """答案写成 JSON，一例一行：改一处，差异只有一行。"""
    cases = ",\n".join(json.dumps(case(name)) for name in CORPORA)
    return f'{{\n"values": {json.dumps(values())},\n"cases": [\n{cases}\n]\n}}\n'


# —— 图 ——


def counted(pieces: Mapping[str, Sequence[str]]) -> list[tuple[tuple[str, str], int]]:
    """每一对的次数，从多到少。"""
    pairs: Counter[tuple[str, str]] = Counter()
    for word, times in HUG.items():
        for pair in pairwise(pieces[word]):
            pairs[pair] += times
    return pairs.most_common()


def draw_pairs(c: Canvas, pairs: list[tuple[tuple[str, str], int]], top: int) -> None:
    """左边：第一步之前每一对的次数，最多的加框。"""
    for row, ((a, b), count) in enumerate(pairs):
        y = top + 34 * row
        if not row:
            c.rect(20, y - 21, 206, 31, "c1", "c1", 4, 0.14)
        c.text(32, y, f"{a} + {b}", 15, "start", bold=not row)
        c.rect(92, y - 12, 92 * count / pairs[0][1], 14, "mut" if row else "c1", "none", 2)
        c.text(216, y, str(count), 15, "end", bold=not row)


def draw_words(c: Canvas, pieces: Mapping[str, Sequence[str]], new: str, top: int) -> None:
    """右边：合并之后每个词的切法，刚合出的涂色。"""
    for row, (word, times) in enumerate(HUG.items()):
        x, y = 300.0, top + 40 * row
        c.text(288, y, f"{times} ×", 14, "end", "mut")
        for token in pieces[word]:
            wide = 18 + 10 * len(token)
            c.rect(x, y - 20, wide, 29, "c1" if token == new else "none", "c1" if token == new else "mut", 4)
            c.text(x + wide / 2, y, token, 15, fill="bg" if token == new else "fg", bold=token == new)
            x += wide + 6


def draw_fall(c: Canvas, totals: list[int], top: int) -> None:
    """下边：词元总数随合并次数落下去。"""
    left, right, height = 66, 456, 96

    def at(k: int, value: int) -> tuple[float, float]:
        return left + (right - left) * k / (len(totals) - 1), top + height * (1 - value / totals[0])

    c.path(f"M{left} {top}H{right}M{left} {top + height}H{right}", "grid", 1)
    points = [at(k, value) for k, value in enumerate(totals)]
    c.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), "c0", 2.4)
    for k, ((x, y), value) in enumerate(zip(points, totals, strict=True)):
        c.circle(x, y, 5 if k == 1 else 3, "c1" if k == 1 else "c0", "bg")
        c.text(min(x, right - 6) + 4, y - 9, str(value), 12, fill="mut")
        c.text(x, top + height + 18, str(k), 12, fill="mut")
    c.text((left + right) / 2, top + height + 36, "合并次数", 13)


def draw() -> str:
    """整张图：手算的例子做完第一步。"""
    split, steps = trained("hug")
    start = {word: list(word) for word in HUG}
    pairs, first = counted(start), steps[0]
    totals = [total(split, start), *(total(split, step.words) for step in steps)]
    c = Canvas("bpe-player-fallback", 480, 492)
    c.rect(0.5, 0.5, 479, 491, "bg", "grid")
    c.text(
        20,
        32,
        f"第 1 步：{first.pair[0]} + {first.pair[1]} 出现 {first.count} 次，最多，合成 {''.join(first.pair)}",
        16,
        "start",
        bold=True,
    )
    c.text(20, 62, "相邻的每一对", 13, "start", "mut")
    c.text(248, 62, "合并之后的切法", 13, "start", "mut")
    draw_pairs(c, pairs, 94)
    draw_words(c, first.words, "".join(first.pair), 94)
    c.path("M20 296H460", "grid")
    c.text(20, 320, f"语料的词元总数：做到底，从 {totals[0]} 降到 {totals[-1]}", 14, "start", bold=True)
    draw_fall(c, totals, 352)
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/bpe-player-fallback.svg": draw(), CHAPTER / "data/bpe-player.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
