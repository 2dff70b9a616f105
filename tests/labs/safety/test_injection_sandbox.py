"""提示注入的沙盒：每种策略的泄漏与办成，对照手算的概率；权限隔离没有一次泄漏；报错。"""

import math

import pytest

from labs.safety.injection_sandbox import GOOD, PLANS, Policy, Tally, simulate

N = 12_000


def near(count, p, n=N):
    return abs(count - n * p) < 4.5 * math.sqrt(n * p * (1 - p)) + 1e-9


def test_without_a_defence_the_worst_case_leaks_every_time():
    assert simulate(Policy(), 400) == Tally(400, 400, 0, 400)
    assert simulate(Policy(), 400, "") == Tally(400, 0, 0, 400)
    assert simulate(Policy(), 400, obedience=0.0) == Tally(400, 0, 0, 400)
    assert near(simulate(Policy(), N, obedience=0.3).leaked, 0.3)


def test_a_filter_leaks_what_it_misses_and_costs_the_mails_it_deletes():
    tally = simulate(Policy(filter_miss=0.05, filter_alarm=0.02), N)
    assert near(tally.leaked, 0.05)
    lost = 3 / 4 * (1 / 3 * 0.95 + 2 / 3 * 0.02)  # 四种事里三种要读第一封
    assert near(tally.done, 1 - lost)
    assert near(simulate(Policy(filter_miss=0.05, filter_alarm=0.02), N, "").done, 1 - 3 / 4 * 0.02)


def test_confirmation_leaks_the_human_error_and_independent_layers_multiply():
    confirm = Policy(human_error=0.2, human_reject=0.02)
    assert near(simulate(confirm, N).leaked, 0.2)
    assert near(simulate(confirm, N, "").done, 1 - 3 / 4 * 0.02)  # 三种事要寄信
    assert near(simulate(Policy(0.05, 0.02, 0.2, 0.02), N).leaked, 0.01)


def test_confirmation_does_not_see_a_wrong_summary():
    tally = simulate(Policy(human_error=0.0), N, "mislead")
    assert tally.leaked == 0 and tally.misled == N // 2 and tally.done == N // 2
    assert near(simulate(Policy(filter_miss=0.05), N, "mislead").misled, 0.05 / 2)


def test_separation_never_leaks_but_may_be_misled_and_refuses_one_kind_of_errand():
    for seed in range(5):
        assert simulate(Policy(separate=True), N, seed=seed).leaked == 0
    quiet = simulate(Policy(separate=True), N, "")
    assert quiet == Tally(N, 0, 0, N * 3 // 4)  # “便条寄信里的地址”一概办不成
    tally = simulate(Policy(separate=True), N, "mislead")
    assert near(tally.misled, 1 / 2 * 1 / 3) and tally.leaked == 0  # 只有第一封里的命令够得着
    assert near(tally.done, 3 / 4 - 1 / 6)
    assert near(simulate(Policy(separate=True), N, "mislead", obedience=0.5).misled, 1 / 12)


def test_endorsement_buys_the_errand_back_and_the_risk_with_it():
    policy = Policy(separate=True, human_error=0.2, human_reject=0.02)
    tally = simulate(policy, N)
    assert near(tally.leaked, 1 / 4 * 1 / 3 * 0.2)
    assert near(simulate(policy, N, "").done, 1 - 1 / 4 * 0.02)
    assert near(simulate(policy, N, "mislead").misled, 1 / 6) and simulate(policy, N, "mislead").leaked == 0
    wrong = simulate(Policy(separate=True, human_error=1.0), N, "mislead")
    assert near(wrong.done, 1 - 1 / 3 * 3 / 4)  # 寄错了地方不算办成


def test_it_is_repeatable():
    policy = Policy(0.3, 0.1, 0.4, 0.1)
    assert simulate(policy, 300, seed=1) == simulate(policy, 300, seed=1) != simulate(policy, 300, seed=2)
    assert PLANS.keys() == GOOD.keys()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Policy(filter_miss=1.2), "^filter_miss 里的数应在 0 与 1 之间"),
        (lambda: Policy(human_reject=-0.1), "^human_reject 里的数"),
        (lambda: simulate(Policy(), 0), "^n 应为"),
        (lambda: simulate(Policy(), 1, "delete"), "^attack 应为 leak、mislead 或空串，得到 'delete'"),
        (lambda: simulate(Policy(), 1, obedience=2), "^obedience 里的数"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
