"""图：文件、引用、替代文字、图注、颜色、id、生成它的脚本。"""

import json

import pytest
from book.checks.svg import color_fault, faults
from conftest import ENTROPY, GENERATOR, SVG

NOTE = "<!-- 手绘：测试 -->"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" id="x" viewBox="0 0 9 9">'
ALT = "一条倒扣的碗形曲线，最高点在概率二分之一处"
EXTRA = "docs/01-introduction/figures/x.svg"


def drawing(body, head=HEAD):
    return f"{head}{NOTE}\n{body}\n</svg>\n"


def use(sample, body, head=HEAD):
    """加一张手绘的图并引用它。"""
    sample.write(EXTRA, drawing(body, head))
    return sample.paragraph(f'见[@fig:x]。\n\n![圆没有棱角](figures/x.svg){{#fig:x alt="{ALT}"}}') + 2


@pytest.mark.parametrize(
    "body",
    [
        '<path d="M0 0L9 9V3z" style="fill:none;stroke:var(--c0, #0b63b0)"/>',
        '<path d="M0 0H9" stroke="var(--fig-grid, rgb(1, 2, 3))"/>',
        '<g fill="currentColor"><text x="1" y="1">甲</text><circle r="1"/></g>',
        '<defs><linearGradient id="x-g"><stop stop-color="var(--c1, red)"/></linearGradient></defs><rect width="1" height="1" fill="url(#x-g)"/>',
        '<style>#x text{fill:var(--fig-fg, #000)}#x .m,#x .n{font-family:monospace}</style><text>甲</text>',
        '<defs><path id="x-p" d="M0 0H9"/></defs><use href="#x-p"/>',
        '<!-- <script> url(http://a.b) fill="red" --><rect fill="none" width="1" height="1"/>',
        '<text style="fill:var(--c0,#000)">https://example.com 是文字</text>',
    ],
)
def test_clean_drawings(sample, body):
    use(sample, body)
    sample.clean()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<script>let a</script>", "<script>"),
        ('<rect fill="none" onclick="a()"/>', "onclick"),
        ('<foreignObject width="1" height="1"/>', "foreignObject"),
        ('<image href="#x" width="1" height="1"/>', "<image>"),
        ('<a href="https://example.com"><text fill="none">甲</text></a>', "外面"),
        ('<use href="other.svg#a"/>', "外面"),
        ('<use href="#x-nope"/>', "不存在"),
        ('<rect fill="url(#x-nope)"/>', "不存在"),
        ('<rect fill="none" id="rect1"/>', "冲突"),
        ('<rect fill="none" id="xy"/>', "冲突"),
        ('<rect fill="red"/>', "写死"),
        ('<rect fill="#fff"/>', "写死"),
        ('<rect style="fill:none;stroke:rgb(1,2,3)"/>', "写死"),
        ('<rect fill="var(--c0)"/>', "后备值"),
        ('<stop stop-color="hsl(1 2% 3%)"/>', "写死"),
        ("<style>#x rect{fill:blue}</style>", "写死"),
        ("<style>rect{stroke-width:2}</style>", "影响整页"),
        ("<style>#x a{stroke-width:2}.m{font-size:1px}</style>", "影响整页"),
        ("<style>#x-y-z{x:1}#xy text{x:1}</style>", "影响整页"),
        ('<rect width="1" height="1"/>', "默认是黑色"),
        ("<g><g><text>甲</text></g></g>", "默认是黑色"),
    ],
)
def test_dirty_drawings(sample, body, words):
    use(sample, body)
    sample.expect("figures", EXTRA, 2, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<style>@import url('#x');</style>", "@import"),
        ("<style>#x text{background:url(https://a.b/c.png)}</style>", "外面"),
    ],
)
def test_styles_that_reach_outside(sample, body, words):
    use(sample, body)
    found = sample.problems()
    assert {(p.rule, p.path, p.line) for p in found} == {("figures", EXTRA, 2)} and any(words in p.message for p in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (drawing("<g>"), "XML"),
        ("", "XML"),
        (f"<!DOCTYPE svg [<!ENTITY a 'b'>]>\n{drawing('')}", "DOCTYPE"),
        (f'<?xml-stylesheet href="https://a.b/c.css"?>\n{drawing("")}', "xml-stylesheet"),
        (f"<html>{NOTE}</html>", "根元素"),
        (drawing("", HEAD.replace(' viewBox="0 0 9 9"', "")), "viewBox"),
        (drawing("<!-- " + "大" * 70_000 + " -->"), "KB"),
    ],
)
def test_broken_files(text, words):
    assert [words in message for _, message, _ in faults(text, "x")] == [True]


