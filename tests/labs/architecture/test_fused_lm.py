"""并过权重的副本：分数、缓存、生成都与原模型相同，且不改动原模型。"""

import pytest
import torch

from labs.architecture.decoding import generate
from labs.architecture.fused_lm import FusedLM
from tests.labs.architecture.test_transformer_lm import model, some_ids

TOLERANCE = 1e-5  # 增益先乘进矩阵，求和的次序变了，只差舍入


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
def test_the_logits_are_those_of_the_model(tied, n_kv_heads):
    made = model(tied=tied, n_kv_heads=n_kv_heads)
    kept = {name: tensor.clone() for name, tensor in made.state_dict().items()}
    ids = some_ids(3, 7)
    torch.testing.assert_close(FusedLM(made)(ids), made(ids), rtol=0, atol=TOLERANCE)
    assert all(torch.equal(kept[name], tensor) for name, tensor in made.state_dict().items())


@pytest.mark.parametrize("first", [1, 4])
def test_the_cache_changes_nothing(first):
    made, ids = model(), some_ids(2, 9)
    fused = FusedLM(made)
    cache = fused.new_cache(2, 9)
    parts = [fused(ids[:, :first], cache)] + [fused(ids[:, i : i + 1], cache) for i in range(first, 9)]
    torch.testing.assert_close(torch.cat(parts, 1), made(ids), rtol=0, atol=TOLERANCE)


def test_generation_is_the_same():
    made, prompt = model(), some_ids(2, 3)
    assert torch.equal(generate(FusedLM(made), prompt, 6), generate(made, prompt, 6))


def test_it_is_a_copy():
    made, ids = model(), some_ids(1, 4)
    fused = FusedLM(made)
    before = fused(ids)
    with torch.no_grad():
        made.blocks[0].attention.W_o.weight.zero_()
        made.blocks[0].feed_forward.W_2.weight.zero_()
    assert torch.equal(fused(ids), before)


def test_bad_ids_are_refused():
    with pytest.raises(ValueError, match="context = 9"):
        FusedLM(model())(some_ids(1, 10))
