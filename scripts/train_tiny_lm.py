"""训练书里的小语言模型，写下权重、给网页的 int8、模型卡：一条命令，不联网。

    python scripts/train_tiny_lm.py                 3,600 步，约 30 分钟处理器时间（两核空闲时一刻钟）
    python scripts/train_tiny_lm.py --resume        上次中断了，从存下的那一步接着走
    python scripts/train_tiny_lm.py --steps 60 --out /tmp/try    试一试，写到别处

写出（--out 省略时就是仓库里的位置）：
    labs/data/tiny-lm.safetensors    fp16 权重            labs/data/tiny-lm.json    测得的数
    docs/assets/models/tiny-lm.bin   int8 权重            labs/data/tiny-lm.md      模型卡，由 tiny-lm.json 写成
每 200 步把训练的状态存进 .cache/tiny-lm.pt。换了机器或 torch，舍入不同，SHA-256 就不同；损失预期相差不到 0.02。
"""

from __future__ import annotations

# ruff: noqa: I001 —— 样本书借用 scripts/ 而没有 labs/tiny_lm，那里 labs 被当作第三方，排序的结果不同
import argparse
import hashlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from labs.architecture.decoding import generate  # noqa: E402
from labs.architecture.fused_lm import FusedLM  # noqa: E402
from labs.architecture.transformer_lm import TransformerLM  # noqa: E402
from labs.tiny_lm import corpus as tang  # noqa: E402
from labs.tiny_lm.checkpoint import load, save  # noqa: E402
from labs.tiny_lm.evaluation import evaluate  # noqa: E402
from labs.tiny_lm.quantize import pack, unpack  # noqa: E402
from labs.tiny_lm.training import CONFIG, Trainer  # noqa: E402

WEIGHTS, SMALL, NUMBERS, CARD = (
    "labs/data/tiny-lm.safetensors",
    "docs/assets/models/tiny-lm.bin",
    "labs/data/tiny-lm.json",
    "labs/data/tiny-lm.md",
)
STATE = ".cache/tiny-lm.pt"
EVERY = 200
PROMPTS = ("", "明月", "春风", "一别")
TAIL = 100  # 训练损失取最后这么多步的平均


def main() -> None:
    """命令行。"""
    parser = argparse.ArgumentParser(description="训练书里的小语言模型")
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0, help="权重与取批的种子；分三份的种子恒为 0")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT, help="写到这个文件夹下的同样位置")
    parser.add_argument("--resume", action="store_true", help=f"从 {STATE} 接着走")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    corpus = tang.load_corpus()
    ids = tang.stream(corpus.vocabulary, corpus.train)
    trainer = Trainer(CONFIG, ids, options.steps, options.seed, options.batch)
    plan = {"steps": options.steps, "seed": options.seed, "batch": options.batch, "corpus": digest(tang.FILE)}
    walk(trainer, plan, options.out / STATE, options.resume)
    numbers = write(trainer, plan, corpus, options.out)
    print((options.out / CARD).read_text("utf-8"))
    print(json.dumps(numbers["loss"], indent=1))


def digest(path: Path) -> str:
    """文件的 SHA-256。"""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def walk(trainer: Trainer, plan: dict[str, Any], state: Path, resume: bool) -> None:
    """走满全部步数，每 EVERY 步存一次；存下的状态须出自同样的计划。"""
    if resume:
        saved = torch.load(state, weights_only=True)  # 只收张量与基本类型，不运行代码
        if saved.pop("plan") != plan:
            raise SystemExit(f"{state} 是另一次训练存的；去掉 --resume 从头来，或改回那一次的参数")
        trainer.restore(saved)
    state.parent.mkdir(parents=True, exist_ok=True)
    while len(trainer.losses) < trainer.steps:
        trainer.step()
        done = len(trainer.losses)
        if done % EVERY == 0 or done == trainer.steps:
            temporary = state.with_suffix(".tmp")
            torch.save({**trainer.state(), "plan": plan}, temporary)
            os.replace(temporary, state)
            print(f"{done:,} / {trainer.steps:,} 步，最近 {TAIL} 步的损失 {tail(trainer):.4f}", file=sys.stderr, flush=True)


