"""交互图：组件、大小、题目、后备图、收尾；不记、不发、不执行字符串。"""

import pytest
from conftest import ENTROPY, WIDGET

MODEL = "docs/assets/widgets/coin-toss-model.js"
OPEN = '<book-coin-toss title="拖动概率，看熵怎样变">'
IMG = '<img src="figures/coin-toss-fallback.svg" alt="一枚硬币的轮廓，旁边写着正面的概率与熵">\n'
SVG = "docs/01-introduction/figures/coin-toss-fallback.svg"


def test_no_title(sample):
    sample.expect("widgets", ENTROPY, sample.edit(ENTROPY, OPEN, "<book-coin-toss>"), "题目")


def test_an_empty_title(sample):
    sample.expect("widgets", ENTROPY, sample.edit(ENTROPY, OPEN, '<book-coin-toss title="">'), "题目")


def test_no_fallback(sample):
    sample.edit(ENTROPY, IMG, "")
    line = sample.read(ENTROPY).split(OPEN)[0].count("\n") + 1
    sample.expect_all(("widgets", ENTROPY, line), ("figures", SVG, 1))


def test_no_end(sample):
    sample.edit(ENTROPY, "</book-coin-toss>\n", "")
    line = sample.read(ENTROPY).split(OPEN)[0].count("\n") + 1
    sample.expect("widgets", ENTROPY, line, "没有收尾")


def test_an_unknown_widget(sample):
    line = sample.paragraph(f'<book-dice title="掷骰子">\n{IMG}</book-dice>')
    sample.expect("widgets", ENTROPY, line, "docs/assets/widgets/dice.js")


def test_attributes_on_several_lines(sample):
    sample.edit(ENTROPY, OPEN, '<book-coin-toss\n  data-p="0.9"\n  title="拖动概率，看熵怎样变">')
    sample.clean()


@pytest.mark.parametrize("mask", ["`<book-dice>`", "```html\n<book-dice></book-dice>\n```", "<!-- <book-dice> -->"])
def test_widgets_in_code_are_not_widgets(sample, mask):
    sample.paragraph(mask)
    sample.clean()


def test_an_unused_widget(sample):
    sample.write("docs/assets/widgets/dice.js", 'customElements.define("book-dice", class extends HTMLElement {});\n')
    sample.expect("widgets", "docs/assets/widgets/dice.js", 1, "没有页面")


def test_a_script_that_widgets_share_needs_no_element(sample):
    sample.write("docs/assets/widgets/board.js", "export class Board extends HTMLElement {}\n")
    sample.expect_all(("widgets", "docs/assets/widgets/board.js", 1), ("widgets", "docs/assets/widgets/board.js", 1))  # 没人导入：没有元素，也没有页面用
    sample.edit(MODEL, sample.read(MODEL), 'import { Board } from "./board.js";\n' + sample.read(MODEL))
    sample.clean()
    sample.edit("docs/assets/widgets/board.js", "export", "// " + "a" * 31_000 + "\nexport")
    sample.expect("widgets", WIDGET, 1, "连同导入的文件")


def test_a_widget_that_defines_another_element(sample):
    sample.edit(WIDGET, '"book-coin-toss"', '"book-coin"')
    sample.expect("widgets", WIDGET, 1, "没有定义")


def test_the_size_counts_all_its_files(sample):
    sample.edit(WIDGET, "// <book", "// " + "a" * 16_000 + "\n// <book")
    sample.clean()
    sample.edit(MODEL, "// 抛", "// " + "a" * 16_000 + "\n// 抛")
    sample.expect("widgets", WIDGET, 1, "超过")


def test_a_file_that_is_not_a_script(sample):
    sample.write("docs/assets/widgets/coin-toss.css", "a{}")
    sample.expect("widgets", "docs/assets/widgets/coin-toss.css", 1, "不是 .js")


@pytest.mark.parametrize(
    "code",
    [
        'fetch("https://example.com/a.json");',
        "fetch('//example.com/a.json');",
        "fetch(this.dataset.src);",
        "fetch(new URL(this.dataset.src, import.meta.url));",
        'fetch(new URL("../data/coin.json", base));',
        'fetch("./coin.json" + this.value);',
        "fetch(`${base}/a.json`);",
        'const u = "http://example.com";',
        'new WebSocket("wss://example.com");',
        "localStorage.setItem('a', 1);",
        "window.sessionStorage.a = 1;",
        "document.cookie = 'a';",
        "navigator.sendBeacon('/a');",
        "eval('1');",
        "new Function('return 1')();",
        "setTimeout('a()', 1);",
        "document.write('a');",
        "this.innerHTML = `<b>${this.getAttribute('name')}</b>`;",
        "this.innerHTML += this.dataset.name;",
        "this.insertAdjacentHTML('beforeend', input.value);",
        'import a from "https://cdn.example.com/a.js";',
        'import a from "d3";',
        'import "./nope.js";',
        'import("../x.js");',
    ],
)
def test_what_scripts_must_not_do(sample, code):
    line = sample.edit(WIDGET, "    this.append(", f"    {code}\n    this.append(")
    found = sample.problems()
    assert found and {(p.rule, p.path, p.line) for p in found} == {("widgets", WIDGET, line)}


@pytest.mark.parametrize(
    "code",
    [
        "// localStorage 与 eval() 都不用。",
        "/* fetch('https://example.com') */",
        'fetch("./coin.json");',
        'fetch("../data/coin.json");',
        'fetch(new URL("../data/coin.json", import.meta.url));',
        "document.createElementNS('http://www.w3.org/2000/svg', 'svg');",
        "this.innerHTML = `<b>${entropy(0.5)}</b>`;",
        "this.retrieval(1);",
        "this.textContent = this.getAttribute('title');",
    ],
)
def test_what_scripts_may_do(sample, code):
    sample.edit(WIDGET, "    this.append(", f"    {code}\n    this.append(")
    sample.clean()


def test_two_defects_on_one_line(sample):
    line = sample.edit(WIDGET, "    this.append(", "    localStorage.a = eval('1');\n    this.append(")
    sample.expect_all(("widgets", WIDGET, line), ("widgets", WIDGET, line))


def test_a_script_that_is_not_utf8(sample):
    (sample.root / MODEL).write_bytes(b"// \xff\n")
    sample.expect("widgets", MODEL, 1, "UTF-8")


def test_no_widgets_at_all(sample):
    text = sample.read(ENTROPY)
    start, stop = text.index(OPEN), text.index("</book-coin-toss>\n") + len("</book-coin-toss>\n")
    sample.write(ENTROPY, text[:start].rstrip() + "\n" + text[stop:])
    sample.delete(WIDGET)
    sample.delete(MODEL)
    sample.delete(SVG)
    sample.clean()
