"""建好的站点与浏览器：整个测试只建一次、只开一个 Chromium，别的测试文件也从这里取。

- ``book``、``built``：全书与建好的站点文件夹；``site_url``：它的地址，以 / 结尾。
- ``browser``：系统里的 Chromium；没有时跳过，``REQUIRE_BROWSER=1`` 时失败。
- ``visit``：打开一页，返回 ``Visit``（记录请求、失败、控制台）；``page``：一个空白标签页。
- ``load``：打开只放互动图的试验页，图是测试文件里的 ``widget``（见 widget_page.py）。
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from book.model import Book
from book.site_checks import browser as chromium
from book.site_checks.server import serve
from book.site_checks.skipped import required
from widget_page import Handler, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def book() -> Book:
    """真正的书。"""
    return Book.load(ROOT)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """按 README 的方式建好的站点。环境变量 ``SITE_DIR`` 指向已建好的站点时直接用它。"""
    if ready := os.environ.get("SITE_DIR"):
        return Path(ready)
    target = tmp_path_factory.mktemp("site")
    paths = os.pathsep.join([str(ROOT / "scripts"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": paths, "SITE_URL": ""}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(target)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        pytest.fail(f"站点建不起来：\n{(done.stdout + done.stderr)[-3000:]}", pytrace=False)
    return target


@pytest.fixture(scope="session")
def site_url(built: Path) -> Iterator[str]:
    """站点的地址。"""
    with serve(built) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """全部测试共用的 Chromium。"""
    running = chromium.launch()
    if running is None:
        (pytest.fail if required() else pytest.skip)(f"{chromium.ABSENT}；{chromium.REPAIR}")
    return running


@pytest.fixture
def page(browser):
    """一个空白标签页。"""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@dataclass
class Visit:
    """一个打开的页面，和它做过的事。"""

    page: object
    home: str
    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def paths(self) -> set[str]:
        """向本站请求过的文件，相对站点根；目录补成 ``index.html``。"""
        own = (url.removeprefix(self.home).split("?")[0].split("#")[0] for url in self.requests if url.startswith(self.home))
        return {path + "index.html" if not path or path.endswith("/") else path for path in own}

    @property
    def foreign(self) -> list[str]:
        """向别的主机的请求。"""
        return [url for url in self.requests if not url.startswith((self.home, "data:", "blob:"))]

    @property
    def violations(self) -> list[str]:
        """被内容安全策略拦下的。"""
        return self.page.evaluate("window.__violations || []")


@pytest.fixture
def visit(browser, site_url: str) -> Iterator[Callable[..., Visit]]:
    """``visit("07-architecture/", java_script_enabled=False)``：在新的浏览器环境里打开一页。"""
    contexts = []

    def go(url: str = "", wait: str = "load", **options) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(15_000)
        seen = Visit(tab, site_url)
        tab.add_init_script("window.__violations = []; addEventListener('securitypolicyviolation', e => __violations.push(e.violatedDirective + ' ' + e.blockedURI))")
        context.on("request", lambda request: seen.requests.append(request.url))
        context.on("requestfailed", lambda request: seen.failures.append(f"{request.url} {request.failure}"))
        context.on("response", lambda answer: seen.failures.append(f"{answer.url} {answer.status}") if answer.status >= 400 else None)
        tab.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: seen.errors.append(str(error)))
        tab.goto(site_url + url, wait_until=wait)
        return seen

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """互动图试验页的地址。"""
    with serving() as address:
        yield address


@pytest.fixture
def load(request: pytest.FixtureRequest, browser, origin: str) -> Iterator[Callable[..., object]]:
    """打开试验页，等图醒来；收尾时确认没有报错，没有别处的请求，也没有存下什么。"""
    widget = request.module.widget
    contexts, troubles = [], []

    def go(body: str | None = None, **options):
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(origin) else troubles.append(r.url))
        Handler.body = widget.page(widget() if body is None else body)
        page.goto(origin)
        if options.get("java_script_enabled", True) and f"<{widget.tag}" in Handler.body:
            page.locator(f"{widget.tag}[data-state]").first.wait_for(state="attached")
        return page

    yield go
    for context in contexts:
        assert context.cookies() == []
        for page in context.pages:
            if not page.evaluate("typeof customElements === 'undefined'"):
                assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        context.close()
    assert troubles == []
