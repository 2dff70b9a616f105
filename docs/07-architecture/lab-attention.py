# ---
# title: 缩放、归一化与掩码
# description: 三个小实验：得分不缩放会怎样，归一化放在哪里梯度更稳，漏掉因果掩码的模型为什么损失极低却写不成句。
# type: lab
# chapter: 7
# status: stable
# labs: [architecture.attention, architecture.causality, architecture.feed_forward, architecture.masks, architecture.transformer_block]
# tolerance: 0.02
# ---

# %% [markdown]
# # 缩放、归一化与掩码 { #attention-lab }
#
# 得分忘了除以 $\sqrt{d_h}$，归一化换了位置，掩码漏了一行：这三处写错，程序都照样跑，不报一个错。
# 下面各做一个实验，看后果落在哪里。
#
# 先写下你的猜测。
#
# 1. 头宽 64，得分不缩放。64 个与查询毫不相干的键里，最大的那个平均拿走多少权重？
# 2. 网络刚初始化。从 12 层加到 48 层，最后一层的梯度变大、变小，还是不变？前归一化与后归一化一样吗？
# 3. 漏掉因果掩码的模型，训练损失能降到多低？它写的句子有几成合语法？

# %%
import math
from itertools import product

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from labs.architecture.attention import softmax
from labs.architecture.causality import sees_future
from labs.architecture.feed_forward import FeedForward
from labs.architecture.masks import causal_mask
from labs.architecture.transformer_block import TransformerStack
from labs.common.results import save

torch.set_num_threads(1)  # 矩阵很小，多一个线程反而慢
torch.set_default_dtype(torch.float64)  # 双精度：换一台机器，舍入的差别不足以改变结果

# %% [markdown]
# ## 实验一：为什么除以根号 { #scaling }
#
# [推导](attention.md#scaling)说，独立的标准随机向量，内积的方差是 $d_h$。
# 于是取 500 个查询，每个配 64 把键，全部独立地从标准正态抽出，得分分别除以 1、$\sqrt{d_h}$ 和 $d_h$。
#
# 量四个数。
# 最大权重和熵说明一行权重有多集中：全平均时是 $1/64\approx0.016$ 和 $\ln 64\approx4.159$，全押一个时是 1 和 0。
# 另两个数看还学不学得动：让每把键带一个随机的值，用加权平均对查询求导，记下梯度的平均长度；
# 长度不到 0.01 的查询算“冻住”，记它们占几成。

# %%
N_QUERIES, N_KEYS = 500, 64
WIDTHS = [4, 16, 64, 256, 1024]
DIVISORS = {"raw": lambda d_h: 1.0, "scaled": math.sqrt, "by_width": float}


def concentration(d_h, divisor):
    generator = torch.Generator().manual_seed(d_h)
    q = torch.randn(N_QUERIES, 1, d_h, generator=generator).requires_grad_()
    k = torch.randn(N_QUERIES, N_KEYS, d_h, generator=generator)
    values = torch.randn(N_QUERIES, N_KEYS, generator=generator)
    weights = softmax((q @ k.mT).squeeze(1) / divisor(d_h))  # (500, 64)
    (weights * values).sum().backward()
    gradient = q.grad.flatten(1).norm(dim=-1)  # (500,)
    return {
        "max_weight": weights.amax(-1).mean().item(),
        "entropy": torch.special.entr(weights).sum(-1).mean().item(),
        "gradient": gradient.mean().item(),
        "frozen": (gradient < 0.01).double().mean().item(),
    }


scaling = {name: [concentration(d_h, divisor) for d_h in WIDTHS] for name, divisor in DIVISORS.items()}
for quantity in ("max_weight", "entropy", "gradient", "frozen"):
    print(f"{quantity:12}" + "".join(f"{f'd_h={d_h}':>10}" for d_h in WIDTHS))
    for name, row in scaling.items():
        print(f"{name:>12}" + "".join(f"{cell[quantity]:10.3f}" for cell in row))

# %% [markdown]
# 先看 `raw` 各行。
# 宽度每翻四倍，得分的标准差翻一倍，权重越来越像查表：到 64 维，最大的键已经拿走大半，尽管它与查询毫无关系。
# 梯度的平均长度不降反升，冻住的却越来越多，1,024 维时约占一半：少数查询碰巧有两把键打平，收到的梯度很大，其余的几乎收不到。
# 宽度只有 4 时一个也没有冻住：不缩放的毛病要头够宽才发作。
#
# `scaled` 各行几乎是常数，这就是除以 $\sqrt{d_h}$ 的目的，[@fig:attention-scaling]画的是其中的最大权重。
# `by_width` 走到另一头：得分的标准差是 $1/\sqrt{d_h}$，越宽越平，注意力退化成求平均，查询的梯度也一路变小，到 256 维几乎全数冻住。
#
# 这里的查询和键互相独立，只有刚初始化的模型接近这个样子；训练之后得分会长到多大，这个实验不知道。

