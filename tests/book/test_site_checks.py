"""站点规则：手写的小站点全部通过；每种缺陷恰被它的规则抓住，并指回源文件的行。"""

from __future__ import annotations

import gzip
import re
import shutil
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from book import site_checks
from book.csp import TOKEN, apply_csp
from book.model import Book
from book.site_checks import Skipped, browser, budgets, external, foreign, validity
from book.site_checks.server import serve
from book.site_checks.tree import Site, parse

REPO = Path(__file__).resolve().parents[2]
POLICY = f"default-src 'self'; script-src 'self' {TOKEN}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
MARKDOWN = """---
title: 熵
description: 从一枚有偏的硬币出发，手算熵，再写出一般的式子，并看它在什么时候最大。
type: section
---
# 熵 { #entropy }

看[引言](index.md#introduction)，
再看[坏链接](nowhere.md)、[坏片段](index.md#nope)和[外面](https://example.com/paper)。

![图](figures/bowl.svg)

剩下的 \\$\\$ 与 \\[@eq:nope]
"""
FILES = {
    "mkdocs.yml": "site_name: 样书\nrepo_url: https://example.org/repo\nnav:\n  - index.md\n  - 01-introduction/index.md\n  - 01-introduction/entropy.md\n",
    "docs/index.md": "---\ntitle: 样书\ntype: front\n---\n# 样书 { #sample }\n",
    "docs/01-introduction/index.md": "---\ntitle: 引言\ntype: chapter\n---\n# 引言 { #introduction }\n",
    "docs/01-introduction/entropy.md": MARKDOWN,
    "docs/assets/css/book.css": "body { color: #111 }\n",
    "docs/assets/js/book.js": "addEventListener('focusin', () => import('./search.js'));\n",
    "docs/assets/js/search.js": "fetch('search/search_index.json');\n",
    "docs/assets/widgets/board.js": "import { sum } from './board-model.js';\nconst NS = 'http://www.w3.org/2000/svg';\n",
    "docs/assets/widgets/board-model.js": "export const sum = (a, b) => a + b; // 见 https://example.com\n",
    "labs/toy.py": "a = 1\nb = 2\n",
}


def html(body: str, up: str = "", head: str = "", title: str = "页") -> str:
    """一个合格的页面。"""
    page = f"""<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{title}</title>
<link rel="canonical" href="https://example.org/book/">
<link rel="icon" href="{up}assets/favicon.svg">
<link rel="stylesheet" href="{up}assets/css/book.css">
<link rel="stylesheet" href="{up}assets/katex/katex.min.css">
{head}</head>
<body>
<nav aria-label="目录"><a href="{up or "./"}">首页</a> <a href="{up}01-introduction/">引言</a></nav>
<main>
{body}
</main>
<script>var ready = 1</script>
<script id="__config" type="application/json">{{"base": "."}}</script>
<script type="module" src="{up}assets/js/book.js"></script>
</body>
</html>
"""
    return apply_csp(page)


ENTROPY = """<h1 id="entropy">熵</h1>
<p>看<a href="../#introduction">引言</a>，公式<x-m data-search-exclude="1"><span class="katex"><span class="katex-mathml">\
<math><semantics><mi>x</mi><annotation encoding="application/x-tex">\\begin{x} $$</annotation></semantics></math></span>\
<span class="katex-html" aria-hidden="true"><span class="mord mathnormal">x</span></span></span></x-m>。</p>
<pre><code>[@eq:nope] $$ --8&lt;-- @@ {#x}</code></pre>
<figure id="fig:bowl"><svg role="img" aria-label="一条曲线，中间最高" viewBox="0 0 4 4"><defs><clipPath id="bowl-clip">
<rect width="4" height="4"/></clipPath></defs><g clip-path="url(#bowl-clip)"><path d="M0 0h4"/></g></svg></figure>
<p><a href="https://example.com/paper">外面</a>、<a href="https://example.org/repo/blob/main/labs/toy.py#L1-L2">代码</a>。</p>"""
KATEX = """@font-face{font-family:KaTeX_Main;font-style:normal;font-weight:400;src:url(fonts/Main-Regular.woff2) format("woff2")}
@font-face{font-family:KaTeX_Main;font-style:normal;font-weight:700;src:url(fonts/Main-Bold.woff2) format("woff2")}
@font-face{font-family:KaTeX_Math;font-style:italic;font-weight:400;src:url(fonts/Math-Italic.woff2) format("woff2")}
@font-face{font-family:KaTeX_Size1;font-style:normal;font-weight:400;src:url(fonts/Size1.woff2) format("woff2")}
.katex{font:normal 1.21em KaTeX_Main,Times New Roman,serif;line-height:1.2}
.katex .mathnormal{font-family:KaTeX_Math;font-style:italic}.katex .mathbf{font-family:KaTeX_Main;font-weight:700}
.katex .delimsizing.size1{font-family:KaTeX_Size1}
"""
BUNDLE = """/*! 见 https://clipboardjs.com/ */ var m="https://unpkg.com/mermaid@11/dist/mermaid.min.js";"""
E_PAGE = "01-introduction/entropy/index.html"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """三页的书。"""
    for name, text in FILES.items():
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Book.load(tmp_path / "book")


