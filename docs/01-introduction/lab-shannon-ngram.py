# ---
# title: 香农游戏与 n 元模型
# description: 在《世界人权宣言》上训练字符 n 元模型，量每字比特数，玩香农游戏，与 zlib、lzma 比压缩；再到唐诗上同一个小神经网络比。
# type: lab
# chapter: 1
# status: stable
# labs: [common.udhr, introduction.arithmetic_coding, introduction.information, introduction.kneser_ney, introduction.sampling, introduction.shannon_game, introduction.text_codec, tiny_lm.checkpoint, tiny_lm.corpus, tiny_lm.evaluation]
# tolerance: 0.001
# ---

# %% [markdown]
# # 香农游戏与 n 元模型 { #shannon-lab }
#
# 一个汉字比一个英文字母难猜多少？
# 同一份宣言，中文本和英文本哪一份的信息更多？
# 只会数数的模型，压缩得过 lzma 吗？
#
# 先写下你的猜测。
#
# 1. 五元的字符模型，在没见过的英文上每个字母要几比特，在中文上每个字要几比特？
# 2. 把每个字的比特乘上字数，同样十条条文，中文总共比英文多几倍？
# 3. $n$ 从 1 加到 5，中文的每字比特会一直降吗？
# 4. 模型猜下一个英文字符，一次猜中的占几成？
# 5. 照同样的训练文本，五元模型与 lzma 谁压得小？
# 6. 换成两万首唐诗，同样的训练诗、同样的考题，120 万参数的网络每个字比最好的 n 元模型省几比特？

# %%
import gc
import lzma
import math
import zlib
from collections import Counter

import torch

from labs.common.results import save
from labs.common.udhr import sections
from labs.introduction.arithmetic_coding import decode, encode, ideal_bits
from labs.introduction.information import cross_entropy, entropy
from labs.introduction.kneser_ney import KneserNey
from labs.introduction.sampling import draw, next_token_distribution, temper, top_p
from labs.introduction.shannon_game import entropy_bounds, guess_ranks, guess_shares
from labs.introduction.text_codec import CODE_POINTS, compress, decompress, symbol_model, to_symbols
from labs.tiny_lm.checkpoint import FILE as WEIGHTS
from labs.tiny_lm.checkpoint import card, load
from labs.tiny_lm.corpus import BOUNDARY, load_corpus
from labs.tiny_lm.evaluation import evaluate

torch.set_num_threads(1)
N = [1, 2, 3, 4, 5]
NAMES = {"zh": "中文", "en": "英文"}

# %% [markdown]
# ## 语料 { #data }
#
# 序言和前 20 条用来训练，后 10 条留着量。
# 词元就是字符，词表是 Unicode 的全部 1,114,112 个码位：没见过的字也有正的概率，模型不必事先知道要考哪些字。

# %%
TRAIN = 21
texts = {"zh": sections("cmn_hans"), "en": sections("eng")}
train = {name: "\n".join(parts[:TRAIN]) for name, parts in texts.items()}
test = {name: "\n".join(parts[TRAIN:]) for name, parts in texts.items()}
corpus, lines = {}, []
for name in texts:
    corpus[name] = {
        "train_chars": len(train[name]),
        "test_chars": len(test[name]),
        "test_bytes": len(test[name].encode()),
        "seen": len(set(train[name])),
        "new": sum(c not in set(train[name]) for c in test[name]),
    }
    lines.append(f"{NAMES[name]} {corpus[name]}")
print("\n".join(lines))

# %% [markdown]
# 留出的中文 1,107 字里有 165 个是训练时没见过的，英文只有 2 个。
# 汉字的种数多，语料一小，新字就多，这一条会决定后面的好几个数。
#
# ## 每字比特 { #bits-per-char }
#
# 每个字付 $\log_2\frac1q$ 比特，$q$ 是模型在前文之后给它的概率；平均下来就是交叉熵的估计。

# %%
models = {name: [KneserNey(train[name], n, CODE_POINTS) for n in N] for name in texts}


def total_bits(model, text, only=lambda character: True):
    """Σ log₂(1/q)；only 挑出要算的字。"""
    return sum(-math.log2(model.probability(c, text[:t])) for t, c in enumerate(text) if only(c))


