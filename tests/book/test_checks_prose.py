"""行文：每一种毛病恰好报一处；代码、公式、注释、引号里的不报；豁免要有原因。"""

import pytest
from book import checks
from book.checks import prose, typography
from book.checks.layers import lintable, paragraphs
from book.source import Document
from conftest import ENTROPY, EXERCISES, GLOSSARY, INDEX, LAB

HUNDRED = "一二三四五六七八九十" * 10


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("用GPT写字。", "用 GPT 写字。"),
        ("有3个词。", "有 3 个词。"),
        ("长度是 3个词。", "长度是 3 个词。"),
        ("先看,再写。", "先看，再写。"),
        ("先看;再写。", "先看；再写。"),
        ("你看懂了吗?", "你看懂了吗？"),
        ("注意:先看。", "注意：先看。"),
        ("《书》 ，后面空格，不行。", "《书》，后面空格，不行。"),
        ("逗号 ，前面空格。", "逗号，前面空格。"),
        ("全角数字１２不行。", "全角数字 12 不行。"),
        ("比例是 15 % 左右。", "比例是 15% 左右。"),
        ("转了 90 ° 左右。", "转了 90° 左右。"),
        ("水温 20 ℃ 左右。", "水温 20℃ 左右。"),
        ("显存 80GB 够用。", "显存 80 GB 够用。"),
        ("用时 35ms 左右。", "用时 35 ms 左右。"),
        ("用电 1,287MWh 左右。", "用电 1,287 MWh 左右。"),
        ("从 2017-2026 年。", "从 2017–2026 年。"),
        ("从 2017~2026 年。", "从 2017–2026 年。"),
        ("从 2017—2026 年。", "从 2017–2026 年。"),
        ("一共 3-5 层。", "一共 3–5 层。"),
        ("大约 10%-20% 的词。", "大约 10%–20% 的词。"),
        ("函数(见上文)可微。", "函数（见上文）可微。"),
        ("形状(B, T)不变。", "形状（B, T）不变。"),
        ('他说"好"就走。', "他说“好”就走。"),
        ("等等...就好。", "等等……就好。"),
        ("前面--后面。", "前面——后面。"),
        ("由$x$得到。", "由 $x$ 得到。"),
        ("调用`f`即可。", "调用 `f` 即可。"),
        ("得[=coin.entropy_biased:.3f]比特。", "得 [=coin.entropy_biased:.3f] 比特。"),
        ("不间断\u00a0空格。", "不间断 空格。"),
        ("全角\u3000空格。", "全角 空格。"),
    ],
)
def test_spacing_and_punctuation(sample, bad, good):
    line = sample.paragraph(bad)
    found = sample.problems()
    assert found and {(p.rule, p.path, p.line) for p in found} == {("prose", ENTROPY, line)}
    assert typography.apply(bad, typography.edits(lintable(Document("x.md", bad)))) == good
    sample.edit(ENTROPY, bad, good)
    sample.clean()


@pytest.mark.parametrize(
    "good",
    [
        "“它”和‘她’，《书》与（括号）、顿号；分号：冒号……",
        "温度 $T$、长度 `len`，比 [@eq:entropy]大；见[链接](index.md)和 [GPT](index.md) 的话[^1]。",
        "约 15% 的词，90°，20℃，±8，3.2 s，80 GB，A100-80GB，7B，1990s，GPT-3，d_model。",
        "2026-11-24，2017–2026，10:30，3:2，1,287，0.5。",
        "标准 ISO 639-3 和 GB 45438-2025 的编号不是范围，COVID-19 与 5-3 也不是。",
        "编码器-解码器、甲/乙、A/B、甲+乙、甲→乙、softmax(x)、(B, T)。",
        "论文题目 Attention Is All You Need，2017 年。",
        "- 列表 A：第 1 项\n- 列表 B：第 2 项",
        "1. 第 1 步\n2. 第 2 步",
        "| 甲 A | `x|y` |\n|---|---|\n| Llama-2-7B（2023） | $a|b$ |",
        '!!! warning "注意"\n    里面的字。',
        '??? hint "提示"\n    里面的字。',
        "> 引文 A 的一行。",
        "[^2]: 脚注 A 的一行。",
        "**加粗**与*斜体*之间，~~删去~~ A。",
        "<book-coin-toss title=\"中文English\">\n<img src=\"figures/coin-toss-fallback.svg\" alt=\"中文English写在标签里不归这条规则管，因为读屏软件不在乎\">\n</book-coin-toss>",
        "见 https://example.com/中文English 。",
        "半句<!-- 注释English -->接着。",
    ],
)
def test_our_syntax_is_never_reported(sample, good):
    sample.paragraph(good)
    assert [str(p) for p in sample.problems("prose")] == []


