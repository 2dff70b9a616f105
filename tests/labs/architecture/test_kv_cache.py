"""labs.architecture.kv_cache：手算值、与真的注意力和真的张量对照、不变量、报错。"""

from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.kv_cache import KINDS, PRESETS, Spec, account, bytes_per_token, generation, kept, visible
from tests.labs.pages import assert_up_to_date, figure_script

GIB = 2**30
SHAPES = [
    ("full", {}),
    ("causal", {}),
    ("prefix", {"n_prefix": 3}),
    ("window", {"window": 3}),
    ("window", {"window": 1}),
    ("window-sinks", {"window": 2, "n_sinks": 2}),
    ("document", {"doc_len": 4}),
]
INCREMENTAL = [shape for shape in SHAPES if shape[0] != "full"]


def rows(mask: torch.Tensor) -> list[str]:
    return ["".join(map(str, row)) for row in mask.int().tolist()]


# ---------- 手算 ----------


def test_bytes_per_token_worked_by_hand():
    """2 · L · h_kv · d_h · 2：GPT-3 是 2·96·96·128·2，Falcon 只有一个 KV 头，2·32·1·64·2。"""
    assert {name: bytes_per_token(spec) for name, spec in PRESETS.items()} == {
        "gpt-3": 4_718_592,
        "llama-2-7b": 524_288,
        "falcon-7b": 8_192,
        "llama-3-8b": 131_072,
        "mistral-7b-v0.1": 131_072,
        "gpt-oss-120b": 73_728,
    }


def test_whole_caches_worked_by_hand():
    assert account(PRESETS["llama-3-8b"], 8_192)["cache_bytes"] == GIB
    assert account(PRESETS["llama-3-8b"], 131_072)["cache_bytes"] == 16 * GIB
    assert account(PRESETS["gpt-3"], 131_072)["cache_bytes"] == 576 * GIB
    # 长度翻十六倍，窗口 4,096 的缓存仍是 4096 × 128 KiB = 512 MiB
    assert account(PRESETS["mistral-7b-v0.1"], 8_192, "window")["cache_bytes"] == GIB / 2
    assert account(PRESETS["mistral-7b-v0.1"], 131_072, "window")["cache_bytes"] == GIB / 2
    # 36 层一半全留、一半留 128 个；每层每个词元 2·8·64·2 = 2,048 字节
    assert account(PRESETS["gpt-oss-120b"], 131_072, "window")["cache_bytes"] == 18 * 2048 * (131_072 + 128)


def test_six_masks_drawn_by_hand():
    assert rows(visible("full", 3)) == ["111", "111", "111"]
    assert rows(visible("causal", 3)) == ["100", "110", "111"]
    assert rows(visible("prefix", 4, n_prefix=2)) == ["1100", "1100", "1110", "1111"]
    assert rows(visible("window", 4, window=2)) == ["1000", "1100", "0110", "0011"]
    assert rows(visible("window-sinks", 5, window=2, n_sinks=1)) == ["10000", "11000", "11100", "10110", "10011"]
    assert rows(visible("document", 5, doc_len=3)) == ["10000", "11000", "11100", "00010", "00011"]


def test_generation_worked_by_hand():
    """四个词元：有缓存 1+2+3+4 = 10 个得分；每步重算 1+3+6+10 = 20 个。"""
    last = generation(visible("causal", 4), 4, "causal")
    assert (last["read"], last["scores_cached"], last["scores_rerun"]) == ([1, 2, 3], 4, 10)
    assert (last["total_cached"], last["total_rerun"]) == (10, 20)
    window = generation(visible("window", 4, window=2), 4, "window")
    assert (window["read"], window["dropped"]) == ([3], [1, 2])
    prefix = generation(visible("prefix", 4, n_prefix=3), 3, "prefix", first=3)
    assert (prefix["fresh"], prefix["read"], prefix["scores_cached"]) == (1, [], 9)


# ---------- 与真的注意力、真的张量对照 ----------


