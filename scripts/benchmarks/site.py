"""站点：构建时间与内存（原样、十倍页数、公式缓存冷热、预览时改一页）、首屏与搜索的字节、慢手机上的绘制。

构建在临时拷贝里做，不动工作区。十倍页数由小节页面复制而来，标签、题目、文件名逐份改名；
公式只有编号不同，所以十倍时冷缓存也排得比真书少。首屏与绘制在真正的 Chromium 里量，服务器压缩传输。
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from book.model import MAP_ITEM, Book, Page, page_labels
from book.site_checks import browser, budgets
from book.site_checks.server import serve
from book.site_checks.tree import Site

from benchmarks import Report

SCALE = 10
KB = 1024
RUNS = 3
SKIP = (".git", ".cache", "site", "node_modules", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", "*.egg-info", ".venv")
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
# 与 Lighthouse 的“慢 4G”相同：往返 150 ms、下行 1.6 Mbit/s，乘上它在 DevTools 里节流时用的系数。
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 1474.56 * KB / 8, "uploadThroughput": 675 * KB / 8}
CPU = 4
OBSERVE = """
window.__vitals = {paint: 0, shift: 0, task: 0, what: '', moved: []};
new PerformanceObserver(l => { for (const e of l.getEntries()) { __vitals.paint = e.startTime; __vitals.what = e.element ? e.element.tagName : '' } })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) { __vitals.shift += e.value;
  for (const s of e.sources) if (s.node) __vitals.moved.push((s.node.nodeName + '.' + (s.node.className || '')).slice(0, 40)) } })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) __vitals.task = Math.max(__vitals.task, e.duration) })
  .observe({type: 'longtask', buffered: true});