# %%
raw, scaled = ([cell["max_weight"] for cell in scaling[name]] for name in ("raw", "scaled"))
assert raw == sorted(raw) and raw[2] > 0.5
assert max(scaled) - min(scaled) < 0.02

# %% [markdown]
# ## 实验二：归一化放在哪里 { #norm-placement }
#
# Xiong 等人给出了刚初始化时最后一层前馈梯度的上界：后归一化的与层数 $L$ 无关，前归一化的按 $1/\sqrt L$ 变小 [@xiong2020layer, 定理 1]。
# 上界只说最多有多大，实际怎样要测。
# 照他们的条件搭网络：前馈用 ReLU，$d_{ff}=d$，权重用 Xavier 初始化；不同的是我们用 RMSNorm、四个头和因果掩码，查询与键的权重也不置零。
# 输入是随机向量，目标是 100 个类别里的随机一个，每种设置取 4 个种子的平均。

# %%
D_MODEL, N_HEADS, T, N_CLASSES, N_SEEDS = 64, 4, 32, 100, 4


def initialise(model, generator):
    """Xavier：方差 2 / (输入 + 输出)。"""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=math.sqrt(2 / sum(parameter.shape)), generator=generator)


def measure(n_layers, post_norm, gated=False):
    """各层 W_2 的梯度长度，以及残差流在入口和各层之后的均方根；都是几个种子的平均。"""
    gradients, sizes = [], []
    for seed in range(N_SEEDS):
        generator = torch.Generator().manual_seed(seed)
        stack = TransformerStack(n_layers, D_MODEL, N_HEADS, D_MODEL, post_norm)
        for block in stack.blocks:
            if not gated:
                block.feed_forward = FeedForward(D_MODEL, D_MODEL, "relu")
        readout = nn.Linear(D_MODEL, N_CLASSES, bias=False)
        initialise(stack, generator)
        initialise(readout, generator)
        x = torch.randn(4, T, D_MODEL, generator=generator)
        target = torch.randint(N_CLASSES, (4, T), generator=generator)
        stream = stack.residual_stream(x, causal_mask(T))
        logits = readout(stack.final_norm(stream[-1]))  # (4, T, 100)
        cross_entropy(logits.flatten(0, 1), target.flatten()).backward()
        gradients.append([block.feed_forward.W_2.weight.grad.norm().item() for block in stack.blocks])
        sizes.append([x.square().mean().sqrt().item() for x in stream])
    return torch.tensor(gradients).mean(0).tolist(), torch.tensor(sizes).mean(0).tolist()


DEPTHS = [3, 6, 12, 24, 48]
PLACES = {"pre": False, "post": True}
by_depth = {place: [measure(n, post_norm) for n in DEPTHS] for place, post_norm in PLACES.items()}
last_gradient = {place: [gradients[-1] for gradients, _ in runs] for place, runs in by_depth.items()}
print("最后一层的梯度\n  L     前归一化   后归一化")
for n, pre, post in zip(DEPTHS, last_gradient["pre"], last_gradient["post"], strict=True):
    print(f"{n:3}   {pre:9.3f}  {post:9.3f}")

# %% [markdown]
# 前归一化一列，层数翻四倍，梯度大约减半，与 $1/\sqrt L$ 相符。
# 后归一化一列先略升，然后停住，不随层数下降；到 24 层已是前归一化的好几倍。
# 学习率若按浅的网络定，套到深的后归一化网络上，靠近输出的几层第一步就可能迈得太大。
# 这是热身（warmup）的一条理由。
#
# $1/\sqrt L$ 来自残差流：前归一化的残差流只加不除，方差随层数线性增长，最后的归一化要除以它的均方根，梯度也跟着除。
# 这也可以测。
# 那篇论文在没有掩码、注意力均匀时推得，第 $l$ 层之后的均方根在 $\sqrt{1+l/2}$ 与 $\sqrt{1+3l/2}$ 之间 [@xiong2020layer, 引理 2]。

# %%
DEEP = DEPTHS.index(24)
relu_24 = {place: by_depth[place][DEEP] for place in PLACES}
print("残差流的均方根，24 层\n  l     前归一化   后归一化    引理 2 的区间")
for layer in (6, 12, 18, 24):
    low, high = math.sqrt(1 + layer / 2), math.sqrt(1 + 1.5 * layer)
    pre, post = (relu_24[place][1][layer] for place in PLACES)
    print(f"{layer:3}   {pre:9.3f}  {post:9.3f}    {low:.3f} – {high:.3f}")

