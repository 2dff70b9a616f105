"""小语言模型的存与取：一个 safetensors 文件，权重是 fp16，配置与词表写在文件头里。

    model, vocabulary = load()

safetensors 只有数和名字，读它不会运行任何代码；torch.load 读的 pickle 会，所以本书的权重不用它。
共享的词嵌入只存一份。fp16 使每个权重最多差 1/2048，留出的损失不变（模型卡上两个数都有）。
load 默认取书里的那一份，并按模型卡核对 SHA-256；自己训练的另给 path。
不含：优化器的状态（Trainer.state）、给网页的 int8（quantize.py）。
模型卡：labs/data/tiny-lm.md。
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save_file
from torch import Tensor

from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.tiny_lm.corpus import Vocabulary

FILE = Path(__file__).resolve().parent.parent / "data/tiny-lm.safetensors"
CARD = FILE.with_name("tiny-lm.json")
FORMAT, VERSION = "llm-book-tiny-lm", 1
REPAIR = "取回书里的那一份：git checkout -- labs/data；或重新训练：python scripts/train_tiny_lm.py"


def load(path: Path = FILE, sha256: str | None = None) -> tuple[TransformerLM, Vocabulary]:
    """读出模型（float32）与词表。sha256 省略时，书里的那一份照模型卡核对，别的文件不核对。

    出错：文件不在，FileNotFoundError；校验和不符、不是本书的格式、版本不认识、权重不齐，ValueError；都说怎样补救。
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"没有找到权重文件 {path}。{REPAIR}。")
    data = path.read_bytes()
    if sha256 is None and path == FILE:
        sha256 = card()["files"][path.name]["sha256"]
    found = hashlib.sha256(data).hexdigest()
    if sha256 not in (None, found):
        raise ValueError(f"{path.name} 的 SHA-256 应为 {sha256}，得到 {found}：文件不完整，或与模型卡不是同一次训练。{REPAIR}。")
    try:
        tensors = load_tensors(data)
        length = int.from_bytes(data[:8], "little")
        about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["book"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(f"{path.name} 不是本书的权重文件：{error}。{REPAIR}。") from error
    return rebuild(about, tensors, FORMAT, VERSION)


def save(path: Path, model: TransformerLM, vocabulary: Vocabulary) -> None:
    """写成 fp16 的 safetensors；同样的权重写出的文件逐字节相同。"""
    about = json.dumps(describe(model, vocabulary, FORMAT, VERSION), ensure_ascii=False)
    save_file({name: tensor.half() for name, tensor in stored(model).items()}, path, metadata={"book": about})


def card() -> dict[str, Any]:
    """模型卡上的数：模型、训练、损失、文件。"""
    return json.loads(CARD.read_text("utf-8"))


def stored(model: TransformerLM) -> dict[str, Tensor]:
    """要存的权重：名字 → 张量，名字按字典序；共享的输出矩阵不另存。"""
    state = model.state_dict()
    if model.config.tied:
        del state["unembed.weight"]
    return {name: state[name].contiguous() for name in sorted(state)}


def describe(model: TransformerLM, vocabulary: Vocabulary, form: str, version: int) -> dict[str, Any]:
    """写进文件头的说明。"""
    check_vocabulary(vocabulary, model.config)
    return {"format": form, "version": version, "config": asdict(model.config), "vocabulary": vocabulary.characters}


def rebuild(about: Mapping[str, Any], tensors: Mapping[str, Tensor], form: str, version: int) -> tuple[TransformerLM, Vocabulary]:
    """由文件头与权重造出模型与词表。出错：格式、版本、词表或权重不合，抛出 ValueError。"""
    found = (about.get("format"), about.get("version"))
    if found != (form, version):
        raise ValueError(f"不认识的格式 {found[0]!r} 第 {found[1]!r} 版，这里只会读 {form!r} 第 {version} 版。{REPAIR}。")
    model, vocabulary = TransformerLM(LMConfig(**about["config"])), Vocabulary(about["vocabulary"])
    check_vocabulary(vocabulary, model.config)
    wanted = {name: tensor.shape for name, tensor in stored(model).items()}
    wrong = [name for name in wanted.keys() | tensors.keys() if getattr(tensors.get(name), "shape", None) != wanted.get(name)]
    if wrong:
        raise ValueError(f"缺少、多出或形状不合的权重：{'、'.join(sorted(wrong))}。{REPAIR}。")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[name])  # 共享的那一个只出现一次
    return model.eval(), vocabulary


def check_vocabulary(vocabulary: Vocabulary, config: LMConfig) -> None:
    """要求词表恰有 vocab_size 个字；否则抛出 ValueError。"""
    if len(vocabulary) != config.vocab_size:
        raise ValueError(f"词表有 {len(vocabulary)} 个字，而模型的 vocab_size = {config.vocab_size}。")
