"""互动图 <book-guess-or-abstain>：在浏览器里与 labs.safety.abstention 逐例核对，再用键盘、鼠标、手指走一遍。"""

import json

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

widget = Widget("guess-or-abstain", "猜还是不猜", "04-harms-toxicity")
DATA = json.loads((ROOT / "docs/04-harms-toxicity/data/guess-or-abstain.json").read_text("utf-8"))
START = "全猜每题 −1.000 分；把握高于 0.750 才答，答 20%，每题 0.120 分：不猜更好。说的就是真的"


def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def field(page, name: str):
    return page.locator(f"[data-field={name}]")


def slider(page, name: str):
    return page.locator(f"[data-slide={name}]")


def test_formulas_agree_with_the_lab(load):
    """四十二组设置：门槛、划线处、三种做法的作答率、正确率与得分。"""
    answers = widget.run(
        load(""),
        "return x.map(({ c, g }) => ({ t: m.threshold(c), cut: m.honestCut(m.threshold(c), g), ...m.compare(c, g) }));",
        DATA["cases"],
    )
    assert len(answers) == 42
    for case, answer in zip(DATA["cases"], answers, strict=True):
        assert [answer["t"], answer["cut"]] == pytest.approx([case["t"], case["cut"]], rel=1e-12)
        for way in ("guess", "trust", "honest"):
            for key, wanted in case[way].items():
                got = answer[way][key]
                assert got is None if wanted is None else got == pytest.approx(wanted, rel=1e-12, abs=1e-12), (
                    case["c"],
                    case["g"],
                    way,
                    key,
                )
    assert any(case["trust"]["accuracy"] is None for case in DATA["cases"])


def test_the_start_is_the_example_of_the_page(load):
    page = load()
    assert say(page).startswith(START)
    assert [out(page, f"trust-{k}") for k in ("coverage", "accuracy", "score")] == ["20%", "90.0%", "0.120"]
    assert page.locator(".on").count() == 2 and page.locator(".bar").count() == 10


def test_the_knobs(load):
    page = load()
    slider(page, "c").focus()
    slider(page, "c").press("Home")
    assert "不扣分，门槛是 0：全猜最好" in say(page) and page.locator(".on").count() == 10
    slider(page, "c").press("End")
    assert out(page, "trust-accuracy") == "没有可算的" and out(page, "trust-coverage") == "0%"
    field(page, "c").fill("３")
    field(page, "g").fill("2")
    assert [out(page, f"{way}-score") for way in ("guess", "trust", "honest")] == ["−1.670", "0.050", "0.061"]
    assert "真的该划在说的 0.866，少答一些" in say(page) and "说大了" in page.locator("#e-g").inner_text()
    field(page, "g").fill("0.5")
    assert "多答一些" in say(page) and "说小了" in page.locator("#e-g").inner_text()


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load()
    page.locator("h1").click()
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name)
    assert names == [name for label in ("答错扣几分 c", "说大了多少 γ") for name in (label, f"{label}，滑块")]


@pytest.mark.parametrize(("name", "bad"), [("c", "abc"), ("c", "19.5"), ("c", ""), ("c", "-1"), ("g", "0"), ("g", "1.234")])
def test_a_bad_number_is_answered_beside_the_field(load, name, bad):
    page = load()
    before = say(page)
    field(page, name).fill(bad)
    message = page.locator(f"#e-{name}")
    assert field(page, name).get_attribute("aria-invalid") == "true" and f"现在是“{bad}”" in message.inner_text()
    assert say(page) == before
    field(page, name).fill("2")
    assert field(page, name).get_attribute("aria-invalid") == "false" and say(page) != before


@pytest.mark.parametrize("attribute", ['data-c="NaN"', 'data-g="9"', 'data-c="&lt;img src=x onerror=alert(1)>"'])
def test_a_bad_attribute_is_named_and_the_board_still_works(load, attribute):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1 and "没有采用" in page.locator(".notes p").inner_text()
    assert say(page).startswith(START)


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    box = slider(page, "c").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    assert field(page, "c").input_value() == "19"
    assert min(page.locator(".num, [type=range]").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")) >= 44


def test_without_javascript_the_picture_stays(load):
    picture = load(java_script_enabled=False).locator("book-guess-or-abstain svg")
    assert picture.is_visible() and picture.bounding_box()["width"] == 480 and "每题 0.120 分" in picture.text_content()
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-guess-or-abstain svg").bounding_box()["width"] <= 340


@pytest.mark.parametrize("width", [375, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-guess-or-abstain")
    assert host.get_attribute("data-state") == "ready" and page.locator(".cols").count() == 0
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".cols").wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.c = '8'; }")
    assert field(page, "c").input_value() == "3"  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(field(page, "c")).to_have_value("8")


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_axe_finds_nothing(load, scheme):
    page = load(widget("data-g=NaN"))
    page.evaluate(
        "scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; "
        "document.body.style.background = 'var(--fig-bg)'; }",
        scheme,
    )
    field(page, "c").fill("abc")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 768, 1200])
@pytest.mark.parametrize("attributes", ["", "data-c=19 data-g=0.3", "data-c=0 data-g=3"])
def test_nothing_sticks_out(load, width, attributes):
    page = load(widget(attributes), viewport={"width": width, "height": 800})
    page.locator(".cols").wait_for(state="attached")
    print(width, page.locator(".board").bounding_box()["height"], page.locator(".cols").bounding_box()["height"])
    assert widget.sticking_out(page) == []
