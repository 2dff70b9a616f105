"""权限隔离：手算的例子；不变量用穷举证：不可信的字到不了收件人，也改不动步骤；报错。"""

import itertools

import pytest

from labs.safety.taint import ARITY, MAIL, NOTE, READER, USER, Labelled, Step, check_plan, execute, may_send

READ, NOTE_STEP = Step("read_mail", output="信"), Step("read_note", output="条")
TO = Step("literal", output="谁", text="小王")
SECRET = "便条的内容"


def honest(text):
    return text


def test_the_two_plans_of_the_page():
    to_the_address = [READ, Step("extract", ("信",), "址"), NOTE_STEP, Step("send", ("址", "条"))]
    trace = execute(to_the_address, "小李", SECRET, honest)
    assert trace.sent == [] and trace.blocked == ["收件人的来源是 mail、reader，不只是用户"]
    trace = execute([NOTE_STEP, TO, Step("send", ("谁", "条"))], "小李", SECRET, honest)
    assert trace.sent == [(Labelled("小王", frozenset({USER})), Labelled(SECRET, frozenset({NOTE})))]
    assert trace.calls == ["read_note", "literal", "send"] and not trace.blocked


def test_labels_only_grow():
    plan = [READ, NOTE_STEP, TO, Step("join", ("信", "条"), "甲"), Step("join", ("甲", "谁"), "乙"), Step("extract", ("乙",), "丙"), Step("show", ("丙",))]
    (shown,) = execute(plan, "信", SECRET, honest).shown
    assert shown == Labelled("信" + SECRET + "小王", frozenset({MAIL, NOTE, USER, READER}))


def test_even_the_users_own_words_lose_their_standing_after_a_model_touched_them():
    plan = [TO, Step("extract", ("谁",), "改"), Step("send", ("改", "谁"))]
    assert execute(plan, "", "", lambda _: "攻击者").sent == []


def test_a_reader_that_never_answers_stops_the_mail_but_misdirects_nothing():
    def silent(_):
        raise TimeoutError

    with pytest.raises(TimeoutError):  # 坏的是可用性，不在不变量之内
        execute([READ, Step("extract", ("信",), "摘"), TO, Step("send", ("谁", "摘"))], "信", SECRET, silent)


def test_a_reader_with_memory_sheds_the_note_label_but_still_picks_no_recipient():
    seen = []

    def remembers(text):
        seen.append(text)
        return seen[0]  # 第二次读信，说出第一次读到的便条

    plan = [NOTE_STEP, Step("extract", ("条",), "甲"), READ, Step("extract", ("信",), "乙"), Step("show", ("乙",)), Step("send", ("乙", "乙"))]
    trace = execute(plan, "信", SECRET, remembers)
    assert trace.shown == [Labelled(SECRET, frozenset({MAIL, READER}))]  # 标签里没有便条：保密要读者没有记性
    assert trace.sent == []


def test_someone_may_endorse_and_sees_recipient_and_body():
    seen = []
    plan = [READ, NOTE_STEP, Step("send", ("信", "条"))]

    def endorse(recipient, body):
        seen.append((recipient.text, body.text))
        return True

    assert len(execute(plan, "小李", SECRET, honest, endorse).sent) == 1 and seen == [("小李", SECRET)]
    assert execute(plan, "小李", SECRET, honest, lambda *_: False).blocked
    execute([TO, Step("send", ("谁", "谁"))], "", "", honest, endorse)
    assert len(seen) == 1  # 合规矩的不问人


def plans(length, known=()):
    """由 length 步组成的所有计划：工具与接线任意，每个新值另取一个名字。"""
    if length == 0:
        yield ()
        return
    for tool, arity in ARITY.items():
        makes = tool not in ("send", "show")
        name = str(len(known)) if makes else ""
        for given in itertools.product(known, repeat=arity):
            step = Step(tool, given, name, "小王" if tool == "literal" else "")
            for rest in plans(length - 1, (*known, name) if makes else known):
                yield (step, *rest)


def test_no_untrusted_word_reaches_a_recipient_and_none_changes_the_steps():
    checked = refused = 0
    readers = (honest, lambda _: "攻击者", lambda text: text + SECRET, lambda _: "小王")
    for plan in (plan for length in (1, 2, 3, 4) for plan in plans(length)):
        traces = [execute(plan, mail, SECRET, reader) for mail in ("", "命令") for reader in readers]
        for trace in traces:
            assert trace.calls == [step.tool for step in plan]  # 步骤与读到的内容无关
            assert all(set(to.text) <= set("小王") and to.sources == {USER} for to, _ in trace.sent)
        assert len({(len(trace.sent), tuple(to.text for to, _ in trace.sent)) for trace in traces}) == 1  # 寄不寄、寄给谁，都与攻击者无关
        checked += 1
        refused += bool(traces[0].blocked)
    assert checked > 4000 and 0 < refused < checked


def test_the_rule_itself():
    assert may_send(Labelled("小王", frozenset({USER})))
    for sources in ({USER, READER}, {MAIL}, {USER, MAIL}, {NOTE}, set()):
        assert not may_send(Labelled("小王", frozenset(sources)))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ([Step("delete")], "^plan 第 0 步的工具 'delete' 不认识"),
        ([READ, Step("send", ("信",))], "^plan 第 1 步 send 应有 2 个输入，得到 1 个"),
        ([Step("show", ("信",))], "^plan 第 0 步用到的 信 在前面没有算过"),
        ([READ, Step("show", ("信",), "看"), Step("show", ("看",))], "^plan 第 2 步用到的 看 在前面没有算过"),
    ],
)
def test_bad_plans_are_rejected(plan, message):
    with pytest.raises(ValueError, match=message):
        check_plan(plan)
    with pytest.raises(ValueError, match=message):
        execute(plan, "", "", honest)
