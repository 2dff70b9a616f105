# ---
# title: 第二道门：水印
# description: 给小语言模型加绿表水印，检测它，改写它，再量一量：多长才检得出，改掉几成就失效，文字变差多少，人写的诗误报多少。
# type: lab
# chapter: 4
# status: stable
# labs: [common.results, safety.attacks, safety.detection, safety.power, safety.roc, safety.watermark, tiny_lm.checkpoint, tiny_lm.corpus, tiny_lm.evaluation]
# tolerance: 0.05
# ---

# %% [markdown]
# # 第二道门：水印 { #watermark-lab }
#
# 书里的小语言模型会写唐诗。
# 让它写的时候偏向“绿字”，事后只凭一把钥匙就能认出来；代价是什么，躲开要改多少？
#
# 先写下你的猜测。
#
# 1. 七十来个字、$\delta=2$，$z$ 大约是多少？
# 2. 随机换掉一半的字，$z$ 剩下几成？删掉一半呢？
# 3. 温度从 1 降到 0.5，水印更容易还是更难检出？
# 4. 一万多次检测人写的诗，有几次 $z>4$？

# %%
import random
import statistics

import torch

from labs.architecture.fused_lm import FusedLM
from labs.common.results import save
from labs.safety.attacks import delete, resample, substitute
from labs.safety.detection import binomial_tail, detect
from labs.safety.power import false_positive_rate, length_for_power, length_for_z, tilted_share
from labs.safety.roc import auroc, roc_curve
from labs.safety.watermark import Watermark, generate
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import load_corpus
from labs.tiny_lm.evaluation import surprisals

torch.set_num_threads(1)
model, vocabulary = load()
writer = FusedLM(load()[0].double())  # 抽样用双精度：单精度的末位随处理器变，十万次抽取里总有一次分岔
KEY, GAMMA, LENGTH = 2026, 0.5, 71

# %% [markdown]
# ## 生成与检测 { #generate-and-detect }
#
# 每个 $\delta$ 写 80 段，每段 71 个字；同一个种子，只有偏置不同。
# 文字差了多少，用不加水印的模型来量：平均每个字的 $-\ln p$。
# 采样本来就有这么多“意外”，所以看的是比 $\delta=0$ 高出多少。

# %%
DELTAS = [0, 1, 2, 4]


def nats(texts):
    """不加水印的模型眼里，每个字的 −ln p；末尾补的换行不算。"""
    return torch.cat([line[:-1] for line in surprisals(model, vocabulary, texts)]).mean().item()


def summary(found):
    scored = sum(d.scored for d in found)
    return {
        "share": sum(d.green for d in found) / scored,
        "z": statistics.mean(d.z for d in found),
        "caught": sum(d.z > 4 for d in found) / len(found),
    }


texts, table = {}, {}
for delta in DELTAS:
    texts[delta] = generate(writer, vocabulary, Watermark(KEY, GAMMA, delta), 80, LENGTH)
    table[f"d{delta}"] = summary([detect(text, KEY, GAMMA) for text in texts[delta]]) | {"nats": nats(texts[delta])}
for row in table.values():
    row["cost"] = row["nats"] - table["d0"]["nats"]
    print("  ".join(f"{name} {value:6.3f}" for name, value in row.items()))
print(texts[2][0])
wrong = summary([detect(text, KEY + 1, GAMMA) for text in texts[2]])
print("换一把钥匙：", {name: round(value, 3) for name, value in wrong.items()})

# %% [markdown]
# 绿字的比例随 $\delta$ 上升，可是每个字也越来越出乎原来模型的意料：检得出与写得好，是同一个旋钮的两头。
# 若每一步的分布都很平，绿字的概率恰是 $\gamma$，倾斜之后应有 $\gamma e^\delta/(\gamma e^\delta+1-\gamma)$；测得的总要低一些，因为常有一两个字占去大半概率，这时无字可让。

# %%
flat = {f"d{delta}": tilted_share(GAMMA, delta) for delta in DELTAS}
print("上限：", {name: round(value, 3) for name, value in flat.items()})

# %% [markdown]
# ## 熵不够，就藏不住 { #entropy }

# %%
TEMPERATURES = [0.3, 0.5, 0.7, 1.0]
cold = {}
for temperature in TEMPERATURES:
    found = generate(writer, vocabulary, Watermark(KEY, GAMMA, 2), 40, LENGTH, temperature)
    row = summary([detect(text, KEY, GAMMA) for text in found])
    cold[f"t{int(10 * temperature)}"] = row | {"nats": nats(found)}
    print(f"T={temperature}", {name: round(value, 3) for name, value in cold[f't{int(10 * temperature)}'].items()})

# %% [markdown]
# 温度越低，分布越尖，倾斜越推不动，绿字越少。
# 代码、菜谱、法条的原文都是低熵的文字：字几乎没得选，水印也就没处放。
#
# ## 改写 { #attacks }
#
# 把四段接成一篇，约 285 个字，再改掉 0–50%。
# 一对相邻的字两个都没动，颜色才保得住，所以预计替换后 $z$ 剩 $(1-\varepsilon)^2$，删除后剩 $(1-\varepsilon)^{1.5}$。