def test_the_size_limit_is_on_bytes():
    assert list(faults(drawing("<!-- " + "a" * (200 * 1024 - 200) + " -->"), "x")) == []


def test_a_file_that_is_not_utf8(sample):
    use(sample, '<rect fill="none"/>')
    (sample.root / EXTRA).write_bytes(drawing("甲").encode("gb18030"))
    sample.expect("figures", EXTRA, 1, "UTF-8")


def test_an_orphan(sample):
    sample.write(EXTRA, drawing('<rect fill="none"/>'))
    sample.expect("figures", EXTRA, 1, "没有页面")


@pytest.mark.parametrize("use", ["`figures/x.svg`", '<!-- ![甲](figures/x.svg) -->', "```text\n![甲](figures/x.svg)\n```"])
def test_a_mention_in_code_is_not_a_use(sample, use):
    sample.write(EXTRA, drawing('<rect fill="none"/>'))
    sample.paragraph(use)
    sample.expect("figures", EXTRA, 1, "没有页面")


def test_a_missing_file(sample):
    line = sample.edit(ENTROPY, "figures/coin-toss-fallback.svg", "figures/nope.svg")
    sample.expect_all(("figures", ENTROPY, line), ("figures", "docs/01-introduction/figures/coin-toss-fallback.svg", 1))


@pytest.mark.parametrize("src", ["https://example.com/a.svg", "/figures/x.svg", "data:image/svg+xml,a"])
def test_an_image_from_elsewhere(sample, src):
    line = sample.edit(ENTROPY, "(figures/entropy-curve.svg)", f"({src})")
    sample.expect_all(("figures", ENTROPY, line), ("figures", SVG, 1))


@pytest.mark.parametrize(("alt", "words"), [("", "0 个字"), ("熵的曲线", "4 个字"), ("图片里有一条倒扣着的碗形的曲线", "空话"), ("entropy-curve.svg 的一张截图", "文件名")])
def test_alternative_text(sample, alt, words):
    sample.expect("figures", ENTROPY, sample.edit(ENTROPY, f'alt="{ALT}"', f'alt="{alt}"'), words)


def test_no_alternative_text_at_all(sample):
    sample.expect("figures", ENTROPY, sample.edit(ENTROPY, f' alt="{ALT}"', ""), "0 个字")


def test_alternative_text_of_html_images(sample):
    sample.expect("figures", ENTROPY, sample.edit(ENTROPY, "一枚硬币的轮廓，旁边写着正面的概率与熵", "硬币"), "2 个字")


@pytest.mark.parametrize("caption", ["熵的曲线图", "熵示意", "整个训练的流程", "熵"])
def test_captions_that_claim_nothing(sample, caption):
    sample.expect("figures", ENTROPY, sample.edit(ENTROPY, "![概率越偏，熵越小]", f"![{caption}]"), "不是一句结论")


def test_an_image_without_a_label(sample):
    sample.write(EXTRA, drawing('<rect fill="none"/>'))
    sample.expect("figures", ENTROPY, sample.paragraph(f"![{ALT}](figures/x.svg)"), "没有标签")