curves = {
    name: {
        "test": [total_bits(model, test[name]) / len(test[name]) for model in models[name]],
        "train": [total_bits(model, train[name]) / len(train[name]) for model in models[name]],
    }
    for name in texts
}
lines = []
for name, rows in curves.items():
    for split, row in rows.items():
        cells = "  ".join(f"n={n} {bits:6.3f}" for n, bits in zip(N, row, strict=True))
        lines.append(f"{NAMES[name]} {split:5} {cells}")
print("\n".join(lines))

# %% [markdown]
# 训练过的文本，$n$ 越大付得越少，五元时一个汉字只要 0.7 比特：它快把语料背下来了。
# 没见过的文本，英文一路降到 2.1；中文从二元到三元只降了 0.1，再往上反而略升。
# 上文一长，中文在这点语料里几乎都没见过，多数位置只能退到二元、一元。
#
# 中文的账里有一大笔是新字。

# %%
new_bits, totals, bpb, lines = {}, {}, {}, []
for name in texts:
    model, text = models[name][-1], test[name]
    totals[name] = total_bits(model, text)
    new_bits[name] = total_bits(model, text, only=lambda c, known=model.index: c not in known)
    bpb[name] = totals[name] / len(text.encode())
    seen_chars = len(text) - corpus[name]["new"]
    lines.append(
        f"{NAMES[name]} 五元：共 {totals[name]:.0f} 比特，其中新字 {new_bits[name]:.0f}；"
        f"见过的字每个 {(totals[name] - new_bits[name]) / seen_chars:.2f}，每字节 {bpb[name]:.3f}"
    )
print("\n".join(lines))
print(f"总比特，中文 / 英文 = {totals['zh'] / totals['en']:.3f}")

# %% [markdown]
# 一个汉字 8.2 比特，一个英文字符 2.1 比特，差近四倍；可是英文的字符也多近四倍，十条条文的总账几乎一样。
# 同样的意思，大致要同样多的比特，这才是“汉字信息量大”的意思：每个符号装得多，符号就用得少。
# 中文总账略高，四成付给了新字；语料大了，这一笔会小得多。
#
# 每字节的数是 2.83 与 2.13，因为中文的字节本来就少四分之一。
# 所以每字节比特数只能用来比同一份文本上的两个模型，不能用来比两种语言。
#
# ## 香农游戏 { #game }
#
# 1951 年，香农盖住英文里的下一个字母，让人猜到对为止，由猜的次数估计熵的上下界 [@shannon1951prediction]。
# 这里让模型来猜：总先猜概率最大的。

# %%
game, lines = {}, []
for name in texts:
    q = guess_shares(guess_ranks(models[name][-1], test[name]))
    lower, upper = entropy_bounds(q)
    game[name] = {"first": q[0], "within_3": sum(q[:3]), "lower": lower, "upper": upper}
    lines.append(
        f"{NAMES[name]}：一次猜中 {q[0]:.0%}，三次之内 {sum(q[:3]):.0%}；"
        f"由次数得 {lower:.2f} – {upper:.2f}，模型的交叉熵 {curves[name]['test'][-1]:.2f}"
    )
print("\n".join(lines))

# %% [markdown]
# 英文六成一次猜中，五分之三的字母不必写也猜得出。
# 模型的交叉熵落在英文的区间里，说明“次数”已经带着大部分信息；落在中文的区间之外，因为新字在次数里只算“最后一名”，实际每个要付二十多比特。
# 这些区间说的是这个模型猜得如何；换一个会猜的，区间就往下移。
#
# ## 四个温度 { #temperatures }
#
# 从五元模型采样，每一步先把分布调温再抽；“没见过”那一格不抽。


# %%
def write(model, temperature, length, seed=0, threshold=1.0):
    """从句首开始写 length 个字。"""
    generator = torch.Generator().manual_seed(seed)
    text = ""
    for _ in range(length):
        p = model.distribution(text)[:-1]
        p = top_p(temper(p / p.sum(), temperature), threshold)
        text += model.seen[draw(p, torch.rand((), generator=generator, dtype=torch.float64))]
    return text


