# ---
# title: 百行评测台
# description: 手写一个评测台，用几种归一化给六十道中文选择题打分，再问分数的差距是不是噪声。
# type: lab
# chapter: 2
# status: stable
# verified: 2026-11-24
# labs: [capabilities.harness, capabilities.char_lm, capabilities.intervals, capabilities.paired, capabilities.option_order, capabilities.pass_at_k, capabilities.bradley_terry]
# tolerance: 0.001
# ---

# %% [markdown]
# # 百行评测台 { #harness-lab }
#
# 评测一个语言模型，要用到的全部东西是：一叠题，一个会报对数概率的对象，一张逐题的对错表。
# 三样凑齐，不到一百行代码。
# 难的是后一半：拿到一个数，说清它的误差。
#
# 先写下你的猜测。
#
# 1. 一个只读过一千六百字的三元模型，做六十道四选一，比瞎猜强吗？
# 2. 同一个模型，只换归一化，准确率会差几个百分点？
# 3. 抽 10 次对 1 次，估计“试 5 次至少对一次”。把 0.1 代进 $1-(1-p)^5$，平均起来偏高还是偏低？

# %%
from collections import Counter
from itertools import product

import numpy as np

from labs.capabilities.bradley_terry import ELO, fit, win_probability
from labs.capabilities.char_lm import CharLM
from labs.capabilities.harness import METRICS, accuracy, evaluate, predict, read_items, scores
from labs.capabilities.intervals import coverage, normal_interval, unpaired_difference, wilson_interval
from labs.capabilities.option_order import chosen_by_letter, chosen_with_bonus, flip_rate, rotations
from labs.capabilities.paired import discordant, mcnemar, paired_bootstrap
from labs.capabilities.pass_at_k import expected_estimate, naive_pass_at_k, pass_at_k, simulate, true_pass_at_k
from labs.common.results import save
from labs.common.udhr import FILE, sections

# %% [markdown]
# ## 题与考生 { #items }
#
# 题干和正确选项取自《世界人权宣言》简体中文的最后十段，干扰项是别的题的正确选项，念得通的已经换掉。
# 人来做，几乎道道都对；四个位置上的正确答案各 15 个，闭着眼睛选，期望是 25%。

# %%
items = read_items(FILE.parent / "cloze-zh.jsonl")
lines = [f"{item.context}____  {'、'.join(item.choices)} → {item.choices[item.answer]}" for item in (items[2], items[31])]
places = dict(sorted(Counter(item.answer for item in items).items()))
print("\n".join([*lines, f"{len(items)} 题，正确答案的位置 {places}"]))

# %% [markdown]
# 考生是三个字符 n 元模型，训练就是数数。
# 甲（`clean_trigram`）读过前 21 段，没见过题；乙（`seen_bigram`）和丙（`seen_trigram`）读过全文，也就是考前见过卷子。
# 乙每次只看前一个字，甲和丙看前两个字。
# 真实的评测里，第二种情形叫**污染**（contamination），这里故意造一个，好看看它有多大的力气。
#
# 评测台只要求考生有一个 `logprob(context, continuation)`，换成任何别的模型，下面的代码一行不改。

# %%
clean, whole = ("\n".join(part) for part in (sections("cmn_hans")[:-10], sections("cmn_hans")))
students = {"clean_trigram": CharLM(clean, 3), "seen_bigram": CharLM(whole, 2), "seen_trigram": CharLM(whole, 3)}

records = {
    name: {how: evaluate(model, items, how) for how in METRICS} for name, model in students.items()
}
lines = [f"{'':10}" + "".join(f"{name:>22}" for name in students)]
for how in METRICS:
    cells = []
    for by_how in records.values():
        low, high = wilson_interval(sum(by_how[how]), len(items))
        cells.append(f"{accuracy(by_how[how]):.1%} [{low:.1%}, {high:.1%}]")
    lines.append(f"{how:10}" + "".join(f"{cell:>22}" for cell in cells))
print("\n".join(lines))

