"""Transformer：我们的前向与带缓存的解码，对同样大小、同样权重的 transformers Llama，在同一次运行里比。

两边一个线程、float32、贪心；计时取几次里最快的一次的墙上时间。两种大小：

- 小的是书里小模型的形状，逐词生成时一次调用的固定开销比矩阵乘法还大，差别主要在调用的次数；
- 大的逐词生成要把 25 MB 权重读一遍，两边都卡在内存带宽上，差别自然小。

比值是“我们的每秒 ÷ transformers 的每秒”，1 以上是我们快。
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks import Report

SHAPES = {  # 名字：词表、宽、层、头、键值头、前馈宽
    "1.6M，d=128，4 层": (3072, 128, 4, 4, 4, 352),
    "6.4M，d=256，6 层": (4096, 256, 6, 8, 4, 688),
}
BATCH, LENGTH = 4, 256  # 前向
PROMPT, N_NEW = 32, 128  # 解码
REPEATS = 5


def fastest(work: Callable[[], Any]) -> float:
    """先热身一次，再取几次里最快的一次，秒。"""
    work()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def transformer(report: Report) -> None:
    """每种大小量前向、解码、不用缓存的解码；没有装 transformers 时不量。"""
    try:
        from transformers import LlamaConfig, LlamaForCausalLM
    except ImportError:
        return
    import torch

    from labs.architecture.decoding import generate
    from labs.architecture.fused_lm import FusedLM
    from labs.architecture.llama_weights import load_llama

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for name, (vocab_size, d, layers, heads, kv_heads, d_ff) in SHAPES.items():
                torch.manual_seed(0)
                config = LlamaConfig(
                    vocab_size=vocab_size, hidden_size=d, num_hidden_layers=layers, num_attention_heads=heads,
                    num_key_value_heads=kv_heads, intermediate_size=d_ff, max_position_embeddings=LENGTH, eos_token_id=None,  # 否则写到 2 号词元就停
                )  # fmt: skip
                theirs = LlamaForCausalLM(config).eval()
                ours = load_llama(config.to_dict(), theirs.state_dict()).eval()
                fused = FusedLM(ours)
                ids = torch.randint(0, vocab_size, (BATCH, LENGTH))
                prompt = ids[:1, :PROMPT]
                options = {"max_new_tokens": N_NEW, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
                options["attention_mask"] = torch.ones_like(prompt)  # 不给，它会把 0 号词元当成补齐遮住
                same = torch.equal(theirs.generate(prompt, **options), generate(fused, prompt, N_NEW))

                rate = BATCH * LENGTH / fastest(lambda m=theirs, x=ids: m(x))
                for label, model in (("TransformerLM", ours), ("FusedLM", fused)):
                    speed = BATCH * LENGTH / fastest(lambda m=model, x=ids: m(x))
                    report.add(f"前向 {name}", label, speed, "词元/s", digits=0, against=rate)
                rate = N_NEW / fastest(lambda m=theirs, x=prompt, o=options: m.generate(x, **o))
                note = "生成的文字相同" if same else "生成的文字不同！"
                for label, model, cached in (("TransformerLM", ours, True), ("FusedLM", fused, True), ("FusedLM，不用缓存", fused, False)):
                    speed = N_NEW / fastest(lambda m=model, x=prompt, c=cached: generate(m, x, N_NEW, cached=c))
                    report.add(f"解码 {name}", label, speed, "词元/s", digits=0, against=rate, note=note)
    finally:
        torch.set_num_threads(threads)
