"""系统里的 Chromium：找到它、启动它。整个进程共用一个，检查和测试都从这里取。"""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ABSENT = "没有找到 Chromium 或 Chrome，浏览器里的检查没有跑"
REPAIR = "装一个 Chromium（Debian：apt-get install chromium），或用环境变量 CHROMIUM 指出它的路径"
_running: list[Any] = []


def program() -> str | None:
    """浏览器的路径；找不到时为 ``None``。"""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None) or next((place for place in PLACES if Path(place).exists()), None)


def launch() -> Browser | None:
    """启动（或取回已启动的）浏览器；没有浏览器或没有装 playwright 时为 ``None``。"""
    if not _running:
        path = program()
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            return None
        if path is None:
            return None
        driver = sync_playwright().start()
        _running.extend([driver.chromium.launch(executable_path=path, args=FLAGS), driver])
        atexit.register(close)
    return _running[0]


def close() -> None:
    """关掉浏览器。"""
    while _running:
        thing = _running.pop(0)
        try:
            thing.close() if hasattr(thing, "close") else thing.stop()
        except Exception:  # noqa: BLE001, S110 —— 进程正在退出，浏览器可能已经没了
            pass