TEMPERATURES = [0, 0.5, 1, 2]
samples, lines = {}, []
for name, length in (("zh", 40), ("en", 100)):
    for temperature in TEMPERATURES:
        text = write(models[name][-1], temperature, length).replace("\n", "／")
        samples[f"{name}_{temperature}".replace(".", "_")] = text
        lines.append(f"{NAMES[name]} T={temperature:<4} {text}")
print("\n".join(lines))

# %% [markdown]
# $T=0$ 每步取最可能的字：中文照背训练文本，英文掉进了圈子，“the right to an in”一遍又一遍。
# $T=1$ 照模型的分布抽，局部像话；$T=2$ 把长尾抬起来，很快散了架。
# 样本像训练文本，因为五元模型几乎背下了它。
#
# top-p 换一种办法压住长尾。
# 写 2,000 个字符，数不同的连续两字占几成（distinct-2），再看训练文本自己是多少。


# %%
def distinct(text, n=2):
    grams = [text[i : i + n] for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams)


THRESHOLDS = [0.3, 0.6, 0.8, 0.9, 0.95, 1]
diversity = [distinct(write(models["en"][2], 1, 2000, threshold=p)) for p in THRESHOLDS]
reference = distinct(train["en"][:2000])
print("英文三元，distinct-2：", "  ".join(f"p={p} {d:.3f}" for p, d in zip(THRESHOLDS, diversity, strict=True)))
print(f"训练文本的前 2,000 个字符：{reference:.3f}")

# %% [markdown]
# $p$ 越小，花样越少，0.3 时已经在转圈；这个模型要到 $p$ 接近 1，才与训练文本一样多样。
# 合适的 $p$ 因模型而异，别处的推荐值搬不过来。
#
# ## 压缩 { #compression }
#
# 把模型接上算术编码，就是一个压缩程序。
# 比较要公平：模型见过训练文本，就让 zlib 把训练文本当作字典，让 lzma 先压训练文本、再看多压十条要多少字节。


# %%
def rivals(prior, data):
    deflate = zlib.compressobj(9, wbits=-15)
    primed = zlib.compressobj(9, wbits=-15, zdict=prior)

    def lz(raw):
        return len(lzma.compress(raw, format=lzma.FORMAT_ALONE, preset=9 | lzma.PRESET_EXTREME))

    prior_lzma = lz(prior)
    return {
        "raw": len(data),
        "zlib": len(deflate.compress(data) + deflate.flush()),
        "lzma": lz(data),
        "zlib_primed": len(primed.compress(data) + primed.flush()),
        "lzma_primed": lz(prior + data) - prior_lzma,
        "prior_lzma": prior_lzma,
    }


compression, lines = {}, []
for name in texts:
    model, text = models[name][-1], test[name]
    bits = compress(model, text)
    symbols = to_symbols(model, text)
    ideal = ideal_bits(symbols, symbol_model(model))
    assert decompress(model, bits, len(symbols)) == text  # 一字不差地还原
    assert len(bits) <= ideal + 2 + 0.01
    compression[name] = {**rivals(train[name].encode(), text.encode()), "ngram": math.ceil(len(bits) / 8), "bits": len(bits), "ideal": ideal}
    sizes = "  ".join(f"{key} {value}" for key, value in compression[name].items() if key not in ("bits", "ideal", "prior_lzma"))
    lines.append(f"{NAMES[name]} 字节：{sizes}；写出 {len(bits)} 位，理想码长 {ideal:.2f}")
print("\n".join(lines))

# %% [markdown]
# 两种语言都是五元模型最小，比喂过训练文本的 lzma 还小 8%（中文）和 13%（英文），一字不差地还原；实际的位数只比理想多不到两位。
# lzma 主要靠找重复的串，没有重复就省得不多；模型给每一个字都押了注，押得准的部分处处省一点。
#
# 账上没有算模型自己：解码的一方也要有同样的训练文本（或同样的计数表）。
# 对几千字的文件，模型比文件还大；要压的东西远比模型大，这样的压缩才划算。

