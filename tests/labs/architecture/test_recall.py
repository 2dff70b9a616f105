"""联想回忆：数据合规定、模型因果、三种混合层、几步就能学会最小的题、出错。"""

import pytest
import torch
from torch.nn.functional import cross_entropy

from labs.architecture.delta_rule import recurrent_delta_rule
from labs.architecture.linear_attention import recurrent_linear_attention
from labs.architecture.normalization import rms_norm
from labs.architecture.recall import MIXERS, Mixer, RecallModel, accuracy, mqar


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def model(kind="delta", d_h=8):
    torch.manual_seed(0)
    return RecallModel(n_keys=8, n_values=4, d_model=16, d_h=d_h, kind=kind)


# ---- 数据 ----


@pytest.mark.parametrize("rewrite", [False, True])
def test_every_question_asks_a_written_key_and_the_last_value_counts(rewrite):
    ids, answers = mqar(50, 6, 8, 4, generator(), rewrite)
    n_questions = 3 if rewrite else 6
    assert ids.shape == (50, 12 + n_questions) and answers.shape == (50, n_questions)
    for row, wanted in zip(ids.tolist(), answers.tolist(), strict=True):
        memory = {}
        for key, value in zip(row[:12:2], row[1:12:2], strict=True):
            assert 0 <= key < 8 <= value < 12
            assert rewrite or key not in memory
            memory[key] = value - 8
        assert len(memory) == n_questions and sorted(memory) == sorted(row[12:])
        assert [memory[key] for key in row[12:]] == wanted


def test_rewriting_really_changes_values_and_the_order_differs():
    ids, _ = mqar(200, 8, 8, 4, generator(), rewrite=True)
    first, second = ids[:, :8].unflatten(1, (4, 2)), ids[:, 8:16].unflatten(1, (4, 2))
    assert (first[..., 0] != second[..., 0]).any()
    assert torch.equal(first[..., 0].sort().values, second[..., 0].sort().values)
    by_key = [pairs.gather(1, pairs[..., :1].argsort(1).expand(-1, -1, 2))[..., 1] for pairs in (first, second)]
    assert (by_key[0] != by_key[1]).double().mean() == pytest.approx(0.75, abs=0.06)  # 四个值，四分之一碰巧相同


def test_the_seed_fixes_the_data():
    for x, y in zip(mqar(5, 3, 8, 4, generator(3)), mqar(5, 3, 8, 4, generator(3)), strict=True):
        assert torch.equal(x, y)


# ---- 模型 ----


@pytest.mark.parametrize("kind", MIXERS)
def test_changing_the_future_leaves_the_past_unchanged(kind):
    net, (ids, _) = model(kind).double(), mqar(4, 5, 8, 4, generator())
    before = net(ids)
    ids[:, 9:] = (ids[:, 9:] + 1) % 12
    after = net(ids)
    assert before.shape == (4, 15, 4)
    torch.testing.assert_close(before[:, :9], after[:, :9], rtol=1e-9, atol=1e-9)
    assert not torch.isclose(before[:, 9:], after[:, 9:]).all()


@pytest.mark.parametrize("kind", ["linear", "delta"])
def test_the_mixer_is_the_convolution_followed_by_the_loop(kind):
    torch.manual_seed(0)
    mixer, x = Mixer(16, 8, kind).double(), torch.randn(2, 60, 16, generator=generator(), dtype=torch.float64)
    with torch.no_grad():
        mixer.current.normal_()
        mixer.previous.normal_()
    projected = mixer.W_qkv(x)
    left = torch.cat([torch.zeros_like(projected[:, :1]), projected[:, :-1]], dim=1)
    q, k, v = (mixer.current * projected + mixer.previous * left).chunk(3, dim=-1)
    q, k = (t / t.norm(dim=-1, keepdim=True) for t in (q, k))
    beta = torch.sigmoid(mixer.W_beta(x))[..., 0]
    mixed, _ = recurrent_linear_attention(q, k, v) if kind == "linear" else recurrent_delta_rule(q, k, v, beta)
    expected = mixer.W_o(rms_norm(mixed, mixer.norm.gain))
    torch.testing.assert_close(mixer(x), expected, rtol=1e-9, atol=1e-9)


def test_the_three_models_have_the_same_parameters():
    assert len({sum(p.numel() for p in model(kind).parameters()) for kind in MIXERS}) == 1


@pytest.mark.parametrize("kind", MIXERS)
def test_a_hundred_and_fifty_steps_learn_three_pairs(kind):
    net, g = model(kind, d_h=16), generator()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(150):
        ids, answers = mqar(64, 3, 8, 4, g)
        loss = cross_entropy(net(ids)[:, -3:].flatten(0, 1), answers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert accuracy(net, *mqar(256, 3, 8, 4, generator(1))) > 0.8  # 瞎猜是 0.25


def test_accuracy_counts_the_questions_only():
    ids, answers = mqar(20, 3, 8, 4, generator())

    class Oracle(torch.nn.Module):
        def forward(self, tokens):
            scores = torch.zeros(*tokens.shape, 4)
            scores[:, -3:] = torch.nn.functional.one_hot(answers, 4).float()
            return scores

    assert accuracy(Oracle(), ids, answers) == 1
    wrong = answers.clone()
    wrong[:, 0] = (wrong[:, 0] + 1) % 4
    assert accuracy(Oracle(), ids, wrong) == pytest.approx(2 / 3)


# ---- 出错 ----


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mqar(0, 3, 8, 4, generator()), "^batch 应为不小于 1"),
        (lambda: mqar(1, 3, 0, 4, generator()), "^n_keys 应为不小于 1"),
        (lambda: mqar(1, 3, 8, 0, generator()), "^n_values 应为不小于 1"),
        (lambda: mqar(1, 0, 8, 4, generator()), "^n_pairs 应为不小于 1"),
        (lambda: mqar(1, 9, 8, 4, generator()), "^n_pairs 应为至多 8 把.*得到 9"),
        (lambda: mqar(1, 3, 8, 4, generator(), rewrite=True), "^n_pairs 应为至多 8 把.*偶数；得到 3"),
        (lambda: mqar(1, 1, 8, 4, generator(), rewrite=True), "^n_pairs 应为不小于 2"),
        (lambda: Mixer(0, 8, "linear"), "^d_model 应为不小于 1"),
        (lambda: Mixer(8, 0, "linear"), "^d_h 应为不小于 1"),
        (lambda: Mixer(8, 8, "mamba"), "^kind 应为 softmax、linear、delta 之一，得到 'mamba'"),
        (lambda: Mixer(8, 8, "linear")(torch.zeros(2, 3, 7)), r"^x 应为形如 \(B, T, 8\)"),
        (lambda: RecallModel(0, 4, 8, 8, "linear"), "^n_keys 应为不小于 1"),
        (lambda: RecallModel(4, 0, 8, 8, "linear"), "^n_values 应为不小于 1"),
        (lambda: RecallModel(4, 4, 8, 8, "linear", 0), "^n_layers 应为不小于 1"),
    ],
)
def test_bad_arguments_are_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
