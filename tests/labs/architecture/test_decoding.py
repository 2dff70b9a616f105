"""缓存与逐词生成：手数的行数、有无缓存同文、字节与坏输入。"""

import pytest
import torch

from labs.architecture.decoding import KVCache, generate
from labs.architecture.kv_cache import Spec, bytes_per_token


class Counter:
    """下一个词元恒为 (最后一个 + 1) mod 5 的假模型，记下每次读了几行。"""

    context = 12

    def __init__(self):
        self.rows = []

    def hidden(self, ids, cache=None):
        self.rows.append(ids.shape[1])
        if cache is not None:
            cache.advance(ids.shape[1])
        return torch.nn.functional.one_hot((ids + 1) % 5, 5).float()

    def unembed(self, x):
        return x

    def new_cache(self, batch, capacity):
        return KVCache(1, 1, 2, capacity, batch)


def test_the_rows_that_are_computed_with_and_without_a_cache():
    prompt = torch.tensor([[3, 4], [0, 1]])
    cached, fresh = Counter(), Counter()
    expected = [[3, 4, 0, 1, 2, 3], [0, 1, 2, 3, 4, 0]]
    assert generate(cached, prompt, 4).tolist() == expected
    assert generate(fresh, prompt, 4, cached=False).tolist() == expected
    assert cached.rows == [2, 1, 1, 1]
    assert fresh.rows == [2, 3, 4, 5]


def test_append_keeps_the_old_and_returns_everything_so_far():
    cache = KVCache(2, 1, 1, capacity=3)
    first, later = torch.tensor([[[[1.0], [2.0]]]]), torch.tensor([[[[3.0]]]])
    keys, values = cache.append(0, first, -first)
    assert keys.flatten().tolist() == [1, 2] and values.flatten().tolist() == [-1, -2]
    cache.advance(2)
    keys, values = cache.append(0, later, -later)
    assert keys.flatten().tolist() == [1, 2, 3] and values.flatten().tolist() == [-1, -2, -3]
    assert cache.length == 2  # 各层写完才一起前进
    assert keys.data_ptr() == cache.keys.data_ptr()  # 视图，没有复制


def test_the_bytes_are_those_of_the_formula():
    cache = KVCache(3, 2, 8, capacity=10, batch=4, dtype=torch.bfloat16)
    spec = Spec(n_layers=3, n_heads=4, n_kv_heads=2, d_head=8, bytes_per_number=2)
    assert cache.n_bytes == bytes_per_token(spec) * 10 * 4 == 7680


def test_a_full_cache_and_a_wrong_shape_are_refused():
    cache = KVCache(1, 2, 4, capacity=3)
    with pytest.raises(ValueError, match="capacity 是 3，已写 0，放不下 4 个词元"):
        cache.append(0, torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4))
    with pytest.raises(ValueError, match="^k "):
        cache.append(0, torch.zeros(1, 1, 1, 4), torch.zeros(1, 1, 1, 4))
    with pytest.raises(ValueError, match="^v "):
        cache.append(0, torch.zeros(1, 2, 1, 4), torch.zeros(1, 2, 2, 4))


@pytest.mark.parametrize("name", ["n_layers", "n_kv_heads", "d_h", "capacity", "batch"])
def test_every_size_must_be_positive(name):
    sizes = {"n_layers": 1, "n_kv_heads": 1, "d_h": 2, "capacity": 3, "batch": 1, name: 0}
    with pytest.raises(ValueError, match=f"^{name} .*得到 0"):
        KVCache(**sizes)


@pytest.mark.parametrize(
    ("ids", "n_new", "said"),
    [
        (torch.tensor([[1, 2]]), 0, "^n_new .*得到 0"),
        (torch.tensor([1, 2]), 1, r"^ids .*形状 \(2,\)"),
        (torch.zeros(1, 0, dtype=torch.long), 1, r"^ids .*形状 \(1, 0\)"),
        ("你好", 1, "^ids .*str"),
        (torch.ones(1, 9, dtype=torch.long), 4, "提示 9 个词元加 n_new = 4 超出了 context = 12"),
    ],
)
def test_prompts_that_cannot_be_continued_are_refused(ids, n_new, said):
    with pytest.raises(ValueError, match=said):
        generate(Counter(), ids, n_new)


def test_exactly_the_context_is_allowed():
    assert generate(Counter(), torch.ones(1, 9, dtype=torch.long), 3).shape == (1, 12)
