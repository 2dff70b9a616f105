"""画“香农游戏”的静态后备图，写下模型在三段文字上的猜法与下注、正文要用的数和浏览器里逐例核对的答案。

    python scripts/figures/shannon_game_fallback.py

写出 docs/01-introduction/figures/shannon-game-fallback.svg 与 docs/01-introduction/data/shannon-game.json。
网页上的 shannon-game-model.js 里抄着同样的三段文字与模型的猜法，浏览器测试要求两边一样。

英文两段用 27 个符号（26 个字母加空格，与香农相同），由五元 Kneser–Ney 来猜；诗由小语言模型下注。
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import torch
from book.minstd import uniforms
from book.svg import Canvas

from labs.capabilities.intervals import wilson_interval
from labs.common.udhr import sections
from labs.introduction.kneser_ney import KneserNey
from labs.introduction.shannon_game import entropy_bounds, guess_ranks, guess_shares
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import BOUNDARY, load_corpus

CHAPTER = Path(__file__).resolve().parents[2] / "docs/01-introduction"
ALPHABET = " abcdefghijklmnopqrstuvwxyz"
TRAIN, N = 21, 5  # 与 lab-shannon-ngram.py 相同：序言和前 20 条，五元
ENGLISH = {
    "en": ("everyone has the right freely to ", "participate in the cultural life of the community"),  # 第 27 条，没有训练过
    "home": ("my sister opened the fridge and said there was ", "no milk left so we drank the coffee black"),  # 本书自拟
}
POEM = "树顶烟微绿，山根菊暗香。何人独鞭马，落日上嘉祥。"  # 测试的那一份里的诗
GIVEN = 6  # 第一句连逗号是已知的
LEVELS = (0.25, 0.4, 0.55, 0.7, 0.85, 0.97)
SEED = 1


def normalize(text: str) -> str:
    """只留 27 个符号：小写，其余一律当一个空格。"""
    return re.sub("[^a-z]+", " ", text.lower()).strip()


@cache
def english_model() -> KneserNey:
    """五元模型，词表就是 27 个符号。"""
    return KneserNey(normalize(" ".join(sections("eng")[:TRAIN])), N, len(ALPHABET))


@cache
def ranks(name: str) -> list[int]:
    """模型在这一段里第几次猜中。"""
    before, text = ENGLISH[name]
    return guess_ranks(english_model(), before + text)[len(before) :]


def guesses(name: str) -> list[str]:
    """每一格，模型依次猜过的符号，猜中为止；长度就是次数。"""
    model, (before, text) = english_model(), ENGLISH[name]
    out = []
    for i, rank in enumerate(ranks(name)):
        p = model.distribution(before + text[:i])[:-1].tolist()
        order = sorted(range(len(p)), key=lambda j: (-p[j], j))
        out.append("".join(model.seen[j] for j in order[:rank]))
    return out


@cache
@torch.no_grad()
def bets() -> list[dict[str, Any]]:
    """诗的每一格：四个候选、哪个是真的、模型的赌注。

    三个陪衬照训练诗里的字频抽，不看模型，也不看真字（不许重复）；四个再打乱次序。
    陪衬照字频 q 来，真字照 p(·|上文) 来，所以“第 i 个是真的”的后验与 p(i)/q(i) 成正比，模型就这样下注。
    """
    corpus, (model, vocabulary) = load_corpus(), load()
    assert POEM in corpus.test
    counts = Counter(char for poem in corpus.train for char in poem if char not in "，。" + BOUNDARY)
    chars = sorted(counts, key=lambda char: (-counts[char], char))
    draws, out = iter(uniforms(SEED, 600)), []
    for place, true in enumerate(POEM):
        if place < GIVEN or true in "，。":
            continue
        four = [true]
        while len(four) < 4:
            target, char = next(draws) * counts.total(), ""
            for char in chars:
                target -= counts[char]
                if target < 0:
                    break
            if char not in four:
                four.append(char)
        four = [four[i] for i in sorted(range(4), key=[next(draws) for _ in range(4)].__getitem__)]
        p = torch.softmax(model(vocabulary.encode(BOUNDARY + POEM[:place])[None])[0, -1].double(), -1)
        weights = [p[vocabulary.ids[char]].item() / counts[char] for char in four]
        out.append({"four": "".join(four), "true": four.index(true), "bet": [float(f"{w / sum(weights):.4f}") for w in weights]})
    return out


def bits(row: dict[str, Any]) -> float:
    """这一格付几比特。"""
    return math.log2(1 / row["bet"][row["true"]])


def numbers() -> dict[str, Any]:
    """正文要用的数。"""
    values: dict[str, Any] = {}
    for name, (before, text) in ENGLISH.items():
        r, full = ranks(name), before + text
        lower, upper = entropy_bounds(guess_shares(r))
        surprise = [math.log2(1 / english_model().probability(c, full[: len(before) + i])) for i, c in enumerate(text)]
        low, high = wilson_interval(r.count(1), len(r))
        values[name] = {"n": len(r), "first": r.count(1), "first_share": r.count(1) / len(r), "low": low, "high": high, "worst": max(r)}
        values[name] |= {"lower": lower, "upper": upper, "cross_entropy": sum(surprise) / len(r), "questions": sum(r) / len(r)}
        values[name]["upper_10"] = entropy_bounds(guess_shares(r[:10]))[1]
    rows = bets()
    values["poem"] = {
        "n": len(rows),
        "bits": sum(map(bits, rows)) / len(rows),
        "first": sum(max(row["bet"]) == row["bet"][row["true"]] for row in rows),
        "worst": max(map(bits, rows)),
    }
    values["levels"] = {f"{100 * x:.0f}": {"right": math.log2(1 / x), "wrong": math.log2(3 / (1 - x))} for x in LEVELS}
    return rounded(values)


def rounded(value: Any) -> Any:
    """浮点数留六位有效数字。"""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def cases() -> list[dict[str, Any]]:
    """浏览器里逐例核对：一串次数 → 下界、上界、一次猜中的 95% 区间。"""
    rows = [[1], [5], [1, 1, 1, 2], [3, 2, 1], [27] * 4, [1] * 80 + [2] * 10 + [3] * 10, [1] * 30 + [2] * 10 + [3] * 5 + [4] * 5]
    rows += [ranks(name)[:k] for name in ENGLISH for k in range(2, len(ranks(name)) + 1, 3)]
    rows += [[1 + int(27 * u**2) for u in uniforms(seed, 5 * seed)] for seed in range(1, 11)]
    out = []
    for r in rows:
        lower, upper = entropy_bounds(guess_shares(r))
        out.append({"ranks": r, "lower": digits12(lower), "upper": digits12(upper), "wilson": [digits12(x) for x in wilson_interval(r.count(1), len(r))]})
    return out


def digits12(x: float) -> float:
    """留十二位有效数字。"""
    return float(f"{x:.12g}")


def data() -> str:
    """写成 JSON，一例一行。"""
    passages = {name: {"before": before, "text": text, "guesses": guesses(name)} for name, (before, text) in ENGLISH.items()}
    passages["poem"] = {"before": POEM[:GIVEN], "text": POEM[GIVEN:], "bets": bets()}
    parts = [
        f'"values": {json.dumps(numbers(), ensure_ascii=False)}',
        '"passages": {\n' + ",\n".join(f'"{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in passages.items()) + "\n}",
        '"cases": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in cases()) + "\n]",
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def draw() -> str:
    """五元模型玩的一局：每个字母下面是第几次猜中，再画次数的直方图。"""
    c = Canvas("shannon-game-fallback", 480, 430)
    c.rect(0.5, 0.5, 479, 429, "bg", "grid")
    before, text = ENGLISH["en"]
    r, values = ranks("en"), numbers()["en"]
    c.text(20, 32, "五元模型玩的一局：字母下面是第几次猜中", 16, "start", bold=True)
    c.text(20, 58, f"已知 {before.strip()}，␣ 是空格", 13, "start", "mut")
    for i, (char, rank) in enumerate(zip(text, r, strict=True)):
        x, y = 34 + 25.5 * (i % 17), 92 + 48 * (i // 17)
        c.text(x, y, "␣" if char == " " else char, 16)
        c.text(x, y + 18, str(rank), 13, fill="mut" if rank == 1 else "c1", bold=rank > 1)
    for i, (name, count) in enumerate(bins(r)):
        y = 244 + 23 * i
        c.text(98, y + 14, name, 13, "end")
        c.rect(106, y + 2, max(300 * count / len(r), 1), 15, "c0", "none", 2)
        c.text(460, y + 14, f"{count} 个", 13, "end")
    c.text(20, 414, f"熵的下界 {values['lower']:.3f}，上界 {values['upper']:.3f} 比特每个符号", 14, "start", bold=True)
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def bins(r: list[int]) -> list[tuple[str, int]]:
    """直方图的六格。"""
    edges = [(1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 27)]
    return [(f"{a} 次" if a == b else f"{a}–{b} 次", sum(a <= x <= b for x in r)) for a, b in edges]


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/shannon-game-fallback.svg": draw(), CHAPTER / "data/shannon-game.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