# %% [markdown]
# 方括号里是 95% 的 Wilson 区间 [@brown2001interval]。
# 甲的区间把 25% 圈在里面：六十道题，连“比瞎猜强”都说不出口。
# 丙几乎全对，因为它背过卷子；只看分数，分不出它是学会了还是背会了。
#
# 五行里有三行相同。
# 选项全是汉字，一个字三个字节，这些考生又是一字一个词元，三种长度只差一个倍数。
# 中英夹杂，或词元长短不一，它们才会分开，见[手算的例子](scoring.md#by-hand)。
#
# 乙最有意思：总分、按长度、PMI 三种打法，准确率一路上升。
# 差距是真的吗？
# 先看一道三种打法各选各的题。


# %%
def disagreement(model):
    for item in items:
        picks = {how: predict(model, item, how) for how in ("sum", "per_char", "pmi")}
        if len(set(picks.values())) == 3 and picks["pmi"] == item.answer:
            return item, picks
    raise LookupError("没有这样的题")


item, picks = disagreement(students["seen_bigram"])
lines = [f"{item.context}____（{item.choices[item.answer]}）"]
for how, pick in picks.items():
    row = zip(item.choices, scores(students["seen_bigram"], item, how), strict=True)
    lines.append(f"{how:9}" + "  ".join(f"{y} {value:.2f}" for y, value in row) + f"  → {item.choices[pick]}")
print("\n".join(lines))

# %% [markdown]
# 总分偏爱最短的选项，平均每字偏爱开头之后顺理成章的长选项，减去无条件的概率才问到点子上：这段题干把哪个选项抬高得最多。
# 但 PMI 不总是对的。
# 甲的那一列，PMI 反而最低：减去一个估不准的数，也就带进了它的误差。
#
# ## 差距是真的吗 { #paired }
#
# 三种比法。
# 当作两次独立的考试，用两个准确率各自的标准误；配对自助法，成对地重抽题目；McNemar，只看一对一错的题。


# %%
def compare(a, b):
    only_a, only_b = discordant(a, b)
    boot = paired_bootstrap(a, b)
    low, high = unpaired_difference(sum(a), sum(b), len(a))
    return {
        "difference": boot.difference,
        "only_first": only_a,
        "only_second": only_b,
        "unpaired": [low, high],
        "paired": [boot.low, boot.high],
        "bootstrap_p": boot.p_value,
        "mcnemar_p": mcnemar(a, b),
    }


bigram, trigram = records["seen_bigram"], records["seen_trigram"]
comparisons = {
    "pmi_vs_sum": compare(bigram["pmi"], bigram["sum"]),
    "pmi_vs_per_char": compare(bigram["pmi"], bigram["per_char"]),
    "trigram_vs_bigram": compare(trigram["pmi"], bigram["pmi"]),
    "clean_sum_vs_pmi": compare(records["clean_trigram"]["sum"], records["clean_trigram"]["pmi"]),
}
lines = []
for name, c in comparisons.items():
    lines.append(f"{name}：差 {c['difference']:+.1%}，一对一错 {c['only_first']} 比 {c['only_second']}")
    lines.append(f"    独立 [{c['unpaired'][0]:+.1%}, {c['unpaired'][1]:+.1%}]，配对 [{c['paired'][0]:+.1%}, {c['paired'][1]:+.1%}]")
    lines.append(f"    p 值：自助 {c['bootstrap_p']:.4f}，McNemar {c['mcnemar_p']:.4f}")
print("\n".join(lines))

# %% [markdown]
# 在 `pmi_vs_per_char` 上停一下。
# PMI 比按字平均高出 8 道题，独立的算法说区间跨过 0；配对的区间窄一些，靠不靠得住要看一对一错各几道。
# 两个考生做的是同一张卷子，多数题同对同错，这部分运气在相减时抵消了；独立的算法把它算了两遍。
#
# p 值再小，也只回答“换六十道同样来路的题，差距还在不在”。
# 它不知道丙背过卷子。
#
# ## 区间自己靠得住吗 { #coverage }
#
# 95% 的意思是：真值任意给定，重考很多次，区间有 95% 的时候盖住它。
# 六十道题只有 61 种成绩，可以不抽样，精确地算。