def tail(trainer: Trainer) -> float:
    """最后 TAIL 步的平均训练损失。"""
    last = trainer.losses[-TAIL:]
    return sum(last) / len(last)


def write(trainer: Trainer, plan: dict[str, Any], corpus: tang.Corpus, out: Path) -> dict[str, Any]:
    """写四个文件，返回测得的数。"""
    weights, small = out / WEIGHTS, out / SMALL
    for path in (weights, small):
        path.parent.mkdir(parents=True, exist_ok=True)
    save(weights, trainer.model, corpus.vocabulary)
    half, vocabulary = load(weights, sha256=digest(weights))
    small.write_bytes(pack(half, vocabulary))
    numbers = measure(trainer, plan, corpus, {"fp16": half, "int8": unpack(small.read_bytes())[0]})
    numbers["greedy"] = [continued(half, vocabulary, prompt) for prompt in PROMPTS if vocabulary.covers(prompt)]
    numbers["files"] = {path.name: {"bytes": path.stat().st_size, "sha256": digest(path)} for path in (weights, small)}
    (out / NUMBERS).write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (out / CARD).write_text(card(numbers), "utf-8")
    return numbers


def continued(model: TransformerLM, vocabulary: tang.Vocabulary, prompt: str) -> str:
    """每步取最可能的字，写到换行或写满上下文。"""
    ids = vocabulary.encode(tang.BOUNDARY + prompt)[None]
    text = vocabulary.decode(generate(FusedLM(model), ids, model.context - ids.shape[1])[0])
    return text[1:].split(tang.BOUNDARY)[0]


def measure(trainer: Trainer, plan: dict[str, Any], corpus: tang.Corpus, forms: dict[str, TransformerLM]) -> dict[str, Any]:
    """模型卡上的全部数，不含文件。"""
    model, vocabulary = trainer.model, corpus.vocabulary
    tokens = trainer.steps * trainer.batch * model.config.context
    loss: dict[str, Any] = {"train_last": {"steps": min(TAIL, trainer.steps), "nats_per_char": round(tail(trainer), 5)}}
    for part in ("validation", "test"):
        for form, candidate in {"fp32": model, **forms}.items():
            found = evaluate(candidate, vocabulary, getattr(corpus, part))
            loss.setdefault(part, {"poems": found.poems, "chars": found.chars, "bytes": found.bytes})
            loss[part][form] = {"nats_per_char": round(found.nats_per_char, 5), "bits_per_byte": round(found.bits_per_byte, 5)}
    return {
        "model": {"parameters": sum(p.numel() for p in model.parameters()), **asdict(model.config)},
        "corpus": {
            "sha256": plan["corpus"],
            "split_seed": 0,
            "train_poems": len(corpus.train),
            "train_chars": len(trainer.ids),
            "left_out": corpus.left_out,
        },
        "training": {
            "steps": trainer.steps,
            "batch": trainer.batch,
            "seed": plan["seed"],
            "tokens": tokens,
            "epochs": round(tokens / len(trainer.ids), 3),
            "torch": torch.__version__,
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}",
            "threads": torch.get_num_threads(),
        },
        "loss": loss,
    }


