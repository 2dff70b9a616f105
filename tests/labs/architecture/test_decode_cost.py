"""逐词生成的账：开头那道题、算术强度与真的次数和真的字节、单调性、报错。"""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from labs.architecture.counter import load
from labs.architecture.decode_cost import cache_intensity, conversations, step_seconds, weight_bytes
from labs.architecture.multi_head import grouped_query_attention

LLAMA = load("llama-3-8b")
WIDE = dict(LLAMA, num_key_value_heads=32)


def test_the_opening_problem_59_and_14():
    assert weight_bytes(LLAMA) == 16_060_522_496
    assert conversations(LLAMA, 8192, 8e10) == 59
    assert conversations(WIDE, 8192, 8e10) == 14


def test_one_step_worked_by_hand():
    step = step_seconds(LLAMA, 8192, 59)
    assert step["bytes"] == 16_060_522_496 + 59 * 2**30
    assert step["flops"] == 59 * (2 * 7_504_658_432 + 32 * 4 * 4096 * 8192)
    assert f"{step['read'] * 1e3:.1f} {step['compute'] * 1e3:.2f}" == "23.7 1.15"


def test_filling_the_card_exactly_leaves_no_room_for_one_more():
    exact = weight_bytes(LLAMA) + 3 * 2**30
    assert [conversations(LLAMA, 8192, exact + extra) for extra in (-1, 0, 2**30 - 1)] == [2, 3, 3]
    assert conversations(LLAMA, 8192, 1e10) == 0  # 连权重都放不下


@pytest.mark.parametrize(("name", "expected"), [("gpt-3", 1), ("llama-3-8b", 4), ("llama-3-70b", 8), ("llama-3.1-405b", 16)])
def test_intensity_is_the_size_of_a_group(name, expected):
    assert cache_intensity(load(name)) == expected
    assert cache_intensity(load(name), 1) == 2 * expected  # 缓存存成 8 位，读得少一半


def test_intensity_of_absorbed_latent_attention():
    assert cache_intensity(load("deepseek-v3")) == pytest.approx(128 * (512 + 576) / 576)


@pytest.mark.parametrize("batch", [1, 5])
def test_intensity_counted_on_real_tensors(batch):
    """一个查询、很长的缓存：真的次数除以真的字节；分组查询的重复不算读。"""
    h, h_kv, T, d_h = 8, 2, 64, 16
    q = torch.zeros(batch, h, 1, d_h, dtype=torch.bfloat16)
    k, v = torch.zeros(2, batch, h_kv, T, d_h, dtype=torch.bfloat16)
    with FlopCounterMode(display=False) as counter:
        grouped_query_attention(q, k, v)
    assert counter.get_total_flops() / (k.nbytes + v.nbytes) == h / h_kv


def test_a_bigger_batch_shares_the_weights_but_not_the_cache():
    one, many = step_seconds(LLAMA, 8192, 1), step_seconds(LLAMA, 8192, 50)
    assert many["bytes"] - one["bytes"] == 49 * 2**30
    assert many["flops"] == 50 * one["flops"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: step_seconds(LLAMA, 8192, 0), "^batch 应为不小于 1"),
        (lambda: conversations(LLAMA, 1, 8e10), "^context 应为不小于 2"),
        (lambda: cache_intensity(load("deepseek-v3.2")), "^deepseek_v32 每步只读一部分缓存"),
        (lambda: cache_intensity(load("deepseek-v4-pro")), "^deepseek_v4 每步只读一部分缓存"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
