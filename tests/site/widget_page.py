"""互动图的试验台：一页只放互动图、带全站内容安全策略的小站，和每张互动图都要过的几项量法。

一个测试文件测一张图，写 ``widget = Widget("rope-dial", "标题", "07-architecture")``，fixture ``load`` 由 conftest 给。
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parents[2]
CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'"
PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>试验页</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="/assets/css/figures.css"><link rel="icon" href="/assets/favicon.svg">
<script type="module" src="/assets/widgets/{name}.js"></script></head>
<body><main><h1>试验页</h1>{body}<p id="after">后文</p></main></body></html>"""
STICKING = """(tag) => { const root = document.querySelector(tag).shadowRoot;
  const edge = root.querySelector(".board").getBoundingClientRect();
  return [...root.querySelectorAll(".board *")].filter((el) => { const box = el.getBoundingClientRect();
    const cut = el.matches("th, td, dd") && el.scrollWidth > el.clientWidth + 1;
    return box.width && (box.right > edge.right + 0.5 || box.left < edge.left - 0.5 || cut); }).map((el) => el.outerHTML.slice(0, 80)); }"""
SHIFT = """new Promise((done) => {  // 到此刻为止的全部移位；一次也没有时观察器不会出声，所以另设时限
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@dataclass(frozen=True)
class Widget:
    """一张互动图：``name`` 是脚本与后备图的名字，``folder`` 是后备图所在的章。"""

    name: str
    title: str
    folder: str

    @property
    def tag(self) -> str:
        """自定义元素的名字。"""
        return f"book-{self.name}"

    @property
    def model(self) -> Path:
        """不碰 DOM 的那个脚本。"""
        return ROOT / f"docs/assets/widgets/{self.name}-model.js"

    def __call__(self, attributes: str = "") -> str:
        """正文里的写法，后备图已经内联。"""
        fallback = (ROOT / f"docs/{self.folder}/figures/{self.name}-fallback.svg").read_text("utf-8")
        return f'<{self.tag} title="{self.title}" {attributes}>{fallback}</{self.tag}>'

    def page(self, body: str) -> str:
        """试验页。"""
        return PAGE.format(name=self.name, body=body)

    def run(self, page, program: str, argument=None):
        """在页面里运行一段用到模型 ``m`` 与参数 ``x`` 的程序。"""
        return page.evaluate(f"async (x) => {{ const m = await import('/assets/widgets/{self.name}-model.js'); {program} }}", argument)

    def sticking_out(self, page) -> list[str]:
        """伸出图框左右、或在自己的格子里被截断的元素；整页横向滚动也算。"""
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return page.evaluate(STICKING, self.tag) + (["整页可以横向滚动"] if wide else [])

    def violations(self, page) -> list:
        """axe 查出的问题。"""
        found = Axe().run(page, context=self.tag).response["violations"]
        return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


class Handler(http.server.SimpleHTTPRequestHandler):
    """docs/ 里的文件，加上现编的一页；带着全站的内容安全策略。"""

    body = ""

    def log_message(self, *_args):
        """不打印。"""

    def end_headers(self):
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(Handler.body.encode())


@contextmanager
def serving() -> Iterator[str]:
    """小站的地址。"""
    handler = functools.partial(Handler, directory=str(ROOT / "docs"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def say(page) -> str:
    """图里报给读屏软件的那句话。"""
    return page.locator(".say").inner_text()