"""


def run(root: Path, report: Report) -> None:
    """全部测量。"""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        once, many = Path(folder, "once"), Path(folder, "many")
        copy(root, once)
        pages = builds(once, report)
        say("十倍页数")
        copy(root, many)
        multiply(many, SCALE)
        scaled(many, report, pages)
        say("浏览器")
        in_browser(Book.load(root), once / "site", report)


def say(text: str) -> None:
    """进度，写到标准错误。"""
    print(f"… {text}", file=sys.stderr, flush=True)


# —— 构建 ——


@dataclass
class Cost:
    """一条命令的代价。"""

    seconds: float
    cpu: float  # 本进程与它等过的子进程的处理器秒数；机器忙时比墙上时间可靠
    memory: float  # MB，单个进程的峰值


def builds(project: Path, report: Report) -> int:
    """原样的书：公式缓存冷、热，预览时改一页；返回页数。"""
    shutil.rmtree(project / ".cache", ignore_errors=True)
    say("构建，公式缓存冷")
    cold = build(project)
    say("构建，公式缓存热")
    warm = build(project)
    pages = len(Site.read(project / "site").pages)
    report.add("构建", f"{pages} 页，公式缓存冷", cold.seconds, "s", against=warm.seconds, note=f"处理器 {cold.cpu:.1f} s；比：冷 / 热")
    report.add("构建", f"{pages} 页，公式缓存热", warm.seconds, "s", budget=15, note=f"处理器 {warm.cpu:.1f} s")
    report.add("构建", "内存峰值，冷", cold.memory, "MB", digits=0)
    report.add("构建", "内存峰值，热", warm.memory, "MB", digits=0)
    say("预览，改一页")
    report.add("预览", f"改一页到新页面可读，{pages} 页", rebuild(project), "s", budget=3, note="含 MkDocs 的轮询与等待约 0.5 s")
    return pages


def scaled(project: Path, report: Report, before: int) -> None:
    """十倍页数的书。"""
    baseline = next(row.value for row in report.rows if row.name.endswith("公式缓存热"))
    cold, warm = build(project), build(project)
    pages = len(Site.read(project / "site").pages)
    slope = (warm.seconds - baseline) / (pages - before)
    report.add("构建", f"{pages} 页，公式缓存冷", cold.seconds, "s", against=warm.seconds, note=f"处理器 {cold.cpu:.1f} s；比：冷 / 热；复制的公式只有编号不同")
    report.add("构建", f"{pages} 页，公式缓存热", warm.seconds, "s", against=baseline, note=f"处理器 {warm.cpu:.1f} s；比：与 {before} 页；页数之比 {pages / before:.1f}×")
    report.add("构建", "多一页的代价（小节页面）", slope, "s", digits=3, budget=0.1)
    report.add("构建", "120 页（由两点内插）", baseline + slope * (120 - before), "s", budget=15)
    report.add("构建", f"内存峰值，{pages} 页", warm.memory, "MB", digits=0)
    say("预览，十倍页数，--dirty")
    report.add("预览", f"改一页，{pages} 页，--dirty", rebuild(project, "--dirty", "--no-strict"), "s", note="不带 --dirty 约等于整本重建")


def copy(root: Path, target: Path) -> None:
    """拷贝项目；KaTeX 用已装好的。"""
    shutil.copytree(root, target, ignore=shutil.ignore_patterns(*SKIP), symlinks=True)
    modules = root / "scripts/katex/node_modules"
    if modules.is_dir():
        (target / "scripts/katex/node_modules").symlink_to(modules)


def environment(project: Path) -> dict[str, str]:
    """子进程用拷贝里的代码。"""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(project / "scripts"), str(project)]), "NO_MKDOCS_2_WARNING": "1", "SITE_URL": ""}


def build(project: Path, *options: str) -> Cost:
    """``mkdocs build`` 一次。"""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", *options, "-d", "site"]
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=project, env=environment(project), stdout=output, stderr=subprocess.STDOUT)
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            memory = usage.ru_maxrss / (KB if sys.platform != "darwin" else KB * KB)
            cpu = usage.ru_utime + usage.ru_stime
        else:
            process.wait()
            memory = cpu = float("nan")
        seconds = time.perf_counter() - start
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"构建失败：\n{output.read().decode('utf-8', 'replace')[-3000:]}")
    return Cost(seconds, cpu, memory)


def rebuild(project: Path, *options: str) -> float:
    """``mkdocs serve`` 时给一个小节加一句话，等到页面上看得见它。"""
    page = max(sections(Book.load(project)), key=lambda page: len(page.document.raw))
    path = project / page.source
    original = path.read_text("utf-8")
    mark = f"改动{time.time_ns()}"
    with serving(project, *options) as address:
        start = time.perf_counter()
        path.write_text(original.rstrip("\n") + f"\n\n{mark}。\n", "utf-8")
        wait_for(lambda: mark in fetch(address + page.url), 180)
        seconds = time.perf_counter() - start
    path.write_text(original, "utf-8")
    return seconds


@contextmanager
def serving(project: Path, *options: str) -> Iterator[str]:
    """运行 ``mkdocs serve``，等它能答话。"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}", *options]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=project, env=environment(project), stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_for(lambda: process.poll() is not None or "<html" in fetch(address), 180)
            if process.poll() is not None:
                output.seek(0)
                raise SystemExit(f"预览启动不了：\n{output.read().decode('utf-8', 'replace')[-3000:]}")
            time.sleep(1.5)  # 文件监视器开始工作
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def fetch(url: str) -> str:
    """取一页；还没好时是空串。"""
    try:
        with urllib.request.urlopen(url, timeout=120) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except OSError:
        return ""


def wait_for(ready: Callable[[], bool], seconds: float) -> None:
    """等到条件成立。"""
    stop = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > stop:
            raise SystemExit(f"等了 {seconds:.0f} s 还没有好")
        time.sleep(0.05)


# —— 十倍页数 ——


def sections(book: Book) -> list[Page]:
    """导航里的小节页面；还没有时用导学。"""
    return [page for page in book.numbered_pages if page.kind == "section"] or [page for page in book.numbered_pages if page.kind == "chapter"]


