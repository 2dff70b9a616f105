"""留出的损失：手算的均匀模型、已知概率的模型、补齐不改变任何数、坏输入。"""

import math

import pytest
import torch

from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.tiny_lm.corpus import Vocabulary
from labs.tiny_lm.evaluation import Loss, evaluate, surprisals
from labs.tiny_lm.training import initialize

FOUR = Vocabulary("\n。山月")


def uniform(ids):
    return torch.zeros(*ids.shape, 4)


def bigram(ids):
    """山后面必是月（p = 0.97），其余照均匀。"""
    scores = torch.zeros(*ids.shape, 4)
    scores[ids == 2] = torch.tensor([0.01, 0.01, 0.01, 0.97]).log()
    return scores


def test_a_uniform_guess_by_hand():
    found = evaluate(uniform, FOUR, ["山。"])
    assert (found.poems, found.chars, found.bytes) == (1, 3, 7)
    assert found.nats_per_char == pytest.approx(math.log(4))
    assert found.bits_per_byte == pytest.approx(6 / 7)


def test_known_probabilities():
    [line] = surprisals(bigram, FOUR, ["山月。"])
    quarter = math.log(4)
    torch.testing.assert_close(line, torch.tensor([quarter, -math.log(0.97), quarter, quarter]))
    assert evaluate(bigram, FOUR, ["山月。", "山。"]).nats == pytest.approx(5 * quarter - math.log(0.97) - math.log(0.01))


def test_the_average_is_over_characters_not_poems():
    found = Loss(nats=6.0, poems=2, chars=4, bytes=10)
    assert found.nats_per_char == 1.5 and found.bits_per_byte == pytest.approx(0.6 / math.log(2))


def test_padding_changes_nothing():
    config = LMConfig(vocab_size=4, context=9, n_layers=2, d_model=8, n_heads=2, n_kv_heads=2, d_ff=8)
    model = initialize(TransformerLM(config), torch.Generator().manual_seed(0))
    poems = ["山", "月山月山月山。", "。月", "山山山"]
    together = surprisals(model, FOUR, poems)
    assert [len(line) for line in together] == [2, 8, 3, 4]
    for line, poem in zip(together, poems, strict=True):
        [alone] = surprisals(model, FOUR, [poem])
        torch.testing.assert_close(line, alone, rtol=0, atol=1e-5)
    for small, line in zip(surprisals(model, FOUR, poems, batch=3), together, strict=True):
        torch.testing.assert_close(small, line, rtol=0, atol=1e-5)
    assert not together[0].requires_grad


@pytest.mark.parametrize(("poems", "said"), [([], "^poems "), (["山水"], "不含 '水'")])
def test_bad_poems(poems, said):
    with pytest.raises(ValueError, match=said):
        evaluate(uniform, FOUR, poems)


def test_a_poem_longer_than_the_context():
    config = LMConfig(vocab_size=4, context=3, n_layers=1, d_model=4, n_heads=1, n_kv_heads=1, d_ff=4)
    with pytest.raises(ValueError, match="context = 3"):
        evaluate(TransformerLM(config), FOUR, ["山山山"])