@pytest.fixture
def site(tmp_path: Path, book: Book) -> Path:
    """一个没有问题的站点。"""
    root = tmp_path / "site"
    pages = {
        "index.html": html('<h1 id="sample">样书</h1>'),
        "01-introduction/index.html": html('<h1 id="introduction">引言</h1>', "../", title="引言"),
        E_PAGE: html(ENTROPY, "../../", '<script type="module" src="../../assets/widgets/board.js"></script>\n', title="熵"),
        "404.html": html('<h1 id="lost">没有这一页</h1><p><a href="/">首页</a></p>', "/", title="没有").replace('"base": "."', '"base": "/"'),
        "assets/favicon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "assets/katex/katex.min.css": KATEX,
        "assets/javascripts/bundle.a1b2.min.js": BUNDLE,
        "assets/javascripts/workers/search.c3d4.min.js": "//",
    }
    for name in FILES:
        if name.startswith("docs/assets/"):
            pages[name.removeprefix("docs/")] = FILES[name]
    for name, text in pages.items():
        write(root, name, text)
    for font in ("Main-Regular", "Main-Bold", "Math-Italic", "Size1"):
        write(root, f"assets/katex/fonts/{font}.woff2", font * 100)
    return root


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def change(root: Path, name: str, old: str, new: str) -> None:
    """埋一个缺陷；内联脚本的指纹不重算。"""
    text = (root / name).read_text("utf-8")
    assert old in text
    write(root, name, text.replace(old, new, 1))


def test_the_good_site_has_no_problem(book: Book, site: Path):
    assert site_checks.run(book, site, site_checks.STATIC) == ([], {})


