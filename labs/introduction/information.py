"""信息论的尺子：熵、交叉熵、KL 散度，困惑度与每字节比特数，以及单位换算。

    H(p) = Σ p log₂(1/p)      H(p, q) = Σ p log₂(1/q)      KL(p‖q) = H(p, q) − H(p) ≥ 0
    PPL = exp(每词元平均 −ln p)          BPB = (总的 −log₂ p) / 字节数

手算一遍：p = (1/2, 1/4, 1/8, 1/8)，q 均匀。H(p) = ½·1 + ¼·2 + ⅛·3 + ⅛·3 = 1.75 比特，H(p, q) = 2，KL = 0.25。
一段 6 字节的话切成两个词元，概率 ½ 与 ⅛：总 1 + 3 = 4 比特，PPL = 2^(4/2) = 4，BPB = 4/6 ≈ 0.667。

约定：0 · log(1/0) = 0；p > 0 而 q = 0 时交叉熵是无穷大。熵以比特计，ln p 以奈特计。
来源：shannon1948mathematical，第 6 节。
正文：docs/01-introduction/information.md。
"""

import math
from collections.abc import Sequence

from labs.common.validate import check_count

TOLERANCE = 1e-6  # 概率之和允许的误差：float32 的几百项之和在 1e-6 之内


def check_distribution(name: str, p: Sequence[float]) -> None:
    """要求 p 是非负、有限、和为 1 的一列数；否则抛出 ValueError，写明 name。"""
    if len(p) == 0:
        raise ValueError(f"{name} 至少要有一项，得到空的序列。")
    bad = [x for x in p if not (math.isfinite(x) and x >= 0)]
    if bad:
        raise ValueError(f"{name} 的各项应为非负的有限数，得到 {bad[0]!r}。")
    if abs(math.fsum(p) - 1) > TOLERANCE:
        raise ValueError(f"{name} 的各项之和应为 1，得到 {math.fsum(p):.6g}。")


# --8<-- [start:entropy]
def cross_entropy(p: Sequence[float], q: Sequence[float]) -> float:
    """H(p, q) = Σ p log₂(1/q)，比特：真实分布是 p，却照 q 编码，平均每个符号要几位。"""
    check_distribution("p", p)
    check_distribution("q", q)
    if len(p) != len(q):
        raise ValueError(f"p 与 q 应一样长，得到 {len(p)} 与 {len(q)}。")
    possible = [(x, y) for x, y in zip(p, q, strict=True) if x > 0]
    if any(y == 0 for _, y in possible):
        return math.inf  # q 说不可能的事发生了
    return math.fsum(x * math.log2(1 / y) for x, y in possible)


def entropy(p: Sequence[float]) -> float:
    """H(p) = H(p, p)，比特：照真实分布编码，平均每个符号要几位。"""
    return cross_entropy(p, p)


def kl_divergence(p: Sequence[float], q: Sequence[float]) -> float:
    """KL(p‖q) = H(p, q) − H(p)，比特：照 q 编码多付的部分，不小于 0，p = q 时为 0。"""
    return max(0.0, cross_entropy(p, q) - entropy(p))  # 舍入可能给出 −1e−16


# --8<-- [end:entropy]


def check_log_probs(log_probs: Sequence[float]) -> None:
    """要求至少一个，都不大于 0；−∞ 可以，NaN 不行。"""
    if len(log_probs) == 0:
        raise ValueError("log_probs 至少要有一项，得到空的序列。")
    bad = [x for x in log_probs if not x <= 0]
    if bad:
        raise ValueError(f"log_probs 的各项应不大于 0（概率不超过 1），得到 {bad[0]!r}。")


# --8<-- [start:perplexity]
def perplexity(log_probs: Sequence[float]) -> float:
    """exp(−平均 ln p)：平均来看，每个词元像在几个等可能的选项里猜。log_probs 是各词元的 ln p。"""
    check_log_probs(log_probs)
    return math.exp(-math.fsum(log_probs) / len(log_probs))


def bits_per_byte(log_probs: Sequence[float], n_bytes: int) -> float:
    """总的 −log₂ p 除以字节数：分母是文本的字节，与怎样分词无关。"""
    check_log_probs(log_probs)
    check_count("n_bytes", n_bytes)
    return -math.fsum(log_probs) / math.log(2) / n_bytes


def perplexity_to_bpb(ppl: float, n_tokens: int, n_bytes: int) -> float:
    """困惑度换成每字节比特：每词元 log₂ PPL 比特，乘词元数，除以字节数。"""
    check_count("n_tokens", n_tokens)
    check_count("n_bytes", n_bytes)
    if not ppl >= 1:
        raise ValueError(f"ppl 应不小于 1，得到 {ppl!r}。")
    return math.log2(ppl) * n_tokens / n_bytes


def bpb_to_perplexity(bpb: float, n_tokens: int, n_bytes: int) -> float:
    """反过来：每字节比特换成困惑度。"""
    check_count("n_tokens", n_tokens)
    check_count("n_bytes", n_bytes)
    if not bpb >= 0:
        raise ValueError(f"bpb 应为非负数，得到 {bpb!r}。")
    return 2 ** (bpb * n_bytes / n_tokens)


# --8<-- [end:perplexity]


def nats_to_bits(nats: float) -> float:
    """1 奈特 = 1/ln 2 ≈ 1.443 比特。"""
    return nats / math.log(2)


def bits_to_nats(bits: float) -> float:
    """1 比特 = ln 2 ≈ 0.693 奈特。"""
    return bits * math.log(2)