@pytest.mark.parametrize("mask", ["`{}`", "```text\n{}\n```", "<!-- {} -->", "~~~text\n{}\n~~~", "- 项：\n\n    ```text\n    {}\n    ```"])
@pytest.mark.parametrize("bad", ["众所周知,GPT是最近的研究!🎉", "本节将介绍——不是甲而是乙——目前  "])
def test_code_and_comments_are_never_prose(sample, mask, bad):
    sample.paragraph(mask.format(bad.strip() if mask == "`{}`" else bad))
    assert [str(p) for p in sample.problems("prose")] == []


PHRASES = [
    "这非常简单。",
    "显然如此。",
    "众所周知，天是蓝的。",
    "不难看出它在变。",
    "值得注意的是，它在变。",
    "需要强调的是它在变。",
    "它至关重要。",
    "它扮演着核心的角色。",
    "这具有重要意义。",
    "随着深度学习的快速发展，它变了。",
    "本节将介绍熵。",
    "本章将从熵讲起。",
    "本文首先讨论熵。",
    "笔者认为如此。",
    "小伙伴请看。",
    "同学们请看。",
    "通过对模型进行优化。",
    "综上所述，熵变大。",
]


@pytest.mark.parametrize("bad", PHRASES)
def test_banned_phrases(sample, bad):
    line = sample.paragraph(bad)
    found = sample.problems()
    assert {(p.rule, p.path, p.line) for p in found} == {("prose", ENTROPY, line)}


@pytest.mark.parametrize("place", ["- {}", "| {} | 乙 |\n|---|---|\n| 丙 | 丁 |", '!!! note "提示"\n    {}', "> {}", "[^9]: {}", "**{}**", "### {} {{ #x }}"])
def test_banned_phrases_in_every_kind_of_block(sample, place):
    text = place.format("众所周知，天是蓝的。")
    line = sample.paragraph(text) + text.split("众所周知")[0].count("\n")
    sample.expect("prose", ENTROPY, line, "众所周知")


def test_phrases_in_labs_headings_tables_titles_and_descriptions(sample):
    lab = sample.edit(LAB, "# 答案是比 0.5 小。", "# 显然，答案是比 0.5 小。")
    sample.stamp()
    sample.expect("prose", LAB, lab, "显然")


def test_the_description_is_prose(sample):
    line = sample.edit(ENTROPY, "description: 从一枚", "description: 众所周知，从一枚")
    sample.expect("prose", ENTROPY, line, "众所周知")


def test_the_description_is_spaced(sample):
    line = sample.edit(INDEX, "值多少比特，样书", "值多少bit，样书")
    sample.expect("prose", INDEX, line, "多少 bit")


def test_two_defects_on_one_line_are_two_problems(sample):
    line = sample.paragraph("显然它很重要，众所周知。")
    sample.expect_all(("prose", ENTROPY, line), ("prose", ENTROPY, line))


def test_the_same_spacing_defect_twice_on_one_line(sample):
    line = sample.paragraph("先用GPT写，再用BERT读。")
    found = sample.problems()
    assert {p.line for p in found} == {line} and len(found) == 4  # 两个词，前后各缺一格


def test_emoji(sample):
    sample.expect("prose", ENTROPY, sample.paragraph("做完了🎉。"), "表情")


@pytest.mark.parametrize("bad", ["✨", "✅", "⚠\ufe0f", "👍🏽", "⭐"])
def test_every_kind_of_emoji(sample, bad):
    line = sample.paragraph(f"做完了{bad}。")
    assert {(p.rule, p.line) for p in sample.problems()} == {("prose", line)}


@pytest.mark.parametrize("good", ["✓", "✗", "→", "☑", "★", "①", "×", "≈", "℃", "→"])
def test_plain_symbols_are_not_emoji(sample, good):
    sample.paragraph(f"符号{good}可用。")
    sample.clean()


@pytest.mark.parametrize("bad", ["目前有三种做法。", "近期有三种做法。", "近年来有三种做法。", "最近，有人提出新做法。", "这是最近的研究。", "这是最新的模型。", "它用最新法规。"])
def test_dates_that_will_rot(sample, bad):
    sample.expect("prose", ENTROPY, sample.paragraph(bad), "：读")


