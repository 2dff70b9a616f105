"""HTML 阶段：图、表、代码标题栏、实验输出、术语提示、节号，最后接起中文的换行。"""

from __future__ import annotations

import html
import re
from pathlib import Path

from book.glossary import PATH as GLOSSARY
from book.model import Book, Page, relative_url
from book.problems import BookError, Problem
from book.transforms.markdown import LISTING_TOKEN

FIGURE = re.compile(r'<p>\s*(?P<img><img\b[^>]*\bclass="book-figure"[^>]*>)<span class="book-caption">(?P<caption>.*?)</span>\s*</p>', re.S)
TABLE = re.compile(r'<p class="book-table-caption" id="(?P<label>[^"]+)">(?P<caption>(?:(?!</p>).)*)</p>\s*<table>(?P<body>.*?)</table>', re.S)
DATE_CELL = re.compile(r"(?<=>)(\d{4}-\d\d-\d\d)(?=<)")  # 日期不在连字符处断开
PLAIN_TABLE = re.compile(r"<table>(.*?)</table>", re.S)
LISTING = re.compile(
    r'<div class="(?P<class>[^"]*\bhighlight\b[^"]*)"[^>]*><span class="filename">'
    + LISTING_TOKEN.format(r"(?P<label>[^|<]*)\|(?P<rest>[^<]*?)")
    + r"</span>(?P<pre><pre.*?</pre>)</div>",
    re.S,
)
WIDGET = re.compile(r"<book-(?P<name>[a-z][a-z0-9-]*)\b(?P<attrs>[^>]*)>(?P<inner>.*?)</book-(?P=name)>", re.S)
WIDGET_IMAGE = re.compile(r'<img\b[^>]*\bsrc="(?P<src>figures/[^"]+\.svg)"[^>]*>')
ATTRIBUTE = re.compile(r'\b(?P<name>alt|src|id)="(?P<value>[^"]*)"')
CJK = r"[\u2018-\u201d\u2026\u2014\u3000-\u303f\u3400-\u9fff\uff01-\uff5e]"
INLINE_TAGS = r"(?:a|em|strong|b|i|span|abbr|cite|sub|sup)"
CLOSING = r"[，。；：？！、）」』”’》…]"
SOLID = r"<(?P<solid>pre|svg|script|style|code|x-m)\b.*?</(?P=solid)>"
AFTER_PUNCTUATION = re.compile(
    rf"{SOLID}|(?<={CLOSING})(?P<tags>(?:</{INLINE_TAGS}>)*)[ \t]*\n[ \t]*(?=[^\s<]|<(?:a|b|strong|em|code|span|x-m)\b)", re.S
)
INLINE_FORMULA = re.compile(rf'(<x-m data-search-exclude="1">(?:(?!</x-m>).)*</x-m>)({CLOSING}+)', re.S)
ANNOTATION = re.compile(r'<annotation encoding="application/x-tex">(.*?)</annotation>', re.S)
SHORT_FORMULA = 30  # 字符；再长的公式与标点绑在一起会撑出一行
JOIN = re.compile(rf"(?<={CJK})((?:</{INLINE_TAGS}>)*)[ \t]*\n[ \t]*(?=(?:<{INLINE_TAGS}\b[^>]*>)*{CJK})")
FORMULA = re.compile(r"(<x-m\b[^>]*>)(.*?)(</x-m>)", re.S)
OPAQUE = re.compile(r"(<(pre|svg|script|style|code|x-m)\b.*?</\2>)", re.S)
SKIP = re.compile(r"(<(?:a|code|pre|h[1-6]|x-m|svg|script|style|summary|button|cite|dt|b)\b)|(</(?:a|code|pre|h[1-6]|x-m|svg|script|style|summary|button|cite|dt|b)>)|<[^>]+>")


def render(book: Book, page: Page, content: str, to_root: str) -> str:
    """变换一页的 HTML；公式与实验输出在此之前已经换好。``to_root`` 是到站点根的相对路径。"""
    content = figures(book, page, content)
    content = tables(content)
    content = code_captions(book, content)
    content = content.replace("<pre><span></span><code>", '<pre><span></span><code tabindex="0">')  # 长行要能用键盘横向滚动
    content = widgets(book, page, content, to_root)
    content = section_number(page, content)
    content = terms(book, page, content)
    return glue_punctuation(join_lines(content))


def attributes(tag: str) -> dict[str, str]:
    """图片标签里的 alt、src、id。"""
    return {m["name"]: html.unescape(m["value"]) for m in ATTRIBUTE.finditer(tag)}


