"""身份词的误报差：一个小分类器把“提到谁”当成“骂没骂人”，再用换词扩充把它改回来。

训练句由模板造出：身份词 + 谓语，标签只由谓语定；但某些身份词在骂人的句子里出现得格外多（bias）。
分类器（字的一元到三元 + 逻辑回归）于是给这些词记上正的权重，在没见过的谓语上，把提到它们的平常话误报为有毒。

    误报差 = FPR(被牵连的词) − FPR(其余的词)        FPR = 平常话里分数 ≥ 门槛的比例

手算一遍：“外地人”的四句平常话误报两句，“左撇子”的四句误报一句，差是 2/4 − 1/4 = 0.25。
换词扩充：每句话把身份词换成其余每一个，标签照抄；身份词与标签从此独立，权重归零。
极端情形：某个词没有平常话，FPR 没有定义，记 None。

来源：dixon2018measuring（身份词的误报，用补充数据缓解）。
不含：真实的评论；句子全是造的，只说明机制，数的大小不能外推。
正文：docs/04-harms-toxicity/lab-toxicity.py。
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from labs.common.validate import check_count


@dataclass(frozen=True)
class Sentence:
    """term 是身份词，predicate 是谓语，toxic 只由谓语决定。"""

    term: str
    predicate: str
    toxic: bool

    @property
    def text(self) -> str:
        """完整的句子。"""
        return self.term + self.predicate


def write(predicates: Mapping[bool, Sequence[str]], bias: Mapping[str, float], n: int, seed: int = 0) -> list[Sentence]:
    """造 n 句：身份词均匀地抽，它的句子有 bias[词] 的机会骂人，谓语在那一类里均匀地抽。"""
    check_count("n", n)
    if not bias or not all(0 <= rate <= 1 for rate in bias.values()):
        raise ValueError(f"bias 应为词到 0–1 的比例，至少一个词，得到 {dict(bias)!r}。")
    for toxic in (False, True):
        if not predicates.get(toxic):
            raise ValueError(f"predicates[{toxic}] 应至少有一条谓语。")
    rng = np.random.default_rng(seed)
    terms = list(bias)
    out = []
    for _ in range(n):
        term = terms[rng.integers(len(terms))]
        toxic = bool(rng.random() < bias[term])
        pool = predicates[toxic]
        out.append(Sentence(term, pool[rng.integers(len(pool))], toxic))
    return out


# --8<-- [start:swap]
def swap(sentences: Sequence[Sentence], terms: Sequence[str]) -> list[Sentence]:
    """每句话的身份词换成 terms 里的每一个（含原来的），标签不变：句数变成 len(terms) 倍。"""
    if not terms:
        raise ValueError("terms 应至少有一个身份词。")
    return [replace(sentence, term=term) for sentence in sentences for term in terms]


# --8<-- [end:swap]


def train(sentences: Sequence[Sentence], strength: float = 1.0) -> Pipeline:
    """字的一元到三元计数 + 逻辑回归；strength 是 sklearn 的 C，越大正则越弱。"""
    labels = [sentence.toxic for sentence in sentences]
    if len(set(labels)) < 2:
        raise ValueError(f"sentences 应两类都有，得到 {len(labels)} 句、{len(set(labels))} 类：一类学不出分界。")
    model = make_pipeline(CountVectorizer(analyzer="char", ngram_range=(1, 3)), LogisticRegression(C=strength, max_iter=1000))
    return model.fit([sentence.text for sentence in sentences], labels)


def score(model: Pipeline, sentences: Sequence[Sentence]) -> list[float]:
    """每句话有毒的概率。"""
    return model.predict_proba([sentence.text for sentence in sentences])[:, 1].tolist()


# --8<-- [start:gap]
def false_positive_rates(scores: Sequence[float], sentences: Sequence[Sentence], threshold: float = 0.5) -> dict[str, float | None]:
    """每个身份词的误报率；没有平常话的词记 None。出错：长度不等，ValueError。"""
    if len(scores) != len(sentences):
        raise ValueError(f"scores 与 sentences 应一样长，得到 {len(scores)} 与 {len(sentences)}。")
    rates: dict[str, float | None] = {}
    for term in dict.fromkeys(sentence.term for sentence in sentences):
        plain = [s for s, sentence in zip(scores, sentences, strict=True) if sentence.term == term and not sentence.toxic]
        rates[term] = sum(s >= threshold for s in plain) / len(plain) if plain else None
    return rates


def gap(rates: Mapping[str, float | None], focus: Sequence[str]) -> float:
    """focus 里的词的平均误报率，减去其余词的平均；任一边有没定义的，ValueError。"""
    sides = [[rates[t] for t in rates if t in focus], [rates[t] for t in rates if t not in focus]]
    if not all(sides) or any(rate is None for side in sides for rate in side):
        raise ValueError(f"focus 与其余的词都要有误报率，得到 {dict(rates)!r}；没有平常话的词先去掉并说明。")
    inside, outside = (sum(side) / len(side) for side in sides)
    return inside - outside


# --8<-- [end:gap]
