"""滚动缓存：手算的格子、逐词生成等于整句掩码、绝对位置、接力能传多远、报错。"""

import pytest
import torch

from labs.architecture.attention import scaled_dot_product_attention
from labs.architecture.kv_cache import visible
from labs.architecture.multi_head import grouped_query_attention
from labs.architecture.rolling_cache import RollingCache, reach, receptive_field
from labs.architecture.rope import rope_frequencies, rotate


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def filled(window, n_sinks, steps):
    cache = RollingCache(window, n_sinks)
    for t in range(steps):
        cache.append(torch.full((1, 1, 1, 2), float(t)), torch.full((1, 1, 1, 3), float(t)))
    return cache


def test_slots_worked_by_hand():
    assert filled(3, 1, 6).read()[2] == [0, 4, 5, 3]
    assert filled(3, 0, 6).read()[2] == [3, 4, 5]
    assert filled(3, 1, 2).read()[2] == [0, 1]


@pytest.mark.parametrize(("window", "n_sinks"), [(1, 0), (3, 0), (3, 1), (2, 4), (4, 2), (20, 0)])
def test_the_slots_hold_exactly_what_the_mask_allows(window, n_sinks):
    mask = visible("window-sinks", 12, window=window, n_sinks=n_sinks)
    for t in range(12):
        keys, values, positions = filled(window, n_sinks, t + 1).read()
        assert sorted(positions) == mask[t].nonzero().flatten().tolist()
        assert keys[0, 0, :, 0].tolist() == values[0, 0, :, 0].tolist() == positions  # 键、值、位置同格
        assert len(positions) <= window + n_sinks


@pytest.mark.parametrize(("window", "n_sinks"), [(1, 0), (3, 0), (3, 1), (4, 2), (20, 3)])
def test_decoding_with_the_rolling_cache_equals_the_masked_full_computation(window, n_sinks):
    """键在写入时按绝对位置转好；四个查询头共用两组键和值。"""
    T, theta = 12, rope_frequencies(6)
    q, k, v = draw(2, 4, T, 6), draw(2, 2, T, 6, seed=1), draw(2, 2, T, 5, seed=2)
    q, k = rotate(q, torch.arange(T), theta), rotate(k, torch.arange(T), theta)
    whole = grouped_query_attention(q, k, v, visible("window-sinks", T, window=window, n_sinks=n_sinks))
    cache = RollingCache(window, n_sinks)
    for t in range(T):
        cache.append(k[:, :, t : t + 1], v[:, :, t : t + 1])
        keys, values, _ = cache.read()
        now = grouped_query_attention(q[:, :, t : t + 1], keys, values)
        torch.testing.assert_close(now, whole[:, :, t : t + 1], atol=1e-12, rtol=0)  # float64，只差求和次序


def test_reading_does_not_hand_out_the_cache_itself():
    cache = filled(3, 0, 2)
    cache.read()[2].clear()
    assert cache.read()[2] == [0, 1]


@pytest.mark.parametrize(("n_layers", "window"), [(1, 1), (1, 4), (2, 3), (3, 2), (4, 4), (5, 1)])
def test_layers_pass_the_word_on(n_layers, window):
    field, T = receptive_field(n_layers, window), 20
    found = reach(n_layers, window, T)
    for t in range(T):
        assert found[t].nonzero().flatten().tolist() == list(range(max(0, t - field + 1), t + 1))


def test_stacked_windows_really_carry_a_change_that_far():
    """三层窗口 3 的注意力，改第 0 个词元：第 6 个变，第 7 个不变。"""
    mask, x = visible("window", 10, window=3), draw(1, 10, 4)

    def run(x):
        for _ in range(3):
            x = x + scaled_dot_product_attention(x, x, x, mask)
        return x

    before = run(x)
    x = x.clone()
    x[:, 0] += 1
    changed = (run(x) != before).any(-1)[0].nonzero().flatten().tolist()
    assert changed == list(range(receptive_field(3, 3)))


def test_mistral_reaches_131041_tokens():
    assert receptive_field(32, 4096) == 131_041


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RollingCache(0), "^window 应为不小于 1"),
        (lambda: RollingCache(3, -1), "^n_sinks 应为不小于 0"),
        (lambda: RollingCache(3).read(), "^缓存还是空的"),
        (lambda: RollingCache(3).append(draw(1, 2, 2, 4), draw(1, 2, 2, 4)), r"^k 应为形如 \(B, h_kv, 1, d_h\)"),
        (lambda: RollingCache(3).append(draw(1, 2, 1, 4), draw(1, 3, 1, 4)), r"^v 应为形如 \(1, 2, 1, d_v\)"),
        (lambda: reach(0, 3, 5), "^n_layers 应为不小于 1"),
        (lambda: reach(1, 0, 5), "^window 应为不小于 1"),
        (lambda: receptive_field(0, 3), "^n_layers 应为不小于 1"),
        (lambda: receptive_field(3, 0), "^window 应为不小于 1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
