"""实验台 <book-mask-board>：在浏览器里与 labs.architecture.kv_cache 逐例核对，再用键盘、鼠标、手指走一遍。"""

import json
import re
from dataclasses import asdict, replace

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.architecture.kv_cache import PRESETS, account, generation, visible

widget = Widget("mask-board", "注意力掩码与 KV 缓存实验台", "07-architecture")
CASES = json.loads((ROOT / "docs/07-architecture/data/mask-board.json").read_text("utf-8"))
SENTENCE = "小猫追线球撞倒花瓶它吓了一大跳。"
DEFAULTS = {"window": 4, "n_sinks": 1, "n_prefix": 4, "doc_len": 5}
OPTIONS = {
    "full": [],
    "causal": [],
    "prefix": ["n_prefix"],
    "window": ["window"],
    "window-sinks": ["window", "n_sinks"],
    "document": ["doc_len"],
}



def choose(page, group: str, value: str) -> None:
    page.locator(f"[name={group}][value={value}]").check()


def spans(numbers: list[int]) -> str:
    """另写一遍“1、2、7–10”：三个以上相连才用连接号。"""
    out, rest = [], list(numbers)
    while rest:
        run = [rest.pop(0)]
        while rest and rest[0] == run[-1] + 1:
            run.append(rest.pop(0))
        out += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)
    return "、".join(out)


def mask_and_first(kind: str, T: int):
    options = {name: DEFAULTS[name] for name in OPTIONS[kind]}
    return visible(kind, T, **options), options.get("n_prefix", 1)


# ---------- 模型与实验一致 ----------


def test_model_agrees_with_the_lab(load):
    """27 张掩码、它们的每一步，和 120 笔缓存账。"""
    page = load()
    answers = page.evaluate(
        """async (cases) => {
          const m = await import("/assets/widgets/mask-board-model.js");
          return {
            presets: m.PRESETS,
            masks: cases.masks.map((c) => {
              const mask = m.grid(c.kind, c.T, c), first = c.n_prefix ?? 1;
              return { rows: mask.map((row) => row.map(Number).join("")),
                steps: c.steps.map((_, i) => m.generation(mask, first + i, c.kind, first)) };
            }),
            accounts: cases.accounts.map((c) =>
              m.account({ ...m.PRESETS[c.preset], bytes_per_number: c.bytes_per_number }, c.length, c.kind, c.n_sinks)),
          };
        }""",
        CASES,
    )
    assert answers["presets"] == CASES["presets"] == json.loads(json.dumps({k: asdict(v) for k, v in PRESETS.items()}))
    assert len(CASES["masks"]) + len(CASES["accounts"]) >= 40
    for case, answer in zip(CASES["masks"], answers["masks"], strict=True):
        assert (answer["rows"], answer["steps"]) == (case["rows"], case["steps"]), case["kind"]
    for case, answer in zip(CASES["accounts"], answers["accounts"], strict=True):
        # 整数在 2^53 以内是精确的；超过的与商只差浮点舍入
        assert answer == pytest.approx(case["answer"], rel=1e-14), case


@pytest.mark.parametrize(
    ("text", "value"),
    [("8192", 8192), ("131,072", 131072), (" 1 048 576 ", 1048576), ("１２，０００", 12000), ("7", 7)]
    + [(bad, None) for bad in ("", "abc", "NaN", "-3", "1.5", "1e6", "0", "1048577", "1,2", "12,", "∞", "0x10", "9" * 40)],
)
def test_numbers_are_read_strictly(load, text, value):
    page = load("")
    answer = page.evaluate(
        "async (text) => (await import('/assets/widgets/mask-board-model.js')).readCount(text, 1, 1048576)", text
    )
    assert answer.get("value") == value
    if value is None:
        assert answer["error"].startswith("要填 1–1,048,576 的整数，现在是“")


