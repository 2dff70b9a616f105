"""给网页的权重：矩阵每行一个比例，每个数一个字节；整个模型 1.2 MB。

    s_i = max_j |W_ij| / 127        q_ij = round(W_ij / s_i)        还原 W_ij ≈ s_i q_ij，差不超过 s_i / 2

文件的布局（小端序；每一块都从 4 的倍数开始，浏览器可以直接在缓冲区上建视图）：
    0        4 字节    b"TLM1"
    4        uint32    文件头的长度 n，是 4 的倍数
    8        n 字节    文件头，UTF-8 的 JSON，末尾用空格补齐
    8 + n    其余      各个张量；位置 offset 从这里数起
文件头：{"format", "version", "config": LMConfig 的各项, "vocabulary": 第 i 个字编号是 i,
        "tensors": [{"name", "shape", "kind", "offset"}……]}
    kind = "int8"      矩阵 (R, C)：R 个 float32 比例，接着 R·C 个 int8（行优先），末尾补 0 到 4 的倍数
    kind = "float32"   向量 (C,)：C 个 float32
名字同 TransformerLM.state_dict()；矩阵都按 nn.Linear 的约定转置存放，形状 (输出, 输入)；输出矩阵就是 embedding.weight。

手算一遍：行 (0.5, −1.27) 的比例是 0.01，存 (50, −127)；全 0 的行比例取 1。
不含：4 位、分组的比例、激活的量化。模型卡：labs/data/tiny-lm.md。
"""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from labs.architecture.transformer_lm import TransformerLM
from labs.common.validate import check_tensor
from labs.tiny_lm.checkpoint import describe, rebuild, stored
from labs.tiny_lm.corpus import Vocabulary

FILE = Path(__file__).resolve().parents[2] / "docs/assets/models/tiny-lm.bin"
MAGIC, FORMAT, VERSION = b"TLM1", "llm-book-tiny-lm-int8", 1
LEVELS = 127


# --8<-- [start:quantize]
def quantize_rows(W: Tensor) -> tuple[Tensor, Tensor]:
    """每行一个比例的 int8。形状：(R, C) → q (R, C) int8 与 s (R,)；不是这样的张量则 ValueError。"""
    check_tensor("W", W, "R", "C", leading=False)
    scale = W.abs().amax(1) / LEVELS  # (R,)
    scale = torch.where(scale == 0, 1, scale)
    return torch.round(W / scale[:, None]).to(torch.int8), scale


def dequantize_rows(q: Tensor, scale: Tensor) -> Tensor:
    """quantize_rows 的近似的逆。形状：(R, C) 与 (R,) → (R, C)。"""
    return q.float() * scale[:, None]


# --8<-- [end:quantize]


def pack(model: TransformerLM, vocabulary: Vocabulary) -> bytes:
    """整个文件的字节；同样的权重得到同样的字节。"""
    entries, payload = [], b""
    for name, tensor in stored(model).items():
        kind = "int8" if tensor.dim() == 2 else "float32"
        entries.append({"name": name, "shape": list(tensor.shape), "kind": kind, "offset": len(payload)})
        if kind == "int8":
            q, scale = quantize_rows(tensor.float())
            payload += little_endian(scale) + q.numpy().tobytes()
        else:
            payload += little_endian(tensor)
        payload += b"\0" * (-len(payload) % 4)
    about = {**describe(model, vocabulary, FORMAT, VERSION), "tensors": entries}
    header = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 4)
    return MAGIC + struct.pack("<I", len(header)) + header + payload


def unpack(data: bytes) -> tuple[TransformerLM, Vocabulary]:
    """读回模型与词表，权重是还原后的 float32。出错：开头不对、格式不认识、文件被截断，抛出 ValueError。"""
    if data[:4] != MAGIC:
        raise ValueError(f"文件应以 {MAGIC!r} 开头，得到 {data[:4]!r}：不是 quantize.py 写的文件。")
    start = 8 + struct.unpack_from("<I", data, 4)[0]
    about = json.loads(data[8:start])
    tensors = {entry["name"]: read(data, start + entry["offset"], entry["shape"], entry["kind"]) for entry in about["tensors"]}
    return rebuild(about, tensors, FORMAT, VERSION)


def read(data: bytes, at: int, shape: list[int], kind: str) -> Tensor:
    """从第 at 个字节读一个张量；kind 不认识或字节不够，抛出 ValueError。"""
    if kind == "float32":
        return from_bytes(data, at, shape, "<f4")
    if kind == "int8":
        scale = from_bytes(data, at, shape[:1], "<f4")
        return dequantize_rows(from_bytes(data, at + 4 * shape[0], shape, "i1"), scale)
    raise ValueError(f"kind 应为 int8 或 float32，得到 {kind!r}：文件是更新的脚本写的。")


def little_endian(x: Tensor) -> bytes:
    """float32 的小端字节。"""
    return x.float().numpy().astype("<f4").tobytes()


def from_bytes(data: bytes, at: int, shape: list[int], dtype: str) -> Tensor:
    """从第 at 个字节起的 shape 个数；不够则 ValueError。"""
    count = int(np.prod(shape))
    if at + count * np.dtype(dtype).itemsize > len(data):
        raise ValueError(f"文件只有 {len(data)} 字节，读到 {at} 处不够了：没有下载完整。")
    return torch.from_numpy(np.frombuffer(data, dtype, count, at).astype(dtype.lstrip("<")).reshape(shape))