def figures(book: Book, page: Page, content: str) -> str:
    """图变成 ``<figure>``，SVG 内联，颜色才能跟随页面的明暗。"""

    def replace(match: re.Match[str]) -> str:
        attrs = attributes(match["img"])
        name = Path(attrs["src"]).name
        source = book.root / "docs" / page.folder / "figures" / name
        if not source.is_file():
            label, path = book.labels[attrs["id"]], source.relative_to(book.root).as_posix()
            raise BookError([Problem(page.source, label.line, "figures", f"没有图 {path}", "检查文件名；图放在本章的 figures/ 里")])
        picture = inline_svg(source, attrs["alt"]) if name.endswith(".svg") else re.sub(r' id="[^"]*"', "", match["img"])
        return f'<figure class="book-figure" id="{attrs["id"]}" tabindex="0">{picture}<figcaption>{match["caption"]}</figcaption></figure>'

    return FIGURE.sub(replace, content)


def inline_svg(path: Path, alt: str) -> str:
    """读 SVG，去掉 XML 声明，替代文字写进 ``aria-label``。"""
    text = path.read_text("utf-8")
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", "", text, flags=re.S).strip()
    opening = re.match(r"<svg\b[^>]*>", text)
    if not opening:
        raise BookError([Problem(f"docs/{path.as_posix().rpartition('/docs/')[2]}", 1, "figures", "不是 SVG", "用 scripts/figures/ 里的脚本重画")])
    tag = re.sub(r'\s(?:role|aria-label|aria-labelledby)="[^"]*"', "", opening[0])
    width = re.search(r'\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+)', tag)
    own = re.search(r'\sstyle="([^"]*)"', tag)
    tag = re.sub(r'\sstyle="[^"]*"', "", tag)
    size = f' style="--w:{width[1]}{";" + own[1] if own else ""}"' if width else own[0] if own else ""
    tag = tag.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt, quote=True)}" data-search-exclude="1"{size}', 1)
    return tag + text[opening.end() :]


def tables(content: str) -> str:
    """表题与表格包成 ``<figure>``；每张表在自己的框里横向滚动。"""

    def wrap(body: str, label: str) -> str:
        body = DATE_CELL.sub(r'<span class="nobr">\1</span>', body)
        return f'<div class="table-scroll" tabindex="0" role="region" aria-label="{label}"><table class="book-table">{body}</table></div>'

    def captioned(match: re.Match[str]) -> str:
        plain = html.escape(plain_text(match["caption"]), quote=True)
        caption = f"<figcaption>{match['caption']}</figcaption>"
        return f'<figure class="book-table" id="{match["label"]}">{caption}{wrap(match["body"], plain)}</figure>'

    return PLAIN_TABLE.sub(lambda m: wrap(m[1], "表格"), TABLE.sub(captioned, content))