# %% [markdown]
# 前归一化的残差流落在区间里，后归一化的每层都被拉回 1。
#
# 定理只说最后一层；中间各层，论文只给了初步的分析和 6 层的测量。
# 顺手把前馈换成今天常用的 SwiGLU，再看一遍。

# %%
swiglu_24 = {place: measure(24, post_norm, gated=True) for place, post_norm in PLACES.items()}
SHOWN = [1, 6, 12, 18, 24]
print("各层的梯度，24 层" + "".join(f"{layer:>8}" for layer in SHOWN))
for name, runs in (("ReLU", relu_24), ("SwiGLU", swiglu_24)):
    for place in PLACES:
        cells = "".join(f"{runs[place][0][layer - 1]:8.3f}" for layer in SHOWN)
        print(f"{name + ' ' + place:17}{cells}")

# %% [markdown]
# 四行的最后一列，还是后归一化大，换了前馈也一样。
# 往下走就不能一概而论。
# 后归一化配 ReLU，各层相差不大；配 SwiGLU，越靠近输入梯度越大，与论文在 ReLU 上的初步分析（越往下越小）方向相反。
# 前归一化两次都是低层大于高层，不如论文说的“各层大致相等”那么整齐。
# 可见中间各层的走向随前馈的形式而变；这里只有一种宽度、一种初始化，不作推广。

# %%
pre, post = last_gradient["pre"], last_gradient["post"]
assert 1.6 < pre[2] / pre[4] < 2.4  # 12 → 48 层，减半
assert min(post) == post[0] and post[DEEP] > 3 * pre[DEEP]
assert swiglu_24["post"][0][-1] > 3 * swiglu_24["pre"][0][-1]
assert all(
    math.sqrt(1 + n / 2) < size < math.sqrt(1 + 1.5 * n) for n, size in enumerate(relu_24["pre"][1]) if n > 0
)

# %% [markdown]
# ## 实验三：漏掉掩码 { #missing-mask }
#
# 要判断一个损失“低得不可能”，先得知道可能的最低是多少。
# 所以用一个自己写的小语法造句：时间、谁、地点、做什么，各四个词，任选一个。
# 一共 $4^4=256$ 句，等可能，每句 10 个字。
# 不偷看的模型再好，也只能把 $\ln 256$ 奈特的不确定摊到 10 个字上，每字不可能低于 $\ln256/10\approx0.5545$ 奈特。

# %%
SLOTS = ["早上 中午 傍晚 夜里", "小猫 小狗 老马 黄牛", "河边 山上 院里 桥下", "睡觉 喝水 吃草 散步"]
SENTENCES = ["{}{}在{}{}。".format(*words) for words in product(*(slot.split() for slot in SLOTS))]
VOCABULARY = ["句首", *sorted(set("".join(SENTENCES)))]
IDS = torch.tensor([[0, *map(VOCABULARY.index, sentence)] for sentence in SENTENCES])  # (256, 11)
FLOOR = math.log(len(SENTENCES)) / 10
print(f"{len(SENTENCES)} 句，{len(VOCABULARY)} 个词元，如“{SENTENCES[57]}”，下限 {FLOOR:.4f} 奈特/字")

# %% [markdown]
# 模型是两块 Transformer，外加每个位置一个可学的向量，好让它知道自己在第几个字（[位置信息](index.md#map)是后面一节的事）。
# 两个模型只差一处：`causal` 为假时不传掩码。


# %%
class TinyLM(nn.Module):
    def __init__(self, causal, generator):
        super().__init__()
        self.causal = causal
        self.word = nn.Embedding(len(VOCABULARY), 32)
        self.position = nn.Embedding(10, 32)
        self.stack = TransformerStack(n_layers=2, d_model=32, n_heads=2, d_ff=64)
        self.readout = nn.Linear(32, len(VOCABULARY), bias=False)
        initialise(self, generator)

    def mix(self, x):
        return self.stack(x, causal_mask(x.shape[1]) if self.causal else None)

    def forward(self, ids):
        x = self.word(ids) + self.position.weight[: ids.shape[1]]  # (B, T, 32)
        return self.readout(self.mix(x))  # (B, T, 词表大小)


def sample_sentences(n, generator):
    return IDS[torch.randint(len(IDS), (n,), generator=generator)]  # (n, 11)


def loss_on(model, ids):
    return cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())


