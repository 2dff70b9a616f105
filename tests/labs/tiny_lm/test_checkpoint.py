"""存与取：来回不变、字节可重复、读不了的文件都说怎样补救；书里的那一份达到模型卡上的损失。"""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.tiny_lm import checkpoint
from labs.tiny_lm.checkpoint import CARD, FILE, card, load, save
from labs.tiny_lm.corpus import FILE as CORPUS
from labs.tiny_lm.corpus import Vocabulary, load_corpus
from labs.tiny_lm.evaluation import evaluate
from labs.tiny_lm.quantize import FILE as SMALL_FILE
from labs.tiny_lm.training import CONFIG, initialize

SMALL = {"vocab_size": 4, "context": 9, "n_layers": 2, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_ff": 12}
FOUR = Vocabulary("\n。山月")


def small(**changes):
    model = initialize(TransformerLM(LMConfig(**{**SMALL, **changes})), torch.Generator().manual_seed(0))
    return model.half().float()  # fp16 存得下的数


@pytest.mark.parametrize("tied", [True, False])
def test_what_was_saved_comes_back(tmp_path, tied):
    model = small(tied=tied)
    save(tmp_path / "a.safetensors", model, FOUR)
    back, vocabulary = load(tmp_path / "a.safetensors")
    assert vocabulary == FOUR and back.config == model.config and not back.training
    assert all(parameter.dtype == torch.float32 for parameter in back.parameters())
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), back.state_dict().values(), strict=True))
    assert (back.unembed.weight is back.embedding.weight) == tied
    assert ("unembed.weight" in load_tensors((tmp_path / "a.safetensors").read_bytes())) != tied


def test_the_same_weights_give_the_same_bytes(tmp_path):
    for name in "ab":
        save(tmp_path / name, small(), FOUR)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert {tensor.dtype for tensor in load_tensors((tmp_path / "a").read_bytes()).values()} == {torch.float16}


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="没有找到.*nothing.*git checkout.*train_tiny_lm"):
        load(tmp_path / "nothing")


def test_a_wrong_checksum(tmp_path):
    save(tmp_path / "a", small(), FOUR)
    right = hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    load(tmp_path / "a", sha256=right)
    with pytest.raises(ValueError, match=f"^a 的 SHA-256 应为 0+，得到 {right}.*train_tiny_lm"):
        load(tmp_path / "a", sha256="0" * 64)


def test_the_book_file_is_checked_against_its_card(tmp_path, monkeypatch):
    save(tmp_path / FILE.name, small(), FOUR)
    monkeypatch.setattr(checkpoint, "FILE", tmp_path / FILE.name)
    with pytest.raises(ValueError, match="SHA-256 应为"):
        load(tmp_path / FILE.name)


def about(**changes):
    found = {
        "format": "llm-book-tiny-lm",
        "version": 1,
        "config": {**SMALL, "rope_base": 1e4, "eps": 1e-6, "tied": True},
        "vocabulary": "\n。山月",
    }
    return {"book": json.dumps({**found, **changes})}


def tensors(**changes):
    state = {name: tensor.clone() for name, tensor in small().state_dict().items() if name != "unembed.weight"}
    return {name: tensor for name, tensor in {**state, **changes}.items() if tensor is not None}


def test_a_file_written_by_hand(tmp_path):
    (tmp_path / "a").write_bytes(save_tensors(tensors(), about()))
    model, _ = load(tmp_path / "a")
    assert torch.equal(model.embedding.weight, small().embedding.weight)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "不是本书的权重文件"),
        (b"PK\x03\x04 a pickle, perhaps", "不是本书的权重文件"),
        (save_tensors(tensors()), "不是本书的权重文件.*__metadata__"),
        (save_tensors(tensors(), {"format": "pt"}), "不是本书的权重文件.*book"),
        (save_tensors(tensors(), about())[:-1], "不是本书的权重文件"),
        (save_tensors(tensors(), about(version=2)), "不认识的格式 .* 第 2 版，这里只会读 .* 第 1 版.*train_tiny_lm"),
        (save_tensors(tensors(), about(format="other")), "不认识的格式 'other'"),
        (save_tensors(tensors(), about(vocabulary="\n。山")), "词表有 3 个字，而模型的 vocab_size = 4"),
        (save_tensors(tensors(**{"final_norm.gain": None}), about()), "缺少、多出或形状不合的权重：final_norm.gain。"),
        (save_tensors(tensors(more=torch.zeros(1)), about()), "权重：more。"),
        (save_tensors(tensors(**{"embedding.weight": torch.zeros(4, 7)}), about()), "权重：embedding.weight。"),
    ],
)
def test_files_that_are_refused(tmp_path, data, said):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ValueError, match=said):
        load(tmp_path / "a")


def test_a_vocabulary_of_another_size_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="词表有 3 个字"):
        save(tmp_path / "a", small(), Vocabulary("\n。山"))
    assert not (tmp_path / "a").exists()


def test_the_card_describes_the_files():
    numbers = card()
    model, vocabulary = load()
    assert model.config == CONFIG and len(vocabulary) == 3072
    assert numbers["model"]["parameters"] == sum(parameter.numel() for parameter in model.parameters()) == 1_197_184
    assert numbers["corpus"]["sha256"] == hashlib.sha256(CORPUS.read_bytes()).hexdigest()
    text = CARD.with_suffix(".md").read_text("utf-8")
    for file in (FILE, SMALL_FILE):
        listed = numbers["files"][file.name]
        data = file.read_bytes()
        assert listed == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        assert listed["sha256"] in text and f"{listed['bytes']:,}" in text
    for part in ("validation", "test"):
        assert f"{numbers['loss'][part]['fp16']['nats_per_char']:.4f}" in text
    assert f"--steps {numbers['training']['steps']} --seed {numbers['training']['seed']}" in text


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_committed_checkpoint_reaches_the_loss_on_its_card(part):
    corpus = load_corpus()
    model, vocabulary = load()
    assert vocabulary == corpus.vocabulary
    listed = card()["loss"][part]
    found = evaluate(model, vocabulary, getattr(corpus, part))
    assert (found.poems, found.chars, found.bytes) == (listed["poems"], listed["chars"], listed["bytes"])
    assert found.nats_per_char == pytest.approx(listed["fp16"]["nats_per_char"], abs=0.002)
    assert found.bits_per_byte == pytest.approx(listed["fp16"]["bits_per_byte"], abs=0.001)
    assert listed["fp32"]["nats_per_char"] == pytest.approx(listed["fp16"]["nats_per_char"], abs=0.002)
