"""画“水印检测器”的静态后备图，写下两段文字、正文要用的数和浏览器里逐例核对的答案；检测用 labs.safety.detection。

    python scripts/figures/watermark_fallback.py

写出 docs/04-harms-toxicity/figures/watermark-fallback.svg 与 docs/04-harms-toxicity/data/watermark-detector.json。
网页上的 watermark-model.js 里抄着同样的两段文字，浏览器测试要求两边一样。
"""

from __future__ import annotations

import json
import statistics
from functools import cache
from pathlib import Path
from typing import Any

from book.minstd import uniforms
from book.svg import Canvas

from labs.safety.detection import detect
from labs.safety.watermark import is_green
from labs.tiny_lm.corpus import load_corpus

CHAPTER = Path(__file__).resolve().parents[2] / "docs/04-harms-toxicity"
KEY, GAMMA = 2026, 0.5  # 与 lab-watermark.py 相同
# lab-watermark 里 δ = 2 的第一段；网页里抄着同样的一段；测试要求模型照样写出它。
MARKED = "蜡烛微明胜袖中，一年醒一动行风。谁缘就枕残灯没，闻碎三春月压笼。\n洛下诗行更几春，又应仙杏莫争人。槿花休上高架上，回首微吟直上人。\n高阁便云里"
HUMAN = "孤山寺北贾亭西，水面初平云脚低。几处早莺争暖树，谁家新燕啄春泥。乱花渐欲迷人眼，浅草才能没马蹄。最爱湖东行不足，绿杨阴里白沙堤。"
ROUNDS = 5  # 替换、删去各做几遍


@cache
def texts() -> dict[str, str]:
    """带水印的是小语言模型写的；人写的在测试集里，它没有学过。"""
    assert HUMAN in load_corpus().test
    return {"marked": MARKED, "human": HUMAN}


def pool() -> list[str]:
    """替换时从这里抽字：两段里出现过的，不含标点与换行。"""
    return [char for char in dict.fromkeys("".join(texts().values())) if char not in "，。\n"]


def edit(how: str, text: str, seed: int) -> str:
    """substitute 换掉一成，delete 删去一成（至少一个字），shuffle 打乱。"""
    n = len(text)
    u, places = uniforms(seed, 2 * n), list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(u[i] * (i + 1))
        places[i], places[j] = places[j], places[i]
    if how == "shuffle":
        return "".join(text[i] for i in places)
    hit = set(places[: max(1, int(n / 10 + 0.5))])
    if how == "delete":
        return "".join(char for i, char in enumerate(text) if i not in hit)
    out = list(text)
    for i in hit:
        others = [char for char in pool() if char != text[i]]
        out[i] = others[int(u[n + i] * len(others))]
    return "".join(out)


def rounds(how: str, text: str, times: int = ROUNDS) -> list[str]:
    """从种子 1 起一遍一遍地改，每遍种子加一；第一项是原文。"""
    out = [text]
    for seed in range(1, times + 1):
        out.append(edit(how, out[-1], seed))
    return out


def answer(text: str, key: int = KEY, gamma: float = GAMMA) -> dict[str, Any]:
    """一例：文字、钥匙、γ，每个字的颜色（g 绿，r 红，- 不计分），数与检验。"""
    found, seen, colours = detect(text, key, gamma), set(), ""
    for i, current in enumerate(text):
        pair = text[max(0, i - 1) : i + 1]
        counted = i > 0 and pair not in seen
        seen.add(pair)
        colours += ("g" if is_green(key, text[i - 1], current, gamma) else "r") if counted else "-"
    numbers = {"scored": found.scored, "green": found.green, "z": found.z, "p": found.p_value, "reason": found.reason}
    return {"text": text, "key": key, "gamma": gamma, "colours": colours, **numbers}


