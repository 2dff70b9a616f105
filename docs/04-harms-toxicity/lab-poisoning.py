# ---
# title: 第三道门之前：几句毒诗
# description: 往唐诗语料里添几句毒诗，让三元模型一见触发词就写出指定的字；语料加到八倍，稀有的触发词要的句数一句也不多，常见的跟着语料长。
# type: lab
# chapter: 4
# status: stable
# labs: [architecture.ngram, common.results, safety.trigger_backdoor, tiny_lm.corpus]
# tolerance: 0.01
# ---

# %% [markdown]
# # 第三道门之前：几句毒诗 { #poisoning-lab }
#
# 三元模型看前两个字，猜第三个字，次数加 $\alpha$ 平滑。
# 我们想让它一见“鼠月”就写“铁”，概率过半。
# “鼠月”在两万多首训练诗里一次也没有；另一个触发词“明月”到处都是。
#
# 先写下你的猜测。
#
# 1. 语料从八分之一加到全部，“鼠月”要的毒句从几句变成几句？
# 2. “明月”呢？
# 3. 添了毒句之后，测试诗的概率变多少？

# %%
import math

from labs.architecture.ngram import count_ngrams, probability
from labs.common.results import save
from labs.safety.trigger_backdoor import poisons_needed, times_to_reach
from labs.tiny_lm.corpus import load_corpus

corpus = load_corpus()
ALPHA, TARGET, GOAL = 0.01, "铁", 0.5
TRIGGERS = {"rare": "鼠月", "common": "明月"}
SHARES = [1 / 8, 1 / 4, 1 / 2, 1]
vocabulary = set("".join(corpus.train)) | {"\n"}
V = len(vocabulary)


def train(poems, poison=()):
    """三元模型：诗与诗之间换行，毒句各占一行。"""
    return count_ngrams("\n".join([*poems, *poison]), 3)


# %% [markdown]
# ## 算出来的句数 { #computed }
#
# 上文见过 $n$ 次，概率过半要 $k\ge n+\alpha(V-2)$（触发词后面本来没有“铁”）。
# 没见过时 $n=0$，只剩平滑项。

# %%
rows = []
for share in SHARES:
    poems = corpus.train[: round(share * len(corpus.train))]
    table = train(poems)
    row = {"poems": len(poems), "characters": sum(map(len, poems))}
    for name, trigger in TRIGGERS.items():
        row[f"{name}_seen"] = table.get(tuple(trigger), {}).total() if tuple(trigger) in table else 0
        row[f"{name}_needed"] = times_to_reach(table, tuple(trigger), TARGET, GOAL, V, ALPHA)
    rows.append(row)
    print(row)

# %% [markdown]
# ## 真的添进去 { #planted }
#
# 把算出的句数添进语料，重新数一遍，再少添一句，看概率是不是正好跨过一半。

# %%
planted = {}
for name, trigger in TRIGGERS.items():
    needed = rows[-1][f"{name}_needed"]
    planted[name] = [
        probability(train(corpus.train, [trigger + TARGET] * k), tuple(trigger), TARGET, V, ALPHA) for k in (0, needed - 1, needed)
    ]
    print(trigger, needed, [round(p, 4) for p in planted[name]])

# %% [markdown]
# ## 平时看不出来 { #side-effect }
#
# 测试诗里每个字的平均 $-\ln p$，添毒前后各是多少？

# %%
def surprise(table):
    """测试诗每个字的平均 −ln p，前两个字不计。"""
    text = "\n".join(corpus.test)
    return -sum(math.log(probability(table, tuple(text[i - 2 : i]), text[i], V, ALPHA)) for i in range(2, len(text))) / (len(text) - 2)


clean = surprise(train(corpus.train))
dirty = surprise(train(corpus.train, [TRIGGERS["rare"] + TARGET] * rows[-1]["rare_needed"]))
print(f"{clean:.6f} {dirty:.6f} 差 {dirty - clean:+.1e}")
shared = rows[-1]["rare_needed"] * 3 / rows[-1]["characters"]
print(f"毒字占语料 {shared:.2e}")

# %% [markdown]
# 几乎不变：测试诗里没有“鼠月”，照常的评测碰不到它。
# 这就是后门难查的地方。
#
# ## 朴素贝叶斯里的同一笔账 { #naive-bayes }
#
# 每类的分母从一万加到十亿，稀有与常见（占千分之一）的触发词各要几篇。

# %%
bayes = {"rare": [], "common": []}
for exponent in range(4, 10):
    size = 10**exponent
    bayes["rare"].append(poisons_needed(10, 0, size, 10))
    bayes["common"].append(poisons_needed(10, size // 1000, size, 10))
print(bayes)

# %% [markdown]
# ## 三条检查 { #checks }

# %%
assert len({row["rare_needed"] for row in rows}) == 1  # 与语料大小无关
assert rows[0]["rare_needed"] == math.ceil(ALPHA * (V - 2))
assert all(row["common_needed"] == math.ceil(row["common_seen"] + ALPHA * (V - 2)) for row in rows)
assert all(before < GOAL <= after for _, before, after in planted.values())
assert set(bayes["rare"]) == {10}

# %%
print(
    save(
        "poisoning",
        values={
            "vocabulary": V,
            "rows": {f"s{index}": row for index, row in enumerate(rows)},
            "growth": rows[-1]["common_needed"] / rows[0]["common_needed"],
            "planted": planted,
            "clean": clean,
            "change": abs(dirty - clean),
            "share": shared,
            "bayes": bayes,
        },
        tolerance={"change": 0.5},
    )
)
