"""训练小语言模型：块里的矩阵用 Muon，词嵌入与增益用 AdamW，学习率先升、再平、后降（WSD）。

    损失 = −mean log p(下一个字)                                    每批 32 段，各 72 个字
    Muon    把动量的奇异值都拉到 1 附近再走一步，每个方向走得一样远：只用于把向量变成向量的矩阵，见 muon.py
    AdamW   其余：词嵌入（也是输出矩阵）的一行是一个字，增益是向量
    WSD     前 warmup 步线性升到 1，一半之前不变，后一半线性降到 0.02。来源：Hu 等，MiniCPM，arXiv 2404.06395

只按步数计，不看钟：同样的步数，忙的机器慢几倍，结果一样。
手算一遍（100 步，warmup = 10）：第 0 步 0.1，第 9 到 49 步 1，第 75 步 (1 − 0.75) / 0.5 = 0.5，第 99 步 0.02。
初始的损失约为 ln V：词嵌入的标准差只有 0.02，分数几乎全是 0，每个字等可能。V = 3,072 时是 8.03。
不含：dropout、混合精度、多机。模型卡：labs/data/tiny-lm.md。
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.common.validate import check_count
from labs.tiny_lm.corpus import draw, load_corpus, poem_starts, stream
from labs.tiny_lm.muon import Muon

CONFIG = LMConfig(vocab_size=3072, context=72, n_layers=4, d_model=128, n_heads=4, n_kv_heads=4, d_ff=352)
WARMUP, STABLE, FLOOR = 60, 0.5, 0.02
CLIP = 1.0


@torch.no_grad()
def initialize(model: TransformerLM, generator: torch.Generator) -> TransformerLM:
    """矩阵取标准差 0.02 的正态，写回残差流的 W_o、W_2 再除以 √(2L)，增益取 1；就地改，返回同一个模型。"""
    into_stream = 0.02 / math.sqrt(2 * model.config.n_layers)  # 2L 个写入者的方差加起来与层数无关
    for name, parameter in model.named_parameters():
        if parameter.dim() == 2:
            parameter.normal_(0, into_stream if name.endswith(("W_o.weight", "W_2.weight")) else 0.02, generator=generator)
        else:
            parameter.fill_(1)
    return model


def split_parameters(model: TransformerLM) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """归 Muon 的（块里的矩阵）与归 AdamW 的（词嵌入、输出矩阵、全部增益）。"""
    named = list(model.named_parameters())
    matrices = [parameter for name, parameter in named if name.startswith("blocks.") and parameter.dim() == 2]
    chosen = set(map(id, matrices))
    return matrices, [parameter for _, parameter in named if id(parameter) not in chosen]


def muon_and_adamw(model: TransformerLM, lr: float = 4e-3) -> list[Optimizer]:
    """两个优化器，Muon 的学习率是 AdamW 的 5 倍；数是在留出的诗上试出来的。"""
    matrices, rest = split_parameters(model)
    return [
        Muon(matrices, lr=5 * lr, weight_decay=0.1),
        AdamW(rest, lr=lr, betas=(0.9, 0.95), weight_decay=0.1),
    ]


def wsd(step: int, steps: int, warmup: int = WARMUP) -> float:
    """第 step 步（从 0 数）的学习率是基准的几倍：升、平、降。"""
    rise = min(1.0, (step + 1) / warmup)
    fall = 1.0 if step < STABLE * steps else max(FLOOR, (1 - step / steps) / (1 - STABLE))
    return rise * fall


class Trainer:
    """一次训练，一步一步走；state、restore 使它可以停下再接着走，与一口气走完逐位相同。"""

    def __init__(
        self,
        config: LMConfig,
        ids: Tensor,
        steps: int,
        seed: int = 0,
        batch: int = 32,
        warmup: int = WARMUP,
        optimizers: Callable[[TransformerLM], list[Optimizer]] = muon_and_adamw,
    ) -> None:
        for name, value in {"steps": steps, "batch": batch, "warmup": warmup}.items():
            check_count(name, value)
        self.ids, self.steps, self.batch, self.warmup = ids, steps, batch, warmup
        self.length = config.context + 1  # 前 context 个是输入，后 context 个是答案
        self.starts = poem_starts(ids, self.length)
        self.generator = torch.Generator().manual_seed(seed)
        self.model = initialize(TransformerLM(config), self.generator)
        self.optimizers = optimizers(self.model)
        self.base = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]
        self.losses: list[float] = []  # 每步一个，nats/字

    def step(self) -> float:
        """取一批，走一步，返回这一批的损失。"""
        factor = wsd(len(self.losses), self.steps, self.warmup)
        for optimizer, rates in zip(self.optimizers, self.base, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimizer.zero_grad()
        window = draw(self.ids, self.starts, self.batch, self.length, self.generator)  # (B, context + 1)
        scores = self.model(window[:, :-1])  # (B, context, V)
        loss = F.cross_entropy(scores.flatten(0, 1), window[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        for optimizer in self.optimizers:
            optimizer.step()
        self.losses.append(loss.item())
        return self.losses[-1]

    def state(self) -> dict[str, Any]:
        """接着走所需的一切：权重、优化器、随机数的位置、走过的损失。"""
        optimizers = [optimizer.state_dict() for optimizer in self.optimizers]
        return {"model": self.model.state_dict(), "optimizers": optimizers, "generator": self.generator.get_state(), "losses": self.losses}

    def restore(self, state: dict[str, Any]) -> None:
        """回到 state 存下的那一步；配置与参数须与存时相同。"""
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.generator.set_state(state["generator"])
        self.losses = list(state["losses"])


def train(
    config: LMConfig = CONFIG,
    steps: int = 800,
    seed: int = 0,
    ids: Tensor | None = None,
    on_step: Callable[[Trainer], None] | None = None,
    **options: Any,
) -> Trainer:
    """走满 steps 步，返回 Trainer：.model 是模型，.losses 是每步的损失（nats/字）。

    参数：ids 是首尾相接的编号，省略时是唐诗的训练份；options 是 Trainer 的其余参数；on_step 每步之后调用一次。
    """
    if ids is None:
        corpus = load_corpus(vocab_size=config.vocab_size)
        ids = stream(corpus.vocabulary, corpus.train)
    trainer = Trainer(config, ids, steps, seed, **options)
    while len(trainer.losses) < steps:
        trainer.step()
        if on_step is not None:
            on_step(trainer)
    return trainer
