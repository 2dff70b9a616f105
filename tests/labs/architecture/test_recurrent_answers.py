"""“从 n 元到循环网络”一节的练习与正文：数字在这里重算，并且必须出现在页面上。"""

import math

import torch
from torch import nn

from labs.architecture.gradient_flow import compare_cells
from labs.architecture.recurrent import parameters, rnn
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
PAGE, answer = CHAPTER.page("recurrent-networks"), CHAPTER.answer




def test_rnn_by_hand():
    text = answer("ex:rnn-by-hand")
    x, w = torch.tensor([1.0, 1, 0]).double().reshape(1, 3, 1), torch.full((1, 1), -0.5).double()
    h = rnn(x, torch.ones(1, 1).double(), w, torch.zeros(1).double()).flatten().tolist()
    factors = [-0.5 * (1 - v**2) for v in h[1:]]
    for number in (*h, *factors, math.prod(factors)):
        assert f"{number:.3f}" in text
    for steps, digits in ((100, 4), (1000, 5)):
        f = 0.1 ** (1 / steps)
        assert f"{f:.{digits}f}" in text and f"{math.log(f / (1 - f)):.2f}" in text


def test_linear_scan():
    """三步怎样加括号都一样；扫描的每一轮与老实走的状态相同，三轮之后 8 步全到。"""

    def join(first, second):
        return second[0] * first[0], second[0] * first[1] + second[1]

    steps = [(0.5, 1.0), (0.5, 3.0), (0.5, 2.0), (0.5, 4.0), (2.0, -1.0), (0.25, 0.0), (-1.0, 1.0), (0.5, 0.5)]
    assert join(join(*steps[:2]), steps[2]) == join(steps[0], join(*steps[1:3]))
    assert join(*steps[:2]) == (0.25, 3.5) and join(*steps[2:4]) == (0.25, 5.0)
    assert join((0.25, 3.5), (0.25, 5.0)) == (0.0625, 5.875)
    h, states = 0.0, []
    for a, b in steps:
        h = a * h + b
        states.append(h)
    assert states[:4] == [1, 3.5, 3.75, 5.875]
    held, rounds = list(steps), 0
    while 2**rounds < len(steps):
        held = [join(held[t - 2**rounds], held[t]) if t >= 2**rounds else held[t] for t in range(len(steps))]
        rounds += 1
    assert rounds == 3 and [b for _, b in held] == states
    assert held[-1][0] == math.prod(a for a, _ in steps)  # 系数仍是连乘


def test_state_versus_cache():
    text = answer("ex:state-versus-cache")
    state, token = 2 * 4096 * 2, 2 * 8 * 128 * 2
    assert (state // token, 8192 * token // state) == (4, 2048)
    assert all(f"{n:,}" in text for n in (state, token, 8192 * token, 8192 * token // state, state * 8))
    assert f"{math.floor(state * 8 / math.log2(128_256)):,}" in text and f"{math.log2(128_256):.2f}" in text


def test_parameters_in_the_table():
    for gates, kind in ((1, nn.RNN), (3, nn.GRU), (4, nn.LSTM)):
        torch_count = sum(p.numel() for p in kind(512, 512).parameters())
        assert f"|{parameters(512, 512, gates):,}|{torch_count:,}|" in PAGE


def test_table_sizes_on_the_page():
    assert all(f"|{394**k:,}|" in PAGE for k in range(1, 5))
    assert f"{50_257**4:.1e}" == "6.4e+18" and r"$6.4times10^{18}$" in PAGE
    assert f"{0.9**-100:,.0f}" == "37,649"


def test_the_measured_gradients_on_the_page():
    cells = compare_cells()

    def first_below(name):
        return next(t for t, norm in enumerate(cells[name], start=1) if norm < 1e-12)

    assert f"{first_below('lstm')}步之内" in PAGE and f"普通RNN是{first_below('rnn')}步" in PAGE
    others = [f"{compare_cells(seed)['lstm_open'][-1]:.0f}" for seed in (1, 2)]
    assert f"导数是{cells['lstm_open'][-1]:.0f}；换两个种子，是{others[0]}和{others[1]}。" in PAGE


def test_the_numbers_worked_by_hand_on_the_page():
    """一维的 RNN、LSTM、加性注意力，和四步扫描：正文印的每个数都重算一遍。"""
    states = [math.tanh(1)]
    for _ in range(2):
        states.append(math.tanh(0.5 * states[-1]))
    first, second = (0.5 * (1 - h**2) for h in states[1:])
    for number in (*states, first, second, first * second):
        assert f"{number:.3f}" in PAGE
    c = 0.9 * 2 + 0.5 * math.tanh(1)
    assert f"={c:.3f}," in PAGE and f"tanh({c:.3f})={0.5 * math.tanh(c):.3f}" in PAGE
    scores = [math.tanh(h) for h in (0, 1, 2)]
    weights = torch.tensor(scores).softmax(0).tolist()
    assert all(f"${number:.3f}$" in PAGE for number in (*scores[1:], *weights))
    assert f"approx{weights[1] + 2 * weights[2]:.3f}" in PAGE

    steps = [(0.5, 1.0), (0.5, 3.0), (0.5, 2.0), (0.5, 4.0)]
    pairs = [(b[0] * a[0], b[0] * a[1] + b[1]) for a, b in zip(steps[::2], steps[1::2], strict=True)]
    whole = (pairs[1][0] * pairs[0][0], pairs[1][0] * pairs[0][1] + pairs[1][1])
    assert all(f"{a:g}h+{b:g}" in PAGE for a, b in (*pairs, whole))
    h, walked = 0.0, []
    for a, b in steps:
        walked.append(h := a * h + b)
    assert ",".join(f"{h:g}" for h in walked) in PAGE and walked[-1] == whole[1]