def multiply(project: Path, times: int) -> None:
    """复制小节页面，使总页数约为 ``times`` 倍；导航和地图里都加上。"""
    book = Book.load(project)
    originals = sections(book)
    wanted = (times - 1) * len(book.numbered_pages)
    config = (project / "mkdocs.yml").read_text("utf-8")
    last = {page.folder: [target for *_, target in book.chapter_map(page.folder) if target][-1] for page in originals if page.section}
    for number in range(wanted):
        page = originals[number % len(originals)]
        stem = Path(page.source).stem
        name = f"{stem}-copy-{number}.md"
        (project / page.source).with_name(name).write_text(renamed(page, number), "utf-8")
        before = re.escape(last.get(page.folder, page.site_path))  # 导航与地图的次序要相同：都排在最后一节之后
        config = re.sub(rf"(?m)^(?P<lead> *- ){before}[ ]*$", rf"\g<0>\n\g<lead>{page.folder}/{name}", config, count=1)
        last[page.folder] = f"{page.folder}/{name}"
        add_to_map(project / "docs" / page.folder / "index.md", renamed_title(page, number), name)
    (project / "mkdocs.yml").write_text(config, "utf-8")


def renamed_title(page: Page, number: int) -> str:
    """第几份的题目。"""
    return f"{page.title[:14]} {number}"


def renamed(page: Page, number: int) -> str:
    """一份复制的页面：题目、描述、标签改名。"""
    text = page.document.raw
    for _, label, _ in page_labels(page.document):
        text = re.sub(rf"(?<=[#@]){re.escape(label)}(?![\w-])", f"{label}-n{number}", text)
    title = renamed_title(page, number)
    text = re.sub(r"(?m)^title: .*$", f"title: {title}", text, count=1)
    text = re.sub(r"(?m)^description: (.{0,60}).*$", lambda m: f"description: {m[1].rstrip('。')}（第 {number} 份）。", text, count=1)
    return re.sub(r"(?m)^# .*?(?=\s*\{)", f"# {title}", text, count=1)


def add_to_map(index: Path, title: str, name: str) -> None:
    """导学的地图末尾加一项。"""
    lines = index.read_text("utf-8").split("\n")
    start = next((n for n, line in enumerate(lines) if re.search(r"\{\s*#map\s*\}", line)), None)
    if start is None:
        return
    stop = next((n for n in range(start + 1, len(lines)) if lines[n].startswith("#")), len(lines))
    items = [n for n in range(start, stop) if MAP_ITEM.match(lines[n])]
    last = items[-1] if items else start
    lines.insert(last + 1, f"{len(items) + 1}. [{title}]({name})：复制的一节。")
    index.write_text("\n".join(lines), "utf-8")


# —— 浏览器 ——


def in_browser(book: Book, root: Path, report: Report) -> None:
    """首屏、搜索、慢手机。"""
    chromium = browser.launch()
    if chromium is None:
        report.add("浏览器", browser.ABSENT, float("nan"), "")
        return
    site = Site.read(root)
    views = {page.path: budgets.first_view(site, page).total(site) for page in site.pages.values()}
    section = max((page.url + "index.html" for page in sections(book) if page.url + "index.html" in views), key=views.__getitem__)
    with serve(root) as address:
        for name, path in (("最重的一节", section), ("首页", "index.html")):
            url = address + path.removesuffix("index.html")
            first_view(chromium, url, f"首屏，{name}", views[path] / KB, report)
        search(chromium, address, report)
        for name, path in (("最重的一节", section), ("首页", "index.html")):
            say(f"慢手机，{name}")
            slow_phone(chromium, address + path.removesuffix("index.html"), f"慢手机，{name}", report)
    weights = sorted(page.size / KB for page in site.pages.values() if page.path != "404.html")
    report.add("HTML", "压缩后，最大", weights[-1], "KB", digits=1, budget=40)
    report.add("HTML", "压缩后，中位数", statistics.median(weights), "KB", digits=1, budget=20)