# %%
COVERAGE_AT = {"p50": 0.5, "p80": 0.8, "p97": 0.97}
covered = {
    name: {kind: coverage(interval, p, 60) for kind, interval in (("normal", normal_interval), ("wilson", wilson_interval))}
    for name, p in COVERAGE_AT.items()
}
lines = [f"真值 {COVERAGE_AT[k]:.0%}：正态 {row['normal']:.1%}，Wilson {row['wilson']:.1%}" for k, row in covered.items()]
print("\n".join(lines))

# %% [markdown]
# 真值 97% 时，有 16% 的考试会全对，正态区间缩成一个点，什么也盖不住。
# 高分段恰恰是今天的榜单最常见的地方。
#
# ## 选项换个次序 { #order }
#
# 到这里，选项都接在题干后面各打一次分，次序不是输入。
# 换成另一种考法：四个选项写进提示，让模型报字母。
# 同一道题轮换四种次序，看它选的内容变不变。

# %%
model = students["seen_trigram"]
letters = [[chosen_by_letter(model, item, order) for order in rotations(4)] for item in items]
places = Counter(order.index(pick) for row in letters for order, pick in zip(rotations(4), row, strict=True))
letter_accuracy = accuracy([pick == item.answer for item, row in zip(items, letters, strict=True) for pick in row])
lines = [f"报字母：翻转率 {flip_rate(letters):.0%}，准确率 {letter_accuracy:.0%}，选的位置 {dict(places)}"]

BONUSES = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0]
content = [scores(model, item, "sum") for item in items]
flips = []
for bonus in BONUSES:
    picks = [[chosen_with_bonus(row, (bonus, 0, 0, 0), order) for order in rotations(4)] for row in content]
    flips.append(flip_rate(picks))
    lines.append(f"排在第一位加 {bonus:3.1f}：翻转率 {flips[-1]:.0%}")
print("\n".join(lines))

# %% [markdown]
# 丙背过整张卷子，一报字母就回到 25%：它从没见过“A.”，四个字母一样生，永远答第一个。
# 会做题和会报字母是两种本事，小模型常常只有前一种。
#
# 下面那几行是另一种考生：内容照旧打分，只是偏爱排在第一位的选项。
# 偏爱折成对数概率，加 2 就是 7.4 倍的先验，翻转率已经看得见；只用一种次序考，这些翻转一个也看不见。
#
# ## 试几次才算会：pass@k { #pass-at-k }
#
# 一台玩具的编程机：程序是三步，每步从“加 1”“乘 2”“减 3”里挑，随机写 27 种之一。
# 题目是一个目标函数，输入 0 到 5 的输出都对上，就算通过。
# 写对的概率 $p$ 可以数出来，所以知道真值。

# %%
OPERATIONS = {"+1": lambda x: x + 1, "*2": lambda x: x * 2, "-3": lambda x: x - 3}
PROGRAMS = list(product(OPERATIONS, repeat=3))


def outputs(program):
    values = range(6)
    for step in program:
        values = [OPERATIONS[step](x) for x in values]
    return tuple(values)


solved_by = Counter(outputs(program) for program in PROGRAMS)  # 目标函数 → 有几个程序写得出它
difficulties = Counter(solved_by.values())
header = f"{len(PROGRAMS)} 个程序，{len(solved_by)} 个不同的函数；写法数 → 函数个数 {dict(sorted(difficulties.items()))}"

N, KS = 10, [1, 2, 3, 5, 8, 10]
tasks = [count / len(PROGRAMS) for count in solved_by.values()]
curves = {
    "true": [float(np.mean([true_pass_at_k(p, k) for p in tasks])) for k in KS],
    "unbiased": [float(np.mean([expected_estimate(pass_at_k, p, N, k) for p in tasks])) for k in KS],
    "naive": [float(np.mean([expected_estimate(naive_pass_at_k, p, N, k) for p in tasks])) for k in KS],
    "simulated": [
        float(np.mean([simulate(naive_pass_at_k, p, N, k, 4_000, seed) for seed, p in enumerate(tasks)])) for k in KS
    ],
}
lines = [header, "k         " + "".join(f"{k:>8}" for k in KS)]
lines += [f"{name:10}" + "".join(f"{value:8.3f}" for value in row) for name, row in curves.items()]
print("\n".join(lines))

