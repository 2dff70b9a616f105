"""“注意力的代价”一节页面上的数和四道练习的数字答案：在这里重算，并且必须一字不差地出现在页面上。"""

import math

import torch

from labs.architecture.costs import entries, kv_cost
from labs.architecture.counter import count, load
from labs.architecture.decode_cost import BANDWIDTH, PEAK, absorbed_flops, cache_intensity, conversations, step_seconds, weight_bytes
from labs.architecture.kv_cache import PRESETS, bytes_per_token
from labs.architecture.rope import rotate
from tests.labs.pages import Chapter, plain

CHAPTER = Chapter("07-architecture")
answer, squeeze = CHAPTER.answer, plain
LONG, GIB, CARD = 131_072, 2**30, 8e10
LLAMA = load("llama-3-8b")
W_UK = torch.tensor([[1.0, 2, 0, 1], [0, 1, 1, 2]])
Q = torch.tensor([[1.0, 0, 2, 1]])


def table(label: str) -> list[list[str]]:
    """页面上一张表的各行，不含表头。"""
    text = (CHAPTER.path / "attention-cost.md").read_text("utf-8").split(f"{{#tab:{label}}}")[1].strip()
    lines = text.split("\n\n")[0].split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


PAGE = CHAPTER.page("attention-cost")


def says(*parts: str) -> None:
    for part in parts:
        assert squeeze(part) in PAGE, part


# ---- 页面 ----


def test_the_table_of_caches():
    found = {row[0]: row[1:] for row in table("kv-cost")}
    configs = {
        "GPT-3，MHA": "gpt-3",
        "Llama 3 8B，GQA": "llama-3-8b",
        "Llama 3 70B，GQA": "llama-3-70b",
        "Llama 3.1 405B，GQA": "llama-3.1-405b",
        "DeepSeek-V3，MLA": "deepseek-v3",
    }

    def line(layers: int, per_token: float, intensity: float) -> list[str]:
        cache = per_token * LONG / GIB
        shown = f"{cache:.1f}" if cache < 10 else f"{cache:.0f}"
        return [f"{layers}", f"{per_token / layers / 2:,.0f}", f"{per_token:,.0f}", f"{shown} GiB", f"{intensity:.0f}"]

    for title, name in configs.items():
        config = load(name)
        layers = config.get("num_hidden_layers", config.get("n_layer"))
        assert found.pop(title) == line(layers, kv_cost(config, LONG)["per_token"], cache_intensity(config))
        assert kv_cost(config, LONG)["cache"] == kv_cost(config, LONG)["per_token"] * LONG
    llama_2 = PRESETS["llama-2-7b"]
    assert found.pop("Llama 2 7B，MHA") == line(32, bytes_per_token(llama_2), 1)
    assert found.pop("DeepSeek-V3，若用 MHA") == line(61, 61 * 2 * 128 * 128 * 2, 1)
    assert not found
    assert round(32_768 / 576) == 57


