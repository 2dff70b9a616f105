"""在真正的浏览器里读这本书：请求、搜索、明暗、复制公式、手机、打印、不开脚本。"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from book.model import Book
from book.site_checks import budgets
from book.site_checks.a11y import chosen
from book.site_checks.tree import Site

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SHOWN = 30  # 搜索最多列出的页数
SEARCH = re.compile(r"search_index\.json|workers/search\.|lunr|js/search\.js")


@pytest.fixture(scope="session")
def site(built: Path) -> Site:
    return Site.read(built)


@pytest.fixture(scope="session")
def kinds(book: Book, site: Site) -> list[str]:
    """每种页面一页的地址，加 404 页。"""
    return [path.removesuffix("index.html") for path in chosen(book, site, everything=False)]


@pytest.fixture(scope="session")
def formula_page(book: Book, site: Site) -> str:
    """公式最多的一页。"""
    return max(site.pages.values(), key=lambda page: sum(1 for _ in page.all("x-m"))).url


def to_the_end(tab) -> None:
    """滚到底，让延迟加载的都加载。"""
    tab.evaluate(
        "async () => { for (let y = 0; y < document.body.scrollHeight; y += 600) { scrollTo(0, y); await new Promise(r => setTimeout(r, 20)) } scrollTo(0, 0) }"
    )
    tab.wait_for_load_state("networkidle")


# —— 请求 ——


def test_no_page_asks_another_host_and_nothing_fails(visit, kinds: list[str]):
    for url in kinds:
        seen = visit(url, wait="networkidle")
        to_the_end(seen.page)
        failures = [text for text in seen.failures if not (url == "404.html")]
        assert (seen.foreign, failures, seen.errors, seen.violations) == ([], [], [], []), url
        seen.page.context.close()


def test_a_missing_address_shows_the_404_page_with_working_styles(visit, site: Site):
    seen = visit("07-architecture/nowhere/", wait="networkidle")
    assert "没有这一页" in seen.page.locator("h1").inner_text()
    assert [text for text in seen.failures if "nowhere" not in text] == []
    assert seen.page.evaluate("document.styleSheets.length") >= 2
    assert seen.violations == []


def test_the_first_view_is_what_the_budget_counted(visit, site: Site, kinds: list[str]):
    """浏览器不动它时请求的文件，都在静态算出的首屏里；字体一个不漏。"""
    for url in kinds:
        seen = visit(url, wait="networkidle")
        path = url + "index.html" if not url or url.endswith("/") else url
        counted = set(budgets.first_view(site, site.pages[path]).files)
        printing = {file for file in seen.paths if file.endswith("print.css")}  # 浏览器以最低优先级取打印样式
        assert seen.paths - counted - printing == set(), url
        seen.page.context.close()


# —— 搜索 ——


def test_nothing_of_the_search_is_loaded_before_the_reader_opens_it(visit, kinds: list[str]):
    for url in kinds:
        seen = visit(url, wait="networkidle")
        to_the_end(seen.page)
        assert [path for path in seen.requests if SEARCH.search(path)] == [], url
        seen.page.context.close()


def ask(seen, words: str) -> list[str]:
    """搜一个词，返回结果里的页面（相对站点根，去掉片段），一页一次。"""
    tab = seen.page
    tab.locator("[name=query]").fill(words)
    tab.locator(".md-search-result__list a[href*='h=']").first.wait_for()  # wait_for_function 要 eval，策略不许
    tab.wait_for_timeout(300)
    links = tab.evaluate("[...document.querySelectorAll('.md-search-result__list a')].map(a => a.href)")
    return list(dict.fromkeys(link.removeprefix(seen.home).split("?")[0].split("#")[0] for link in links))


def open_search(seen) -> None:
    seen.page.locator("[name=query]").click()


@pytest.mark.parametrize("words", ["注意力", "掩码", "Transformer", "softmax"])
def test_the_search_finds_the_pages_that_contain_the_word(visit, site: Site, words: str):
    seen = visit("")
    open_search(seen)
    found = ask(seen, words)
    assert any(SEARCH.search(url) for url in seen.requests)
    assert (seen.foreign, seen.errors, seen.violations) == ([], [], [])
    titled = {page.url for page in site.pages.values() if words.lower() in heading(page.raw).lower()}
    holding = {page.url for page in site.pages.values() if words.lower() in article(page.raw).lower()}
    assert titled <= set(found), f"题目里有“{words}”却没找到"
    assert len(holding & set(found)) >= 0.9 * min(len(holding), SHOWN), f"有“{words}”却没找到：{holding - set(found)}"
    assert found[0] in holding


def heading(raw: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<h1\b.*?</h1>", raw, re.S))


def article(raw: str) -> str:
    """搜索该认得的文字：正文，去掉公式、图和实验输出。"""
    match = re.search(r"<article\b.*?>(.*)</article>", raw, re.S)
    text = re.sub(r"<(x-m|svg|script)\b.*?</\1>|<pre class=\"lab-out\".*?</pre>", " ", match[1] if match else "", flags=re.S)
    return re.sub(r"<[^>]+>", "", text)


def test_a_result_leads_to_the_page_and_marks_the_word(visit):
    seen = visit("")
    open_search(seen)
    ask(seen, "注意力")
    seen.page.locator(".md-search-result__list a").first.click()
    seen.page.wait_for_url("**/?h=*")
    seen.page.wait_for_load_state()
    marked = seen.page.evaluate("[...CSS.highlights.get('found')].map(range => range.toString())")
    assert marked and all(text in "注意力" for text in marked)  # 按切出的词标
    assert (seen.foreign, seen.failures, seen.errors, seen.violations) == ([], [], [], [])


# —— 明暗、复制 ——

SCHEME = "document.documentElement.dataset.mdColorScheme"


def test_the_palette_button_switches_and_is_remembered(visit):
    seen = visit("", color_scheme="light")
    tab = seen.page
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    tab.locator(".md-header__scheme").click()
    tab.locator("html[data-md-color-scheme=slate]").wait_for(state="attached")
    tab.wait_for_timeout(400)  # 颜色的过渡
    dark = tab.evaluate(ground)
    assert brightness(dark) < 80 < 200 < brightness(light)
    tab.reload()
    assert tab.evaluate(SCHEME) == "slate" and tab.evaluate(ground) == dark
    assert visit("", color_scheme="dark").page.evaluate(ground) == dark
    assert seen.errors == [] and seen.violations == []


def brightness(colour: str) -> float:
    numbers = [float(n) for n in re.findall(r"[\d.]+", colour)[:3]]
    return sum(numbers) / 3 * (255 if max(numbers) <= 1 and not colour.startswith("rgb") else 1)


def test_copying_a_formula_gives_its_latex(visit, formula_page: str, site_url: str):
    seen = visit(formula_page, permissions=["clipboard-read", "clipboard-write"])
    tab = seen.page
    tex = tab.evaluate(
        """() => { const f = document.querySelector('x-m.display'), r = document.createRange(); r.selectNodeContents(f);
        const s = getSelection(); s.removeAllRanges(); s.addRange(r); document.execCommand('copy');
        return f.querySelector('annotation').textContent }"""
    )
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert tex.strip() in copied and copied.strip().startswith("$$"), copied


# —— 手机 ——


def test_no_page_scrolls_sideways_on_a_phone(visit, site: Site, site_url: str):
    seen = visit("", **PHONE)
    wide = {}
    for page in site.pages.values():
        seen.page.goto(site_url + page.url, wait_until="load")
        width = seen.page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        if width > 360:
            wide[page.url] = (width, seen.page.evaluate(SPILL))
    assert wide == {}


SPILL = """() => [...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > 361
  && !e.closest('x-m, .table-scroll, pre, svg')).slice(0, 3).map(e => e.tagName + '.' + e.className)"""


def test_wide_formulas_tables_and_code_scroll_inside_their_own_box(visit, formula_page: str):
    tab = visit(formula_page, **PHONE).page
    outcome = tab.evaluate(
        """() => {
        const f = document.querySelector('x-m.display .katex-html'); f.innerHTML = f.innerHTML.repeat(8)
        const holder = document.querySelector('article')
        holder.insertAdjacentHTML('beforeend', '<div class="table-scroll" id="t1"><table class="book-table"><tr>' + '<td>很宽的一格内容</td>'.repeat(40)
          + '</tr></table></div><div class="highlight" id="c1"><pre><code>' + 'x'.repeat(400) + '</code></pre></div>')
        return [document.querySelector('x-m.display'), document.querySelector('#t1'), document.querySelector('#c1 code')].map(e => {
          for (; e && e.scrollWidth <= e.clientWidth + 1; e = e.parentElement) if (e.matches('article')) return 'article'
          return e ? getComputedStyle(e).overflowX : 'none' })
        }"""
    )
    assert set(outcome) <= {"auto", "scroll"}, outcome
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_menu_opens_on_a_phone(visit):
    tab = visit("", **PHONE).page
    link = tab.locator("nav.book-nav a").filter(has_text="模型架构").first
    assert not in_view(link)
    tab.locator(".md-header__menu").click()
    tab.wait_for_timeout(600)
    assert in_view(link)
    link.click()
    tab.wait_for_url("**/07-architecture/")


def in_view(locator) -> bool:
    """在屏幕之内，而且看得见。"""
    box = locator.bounding_box()
    return bool(box) and locator.is_visible() and 0 <= box["x"] < 360 and box["x"] + box["width"] <= 361


# —— 打印 ——


def test_folded_answers_are_printed(visit, site: Site, tmp_path: Path):
    folded = max(site.pages.values(), key=lambda page: sum(1 for _ in page.all("details")))
    tab = visit(folded.url).page
    count = tab.locator("details").count()
    assert count > 0
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.wait_for_timeout(100)
    hidden = tab.evaluate(
        """() => [...document.querySelectorAll('details')].filter(d => ![...d.children].some(c => c.tagName !== 'SUMMARY'
        && c.checkVisibility({contentVisibilityAuto: true}) && c.getBoundingClientRect().height > 0)).length"""
    )
    assert hidden == 0, f"{count} 处折叠里有 {hidden} 处印不出来"
    assert tab.evaluate("getComputedStyle(document.querySelector('.md-header')).display") == "none"
    tab.emulate_media(media=None)
    pdf = tab.pdf(path=tmp_path / "page.pdf", format="A4")
    assert pdf.startswith(b"%PDF") and len(pdf) > 20_000
    if tool := shutil.which("pdftotext"):
        text = re.sub(r"\s", "", subprocess.run([tool, tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout)
        answer = tab.evaluate("document.querySelector('details > :not(summary)').textContent")
        words = [word for word in re.findall(r"[\u4e00-\u9fff]{4,12}", answer)][:3]
        assert words and any(word in text for word in words), words


# —— 不开脚本 ——


def test_without_scripts_everything_can_be_read(visit, book: Book, kinds: list[str]):
    for url in kinds:
        tab = visit(url, java_script_enabled=False).page
        assert tab.locator("article h1").is_visible(), url
        assert tab.locator("nav.book-nav a:visible").count() >= 13, url
        if url != "404.html":
            assert tab.locator("article p:visible").count() > 0, url
        if tab.locator("article x-m").count():
            assert tab.locator("article x-m .katex-html").first.bounding_box()["width"] > 0, url
        tab.context.close()


def test_without_scripts_the_widgets_show_their_picture_and_answers_unfold(visit, book: Book, site: Site):
    pages = [page for page in book.numbered_pages if "<book-" in page.document.masked]
    if not pages:
        pytest.skip("书里还没有交互图")
    tab = visit(pages[0].url, java_script_enabled=False).page
    name = re.search(r"<(book-[a-z0-9-]+)", pages[0].document.masked)[1]
    box = tab.locator(name).first.locator("svg, img").first.bounding_box()
    assert box and box["width"] > 100 and box["height"] > 50
    folded = next((page for page in site.pages.values() if any(True for _ in page.all("details"))), None)
    if folded:
        tab = visit(folded.url, java_script_enabled=False).page
        first = tab.locator("details").first
        first.locator("summary").click()
        assert first.get_attribute("open") is not None


def test_without_scripts_the_menu_can_be_reached_on_a_phone(visit):
    tab = visit("", java_script_enabled=False, **PHONE).page
    link = tab.locator("nav.book-nav a").filter(has_text="模型架构").first
    link.scroll_into_view_if_needed()
    assert in_view(link)
    link.click()
    tab.wait_for_url("**/07-architecture/")