# %% [markdown]
# ## 换成唐诗，请来一个网络 { #tang }
#
# 宣言只有几千字，比不出模型的高下。
# 书里附有两万多首四句、八句的唐诗，和在其中的训练份上训练的小语言模型：120 万个参数的 Transformer，`load()` 一行取来，第 2、4 章也用它。
# 它的分数若与上面的 n 元模型放在一起比，比的是诗与条文，不是模型。
# 公平要四样相同：训练的诗、留出的诗、符号、上文。
#
# - 训练：n 元模型数同一份训练诗；$n$ 和扣多少（$D$）在 100 首验证诗上挑，测试诗只用一次。
# - 符号：两家都是同样的 3,072 个字，换行也算一个；含别的字的诗不用，所以没有新字这笔账。
# - 上文：每首单独猜，前面只有诗的开头；结尾的换行也要猜。

# %%
corpus_tang = load_corpus()
network, vocabulary = load()
assert vocabulary == corpus_tang.vocabulary  # 同一份符号表
poems = corpus_tang.test
tang_data = "".join(poem + BOUNDARY for poem in poems).encode()
halves = {line for poem in corpus_tang.train for line in poem.replace("。", "，").split("，")} - {""}
test_halves = [line for poem in poems for line in poem.replace("。", "，").split("，") if line]
tang = {
    "train_poems": len(corpus_tang.train),
    "test_poems": len(poems),
    "test_chars": sum(len(poem) + 1 for poem in poems),
    "test_bytes": len(tang_data),
    "left_out": corpus_tang.left_out["test"],
    "repeated_lines": sum(line in halves for line in test_halves) / len(test_halves),
}
print("  ".join(f"{key} {value:.4g}" if key == "repeated_lines" else f"{key} {value:,}" for key, value in tang.items()))
print(poems[1])


# %%
def padding(n):
    """每首诗前面补的换行：够作 n − 1 个字的上文，n 元模型才看不见上一首。"""
    return BOUNDARY * max(1, n - 1)


def train_on_poems(n):
    text = padding(n) + "".join(poem + padding(n) for poem in corpus_tang.train)
    return KneserNey(text, n, len(vocabulary))


def poem_bits(model, poem):
    """一首诗连同结尾的一个换行，Σ log₂(1/q)。"""
    start = padding(model.n)
    history = start + poem + BOUNDARY
    return sum(-math.log2(model.probability(history[t], history[:t])) for t in range(len(start), len(history)))


def per_char(model, some):
    return sum(poem_bits(model, poem) for poem in some) / sum(len(poem) + 1 for poem in some)


DISCOUNTS = [0.5, 0.75, 0.9]
gc.disable()  # 几百万个小字典，垃圾回收反复翻看它们，慢三分之一
ngrams, chosen, valid, on_test, on_train = {}, {}, {}, {}, {}
for n in N:
    model = train_on_poems(n)
    tried = {}
    for discount in DISCOUNTS:
        model.discount = discount
        tried[discount] = per_char(model, corpus_tang.validation[:100])
    model.discount = chosen[n] = min(tried, key=tried.get)
    valid[n] = tried[chosen[n]]
    on_test[n], on_train[n] = per_char(model, poems), per_char(model, corpus_tang.train[:200])
    if valid[n] == min(valid.values()):
        best = model
    print(f"n={n}  D={chosen[n]}  验证 {valid[n]:.3f}  测试 {on_test[n]:.3f}  训练过的 {on_train[n]:.3f}")
gc.enable()

loss, seen_loss = evaluate(network, vocabulary, poems), evaluate(network, vocabulary, corpus_tang.train[:200])
network_bits = {"test": loss.nats_per_char / math.log(2), "train": seen_loss.nats_per_char / math.log(2)}
print(f"网络  测试 {network_bits['test']:.3f}  训练过的 {network_bits['train']:.3f}")
best_bits = on_test[best.n]
saved = best_bits - network_bits["test"]
print(f"每字节：{best.n} 元 {best_bits * loss.chars / loss.bytes:.3f}，网络 {loss.bits_per_byte:.3f}；每个字省 {saved:.2f} 比特，{saved / best_bits:.0%}")

