"""互动图 <book-watermark>：在浏览器里与 labs.safety.detection 逐例核对，再用键盘、手指走一遍。"""

import json

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from tests.labs.pages import assert_up_to_date, figure_script

widget = Widget("watermark", "水印检测器", "04-harms-toxicity")
DATA = json.loads((ROOT / "docs/04-harms-toxicity/data/watermark-detector.json").read_text("utf-8"))


def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def field(page, name: str):
    return page.locator(f"[data-field={name}]")


def box(page):
    return page.locator("[data-text]")


def press(page, name: str, times: int = 1):
    for _ in range(times):
        page.get_by_role("button", name=name).click()


def test_colours_z_and_p_agree_with_the_lab(load):
    answers = widget.run(load(""), "return x.map((c) => m.detect(c.text, c.key, c.gamma))", DATA["cases"])
    assert len(answers) >= 20 and {"", "水"} <= {case["text"] for case in DATA["cases"]}
    for case, got in zip(DATA["cases"], answers, strict=True):
        marks = "".join({"green": "g", "red": "r"}.get(mark, "-") for mark in got["marks"])
        assert marks == case["colours"], case
        assert [got[name] for name in ("scored", "green", "reason")] == [case[name] for name in ("scored", "green", "reason")]
        for name in ("z", "p"):
            assert (got[name] is None) == (case[name] is None), case
            assert case[name] is None or got[name] == pytest.approx(case[name], rel=1e-10, abs=1e-300), case


def test_hashes_agree_for_extreme_keys_and_code_points(load):
    from labs.safety.watermark import pair_hash

    triples = [[key, a, b] for key in (0, 1, 2026, 2**31, 2**32 - 1) for a in (0, 10, 0x6C34, 0x10FFFF) for b in (0, 0x5C71, 0x20BB7)]
    assert widget.run(load(""), "return x.map((t) => m.pairHash(...t))", triples) == [pair_hash(*t) for t in triples]


def test_edits_and_texts_agree_with_the_generator(load):
    page = load("")
    assert widget.run(page, "return x.map((c) => m.edit(c.how, c.text, c.seed))", DATA["edits"]) == [row["edited"] for row in DATA["edits"]]
    assert widget.run(page, "return Object.fromEntries(Object.entries(m.TEXTS).map(([k, v]) => [k, v.text]))") == DATA["texts"]
    assert widget.run(page, "return m.POOL.join('')") == DATA["pool"]


def test_the_limits_agree(load):
    from labs.safety.watermark import limit

    gammas = [0.5, 0.1, 0.25, 1 / 3, 0.999, 1e-12]
    assert widget.run(load(""), "return x.map(m.limit)", gammas) == [limit(gamma) for gamma in gammas]


@pytest.mark.parametrize("call", ["m.zScore(1, 0, 0.5)", "m.zScore(3, 2, 0.5)", "m.zScore(-1, 2, 0.5)", "m.binomialTail(1, 2, NaN)", "m.binomialTail(1, 2, 1)"])
def test_the_model_refuses_impossible_counts(load, call):
    assert widget.run(load(""), f"try {{ {call}; return ''; }} catch (e) {{ return e.name; }}") == "RangeError"


def test_committed_figure_and_data_are_those_of_the_generator():
    assert_up_to_date(figure_script("watermark_fallback"))


def test_the_start_the_key_and_the_human_poem(load):
    page = load()
    assert [out(page, name) for name in ("scored", "green", "z", "p")] == ["68", "57", "5.58", "6.4 × 10⁻⁹"]
    assert page.locator(".ink .green").count() == 57 and page.locator(".ink .red").count() == 11
    marks = page.locator(".ink .green, .ink .red").evaluate_all("els => [...new Set(els.map((el) => el.className + ' ' + getComputedStyle(el).borderBottomStyle))]")
    assert sorted(marks) == ["green solid", "red dotted"]
    assert "z 过了 4" in say(page)
    field(page, "key").fill("2027")
    assert out(page, "z") == f"{DATA['values']['other_key']['z']:.2f}" and "没有过 4" in say(page)
    page.get_by_label("从哪一段开始").select_option("human")
    assert field(page, "key").input_value() == "2026" and out(page, "z") == "−0.38" and out(page, "green") == "30"


def test_a_single_character_moves_at_most_two_pairs(load):
    page = load()
    box(page).focus()
    for key in ("Control+Home", "ArrowRight", "Delete"):
        page.keyboard.press(key)
    page.keyboard.insert_text("水")
    changed = DATA["texts"]["marked"][0] + "水" + DATA["texts"]["marked"][2:]
    assert box(page).input_value() == changed
    assert abs(int(out(page, "green")) - 57) <= 2


