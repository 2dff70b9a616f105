# ---
# title: 种子词实验
# description: 在书里小模型的字向量上做联想检验，只换种子字，看效应量怎样从负摆到正，再找出它实际量到了什么。
# type: lab
# chapter: 3
# status: stable
# labs: [common.results, fairness.weat, tiny_lm.checkpoint, tiny_lm.corpus]
# tolerance: 0.02
# ---

# %% [markdown]
# # 种子词实验 { #seed-words-lab }
#
# 书里的小语言模型只读过唐诗。
# 唐诗里指男子的字，是不是比指女子的字更靠近兵器、更远离妆饰？
# 读过诗的人多半会说是；WEAT 给得出一个数，可是数要看拿哪几个字去量。
#
# 先写下你的猜测。
#
# 1. 每边 12 个字，效应量 $d$ 是正是负？
# 2. 每边随机取 4 个字，取 2,000 次，$d$ 的最大值与最小值相差多少？
# 3. 换成“春天的东西”和“秋天的东西”，$d$ 会同样地摆吗？
#
# 这里量的是 7–10 世纪的诗与一个小模型，不说明今天的任何人。

# %%
import math
from collections import Counter

import numpy as np
from scipy.stats import spearmanr

from labs.common.results import save
from labs.fairness.weat import associations, effect_size, permutation_p
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import load_corpus

model, vocabulary = load()
table = model.embedding.weight.detach().numpy().astype(float)  # (V, D)
row = {character: i for i, character in enumerate(vocabulary.characters)}
counts = Counter("".join(load_corpus().train))


def vectors(characters):
    return table[[row[c] for c in characters]]


# %% [markdown]
# ## 种子字 { #seeds }
#
# 目标字：指男子的与指女子的，各 12 个；属性字：兵器与妆饰，各 8 个。
# 对照用季节：春天的与秋天的各 8 个，属性是暖与凉。
# 这几张表是作者拟的，没有请人核对，“夫”“将”“士”“子”还各有别的意思。

# %%
MEN, WOMEN = "夫父郎翁王公侯将士兄弟男", "女母妻妇妾娘姬妃姑妹婢娥"
ARMS, FINERY = "武戈剑战兵弓刀旗", "花香罗裙眉粉绣镜"
SPRING, AUTUMN = "春花莺柳桃杏燕蝶", "秋霜雁菊蝉枫叶芦"
WARM, COOL = "红绿暖芳", "寒冷萧凉"


def weat(x, y, a=ARMS, b=FINERY):
    sx, sy = (associations(vectors(s), vectors(a), vectors(b)) for s in (x, y))
    found = {"d": effect_size(sx, sy), "d1": effect_size(sx, sy, ddof=1)}
    if len(x) <= 8:
        found |= {"p": permutation_p(sx, sy), "p2": permutation_p(sx, sy, two_sided=True)}
    return found


full = weat(MEN, WOMEN)
season = weat(SPRING, AUTUMN, WARM, COOL)
for name, found in (("性别", full), ("季节", season)):
    print(name, {key: round(value, 3) for key, value in found.items()})

# %% [markdown]
# 性别那一行与多数人的猜测相反，略小于零；季节那一行又大又稳。
# 每边 12 个字有 $\binom{24}{12}=2704156$ 种分法，超过了本书的上限，所以这一行不给 $p$。
#
# ## 六位研究者 { #researchers }
#
# 六个人各列四对，每一张单子都说得出理由：亲属、宫廷、日常称呼、军人与妇人、家庭、身份。

# %%
LISTS = {
    "kin": ("父兄弟夫", "母姑妹妻"),
    "court": ("王公侯将", "妃姬娘娥"),
    "common": ("男夫郎翁", "女妇妾婢"),
    "soldier": ("将士郎王", "妇妾婢妹"),
    "household": ("男父夫翁", "女母妻妇"),
    "status": ("王公士郎", "妾妇娘娥"),
}
researchers = {name: weat(*pair) for name, pair in LISTS.items()}
for name, found in researchers.items():
    print(f"{name:10}", *LISTS[name], {key: round(value, 3) for key, value in found.items()})

