"""上评测台：手算的均匀猜测、与 surprisals 对账、换行只补一次、坏输入。"""

import math

import pytest
import torch

from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import Vocabulary
from labs.tiny_lm.evaluation import surprisals
from labs.tiny_lm.scorer import Scorer


@pytest.fixture(scope="module")
def loaded():
    return load()


def test_uniform_by_hand():
    scorer = Scorer(lambda ids: torch.zeros(*ids.shape, 4), Vocabulary("\n。山月"))
    assert scorer.logprob("山", "月。") == pytest.approx(2 * math.log(1 / 4))
    assert scorer.logprob("", "月") == pytest.approx(math.log(1 / 4))
    assert scorer.logprob("山", "") == 0


def test_the_right_character_at_the_right_place():
    """分数只把上一个字的编号加一当作可能：山（2）之后必是月（3）。"""

    def successor(ids):
        return 50.0 * torch.nn.functional.one_hot((ids + 1) % 4, 4)

    scorer = Scorer(successor, Vocabulary("\n。山月"))
    assert scorer.logprob("山", "月") == pytest.approx(0, abs=1e-6)
    assert scorer.logprob("山", "。") == pytest.approx(-50)


def test_agrees_with_surprisals(loaded):
    model, vocabulary = loaded
    poem = "一宿南山好，闲吟古寺高。"
    nats = surprisals(model, vocabulary, [poem])[0]
    scorer = Scorer(model, vocabulary)
    assert scorer.logprob(poem[:6], poem[6:]) == pytest.approx(-nats[6:-1].sum().item(), rel=1e-4)
    assert scorer.logprob("\n" + poem[:6], poem[6:]) == scorer.logprob(poem[:6], poem[6:])
    parts = scorer.logprob("", poem[:6]) + scorer.logprob(poem[:6], poem[6:])
    assert scorer.logprob("", poem) == pytest.approx(parts, rel=1e-5)  # 链式法则


def test_bad_input(loaded):
    scorer = Scorer(*loaded)
    with pytest.raises(ValueError, match="词表"):
        scorer.logprob("山", "A")
    with pytest.raises(ValueError, match="context"):
        scorer.logprob("山" * 72, "月")