def test_numbers_are_written_for_people(load):
    page = load("")
    said = page.evaluate("""async () => {
      const m = await import("/assets/widgets/mask-board-model.js");
      return [m.bytes(512), m.bytes(131072), m.bytes(1.5 * 2 ** 30), m.bytes(306708480), m.bytes(2 ** 60), m.flops(4294967296),
        m.times(4), m.times(32.25), m.times(8128.4), m.ranges([]), m.ranges([3]), m.ranges([1, 2, 7, 8, 9, 10, 12])];
    }""")
    assert said[:6] == ["512 B", "128 KiB", "1.50 GiB", "292.5 MiB", "1024 PiB", "4.29 GFLOP"]
    assert said[6:] == ["4", "32.3", "8128", "", "3", "1、2、7–10、12"]


# ---------- 看掩码：鼠标、键盘、手指 ----------


def test_arrow_keys_walk_the_rows(load):
    page = load()
    plot = page.get_by_role("slider", name="选一行查询")
    plot.focus()
    assert say(page) == "第 5 个词元“球”能看见第 1–5 个词元，共 5 个。"
    plot.press("ArrowDown")
    assert say(page) == "第 6 个词元“撞”能看见第 1–6 个词元，共 6 个。"
    assert plot.get_attribute("aria-valuetext") == "第 6 个词元“撞”"
    for key, row in (("Home", "1"), ("ArrowUp", "1"), ("ArrowRight", "2"), ("End", "10"), ("ArrowDown", "10"), ("ArrowLeft", "9")):
        plot.press(key)
        assert plot.get_attribute("aria-valuenow") == row
    assert page.locator(".say").get_attribute("aria-live") == "polite"
    outline = plot.evaluate("el => getComputedStyle(el).outlineStyle")
    assert outline == "solid"


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load(widget("data-kind=window-sinks"))
    page.locator("h1").click()
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(" ".join(name.split()))
    wanted = "窗口＋汇聚 词元数 窗口 汇聚 选一行查询 看掩码 上一行 下一行 模型 层数 查询头 头宽 字节/数 真实长度 真实窗口 窗口层数 KV".split()
    assert len(names) == len(wanted)
    for name, start in zip(names, wanted, strict=True):
        assert name.startswith(start)


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_every_row_is_told_and_drawn_like_the_lab(load, kind):
    page = load(widget("data-row=1"))
    choose(page, "kind", kind)
    mask, _ = mask_and_first(kind, 10)
    share = 100 * mask.sum().item() / 100
    assert page.locator(".seen").inner_text() == f"{mask.sum().item()} / 100 = {share:.1f}%"
    for row in range(1, 11):
        seen = [k for k, yes in enumerate(mask[row - 1].tolist(), 1) if yes]
        word = SENTENCE[row - 1]
        assert say(page) == f"第 {row} 个词元“{word}”能看见第 {spans(seen)} 个词元，共 {len(seen)} 个。"
        # 选中的一行，加上底下 K、V 两排
        assert page.locator(".plot rect.on").count() == 3 * len(seen)
        assert page.locator(".plot rect.yes").count() == mask.sum().item() - len(seen)
        page.locator("[data-go='1']").click() if row < 10 else None


