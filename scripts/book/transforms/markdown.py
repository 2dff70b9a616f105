"""Markdown 阶段：代码段、测量的数、标签与编号、引用、文献、练习、测验、地图、生成的列表。

每个函数看一遍文档，给出若干处替换（起点、终点、新文本）；最后一次性替换，
所以图注里的引用、表格里的数都照常处理。这里假定 ``checks`` 已经通过，不再报错。
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator

from book import listings
from book.bibliography import Entry
from book.model import BRACKET, DIRECTIVE, ITEM, MAP_ITEM, PAGE_LINK, Book, Page, relative_url
from book.results import NUMBER
from book.source import INLINE, Document, parse_attrs
from book.transforms import lists

Edit = tuple[int, int, str]
FIGURE = re.compile(r"^(?P<open>[ \t>]*!\[)(?P<caption>.*)(?P<close>\]\((?P<src>[^()\s]+)\)\{(?P<attrs>[^{}\n]*#fig:[^{}\n]*)\})[ \t]*$", re.M)
TABLE = re.compile(r"^(?P<indent>[ \t>]*)(?P<open>表：)(?P<caption>.*?)(?P<close>[ \t]*\{[ ]*#(?P<label>tab:[^\s{}]+)[ ]*\})[ \t]*$", re.M)
EQUATION = re.compile(r"\$\$[ \t]*\{[ ]*#(?P<label>eq:[^\s{}]+)[ ]*\}")
CHOICE = re.compile(r"^- \[(?P<mark>[ xX])\] (?P<text>.+)$")
BLOCK = re.compile(r"[-*+] |\d+\. |```|~~~|\$\$|!!!|\?\?\?|!\[|[|>#]|<(?!a |span )")  # 这些开头的解释，另起一段
KEY = re.compile(r"@([\w:.-]+)")
LISTING_TOKEN = "@@{}@@"
PROGRAM = "python scripts/exercise.py"


def render(book: Book, page: Page, text: str) -> str:
    """把一页（已去掉 front matter）变成普通 Markdown。"""
    document = Document(page.source, text)
    edits = [
        *includes(book, document),
        *numbers(book, document),
        *equations(book, document),
        *figures(book, document),
        *tables(book, document),
        *exercises(book, document),
        *references(book, page, document),
        *directives(book, page, document),
        *map_items(page, document),
    ]
    text = apply(text, outermost(edits, document))
    return apply(text, quizzes(Document(page.source, text))) + reference_list(book, page)


def outermost(edits: list[Edit], document: Document) -> list[Edit]:
    """替代文字由 :func:`figures` 整段改写，落在里面的数和引用不再另换。"""
    spans = [match.span("close") for match in FIGURE.finditer(document.masked)]
    return [edit for edit in edits if not any(start < edit[0] and edit[1] < stop for start, stop in spans)]


def apply(text: str, edits: list[Edit]) -> str:
    """按位置替换；替换之间不重叠。"""
    out, position = [], 0
    for start, stop, new in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if start < position:
            raise ValueError(f"替换重叠：{text[start:stop]!r}")
        out += [text[position:start], new]
        position = stop
    return "".join([*out, text[position:]])


def line_starts(text: str) -> list[int]:
    """每行的起点；下标 0 对应第 1 行。"""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def includes(book: Book, document: Document) -> Iterator[Edit]:
    """代码段按名字取来，标题栏写编号与路径（编号和链接在 HTML 阶段填入）。"""
    starts = line_starts(document.text)
    for fence in document.fences:
        ident, attrs = parse_attrs(fence.info)
        match = listings.INCLUDE.match(fence.content)
        if not match and not ident:
            continue
        body, title = fence.content, f" caption:{attrs['caption']}" if "caption" in attrs else ""
        if match:
            section = listings.section(book.root, match["path"], match["section"])
            body = "\n".join((fence.indent + line).rstrip() for line in section.text.split("\n"))
            title = f"{match['path']}#L{section.start}-L{section.end}" + title
        token = LISTING_TOKEN.format(f"{ident}|{title}")
        inner = max((len(run) for run in re.findall(rf"{fence.mark[0]}{{3,}}", body)), default=0)
        mark = fence.mark if inner < len(fence.mark) else fence.mark[0] * (inner + 1)  # 比代码里的围栏更长
        lines = [f'{fence.indent}{mark}{{.{fence.language or "text"} title="{token}"}}', body, fence.indent + mark]
        yield starts[fence.start - 1], starts[fence.end] - 1, "\n".join(lines)


def numbers(book: Book, document: Document) -> Iterator[Edit]:
    """``[=名.键:格式]`` 换成测得的数。"""
    for match in NUMBER.finditer(document.masked):
        yield *match.span(), book.results.format(match["path"], match["format"])


def equations(book: Book, document: Document) -> Iterator[Edit]:
    """公式编号写成 ``\\tag``，由 KaTeX 排出。"""
    for match in EQUATION.finditer(document.masked):
        yield *match.span(), f"\\tag{{{book.labels[match['label']].number}}} $$"


def figures(book: Book, document: Document) -> Iterator[Edit]:
    """图：方括号里是图注，``alt`` 是替代文字；HTML 阶段再变成 ``<figure>``。"""
    for match in FIGURE.finditer(document.masked):
        attrs_text = document.text[match.start("attrs") : match.end("attrs")]
        ident, attrs = parse_attrs(attrs_text)
        src = document.text[match.start("src") : match.end("src")]
        lead = match["open"].removesuffix("![")
        image = f'{lead}![{escape(plain(book, attrs.get("alt", "")))}]({src}){{#{ident} .book-figure}}'
        yield match.start("open"), match.end("open"), f'{image}<span class="book-caption"><b>{book.labels[ident].title}</b>　'
        yield match.start("close"), match.end("close"), "</span>"


def plain(book: Book, text: str) -> str:
    """替代文字里只能有文字：数照常换，引用换成“图 7.1”。"""
    text = NUMBER.sub(lambda match: book.results.format(match["path"], match["format"]), text)
    return BRACKET.sub(lambda match: "；".join(label.title for key in KEY.findall(match["inner"]) if (label := book.labels.get(key))), text)


def escape(text: str) -> str:
    """写进属性的文字：Markdown 会当成记号的字符都换成实体。"""
    return re.sub(r"[&<>\"'\\`*_$\[\]!~^=+{}]", lambda match: f"&#{ord(match[0])};", text)


def tables(book: Book, document: Document) -> Iterator[Edit]:
    """表题：``表：说明 {#tab:x}``，后面紧跟表格。"""
    for match in TABLE.finditer(document.masked):
        label = match["label"]
        yield match.start("open"), match.end("open"), f"<b>{book.labels[label].title}</b>　"
        yield match.start("close"), match.end("close"), f"\n{match['indent']}{{: #{label} .book-table-caption }}"


def exercises(book: Book, document: Document) -> Iterator[Edit]:
    """练习的编号、难度、时间、所检验的目标、程序题的命令。"""
    starts = line_starts(document.text)
    for heading in document.headings:
        if not heading.id.startswith("ex:"):
            continue
        begin, end = starts[heading.line - 1], starts[heading.line] - 1
        text = document.text[begin:end]
        attrs = heading.attrs
        brace = text.rindex("{")
        facts = [attrs.get("level", ""), f"约 {attrs['minutes']} 分钟" if "minutes" in attrs else ""]
        if "objective" in attrs:
            facts.append(f"检验目标 {attrs['objective'].replace(',', '、')}")
        meta = "，".join(filter(None, facts))
        if "program" in attrs:
            meta += f"，程序题：<code>{PROGRAM} {html.escape(attrs['program'])}</code>"
        at = begin + text.index(heading.title[:1])
        yield at, at, f'<span class="label">{book.labels[heading.id].title}</span>　'
        yield begin + brace, end, f'{{ #{heading.id} }}\n\n<p class="ex-meta">{meta}</p>\n'


def quizzes(document: Document) -> Iterator[Edit]:
    """测验：``{ #quiz-… }`` 标题下的任务列表，每个选项变成可展开的一条，展开看解释。"""
    lines = document.text.split("\n")
    starts = line_starts(document.text)
    heads = document.headings
    fenced = {number for fence in document.fences for number in range(fence.start - 1, fence.end)}
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        if not head.id.startswith("quiz-"):
            continue
        stop = following.line - 1 if following else len(lines)
        number = head.line
        while number < stop:
            match = None if number in fenced else CHOICE.match(lines[number])
            if not match:
                number += 1
                continue
            last = number + 1
            while last < stop and (lines[last].startswith("  ") or (not lines[last].strip() and _continues(lines, last, stop))):
                last += 1
            yield starts[number], starts[last] - 1, choice(match, "\n".join(lines[number + 1 : last]))
            number = last


def choice(match: re.Match[str], explanation: str) -> str:
    """一个选项：点开看对错与解释。解释里的代码、列表、公式照常。"""
    kind, verdict = ("wrong", "**不对。**") if match["mark"] == " " else ("right", "**对。**")
    body = textwrap.dedent(explanation).strip("\n")
    verdict += "\n\n" if BLOCK.match(body) else ""
    return f'\n<details class="quiz {kind}" markdown="1"><summary markdown="span">{match["text"]}</summary>\n\n{verdict}{body}\n\n</details>\n'


def _continues(lines: list[str], number: int, stop: int) -> bool:
    """空行之后还有缩进的解释。"""
    following = next((line for line in lines[number:stop] if line.strip()), "")
    return following.startswith("  ")


def references(book: Book, page: Page, document: Document) -> Iterator[Edit]:
    """``[@eq:x]`` 变成“式 (7.1)”的链接，``[@key]`` 变成本页文献的序号。"""
    order = citation_order(book, page)
    count = 0
    for match in BRACKET.finditer(document.masked):
        parts, cited = [], False
        for part in re.split(r"[;；]", document.text[match.start("inner") : match.end("inner")]):
            item = ITEM.match(part.strip())
            if not item:
                continue
            key, where = item["key"], (item["where"] or "").strip()
            if label := book.labels.get(key):
                target = book.page(label.page)
                url = "" if label.page == page.site_path or not target else relative_url(target.url, page.url)
                parts.append(f'<a class="xref" href="{url}#{key}">{label.title}</a>')
            else:
                cited, count = True, count + 1
                tip = escape(book.bibliography[key].plain)
                link = f'<a class="cite" id="cite-{count}" href="#ref:{key}" title="{tip}">{order[key]}</a>'
                parts.append(link + (f"，{where}" if where else ""))
        joined = "；".join(parts)
        yield *match.span(), f"&#91;{joined}&#93;" if cited else joined


def citation_order(book: Book, page: Page) -> dict[str, int]:
    """本页文献按出现顺序编号。"""
    keys = [r.key for r in book.references[page.site_path] if r.key in book.bibliography]
    return {key: number for number, key in enumerate(dict.fromkeys(keys), 1)}


def reference_list(book: Book, page: Page) -> str:
    """页末的参考文献，每条带回到引用处的链接。"""
    order = citation_order(book, page)
    if not order:
        return ""
    places: dict[str, list[int]] = {key: [] for key in order}
    cited = [r.key for r in book.references[page.site_path] if r.key in order]
    for number, key in enumerate(cited, 1):
        places[key].append(number)
    items = [reference_item(key, book.bibliography[key], places[key]) for key in order]
    return "\n\n## 参考文献 { #references }\n\n" + f'<ol class="references">{"".join(items)}</ol>\n'


def reference_item(key: str, entry: Entry, places: list[int]) -> str:
    """一条文献与它的回链。"""
    back = " ".join(
        f'<a class="back" href="#cite-{n}" aria-label="回到第 {i} 处引用">↩{i if len(places) > 1 else ""}</a>'
        for i, n in enumerate(places, 1)
    )
    return f'<li id="ref:{key}">{entry.as_html} {back}</li>'


def directives(book: Book, page: Page, document: Document) -> Iterator[Edit]:
    """``<!-- book:labs -->`` 之类换成生成的列表；其余注释是写给作者的，不发布。"""
    for match in INLINE.finditer(document.without_fences):
        if match["comment"]:
            found = DIRECTIVE.match(match["comment"][4:-3].strip())
            yield *match.span(), lists.DIRECTIVES[found["name"]](book, page) if found else ""


def map_items(page: Page, document: Document) -> Iterator[Edit]:
    """导学的地图里，还没有链接的节标上“撰写中”。"""
    if page.kind != "chapter":
        return
    starts = line_starts(document.text)
    heads = document.headings
    start = next((h.line for h in heads if h.id == "map"), None)
    if start is None:
        return
    stop = next((h.line for h in heads if h.line > start), 10**9)
    for number, line in enumerate(document.masked.split("\n"), 1):
        if start < number < stop and (match := MAP_ITEM.match(line)):
            if not PAGE_LINK.match(document.text[starts[number - 1] + match.start("text") :]):
                at = starts[number - 1] + match.start("text")
                yield at, at, '<span class="draft">撰写中</span> '

