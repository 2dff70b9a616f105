"""画“小模型游乐场”的静态后备图，写下正文要用的数：全部由还原后的 int8 权重算出，与网页上的相同。

    python scripts/figures/playground_fallback.py

写出 docs/01-introduction/figures/playground-fallback.svg 与 docs/01-introduction/data/playground.json。
浏览器里逐个核对得分、注意力与续写的是 tests/site/test_playground.py。
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from book.minstd import uniforms
from book.svg import Canvas
from torch import Tensor

from labs.architecture.masks import causal_mask
from labs.architecture.transformer_lm import TransformerLM
from labs.introduction.information import entropy
from labs.introduction.sampling import draw as pick
from labs.introduction.sampling import next_token_distribution
from labs.tiny_lm.checkpoint import card
from labs.tiny_lm.checkpoint import load as load_half
from labs.tiny_lm.corpus import BOUNDARY, Vocabulary, load_corpus
from labs.tiny_lm.quantize import FILE, unpack

CHAPTER = Path(__file__).resolve().parents[2] / "docs/01-introduction"
START = "春雨过江城，"  # 本书自拟，语料里没有这一句
SENTENCES = {"moon": "明月照山城，", "phone": "手机没电了，", "weather": "今天天气真好，"}  # 都是本书自拟
POEM = "树顶烟微绿，山根菊暗香。何人独鞭马，落日上嘉祥。"  # 测试的那一份里的诗，香农游戏也用它
HEAD, OTHER = (1, 1), (0, 2)  # 第 2 层第 2 头、第 1 层第 3 头，从 0 数
SEED, MORE, POEMS = 1, 24, 100


@cache
def model() -> tuple[TransformerLM, Vocabulary]:
    """还原后的 int8 权重。"""
    return unpack(FILE.read_bytes())


@torch.no_grad()
def logits(text: str, lm: TransformerLM | None = None) -> Tensor:
    """读完开头的换行与每个字之后的得分 (len(text) + 1, V)。"""
    return (lm or model()[0])(model()[1].encode(BOUNDARY + text)[None])[0]


@torch.no_grad()
def attention(text: str) -> Tensor:
    """各层各头的注意力 (L, h, T, T)。"""
    lm, vocabulary = model()
    ids = vocabulary.encode(BOUNDARY + text)[None]
    T, stream = ids.shape[1], lm.residual_stream(ids)
    maps = [b.attention.weights(b.attention_norm(x), lm.cos[:T], lm.sin[:T], causal_mask(T))[0] for b, x in zip(lm.blocks, stream, strict=False)]
    return torch.stack(maps)


@contextmanager
def without(layer: int, head: int) -> Iterator[None]:
    """关掉一个头：它的输出换成 0。"""
    lm, _ = model()
    width = lm.config.d_h

    def silence(_: torch.nn.Module, args: tuple[Tensor]) -> tuple[Tensor]:
        x = args[0].clone()
        x[..., head * width : (head + 1) * width] = 0
        return (x,)

    handle = lm.blocks[layer].attention.W_o.register_forward_pre_hook(silence)
    try:
        yield
    finally:
        handle.remove()


def surprisal_bits(text: str) -> list[float]:
    """每个字付几比特。"""
    log_p = torch.log_softmax(logits(text).double(), -1)
    ids = model()[1].encode(text)
    return [-log_p[i, token].item() / math.log(2) for i, token in enumerate(ids.tolist())]


def write(text: str, temperature: float, seed: int = SEED, n: int = MORE) -> str:
    """续写至多 n 个字：第 i 个字用第 i 个随机数；抽到换行就停。"""
    u = uniforms(seed, 72)
    for _ in range(n):
        p = next_token_distribution(logits(text)[-1].double(), temperature)
        char = model()[1].characters[int(pick(p, torch.tensor(u[len(text)], dtype=torch.float64)))]
        if char == BOUNDARY:
            break
        text += char
    return text


def held_out(length: int) -> list[str]:
    """测试份里的绝句，每句 length 个字，取前 POEMS 首。"""
    return [p for p in load_corpus().test if p.index("，") == length and len(p) == 4 * (length + 1)][:POEMS]


def ends(length: int) -> list[int]:
    """绝句里每句末字的位置；开头的换行是第 0 个。"""
    return [k * (length + 1) - 1 for k in (1, 2, 3, 4)]


def punctuation(length: int) -> float:
    """读完句末的字，标点（逗号加句号）分到的平均概率。"""
    marks = [model()[1].ids[c] for c in "，。"]
    found = [torch.softmax(logits(p), -1)[ends(length)][:, marks].sum(-1) for p in held_out(length)]
    return torch.cat(found).mean().item()


def heads() -> dict[str, Any]:
    """第 2 层第 2 头：句末看向句首前的标点，句中看前一个字；关掉它，标点就不准了。"""
    layer, head = HEAD
    out: dict[str, Any] = {"example": attention(POEM)[layer, head, ends(5)[3], ends(5)[2] + 1].item()}
    for name, length in (("five", 5), ("seven", 7)):
        maps = [attention(p)[layer, head] for p in held_out(length)]
        last = ends(length)[1:]  # 第一句前面没有标点
        mean = lambda pairs, maps=maps: sum(a[i, j].item() for a in maps for i, j in pairs) / (len(maps) * len(pairs))  # noqa: E731
        before = punctuation(length)
        with without(layer, head):
            after = punctuation(length)
        out[name] = {
            "poems": len(maps),
            "start": mean([(e, e - length) for e in last]),
            "previous": mean([(e - k, e - k - 1) for e in last for k in range(1, length - 1)]),
            "mark": before,
            "mark_without": after,
        }
        with without(*OTHER):
            out[name]["mark_without_other"] = punctuation(length)
    return out


def rounding() -> dict[str, Any]:
    """int8 的代价：测试份上的损失，得分最多差多少，第一名还是不是同一个。"""
    half, _ = load_half()
    worst, same, total = 0.0, 0, 0
    for poem in held_out(5) + held_out(7):
        a, b = logits(poem), logits(poem, half)
        worst = max(worst, (a - b).abs().max().item())
        same += int((a.argmax(-1) == b.argmax(-1)).sum())
        total += len(a)
    test = card()["loss"]["test"]
    return {
        "bytes": FILE.stat().st_size,
        "nats": {name: test[name]["nats_per_char"] for name in ("fp16", "int8")},
        "perplexity": math.exp(test["int8"]["nats_per_char"]),
        "bits": test["int8"]["nats_per_char"] / math.log(2),
        "worst": worst,
        "same": same / total,
        "one_in": total / (total - same),
        "poems": 2 * POEMS,
        "positions": total,
    }


def numbers() -> dict[str, Any]:
    """正文要用的数。"""
    z = logits(START)[-1].double()
    at = {key: next_token_distribution(z, t) for key, t in (("t05", 0.5), ("t1", 1.0), ("t2", 2.0))}
    values: dict[str, Any] = {
        "start": {
            "first": model()[1].characters[int(at["t1"].argmax())],
            "top": {key: p.max().item() for key, p in at.items()},
            "entropy": {key: entropy(p.tolist()) for key, p in at.items()},
            "same": {key: 2 ** entropy(p.tolist()) for key, p in at.items()},
            "top_p": {key: int((next_token_distribution(z, t, threshold=0.9) > 0).sum()) for key, t in (("t05", 0.5), ("t1", 1.0), ("t2", 2.0))},
        },
        "written": {key: write(START, t) for key, t in (("t0", 0.0), ("t05", 0.5), ("t1", 1.0))},
        "heads": heads(),
        "int8": rounding(),
    }
    for name, text in SENTENCES.items():
        bits = surprisal_bits(text)
        mean = sum(bits) / len(bits)
        values[name] = {"total": sum(bits), "mean": mean, "perplexity": 2**mean, "mark": bits[-1], "worst": max(bits), "dear": text[bits.index(max(bits))]}
    values["gap"] = {"bits": values["phone"]["total"] - values["moon"]["total"]}
    about = card()
    values["model"] = {**{key: about["model"][key] for key in ("parameters", "vocab_size", "context")}, "poems": about["corpus"]["train_poems"]}
    return rounded(values)


def rounded(value: Any) -> Any:
    """浮点数留六位有效数字。"""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def data() -> str:
    """写成 JSON，一组一行。"""
    rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in numbers().items())
    return f'{{"values": {{\n{rows}\n}}}}\n'


def draw() -> str:
    """上半：下一个字的前十名，T = 1 与 0.5。下半：两句话每个字付几比特。"""
    c = Canvas("playground-fallback", 480, 480)
    c.rect(0.5, 0.5, 479, 479, "bg", "grid")
    c.text(20, 32, f"“{START}”之后，模型最看好的十个字", 16, "start", bold=True)
    z = logits(START)[-1].double()
    p, cold = next_token_distribution(z), next_token_distribution(z, 0.5)
    ten = p.argsort(descending=True, stable=True)[:10].tolist()
    c.text(372, 58, "T = 1", 13, "end", "mut")
    c.text(460, 58, "T = 0.5", 13, "end", "mut")
    for i, token in enumerate(ten):
        y = 66 + 22 * i
        c.text(30, y + 14, model()[1].characters[token], 15)
        c.rect(50, y + 4, round(250 * p[token].item() / cold[ten[0]].item(), 1), 6, "c0", "none", 2)
        c.rect(50, y + 11, round(250 * cold[token].item() / cold[ten[0]].item(), 1), 6, "c1", "none", 2)
        c.text(372, y + 14, f"{p[token].item():.3f}", 13, "end")
        c.text(460, y + 14, f"{cold[token].item():.3f}", 13, "end")
    c.text(20, 318, "每个字付几比特：越难猜，颜色越深", 16, "start", bold=True)
    for row, name in enumerate(("moon", "phone")):
        bits = surprisal_bits(SENTENCES[name])
        for i, (char, x) in enumerate(zip(SENTENCES[name], bits, strict=True)):
            left, top = 20 + 50 * i, 334 + 66 * row
            c.rect(left, top, 44, 52, "bg", "grid", 4)
            c.rect(left, top, 44, 52, "c1", "none", 4, opacity=round(min(0.4, x / 30) + 0.01, 3))
            c.text(left + 22, top + 23, char, 17)
            c.text(left + 22, top + 43, f"{x:.1f}", 13)
        c.text(460, 366 + 66 * row, f"共 {sum(bits):.1f}", 14, "end", bold=True)
    # 关掉 JavaScript 时它直接躺在正文里：屏幕窄就跟着缩
    return c.render().replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def outputs() -> dict[Path, str]:
    """要写的文件和内容。"""
    return {CHAPTER / "figures/playground-fallback.svg": draw(), CHAPTER / "data/playground.json": data()}


if __name__ == "__main__":
    for path, content in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