def test_front_pages_show_images_without_labels(sample):
    sample.edit("docs/index.md", "读起。", f"读起。\n\n![{ALT}](01-introduction/figures/entropy-curve.svg)")
    sample.clean()


def test_an_image_inside_a_paragraph(sample):
    line = sample.edit(ENTROPY, "![概率越偏", "看图：\n![概率越偏") + 1
    sample.expect("figures", ENTROPY, line, "独占一段")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "PNG"])
def test_rasters_need_a_reason(sample, suffix):
    name = f"docs/01-introduction/figures/x.{suffix}"
    (sample.root / name).write_bytes(b"\x89PNG")
    image = f'![照片里有一台机器](figures/x.{suffix}){{#fig:x alt="{ALT}"}}'
    line = sample.paragraph(f"见[@fig:x]。\n\n{image}") + 2
    found = {(p.rule, p.path, p.line) for p in sample.problems()}
    assert found == {("figures", ENTROPY, line), ("tree", name, 1)}
    sample.edit(ENTROPY, image, f"{image} <!-- figures: ok 真实的照片画不成 SVG -->")
    assert {p.rule for p in sample.problems()} == {"tree"}


def test_a_raster_nobody_uses(sample):
    (sample.root / "docs/assets/x.png").write_bytes(b"\x89PNG")
    sample.expect("figures", "docs/assets/x.png", 1, "位图")


def test_a_stale_figure_names_the_command(sample):
    sample.edit(SVG, "5,40.7", "5,40.8")
    assert f"python {GENERATOR}" in sample.expect("figures", SVG, 1, GENERATOR).repair


def test_a_changed_generator_is_noticed_although_the_figure_was_checked_before(sample):
    sample.clean()
    assert json.loads(sample.read(".cache/figures.json"))
    sample.edit(GENERATOR, "range(1, 20)", "range(1, 19)")
    sample.expect("figures", SVG, 1, "不同")


def test_a_broken_cache_is_ignored(sample):
    sample.write(".cache/figures.json", "[1")
    sample.clean()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def draw() -> str:", "def paint() -> str:\n    \"\"\"空。\"\"\"\n\n\ndraw = None\n\n\ndef _draw() -> str:", "draw()"),
        ("    return f'{head}", "    return len(head) or f'{head}", "应返回 str"),
        ("    points =", '    raise RuntimeError("坏了")\n    points =', "坏了"),
    ],
)
def test_generators_that_fail(sample, old, new, words):
    sample.edit(GENERATOR, old, new)
    sample.expect("figures", GENERATOR, 1, words)


def test_a_generator_that_is_not_python(sample):
    line = sample.edit(GENERATOR, "    points =", "    points ==")
    sample.edit(GENERATOR, "draw() -> str:", "draw() -> str")
    found = sample.problems()
    assert {p.rule for p in found} == {"figures", "python"} and line


def test_a_generator_may_read_results(sample):
    sample.edit(GENERATOR, "    style =", '    Path(__file__).parents[2].joinpath("docs/01-introduction/data/coin.json").read_text("utf-8")\n    style =')
    sample.clean()


def test_neither_generator_nor_note(sample):
    use(sample, '<rect fill="none"/>')
    sample.edit(EXTRA, NOTE, "")
    assert "scripts/figures/x.py" in sample.expect("figures", EXTRA, 1, "手绘").repair


def test_a_note_without_a_reason(sample):
    use(sample, '<rect fill="none"/>')
    sample.edit(EXTRA, NOTE, "<!-- 手绘： -->")
    sample.expect("figures", EXTRA, 1, "手绘")


def test_colors():
    for good in ("none", "currentColor", "var(--a, #fff)", "var(--a,rgb(1, 2, 3))", "url(#a-b)", "transparent", "inherit", "none !important"):
        assert color_fault("fill", good) is None
    for bad in ("black", "#000", "rgb(0,0,0)", "var(--a)", "var(--a, )x", "url(a.svg#b)", "red !important"):
        assert color_fault("fill", bad)
