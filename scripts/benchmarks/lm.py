"""书里的小语言模型：训练、采样每秒多少字；同样大小、同样权重的 transformers Llama 在同样的线程上，同一次运行里轮流量。

训练量的是一整步（前向、反向、更新），一批 32 × 72 个字；两边都用 AdamW，另报本书的 Muon 配方。
采样一句一句地写 64 个字，温度 1；先核对两边的分数相同，再量。
网页上的小模型游乐场（JavaScript，int8 权重）在真的浏览器里量，没有浏览器就说明没有量。
每项轮流跑几遍取最快的一遍：别的程序只会使它变慢。机器忙时只看比，不看值。
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from book.site_checks import browser
from book.site_checks.server import serve
from torch import Tensor, nn

from benchmarks import Report
from labs.architecture.fused_lm import FusedLM
from labs.architecture.llama_weights import our_name
from labs.architecture.transformer_lm import TransformerLM
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.training import muon_and_adamw

THREADS = 2
BATCH, ROUNDS = 32, 5
STEPS = 3  # 每一遍训练几步
WORDS = 64  # 每一遍采样几个字


def run(root: Path, report: Report) -> None:
    """全部测量。"""
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    model, _ = load()
    other = same_llama(model)
    agree(model, other)
    training(model, other, report)
    sampling(load()[0], report)  # 训练改动过权重，重新读
    page(root, report)


def same_llama(model: TransformerLM) -> nn.Module:
    """装着同样权重的 transformers Llama。"""
    from transformers import LlamaConfig, LlamaForCausalLM

    c = model.config
    config = LlamaConfig(
        vocab_size=c.vocab_size,
        hidden_size=c.d_model,
        intermediate_size=c.d_ff,
        num_hidden_layers=c.n_layers,
        num_attention_heads=c.n_heads,
        num_key_value_heads=c.n_kv_heads,
        max_position_embeddings=c.context,
        rope_parameters={"rope_type": "default", "rope_theta": c.rope_base},
        rms_norm_eps=c.eps,
        tie_word_embeddings=c.tied,
        bos_token_id=0,
        eos_token_id=None,
        pad_token_id=0,
    )
    other = LlamaForCausalLM(config)
    ours = model.state_dict()
    other.load_state_dict({name: ours[our_name(name)] for name in other.state_dict()})
    return other.eval()


def agree(model: TransformerLM, other: nn.Module) -> None:
    """两边的分数相同，才算同一个模型。"""
    ids = torch.randint(model.config.vocab_size, (2, model.context))
    with torch.no_grad():
        difference = (model(ids) - other(ids).logits).abs().max().item()
    if difference > 1e-3:
        raise SystemExit(f"两边的分数差到 {difference:.2g}，不是同一个模型，比了也没有意义")


def fastest(jobs: dict[str, Callable[[], None]], count: int) -> dict[str, float]:
    """轮流跑 ROUNDS 遍，每项最快的一遍每秒多少个；先各空跑一遍。"""
    best = dict.fromkeys(jobs, float("inf"))
    for number in range(ROUNDS + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            if number:
                best[name] = min(best[name], time.perf_counter() - start)
    return {name: count / seconds for name, seconds in best.items()}


def training(model: TransformerLM, other: nn.Module, report: Report) -> None:
    """一整步训练。"""
    ids = torch.randint(model.config.vocab_size, (BATCH, model.context + 1))

    def job(forward: Callable[[Tensor], Tensor], optimizers: list[torch.optim.Optimizer]) -> Callable[[], None]:
        def steps() -> None:
            for _ in range(STEPS):
                for optimizer in optimizers:
                    optimizer.zero_grad()
                F.cross_entropy(forward(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
                for optimizer in optimizers:
                    optimizer.step()

        return steps

    found = fastest(
        {
            "本书，AdamW": job(model, [torch.optim.AdamW(model.parameters(), lr=1e-4)]),
            "本书，Muon + AdamW": job(model, muon_and_adamw(model, lr=1e-4)),
            "transformers，AdamW": job(lambda x: other(x, use_cache=False).logits, [torch.optim.AdamW(other.parameters(), lr=1e-4)]),
        },
        STEPS * BATCH * model.context,
    )
    rival = found["transformers，AdamW"]
    for name, speed in found.items():
        note = "比：与 transformers；目标 ≥ 1.0×" if name == "本书，AdamW" else ""
        report.add("训练", name, speed, "字/s", digits=0, against=None if name.startswith("tr") else rival, note=note)


@torch.no_grad()
def write(model: FusedLM | TransformerLM, cached: bool) -> None:
    """采样一句：从换行起写 WORDS 个字。"""
    ids = fresh = torch.zeros(1, 1, dtype=torch.long)
    cache = model.new_cache(1, 1 + WORDS) if cached else None
    for _ in range(WORDS):
        scores = model.unembed(model.hidden(fresh, cache)[:, -1])  # (1, V)
        chosen = torch.multinomial(scores.softmax(-1), 1)  # (1, 1)
        ids = torch.cat([ids, chosen], 1)
        fresh = chosen if cached else ids


def sampling(model: TransformerLM, report: Report) -> None:
    """逐字采样，有缓存与没有缓存。"""
    other, fused = same_llama(model), FusedLM(model)
    start = torch.zeros(1, 1, dtype=torch.long)

    def library(cached: bool) -> None:
        mask = torch.ones_like(start)  # 不给，它会把 0 号当成补齐遮住
        other.generate(start, attention_mask=mask, max_new_tokens=WORDS, do_sample=True, top_k=0, use_cache=cached)

    found = fastest(
        {
            "本书，FusedLM，有缓存": lambda: write(fused, True),
            "本书，TransformerLM，有缓存": lambda: write(model, True),
            "本书，FusedLM，没有缓存": lambda: write(fused, False),
            "transformers generate，有缓存": lambda: library(True),
            "transformers generate，没有缓存": lambda: library(False),
        },
        WORDS,
    )
    for name, speed in found.items():
        rival = found[f"transformers generate，{name.rsplit('，', 1)[1]}"]
        note = "比：与 transformers；目标 ≥ 2×" if name == "本书，FusedLM，有缓存" else ""
        report.add("采样", name, speed, "字/s", digits=0, against=None if name.startswith("tr") else rival, note=note)


PROGRAM = """async ([words, rounds]) => {
  const m = await import("/assets/widgets/playground-model.js"), best = {};
  const answer = await fetch("/assets/models/tiny-lm.bin"), model = new m.Model(m.parse(await answer.arrayBuffer()));
  const u = m.uniforms(1, words), jobs = { plain: { t: 1 }, cut: { t: 1, k: 40, p: 0.9 } };
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, knobs] of Object.entries(jobs)) {
      const start = performance.now();
      let written = 0;
      model.read([0]);
      for (; written < words; written += 1) model.step(m.draw(m.distribution(model.logits.at(-1), knobs), u[written]));
      if (round && written === model.length - 1) best[name] = Math.min(best[name] ?? Infinity, performance.now() - start);
    }
  }
  return best;
}"""


def page(root: Path, report: Report) -> None:
    """小模型游乐场在浏览器里每秒写几个字：与上面一样写 WORDS 个，跑 ROUNDS 遍取最快的。"""
    chromium = browser.launch()
    if chromium is None:
        report.add("网页", browser.ABSENT, float("nan"), "", note=browser.REPAIR)
        return
    with serve(root / "docs") as address:
        tab = chromium.new_page()
        try:
            tab.goto(address + "assets/favicon.svg")
            found = tab.evaluate(PROGRAM, [WORDS, ROUNDS])
        finally:
            tab.close()
    for key, name, note in (("plain", "游乐场，int8，有缓存", "空闲的机器上目标 ≥ 500"), ("cut", "游乐场，加 top-k 与 top-p", "")):
        report.add("网页", name, 1000 * WORDS / found[key], "字/s", digits=0, note=note)