# %%
FRACTIONS = [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def essays(parts, size=4):
    return ["\n".join(parts[i : i + size]) for i in range(0, len(parts) - size + 1, size)]


corpus = load_corpus()
pool = vocabulary.characters[1:]
whole = essays(texts[2])
attacks = {"substitute": [], "delete": [], "resample": []}
short_scores = {}
for fraction in FRACTIONS:
    again = resample(writer, vocabulary, texts[2], fraction)
    attacked = {
        "substitute": [substitute(text, fraction, pool, i) for i, text in enumerate(whole)],
        "delete": [delete(text, fraction, i) for i, text in enumerate(whole)],
        "resample": essays(again),
    }
    short_scores[fraction] = [detect(substitute(text, fraction, pool, i), KEY).z for i, text in enumerate(texts[2])]
    for name, edited in attacked.items():
        attacks[name].append(summary([detect(text, KEY, GAMMA) for text in edited]))
for name, rows in attacks.items():
    print(f"{name:10}", "  ".join(f"z {row['z']:5.2f} 检出 {row['caught']:4.0%}" for row in rows))
kept = {name: rows[-1]["z"] / rows[0]["z"] for name, rows in attacks.items()}
print("改一半之后剩：", {name: round(value, 3) for name, value in kept.items()})

# %% [markdown]
# 与式子相符。
# 换掉一半，$z$ 只剩四分之一上下；要在这之后还有 $z>4$，原来要有 $z>16$，也就是十六倍的长度。
# 这里改的位置是随机的；真有人整篇改写，多半比这更狠。
#
# ## 误报：人写的诗 { #false-positives }
#
# 测试集里的诗接起来，切成 71 个字一段，换 40 把钥匙检测。
# 再接成四倍长的，看“同一对只计一次”有什么用。

# %%
KEYS = random.Random(0).sample(range(2**32), 40)
stream = "\n".join(corpus.test)
human = [stream[i : i + LENGTH] for i in range(0, len(stream) - LENGTH + 1, LENGTH)][:300]
scores = [detect(text, key, GAMMA) for key in KEYS for text in human]
long_human = [stream[i : i + 2000] for i in range(0, 10 * 2000, 2000)]
false_alarms = {"tests": len(scores)}
rates = {(n, z): false_positive_rate(n, GAMMA, z) for n in {d.scored for d in scores} for z in (2, 3, 4)}
for threshold in (2, 3, 4):
    false_alarms[f"z{threshold}"] = sum(d.z > threshold for d in scores)
    expected = sum(rates[d.scored, threshold] for d in scores)
    false_alarms[f"expected{threshold}"] = expected
for name, repeats in (("once", False), ("repeated", True)):
    z = [detect(text, key, GAMMA, repeats).z for key in KEYS for text in long_human[:5]]
    false_alarms[name] = {"spread": statistics.pstdev(z), "over2": sum(x > 2 for x in z) / len(z)}
print(false_alarms)

# %% [markdown]
# 短文的误报次数与二项分布算的相近：只要钥匙是随机的，误报率不用猜，可以算。
# 长文里常用的字对反复出现，若每次都数，$z$ 的离散就超过 1，误报比算的多；只计一次，离散回到 1。
#
# ## ROC { #roc }
#
# 正例是 $\delta=2$ 的短文，反例是人写的短文；改掉得越多，曲线越靠近对角线。

# %%
negatives = [detect(text, KEY, GAMMA).z for text in human]
curves = {fraction: roc_curve(negatives, short_scores[fraction]) for fraction in (0, 0.2, 0.5)}
areas = {f"e{int(100 * f)}": auroc(negatives, short_scores[f]) for f in FRACTIONS}
at_one = {
    f"e{int(100 * f)}": max(hit for false, hit in points if false <= 0.01) for f, points in curves.items()
}
print("AUROC", {name: round(value, 3) for name, value in areas.items()})
print("误报不超过 1% 时的检出率", {name: round(value, 3) for name, value in at_one.items()})

# %% [markdown]
# 换掉一半之后，AUROC 还有 0.86，误报 1% 处却只检出约 15%。
# 处分人的场合用的是曲线的左端，不是面积。
#
# ## 多长才够 { #length }
#
# 用测得的绿字比例代入式子，再与实际的检出率对照：截取不同的长度，看几成的 $z>4$。

# %%
need, lengths = {}, [20, 40, 60, 80, 120, 160, 280]
detected = {}
for delta in (1, 2, 4):
    share = table[f"d{delta}"]["share"]
    need[f"d{delta}"] = {"mean": length_for_z(share, GAMMA, 4), "power": length_for_power(share, GAMMA, 4, 0.9)}
    docs = essays(texts[delta])
    detected[f"d{delta}"] = [sum(detect(text[:n], KEY).z > 4 for text in docs) / len(docs) for n in lengths]
    print(f"δ={delta}", need[f"d{delta}"], detected[f"d{delta}"])

# %% [markdown]
# ## 三条检查 { #checks }

# %%
assert detect(texts[2][0], KEY) == detect(texts[2][0], KEY)  # 检测不需要模型，也没有随机
assert abs(wrong["z"]) < 1  # 钥匙不对，什么也看不见
assert all(abs(kept[name] - value) < 0.06 for name, value in (("substitute", 0.25), ("delete", 0.5**1.5)))
shares = [table[f"d{delta}"]["share"] for delta in DELTAS]
assert shares == sorted(shares) and all(s <= f + 0.02 for s, f in zip(shares, flat.values(), strict=True))
assert abs(binomial_tail(12, 16, GAMMA) - 2517 / 65536) < 1e-12  # 手算的例子

# %%
print(
    save(
        "watermark",
        values={
            "delta": table,
            "flat": flat,
            "wrong": wrong,
            "temperature": cold,
            "fractions": FRACTIONS,
            "attacks": attacks,
            "half": {name: rows[-1] for name, rows in attacks.items()},
            "kept": kept,
            "false_alarms": false_alarms,
            "auroc": areas,
            "at_one_percent": at_one,
            "roc": {f"e{int(100 * f)}": [[round(x, 4), round(y, 4)] for x, y in points] for f, points in curves.items()},
            "need": need,
            "lengths": lengths,
            "detected": detected,
        },
    )
)
