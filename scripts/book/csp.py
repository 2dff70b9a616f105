"""内容安全策略（CSP）：给页面里每一段内联脚本算指纹，填进模板留下的 ``<meta>``。

主题有几段写死在页面里的脚本（明暗切换、页面根路径）。策略不允许任意内联脚本，
所以按内容放行：脚本改一个字，指纹就不同，浏览器便不执行。
"""

from __future__ import annotations

import base64
import hashlib
import re

TOKEN = "__CSP_HASHES__"  # scripts/theme/main.html 里的占位符
META = re.compile(r"[ \t]*<meta\b[^>]*\bhttp-equiv=\"Content-Security-Policy\"[^>]*>\n?", re.I)
SCRIPT = re.compile(r"<script\b(?P<attrs>[^>]*)>(?P<code>.*?)</script\s*>", re.I | re.S)
TYPE = re.compile(r"\btype\s*=\s*[\"']?(?P<type>[^\"'\s>]*)", re.I)
EXECUTED = {"", "module", "text/javascript", "application/javascript"}  # 其余类型是数据，浏览器不执行


def inline_script_hashes(html: str) -> list[str]:
    """页面里会执行的内联脚本的指纹，按出现顺序、不重复，形如 ``'sha256-…'``。"""
    found: dict[str, None] = {}
    for match in SCRIPT.finditer(html):
        kind = TYPE.search(match["attrs"])
        if re.search(r"\bsrc\s*=", match["attrs"], re.I) or (kind and kind["type"].lower() not in EXECUTED):
            continue
        # 浏览器读入 HTML 时把 CRLF 与 CR 都变成 LF，指纹按那之后的内容算。
        code = match["code"].replace("\r\n", "\n").replace("\r", "\n")
        digest = hashlib.sha256(code.encode("utf-8")).digest()
        found[f"'sha256-{base64.b64encode(digest).decode('ascii')}'"] = None
    return list(found)


def apply_csp(html: str, live_reload: bool = False) -> str:
    """把指纹填进策略。

    ``live_reload`` 为真时去掉策略：``mkdocs serve`` 在发出页面时才插入自动刷新的脚本，
    内容每次不同，无法预先放行。没有占位符的页面原样返回。
    """
    if live_reload:
        return META.sub("", html, count=1)
    return html.replace(TOKEN, " ".join(inline_script_hashes(html)), 1)