def test_mouse_hover_and_finger_tap_pick_the_row(load):
    page = load()
    box = page.locator(".plot").bounding_box()
    middle = (40 + 316 * (2.5 / 10)) / 412  # 第 3 行的中线
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * middle)
    assert say(page).startswith("第 3 个词元“追”")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3)  # 表头：不动
    assert say(page).startswith("第 3 个词元")
    choose(page, "mode", "step")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.7)  # 生成时只认点击，路过不算
    assert say(page).startswith("第 3 步")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * (40 + 316 * 0.75) / 412)
    assert say(page).startswith("第 8 步")

    phone = load(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    plot = phone.locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    phone.touchscreen.tap(box["x"] + 200, box["y"] + box["height"] * (40 + 316 * 0.85) / 412)
    assert say(phone).startswith("第 9 个词元“瓶”")
    phone.locator("label", has_text="逐词生成").tap()
    phone.locator("[data-go='1']").tap()
    assert say(phone).startswith("第 10 步")
    phone.locator("label", has_text="滑动窗口").tap()
    assert "第 1–6 个的 K、V 不再需要。" in say(phone)


def test_sliders_move_by_keyboard_and_stay_inside_T(load):
    page = load(widget("data-kind=window data-window=9"))
    window, length = page.locator("[data-param=window]"), page.locator("[data-param=T]")
    assert (window.input_value(), window.get_attribute("max")) == ("9", "10")
    length.focus()
    length.press("Home")
    assert (length.input_value(), window.input_value(), window.get_attribute("max")) == ("4", "4", "4")
    assert page.locator(".seen").inner_text() == "10 / 16 = 62.5%"
    length.press("End")
    assert window.input_value() == "9"  # 读者要的 9 没有丢
    window.focus()
    window.press("ArrowLeft")
    assert page.locator("label:has([data-param=window]) b").inner_text() == "8"
    assert page.locator(".seen").inner_text() == f"{visible('window', 16, window=8).sum().item()} / 256 = 39.1%"


# ---------- 逐词生成 ----------


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_each_step_reads_and_writes_like_the_lab(load, kind):
    page = load(widget("data-mode=step data-row=1"))
    choose(page, "kind", kind)
    mask, first = mask_and_first(kind, 10)
    assert page.locator("[data-go='-1']").is_disabled()
    for step in range(first, 11):
        state = generation(mask, step, kind, first)
        fresh = step - state["fresh"] + 1
        assert page.locator(".plot").get_attribute("aria-valuenow") == str(step)
        assert page.locator(".plot rect.new").count() == state["scores_cached"] + 2 * fresh
        assert page.locator(".plot rect.on").count() == 2 * len(state["read"])
        assert page.locator(".plot rect.gone").count() == 2 * len(state["dropped"])
        assert page.locator(".plot path.re").count() == state["scores_rerun"] - state["scores_cached"]
        told = say(page)
        assert f"{state['scores_cached']} 个得分" in told
        if state["read"]:
            assert f"从缓存读第 {spans(state['read'])} 个词元的 K、V" in told
        if state["dropped"]:
            assert f"第 {spans(state['dropped'])} 个的 K、V 不再需要" in told
        assert page.locator(".with").inner_text() == f"{state['total_cached']} 个得分"
        assert page.locator(".rerun").inner_text().startswith(f"{state['total_rerun']} 个（")
        if step < 10:
            page.locator("[data-go='1']").click()
    assert page.locator("[data-go='1']").is_disabled()


def test_a_row_inside_the_prefix_waits_for_the_whole_prefix(load):
    page = load(widget("data-kind=prefix data-row=2"))
    assert page.locator(".upto").inner_text() == "前 4 个一次算完"
    assert page.locator(".with").inner_text() == "—"
    choose(page, "mode", "step")
    assert say(page) == "前缀的 4 个词元一次算完：4 行、16 个得分，写入 4 份 K、V。"


# ---------- 缓存账 ----------


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_give_the_numbers_of_the_lab(load, name):
    page = load()
    page.get_by_label("模型").select_option(name)
    spec = PRESETS[name]
    kind = "window" if spec.window else "causal"
    expect(page.locator(f"[name=kind][value={kind}]")).to_be_checked()
    answer = account(spec, 8192, kind)
    line = page.locator(".big").inner_text()
    assert f"2 × {spec.n_layers} 层 × {spec.n_kv_heads} 头 × {spec.d_head} 维 × 2 字节" in line
    assert f"= {answer['bytes_per_token']:,} 字节" in line
    cost = page.locator(".cost").inner_text()
    assert f"每读 1 字节算 {answer['flops_per_byte']:g} 次" in cost
    ratio = answer["mha_bytes"] / answer["cache_bytes"]
    assert ("与 MHA 一样大" in cost) if ratio == 1 else (f"是它的 {ratio:.3g} 倍" in cost)
    widths = page.locator(".bars i").evaluate_all("bars => bars.map((bar) => parseFloat(bar.style.width))")
    sizes = [answer[key] for key in ("mha_bytes", "cache_bytes", "mqa_bytes")]
    assert widths == pytest.approx([100 * size / max(sizes) for size in sizes], rel=1e-4)  # 样式里留六位


def test_kv_heads_slider_goes_from_mqa_to_mha_over_divisors(load):
    page = load()
    slider = page.locator("[data-kv]")
    slider.focus()
    seen = []
    for key in ("Home", *["ArrowRight"] * 5):
        slider.press(key)
        seen.append(page.locator(".kv").inner_text())
    assert seen[0] == "= 1（MQA，全部共用）"
    assert [int(re.search(r"\d+", text)[0]) for text in seen] == [1, 2, 4, 8, 16, 32]
    assert seen[5] == "= 32（MHA，每个查询头一份）"
    assert page.locator("[data-preset]").input_value() == "llama-2-7b"  # 同样的四个数，认得出来
    page.get_by_label("查询头 h").fill("12")
    assert page.locator(".kv").inner_text().startswith("= 12（MHA")
    assert page.locator("[data-preset]").input_value() == ""


def test_window_layers_and_bytes_and_sinks_enter_the_account(load):
    page = load(widget("data-preset=gpt-oss-120b data-kind=window-sinks data-sinks=4 data-length=131072"))
    page.locator("[data-bytes]").select_option("1")
    spec = replace(PRESETS["gpt-oss-120b"], bytes_per_number=1)
    half = account(spec, 131_072, "window-sinks", 4)["cache_bytes"]
    cost = page.locator(".cost").inner_text()
    assert f"{half / 2**30:.2f} GiB" in cost
    assert "18 层全留，18 层各留 132 个词元" in cost
    page.get_by_label("窗口层数").fill("36")
    every = account(replace(spec, n_window_layers=36), 131_072, "window-sinks", 4)["cache_bytes"]
    assert f"{every / 2**20:.2f} MiB" in page.locator(".cost").inner_text()


def test_full_visibility_says_there_is_no_cache(load):
    page = load(widget("data-kind=full data-length=8192"))
    assert page.locator(".cost").inner_text().startswith("全可见没有能用的缓存")
    assert page.locator(".bars b").nth(1).inner_text() == "无"


# ---------- 填错 ----------


@pytest.mark.parametrize("bad", ["abc", "-3", "1.5", "0", "1e9", "99999999", "NaN", ""])
def test_a_bad_number_is_answered_beside_the_field(load, bad):
    page = load()
    field = page.get_by_label("真实长度")
    before = page.locator(".cost").inner_text()
    field.fill(bad)
    assert field.get_attribute("aria-invalid") == "true"
    message = page.locator("#" + field.get_attribute("aria-describedby"))
    assert message.inner_text() == f"要填 1–1,048,576 的整数，现在是“{bad}”"
    assert page.locator(".stop").inner_text() == "“真实长度”填得不对，下面还是上一组数。"
    assert page.locator(".cost").inner_text() == before
    field.fill("16384")
    field.blur()
    assert field.input_value() == "16,384"
    assert field.get_attribute("aria-invalid") == "false"
    assert page.locator(".stop").inner_text() == ""
    assert page.locator(".cost").inner_text().startswith("16,384 个词元的缓存是 2 GiB")


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('data-tokens="NaN"', "属性 data-tokens：要填 4–16 的整数，现在是“NaN”。没有采用。"),
        ('data-tokens="1000000"', "属性 data-tokens：要填 4–16 的整数，现在是“1000000”。没有采用。"),
        ('data-length="-3"', "属性 data-length：要填 1–1,048,576 的整数，现在是“-3”。没有采用。"),
        ('data-row=""', "属性 data-row：要填 1–16 的整数，现在是“”。没有采用。"),
        ('data-window="0"', "属性 data-window：要填 1–16 的整数，现在是“0”。没有采用。"),
        ('data-sinks="Infinity"', "属性 data-sinks：要填 0–4 的整数，现在是“Infinity”。没有采用。"),
        ('data-mode="toString"', "属性 data-mode：要填 look、step 之一，现在是“toString”。没有采用。"),
        ('data-kind="&lt;img src=x onerror=alert(1)>"', "现在是“<img src=x onerr”。没有采用。"),
        ('data-preset="gpt-5"', "现在是“gpt-5”。没有采用。"),
    ],
)
def test_a_bad_attribute_is_named_and_the_board_still_works(load, attribute, said):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1
    assert said in page.locator(".notes p").inner_text()
    assert say(page) == "第 5 个词元“球”能看见第 1–5 个词元，共 5 个。"
    page.locator("book-mask-board").evaluate("el => el.removeAttribute(el.getAttributeNames().find((n) => /^data-(?!state)/.test(n)))")
    assert page.locator(".notes p").count() == 0


