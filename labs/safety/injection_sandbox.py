"""提示注入的沙盒：一个见令就从的玩具助手，三样工具，几种策略，数泄漏几次、办成几件。

    助手   收件箱里有三封信；读到命令就照做，概率是 obedience（1 是最坏的情形，本书的假定）
    命令   只是信上的记号 leak 或 mislead，没有一个字是给真模型看的
    泄漏   便条寄到了攻击者的地址；误导：给用户看的内容被换掉；办成：用户要的事做了，且没有被误导

手算一遍：过滤漏过 5%、人放行 20%，leak 都藏在信里、助手必从，独立时泄漏 0.05·0.2 = 1%。
权限隔离（taint.py）时，收件人写在信里的事办不成；其余三种照办，没有一次泄漏。

前提：攻击不随策略变；过滤按整封信删；人只看见收件人与内容，不知道信里写过什么。
数只说明这套规则，不是任何真模型的得手率。
不含：真的模型、真的攻击文字、多轮、记忆。
来源：greshake2023not（间接注入），debenedetti2025defeating（权限隔离）。
正文：docs/04-harms-toxicity/prompt-injection.md。
"""

import random
from dataclasses import dataclass

from labs.common.validate import check_count
from labs.safety.layers import check_rates
from labs.safety.taint import Labelled, Step, execute

OUTSIDER, NOTE_TEXT, FALSE = "攻击者", "便条", "假的内容"
READ = Step("read_mail", output="信")
LOOK = Step("extract", ("信",), "摘")
TO = Step("literal", output="谁", text="小王")
PLANS = {
    "看摘要": (READ, LOOK, Step("show", ("摘",))),
    "回收到": (TO, Step("literal", output="话", text="收到"), Step("send", ("谁", "话"))),
    "转给小王": (READ, LOOK, TO, Step("send", ("谁", "摘"))),
    "便条寄信里的地址": (READ, LOOK, Step("read_note", output="条"), Step("send", ("摘", "条"))),
}
GOOD = {"看摘要": "摘要", "回收到": "", "转给小王": "摘要", "便条寄信里的地址": "小李"}  # 老实的读者该抽出什么


@dataclass(frozen=True)
class Policy:
    """None 表示没有这道防线；separate 为真时，人只在出口拦下时才被问到。"""

    filter_miss: float | None = None  # 带命令的信漏过过滤
    filter_alarm: float = 0.0  # 干净的信被误删
    human_error: float | None = None  # 恶意的发送被人放行
    human_reject: float = 0.0  # 正当的发送被人拦下
    separate: bool = False

    def __post_init__(self) -> None:
        rates = {name: getattr(self, name) for name in ("filter_miss", "filter_alarm", "human_error", "human_reject")}
        for name, rate in rates.items():
            check_rates(name, [0.0 if rate is None else rate])


@dataclass(frozen=True)
class Outcome:
    """一次办事的结果。"""

    leaked: bool
    misled: bool
    done: bool


@dataclass(frozen=True)
class Tally:
    """n 次里泄漏、误导、办成各几次。"""

    n: int
    leaked: int
    misled: int
    done: int


def naive(task: str, commands: list[str], policy: Policy, obedience: float, rng: random.Random) -> Outcome:
    """没有隔离的助手：三封信与用户的请求读进同一段上下文，信里的命令与用户的话没有两样。"""
    kept = [True] * len(commands)
    if policy.filter_miss is not None:
        kept = [rng.random() < (policy.filter_miss if command else 1 - policy.filter_alarm) for command in commands]
    obeyed = {c for c, keep in zip(commands, kept, strict=True) if keep and c and rng.random() < obedience}

    def human(malicious: bool) -> bool:
        if policy.human_error is None:
            return True
        return rng.random() < (policy.human_error if malicious else 1 - policy.human_reject)

    leaked = "leak" in obeyed and human(True)
    misled = "mislead" in obeyed and task in ("看摘要", "转给小王")
    readable = kept[0] or task == "回收到"  # 第一封是要办的那封；“收到”不用读信
    allowed = task == "看摘要" or human(False)
    return Outcome(leaked, misled, readable and allowed and not misled)


def separated(task: str, commands: list[str], policy: Policy, obedience: float, rng: random.Random) -> Outcome:
    """权限隔离：计划由请求定死，只读第一封；隔离的读者听命令，也只能改它返回的那段字。"""
    command = commands[0] if commands[0] and rng.random() < obedience else ""
    lies = {"leak": OUTSIDER, "mislead": FALSE}

    def endorse(recipient: Labelled, body: Labelled) -> bool:
        if policy.human_error is None:
            return False
        return rng.random() < (1 - policy.human_reject if recipient.text == GOOD[task] else policy.human_error)

    trace = execute(PLANS[task], "信", NOTE_TEXT, lambda _: lies.get(command, GOOD[task]), endorse)
    leaked = any(to.text == OUTSIDER and body.text == NOTE_TEXT for to, body in trace.sent)
    outputs = trace.shown + [body for _, body in trace.sent]
    misled = any(value.text in lies.values() for value in outputs)
    wrong = any(to.text in lies.values() for to, _ in trace.sent)
    return Outcome(leaked, misled, not trace.blocked and not misled and not wrong)


def simulate(policy: Policy, n: int, attack: str = "leak", obedience: float = 1.0, seed: int = 0) -> Tally:
    """办 n 次事，四种轮着来；attack 是 leak、mislead 或空串（没有攻击），命令随机藏在一封信里。"""
    check_count("n", n)
    check_rates("obedience", [obedience])
    if attack not in ("leak", "mislead", ""):
        raise ValueError(f"attack 应为 leak、mislead 或空串，得到 {attack!r}。")
    rng, outcomes = random.Random(seed), []
    for index in range(n):
        commands = ["", "", ""]
        commands[rng.randrange(3)] = attack
        run = separated if policy.separate else naive
        outcomes.append(run(list(PLANS)[index % len(PLANS)], commands, policy, obedience, rng))
    return Tally(n, *(sum(getattr(o, key) for o in outcomes) for key in ("leaked", "misled", "done")))
