"""互动图 <book-fairness-tradeoff>：在浏览器里与 labs.fairness.thresholds 逐例核对，再用键盘、手指走一遍。"""

import json

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from tests.labs.pages import assert_up_to_date, figure_script

widget = Widget("fairness-tradeoff", "公平不可兼得", "03-harms-bias")
DATA = json.loads((ROOT / "docs/03-harms-bias/data/fairness-tradeoff.json").read_text("utf-8"))


def cell(page, name: str) -> str:
    return page.locator(f"[data-cell={name}]").inner_text()


def slider(page, name: str):
    return page.locator(f"[data-slide={name}]")


def lock(page, name: str):
    return page.locator(f"[data-lock={name}]")


def test_metrics_and_thresholds_agree_with_the_lab(load):
    answers = widget.run(
        load(""),
        "return x.map((c) => { const one = m.metrics(c.a, c.t); return { metrics: one, match: Object.fromEntries(m.METRICS.map((k) => [k, m.match(c.b, k, one[k])])) }; })",
        DATA["cases"],
    )
    assert len(answers) == 25
    for case, answer in zip(DATA["cases"], answers, strict=True):
        for part, tolerance in (("metrics", 1e-11), ("match", 1e-7)):
            for key, wanted in case[part].items():
                got = answer[part][key]
                assert (got is None) == (wanted is None), (case, part, key)
                assert wanted is None or got == pytest.approx(wanted, rel=tolerance, abs=1e-13), (case, part, key)


def test_committed_figure_and_data_are_those_of_the_generator():
    assert_up_to_date(figure_script("fairness_tradeoff_fallback"))


def test_the_start_and_the_locks(load):
    page = load()
    assert [cell(page, f"{m}-a") for m in ("fpr", "fnr", "ppv")] == ["0.20", "0.20", "0.80"]
    assert [cell(page, f"{m}-b") for m in ("fpr", "fnr", "ppv")] == ["0.20", "0.20", "0.50"]
    lock(page, "ppv").click()
    assert lock(page, "ppv").get_attribute("aria-pressed") == "true"
    assert [cell(page, f"{m}-b") for m in ("selection", "fpr", "fnr", "ppv")] == ["0.10", "0.02", "0.61", "0.80"]
    assert cell(page, "ppv-gap") == "0.00" and say(page).startswith("拉平了精确率。漏报率差 0.41")
    slider(page, "ta").focus()
    slider(page, "ta").press("ArrowRight")
    assert cell(page, "ppv-gap") == "0.00" and page.locator("[data-out=ta]").inner_text() == "0.90"
    slider(page, "tb").focus()
    slider(page, "tb").press("ArrowRight")
    assert lock(page, "ppv").get_attribute("aria-pressed") == "false" and say(page).startswith("没有锁。")


def test_equal_base_rates_have_it_all(load):
    page = load()
    slider(page, "pb").fill("50")
    lock(page, "selection").click()
    assert say(page) == "拉平了拒的比例。四个指标里，有定义的都相等。基率相等，可以兼得。"


def test_undefined_and_out_of_reach(load):
    page = load()
    slider(page, "ta").focus()
    slider(page, "ta").press("End")
    assert page.locator("[data-out=ta]").inner_text() == "全放" and cell(page, "ppv-a") == "没有定义：没有人被拒" and cell(page, "ppv-gap") == "比不出"
    lock(page, "ppv").click()
    assert say(page) == "甲群的精确率没有定义（没有人被拒），没有东西可拉平。乙群的门槛没有动。"
    assert page.locator("[data-out=tb]").inner_text() == "0.85"
    slider(page, "ta").fill("0")
    slider(page, "pb").fill("90")
    assert say(page).startswith("乙群够不着甲群的精确率 0.66")
    slider(page, "pb").fill("0")
    assert cell(page, "fnr-b") == "没有定义：没有违约的人" and cell(page, "ppv-b") == "0.00"


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    lock(page, "fpr").tap()
    assert "拉平了误报率" in say(page)
    sizes = page.locator("button, [type=range]").evaluate_all("els => els.map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    assert "拉平精确率" in page.locator("book-fairness-tradeoff svg").text_content()


@pytest.mark.parametrize("width", [375, 1000])
def test_it_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-fairness-tradeoff")
    assert host.get_attribute("data-state") == "ready" and page.locator(".curve").count() == 0
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".curve").first.wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24
    assert page.evaluate(SHIFT) <= 0.02


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_axe_finds_nothing(load, scheme):
    page = load()
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme)
    lock(page, "ppv").click()
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 768, 1200])
def test_nothing_sticks_out(load, width):
    page = load(viewport={"width": width, "height": 800})
    slider(page, "ta").focus()
    slider(page, "ta").press("End")
    assert widget.sticking_out(page) == []
