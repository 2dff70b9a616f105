"""“位置信息”一节的练习与正文：数字在这里重算，并且必须出现在页面上。"""

import math

import torch

from labs.architecture.context_extension import ntk_base, turns, yarn_temperature
from labs.architecture.relative_score import fit_scores, relative_score
from labs.architecture.rope import change_pairing, rope_frequencies, rotate
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
PAGE, answer = CHAPTER.page("positions"), CHAPTER.answer
QUARTER = torch.tensor([math.pi / 2], dtype=torch.float64)  # 一步四分之一圈
KEYS = torch.tensor([[2.0, 1], [2, 3], [0, 2]], dtype=torch.float64)




def test_rope_only_keys():
    text, query = answer("ex:rope-only-keys"), torch.tensor([0.0, 1], dtype=torch.float64)
    for start, scores in ((0, "1,2,-2"), (1, "2,-3,0")):
        turned = rotate(KEYS, torch.arange(start, start + 3), QUARTER).round()
        assert ",".join(f"{v:g}" for v in (turned @ query).tolist()) == scores and f"${scores}$" in text
        for key in turned.tolist():
            assert "(" + ",".join(f"{v + 0.0:g}" for v in key) + ")" in text


def test_rope_wavelength():
    text, theta = answer("ex:rope-wavelength"), rope_frequencies(64, 150_000)
    i = 32 * math.log(4096 / (2 * math.pi)) / math.log(150_000)
    assert f"{i:.2f}" in text and f"共{(turns(theta, 4096) < 1).sum()}对" in text
    base = ntk_base(150_000, 32, 64)
    assert f"{base / 1e6:.2f}times10^{{6}}" in text
    slower = (theta / rope_frequencies(64, base)).tolist()
    assert f"第16对{slower[16]:.2f}倍" in text and round(slower[0], 9) == 1 and round(slower[31], 9) == 32
    assert f"{yarn_temperature(32):.3f}" in text and f"{yarn_temperature(32) ** 2:.3f}" in text


def test_rope_pairing():
    text = answer("ex:rope-pairing")
    order = change_pairing(torch.arange(8.0)[None], "halves", "interleaved")[0].int().tolist()
    assert "(" + ",".join(map(str, order)) + ")" in text
    q = torch.tensor([[1.0, 2, 3, 4]])
    wrong = change_pairing(q, "halves", "interleaved")
    assert (q @ q.T).item() == 30 and (wrong @ q.T).item() == 29
    assert "=30$" in text and "=29$" in text


def test_the_line_stays_small_where_the_noise_explodes():
    """正文的论断：同样 1e-8 的岭，8,192 之内拟合直线不超过 1.2，拟合随机的点超过一百。"""
    theta, trained = rope_frequencies(128), torch.arange(2048).double()
    distances = torch.arange(8193).double()
    noise = torch.randn(2048, generator=torch.Generator().manual_seed(0)).double()
    line = relative_score(distances, theta, *fit_scores(trained, 1 - trained / 1024, theta, 1e-8))
    wild = relative_score(distances, theta, *fit_scores(trained, noise, theta, 1e-8))
    assert line.abs().max() < 1.2 and wild[:2048].abs().max() < 1.2 and wild.abs().max() > 100
    assert "不超过1.2" in PAGE and "超过一百" in PAGE


def test_how_far_a_float32_angle_is_off():
    """正文的论断：位置 131,071 处第 0 对的角度不错，第 1 对起错千分之几弧度；bfloat16 存不下这个位置。"""
    m, theta = torch.tensor(131_071.0), rope_frequencies(128)
    error = ((m * theta.float()).double() - 131_071 * theta).abs()
    assert error[0] == 0 and 1e-3 < error[1] < 5e-3
    assert torch.nextafter(m, torch.tensor(0.0)) == m - 1 / 128
    assert m.bfloat16().item() == 131_072
