"""权限隔离：计划只由用户写，读来的东西只当数据；每个值记着它从哪里来，出口只认来路。

    计划   一串步骤，只由用户的请求定出；读到什么都不会增、减、改换步骤
    标签   值的来源之集；由几个值算出的值，来源取并集；经过隔离的读者（reader）再添一个标签
    出口   send 的收件人只能来自用户；否则拦下，除非有人看过并认可（endorse）

手算一遍：“把便条发给来信里写的地址”。读信得到 {mail}，抽出地址得到 {mail, reader}，
收件人的来源不在 {user} 里，send 被拦；“把便条发给小王”的收件人是 {user}，放行。

不变量：没有 endorse 时，寄出的每一封，收件人都由用户写下的字拼成，与信的内容、读者返回什么都无关。
理由：来源恰为 {user} 的值，只能由 literal 与 literal 的拼接（join）得到，而计划在读信之前就定了。

来源：debenedetti2025defeating 的简化（计划、数据流标签、出口策略）。
不含：按读者细分的权限、循环与分支、侧信道、有记性的读者、不返回的读者（报错、拖住）；也管不住 show 给用户看的内容是真是假。
正文：docs/04-harms-toxicity/prompt-injection.md。
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

USER, MAIL, NOTE, READER = "user", "mail", "note", "reader"
ARITY = {"literal": 0, "read_mail": 0, "read_note": 0, "extract": 1, "join": 2, "send": 2, "show": 1}


@dataclass(frozen=True)
class Labelled:
    """一段文字和它的来源。"""

    text: str
    sources: frozenset[str]


@dataclass(frozen=True)
class Step:
    """一步：工具、输入的变量名、输出的变量名；literal 另带用户写的文字。"""

    tool: str
    inputs: tuple[str, ...] = ()
    output: str = ""
    text: str = ""


@dataclass
class Trace:
    """做过什么：依次调用的工具、寄出的（收件人，内容）、给用户看的、被拦下的理由。"""

    calls: list[str] = field(default_factory=list)
    sent: list[tuple[Labelled, Labelled]] = field(default_factory=list)
    shown: list[Labelled] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)


def check_plan(plan: Sequence[Step]) -> None:
    """要求工具认识、输入的个数对、用到的变量在前面算过；否则抛出 ValueError。"""
    known: set[str] = set()
    for number, step in enumerate(plan):
        if step.tool not in ARITY:
            raise ValueError(f"plan 第 {number} 步的工具 {step.tool!r} 不认识，可用的有 {'、'.join(ARITY)}。")
        if len(step.inputs) != ARITY[step.tool]:
            raise ValueError(f"plan 第 {number} 步 {step.tool} 应有 {ARITY[step.tool]} 个输入，得到 {len(step.inputs)} 个。")
        missing = set(step.inputs) - known
        if missing:
            raise ValueError(f"plan 第 {number} 步用到的 {'、'.join(sorted(missing))} 在前面没有算过。")
        if step.tool not in ("send", "show"):  # 出口不产生新的值
            known.add(step.output)


# --8<-- [start:execute]
def may_send(recipient: Labelled) -> bool:
    """出口的规矩只看来路：收件人必须只来自用户。"""
    return recipient.sources == {USER}


def execute(
    plan: Sequence[Step],
    mail: str,
    note: str,
    reader: Callable[[str], str],
    endorse: Callable[[Labelled, Labelled], bool] | None = None,
) -> Trace:
    """照计划一步步做；reader 是隔离的模型，可以任意作恶，但它只能返回一段文字，标签由这里来贴。"""
    check_plan(plan)
    trace, values = Trace(), {}
    for step in plan:
        trace.calls.append(step.tool)
        given = [values[name] for name in step.inputs]
        if step.tool == "send":
            if may_send(given[0]) or (endorse is not None and endorse(*given)):
                trace.sent.append((given[0], given[1]))
            else:
                trace.blocked.append(f"收件人的来源是 {'、'.join(sorted(given[0].sources))}，不只是用户")
        elif step.tool == "show":
            trace.shown.append(given[0])
        else:
            values[step.output] = compute(step, given, {MAIL: mail, NOTE: note}, reader)
    return trace


def compute(step: Step, given: Sequence[Labelled], store: Mapping[str, str], reader: Callable[[str], str]) -> Labelled:
    """算出一个新的值，标签只增不减。"""
    if step.tool == "literal":
        return Labelled(step.text, frozenset({USER}))
    if step.tool in ("read_mail", "read_note"):
        origin = step.tool.removeprefix("read_")
        return Labelled(store[origin], frozenset({origin}))
    sources = frozenset().union(*(value.sources for value in given))
    text = "".join(value.text for value in given)
    return Labelled(reader(text), sources | {READER}) if step.tool == "extract" else Labelled(text, sources)


# --8<-- [end:execute]