@pytest.mark.parametrize(
    "good",
    ["截至 2026 年，目前有三种做法。", "最近的词元权重最大。", "只看最近 4 个词元。", "最近邻检索。", "离它最近的词。", "到目前为止读过的词。", "最新的词元写进缓存。"],
)
def test_nearness_in_space_and_dated_sentences_are_fine(sample, good):
    sample.paragraph(good)
    assert [str(p) for p in sample.problems("prose")] == []


def test_not_but_once_a_page(sample):
    sample.paragraph("它不是熵而是信息。")
    sample.clean()
    line = sample.paragraph("这不是甲，而是乙。")
    sample.expect("prose", ENTROPY, line, "不是……而是……")


def test_not_only_once_a_page(sample):
    sample.paragraph("它不仅快，还省。")
    sample.clean()
    line = sample.paragraph("它不但小，而且稳。")
    sample.expect("prose", ENTROPY, line, "不仅……更……")


@pytest.mark.parametrize(("name", "text"), [("破折号", "熵——信息量。"), ("感叹号", "看这里！"), ("设问", "为什么？\n因为算过。")])
def test_marks_once_a_screen(sample, name, text):
    sample.paragraph(text)
    sample.clean()
    line = sample.paragraph(text)
    sample.expect("prose", ENTROPY, line, name)


@pytest.mark.parametrize("text", ["熵——信息量。", "看这里！", "为什么？\n因为算过。"])
def test_marks_a_screen_apart_are_fine(sample, text):
    sample.paragraph(text)
    for _ in range(4):
        sample.paragraph(HUNDRED + "一二三四五六七八九十" * 6 + "。")
    sample.paragraph(text)
    sample.clean()


@pytest.mark.parametrize("between", ["```text\n甲\n```", "$$\nx\n$$\n\n" * 5, "| 甲 |\n|---|\n" + "| 乙 |\n" * 8])
def test_code_formulas_and_tables_take_room_on_a_screen(sample, between):
    sample.paragraph("看这里！")
    sample.paragraph(between.rstrip())
    sample.paragraph("，".join([HUNDRED, "又" + HUNDRED[:-1]]) + "。")
    sample.paragraph(HUNDRED + "。")
    sample.clean()
    sample.paragraph("看这里！")
    sample.clean()
    sample.edit(ENTROPY, "\n" + between.rstrip() + "\n", "")
    assert [p.rule for p in sample.problems()] == ["prose"]


def test_a_pair_of_dashes_is_one(sample):
    sample.paragraph("熵——信息量——有单位。")
    sample.clean()


def test_quotations_and_quoted_marks_do_not_count(sample):
    sample.paragraph("他喊“快跑！”，又喊“别动！”，再喊“趴下——快！”。")
    sample.paragraph("> 快跑！\n> 别动！\n> 为什么？\n> 因为。")
    sample.clean()


def test_questions_left_to_the_reader_do_not_count(sample):
    sample.paragraph("先猜：哪一行决定参数量？")
    sample.paragraph("如果全相等呢？\n如果只有一个呢？")
    sample.clean()


def test_exercises_may_ask_and_answer(sample):
    sample.edit(EXERCISES, "两项之和。", "有几项？\n    两项。\n    和是几？\n    不难算。")
    sample.clean()


def test_long_paragraphs(sample):
    line = sample.paragraph("，".join([HUNDRED, HUNDRED]) + "。")
    sample.clean()
    sample.edit(ENTROPY, HUNDRED + "。", HUNDRED + "，多。")
    sample.expect("prose", ENTROPY, line, "201 个汉字")


def test_long_list_items_and_answers(sample):
    line = sample.edit(EXERCISES, "    0.811 比特。", "    " + "，".join([HUNDRED, HUNDRED, "多"]) + "。")
    sample.expect("prose", EXERCISES, line, "201 个汉字")


@pytest.mark.parametrize("place", ["{}", "- {}", "    {}", "> {}"])
def test_a_break_inside_a_sentence(sample, place):
    text = "\n".join(place.format(part) if n == 0 or place != "- {}" else f"  {part}" for n, part in enumerate(["前半句没有完", "后半句接着写。"]))
    sample.expect("prose", ENTROPY, sample.paragraph(text), "断行")