@pytest.mark.parametrize(("kind", "options"), INCREMENTAL)
def test_what_the_cache_keeps_is_enough(kind, options):
    """每步只用 read 里的旧 K、V 和自己的一份，结果等于拿整张掩码一次算出的那一行。"""
    torch.manual_seed(0)
    T, d_h = 9, 5
    q, k, v = torch.randn(3, T, d_h, dtype=torch.float64)
    mask = visible(kind, T, **options)
    whole = scaled_dot_product_attention(q, k, v, mask)
    first = options.get("n_prefix", 1)
    for step in range(first, T + 1):
        state = generation(mask, step, kind, first)
        held = [i - 1 for i in state["read"]] + list(range(state["fresh"] - 1, step))
        one = scaled_dot_product_attention(q[step - 1 : step], k[held], v[held])
        # 同样的数换了求和次序，float64 的差在 1e-15 上下
        torch.testing.assert_close(one[0], whole[step - 1], rtol=1e-12, atol=1e-12)


def test_full_visibility_rewrites_earlier_rows():
    """加一个词元，全可见掩码下前面的行都变；因果掩码下一行不变。这就是 full 没有缓存可用的原因。"""
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 5, 4, dtype=torch.float64)

    def outputs(kind: str, T: int) -> torch.Tensor:
        return scaled_dot_product_attention(q[:T], k[:T], v[:T], visible(kind, T))[:4]

    assert (outputs("full", 5) - outputs("full", 4)).abs().amin(dim=-1).min() > 1e-6
    torch.testing.assert_close(outputs("causal", 5), outputs("causal", 4), rtol=1e-12, atol=1e-12)


def test_bytes_equal_those_of_real_tensors():
    spec = Spec(n_layers=3, n_heads=6, n_kv_heads=2, d_head=8, window=4, n_window_layers=1)
    length = 10
    held = [length, length, min(length, spec.window + 1)]  # 一层带 1 个汇聚词元的窗口
    cache = [torch.empty(2, spec.n_kv_heads, n, spec.d_head, dtype=torch.bfloat16) for n in held]
    answer = account(spec, length, "window-sinks", n_sinks=1)
    assert answer["cache_bytes"] == sum(layer.nbytes for layer in cache)
    assert answer["mha_bytes"] == torch.empty(3, 2, 6, length, 8, dtype=torch.bfloat16).nbytes
    assert answer["mqa_bytes"] == torch.empty(3, 2, 1, length, 8, dtype=torch.bfloat16).nbytes


@pytest.mark.parametrize(("kind", "n_queries"), [("causal", 1), ("full", 7)])
def test_flops_equal_those_counted_by_torch(kind, n_queries):
    """一层里真的做两次矩阵乘；全可见时整句都要重算。"""
    spec = Spec(n_layers=1, n_heads=4, n_kv_heads=2, d_head=8)
    length = 7
    q = torch.randn(spec.n_heads, n_queries, spec.d_head)
    k, v = torch.randn(2, spec.n_heads, length, spec.d_head)
    with FlopCounterMode(display=False) as counter:
        torch.bmm(torch.bmm(q, k.transpose(1, 2)), v)
    assert account(spec, length, kind)["flops"] == counter.get_total_flops()


# ---------- 不变量 ----------


@pytest.mark.parametrize("T", [1, 4, 9, 16])
def test_masks_degenerate_into_each_other(T):
    causal = visible("causal", T)
    assert torch.equal(visible("window", T, window=T), causal)
    assert torch.equal(visible("window-sinks", T, window=1, n_sinks=T), causal)
    assert torch.equal(visible("window-sinks", T, window=2, n_sinks=0), visible("window", T, window=2))
    assert torch.equal(visible("prefix", T, n_prefix=0), causal)
    assert torch.equal(visible("prefix", T, n_prefix=1), causal)
    assert torch.equal(visible("prefix", T, n_prefix=T), visible("full", T))
    assert torch.equal(visible("document", T, doc_len=T), causal)
    assert torch.equal(visible("document", T, doc_len=1), visible("window", T, window=1))


@pytest.mark.parametrize(("kind", "options"), SHAPES)
def test_every_token_sees_itself(kind, options):
    assert visible(kind, 11, **options).diagonal().all()


def test_documents_are_blocks():
    block = torch.ones(4, 4).tril().bool()
    assert torch.equal(visible("document", 12, doc_len=4), torch.block_diag(block, block, block).bool())


@pytest.mark.parametrize("T", [1, 5, 16])
def test_rerunning_costs_a_third_of_the_length(T):
    """Σ t = T(T+1)/2，Σ t(t+1)/2 = T(T+1)(T+2)/6，相除是 (T+2)/3。"""
    last = generation(visible("causal", T), T, "causal")
    assert last["total_cached"] == T * (T + 1) // 2
    assert last["total_rerun"] == T * (T + 1) * (T + 2) // 6


