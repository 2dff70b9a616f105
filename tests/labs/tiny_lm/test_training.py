"""训练：手算的学习率、初始的损失、谁归哪个优化器、损失下降、逐位可重复、停下再接着走、真的配方。"""

import math

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.tiny_lm.corpus import Vocabulary, load_corpus, stream
from labs.tiny_lm.muon import Muon
from labs.tiny_lm.training import CONFIG, Trainer, initialize, muon_and_adamw, split_parameters, train, wsd

SMALL = LMConfig(vocab_size=12, context=9, n_layers=2, d_model=16, n_heads=2, n_kv_heads=1, d_ff=24)
POEMS = ["山高月小。", "水落石出。", "月出山小。", "水高石落。"]
VOCABULARY = Vocabulary.count(POEMS, 12)


def run(steps=30, **options):
    return train(SMALL, steps, options.pop("seed", 0), stream(VOCABULARY, POEMS * 9), **{"batch": 8, "warmup": 3, **options})


def test_the_learning_rate_by_hand():
    rates = [wsd(step, 100, warmup=10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[4] == pytest.approx(0.5)
    assert rates[9:50] == [1.0] * 41
    assert rates[50] == pytest.approx(1.0) and rates[51] == pytest.approx(0.98) and rates[75] == pytest.approx(0.5)
    assert rates[98] == pytest.approx(0.04) and rates[99] == pytest.approx(0.02)
    assert wsd(999, 1000) == 0.02  # 降到 0.02 为止
    assert wsd(0, 1000) == pytest.approx(1 / 60)


def test_the_trainer_follows_that_schedule():
    trainer = Trainer(SMALL, stream(VOCABULARY, POEMS * 9), steps=10, batch=2, warmup=2)
    seen = []
    for _ in range(10):
        trainer.step()
        seen.append([group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups])
    assert seen == [[pytest.approx(0.02 * wsd(step, 10, 2)), pytest.approx(0.004 * wsd(step, 10, 2))] for step in range(10)]


def test_the_matrices_go_to_muon_and_the_rest_to_adamw():
    model = TransformerLM(CONFIG)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    matrices, rest = ([names[id(p)] for p in part] for part in split_parameters(model))
    assert len(matrices) == 4 * 7 and all(name.split(".")[3].startswith("W_") for name in matrices)
    assert rest == ["embedding.weight"] + [
        f"blocks.{i}.{name}.gain" for i in range(4) for name in ("attention_norm", "feed_forward_norm")
    ] + ["final_norm.gain"]
    muon, adamw = muon_and_adamw(model, lr=1e-3)
    assert isinstance(muon, Muon) and isinstance(adamw, torch.optim.AdamW)
    assert muon.param_groups[0]["lr"] == pytest.approx(5e-3) and adamw.param_groups[0]["lr"] == 1e-3
    assert [len(optimizer.param_groups[0]["params"]) for optimizer in (muon, adamw)] == [28, 10]
    assert [optimizer.param_groups[0]["weight_decay"] for optimizer in (muon, adamw)] == [0.1, 0.1]
    assert adamw.param_groups[0]["betas"] == (0.9, 0.95)


def test_untied_output_goes_to_adamw():
    model = TransformerLM(LMConfig(**{**vars(SMALL), "tied": False}))
    _, rest = split_parameters(model)
    assert any(parameter is model.unembed.weight for parameter in rest)


def test_initial_values():
    model = initialize(TransformerLM(CONFIG), torch.Generator().manual_seed(0))
    assert sum(parameter.numel() for parameter in model.parameters()) == 1_197_184
    for name, parameter in model.named_parameters():
        if name.endswith("gain"):
            assert (parameter == 1).all()
        else:
            small = name.endswith(("W_o.weight", "W_2.weight"))
            assert parameter.std().item() == pytest.approx(0.02 / math.sqrt(8) if small else 0.02, rel=0.03)
    again = initialize(TransformerLM(CONFIG), torch.Generator().manual_seed(0))
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_at_first_every_character_is_as_likely():
    model = initialize(TransformerLM(CONFIG), torch.Generator().manual_seed(0))
    ids = torch.randint(0, 3072, (4, 73), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).item()
    assert loss == pytest.approx(math.log(3072), abs=0.05)


def test_the_loss_falls_and_the_run_repeats_bit_for_bit():
    first, second = run(), run()
    assert first.losses[0] == pytest.approx(math.log(12), abs=0.1)
    assert sum(first.losses[-5:]) / 5 < 0.75 * first.losses[0]
    assert first.losses == second.losses and len(first.losses) == 30
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True))
    assert run(seed=1).losses != first.losses


