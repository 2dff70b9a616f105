# ---
# title: 百行评测台
# description: 手写一个评测台，用几种归一化给六十道中文选择题和三百道唐诗题打分，再问分数的差距是不是噪声。
# type: lab
# chapter: 2
# status: stable
# verified: 2026-11-24
# labs: [capabilities.harness, capabilities.char_lm, capabilities.intervals, capabilities.paired, capabilities.option_order, capabilities.pass_at_k, capabilities.poem_cloze, capabilities.bradley_terry, tiny_lm.checkpoint, tiny_lm.corpus, tiny_lm.scorer]
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
# 3. 四选一，选出一首没见过的唐诗的末句：数过两万首诗的三元模型答对几成，读过同样的诗的小语言模型呢？
# 4. 抽 10 次对 1 次，估计“试 5 次至少对一次”。把 0.1 代进 $1-(1-p)^5$，平均起来偏高还是偏低？

# %%
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import torch

from labs.capabilities.bradley_terry import ELO, fit, win_probability
from labs.capabilities.char_lm import CharLM
from labs.capabilities.harness import METRICS, accuracy, evaluate, predict, read_items, scores
from labs.capabilities.intervals import coverage, normal_interval, unpaired_difference, wilson_interval
from labs.capabilities.option_order import chosen_by_letter, chosen_with_bonus, flip_rate, rotations
from labs.capabilities.paired import discordant, mcnemar, paired_bootstrap
from labs.capabilities.pass_at_k import expected_estimate, naive_pass_at_k, pass_at_k, simulate, true_pass_at_k
from labs.capabilities.poem_cloze import next_line_items
from labs.common.results import save
from labs.common.udhr import FILE, sections
from labs.tiny_lm.checkpoint import load
from labs.tiny_lm.corpus import BOUNDARY, load_corpus
from labs.tiny_lm.scorer import Scorer

torch.set_num_threads(1)

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
# ## 换一位考生：小语言模型 { #tiny-lm }
#
# 书里的小语言模型是 120 万个参数的 Transformer，只读过唐诗。
# 它也有 `logprob`，可以坐上同一张评测台；可是先要问：这张卷子它读得懂吗？

# %%
corpus = load_corpus()
network = Scorer(*load())
readable = [item for item in items if network.vocabulary.covers(item.context + "".join(item.choices))]
modern = {}
for name, student in (("network", network), ("clean_trigram", students["clean_trigram"])):
    correct = evaluate(student, readable, "sum")
    modern[name] = {"correct": sum(correct), **dict(zip(("low", "high"), wilson_interval(sum(correct), len(correct)), strict=True))}
    print(f"{name:14} {len(readable)} 题对 {sum(correct)}，95% 区间 [{modern[name]['low']:.0%}, {modern[name]['high']:.0%}]")
print(f"六十题里，每个字都在它的词表里的有 {len(readable)} 题")

# %% [markdown]
# 六十题里，它每个字都认得的只有 12 题，其余 48 题打不出分：词表外的字没有概率。
# 12 题对 1 题，区间从 1% 到 35%，圈着 25%；甲对 6 题，区间是 25% 到 75%，也贴着边。
# 条文的说法不在它读过的诗里，近于瞎猜不奇怪；题又这样少，也不能据此断定它不如甲。
#
# 换一张它看得懂的卷子。
# 从语料的测试份里出 300 道题：给一首诗，缺末句，真句与别的诗的三个末句里选一个。
# 题由散列值决定，格式与上面一样；四个选项句式相同、一样长，都没有进过训练。
# 对手也换成读过同样两万首诗的三元模型，否则比的是读过什么，不是哪种模型。

# %%
poem_items = next_line_items(corpus.test, 300)
poem_trigram = CharLM(BOUNDARY + "".join(poem + BOUNDARY for poem in corpus.train), 3)
poem_students = {"network": network, "trigram": poem_trigram}
item = poem_items[0]
print(item.context.strip() + "____", "、".join(item.choices), "→", item.choices[item.answer])

HOWS = ("sum", "per_char", "pmi")
poem_records = {name: {how: evaluate(student, poem_items, how) for how in HOWS} for name, student in poem_students.items()}
poem_wilson, lines = {}, []
for name, by_how in poem_records.items():
    cells = []
    poem_wilson[name] = {}
    for how, record in by_how.items():
        low_end, high_end = wilson_interval(sum(record), len(record))
        poem_wilson[name][how] = {"low": low_end, "high": high_end}
        cells.append(f"{how} {accuracy(record):.1%} [{low_end:.1%}, {high_end:.1%}]")
    lines.append(f"{name:8} " + "  ".join(cells))
print("\n".join(lines))

