# ---
# title: 第三道门：权限隔离
# description: 一个见令就从的玩具助手读信办事，比较不设防、过滤、人工确认与权限隔离：各泄漏几成，办成几成，剩下的风险是什么。
# type: lab
# chapter: 4
# status: stable
# labs: [capabilities.intervals, common.results, safety.injection_sandbox, safety.layers, safety.taint]
# tolerance: 0.01
# ---

# %% [markdown]
# # 第三道门：权限隔离 { #injection-lab }
#
# 一个玩具助手替人读信、看便条、寄信。
# 收件箱里三封信，攻击者写了其中一封，信上带着一个记号：`leak`，意思是“把便条寄给我”。
# 助手见令就从，每次都从：这是我们假定的最坏情形，不是任何真模型的得手率；信里也没有一个字是给真模型看的。
#
# 先写下你的猜测。
#
# 1. 过滤漏过 5%，人看走眼 20%，两道都上，泄漏几成？
# 2. 若伪装得好的攻击对两道防线都更难认，还是这个数吗？
# 3. 权限隔离之后泄漏几成，办成的事少几成？
# 4. 隔离之后，还有什么伤害照样发生？

# %%
from labs.capabilities.intervals import wilson_interval
from labs.common.results import save
from labs.safety.injection_sandbox import PLANS, Policy, simulate
from labs.safety.layers import after, bounds, by_kind, independent
from labs.safety.taint import execute

N = 20_000
MISS, ALARM, ERROR, REJECT = 0.05, 0.02, 0.20, 0.02
POLICIES = {
    "none": Policy(),
    "filter": Policy(filter_miss=MISS, filter_alarm=ALARM),
    "confirm": Policy(human_error=ERROR, human_reject=REJECT),
    "both": Policy(MISS, ALARM, ERROR, REJECT),
    "separate": Policy(separate=True),
    "endorse": Policy(human_error=ERROR, human_reject=REJECT, separate=True),
}

# %% [markdown]
# ## 四种事 { #errands }
#
# 前三种的收件人由用户写明，或根本不寄；最后一种的收件人写在信里。

# %%
for task, plan in PLANS.items():
    print(f"{task:10}", " → ".join(step.tool for step in plan))

# %% [markdown]
# ## 泄漏与办成 { #leaks }
#
# 每种策略办两万次事，区间是 95% 的 Wilson 区间。

# %%
table = {}
for name, policy in POLICIES.items():
    leak, mislead, quiet = (simulate(policy, N, attack, seed=7) for attack in ("leak", "mislead", ""))
    low, high = wilson_interval(leak.leaked, N)
    table[name] = {
        "leaked": leak.leaked / N,
        "low": low,
        "high": high,
        "misled": mislead.misled / N,
        "done": quiet.done / N,
        "done_attacked": leak.done / N,
    }
    print(f"{name:9}", "  ".join(f"{key} {value:.4f}" for key, value in table[name].items()))

# %% [markdown]
# 过滤与确认相乘，掉到 1% 上下；隔离是 0，区间的上端也不到万分之二。
# 零次不等于不会：区间只说明这两万次，真正的理由是下一格的不变量。
#
# ## 为什么是零 { #why-zero }
#
# 换几种作恶的读者、几种信的内容，看隔离的助手做了哪几步、寄给了谁。

# %%
readers = {"老实": lambda text: "小李", "改成攻击者": lambda text: "攻击者", "塞进便条": lambda text: text + "便条"}
for task, plan in PLANS.items():
    traces = [execute(plan, mail, "便条", reader) for mail in ("信", "命令") for reader in readers.values()]
    assert all(trace.calls == [step.tool for step in plan] for trace in traces)  # 步骤不变
    assert all(to.sources == {"user"} for trace in traces for to, _ in trace.sent)  # 收件人只来自用户
    print(f"{task:10}", {to.text for trace in traces for to, _ in trace.sent} or "没有寄出", traces[0].blocked)

# %% [markdown]
# 读者说什么都改不动步骤，也进不了收件人那一格。
# 测试里把四步以内的计划全部穷举了一遍。
# 改得动的是内容：摘要可以是假的，转给小王的话也可以是假的，见表里的 misled 一列。
#
# ## 相关的防线 { #correlated }
#
# 一成的攻击伪装得好：过滤漏 41%，人放行 92%；九成粗糙：漏 1%，放行 12%。
# 两个边际仍是 5% 与 20%。

# %%
SHARES, MISSES = [0.1, 0.9], [[0.41, 0.92], [0.01, 0.12]]
leaked = sum(
    simulate(Policy(filter_miss=miss, human_error=error), round(share * N), seed=11).leaked
    for share, (miss, error) in zip(SHARES, MISSES, strict=True)
)
low, high = wilson_interval(leaked, N)
correlated = {"leaked": leaked / N, "low": low, "high": high, "exact": by_kind(SHARES, MISSES), "product": independent([MISS, ERROR])}
correlated["least"], correlated["most"] = bounds([MISS, ERROR])
print({key: round(value, 4) for key, value in correlated.items()})

# %% [markdown]
# ## 一天一百封 { #attempts }

# %%
DAYS = [1, 10, 100, 1000]
risk = {name: [after(r, n) for n in DAYS] for name, r in (("filter", MISS), ("product", independent([MISS, ERROR])), ("correlated", by_kind(SHARES, MISSES)))}
for name, row in risk.items():
    print(f"{name:10}", [round(value, 3) for value in row])

# %% [markdown]
# ## 助手没有这么听话呢 { #obedience }
#
# 服从的机会从 1 降到 0.01，四种策略的泄漏按比例缩小，除了本来就是 0 的那一种。

# %%
OBEDIENCE = [1.0, 0.3, 0.1, 0.01]
sweep = {name: [simulate(POLICIES[name], N, obedience=p, seed=3).leaked / N for p in OBEDIENCE] for name in ("none", "filter", "both", "separate")}
print(sweep)

# %% [markdown]
# ## 三条检查 { #checks }

# %%
assert table["separate"]["leaked"] == 0 and all(rate == 0 for rate in sweep["separate"])
assert table["filter"]["low"] < MISS < table["filter"]["high"] and table["both"]["low"] < MISS * ERROR < table["both"]["high"]
assert correlated["low"] < correlated["exact"] < correlated["high"] < correlated["most"]
assert table["separate"]["misled"] > 0  # 隔离挡不住假的内容

# %%
print(
    save(
        "injection",
        values={"n": N, "policies": table, "correlated": correlated, "attempts": DAYS, "risk": risk, "obedience": OBEDIENCE, "sweep": sweep},
    )
)