# %% [markdown]
# 同一个模型、同一对属性，符号有正有负。
#
# ## 换 2,000 次 { #swing }
#
# 每边从单子里随机取 4 个字，算 $d$ 与双侧的置换 $p$。
# 若分组与联想毫无关系，双侧 $p\le0.05$ 的应当不超过 5%。

# %%
DRAWS, SIZE = 2000, 4
EDGES = np.linspace(-2, 2, 21)


def swing(x, y, a, b):
    sx, sy = (associations(vectors(s), vectors(a), vectors(b)) for s in (x, y))
    generator = np.random.default_rng(2026)
    d, p = [], []
    for _ in range(DRAWS):
        i, j = (generator.choice(len(s), SIZE, replace=False) for s in (sx, sy))
        d.append(effect_size(sx[i], sy[j]))
        p.append(permutation_p(sx[i], sy[j], two_sided=True))
    low, middle, high = np.percentile(d, [2.5, 50, 97.5])
    best, worst = int(np.argmax(d)), int(np.argmin(d))
    return {
        "min": d[worst], "low": low, "median": middle, "high": high, "max": d[best],
        "p_max": p[best], "p_min": p[worst],
        "positive": sum(value > 0 for value in d) / DRAWS,
        "significant": sum(value <= 0.05 for value in p) / DRAWS,
        "shares": (np.histogram(d, EDGES)[0] / DRAWS).tolist(),
    }


gender = swing(MEN, WOMEN, ARMS, FINERY)
control = swing(SPRING, AUTUMN, WARM, COOL)
for name, found in (("性别", gender), ("季节", control)):
    print(name, {key: round(value, 3) for key, value in found.items() if key != "shares"})

# %% [markdown]
# 性别的 $d$ 几乎走遍了从 $-2$ 到 2 的全程；想要哪一头，都挑得出一张四个字的单子，还带着 $p=2/70=0.029$ 的“显著”。
# 季节的 $d$ 也有宽度，却从不过零。
# 所以尺子不总是坏的，坏在没有人先问它这一次稳不稳。
#
# ## 它量到了什么 { #confound }
#
# 把 24 个字的联想分 $s$ 与它们在训练集里出现的次数排一排。

# %%
everyone = MEN + WOMEN
s = associations(vectors(everyone), vectors(ARMS), vectors(FINERY))
rank = spearmanr(s, [counts[c] for c in everyone]).statistic
common = [c for c in vocabulary.characters[1:] if counts[c] >= 20]
rank_all = spearmanr(associations(vectors(common), vectors(ARMS), vectors(FINERY)), [counts[c] for c in common]).statistic
mean_log = {name: float(np.mean([math.log(counts[c]) for c in chars])) for name, chars in (("arms", ARMS), ("finery", FINERY))}
print("24 个目标字：", round(rank, 3), f"；出现 20 次以上的 {len(common)} 个字：", round(rank_all, 3))
print("属性字平均的 ln 次数：", {name: round(value, 2) for name, value in mean_log.items()})
for characters in ("妹婢姬男", "将士郎女"):
    print({c: (counts[c], round(float(s[everyone.index(c)]), 2)) for c in characters})

# %% [markdown]
# 越少见的字，$s$ 越大，而兵器字恰比妆饰字少见。
# 换句话说，这一次 WEAT 主要量到了“生僻的字互相靠近”，与男女没有多大关系。
# 选了“妹”“婢”这些罕见字的单子，$d$ 就偏负；选了“男”“翁”的，就偏正。
# 相关不等于原因，要证实得换一批次数配平的种子再量，练习里有这一题。
#
# ## 三条检查 { #checks }

# %%
assert weat(WOMEN, MEN)["d"] == -full["d"]  # 对换两组，只变号
assert gender["min"] < -1 and gender["max"] > 1 and control["min"] > 0
assert abs(sum(gender["shares"]) - 1) < 1e-9 and rank < -0.5
signs = [found["d"] > 0 for found in researchers.values()]
assert any(signs) and not all(signs)

# %%
print(
    save(
        "seed-words",
        values={
            "full": full,
            "season": season,
            "researchers": researchers,
            "gender": gender,
            "control": control,
            "edges": EDGES.tolist(),
            "draws": DRAWS,
            "rank": rank,
            "rank_all": rank_all,
            "characters": len(common),
            "mean_log": mean_log,
        },
    )
)
