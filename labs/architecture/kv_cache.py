"""KV 缓存：逐词生成时，旧词元的键和值算一次就留下，新词元只算自己的一行。

    每写入一个词元的字节 = 2 · L · h_kv · d_h · b        （K 与 V，L 层，每层 h_kv 个头，每个数 b 字节）

手算一遍：Llama-3-8B 有 L = 32、h_kv = 8、d_h = 128，bf16 的 b = 2，
2 · 32 · 8 · 128 · 2 = 131,072 字节，即 128 KiB；读 8,192 个词元，缓存 8192 × 128 KiB = 1 GiB。
滑动窗口层只留最近 w 个（有 s 个汇聚词元时 w + s 个）。
来源：多查询注意力 shazeer2019fast，分组查询 ainslie2023gqa，汇聚词元 xiao2023efficient。
不含：批大小（各有各的缓存，乘上去即可）、量化的缩放系数、分页的空隙、MLA 的压缩缓存、投影与前馈的计算。
正文：第 7 章“KV 缓存与高效注意力”；页面上的实验台 mask-board 用同一套算式。
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from labs.architecture.masks import causal_mask, prefix_mask, sliding_window_mask
from labs.common.validate import check_count

KINDS = ("full", "causal", "prefix", "window", "window-sinks", "document")


@dataclass(frozen=True)
class Spec:
    """决定缓存大小的几个数。n_window_layers 层只看最近 window 个词元，其余层看得见全部过去。"""

    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    window: int = 0
    n_window_layers: int = 0
    bytes_per_number: float = 2  # bf16 与 fp16 是 2，fp8 是 1

    def __post_init__(self) -> None:
        for name in ("n_layers", "n_heads", "n_kv_heads", "d_head"):
            check_count(name, getattr(self, name))
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"n_heads 应为 n_kv_heads 的整数倍，得到 {self.n_heads} 与 {self.n_kv_heads}。")
        if not 0 <= self.n_window_layers <= self.n_layers:
            raise ValueError(f"n_window_layers 应在 0 到 {self.n_layers} 之间，得到 {self.n_window_layers}。")
        if not self.bytes_per_number > 0:
            raise ValueError(f"bytes_per_number 应大于 0，得到 {self.bytes_per_number}。")


# 出处：GPT-3 论文表 2.1（另有局部稀疏层，论文没给带宽，这里按全长算）；Llama 3 论文表 3；
# 其余是 transformers 5.23.0 中 LlamaConfig、FalconConfig、MistralConfig、GptOssConfig 的默认值。
PRESETS = {
    "gpt-3": Spec(n_layers=96, n_heads=96, n_kv_heads=96, d_head=128),
    "llama-2-7b": Spec(n_layers=32, n_heads=32, n_kv_heads=32, d_head=128),
    "falcon-7b": Spec(n_layers=32, n_heads=71, n_kv_heads=1, d_head=64),
    "llama-3-8b": Spec(n_layers=32, n_heads=32, n_kv_heads=8, d_head=128),
    "mistral-7b-v0.1": Spec(32, 32, 8, 128, window=4096, n_window_layers=32),
    "gpt-oss-120b": Spec(36, 64, 8, 64, window=128, n_window_layers=18),
}


def check_kind(kind: str) -> None:
    """要求 kind 是 KINDS 之一；否则抛出 ValueError。"""
    if kind not in KINDS:
        raise ValueError(f"kind 应为 {'、'.join(KINDS)} 之一，得到 {kind!r}。")


def visible(
    kind: str, T: int, window: int | None = None, n_sinks: int | None = None,
    n_prefix: int | None = None, doc_len: int | None = None,
) -> Tensor:
    """六种掩码之一，True 表示看得见；只有用到的参数要给。各篇文档都长 doc_len，末篇可以短。形状：(T, T)。"""
    check_kind(kind)
    causal, j = causal_mask(T), torch.arange(T)  # (T, T), (T,)
    if kind in ("full", "causal"):
        return causal if kind == "causal" else torch.ones(T, T, dtype=torch.bool)
    if kind == "prefix":
        return prefix_mask(T, n_prefix)
    if kind == "document":
        check_count("doc_len", doc_len)
        return causal & (j[:, None] // doc_len == j // doc_len)
    recent = sliding_window_mask(T, window)
    if kind == "window":
        return recent
    check_count("n_sinks", n_sinks, minimum=0)
    return recent | causal & (j < n_sinks)


def generation(mask: Tensor, step: int, kind: str, first: int = 1) -> dict[str, int | list[int]]:
    """生成到第 step 个词元（从 1 数起，前 first 个一次算完）要算几个得分；rerun 是每步重算整句的对照。"""
    if not 1 <= first <= step <= len(mask):
        raise ValueError(f"应有 1 ≤ first ≤ step ≤ {len(mask)}，得到 first = {first}、step = {step}。")

    def fresh(now: int) -> int:  # 有缓存时，从哪一行起要新算
        return 1 if kind == "full" or now == first else now

    def scores(now: int, since: int = 1) -> int:  # 第 since–now 行；还没生成的列不算
        return int(mask[since - 1 : now, :now].sum())

    row = mask[step - 1, :step]
    return {
        "fresh": fresh(step),
        "read": [k for k, seen in enumerate(row, 1) if seen and k < fresh(step)],
        "dropped": [k for k, seen in enumerate(row, 1) if not seen],
        "scores_cached": scores(step, fresh(step)),
        "scores_rerun": scores(step),
        "total_cached": sum(scores(now, fresh(now)) for now in range(first, step + 1)),
        "total_rerun": sum(scores(now) for now in range(first, step + 1)),
    }


def bytes_per_token(spec: Spec) -> float:
    """每写入一个词元，各层各 KV 头的 K 与 V 一共多少字节。"""
    return 2 * spec.n_layers * spec.n_kv_heads * spec.d_head * spec.bytes_per_number


def kept(kind: str, length: int, window: int, n_sinks: int) -> int:
    """读到第 length 个词元时，一层要留几个词元的 K、V。"""
    check_kind(kind)
    check_count("length", length)
    if kind == "full":
        return 0  # 后来的词元改写前面每一行，旧的 K、V 从第二层起就不能再用
    if kind.startswith("window"):
        return min(length, window + (n_sinks if kind == "window-sinks" else 0))
    return length  # 文档打包只用于训练；生成时 length 就是这一篇的长度


def account(spec: Spec, length: int, kind: str = "causal", n_sinks: int = 0) -> dict[str, float]:
    """读到第 length 个词元时的缓存（字节），和算出这一个词元的注意力要多少次运算。"""
    n_masked = spec.n_window_layers if kind.startswith("window") else spec.n_layers
    held = (spec.n_layers - n_masked) * length + n_masked * kept(kind, length, spec.window, n_sinks)
    pairs = spec.n_layers * length**2 if kind == "full" else held  # 没有缓存可用就整句重算
    flops = 4 * spec.n_heads * spec.d_head * pairs  # 每对：q·k 要 2·d_h 次，乘 v 再累加又要 2·d_h 次
    per_layer = bytes_per_token(spec) / spec.n_layers
    one_head = bytes_per_token(spec) / spec.n_kv_heads * length  # MQA：只留一个 KV 头、全长
    return {
        "bytes_per_token": bytes_per_token(spec),
        "cache_bytes": per_layer * held,
        "mqa_bytes": one_head,
        "mha_bytes": one_head * spec.n_heads,
        "flops": flops,
        "flops_per_byte": flops / (per_layer * held) if held else 0.0,
    }