def test_attributes_can_change_while_it_runs(load):
    page = load()
    page.locator("book-mask-board").evaluate(
        "el => { el.dataset.kind = 'document'; el.dataset.doc = '3'; el.dataset.row = '8'; el.dataset.tokens = '12'; }"
    )
    assert say(page) == "第 8 个词元“花”能看见第 7、8 个词元，共 2 个。"


# ---------- 页面上的规矩 ----------


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-mask-board svg")
    assert picture.is_visible()
    assert picture.bounding_box()["width"] == 480
    assert "每个词元 2 × 32 层 × 8 头 × 128 维 × 2 字节 = 131,072 字节" in picture.text_content()
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-mask-board svg").bounding_box()["width"] <= 340



@pytest.mark.parametrize("width", [375, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-mask-board")
    assert host.get_attribute("data-state") == "ready"
    assert page.locator(".plot").count() == 0
    assert page.locator("book-mask-board > svg").is_visible()
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator(".plot").wait_for(state="attached")
    assert abs(host.bounding_box()["height"] - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.row = '9'; }")
    assert page.locator(".plot").get_attribute("aria-valuenow") == "5"  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(page.locator(".plot")).to_have_attribute("aria-valuenow", "9")


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    page.locator("[data-go='1']").click()
    page.evaluate("""() => { window.held = document.querySelector("book-mask-board"); held.remove();
      held.dataset.kind = "window"; document.querySelector("main").append(held); }""")
    expect(page.locator(".say")).to_have_text("第 6 个词元“撞”能看见第 3–6 个词元，共 4 个。")
    page.locator("[data-go='1']").click()
    assert say(page).startswith("第 7 个词元“倒”能看见第 4–7 个词元")
    page.evaluate("document.querySelector('main').prepend(held)")
    page.locator("[data-go='-1']").click()
    expect(page.locator(".say")).to_contain_text("第 6 个词元“撞”")


def test_two_boards_do_not_share_anything(load):
    page = load(widget() + widget("data-kind=window"), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-mask-board").nth(0), page.locator("book-mask-board").nth(1)
    two.locator("[name=mode][value=step]").check()
    two.get_by_label("真实长度").fill("abc")
    assert one.locator("[name=kind][value=causal]").is_checked()
    assert one.locator("[name=mode][value=look]").is_checked()
    assert two.locator("[name=kind][value=window]").is_checked()
    assert one.locator(".stop").inner_text() == ""
    assert one.locator(".say").inner_text() == "第 5 个词元“球”能看见第 1–5 个词元，共 5 个。"


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colours_follow_the_page(load, scheme):
    page = load()
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = scheme; }", scheme)
    page.wait_for_timeout(250)
    used, wanted = page.evaluate("""() => {
      const root = document.querySelector("book-mask-board").shadowRoot, probe = document.createElement("i");
      document.body.append(probe);
      const variable = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return [[style(".plot .on").fill, style(".board").backgroundColor, style(".board").color, style(".bars .me").backgroundColor],
        ["--c0", "--fig-bg", "--fig-fg", "--c0"].map(variable)];
    }""")
    assert used == wanted


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["data-kind=window-sinks data-mode=step data-row=8", "data-tokens=NaN"])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes))
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme)
    page.get_by_label("真实长度").fill("abc")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 768, 1200])
@pytest.mark.parametrize("kind", ["causal", "window-sinks"])
def test_nothing_sticks_out(load, width, kind):
    page = load(widget(f"data-kind={kind} data-tokens=16 data-mode=step data-row=16 data-length=1048576"), viewport={"width": width, "height": 800})
    assert widget.sticking_out(page) == []


@pytest.mark.parametrize(("motion", "duration"), [("reduce", "0s"), ("no-preference", "0.2s")])
def test_motion_is_off_for_those_who_ask(load, motion, duration):
    page = load(reduced_motion=motion)
    assert page.locator(".bars .me").evaluate("el => getComputedStyle(el).transitionDuration") == duration
