"""一个 SVG 文件：读得懂、没有脚本和外来的东西、颜色能跟着明暗换、id 不与别的图冲突。

只看文本，不看文件名之外的任何东西；``figures`` 检查逐个文件调用 :func:`faults`。
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

LIMIT = 200 * 1024
COLOR_PROPERTIES = {"fill", "stroke", "color", "stop-color", "flood-color", "lighting-color", "background", "background-color", "border-color"}
PLAIN = {"none", "currentcolor", "transparent", "inherit", "initial", "unset", "context-fill", "context-stroke"}
VARIABLE = re.compile(r"^var\(\s*--[\w-]+\s*,[^()]*(?:\([^()]*\)[^()]*)*\)$")
LOCAL = re.compile(r"^url\(\s*[\"']?#[\w-]+[\"']?\s*\)$")
DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;{}]+)")
SELECTOR = re.compile(r"(?:^|\})\s*([^{}@]+)\{")
URL = re.compile(r"url\(\s*[\"']?(?P<target>[^)\"']*)")
STRAIGHT = re.compile(r"\s*[Mm][^A-Za-z]*[HhVvLl][^A-Za-z]*$")  # 一条直线没有可填的面
SHAPES = {"path", "rect", "circle", "ellipse", "polygon", "polyline", "text"}
Fault = tuple[int, str, str]


def faults(text: str, stem: str) -> Iterator[Fault]:
    """一个文件里的问题：（行号，说明，怎样修）。``stem`` 是不带扩展名的文件名。"""
    size = len(text.encode())
    text = re.sub(r"<!--.*?-->", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)
    if size > LIMIT:
        yield 1, f"有 {size // 1024} KB，超过 {LIMIT // 1024} KB", "减少点数，坐标少留几位小数"
    if found := re.search(r"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet", text):
        yield line_of(text, found[0]), f"有 {found[0][2:]}", "删掉，以 <svg 开头"
        return
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        yield error.position[0], f"不是合法的 XML：{error.msg.split(':')[0]}", "改好，或重新生成"
        return
    if local(root.tag) != "svg":
        yield 1, f"根元素是 {local(root.tag)}", "根元素应为 svg"
        return
    if "viewBox" not in root.attrib:
        yield line_of(text, "<svg"), "根元素没有 viewBox，不能缩放", '加 viewBox="0 0 宽 高"'
    yield from _elements(text, root, stem)
    yield from _colors(text, root)
    yield from _styles(text, root, stem)


def _elements(text: str, root: ET.Element, stem: str) -> Iterator[Fault]:
    ids = {element.get("id", "") for element in root.iter()} - {""}
    for element in root.iter():
        tag = local(element.tag)
        if tag in {"script", "foreignObject", "iframe", "image", "audio", "video"}:
            yield line_of(text, f"<{tag}"), f"有 <{tag}>", "只用矢量的形状和文字"
        for name, value in element.attrib.items():
            if local(name).lower().startswith("on"):
                yield line_of(text, f"{local(name)}="), f"有事件属性 {local(name)}", "删掉；要交互就写成 book- 组件"
            if local(name) == "href" and not value.startswith("#"):
                yield line_of(text, value), f"引用了外面的 {value[:60]}", "只引用本图里的 #id"
            if local(name) == "href" and value.startswith("#") and value[1:] not in ids:
                yield line_of(text, value), f"引用了不存在的 {value}", "检查 id"
        if (ident := element.get("id")) and ident != stem and not ident.startswith(f"{stem}-"):
            yield line_of(text, f'id="{ident}"'), f"id {ident} 会与别的图冲突", f"以文件名开头：{stem}-{ident}"
    for match in URL.finditer(text):
        target = match["target"].strip()
        line = text.count("\n", 0, match.start()) + 1
        if not target.startswith("#"):
            yield line, f"引用了外面的 {target[:60]}", "只引用本图里的 #id"
        elif target[1:] not in ids:
            yield line, f"引用了不存在的 {target}", "检查 id"


def _colors(text: str, root: ET.Element) -> Iterator[Fault]:
    for element in root.iter():
        pairs = [(local(name), value) for name, value in element.attrib.items() if local(name) in COLOR_PROPERTIES]
        pairs += [pair for pair in DECLARATION.findall(element.get("style", "")) if pair[0] in COLOR_PROPERTIES]
        for name, value in pairs:
            if fault := color_fault(name, value):
                yield line_of(text, value), *fault
    sheet = "".join(element.text or "" for element in root.iter() if local(element.tag) == "style")
    for name, value in DECLARATION.findall(sheet):
        if name in COLOR_PROPERTIES and (fault := color_fault(name, value)):
            yield line_of(text, value), *fault
    if not re.search(r"\bfill\s*:", sheet):
        yield from _black(text, root, False)


def _black(text: str, element: ET.Element, filled: bool) -> Iterator[Fault]:
    """没有写 fill 的形状是黑的，在深色页面上看不见。"""
    filled = filled or "fill" in element.attrib or bool(re.search(r"(?:^|;)\s*fill\s*:", element.get("style", "")))
    tag = local(element.tag)
    if tag in SHAPES and not filled and not STRAIGHT.match(element.get("d", "")):
        yield line_of(text, f"<{tag}"), f"<{tag}> 没有写 fill，默认是黑色，深色页面上看不见", "写 fill:none 或 fill:var(--fig-fg, #1f2328)"
        return
    for child in element:
        yield from _black(text, child, filled)


def color_fault(name: str, value: str) -> tuple[str, str] | None:
    """一个颜色值的问题；没有问题时为 ``None``。"""
    value = value.replace("!important", "").strip()
    if value.lower() in PLAIN or LOCAL.match(value) or VARIABLE.match(value):
        return None
    if value.startswith("var("):
        return f"{name} 的变量 {value} 没有后备值", "写 var(--名, #后备色)"
    return f"{name} 写死了颜色 {value}", f"写 var(--名, {value})，它才能跟着明暗换"


def _styles(text: str, root: ET.Element, stem: str) -> Iterator[Fault]:
    """样式内联到页面里对整页有效，所以每个选择器都要限定在这张图里。"""
    for element in root.iter():
        sheet = element.text or ""
        if local(element.tag) != "style":
            continue
        if "@import" in sheet:
            yield line_of(text, "@import"), "有 @import", "样式写在图里"
        flat = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
        for group in SELECTOR.findall(re.sub(r"@media[^{]*\{", "", flat)):
            for selector in group.split(","):
                if selector.strip() and not re.match(rf"[#.]{re.escape(stem)}(?![a-z0-9])", selector.strip()):
                    yield line_of(text, group.strip()), f"样式 {selector.strip()} 会影响整页", f"写成 #{stem} {selector.strip()}"


def local(name: str) -> str:
    """去掉命名空间。"""
    return name.rsplit("}", 1)[-1]


def line_of(text: str, needle: str) -> int:
    """一段文字第一次出现的行号；找不到时为 1。"""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