def test_a_break_inside_bold(sample):
    sample.expect("prose", ENTROPY, sample.paragraph("这是**前半**\n**后半**句。"), "断行")


@pytest.mark.parametrize("good", ["逗号之后，\n可以断行。", "前面是 GPT\n后面是汉字。", "前面是汉字\nGPT 在后面。", "- 甲\n- 乙", "| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |", "前面\n\n后面。"])
def test_other_breaks_are_fine(sample, good):
    sample.paragraph(good)
    assert [str(p) for p in sample.problems("prose")] == []


@pytest.mark.parametrize("bad", ["第一句。第二句。", "真的吗？真的。", "“引号里一句。”外面。又一句。"])
def test_two_sentences_on_a_line(sample, bad):
    sample.expect("prose", ENTROPY, sample.paragraph(bad), "两句")


@pytest.mark.parametrize("good", ["他说“来。走。”就走了。", "见文献。[^1]", "结论（见上。也见下。）成立。", "- 列表里一句。又一句。", "| 甲。乙。 | 丙 |\n|---|---|\n| 丁 | 戊 |", "**重点。**"])
def test_sentences_in_quotes_lists_and_tables(sample, good):
    sample.paragraph(good)
    assert [str(p) for p in sample.problems("prose")] == []


@pytest.mark.parametrize("bad", ["行末空格。 ", "行末两格。  ", "行末制表符。\t"])
def test_trailing_space(sample, bad):
    line = sample.paragraph(bad)
    assert {(p.rule, p.path, p.line) for p in sample.problems()} == {("prose", ENTROPY, line)}


def test_tabs_in_text_and_in_lists(sample):
    sample.expect("prose", ENTROPY, sample.paragraph("-\t列表。"), "制表符")


def test_tabs_in_code_are_code(sample):
    sample.paragraph("```text\n甲\t乙\n```")
    sample.clean()


def test_no_newline_at_the_end(sample):
    sample.write(ENTROPY, sample.read(ENTROPY).rstrip("\n"))
    sample.expect("prose", ENTROPY, sample.read(ENTROPY).count("\n") + 1, "末尾")


def test_exemptions_need_a_reason(sample):
    line = sample.edit(ENTROPY, "<!-- prose: ok 引别人的话 -->", "<!-- prose: ok -->")
    sample.expect_all(("prose", ENTROPY, line), ("prose", ENTROPY, line))


def test_exemptions_that_exempt_nothing_are_reported(sample):
    line = sample.edit(ENTROPY, "有人说“显然”", "有人说“其实”")
    sample.expect("prose", ENTROPY, line, "不需要豁免")


def test_exemptions_work_in_labs(sample):
    sample.edit(LAB, "# 答案是比 0.5 小。", "# 显然，比 0.5 小。 <!-- prose: ok 学生常这么说 -->")
    sample.stamp()
    sample.clean()


def test_crlf_and_bom_keep_the_lines(sample):
    line = sample.paragraph("众所周知。")
    (sample.root / ENTROPY).write_bytes(b"\xef\xbb\xbf" + sample.read(ENTROPY).replace("\n", "\r\n").encode())
    sample.expect_all(("files", ENTROPY, 1), ("files", ENTROPY, 1), ("prose", ENTROPY, line))


def test_without_autocorrect_the_reader_is_told(sample, monkeypatch):
    monkeypatch.setattr(typography, "corrector", lambda: None)
    [problem] = sample.problems("prose")
    assert "autocorrect" in problem.message and "pip install" in problem.repair


def test_every_phrase_has_a_reason_and_a_replacement():
    for kind, entries in prose.phrases().items():
        assert kind in {"ban", "page", "screen", "dated"}
        assert all(entry["why"] and entry["instead"] and entry["pattern"].pattern for entry in entries)


def test_paragraphs_of_a_page():
    text = "# 题 { #x }\n\n甲。\n乙。\n\n- 丙\n  丁\n- 戊\n\n| 表 |\n|---|\n\n> 引\n> 文\n\n- [ ] 选\n  解\n"
    found = [(p.kind, [n for n, _ in p.lines]) for p in paragraphs(lintable(Document("x.md", text)))]
    assert found == [("text", [3, 4]), ("item", [6, 7]), ("item", [8]), ("quote", [13, 14]), ("item", [16]), ("text", [17])]


def test_the_rule_is_registered():
    assert checks.SOURCE["prose"] is prose.check
    assert GLOSSARY.endswith(".md")