@pytest.mark.parametrize(("kind", "options"), INCREMENTAL)
def test_each_score_is_computed_once_with_a_cache(kind, options):
    mask = visible(kind, 12, **options)
    last = generation(mask, 12, kind, options.get("n_prefix", 1))
    assert last["total_cached"] == mask.sum()


@pytest.mark.parametrize(("kind", "options"), [shape for shape in INCREMENTAL if shape[0] != "document"])
def test_kept_is_what_the_steps_hold(kind, options):
    """一步里用到的 K、V 正好是 kept 说的那么多。"""
    mask, first = visible(kind, 12, **options), options.get("n_prefix", 1)
    for step in range(first, 13):
        state = generation(mask, step, kind, first)
        wanted = kept(kind, step, options.get("window", 0), options.get("n_sinks", 0))
        assert step - len(state["dropped"]) == wanted


def test_full_visibility_has_no_cache_and_reruns_everything():
    last = generation(visible("full", 6), 6, "full")
    assert (last["fresh"], last["read"], last["scores_cached"]) == (1, [], 36)
    assert last["total_cached"] == last["total_rerun"]
    answer = account(PRESETS["llama-3-8b"], 100, "full")
    assert (answer["cache_bytes"], answer["flops_per_byte"]) == (0, 0)


def test_sinks_are_counted_only_when_asked_for():
    spec, length = PRESETS["mistral-7b-v0.1"], 8_192
    assert account(spec, length, "window-sinks") == account(spec, length, "window")
    extra = account(spec, length, "window-sinks", 4)["cache_bytes"] - account(spec, length, "window")["cache_bytes"]
    assert extra == 4 * bytes_per_token(spec)


def test_fewer_kv_heads_shrink_the_cache_and_not_the_flops():
    spec = PRESETS["llama-2-7b"]
    answers = [account(replace(spec, n_kv_heads=heads), 1000) for heads in (32, 8, 1)]
    assert [answers[0]["cache_bytes"] / a["cache_bytes"] for a in answers] == [1, 4, 32]
    assert len({a["flops"] for a in answers}) == 1
    # 每读 1 字节做 2h/(h_kv·b) 次运算：MHA 在 bf16 下是 1 次
    assert [a["flops_per_byte"] for a in answers] == [1, 4, 32]


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_token_caches_one_entry(kind):
    assert kept(kind, 1, window=4, n_sinks=2) == (0 if kind == "full" else 1)


# ---------- 报错 ----------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layers": 0}, "n_layers"),
        ({"d_head": 1.5}, "d_head"),
        ({"n_kv_heads": 5}, "整数倍"),
        ({"n_window_layers": 33}, "n_window_layers"),
        ({"n_window_layers": -1}, "n_window_layers"),
        ({"bytes_per_number": 0}, "bytes_per_number"),
        ({"bytes_per_number": float("nan")}, "bytes_per_number"),
    ],
)
def test_impossible_specs_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(PRESETS["llama-3-8b"], **change)


def test_specs_do_not_change_under_the_reader():
    with pytest.raises(FrozenInstanceError):
        PRESETS["gpt-3"].n_layers = 1


def test_bad_arguments_are_refused():
    mask = visible("prefix", 5, n_prefix=3)
    for step, first in ((0, 1), (2, 3), (6, 3), (4, 0)):
        with pytest.raises(ValueError, match="1 ≤ first ≤ step ≤ 5"):
            generation(mask, step, "prefix", first)
    with pytest.raises(ValueError, match="kind 应为"):
        visible("sparse", 4)
    with pytest.raises(ValueError, match="kind 应为"):
        account(PRESETS["gpt-3"], 10, "sparse")
    with pytest.raises(ValueError, match="length"):
        kept("causal", 0, 0, 0)
    with pytest.raises(ValueError, match="doc_len"):
        visible("document", 4, doc_len=0)
    with pytest.raises(ValueError, match="n_sinks"):
        visible("window-sinks", 4, window=2, n_sinks=-1)
    for kind, missing in (("prefix", "n_prefix"), ("window", "window"), ("window-sinks", "window"), ("document", "doc_len")):
        with pytest.raises(ValueError, match=missing):
            visible(kind, 4)


# ---------- 页面上的图与数 ----------


def test_committed_figure_and_data_are_those_of_the_generator():
    assert_up_to_date(figure_script("mask_board_fallback"))