@pytest.mark.parametrize(("name", "how"), [("替换一成", "substitute"), ("删去一成", "delete")])
def test_edits_wear_the_mark_down_and_reset_brings_it_back(load, name, how):
    page = load()
    trail = DATA["values"][how]
    for z in trail[1:]:
        press(page, name)
        assert out(page, "z") == f"{z:.2f}"
    assert page.locator(".trail").inner_text().startswith(f"z 的经过：开头 5.58，{'换' if how == 'substitute' else '删'} {trail[1]:.2f}，")
    assert field(page, "seed").input_value() == "6"
    press(page, "复位")
    assert out(page, "z") == "5.58" and field(page, "seed").input_value() == "1" and box(page).input_value() == DATA["texts"]["marked"]


def test_shuffling_by_keyboard(load):
    page = load()
    page.get_by_role("button", name="打乱").focus()
    page.keyboard.press("Enter")
    assert out(page, "z") == f"{DATA['values']['shuffle']['one']:.2f}"
    assert sorted(box(page).input_value()) == sorted(DATA["texts"]["marked"])


@pytest.mark.parametrize(("text", "n"), [("", 0), ("水", 1), ("𠮷", 1)])
def test_nothing_to_count_is_undefined(load, text, n):
    page = load()
    box(page).fill(text)
    assert [out(page, name) for name in ("scored", "green", "z", "p")] == ["0", "0", "没有定义", "没有定义"]
    assert say(page) == f"z 没有定义：只有 {n} 个字，没有相邻的两个字可以计分。"
    press(page, "删去一成", 2)
    assert "没有字可改" in page.locator(".err").inner_text()
    press(page, "复位")
    assert page.locator(".err").inner_text() == "" and out(page, "z") == "5.58"


def test_ten_thousand_characters(load):
    page = load()
    box(page).fill("山水花鸟风月" * 1000 + "".join(chr(0x4E00 + i) for i in range(4000)))
    assert page.locator(".err").inner_text() == "一次最多看 2,000 个字，现在有 10,000 个，只算前面的。"
    assert out(page, "scored") == "6" and page.locator(".ink span").count() == 2000
    press(page, "替换一成")
    assert len(box(page).input_value()) == 2000 and page.locator(".err").inner_text() == ""


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gamma", "NaN", "γ 要填大于 0、小于 1 的数，现在是“NaN”。没有采用。"),
        ("gamma", "", "γ 要填大于 0、小于 1 的数，现在是空的。没有采用。"),
        ("gamma", "0", "γ 要填大于 0、小于 1 的数，现在是“0”。没有采用。"),
        ("gamma", "1", "γ 要填大于 0、小于 1 的数，现在是“1”。没有采用。"),
        ("key", "4294967296", "钥匙要填 0 到 4,294,967,295 的整数，现在是“4294967296”。没有采用。"),
        ("key", "-1", "钥匙要填 0 到 4,294,967,295 的整数，现在是“-1”。没有采用。"),
        ("key", "1.5", "钥匙要填 0 到 4,294,967,295 的整数，现在是“1.5”。没有采用。"),
        ("seed", "0", "种子要填 1 到 9,999 的整数，现在是“0”。没有采用。"),
    ],
)
def test_bad_numbers_are_refused_in_plain_words(load, name, value, message):
    page = load()
    field(page, name).fill(value)
    assert page.locator(".err").inner_text() == message
    assert field(page, name).get_attribute("aria-invalid") == "true" and field(page, name).input_value() == value
    assert out(page, "z") == "5.58"
    field(page, name).fill("０.５" if name == "gamma" else "7")
    assert page.locator(".err").inner_text() == "" and field(page, name).get_attribute("aria-invalid") == "false"


def test_odd_symbols_are_only_text(load):
    page = load()
    box(page).fill("<img src=x>&\n\u200b\ud83d\ude00")
    assert page.locator(".ink img").count() == 0 and page.locator(".ink span").count() == 15


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    page.get_by_role("button", name="替换一成").tap()
    assert out(page, "z") == f"{DATA['values']['substitute'][1]:.2f}"
    sizes = page.locator("button, select, input, textarea").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    assert "z = 5.58" in page.locator("book-watermark svg").text_content()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-watermark")
    assert host.get_attribute("data-state") == "ready" and page.locator(".ink").count() == 0
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".ink").wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24
    assert page.evaluate(SHIFT) <= 0.02


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_axe_finds_nothing(load, scheme):
    page = load()
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme)
    field(page, "gamma").fill("NaN")
    press(page, "替换一成")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 390, 768, 1280])
def test_nothing_sticks_out(load, width):
    page = load(viewport={"width": width, "height": 800})
    press(page, "替换一成", 12)
    field(page, "key").fill("4294967296")
    assert widget.sticking_out(page) == []