def card(numbers: dict[str, Any]) -> str:
    """模型卡的正文；每个数都取自 tiny-lm.json。"""
    model, data, run, loss, files = (numbers[key] for key in ("model", "corpus", "training", "loss", "files"))
    rows = "\n".join(
        f"| {title} | {loss[part]['poems']:,} 首，{loss[part]['chars']:,} 字 | "
        + " | ".join(
            f"{loss[part][form]['nats_per_char']:.4f}；{loss[part][form]['bits_per_byte']:.4f}" for form in ("fp32", "fp16", "int8")
        )
        + " |"
        for part, title in (("validation", "验证"), ("test", "测试"))
    )
    listed = "\n".join(f"| `{name}` | {about['bytes']:,} | `{about['sha256']}` |" for name, about in files.items())
    written = "\n".join(f"- {poem}" for poem in numbers["greedy"])
    left = data["left_out"]
    return f"""# 模型卡：书里的小语言模型

由 `scripts/train_tiny_lm.py` 写成，数与 `tiny-lm.json` 相同；不要手改。

## 是什么

{model["parameters"]:,} 个参数的 Llama 式模型，逐字预测唐诗的下一个字。
{model["n_layers"]} 块，宽 {model["d_model"]}，{model["n_heads"]} 个头，前馈宽 {model["d_ff"]}（SwiGLU），旋转位置，RMSNorm，输入与输出共用词嵌入，没有偏置；
词表 {model["vocab_size"]:,} 个字（编号 0 是换行，诗以它开始，也以它结束），上下文 {model["context"]} 个字。
模型类是 `labs/architecture/transformer_lm.py`，取用：`from labs.tiny_lm.checkpoint import load`。

## 数据与许可

`tang-poems.txt.xz`（SHA-256 `{data["sha256"]}`）：四句或八句的五言、七言唐诗，来源、清洗与许可见 `SOURCES.md`。
诗已在公有领域；权重用本书代码的许可（Apache-2.0）。
按诗的散列值分成训练、验证、测试三份（种子 {data["split_seed"]}）；词表只数训练份。
含词表外的字的诗不用：训练少 {left["train"]:,} 首，验证少 {left["validation"]:,} 首，测试少 {left["test"]:,} 首，所以损失是常用字的诗上的损失。
训练份余下 {data["train_poems"]:,} 首，{data["train_chars"]:,} 字（含标点与换行）。

## 怎样训练

{run["steps"]:,} 步，每批 {run["batch"]} 段 × {model["context"]} 个字，共 {run["tokens"]:,} 字，约 {run["epochs"]:.1f} 遍；种子 {run["seed"]}。
块里的矩阵用 Muon，词嵌入与增益用 AdamW；学习率升 60 步，平到一半，再线性降下来；梯度范数截到 1。
在 torch {run["torch"]}、Python {run["python"]}、{run["machine"]}、{run["threads"]} 线程上训练。
学习率等是早先在另一种分法留出的 600 首诗上选的，其中少数会落在现在的验证份或测试份里；现在的两份没有用来选过任何东西。

## 损失

每格：nats/字；bits/字节。“字”含标点和结尾的换行，每首诗单独算；均匀猜是 ln {model["vocab_size"]:,} = 8.03 nats/字。

| 份 | 大小 | fp32（训练时） | fp16（存下的） | int8（网页用的） |
|---|---|---|---|---|
{rows}

训练最后 {loss["train_last"]["steps"]} 步的平均损失是 {loss["train_last"]["nats_per_char"]:.4f} nats/字；那里一段可以跨进第二首诗，与上表的口径略有不同。

## 文件

| 文件 | 字节 | SHA-256 |
|---|---|---|
{listed}

int8 文件的布局见 `labs/tiny_lm/quantize.py` 的开头。

## 能做什么，不能做什么

给各章的实验当一个真实的小模型：概率、采样、困惑度、水印、记忆、微调。
它学的只是哪个字常跟着哪个字：不懂现代汉语，不认识词表外的字，不知道事实。
语料里有历史人物的称谓与偏见，模型照学。生成的句子可能与某首诗相同或相近，不要当作新作发表。

每步取最可能的字，从空白和三个开头写出的是（不是采样，所以爱重复）：

{written}

## 重新训练

`python scripts/train_tiny_lm.py --steps {run["steps"]} --seed {run["seed"]} --batch {run["batch"]}`

语料本身由 `python scripts/prepare_tang.py` 重做（那一步要联网下载 npm 包）。
同一台机器、同一版 torch、同样的线程数应得到同样的文件；换了机器，舍入不同，校验和就不同，损失预期相差不到 0.02（没有在别的机器上试过）。
"""


if __name__ == "__main__":
    main()
