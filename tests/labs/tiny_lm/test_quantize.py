"""int8：手算的一行、误差的界、文件的布局逐字节核对、读不了的文件；书里的那一份达到模型卡上的损失。"""

import json
import struct

import numpy as np
import pytest
import torch

from labs.tiny_lm.checkpoint import card, load, stored
from labs.tiny_lm.corpus import load_corpus
from labs.tiny_lm.evaluation import evaluate
from labs.tiny_lm.quantize import FILE, dequantize_rows, pack, quantize_rows, unpack
from tests.labs.tiny_lm.test_checkpoint import FOUR, SMALL, small


def test_a_row_by_hand():
    q, scale = quantize_rows(torch.tensor([[0.5, -1.27], [0.0, 0.0], [254.0, 1.0]]))
    assert q.tolist() == [[50, -127], [0, 0], [127, 0]] and q.dtype == torch.int8
    torch.testing.assert_close(scale, torch.tensor([0.01, 1.0, 2.0]))
    torch.testing.assert_close(dequantize_rows(q, scale), torch.tensor([[0.5, -1.27], [0.0, 0.0], [254.0, 0.0]]))


def test_no_number_moves_by_more_than_half_a_step():
    W = torch.randn(20, 30, generator=torch.Generator().manual_seed(0))
    q, scale = quantize_rows(W)
    assert ((dequantize_rows(q, scale) - W).abs() <= scale[:, None] * 0.5001).all()
    assert (q.int().abs().amax(1) == 127).all()  # 每行最大的数用满一个字节


@pytest.mark.parametrize("shape", [(3,), (1, 2, 3)])
def test_only_matrices(shape):
    with pytest.raises(ValueError, match="^W "):
        quantize_rows(torch.ones(shape))


@pytest.mark.parametrize("changes", [{"tied": True}, {"tied": False}, {"d_model": 6, "n_heads": 1, "d_ff": 7, "tied": True}])
def test_the_layout_read_as_a_page_would(changes):
    """不用 unpack，只照文档里的布局读；第三种大小的矩阵，字节数不是 4 的倍数。"""
    model = small(**changes)
    assert any(tensor.numel() % 4 for tensor in stored(model).values() if tensor.dim() == 2) == ("d_ff" in changes)
    data = pack(model, FOUR)
    assert data[:4] == b"TLM1"
    [length] = struct.unpack_from("<I", data, 4)
    about = json.loads(data[8 : 8 + length].decode())
    assert length % 4 == 0 and len(data) % 4 == 0
    assert (about["format"], about["version"], about["vocabulary"]) == ("llm-book-tiny-lm-int8", 1, "\n。山月")
    assert about["config"] == {**SMALL, "rope_base": 10000.0, "eps": 1e-6, **changes}
    state = stored(model)
    assert [entry["name"] for entry in about["tensors"]] == sorted(state)
    end = 0
    for entry in about["tensors"]:
        tensor = state[entry["name"]]
        assert entry["shape"] == list(tensor.shape) and entry["offset"] == end and end % 4 == 0
        at = 8 + length + end
        if entry["kind"] == "int8":
            R, C = entry["shape"]
            scale = np.frombuffer(data, "<f4", R, at)
            q = np.frombuffer(data, "i1", R * C, at + 4 * R).reshape(R, C)
            assert np.abs(q * scale[:, None] - tensor.numpy()).max() <= scale.max() * 0.501
            end += 4 * R + R * C + -(R * C) % 4
        else:
            assert entry["kind"] == "float32" and tensor.dim() == 1
            assert np.array_equal(np.frombuffer(data, "<f4", len(tensor), at), tensor.numpy())
            end += 4 * len(tensor)
    assert len(data) == 8 + length + end


def test_what_was_packed_comes_back():
    model = small()
    back, vocabulary = unpack(pack(model, FOUR))
    assert vocabulary == FOUR and back.config == model.config
    for name, tensor in stored(model).items():
        torch.testing.assert_close(back.state_dict()[name], tensor, rtol=0, atol=tensor.abs().max().item() / 250)
    again, _ = unpack(pack(back, FOUR))
    for a, b in zip(again.parameters(), back.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=0)  # 第二次不再损失


def changed(**changes):
    data = pack(small(), FOUR)
    start = 8 + struct.unpack_from("<I", data, 4)[0]
    header = json.dumps({**json.loads(data[8:start]), **changes}).encode()
    header += b" " * (-len(header) % 4)
    return data[:4] + struct.pack("<I", len(header)) + header + data[start:]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE html>", "应以 b'TLM1' 开头，得到 b'<!DO'"),
        (changed(version=2), "第 2 版"),
        (changed(format="other"), "不认识的格式 'other'"),
        (changed(vocabulary="\n山"), "词表有 2 个字"),
        (changed(tensors=[]), "缺少、多出或形状不合的权重：blocks.0.attention.W_k.weight"),
        (changed(tensors=[{"name": "a", "shape": [1, 4], "kind": "int4", "offset": 0}]), "kind 应为 int8 或 float32，得到 'int4'"),
        (pack(small(), FOUR)[:-1], "没有下载完整"),
        (pack(small(), FOUR)[:-33], "没有下载完整"),
    ],
)
def test_files_that_are_refused(data, said):
    with pytest.raises(ValueError, match=said):
        unpack(data)


def test_the_published_file_is_made_from_the_checkpoint():
    assert FILE.read_bytes() == pack(*load())


def test_the_published_file_reaches_the_loss_on_the_card():
    listed = card()["loss"]["test"]
    model, vocabulary = unpack(FILE.read_bytes())
    found = evaluate(model, vocabulary, load_corpus().test)
    assert found.nats_per_char == pytest.approx(listed["int8"]["nats_per_char"], abs=0.002)
    assert listed["int8"]["nats_per_char"] - listed["fp16"]["nats_per_char"] < 0.01