IN = "熵</h1>"
DEFECTS = [
    ("built-links", E_PAGE, IN, '熵</h1><a href="../nowhere/">坏</a>', "docs/01-introduction/entropy.md:9", "01-introduction/nowhere/index.html 不在站点里"),
    ("built-links", E_PAGE, IN, '熵</h1><a href="../#nope">坏</a>', "docs/01-introduction/entropy.md:9", "没有 id “nope”"),
    ("built-links", E_PAGE, IN, '熵</h1><a href="../../01-introduction">坏</a>', "", "没有以 / 结尾"),
    ("built-links", E_PAGE, IN, '熵</h1><img src="figures/bowl.svg" alt="一只碗">', "docs/01-introduction/entropy.md:11", "bowl.svg"),
    ("built-links", E_PAGE, IN, '熵</h1><img src="../../assets/favicon.svg" srcset="a.png 1x, b.png 2x" alt="碗">', "", "a.png"),
    ("built-links", E_PAGE, IN, '熵</h1><p style="background: url(bowl.png)">碗</p>', "", "bowl.png"),
    ("built-links", E_PAGE, IN, "熵</h1><style>p { background: url('bowl.png') }</style>", "", "bowl.png"),
    ("built-links", "assets/css/book.css", "body", "\nbody { background: url(../no.png) }\nbody", "docs/assets/css/book.css:2", "no.png"),
    ("built-links", "404.html", 'href="/"', 'href="/lost/"', "scripts/theme/404.html:1", "lost/index.html 不在"),
    ("built-links", E_PAGE, IN, '熵</h1><p id="bowl-clip">二</p>', "", "出现 2 次"),
    ("built-links", E_PAGE, '<h1 id="entropy">熵</h1>', "<p>没有题目</p>", "docs/01-introduction/entropy.md:1", "0 个一级标题"),
    ("built-links", E_PAGE, IN, "熵</h1><h1>又一个</h1>", "", "2 个一级标题"),
    ("built-links", E_PAGE, "url(#bowl-clip)", "url(#bowl-clop)", "", "bowl-clop"),
    ("built-links", E_PAGE, IN, '熵</h1><p aria-labelledby="ghost">二</p>', "", "ghost"),
    ("built-links", E_PAGE, "labs/toy.py#L1-L2", "labs/toy.py#L1-L9", "", "没有第 9 行"),
    ("built-links", E_PAGE, "labs/toy.py#L1-L2", "labs/gone.py", "", "仓库里没有 labs/gone.py"),
    ("foreign-hosts", E_PAGE, "</head>", '<link rel="preconnect" href="https://fonts.example.com"></head>', "", "fonts.example.com"),
    ("foreign-hosts", E_PAGE, "</head>", '<link rel="stylesheet" href="//cdn.example.com/a.css"></head>', "", "cdn.example.com"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><img src="https://example.com/paper.png" alt="图">', "docs/01-introduction/entropy.md:9", "paper.png"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><img srcset="https://example.com/2x.png 2x" alt="图">', "", "2x.png"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><iframe src="https://video.example.com/1"></iframe>', "", "video.example.com"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><script src="https://cdn.example.com/a.js"></script>', "", "a.js"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><svg><image href="https://example.com/a.png"/></svg>', "", "a.png"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><p style="background: url(https://example.com/b.png)">二</p>', "", "b.png"),
    ("foreign-hosts", "assets/css/book.css", "body", '\n@import "https://fonts.example.com/a.css";\nbody', "docs/assets/css/book.css:2", "fonts.example.com"),
    ("foreign-hosts", "assets/css/book.css", "body", "@font-face { src: url(https://fonts.example.com/a.woff2) }\nbody", "", "a.woff2"),
    ("foreign-hosts", "assets/js/book.js", "add", "\nfetch('https://api.example.com/x');\nadd", "docs/assets/js/book.js:2", "api.example.com"),
    ("foreign-hosts", "assets/js/book.js", "add", "import('//cdn.example.com/x.js');\nadd", "", "cdn.example.com"),
    ("foreign-hosts", "assets/js/book.js", "add", "new WebSocket(`wss://live.example.com`);\nadd", "", "live.example.com"),
    ("foreign-hosts", "assets/javascripts/bundle.a1b2.min.js", "var", 'fetch("https://stats.example.com");var', "", "没登记的外部地址 https://stats"),
    ("foreign-hosts", E_PAGE, IN, '熵</h1><div class="mermaid">a</div>', "", "unpkg.com/mermaid"),
    ("csp", E_PAGE, "Content-Security-Policy", "X-Nothing", "docs/01-introduction/entropy.md:1", "没有内容安全策略"),
    ("csp", E_PAGE, "script-src 'self' 'sha256-", f"script-src 'self' {TOKEN} 'sha256-", "", "没有填"),
    ("csp", E_PAGE, IN, '熵</h1><button onclick="go()">走</button>', "", "onclick"),
    ("csp", E_PAGE, IN, '熵</h1><a href="javascript:go()">走</a>', "", "javascript:"),
    ("csp", E_PAGE, "var ready = 1", "var ready = 2", "", "1 段内联脚本不在策略里"),
    ("csp", E_PAGE, "script-src 'self'", "script-src 'self' 'unsafe-inline'", "", "放行了任意内联脚本"),
    ("csp", E_PAGE, "img-src 'self'", "img-src 'self' https://example.com", "", "img-src 放行了 https://example.com"),
    ("csp", E_PAGE, "default-src 'self'", "default-src *", "", "default-src"),
    ("csp", E_PAGE, '<meta charset="utf-8">', '<script src="../../assets/js/book.js"></script><meta charset="utf-8">', "", "在策略之前"),
    ("rendered", E_PAGE, IN, "熵</h1><p>剩下 $$ x $$</p>", "docs/01-introduction/entropy.md:1", "公式没有排"),
    ("rendered", E_PAGE, IN, "熵</h1><p>\\(x\\)</p>", "", "公式没有排"),
    ("rendered", E_PAGE, IN, "熵</h1><p>\\begin{aligned}</p>", "", "公式没有排"),
    ("rendered", E_PAGE, IN, "熵</h1><p>见 [@eq:nope]</p>", "docs/01-introduction/entropy.md:13", "引用没有替换"),
    ("rendered", E_PAGE, IN, "熵</h1><p>见 [=coin.x:.2f]</p>", "", "数没有替换"),
    ("rendered", E_PAGE, IN, "熵</h1><h2>二 { #two }</h2>", "", "标签或属性没有认出来"),
    ("rendered", E_PAGE, IN, "熵</h1><p>--8&lt;-- \"labs/x.py:y\"</p>", "", "代码段没有取来"),
    ("rendered", E_PAGE, IN, "熵</h1><p>@@lst:x|@@</p>", "", "机器的记号"),
    ("rendered", E_PAGE, IN, "熵</h1><p>&lt;!-- book:labs --&gt;</p>", "", "指令没有执行"),
    ("rendered", E_PAGE, IN, "熵</h1><!-- book:labs -->", "", "指令没有执行"),
    ("rendered", E_PAGE, IN, "熵</h1><p>脚注[^1]</p>", "", "脚注没有认出来"),
    ("rendered", E_PAGE, IN, '熵</h1><p>!!! note "提示"</p>', "", "提示框没有认出来"),
    ("rendered", E_PAGE, IN, '熵</h1><span class="arithmatex">x</span>', "", "公式没有排"),
    ("rendered", E_PAGE, IN, '熵</h1><div class="lab-slot" data-cell="3"></div>', "", "第 3 个代码单元"),
    ("rendered", E_PAGE, IN, "熵</h1><pre><code>\n</code></pre>", "", "空的代码块"),
    ("rendered", E_PAGE, IN, '熵</h1><a href="../" title="见 [@eq:x]">二</a>', "", "引用没有替换"),
    ("budgets", E_PAGE, "</head>", '<link rel="preload" as="fetch" href="../../search/search_index.json"></head>', "", "一打开就加载搜索：search/search_index.json（共 1 页）"),
    ("budgets", E_PAGE, "</head>", '<script src="../../assets/javascripts/bundle.a1b2.min.js"></script></head>', "", "一打开就加载搜索：assets/javascripts/bundle"),
    ("budgets", "assets/js/book.js", "addEventListener('focusin', () => import('./search.js'))", "import './search.js'", "", "assets/js/search.js（共 4 页）"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "file", "old", "new", "where", "message"), DEFECTS)