def train(causal, n_steps=300):
    generator = torch.Generator().manual_seed(0)
    model = TinyLM(causal, generator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(n_steps):
        loss = loss_on(model, sample_sentences(32, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


models, curves = zip(*(train(causal) for causal in (True, False)), strict=True)
print("步数          有掩码   漏掉掩码")
for step in (1, 30, 100, 300):
    print(f"{step:4}      {curves[0][step - 1]:10.4f} {curves[1][step - 1]:10.4f}")

# %% [markdown]
# 有掩码的停在下限上方一点点。
# 漏掉掩码的一百步就穿过了下限，最后几乎是零：它越过了可能的最好成绩，这本身就是泄漏的证据。
# 可惜真实的文本没有人知道下限，多数人看到这样的曲线只会高兴。
#
# 也许验证集能揭穿它。
# 再用三种办法量一遍：新抽的句子照训练时的做法算损失；只把前缀交给模型，逐字算损失；让它从句首开始自己写，数合语法的句子。


# %%
@torch.no_grad()
def examine(model, losses):
    fresh = sample_sentences(512, torch.Generator().manual_seed(1))
    by_prefix = [cross_entropy(model(fresh[:, :t])[:, -1], fresh[:, t]) for t in range(1, 11)]
    generator = torch.Generator().manual_seed(2)
    ids = torch.zeros(200, 1, dtype=torch.long)  # 两百个句首
    for _ in range(10):
        next_ids = torch.multinomial(softmax(model(ids)[:, -1]), 1, generator=generator)
        ids = torch.cat([ids, next_ids], dim=1)
    written = ["".join(VOCABULARY[i] for i in row) for row in ids[:, 1:].tolist()]
    return {
        "train_loss": sum(losses[-50:]) / 50,
        "validation_loss": loss_on(model, fresh).item(),
        "prefix_loss": (sum(by_prefix) / 10).item(),
        "legal_rate": sum(sentence in SENTENCES for sentence in written) / len(written),
        "sample": written[0],
        "sees_future": sees_future(model.mix, torch.randn(1, 10, 32, generator=generator)),
    }


mask = {
    name: examine(*pair)
    for name, pair in zip(("causal", "missing"), zip(models, curves, strict=True), strict=True)
}
for key in mask["causal"]:
    cells = [f"{v:.3f}" if isinstance(v := row[key], float) else str(v) for row in mask.values()]
    print(f"{key:16} {cells[0]:>14} {cells[1]:>14}")

# %% [markdown]
# `validation_loss` 救不了人：新句子也是连同答案一起交给模型的，验证时照样偷看。
# 换成只给前缀（`prefix_loss`），漏掉掩码的模型立刻露馅，比下限差好几倍；写出来的字都在词表里，却不成句。
# 它学到的是“照抄右边那个字”，生成时右边没有字。
#
# 最后一行是[改后面、看前面](attention.md#masks)的检查：不用训练，不用数据，就指出哪个模型偷看。
# 把它放进测试里，比盯着损失曲线可靠。

# %%
assert mask["missing"]["train_loss"] < FLOOR / 10 < FLOOR < mask["causal"]["train_loss"]
assert mask["missing"]["validation_loss"] < FLOOR / 10
assert mask["missing"]["prefix_loss"] > 2 * FLOOR and mask["causal"]["prefix_loss"] < 1.1 * FLOOR
assert mask["causal"]["legal_rate"] > 0.9 and mask["missing"]["legal_rate"] < 0.1
assert mask["missing"]["sees_future"] and not mask["causal"]["sees_future"]

# %% [markdown]
# ## 记下来的数 { #results }
#
# 正文里引用的数都取自这一格写出的文件。
# 种子固定，一个 CPU 线程，双精度；相对误差的上限定为 2%，留给不同处理器上训练三百步之后的差别。

# %%
path = save(
    "attention-lab",
    values={
        "scaling": {
            "d_h": WIDTHS,
            "n_keys": N_KEYS,
            "max_weight": {name: [cell["max_weight"] for cell in row] for name, row in scaling.items()},
            "entropy": {name: [cell["entropy"] for cell in row] for name, row in scaling.items()},
            "gradient": {name: [cell["gradient"] for cell in row] for name, row in scaling.items()},
            "frozen": {name: [cell["frozen"] for cell in row] for name, row in scaling.items()},
            "at": {
                f"d{d_h}": {name: scaling[name][index] for name in scaling}
                for index, d_h in enumerate(WIDTHS)
            },
        },
        "norm": {
            "n_layers": DEPTHS,
            "last_gradient": last_gradient,
            "at_24": {"pre": pre[DEEP], "post": post[DEEP], "ratio": post[DEEP] / pre[DEEP]},
            "shrink_12_to_48": {"pre": pre[2] / pre[4], "post": post[2] / post[4]},
            "by_layer": {
                "relu": {place: relu_24[place][0] for place in PLACES},
                "swiglu": {place: swiglu_24[place][0] for place in PLACES},
            },
            "stream_rms": {place: relu_24[place][1] for place in PLACES},
        },
        "mask": {"floor": FLOOR, "n_steps": len(curves[0]), **mask},
    },
    tolerance={"mask.missing.legal_rate": 1},
)
print(path)
