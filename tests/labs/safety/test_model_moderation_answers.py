"""第 4 章“用模型做审核”：页面与练习里手算的数要与重算的一致。"""

from labs.capabilities.intervals import wilson_interval
from labs.safety.moderation_cascade import Stage, cascade, largest_fpr
from tests.labs.pages import Chapter

CHAPTER = Chapter("04-harms-toxicity")
THREE = [Stage(0.98, 0.05, 1e-6), Stage(0.95, 0.02, 0.002), Stage(0.95, 0.05, 0.5)]


def wan(count: float, digits: int = 1) -> str:
    """以万计，去掉多余的零。"""
    return f"{round(count / 1e4, digits):,g}万"


def overturned(wrong: float, a: float, b: float) -> float:
    """翻案率：申诉的里面，误删的占几成。"""
    return wrong * a / (wrong * a + (1 - wrong) * b)


def test_the_first_day():
    page, out = CHAPTER.page("model-moderation"), cascade(1e9, 0.001, [Stage(0.95, 0.01)])
    assert f"={wan(out.right)}" in page.replace("$", "") and f"={wan(out.wrong)}" in page.replace("$", "")
    assert f"={out.precision:.1%}" in page
    appeals = out.wrong * 0.1 + out.right * 0.02
    assert f"={appeals / 1e4:.1f}$万件" in page and f"要{appeals / 400:,.0f}人" in page
    assert f"={largest_fpr(0.5, 0.001, 0.95):.3%}$" in page


def test_the_table_of_the_cascade():
    page, out = CHAPTER.page("model-moderation"), cascade(1e9, 0.001, THREE)
    assert f"共花{out.cost:,.0f}元" in page and f"精确率{out.precision:.1%}" in page and f"={out.recall:.1%}$" in page
    assert f"漏掉{out.missed:,.0f}条" in page and f"降到{out.wrong / 1e4:g}万" in page
    for amount in (1_000, 101_860, 965_000):
        assert f"|{amount:,}|" in page
    assert [round(x) for x in out.seen] == [10**9, 50_930_000, 1_930_000] and 500 < out.seen[0] / out.seen[2] < 550
    alone = cascade(1e9, 0.001, THREE[1:2])
    assert round(alone.cost) == 2_000_000 and 100 < alone.wrong / out.wrong < 1000
    assert round(cascade(1e9, 0.001, THREE[2:]).cost) == 500_000_000


def test_correlated_errors_and_appeals():
    page = CHAPTER.page("model-moderation")
    same = cascade(1e9, 0.001, [THREE[0], Stage(0.95, 0.3, 0.002), THREE[2]])
    assert f"删错{same.wrong / 1e4:.1f}万条，精确率跌到{same.precision:.0%}" in page
    assert f"就有{49_950_000 * 0.3 / 1e4:,.1f}万条" in page and f"约{same.seen[2] * 0.5 / 1e4:.0f}万元" in page
    out = cascade(1e9, 0.001, THREE)
    appeals = out.wrong * 0.1 + out.right * 0.02
    assert f"来{out.wrong * 0.1:,.0f}件" in page and f"来{out.right * 0.02:,.0f}件" in page
    assert f"共{appeals:,.0f}件，{appeals / 400:.0f}个人" in page
    assert f"其中{out.wrong * 0.1 / appeals:.0%}会翻案" in page and f"占删掉的{1 - out.precision:.1%}" in page


def test_studies_at_scale_and_sharing():
    page, out = CHAPTER.page("model-moderation"), cascade(1e9, 0.001, [Stage(0.431, 0.077)])
    assert f"删对{out.right / 1e4:.1f}万" in page and f"={out.wrong / 1e4:,.0f}$万" in page and f"精确率{out.precision:.2%}" in page
    assert f"也有全部测试题的{(1 - 0.8275) / 10:.1%}，" in page and f"只容得下{largest_fpr(0.5, 0.001, 0.95):.3%}，差十八倍" in page
    assert round(0.01725 / largest_fpr(0.5, 0.001, 0.95)) == 18
    assert f"={0.02**3:.4%}$" in page and round(0.02 / 0.02**3) == 2500


def test_cascade_bill():
    answer = CHAPTER.answer("ex:cascade-bill")
    one, first, second = Stage(0.9, 0.01, 0.002), Stage(0.95, 0.1, 2e-6), Stage(0.9, 0.01, 0.002)
    a, b = cascade(2e8, 0.005, [one]), cascade(2e8, 0.005, [first, second])
    for out in (a, b):
        assert f"删对{out.right:,.0f}，删错{out.wrong:,.0f}，精确率{out.precision:.1%}，召回率{out.recall:.3g}".split("召")[0] in answer
    assert f"召回率{a.recall:.0%}，花{a.cost:,.0f}元" in answer and f"召回率{b.recall:.1%}" in answer
    assert f"={b.cost:,.0f}$元" in answer and f"多漏{b.missed - a.missed:,.0f}条" in answer
    assert f"={largest_fpr(0.9, 0.005, 0.9):.4%}$" in answer
    c = cascade(2e8, 0.005, [first, Stage(0.9, 0.1, 0.002)])
    assert f"删错{c.wrong:,.0f}条" in answer and round(c.wrong) == round(a.wrong) and f"精确率{c.precision:.1%}" in answer


def test_appeals_are_not_errors():
    answer = CHAPTER.answer("ex:appeals-are-not-errors")
    assert f"={1e6 * (0.03 * 0.2 + 0.97 * 0.02):,.0f}$件，翻案率{overturned(0.03, 0.2, 0.02):.1%}" in answer
    ratio = 0.3 / 0.7 * 0.02 / 0.2
    assert f"={ratio:.4f}$" in answer and f"e={ratio / (1 + ratio):.1%}$" in answer
    assert abs(overturned(ratio / (1 + ratio), 0.2, 0.02) - 0.3) < 1e-12
    low, high = wilson_interval(41, 1000)
    assert f"{low:.1%}到{high:.1%}" in answer