def test_a_planted_defect_is_caught_by_its_rule_alone(book: Book, site: Path, rule, file, old, new, where, message):
    if "search_index.json" in new:
        write(site, "search/search_index.json", "{}")
    change(site, file, old, new)
    problems, _ = site_checks.run(book, site, site_checks.STATIC)
    assert {p.rule for p in problems} == {rule}, problems
    found = [p for p in problems if message in p.message]
    assert found, problems
    if where:
        assert f"{found[0].path}:{found[0].line}" == where


def test_a_page_that_was_not_built_is_missed(book: Book, site: Path):
    (site / "index.html").unlink()
    problems, _ = site_checks.run(book, site, ["built-links"])
    assert "docs/index.md:1: [built-links] 这一页没有建出来" in "\n".join(map(str, problems))
    shutil.rmtree(site)
    site.mkdir()
    assert len(site_checks.run(book, site, ["built-links"])[0]) == 3


# —— 大小 ——


def noise(size: int) -> str:
    """压不动的文字。"""
    import random

    return "".join(random.Random(0).choices("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", k=size))


def test_a_heavy_page_is_over_its_own_budget(book: Book, site: Path):
    change(site, E_PAGE, IN, f"熵</h1><p>{noise(60_000)}</p>")
    problems, _ = site_checks.run(book, site, site_checks.STATIC)
    assert [(p.path, p.rule) for p in problems] == [("docs/01-introduction/entropy.md", "budgets")]
    assert "压缩后的 HTML" in problems[0].message


def test_a_heavy_median_is_reported_once(book: Book, site: Path):
    for name in (E_PAGE, "index.html"):
        change(site, name, "</h1>", f"</h1><p>{noise(30_000)}</p>")
    problems, _ = site_checks.run(book, site, site_checks.STATIC)
    assert len(problems) == 1 and "中位数" in problems[0].message


@pytest.mark.parametrize("heavy", ["assets/widgets/board-model.js", "assets/css/book.css", "assets/katex/fonts/Math-Italic.woff2"])
def test_the_first_view_counts_imported_modules_styles_and_used_fonts(book: Book, site: Path, heavy: str):
    (site / heavy).write_text("/*" + noise(220_000) + "*/", "utf-8")
    problems, _ = site_checks.run(book, site, site_checks.STATIC)
    assert problems and {p.rule for p in problems} == {"budgets"}
    assert all("首屏" in p.message for p in problems)
    assert ("docs/index.md" in {p.path for p in problems}) == heavy.endswith(".css")  # 首页没有交互图，也没有公式


