"""语言模型：参数量、因果、缓存、共享词嵌入、深度与长度、坏输入；对照 transformers 在 test_llama_weights.py。"""

import pytest
import torch

from labs.architecture.causality import sees_future
from labs.architecture.decoding import generate
from labs.architecture.transformer_lm import LMConfig, TransformerLM

SMALL = {"vocab_size": 11, "context": 9, "n_layers": 2, "d_model": 8, "n_heads": 4, "n_kv_heads": 2, "d_ff": 12}


def model(seed=0, **changes):
    """所有参数重新抽取，增益也不例外：初值全 1 会掩盖用错增益的错误。"""
    made = TransformerLM(LMConfig(**{**SMALL, **changes}))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.5, generator=generator)
    return made


def some_ids(*shape, vocab=11):
    return torch.randint(0, vocab, shape, generator=torch.Generator().manual_seed(1))


def n_parameters(made):
    return sum(parameter.numel() for parameter in made.parameters())


def test_the_parameters_counted_by_hand():
    assert n_parameters(model(tied=False)) == 1176
    assert n_parameters(model(tied=True)) == 1176 - 88


@pytest.mark.parametrize("n_layers", [1, 2, 5])
def test_any_depth_any_length_up_to_the_context(n_layers):
    made = model(n_layers=n_layers)
    for T in (1, 4, 9):
        assert made(some_ids(2, T)).shape == (2, T, 11)
    assert len(made.residual_stream(some_ids(1, 3))) == n_layers + 1


def test_a_short_input_is_the_beginning_of_a_long_one():
    made, ids = model(), some_ids(2, 9)
    torch.testing.assert_close(made(ids[:, :5]), made(ids)[:, :5], rtol=0, atol=1e-5)


def test_no_position_sees_the_future():
    made = model()
    with torch.no_grad():
        table = made.embedding.weight.clone()

    def run(x):
        """把向量当作词嵌入送进去：sees_future 要求浮点输入。"""
        cos, sin = made.cos[: x.shape[1]], made.sin[: x.shape[1]]
        mask = torch.ones(x.shape[1], x.shape[1]).tril().bool()
        for block in made.blocks:
            x = block(x, cos, sin, mask)
        return made.unembed(made.final_norm(x))

    assert not sees_future(run, table[some_ids(1, 6)])
    ids = some_ids(1, 6)
    changed = ids.clone()
    changed[0, 4] = (ids[0, 4] + 1) % 11
    before, after = made(ids), made(changed)
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().amax(-1).min() > 1e-6  # 此后每一行都变


@pytest.mark.parametrize("first", [1, 4, 8])
def test_the_cache_changes_nothing(first):
    made, ids = model(), some_ids(3, 9)
    cache = made.new_cache(3, 9)
    parts = [made(ids[:, :first], cache)] + [made(ids[:, i : i + 1], cache) for i in range(first, 9)]
    torch.testing.assert_close(torch.cat(parts, 1), made(ids), rtol=0, atol=1e-5)
    assert cache.length == 9


def test_a_prompt_may_arrive_in_pieces():
    made, ids = model(), some_ids(1, 9)
    cache = made.new_cache(1, 9)
    parts = [made(part, cache) for part in ids.split([2, 4, 3], dim=1)]
    torch.testing.assert_close(torch.cat(parts, 1), made(ids), rtol=0, atol=1e-5)


def test_generation_with_and_without_the_cache():
    made, prompt = model(), some_ids(2, 3)
    text = generate(made, prompt, 6)
    assert text.shape == (2, 9) and torch.equal(text[:, :3], prompt)
    assert torch.equal(text, generate(made, prompt, 6, cached=False))
    for end in range(3, 9):  # 每个新词元都是那一步分数最大的
        assert torch.equal(made(text[:, :end])[:, -1].argmax(-1), text[:, end])


def test_tied_weights_are_one_tensor_with_one_gradient():
    made = model(tied=True)
    assert made.unembed.weight is made.embedding.weight
    made(some_ids(1, 4)).sum().backward()
    apart = model(tied=False)
    apart.load_state_dict(made.state_dict())
    apart(some_ids(1, 4)).sum().backward()
    both = apart.embedding.weight.grad + apart.unembed.weight.grad
    torch.testing.assert_close(made.embedding.weight.grad, both, rtol=1e-4, atol=1e-5)


def test_the_order_of_words_matters():
    made, ids = model(n_layers=1), torch.tensor([[1, 2, 3]])
    swapped = torch.tensor([[2, 1, 3]])
    assert (made(ids)[:, -1] - made(swapped)[:, -1]).abs().max() > 1e-4


def test_the_tables_of_angles_are_not_saved():
    assert not {"cos", "sin"} & set(model().state_dict())


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (torch.tensor([[0, 11]]), "^ids .*得到 11"),
        (torch.tensor([0, 1]), r"^ids .*\(2,\)"),
        (torch.zeros(1, 10, dtype=torch.long), "context = 9，已读 0 个，再读 10 个"),
        (torch.zeros(1, 0, dtype=torch.long), "^ids "),
    ],
)
def test_bad_ids_are_refused(ids, said):
    with pytest.raises(ValueError, match=said):
        model()(ids)


def test_a_cache_past_the_context_is_refused_before_anything_is_written():
    made = model()
    cache = made.new_cache(1, 20)
    made(some_ids(1, 8), cache)
    kept = cache.keys.clone()
    with pytest.raises(ValueError, match="已读 8 个，再读 2 个"):
        made(some_ids(1, 2), cache)
    assert torch.equal(cache.keys, kept) and cache.length == 8


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"n_layers": 0}, "^n_layers .*得到 0"),
        ({"vocab_size": True}, "^vocab_size"),
        ({"n_heads": 3}, "^d_model .*n_heads = 3"),
        ({"n_kv_heads": 3}, "^n_heads .*n_kv_heads = 3"),
        ({"n_heads": 8, "n_kv_heads": 8}, "^d_h "),
        ({"rope_base": 1.0}, "^base "),
        ({"eps": 0.0}, "^eps "),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        model(**changes)
