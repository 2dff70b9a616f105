"""外部链接还在不在：用 linkchecker 逐个访问。要联网、要几分钟，只由定时任务和 ``check.py --external`` 调用。

把全站的外部地址去重后列成一页，在本机临时提供，让 linkchecker 只查这一页：每个地址只访问一次。
确定坏了的（404、410、域名不存在）是问题；拒绝机器访问、限流、超时的说不准，只打印出来。
指向自己仓库的链接由 ``built-links`` 对照工作区检查，这里不访问。
"""

from __future__ import annotations

import csv
import html
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from book.model import Book
from book.problems import Problem
from book.site_checks.server import serve
from book.site_checks.skipped import Skipped
from book.site_checks.tree import Site, problem

RULE = "external-links"
GONE = re.compile(r"^(?:404|410)\b|NameResolutionError|Name or service not known|getaddrinfo|nodename nor servname", re.I)
UNRESOLVED = re.compile(r"NameResolutionError|Name or service not known|getaddrinfo|nodename nor servname", re.I)
Links = dict[str, str]  # 地址 → 第一次出现的站点页面


def check(book: Book, root: Path) -> list[Problem]:
    """确定坏了的外部链接；说不准的打印到标准错误。"""
    links = addresses(book, Site.read(root))
    broken, uncertain = visit(links)
    for address, reason in sorted(uncertain.items()):
        print(f"说不准：{address}（{reason}），在 {links[address]}", file=sys.stderr)
    return [
        problem(book, links[address], (address, address.split("://", 1)[1], address.rsplit("/", 1)[-1]), RULE,
                f"外部链接打不开：{address}（{reason}）", "换成仍然有效的地址，或存档的地址")
        for address, reason in sorted(broken.items())
    ]  # fmt: skip


def addresses(book: Book, site: Site) -> Links:
    """正文里指向别的主机的链接，去掉片段、去重；自己的仓库与站点除外。"""
    found: Links = {}
    own = [prefix for prefix in (book.repository, str(book.config.get("site_url") or "").rstrip("/")) if prefix]
    for page in site.pages.values():
        for tag in page.all("a", "area"):
            address = tag.attrs.get("href", "").strip().split("#")[0]
            if re.match(r"https?://", address, re.I) and not any(address == o or address.startswith(o + "/") for o in own):
                found.setdefault(address, page.path)
    return found


def visit(links: Iterable[str], threads: int = 4, timeout: int = 30) -> tuple[dict[str, str], dict[str, str]]:
    """访问每个地址：（坏了的 → 原因，说不准的 → 原因）。没有网络时抛 ``Skipped``。"""
    wanted = sorted(set(links))
    if not wanted:
        return {}, {}
    if find_spec("linkcheck") is None:
        raise Skipped('没有装 linkchecker → python -m pip install -e ".[test]"')
    with tempfile.TemporaryDirectory() as folder:
        listing = "\n".join(f'<a href="{html.escape(address)}">x</a>' for address in wanted)
        Path(folder, "index.html").write_text(f"<!doctype html><meta charset=utf-8><title>links</title>\n{listing}\n", "utf-8")
        with serve(Path(folder)) as address:
            options = ["--check-extern", "--recursion-level=1", "--no-status", f"--threads={threads}", f"--timeout={timeout}", "--output=csv/utf-8"]
            command = [sys.executable, "-m", "linkcheck", *options, address]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise Skipped(f"linkchecker 没有跑完：{done.stderr.strip()[-300:]}")
    failures = parse(done.stdout)
    broken = {address: reason for address, reason in failures.items() if GONE.search(reason)}
    if len(broken) == len(wanted) and all(UNRESOLVED.search(reason) for reason in broken.values()):
        raise Skipped("一个域名都解析不了，大概没有网络 → 联网后再查")
    return broken, {address: reason for address, reason in failures.items() if address not in broken}


def parse(output: str) -> dict[str, str]:
    """linkchecker 的 CSV：打不开的地址 → 原因。"""
    lines = [line for line in output.splitlines() if line and not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter=";")
    return {row["urlname"]: " ".join((row["result"] or "").split())[:160] for row in rows if row.get("valid") == "False"}