@pytest.mark.parametrize("light", ["assets/katex/fonts/Main-Bold.woff2", "assets/katex/fonts/Size1.woff2", "assets/javascripts/workers/search.c3d4.min.js"])
def test_the_first_view_leaves_out_what_is_not_used(book: Book, site: Path, light: str):
    (site / light).write_text("/*" + noise(220_000) + "*/", "utf-8")
    assert site_checks.run(book, site, site_checks.STATIC) == ([], {})


def test_print_styles_and_lazy_images_are_not_in_the_first_view(book: Book, site: Path):
    write(site, "assets/big.png", noise(220_000))
    write(site, "assets/css/print.css", noise(220_000))
    change(site, E_PAGE, "</head>", '<link rel="stylesheet" media="print" href="../../assets/css/print.css"></head>')
    change(site, E_PAGE, IN, '熵</h1><img loading="lazy" src="../../assets/big.png" alt="大图">')
    assert site_checks.run(book, site, site_checks.STATIC) == ([], {})
    change(site, E_PAGE, 'loading="lazy" ', "")
    assert {p.rule for p in site_checks.run(book, site, site_checks.STATIC)[0]} == {"budgets"}


def used(classes: str) -> set[str]:
    page = parse("a.html", f'<x-m><span class="katex">{"".join(f"<span class={c!r}></span>" for c in classes.split("|"))}</span></x-m>'.replace("'", '"'))
    return {Path(url).stem for url in budgets.files_in_use(KATEX + ".katex .textbf{font-weight:700}", page.styles)}


@pytest.mark.parametrize(
    ("classes", "fonts"),
    [
        ("mord", {"Main-Regular"}),
        ("mord mathnormal", {"Main-Regular", "Math-Italic"}),
        ("mord mathbf", {"Main-Regular", "Main-Bold"}),
        ("sizing reset-size6 size1 mtight|delimsizing size3", {"Main-Regular"}),
        ("delimsizing size1", {"Main-Regular", "Size1"}),
        ("text textbf", {"Main-Regular", "Main-Bold"}),
    ],
)
def test_fonts_follow_from_the_classes_of_the_formulas(classes: str, fonts: set[str]):
    assert used(classes) == fonts


def test_a_page_without_formulas_needs_no_font():
    page = parse("a.html", "<p>没有公式</p>")
    assert list(budgets.files_in_use(KATEX, page.styles)) == []


# —— 读站点 ——


def test_a_site_below_a_path_resolves_the_absolute_links_of_its_404_page(book: Book, site: Path):
    page = (site / "404.html").read_text("utf-8")
    page = page.replace('"base": "/"', '"base": "/book"').replace('href="/', 'href="/book/').replace('src="/', 'src="/book/')
    write(site, "404.html", page)
    assert Site.read(site).base == "/book/"
    assert site_checks.run(book, site, site_checks.STATIC) == ([], {})
    change(site, "404.html", 'href="/book/"', 'href="/"')
    assert Site.read(site).target("404.html", "/book/a/?q=1#b%20c") == ("a/index.html", "b c")


def test_the_site_is_read_again_only_when_it_changes(site: Path):
    first = Site.read(site)
    assert Site.read(site) is first
    write(site, "new.txt", "x")
    assert Site.read(site) is not first


def test_a_formula_with_an_address_inside_is_still_parsed():
    page = parse("a.html", '<x-m><span class="katex"><img src="https://example.com/a.png"></span></x-m>')
    assert list(foreign.loads(page)) == ["https://example.com/a.png"]


@pytest.mark.parametrize(
    ("code", "urls"),
    [
        ("const a = '<a href=\"https://example.com/\">看</a>'", []),
        ("// 出处 https://example.com\n/* 'https://example.com' */ let a", []),
        ("let ns = 'http://www.w3.org/1998/Math/MathML'", []),
        ("let a = x // 3\nimg.src = \"https://example.com/a.png\"", ["https://example.com/a.png"]),
        ("a = `https://example.com/${b}`", ["https://example.com/${b}"]),
        ("a = '//'", []),
    ],
)
def test_addresses_in_our_own_scripts(code: str, urls: list[str]):
    assert [url for _, url in foreign.literals(code)] == urls


# —— HTML 检查器 ——


