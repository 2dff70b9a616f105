"""小语言模型上评测台：给定上文，一段续文的对数概率（自然对数）。

    log p(续文 | 上文) = Σ_t log p(续文的第 t 个字 | 上文与续文的前 t − 1 个字)

诗以换行开始，所以上文前面没有换行就补一个；空的上文也就是“一首诗的开头”。
手算一遍（V = 4 的均匀猜测）：两个字的续文，无论上文是什么，都是 2 · ln(1/4) = −2.773。
不含：缓存与成批（四个选项各读一遍上文）；词表外的字没有概率，先用 vocabulary.covers 挑题。
正文：docs/02-capabilities/lab-harness.py。
"""

from collections.abc import Callable

import torch
from torch import Tensor

from labs.tiny_lm.corpus import BOUNDARY, Vocabulary


class Scorer:
    """满足 labs/capabilities/harness.py 的 LanguageModel；model 把 (B, T) 的编号变成 (B, T, V) 的分数。"""

    def __init__(self, model: Callable[[Tensor], Tensor], vocabulary: Vocabulary) -> None:
        self.model, self.vocabulary = model, vocabulary

    @torch.no_grad()
    def logprob(self, context: str, continuation: str) -> float:
        """log p(continuation | context)。出错：有词表外的字，或两段合起来长过模型的上下文，抛出 ValueError。"""
        start = context if context.startswith(BOUNDARY) else BOUNDARY + context
        ids = self.vocabulary.encode(start + continuation)  # (T + 1,)
        log_p = self.model(ids[None, :-1])[0].log_softmax(-1)  # (T, V)
        return log_p.gather(1, ids[1:, None])[len(start) - 1 :].double().sum().item()