def transferred(chromium: Any, url: str, act: Callable[[Any], None] | None = None) -> list[tuple[str, str, int, int]]:
    """打开一页（再做一件事）：每个响应的（地址，种类，传输字节，解压后字节）。"""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    answers: list[Any] = []
    context.on("response", lambda answer: answers.append(answer))
    tab = context.new_page()
    tab.goto(url, wait_until="networkidle")
    if act:
        answers.clear()
        act(tab)
        tab.wait_for_load_state("networkidle")
    kinds = {"document": "html", "stylesheet": "css", "script": "js", "font": "font", "image": "svg 与图"}
    found = []
    for answer in answers:
        sizes = answer.request.sizes()
        kind = kinds.get(answer.request.resource_type, "其他")
        found.append((answer.url, kind, sizes["responseBodySize"] + sizes["responseHeadersSize"], len(answer.body())))
    context.close()
    return found


def first_view(chromium: Any, url: str, group: str, counted: float, report: Report) -> None:
    """首屏真正传输的字节，按种类。"""
    found = transferred(chromium, url)
    for kind in ("html", "css", "js", "font", "svg 与图", "其他"):
        mine = [(sent, raw) for _, k, sent, raw in found if k == kind]
        if mine:
            sent, raw = (sum(column) / KB for column in zip(*mine, strict=True))
            report.add(group, kind, sent, "KB", digits=1, note=f"{len(mine)} 个文件，解压后 {raw:,.0f} KB")
    total = sum(sent for _, _, sent, _ in found) / KB
    report.add(group, "合计", total, "KB", digits=1, budget=150, against=counted, note="比：与 budgets 规则静态算出的")


def search(chromium: Any, url: str, report: Report) -> None:
    """搜索的字节：打开之前、第一次查询之后。"""

    def ask(tab: Any) -> None:
        box = tab.locator("[name=query]")
        box.click()
        box.fill("注意力")
        tab.wait_for_selector(".md-search-result__item", timeout=30_000)

    wanted = re.compile(r"search_index|workers/search|lunr|js/search\.")
    before = sum(sent for address, _, sent, _ in transferred(chromium, url) if wanted.search(address)) / KB
    answers = [(sent, raw) for address, _, sent, raw in transferred(chromium, url, ask) if wanted.search(address)]
    report.add("搜索", "打开之前", before, "KB", digits=1, budget=0)
    sent, raw = (sum(column) / KB for column in zip(*answers, strict=True))
    report.add("搜索", "第一次查询之后", sent, "KB", digits=1, budget=300, note=f"{len(answers)} 个文件，解压后 {raw:,.0f} KB")


def slow_phone(chromium: Any, url: str, group: str, report: Report) -> None:
    """慢 4G、四分之一速的处理器：最大绘制、布局移动、最长任务，取中位数。"""
    samples = []
    for _ in range(RUNS):
        context = chromium.new_context(**PHONE)
        tab = context.new_page()
        tab.add_init_script(OBSERVE)
        session = context.new_cdp_session(tab)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
        tab.goto(url, wait_until="networkidle", timeout=90_000)
        tab.wait_for_timeout(1500)
        samples.append(tab.evaluate("__vitals"))
        context.close()
    paint, shift, task = (statistics.median(sample[key] for sample in samples) for key in ("paint", "shift", "task"))
    moved = ", ".join(dict.fromkeys(samples[-1]["moved"]))[:80]
    report.add(group, "最大绘制", paint / 1000, "s", budget=2.5, note=f"{RUNS} 次的中位数；{samples[-1]['what']}")
    report.add(group, "布局移动", shift, "", digits=4, budget=0.02, note=moved)
    report.add(group, "最长任务", task, "ms", digits=0, budget=200)
