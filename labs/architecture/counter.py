"""数参数：吃一份 config.json，列出每一层的张量，乘起来再相加，按零件分账。

    总数 = 词表 + Σ_层 (注意力 + 前馈 + 归一化) + 最后的归一化 + 输出头（与词表共用时为 0）
    激活 = 一个词元真正用到的：专家只算被选中的 k 个

手算一遍（GPT-3：L = 96，d = 12288，V = 50257，n_ctx = 2048；偏置、位置表都在内）：
一层 12d² + 13d = 1,812,099,072，九十六层 173,961,510,912；词表 617,558,016，位置表 25,165,824，
最后的归一化 2d = 24,576；合计 174,604,259,328。
来源：各模型的配置见 labs/data/SOURCES.md；测试与 transformers 5.23.0 的空壳模型逐类相等。
不含：多词元预测层、视觉与音频部分、量化用的缩放系数；“激活”的口径各家不同，见 Count 的两个属性。
正文：docs/07-architecture/counting.md。
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path

from labs.architecture.model_config import Config, d_model, expert_layers, layer_kinds, number, parts_of
from labs.architecture.weights import Weight, attention, feed_forward, matrices, refuse_the_uncountable

FOLDER = Path(__file__).resolve().parent.parent / "data/configs"


@dataclass(frozen=True)
class Count:
    """一个模型的账：前五项相加是总数。"""

    embedding: int
    attention: int
    feed_forward: int
    norms: int
    head: int
    active: int  # 一个词元用到的参数，词表两头都算满
    multiplied: int  # 其中参加矩阵乘法的，查表与一维的不算

    @property
    def total(self) -> int:
        """总参数。"""
        return self.embedding + self.attention + self.feed_forward + self.norms + self.head

    @property
    def active_without_embedding(self) -> int:
        """激活参数的另一种口径：输入词表只是查一行，不算；与输出头共用时它就是输出头，照算。"""
        return self.active - (self.embedding if self.head else 0)


def load(name: str) -> dict:
    """labs/data/configs/ 里的一份配置；没有则抛出 ValueError，并列出现有的。"""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        have = "、".join(sorted(file.stem for file in FOLDER.glob("*.json")))
        raise ValueError(f"没有配置 {name}；现有：{have}。")
    return json.loads(path.read_text("utf-8"))


def gpt2_layer(config: Config) -> dict[str, list[Weight]]:
    """GPT-2 与 GPT-3 的一层：处处有偏置，归一化有两组参数，前馈是普通的两层。"""
    d = d_model(config)
    f = number(config, "n_inner", default=4 * d)
    return {
        "attention": matrices((d, 3 * d), (3 * d,), (d, d), (d,)),
        "feed_forward": matrices((d, f), (f,), (f, d), (d,)),
        "norms": matrices(*[(d,)] * 4),
    }


def layer(config: Config, kind: str, experts: bool) -> dict[str, list[Weight]]:
    """一层的张量，分成注意力、前馈、归一化三类。"""
    if config["model_type"] == "gpt2":
        return gpt2_layer(config)
    parts, d = parts_of(config), d_model(config)
    norms = matrices(*[(d,)] * (4 if "four-norms" in parts else 2))
    if "streams" in parts:  # 流形约束超连接：两条支路各一组系数，由 m 条残差流算出
        m = number(config, "hc_mult")
        norms += matrices(*[((2 + m) * m, m * d), ((2 + m) * m,), (3,)] * 2)
    return {
        "attention": attention(config, kind),
        "feed_forward": feed_forward(config, experts),
        "norms": norms,
    }


def ends(config: Config) -> dict[str, list[Weight]]:
    """层以外的张量：词表、位置表、最后的归一化、输出头。"""
    d, V = d_model(config), number(config, "vocab_size")
    if config["model_type"] == "gpt2":
        table = matrices((V, d), (number(config, "n_positions", "n_ctx"), d))
        return {"embedding": table, "norms": matrices((d,), (d,)), "head": []}
    found = {"embedding": matrices((V, d)), "norms": matrices((d,)), "head": matrices((V, d))}
    if config.get("tie_word_embeddings", config["model_type"] == "gemma4_text"):
        found["head"] = []
    if "streams" in parts_of(config):
        m = number(config, "hc_mult")
        found["norms"] += matrices((m, m * d), (m,), (1,))
    return found


# --8<-- [start:count]
def size(weights: Iterable[Weight]) -> int:
    """这些张量一共多少个数。"""
    return sum(prod(w.shape) * w.copies for w in weights)


def used(weights: Iterable[Weight], dims: int = 1) -> int:
    """一个词元用到其中多少个；dims = 2 时只算做矩阵乘法的。"""
    return sum(prod(w.shape) * w.active for w in weights if len(w.shape) >= dims)


def count(config: Config) -> Count:
    """数一个模型。出错：不认识的 model_type、缺少的键、不会数的零件，抛出 ValueError。"""
    refuse_the_uncountable(config)
    blocks = Counter(zip(layer_kinds(config), expert_layers(config), strict=True))  # 一样的层只数一次
    outside, total = ends(config), Counter()
    multiplied = used(outside["head"] or outside["embedding"][:1]) + used(outside["norms"], 2)
    active = sum(map(used, outside.values()))
    for part, weights in outside.items():
        total[part] += size(weights)
    for (kind, experts), times in blocks.items():
        for part, weights in layer(config, kind, experts).items():
            total[part] += times * size(weights)
            active += times * used(weights)
            multiplied += times * used(weights, 2)
    return Count(**total, active=active, multiplied=multiplied)


# --8<-- [end:count]
