"""字符 n 元语言模型：评测台上的第一个考生，几毫秒就训练完。

    p(w | c) = (N(c, w) + T(c) · p(w | c')) / (N(c) + T(c))        c' 是 c 去掉最左边的一个字

N 是次数，T(c) 是 c 后面出现过几种字（Witten–Bell 插值）：后面花样多的上文，多信一点短上文。
没见过的上文 N = T = 0，整个交给 c'；最短的一级退到均匀分布 1/(V + 1)，多出的 1 留给没见过的字。

手算一遍（语料“我爱书。他爱书。我读书。”，V = 6，n = 2）：
“我”后面 爱 1、读 1，N = T = 2；p(爱) = (2 + 6/7) / (12 + 6) = 10/63，
于是 p(爱 | 我) = (1 + 2 × 10/63) / 4 ≈ 0.329。

计数表来自 labs/architecture/ngram.py。不含：Kneser–Ney 折扣、词元以外的单位。
正文：docs/02-capabilities/lab-harness.py。
"""

import math

from labs.architecture.ngram import count_ngrams
from labs.common.validate import check_count


class CharLM:
    """n 元字符模型。任何字符串都有正的概率，所以哪一道题都能打分。"""

    def __init__(self, text: str, n: int):
        check_count("n", n)
        if not text:
            raise ValueError("text 是空的，没有可数的字。")
        self.n = n
        self.vocab_size = len(set(text))
        self.tables = [count_ngrams(text, order) for order in range(1, n + 1)]

    def probability(self, context: str, char: str) -> float:
        """p(char | context)，只看最后 n − 1 个字。"""
        estimate = 1 / (self.vocab_size + 1)
        for length in range(min(self.n - 1, len(context)) + 1):
            seen = self.tables[length].get(tuple(context[len(context) - length :]))
            if seen:  # 没见过的上文，更长的也不会见过，但结果相同，不必提前停
                estimate = (seen[char] + len(seen) * estimate) / (seen.total() + len(seen))
        return estimate

    def logprob(self, context: str, continuation: str) -> float:
        """log p(continuation | context)：逐字相加。"""
        text = context + continuation
        return sum(math.log(self.probability(text[:t], text[t])) for t in range(len(context), len(text)))