def test_the_opening_problem_to_its_end():
    rows = table("opening-problem")
    half = 2 * 8 * 128 * 2 * (16 * 8192 + 16 * 128)
    cases = []
    for heads in (32, 8, 1):
        config = dict(LLAMA, num_key_value_heads=heads)
        cases.append((weight_bytes(config), kv_cost(config, 8192)["cache"], cache_intensity(config)))
    weights = weight_bytes(LLAMA)
    latent = 32 * (2 * 512 + 64) * 2 / (576 * 2)
    cases = [*cases[:2], (weights, half, 4), (weights, 32 * 576 * 2 * 8192, latent), cases[2]]
    for row, (weight, cache, intensity) in zip(rows, cases, strict=True):
        n = int((CARD - weight) // cache)
        seconds = (weight + n * cache) / BANDWIDTH
        assert f"{weight / 1e9:.2f}" in row[1]
        assert row[2:] == [f"{cache / 1e9:.3f}", f"{n}", f"{n} 个，{seconds * 1e3:.1f} ms", f"{intensity:.0f}"]
    assert rows[2][5] == rows[1][5]  # 窗口层少存少读，强度不变


def test_the_numbers_in_the_opening_section():
    wide = dict(LLAMA, num_key_value_heads=32)
    one, many = step_seconds(LLAMA, 8192, 59), step_seconds(wide, 8192, 14)
    says(f"只差 {step_seconds(wide, 8192, 1)['flops'] / step_seconds(LLAMA, 8192, 1)['flops'] - 1:.0%}")
    says(f"= {(CARD - weight_bytes(LLAMA)) / GIB:.2f}，", f"= {(CARD - weight_bytes(wide)) / (4 * GIB):.2f}，")
    says(f"= {one['bytes'] / 1e9:.2f} GB", f"读要 {one['read'] * 1e3:.1f} ms", f"只要 {one['compute'] * 1e3:.2f} ms")
    says(f"59 × {one['flops'] / 59 / 1e10:.2f} × 10<sup>10</sup> = {one['flops'] / 1e12:.2f} × 10<sup>12</sup>")
    says(f"一步读 {many['bytes'] / 1e9:.2f} GB，要 {many['read'] * 1e3:.1f} ms")
    says(f"{59 / one['read']:,.0f} 个对 {14 / many['read']:.0f} 个")
    assert conversations(LLAMA, 8192, CARD) == 59 and conversations(wide, 8192, CARD) == 14
    assert 0.94 < 1 - one["compute"] / one["read"] < 0.96  # “闲着九成五”
    assert 0.79 < 59 * GIB / one["bytes"] < 0.81  # “缓存占八成”
    says(f"990/3.35，约 {PEAK / BANDWIDTH:.0f} 次")


def test_the_numbers_of_latent_attention():
    says("0.119", "0.881")
    assert round(1 / (1 + math.e**2), 3) == 0.119
    v3 = load("deepseek-v3")
    expanded = entries(v3, "full", LONG, "last")[0][0]
    says(f"{absorbed_flops(v3):,}", f"{expanded:,}", f"{absorbed_flops(v3) / expanded:.1f} 倍")
    says(f"/{576 * 2:,}，约 {absorbed_flops(v3) / 1152:.0f} 次")


def test_the_numbers_of_blockwise_softmax():
    r = math.exp(1 / math.sqrt(2))
    says(f"{r:.3f}", f"{1 + 1 / r:.3f}", f"{1 / r**2:.3f}", f"{1 / r**2 + 1 + 1 / r:.3f}", f"{1 + 1 / r**2:.3f}")
    assert 8192**2 * 2 == 128 * 2**20 and 32 * 128 * 2**20 == 4 * GIB


def test_the_numbers_of_the_sparse_example():
    full = absorbed_flops(load("deepseek-v3"))
    main, index = entries(load("deepseek-v3.2"), "full", LONG, "last")
    assert main[1] == 2048 and index[1] == LONG
    sparse = index[0] * LONG + full * 2048
    says(f"共 {full * LONG / 1e8:.0f} 亿次", f"共 {index[0] * LONG / 1e8:.1f} 亿次", f"共 {full * 2048 / 1e8:.1f} 亿次")
    assert round(full * LONG / sparse) == 13
    says(f"它占注意力运算的 {index[0] * LONG / sparse:.0%}")
    read = 256 * LONG + 1152 * 2048
    says(f"共 {1152 * LONG / 1e6:.0f} MB", f"{read / 1e6:.1f} MB", f"{704 / 576 - 1:.0%}")
    assert round(1152 * LONG / read) == 4


# ---- 练习 ----


def test_absorb_by_hand():
    text = answer("ex:absorb-by-hand")
    key = torch.tensor([2.0, -1]) @ W_UK
    assert key.tolist() == [2, 3, -1, 0] and (Q[0] @ key).item() == 0
    assert "(2,3,-1,0)" in text
    quarter = torch.full((2,), math.pi / 2)
    for s, expected in enumerate(([2, 4], [4, 4], [-2, -4])):
        turned = rotate(Q, torch.tensor([s]), quarter, "interleaved")
        # 角度是 float32 的 π/2，余弦差 1e-7
        torch.testing.assert_close(turned @ W_UK.T, torch.tensor([expected]).float(), atol=1e-5, rtol=0)
        assert "({},{})".format(*expected) in text


def test_online_softmax_with_a_sink():
    text, r = answer("ex:online-softmax-associative"), math.exp(1 / math.sqrt(2))
    total, summed = 1 / r**2 + 1 + 1 / r, (1 / r**2 + 1, 1 + 1 / r)
    assert f"={total:.3f}$" in text and f"{total + 1:.3f}" in text
    assert f"({summed[0] / (total + 1):.3f},{summed[1] / (total + 1):.3f})" in text
    assert f"{total / (total + 1):.3f}" in text


def test_merging_normalised_outputs_as_the_answer_says():
    scores, values = torch.randn(2, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parts = [(s.logsumexp(0), s.softmax(0) @ v) for s, v in ((scores[:3], values[:3]), (scores[3:], values[3:]))]
    (a, y), (b, z) = parts
    both = torch.logaddexp(a, b)
    mixed = torch.exp(a - both) * y + torch.exp(b - both) * z
    torch.testing.assert_close(mixed, scores.softmax(0) @ values, atol=1e-12, rtol=0)  # float64，七项之和


def test_serving_seventy_billion():
    text, config = answer("ex:serving-70b"), load("llama-3-70b")
    assert count(config).total == 70_553_706_496
    per_token, users = kv_cost(config, LONG)["per_token"], 32
    cache, weight = per_token * LONG * users, weight_bytes(config)
    latent = 80 * 576 * 2 * LONG * users
    assert f"{per_token:,.0f}" in text and f"{cache / GIB:,.0f}$GiB" in text
    assert f"{cache / 1e12:.3f}" in text and f"{weight / 1e11:.3f}" in text and f"{latent / 1e11:.3f}" in text
    for total in (weight + cache, weight + latent):
        assert f"{total / 1e9:,.1f}/80={total / CARD:.1f}" in text and f"{math.ceil(total / CARD)}张" in text
    assert f"{(cache - latent) / GIB:.0f}GiB，{1 - latent / cache:.0%}" in text.replace("$", "")
    assert f"{8 * cache / GIB:,.0f}" in text and 8 * cache == 10 * 2**40
    assert 2 * 8 * 128 - 64 == 1984 and "1,984" in text


def test_decode_roofline():
    text, edge = answer("ex:decode-roofline"), PEAK / BANDWIDTH
    group, latent = cache_intensity(LLAMA), cache_intensity(load("deepseek-v3"))
    assert f"{math.ceil(edge)}段" in text and math.ceil(edge) * GIB > CARD
    assert f"是{4 * group:.0f}" in text and f"即{math.ceil(edge / group)}" in text
    assert f"{latent:.1f}" in text and f"{2 * latent:.1f}" in text and latent < edge < 2 * latent
    assert cache_intensity(LLAMA, 1) == 8 and "=8$" in text
    before, saved = step_seconds(LLAMA, 8192, 59)["read"], 59 * GIB / 2
    assert f"{saved / 1e9:.2f}" in text and f"{saved / BANDWIDTH * 1e3:.1f}" in text
    assert f"{before * 1e3:.1f}ms降到{(before - saved / BANDWIDTH) * 1e3:.1f}ms" in text