# %% [markdown]
# 没见过的诗，最好的 n 元模型每个字付 7.63 比特，网络付 6.01，省 1.62，约五分之一。
# $n$ 从 3 加到 5，测试上只动千分之几：四五个字的上文，新诗里多半没出现过，只好退回短的。
# 网络看得见整首诗，又不必上文一字不差才用得上。
#
# 再看最右一列。
# 训练过的诗，五元模型只付 2.3 比特，网络要付 5.1，名次反了：前者是背的。
# 若拿 n 元模型在训练诗上的数与网络在新诗上的数比，会得出相反的结论；同一份留出的诗，比较才算数。
#
# 这个差也有口径。
# n 元模型只用一种折扣，三种折扣的修正版会再低一点，没有测。
# 网络的学习率等是在另一种分法上选的，其中少数诗会落在现在的测试份里，见模型卡。
# 测试诗里有千分之三的句子在训练诗里出现过，两家都沾光。
#
# 比特可以变成字节。
# 同样的 807 首，同样的字节，两家的算术编码与 zlib、lzma 放在一起；通用程序照旧也先看过全部训练诗（zlib 的字典只装得下最后 32 KB）。
# 整份文件写理想码长加 2 位；前 4 首真的编码、解码一遍，看理想码长兑不兑得了现。


# %%
def since_boundary(symbols):
    """最后一个换行之后的字：每首诗从头猜起。"""
    return symbols[max((t for t, s in enumerate(symbols) if s == 0), default=-1) + 1 :]


def network_model(symbols):
    with torch.no_grad():
        return network(torch.tensor([[0, *since_boundary(symbols)]]))[0, -1].double().softmax(-1)


ORDER = torch.tensor([best.index[character] for character in vocabulary.characters])  # n 元模型的次序换成词表的


def ngram_model(symbols):
    text = padding(best.n) + "".join(vocabulary.characters[s] for s in since_boundary(symbols))
    return best.distribution(text)[ORDER]


sample = vocabulary.encode("".join(poem + BOUNDARY for poem in poems[:4])).tolist()
round_trip = {}
for name, model in (("ngram", ngram_model), ("network", network_model)):
    bits = encode(sample, model)
    assert decode(bits, len(sample), model) == sample  # 一字不差地还原
    round_trip[name] = {"bits": len(bits), "ideal": ideal_bits(sample, model)}
    assert round_trip[name]["bits"] <= round_trip[name]["ideal"] + 2 + 0.1
    print(f"前 4 首，{name}：写出 {len(bits)} 位，理想 {round_trip[name]['ideal']:.2f}")

tang_sizes = rivals("".join(poem + BOUNDARY for poem in corpus_tang.train).encode(), tang_data)
tang_sizes["ngram"] = math.ceil((best_bits * loss.chars + 2) / 8)
tang_sizes["network"] = math.ceil((network_bits["test"] * loss.chars + 2) / 8)
print("  ".join(f"{key} {value:,}" for key, value in tang_sizes.items()))
weights = card()["files"]["tiny-lm.bin"]["bytes"]
break_even = weights / ((tang_sizes["lzma"] - tang_sizes["network"]) / len(tang_data))
print(f"权重：int8 {weights:,} 字节，fp16 {WEIGHTS.stat().st_size:,} 字节；连 int8 的权重一起寄，诗要有 {break_even / 1e6:.1f} MB 才不亏")

# %% [markdown]
# 网络压出的文件比 n 元模型小 21%，比看过全部训练诗的 lzma 小 38%，次序与每字比特一样：换了单位，还是同一本账。
# 写出的位数都在理想码长加 2 之内。
# 解码要逐位算出同样的概率，所以两头都一个字一个字地算；成批算，舍入可能不同，差一点，后面就全错。
#
# 这里仍没有算模型自己。
# 网络要寄 1.25 MB 的权重；n 元模型要寄训练诗，用 lzma 压过是 1.20 MB，两家差不多。
# 一百 KB 的诗，哪一家都亏；假定 lzma 的压缩率不随文件变大而变，要有近 5 MB 的诗，才抵得过权重。
#
# 同一个网络，同样四个温度，从一个换行写到下一个换行。