poem_comparisons = {
    "network_vs_trigram": compare(poem_records["network"]["sum"], poem_records["trigram"]["sum"]),
    "network_vs_trigram_pmi": compare(poem_records["network"]["pmi"], poem_records["trigram"]["pmi"]),
    "network_sum_vs_pmi": compare(poem_records["network"]["sum"], poem_records["network"]["pmi"]),
    "trigram_pmi_vs_sum": compare(poem_records["trigram"]["pmi"], poem_records["trigram"]["sum"]),
}
for name, c in poem_comparisons.items():
    print(f"{name}：差 {c['difference']:+.1%}，一对一错 {c['only_first']} 比 {c['only_second']}，")
    print(f"    配对 [{c['paired'][0]:+.1%}, {c['paired'][1]:+.1%}]，p 值：自助 {c['bootstrap_p']:.4f}，McNemar {c['mcnemar_p']:.4f}")

# %% [markdown]
# 网络的总分是 71%，三元模型 27%，区间仍圈着 25%；一对一错 135 比 3，这回无须争论。
# 按字符的一列与总分相同，因为选项一样长；长度归一化在这里什么也不改。
# 网络用 PMI 又高出近 8 个百分点，配对的区间不含 0；三元模型用 PMI 还是瞎猜，自己没有证据，减去什么也变不出证据。
# 网络的这 8 个百分点是看了测试题才知道的，下一份卷子该用哪一种，要在另一批题上先定。
#
# 三元模型为什么近于瞎猜？
# 选项的头一个字，它只看得见上句的末字和一个逗号；第二个字以后，只看得见选项自己。
# 那就把网络也蒙住一半：只给末联的上句，别的都不给。

# %%
short_items = [replace(item, context=BOUNDARY + item.context.split("。")[-1].strip()) for item in poem_items]
short_records = {name: evaluate(student, short_items, "sum") for name, student in poem_students.items()}
short = {name: accuracy(record) for name, record in short_records.items()}
context_gain = compare(poem_records["network"]["sum"], short_records["network"])
print("只给末联的上句：", "  ".join(f"{name} {value:.1%}" for name, value in short.items()))
print(f"网络，全诗比半联：差 {context_gain['difference']:+.1%}，配对 [{context_gain['paired'][0]:+.1%}, {context_gain['paired'][1]:+.1%}]")

# %% [markdown]
# 网络从 71% 掉到 42%，三元模型一题不变：题干再长，它本来就只看最后两个字。
# 这三成题的差距来自前面几联；那里有题意，也有韵脚，真句与前文同韵，干扰项多半不同韵，两样各占多少，这里没有分开。
# 每题只有四个选项、干扰项是随手取的，所以 71% 说的是认得出，不是写得出。
#
# 再考它报字母。
# 词表里没有字母，连“丙”也没有，改用一、二、三、四：四个选项排在前面，接上末联的上句，看哪一个标号的概率最大。

# %%
MARKS = "一二三四"


def chosen_by_mark(student, item, order):
    listed = "".join(f"{mark}，{item.choices[i]}" for mark, i in zip(MARKS, order, strict=True))
    prompt = BOUNDARY + listed + item.context.split("。")[-1].strip()
    ranked = [student.logprob(prompt, mark) for mark in MARKS]
    return order[ranked.index(max(ranked))]


poem_order = {}
for name, student in poem_students.items():
    picks = [[chosen_by_mark(student, item, order) for order in rotations(4)] for item in poem_items[:60]]
    right = [pick == item.answer for item, row in zip(poem_items, picks, strict=False) for pick in row]
    where = Counter(order.index(pick) for row in picks for order, pick in zip(rotations(4), row, strict=True))
    poem_order[name] = {"flip": flip_rate(picks), "accuracy": accuracy(right), "places": [where[i] for i in range(4)]}
    print(f"{name:8} 翻转率 {poem_order[name]['flip']:.0%}，准确率 {poem_order[name]['accuracy']:.0%}，选的位置 {poem_order[name]['places']}")

# %% [markdown]
# 两个考生都一翻到底，准确率回到 25% 上下：网络八成多选排在第一位的“一”。
# 同样只给末联的上句，完形式对四成，报标号等于瞎猜；它没有学过“标号代表内容”这件事，题出得再像本行也没有用。
# 训练的诗里没有这样排着四个选项的文字，它也就没有机会学。
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
assert all(by_how["sum"] == by_how["per_char"] for by_how in poem_records.values())  # 选项等长
assert poem_wilson["network"]["sum"]["low"] > 0.25 and poem_comparisons["network_vs_trigram"]["paired"][0] > 0
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
        "modern": {"readable": len(readable), **modern},
        "poems": {
            "n_items": len(poem_items),
            "accuracy": {name: {how: accuracy(r) for how, r in by_how.items()} for name, by_how in poem_records.items()},
            "wilson": poem_wilson,
            "comparisons": poem_comparisons,
            "order": poem_order,
            "short": short,
            "context_gain": context_gain,
        },
        "pass_at_k": {"n": N, "k": KS, **curves},
        "bradley_terry": {"theta": strength.theta.tolist(), "gap": gap * ELO, "low": low * ELO, "high": high * ELO},
    },
)
print(path)
