# ---
# title: 四种公平，一张预测表
# description: 从一张预测表算出各群的指标与区间，在随机表上核对互斥的恒等式，移动门槛拉平一个看别的怎样分开，再审一个真训练出来的分类器。
# type: lab
# chapter: 3
# status: stable
# labs: [common.results, fairness.chouldechova, fairness.group_metrics, fairness.thresholds]
# tolerance: 0.05
# ---

# %% [markdown]
# # 四种公平，一张预测表 { #fairness-lab }
#
# 甲群一半人会违约，乙群两成。
# 拉平一个指标，别的会怎样？
#
# 先写下你的猜测。
#
# 1. 两群精确率、漏报率都相等，误报率差几倍？
# 2. 同一个打分器，两群用同一个门槛，哪两个指标自动相等，哪一个差得最远？
# 3. 要让两群的精确率相等，乙群的门槛该升还是降？漏报率会变成多少？
# 4. 真数据上 400 多人，两群误报率的区间会不会重叠？

# %%
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from labs.common.results import save
from labs.fairness.chouldechova import forced_fpr
from labs.fairness.group_metrics import Counts, compare, count_groups, rate
from labs.fairness.thresholds import Group, calibration, class_means, match, metrics

SHOWN = ["base_rate", "selection", "fpr", "fnr", "ppv", "accuracy"]


def report(table):
    """各群的指标；没有定义的写 None。"""
    return {g: {m: rate(counts, m).value for m in SHOWN} for g, counts in table.items()}


# %% [markdown]
# ## 开头的表 { #opening }
#
# 每群 100 人，四个格子都是手算的整数。

# %%
opening = {"a": Counts(40, 10, 10, 40), "b": Counts(16, 4, 4, 76)}
for g, row in report(opening).items():
    print(g, {m: round(v, 3) for m, v in row.items()})
intervals = {g: rate(c, "fpr").interval for g, c in opening.items()}
print("误报率的 95% 区间", {g: [round(x, 3) for x in i] for g, i in intervals.items()})

# %% [markdown]
# 精确率、漏报率一样，误报率差四倍。
#
# ## 随机表上的恒等式 { #identity }
#
# 随便填一万张表，误报率都等于其余三个量逼出来的数。

# %%
rng = np.random.default_rng(3)
worst = 0.0
for cells in rng.integers(1, 1000, (10_000, 4)).tolist():
    counts = Counts(*cells)
    p, ppv, fnr, fpr = (rate(counts, m).value for m in ("base_rate", "ppv", "fnr", "fpr"))
    worst = max(worst, abs(forced_fpr(p, ppv, fnr) - fpr))
print("一万张表里最大的出入：", worst)

# %% [markdown]
# ## 移动门槛 { #move-threshold }
#
# 合成的打分：守约的人服从 $N(0,1)$，违约的服从 $N(1.7,1)$，两群一样，只有基率不同。
# 甲群的门槛定在 0.85，移动乙群的门槛，每次拉平一个指标。

# %%
A, B, T = Group(0.5, 1.7), Group(0.2, 1.7), 0.85
base = metrics(A, T)
policies = {}
for metric in ("fpr", "ppv", "selection", "probability"):
    t = match(B, metric, base[metric])
    policies[metric] = {"t": t} | metrics(B, t)
    policies[metric]["gaps"] = {m: abs(policies[metric][m] - base[m]) for m in ("selection", "fpr", "fnr", "ppv")}
    print(f"拉平 {metric:11}", {m: round(v, 3) for m, v in policies[metric].items() if m != "gaps"})
print("甲群", {m: round(v, 3) for m, v in base.items()})

# %% [markdown]
# 每一行都有一列是零，没有一行全是零；只看一列，四种做法里总有一个“最公平”，换一列就换一个。
#
# 从同一个分布各抽两万人，把算式核对一遍。

# %%
drawn = {}
for name, group, t in (("a", A, T), ("b", B, policies["ppv"]["t"])):
    y = (rng.random(20_000) < group.p).astype(int)
    scores = rng.standard_normal(y.size) + group.d * y
    drawn |= count_groups(y, (scores > t).astype(int), [name] * y.size)
print({g: {m: round(v, 3) for m, v in row.items()} for g, row in report(drawn).items()})
assert abs(rate(drawn["b"], "ppv").value - base["ppv"]) < 0.03
assert abs(rate(drawn["b"], "fnr").value - policies["ppv"]["fnr"]) < 0.03

# %% [markdown]
# ## 一个真训练的分类器 { #real-classifier }
#
# scikit-learn 自带的糖尿病数据，442 名病人，一年后病情指标最高的三分之一记作 1。
# 逻辑回归，五折交叉预测，每个人都由没见过他的模型判；概率过 0.5 判为 1。
# 按年龄分两群，49 岁及以下与 50 岁及以上；年龄也在输入里。
# 这只是一份练习用的数据，结论不推广到任何诊所。

# %%
X, target = load_diabetes(return_X_y=True, scaled=False)
y = (target > np.quantile(target, 2 / 3)).astype(int)
model = make_pipeline(StandardScaler(), LogisticRegression())
probabilities = cross_val_predict(model, X, y, cv=5, method="predict_proba")[:, 1]
age = np.where(X[:, 0] >= 50, "old", "young")
table = count_groups(y, (probabilities >= 0.5).astype(int), age.tolist(), ["young", "old"])
real = report(table)
for g, counts in table.items():
    print(g, counts)
    for m in SHOWN:
        r = rate(counts, m)
        print(f"  {m:9} {r.value:.3f}  [{r.interval[0]:.3f}, {r.interval[1]:.3f}]  分母 {r.total}")
gaps = {m: compare(table, m).gap for m in SHOWN}
bounds = {g: {m: list(rate(c, m).interval) for m in SHOWN} for g, c in table.items()}
forced = {g: forced_fpr(row["base_rate"], row["ppv"], row["fnr"]) for g, row in real.items()}
print("差距", {m: round(v, 3) for m, v in gaps.items()})

# %% [markdown]
# 打分准不准，看校准；两类人的平均打分相不相等，看 Kleinberg 的平衡条件。

# %%
balance = {}
for g in ("young", "old"):
    own = age == g
    for n, guess, truth in calibration(probabilities[own], y[own], 4):
        print(g, n, None if guess is None else (round(guess, 3), round(truth, 3)))
    zero, one = class_means(probabilities[own], y[own])
    balance[g] = {"mean": probabilities[own].mean(), "negative": zero, "positive": one}
    print(g, {m: round(float(v), 3) for m, v in balance[g].items()}, "基率", round(y[own].mean(), 3))

# %% [markdown]
# 各档的预测与事实大致相符，人数少的档晃得厉害。
# 基率高的一群，两类人的平均打分都更高：这正是定理说的。
#
# ## 三条检查 { #checks }

# %%
assert worst < 1e-12
assert all(abs(forced[g] - real[g]["fpr"]) < 1e-12 for g in real)  # 真数据也逃不出恒等式
assert all(row["gaps"][m] < 1e-9 for m, row in policies.items() if m != "probability")
assert all(max(row["gaps"].values()) > 0.1 for row in policies.values())

# %%
print(
    save(
        "fairness",
        values={
            "opening": report(opening),
            "base": base,
            "policies": policies,
            "real": {g: row | {"n": table[g].n} for g, row in real.items()},
            "bounds": bounds,
            "gaps": gaps,
            "balance": balance,
        },
    )
)