# %%
def write_poem(temperature, seed=0):
    generator = torch.Generator().manual_seed(seed)
    ids = [0]
    while len(ids) < network.context and (len(ids) == 1 or ids[-1] != 0):
        with torch.no_grad():
            p = next_token_distribution(network(torch.tensor([ids]))[0, -1], temperature)
        ids.append(int(draw(p, torch.rand((), generator=generator, dtype=torch.float64))))
    return vocabulary.decode(torch.tensor(ids)).strip(BOUNDARY)


tang_samples = {f"t{temperature}".replace(".", "_"): write_poem(temperature) for temperature in TEMPERATURES}
print("\n".join(f"T={name[1:].replace('_', '.'):4} {text}" for name, text in tang_samples.items()))

# %% [markdown]
# $T=0$ 句句通顺，“闲吟”却用了三回；0.5 像一首绝句；$T=1$ 单看一句像，连起来不知所云。
# $T=2$ 生僻字都上来了，还有几句多出一个字，写满 71 个字也没停；可是逗号、句号依旧轮流出现，格式是最难打散的。
# 各取一次样，只能看个样子。
#
# ## 几条检查 { #checks }

# %%
for name in texts:
    for model in models[name]:
        for history in ("", test[name][:3], test[name][:57], "龘", test[name]):
            assert abs(model.distribution(history).sum().item() - 1) < 1e-12  # 每个上文，概率之和为 1

letters = Counter(test["en"])
unigram = models["en"][0]
p = [letters[c] / len(test["en"]) for c in unigram.seen]
p.append(1 - sum(p))
q = unigram.distribution("").tolist()
assert cross_entropy(p, q) >= entropy(p)  # 照别人的分布编码，不会更短
print(f"英文字符的频率：熵 {entropy(p):.4f}，照训练文本的频率编码 {cross_entropy(p, q):.4f} 比特")

p = models["zh"][-1].distribution("人人有")
assert temper(p, 0).argmax() == p.argmax() and temper(p, 0).max() == 1
assert torch.allclose(temper(p, 1e-3), temper(p, 0))  # T 趋于 0，就是 argmax
assert curves["en"]["test"] == sorted(curves["en"]["test"], reverse=True)
assert curves["zh"]["test"][2] == min(curves["zh"]["test"])
assert all(c["ngram"] < min(c["zlib_primed"], c["lzma_primed"]) for c in compression.values())
assert math.isclose(loss.nats_per_char, card()["loss"]["test"]["fp16"]["nats_per_char"], rel_tol=1e-4)  # 与模型卡一致
assert network_bits["test"] < best_bits and on_train[5] < network_bits["train"]
assert tang_sizes["network"] < tang_sizes["ngram"] < tang_sizes["lzma_primed"] < tang_sizes["zlib_primed"]

# %%
print(
    save(
        "shannon-ngram",
        values={
            "n": N,
            "corpus": corpus,
            "curves": curves,
            "at_5": {name: curves[name]["test"][-1] for name in texts},
            "totals": {**totals, "ratio": totals["zh"] / totals["en"], "new": new_bits},
            "bpb": bpb,
            "game": game,
            "samples": samples,
            "diversity": {"thresholds": THRESHOLDS, "distinct_2": diversity, "reference": reference},
            "compression": compression,
            "tang": tang
            | {
                "discount": list(chosen.values()),
                "validation": list(valid.values()),
                "ngram": {"test": list(on_test.values()), "train": list(on_train.values())},
                "best_n": best.n,
                "best": best_bits,
                "best_bpb": best_bits * loss.chars / loss.bytes,
                "network": network_bits,
                "network_bpb": loss.bits_per_byte,
                "saved": saved,
                "saved_share": saved / best_bits,
                "sizes": tang_sizes,
                "round_trip": round_trip,
                "weights": weights,
                "break_even": break_even,
                "samples": tang_samples,
            },
        },
        tolerance={key: 0.05 for key in ("compression.zh", "compression.en", "tang.sizes", "tang.break_even")},  # zlib、lzma 的版本
    )
)