def cases() -> list[dict[str, Any]]:
    """浏览器里逐例核对。"""
    marked, human = texts().values()
    out = [answer(text) for text in ("", "水", "水水", "水水水", "山水山水山水", "𠮷野家𠮷野家", "a\nb c\td", "👩‍🔬 𝔸é", *texts().values())]
    out += [answer(marked, key) for key in (0, 1, KEY + 1, 2**31 - 1, 2**31, 2**32 - 1)]
    out += [answer(text, KEY, gamma) for text in (marked, human) for gamma in (0.001, 0.1, 0.25, 0.9, 0.999)]
    out += [answer(text) for how in ("substitute", "delete") for text in rounds(how, marked)[1:]]
    return [*out, answer(edit("shuffle", marked, 1)), answer((marked + human) * 15)]


def edits() -> list[dict[str, Any]]:
    """改法与种子 → 改成什么，逐字核对。"""
    sources = (*texts().values(), "水", "𠮷野家", "")
    return [{"how": how, "text": t, "seed": s, "edited": edit(how, t, s)} for how in ("substitute", "delete", "shuffle") for t in sources for s in (1, 2, 9999)]


def values() -> dict[str, Any]:
    """正文要用的数。"""
    marked, human = texts().values()
    found = detect(marked, KEY, GAMMA)
    shuffled = [detect(edit("shuffle", marked, seed), KEY, GAMMA).z for seed in range(1, 201)]
    touched = [detect(marked[:i] + char + marked[i + 1 :], KEY, GAMMA).z for i in range(len(marked)) for char in pool() if char != marked[i]]
    return {
        "marked": {"scored": found.scored, "green": found.green, "z": round(found.z, 4), "mean": GAMMA * found.scored},
        "other_key": {"z": round(detect(marked, KEY + 1, GAMMA).z, 4)},
        "human": {"z": round(detect(human, KEY, GAMMA).z, 4), "green": detect(human, KEY, GAMMA).green, "scored": detect(human, KEY, GAMMA).scored},
        **{how: [round(detect(text, KEY, GAMMA).z, 4) for text in rounds(how, marked)] for how in ("substitute", "delete")},
        "shuffle": {"one": round(shuffled[0], 4), "mean": round(statistics.mean(shuffled), 4), "largest": round(max(shuffled), 4)},
        "touch": {"smallest": round(min(touched), 4)},
        "kept": {"substitute": round(0.9 ** (2 * ROUNDS), 4), "delete": round(0.9 ** (1.5 * ROUNDS), 4)},
    }


def lines(rows: list[dict[str, Any]]) -> str:
    """一例一行的数组。"""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def data() -> str:
    """写成 JSON，一例一行。"""
    head = f'"values": {json.dumps(values())},\n"texts": {json.dumps(texts(), ensure_ascii=False)}'
    return f'{{{head},\n"pool": {json.dumps("".join(pool()), ensure_ascii=False)},\n"cases": {lines(cases())},\n"edits": {lines(edits())}\n}}\n'


def draw_text(c: Canvas, top: float, title: str, text: str) -> None:
    """一段文字：绿字实线，红字点线，不计分的没有线。"""
    row = answer(text)
    c.text(24, top, f"{title}：{row['scored']} 个里 {row['green']} 个绿，z = {row['z']:.2f}".replace("-", "−"), 14, "start", bold=True)
    for i, (char, colour) in enumerate(zip(text, row["colours"], strict=True)):
        x, y = 36 + 24 * (i % 18), top + 30 + 34 * (i // 18)
        shade = {"g": "c2", "r": "c1", "-": "mut"}[colour]
        c.text(x, y, "↵" if char == "\n" else char, 17, fill=shade)
        if colour != "-":
            c.path(f"M{x - 8} {y + 7}h16", shade, 3, "" if colour == "g" else "3 3")


def draw() -> str:
    """两段文字上下放。"""
    c = Canvas("watermark-fallback", 480, 400)
    c.rect(0.5, 0.5, 479, 399, "bg", "grid")
    draw_text(c, 30, "小语言模型写的，带水印", texts()["marked"])
    draw_text(c, 208, "人写的", texts()["human"])
    c.text(24, 382, "同一把钥匙；绿字下面是实线，红字是虚线，没有线的不计分", 13, "start", "mut")
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/watermark-fallback.svg": draw(), CHAPTER / "data/watermark-detector.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