def plain_text(content: str) -> str:
    """HTML 里的文字；公式只留 TeX，不然它的 MathML 与 HTML 会各念一遍。"""
    content = re.sub(r"<x-m\b.*?</x-m>", lambda match: "".join(ANNOTATION.findall(match[0])), content, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", content))


def code_captions(book: Book, content: str) -> str:
    """代码标题栏：编号、说明、指向仓库的路径。"""

    def replace(match: re.Match[str]) -> str:
        label, rest = match["label"], html.unescape(match["rest"])
        path, _, caption = rest.partition(" caption:") if " caption:" in rest else (rest, "", "")
        parts = []
        if label in book.labels:
            parts.append(f"<b>{book.labels[label].title}</b>")
        if caption:
            parts.append(html.escape(caption))
        if path:
            name, _, lines = path.partition("#")
            parts.append(f'<a class="path" href="{book.repository}/blob/main/{name}#{lines}"><code>{name}</code></a>')
        ident = f' id="{label}"' if label else ""
        block = f'<div class="{match["class"]}">{match["pre"]}</div>'
        return f'<figure class="listing"{ident}><figcaption>{"　".join(parts)}</figcaption>{block}</figure>'

    return LISTING.sub(replace, content)


def widgets(book: Book, page: Page, content: str, to_root: str) -> str:
    """交互图：静态后备图内联；用到的脚本只在用到的页面加载。"""
    names: list[str] = []

    def replace(match: re.Match[str]) -> str:
        names.append(match["name"])

        def picture(image: re.Match[str]) -> str:
            source = book.root / "docs" / page.folder / image["src"]
            if not source.is_file():
                message = f"交互图 {match['name']} 没有静态后备图 {image['src']}"
                raise BookError([Problem(page.source, line_of(page, image["src"]), "figures", message, "用 scripts/figures/ 里的脚本画出来")])
            return inline_svg(source, attributes(image[0]).get("alt", ""))

        inner = WIDGET_IMAGE.sub(picture, match["inner"])
        return f"<book-{match['name']}{match['attrs']}>{inner}</book-{match['name']}>"

    content = WIDGET.sub(replace, content)
    scripts = "".join(
        f'<script type="module" src="{to_root}assets/widgets/{name}.js"></script>' for name in dict.fromkeys(names)
    )
    return content + scripts


def line_of(page: Page, text: str) -> int:
    """一段文字在源文件里第一次出现的行。"""
    return next((number for number, line in enumerate(page.document.text.split("\n"), 1) if text in line), 1)


def section_number(page: Page, content: str) -> str:
    """一级标题前加章号或节号。"""
    number = f"第 {page.chapter} 章" if page.kind == "chapter" else f"{page.chapter}.{page.section}" if page.section else ""
    if not number:
        return content
    return re.sub(r"(<h1\b[^>]*>)", rf'\1<span class="section-number">{number}</span> ', content, count=1)


def terms(book: Book, page: Page, content: str) -> str:
    """每页第一次出现的术语链接到术语表，悬停显示释义。"""
    if page.source == GLOSSARY or not book.terms or page.kind in {"front", "appendix"}:
        return content
    glossary = book.page(GLOSSARY.removeprefix("docs/"))
    assert glossary is not None
    base = relative_url(glossary.url, page.url)
    names = {term.name: term for term in book.terms}
    alternatives = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(whole_word(name) for name in alternatives))
    seen: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        name = match[0]
        if name in seen:
            return name
        seen.add(name)
        term = names[name]
        tip = html.escape(re.sub(r"[$`*]|\[@[^\]]*\]", "", term.meaning), quote=True)
        return f'<a class="term" href="{base}#{term.id}" title="{tip}">{name}</a>'

    out, depth, position = [], 0, 0
    for tag in SKIP.finditer(content):
        text = content[position : tag.start()]
        out += [pattern.sub(mark, text) if depth == 0 else text, tag[0]]
        if tag[1]:
            depth += 1
        elif tag[2]:
            depth = max(0, depth - 1)
        position = tag.end()
    return "".join([*out, content[position:]])


def whole_word(name: str) -> str:
    """一端是西文的术语只认整词；汉字紧挨着也算词的边界（``\\b`` 不这样看）。"""
    before = r"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9]", name) else ""
    after = r"(?![A-Za-z0-9_])" if re.search(r"[A-Za-z0-9]$", name) else ""
    return before + re.escape(name) + after


def join_lines(content: str) -> str:
    """删去两个汉字或全角标点之间的换行，否则浏览器会显示成空格。"""
    parts = OPAQUE.split(content)
    # 带两个捕获组的 split 三个一轮：正文、整段、标签名。代码、公式、图原样放回。
    for index in range(0, len(parts), 3):
        parts[index] = JOIN.sub(r"\1", parts[index])
    joined = "".join(part for index, part in enumerate(parts) if index % 3 != 2)
    # 标点之后还可以接行内代码和公式，所以这一步不切开，只是整段跳过它们。
    return AFTER_PUNCTUATION.sub(lambda match: match[0] if match["solid"] else match["tags"], joined)


def glue_punctuation(content: str) -> str:
    """短公式与紧跟的标点不分行，标点就不会落到行首。"""

    def glue(match: re.Match[str]) -> str:
        tex = ANNOTATION.search(match[1])
        short = tex is not None and len(html.unescape(tex[1])) <= SHORT_FORMULA
        return f'<span class="nobr">{match[0]}</span>' if short else match[0]

    return INLINE_FORMULA.sub(glue, content)


def stash_formulas(content: str) -> tuple[str, list[str]]:
    """把排好的公式换成短记号，返回正文与公式；搜索的解析器逐个标签走，公式的标签占全页大半。"""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[2])
        return f"{match[1]}@@m{len(kept) - 1}@@{match[3]}"

    return FORMULA.sub(keep, content), kept


def restore_formulas(output: str, kept: list[str]) -> str:
    """写文件之前把公式放回。"""
    return re.sub(r"@@m(\d+)@@(?=</x-m>)", lambda match: kept[int(match[1])], output)