def test_the_first_loss_is_that_of_the_first_batch():
    """输入是前 context 个，答案是后 context 个。"""
    trainer = Trainer(SMALL, stream(VOCABULARY, POEMS * 9), steps=1, batch=3)
    position = trainer.generator.get_state()
    chosen = torch.randint(len(trainer.starts), (3,), generator=trainer.generator)
    trainer.generator.set_state(position)
    rows = torch.stack([trainer.ids[start : start + 10] for start in trainer.starts[chosen]])
    logits = trainer.model(rows[:, :9]).log_softmax(-1)
    by_hand = -logits.gather(2, rows[:, 1:, None]).mean().item()
    assert trainer.step() == pytest.approx(by_hand, abs=1e-5)


def test_stopping_and_going_on_changes_nothing(tmp_path):
    whole = run(steps=12)
    ids = stream(VOCABULARY, POEMS * 9)
    half = Trainer(SMALL, ids, 12, batch=8, warmup=3)
    for _ in range(5):
        half.step()
    torch.save(half.state(), tmp_path / "state.pt")
    rest = Trainer(SMALL, ids, 12, seed=99, batch=8, warmup=3)
    rest.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    while len(rest.losses) < 12:
        rest.step()
    assert rest.losses == whole.losses
    assert all(torch.equal(a, b) for a, b in zip(rest.model.parameters(), whole.model.parameters(), strict=True))


def test_the_gradient_is_clipped(monkeypatch):
    seen = []
    clip = torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda parameters, limit: seen.append(limit) or clip(parameters, limit))
    run(steps=2)
    assert seen == [1.0, 1.0]


def test_each_step_is_reported_and_other_optimizers_can_be_used():
    seen = []
    trainer = run(
        steps=4, on_step=lambda t: seen.append(len(t.losses)), optimizers=lambda model: [torch.optim.SGD(model.parameters(), lr=0.1)]
    )
    assert seen == [1, 2, 3, 4] and isinstance(trainer.optimizers[0], torch.optim.SGD)


@pytest.mark.parametrize("name", ["steps", "batch", "warmup"])
def test_sizes_must_be_positive(name):
    with pytest.raises(ValueError, match=f"^{name} .*得到 0"):
        Trainer(SMALL, stream(VOCABULARY, POEMS * 9), **{"steps": 1, name: 0})


def test_too_little_text():
    with pytest.raises(ValueError, match="没有一处"):
        train(SMALL, 1, ids=stream(VOCABULARY, POEMS[:1]))


def test_the_default_text_is_the_training_part_of_the_tang_poems():
    tiny = LMConfig(vocab_size=1500, context=72, n_layers=1, d_model=8, n_heads=1, n_kv_heads=1, d_ff=8)
    corpus = load_corpus(vocab_size=1500)
    assert torch.equal(train(tiny, 1, batch=1).ids, stream(corpus.vocabulary, corpus.train))


def test_the_real_recipe_starts_as_it_should():
    """真的大小、真的语料、小批次、20 步：学习率、初值、取批有一处变了，这个数就变。"""
    corpus = load_corpus()
    trainer = train(steps=20, ids=stream(corpus.vocabulary, corpus.train), batch=4, warmup=5)
    assert sum(trainer.losses[-5:]) / 5 == pytest.approx(6.6709, abs=0.001)
