"""绿表水印：手算的例子、哈希的对照与均匀、倾斜的极限、生成的可重现与绿字比例、报错。"""

import math

import pytest
import torch

from labs.architecture.fused_lm import FusedLM
from labs.architecture.transformer_lm import LMConfig, TransformerLM
from labs.safety.watermark import Watermark, code_points, generate, is_green, limit, mix, pair_hash, tilt, times
from labs.tiny_lm.corpus import Vocabulary

P = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64)
GREEN = torch.tensor([False, True, False, True, False])


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    vocabulary = Vocabulary("\n" + "山水云月风花雪夜春秋江海日星天")
    return FusedLM(TransformerLM(LMConfig(16, 40, 1, 16, 2, 2, 32)).eval()), vocabulary


def test_the_five_word_example_of_the_page():
    tilted = tilt(P, GREEN, 2)
    assert round(tilted[GREEN].sum().item(), 3) == 0.831
    assert [round(x, 3) for x in tilted.tolist()] == [0.112, 0.623, 0.042, 0.208, 0.014]
    ratio = tilted / P
    assert ratio[1] / ratio[0] == pytest.approx(math.exp(2)) and ratio[1] == pytest.approx(ratio[3])


def test_tilting_agrees_with_adding_delta_to_the_scores():
    scores = torch.randn(4, 9, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    green = torch.rand(4, 9, generator=torch.Generator().manual_seed(2)) < 0.3
    torch.testing.assert_close(tilt(scores.softmax(-1), green, 1.7), (scores + 1.7 * green).softmax(-1))


def test_the_limits_of_the_tilt():
    torch.testing.assert_close(tilt(P, GREEN, 0), P)
    for mask in (torch.ones(5, dtype=torch.bool), torch.zeros(5, dtype=torch.bool)):
        torch.testing.assert_close(tilt(P, mask, 5), P)
    sure = torch.tensor([1.0, 0, 0, 0, 0])
    assert torch.equal(tilt(sure, GREEN, 50), sure)  # 没有别的字可选，水印放不进去


def test_times_and_mix_agree_with_whole_integers_and_known_values():
    for a in (0, 1, 0xDEADBEEF, 2**32 - 1):
        for b in (0x85EBCA6B, 0xC2B2AE35, 0x9E3779B1):
            assert times(a, b) == a * b % 2**32
    assert mix(0) == 0 and mix(1) == 0x514E28B7 and mix(2**32 - 1) == 0x81F16F39  # MurmurHash3 收尾的公开验算值
    assert len({mix(x) for x in range(5000)}) == 5000


def test_integers_and_tensors_give_the_same_hash():
    points = torch.tensor([10, 23665, 0x1F600, 0x10FFFF])
    table = pair_hash(2**32 - 1, points[:, None], points)
    assert table.tolist() == [[pair_hash(2**32 - 1, a, b) for b in points.tolist()] for a in points.tolist()]


@pytest.mark.parametrize("gamma", [0.1, 0.25, 0.5, 0.9])
def test_the_green_share_is_gamma_whatever_varies(gamma):
    for hashes in (
        pair_hash(7, torch.arange(200)[:, None], torch.arange(300)),
        pair_hash(7, torch.arange(19968, 20168)[:, None], torch.arange(19968, 20268)),
    ):
        share = (hashes < limit(gamma)).double()
        assert share.mean().item() == pytest.approx(gamma, abs=0.01)
        assert share.mean(1).var().item() == pytest.approx(gamma * (1 - gamma) / 300, rel=0.35)  # 各行像独立地掷
    keys = [is_green(key, "山", "水", gamma) for key in range(4000)]
    assert sum(keys) / 4000 == pytest.approx(gamma, abs=0.035)


def test_the_limit_is_the_same_as_comparing_real_numbers():
    for gamma in (0.1, 1 / 3, 0.5, 1e-9):
        edge = limit(gamma)
        assert edge - 1 < gamma * 2**32 <= edge


def test_the_order_of_the_pair_matters():
    assert pair_hash(1, 2, 3) != pair_hash(1, 3, 2) and pair_hash(1, 2, 3) != pair_hash(2, 2, 3)


def test_generation_is_repeatable_and_green(tiny):
    writer, vocabulary = tiny
    mark = Watermark(5, 0.5, 3)
    one = generate(writer, vocabulary, mark, 30, 39, seed=4)
    assert one == generate(writer, vocabulary, mark, 30, 39, seed=4) != generate(writer, vocabulary, mark, 30, 39, seed=5)
    assert len(one) == 30 and {len(text) for text in one} == {39}
    pairs = [pair for text in one for pair in zip("\n" + text, text, strict=False)]  # 第一个字的前面是换行
    share = sum(is_green(5, a, b, 0.5) for a, b in pairs) / len(pairs)
    assert 0.8 < share < 0.98
    plain = generate(writer, vocabulary, None, 30, 39, seed=4)
    assert plain == generate(writer, vocabulary, Watermark(5, 0.5, 0), 30, 39, seed=4)  # δ = 0 就是不加


def test_every_first_character_is_tilted_too(tiny):
    writer, vocabulary = tiny
    firsts = generate(writer, vocabulary, Watermark(5, 0.5, 50), 40, 1)
    assert all(is_green(5, "\n", char, 0.5) for char in firsts)


def test_code_points(tiny):
    assert code_points(tiny[1])[:2].tolist() == [10, ord("山")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Watermark(-1), "^key 应为不小于 0 的整数，得到 -1"),
        (lambda: Watermark(2**32), "^key 应小于 2³²"),
        (lambda: Watermark(1, 0), "^gamma 应大于 0、小于 1，得到 0"),
        (lambda: Watermark(1, 1), "^gamma 应"),
        (lambda: Watermark(1, math.nan), "^gamma 应"),
        (lambda: Watermark(1, 0.5, -0.1), "^delta 应在 0 与 50 之间，得到 -0.1"),
        (lambda: Watermark(1, 0.5, 51), "^delta 应"),
        (lambda: Watermark(1, 0.5, math.nan), "^delta 应"),
        (lambda: tilt(P * 2, GREEN, 1), "^p 沿最后一维的和应为 1"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_too_long_or_empty_is_rejected(tiny):
    with pytest.raises(ValueError, match="超出了 context = 40"):
        generate(*tiny, None, 1, 40)
    with pytest.raises(ValueError, match="^batch 应为"):
        generate(*tiny, None, 0, 3)