@pytest.fixture
def checker(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """真的 vnu；没有 java 或 jar 时跳过。"""
    if not shutil.which("java"):
        site_checks.skipped.required() and pytest.fail("没有 java")
        pytest.skip("没有 java")
    jar = validity.install(REPO)
    monkeypatch.setattr(validity, "install", lambda root: jar)


def test_the_html_checker_passes_the_good_site_and_finds_the_bad_markup(book: Book, site: Path, checker: None):
    assert site_checks.run(book, site, ["html"]) == ([], {})
    change(site, E_PAGE, IN, '熵</h1><ul><p>二</p></ul><p><img src="../../assets/favicon.svg"></p>')
    problems, _ = site_checks.run(book, site, ["html", *site_checks.STATIC])
    assert {p.rule for p in problems} == {"html"}
    assert {p.path for p in problems} == {"docs/01-introduction/entropy.md"}
    assert any("ul" in p.message for p in problems) and any("alt" in p.message for p in problems)


def test_without_java_the_html_rule_is_skipped_with_a_reason_but_fails_in_ci(book: Book, site: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(validity.shutil, "which", lambda name: None)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    problems, skipped = site_checks.run(book, site, ["html"])
    assert problems == [] and "java" in skipped["html"]
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    problems, skipped = site_checks.run(book, site, ["html"])
    assert [p.rule for p in problems] == ["html"] and skipped == {}


def test_every_known_message_says_why():
    assert all(len(known.reason) >= 6 and re.compile(known.message) for known in validity.KNOWN)
    assert all(len(known.reason) >= 6 for known in foreign.KNOWN)


# —— 浏览器 ——


def test_accessibility_faults_are_found_in_both_colours_and_widths(book: Book, site: Path):
    if browser.launch() is None:
        site_checks.skipped.required() and pytest.fail(browser.ABSENT)
        pytest.skip(browser.ABSENT)
    assert site_checks.run(book, site, ["a11y"]) == ([], {})
    style = "<style>@media (prefers-color-scheme: dark) { .dim { color: #222; background: #111 } }</style>"
    change(site, E_PAGE, IN, f'熵</h1>{style}<p class="dim" id="dim">看不清</p><button></button>')
    problems, _ = site_checks.run(book, site, ["a11y", "built-links", "foreign-hosts", "csp", "rendered"])
    assert {p.rule for p in problems} == {"a11y"}
    assert {p.path for p in problems} == {"docs/01-introduction/entropy.md"}
    contrast = next(p for p in problems if p.message.startswith("color-contrast"))
    assert "桌面暗" in contrast.message and "手机暗" in contrast.message and "明" not in contrast.message
    assert any(p.message.startswith("button-name（桌面明") for p in problems)


def test_without_a_browser_the_rule_is_skipped_or_fails(book: Book, site: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(browser, "launch", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("REQUIRE_BROWSER", "0")
    assert "Chromium" in site_checks.run(book, site, ["a11y"])[1]["a11y"]
    monkeypatch.setenv("CI", "true")
    assert [p.rule for p in site_checks.run(book, site, ["a11y"])[0]] == ["a11y"]


# —— 服务器与外部链接 ——


def test_the_server_packs_text_serves_folders_and_the_404_page(site: Path):
    with serve(site) as address:
        request = urllib.request.Request(address + "01-introduction/", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "引言" in gzip.decompress(answer.read()).decode()
        with pytest.raises(urllib.error.HTTPError) as lost:
            urllib.request.urlopen(address + "nowhere/")
        assert lost.value.code == 404 and "没有这一页" in lost.value.read().decode()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address + "%2e%2e/book/mkdocs.yml")


class Outside(BaseHTTPRequestHandler):
    """假的外面：/ok 在，/gone 没了，/wall 不让机器看。"""

    def do_GET(self) -> None:
        self.send_response({"/ok": 200, "/wall": 403}.get(self.path, 404))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


def test_external_links_are_visited_once_and_only_certain_failures_are_problems(book: Book, site: Path, capfd):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_port}"
    for path in ("/ok", "/gone", "/wall", "/gone#part"):
        change(site, E_PAGE, IN, f'熵</h1><a href="{there}{path}">外</a>')
    change(site, E_PAGE, "https://example.com/paper", "https://example.org/repo/blob/main/README.md")
    problems = external.check(book, site)
    server.shutdown()
    assert [(p.path, p.rule) for p in problems] == [("docs/01-introduction/entropy.md", "external-links")]
    assert f"{there}/gone（404" in problems[0].message
    assert f"{there}/wall" in capfd.readouterr().err


def test_without_a_network_external_links_are_skipped():
    with pytest.raises(Skipped, match="网络"):
        external.visit(["http://nowhere.invalid/a", "http://nowhere.invalid/b"])