# %% [markdown]
# 每题抽 10 次，`unbiased` 与真值一位不差，`naive` 一律偏低，$k$ 越大偏得越多；最后一行是抽样四千次的平均，与精确的期望对得上。
# 原因在弯曲：$(1-p)^k$ 是下凸的，$c/n$ 在 $p$ 左右摆，摆动之后的平均总比中间高，1 减去它就偏低。
# 无偏的代价是它只管平均：单独一题 $c=1$，$k=5$，估计值是 0.5，真值可能是任何数。
#
# ## 两两对战：Bradley–Terry { #bradley-terry }
#
# 没有标准答案的任务，只好两个回答放在一起让人挑。
# 五个模型，真实的实力定好，每对打 60 场，再从胜负倒推实力和误差。

# %%
TRUTH = np.array([0.8, 0.4, 0.1, -0.3, -1.0])
rng = np.random.default_rng(2)
wins = np.zeros((5, 5), dtype=int)
for i in range(5):
    for j in range(i):
        wins[i, j] = rng.binomial(60, win_probability(TRUTH[i], TRUTH[j]))
        wins[j, i] = 60 - wins[i, j]
strength = fit(wins)
lines = [str(wins)]
for i in range(5):
    theta, low, high = strength.interval(i)
    lines.append(f"模型 {i + 1}：真值 {TRUTH[i]:+.2f}，估计 {theta:+.2f} [{low:+.2f}, {high:+.2f}]，等级分 {theta * ELO:+.0f}")
gap, low, high = strength.difference_interval(1, 2)
lines.append(f"第二与第三的差 {gap * ELO:.0f} 分 [{low * ELO:.0f}, {high * ELO:.0f}]")
print("\n".join(lines))

# %% [markdown]
# 一共 600 场，第二与第三的差仍然跨过 0：谁第二，还说不准。
# 要看的是差的区间，不是各自的区间有没有重叠：两者共用对手，误差并不独立。
#
# ## 搬到真的评测台 { #export }
#
# 同样的题也写成了 lm-evaluation-harness 的任务文件，字段与指标同名，别的模型可以直接跑。

# %%
print((FILE.parent / "cloze-zh.yaml").read_text("utf-8"))

# %%
clean_low, clean_high = wilson_interval(sum(records["clean_trigram"]["sum"]), 60)
assert clean_low < 0.25 < clean_high
assert accuracy(trigram["sum"]) > 0.9
assert comparisons["pmi_vs_sum"]["mcnemar_p"] < 0.01
assert low < 0 < high
assert flip_rate(letters) == 1 and letter_accuracy == 0.25 and flips[0] == 0
assert np.allclose(curves["unbiased"], curves["true"]) and np.all(np.array(curves["naive"])[1:] < curves["true"][1:])
assert np.allclose(curves["simulated"], curves["naive"], atol=0.01)
assert covered["p97"]["normal"] < 0.85 < 0.93 < covered["p97"]["wilson"]

# %%
path = save(
    "harness",
    values={
        "n_items": len(items),
        "correct": {name: {how: sum(r) for how, r in by_how.items()} for name, by_how in records.items()},
        "accuracy": {name: {how: accuracy(r) for how, r in by_how.items()} for name, by_how in records.items()},
        "wilson": {
            name: {how: dict(zip(("low", "high"), wilson_interval(sum(r), len(r)), strict=True)) for how, r in by_how.items()}
            for name, by_how in records.items()
        },
        "comparisons": comparisons,
        "coverage": covered,
        "order": {"letter_flip": flip_rate(letters), "letter_accuracy": letter_accuracy, "bonus": BONUSES, "flip": flips},
        "pass_at_k": {"n": N, "k": KS, **curves},
        "bradley_terry": {"theta": strength.theta.tolist(), "gap": gap * ELO, "low": low * ELO, "high": high * ELO},
    },
)
print(path)
