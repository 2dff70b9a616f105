"""``mkdocs serve``：改坏一页，旧页面还在，话说清楚；修好就更新；端口被占时马上停下。

没有一条断言看时间；等待的上限很宽，只防测试自己卡死。
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builds import ENTROPY, ROOT, copy_sample, environment, run_mkdocs
from mkdocs.utils import yaml_load

LIMIT = 120
NUDGE = 8  # 秒；机器忙时偶尔有一次文件事件没有送到，读者会再存一次盘，这里也再碰一次文件
PAGE = "01-introduction/entropy/"
THEME = '{% extends "base.html" %}{% block site_meta %}<meta http-equiv="Content-Security-Policy" content="script-src __CSP_HASHES__">{% endblock %}'


class Server:
    """一个在跑的预览。"""

    def __init__(self, root: Path, log: Path) -> None:
        self.root, self.log = root, log
        self.port = free_port()
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{self.port}"]
        with log.open("wb") as file:
            self.process = subprocess.Popen(command, cwd=root, env=environment(PYTHONUNBUFFERED="1"), stdout=file, stderr=subprocess.STDOUT)

    def output(self) -> str:
        """到现在为止印出的话。"""
        return self.log.read_text("utf-8")

    def get(self, path: str = PAGE) -> tuple[int, str]:
        """取一页：状态码与内容。"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=LIMIT) as answer:
                return answer.status, answer.read().decode("utf-8")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """等到条件成立；进程死了或等得太久就失败。"""
        end = time.monotonic() + LIMIT
        nudge = time.monotonic() + NUDGE
        while not condition():
            assert self.process.poll() is None, f"预览退出了：\n{self.output()}"
            assert time.monotonic() < end, f"没有等到{what}：\n{self.output()}"
            if time.monotonic() > nudge and (self.root / ENTROPY).exists():
                os.utime(self.root / ENTROPY)
                nudge = time.monotonic() + NUDGE
            time.sleep(0.05)

    def after(self, change: Callable[[], object], words: str) -> str:
        """改一处，等新印出的话里有 ``words``；返回新印出的话。"""
        start = len(self.output())
        change()
        self.wait(lambda: words in self.output()[start:], f"“{words}”")
        return self.output()[start:]


def free_port() -> int:
    """一个没有人用的端口。"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """整个模块共用一个预览；每个测试都把书修回原样。"""
    folder = tmp_path_factory.mktemp("serve")
    root = copy_sample(folder / "book")
    config = (root / "mkdocs.yml").read_text("utf-8")
    config = config.replace("https://example.org/\n", "https://example.org/\nwatch: [labs]\n", 1)
    (root / "mkdocs.yml").write_text(config.replace("font: false }", "font: false, custom_dir: theme }"), "utf-8")
    (root / "theme").mkdir()
    (root / "theme/main.html").write_text(THEME, "utf-8")
    server = Server(root, folder / "log.txt")
    try:
        server.wait(lambda: "Serving on" in server.output(), "第一次构建")
        yield server
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """测试结束时把书修回原样，等到重建成功。"""
    kept = running.root.parent / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(running.root / "docs", kept)
    yield running
    for file in kept.rglob("*"):
        target = running.root / "docs" / file.relative_to(kept)
        if file.is_file() and (not target.exists() or target.read_bytes() != file.read_bytes()):
            running.after(lambda file=file, target=target: shutil.copyfile(file, target), BUILT)


def edit(server: Server, old: str, new: str, path: str = ENTROPY) -> Callable[[], object]:
    """改一处的动作。"""
    text = (server.root / path).read_text("utf-8")
    assert old in text
    return lambda: (server.root / path).write_text(text.replace(old, new, 1), "utf-8")


KEPT, BUILT = "仍显示上一次的好页面", "Documentation built"


def test_pages_are_served_without_a_policy_that_would_stop_the_live_reload(server):
    status, page = server.get()
    assert status == 200 and "公平的硬币熵最大" in page
    assert "livereload(" in page and "Content-Security-Policy" not in page


@pytest.mark.parametrize(("old", "new", "message"), [
    ("", "chap", f"{ENTROPY}:1: [front-matter] "),
    ("按概率平均，就是[@eq:entropy]：", "坏了[@eq:nope]：", "[labels] 未知标签 eq:nope"),
    ("$$ {#eq:entropy}", "", "[formulas] 没被认出的公式"),
])  # fmt: skip
def test_a_broken_page_is_explained_and_the_old_one_stays(server, old, new, message):
    if new == "chap":  # 保存到一半：front matter 没有收尾
        old = "".join((server.root / ENTROPY).read_text("utf-8").partition("chapter: 1")[1:])
    said = server.after(edit(server, old, new), KEPT)
    assert message in said and f"{ENTROPY}:" in said and " → " in said
    assert "Traceback" not in said
    for path in (PAGE, "", "02-capabilities/", "assets/katex/katex.min.css"):
        assert server.get(path)[0] == 200
    assert "公平的硬币熵最大" in server.get()[1]


def test_a_failure_in_the_middle_of_a_build_keeps_the_old_pages(server):
    notebook = server.root / "docs/01-introduction/lab-coin.ipynb"
    said = server.after(lambda: notebook.write_text("{", "utf-8"), KEPT)
    assert "lab-coin.ipynb" in said
    assert all(server.get(path)[0] == 200 for path in ("", PAGE, "01-introduction/lab-coin/", "appendix/glossary/"))


def test_a_repaired_page_shows_its_new_content(server):
    original = (server.root / ENTROPY).read_text("utf-8")
    server.after(edit(server, "按概率平均，就是[@eq:entropy]：", "坏了[@eq:nope]："), KEPT)
    repaired = original.replace("猜中不难。", "猜中很容易。")
    server.after(lambda: (server.root / ENTROPY).write_text(repaired, "utf-8"), BUILT)
    assert "猜中很容易" in server.get()[1]


def test_a_deleted_page_is_named_and_comes_back(server):
    path = server.root / ENTROPY
    text = path.read_text("utf-8")
    said = server.after(path.unlink, KEPT)
    assert f"{ENTROPY}:1: [files] 读不到文件" in said
    assert server.get()[0] == 200
    server.after(lambda: path.write_text(text, "utf-8"), BUILT)
    assert server.get()[0] == 200


def test_a_renamed_page_is_followed_once_the_navigation_knows_it(server):
    config = server.root / "mkdocs.yml"
    index = server.root / "docs/appendix"
    before = config.read_text("utf-8")
    said = server.after(lambda: (index / "references.md").rename(index / "literature.md"), KEPT)
    assert "docs/appendix/references.md:1: [files] 读不到文件" in said and "docs/appendix/literature.md:1: [nav]" in said
    server.after(
        lambda: config.write_text(before.replace("appendix/references.md", "appendix/literature.md"), "utf-8"), BUILT
    )
    assert server.get("appendix/literature/")[0] == 200 and server.get("appendix/references/")[0] == 404
    server.after(lambda: (index / "literature.md").rename(index / "references.md"), KEPT)
    server.after(lambda: config.write_text(before, "utf-8"), BUILT)


def test_a_broken_configuration_is_survived(server):
    config = server.root / "mkdocs.yml"
    before = config.read_text("utf-8")
    said = server.after(lambda: config.write_text("nav: [\n", "utf-8"), KEPT)
    assert "mkdocs.yml" in said
    assert server.get()[0] == 200
    server.after(lambda: config.write_text(before, "utf-8"), BUILT)


@pytest.mark.parametrize(("path", "old", "new", "page", "shown"), [
    ("docs/01-introduction/data/coin.json", "0.468996", "0.123", PAGE, "<td>0.123</td>"),
    ("docs/references.bib", "A Mathematical Theory", "A Changed Theory", PAGE, "A Changed Theory"),
    ("docs/01-introduction/figures/entropy-curve.svg", 'viewBox="0 0 ', 'viewBox="1 0 ', PAGE, 'viewBox="1 0 '),
    ("labs/toy/entropy.py", "返回比特数", "给出比特数", PAGE, "给出比特数"),
])  # fmt: skip
def test_data_literature_figures_and_code_are_watched(server, path, old, new, page, shown):
    before = (server.root / path).read_text("utf-8")
    edit(server, old, new, path)()
    server.wait(lambda: shown in server.get(page)[1], f"{path} 的新内容")
    (server.root / path).write_text(before, "utf-8")
    server.wait(lambda: shown not in server.get(page)[1], f"{path} 的旧内容")


def test_the_book_watches_its_code():
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        assert "labs" in yaml_load(file)["watch"]


def test_a_port_in_use_is_explained(tmp_path):
    root = copy_sample(tmp_path / "book")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_mkdocs(root, "serve", "-a", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"端口 127.0.0.1:{port} 用不了" in done.stderr and f"→ 换一个：mkdocs serve -a 127.0.0.1:{port + 1}" in done.stderr
    assert "Traceback" not in done.stderr and "Documentation built" not in done.stderr


def test_a_broken_book_does_not_start(tmp_path):
    root = copy_sample(tmp_path / "book")
    (root / ENTROPY).write_text("# 半截\n", "utf-8")
    done = run_mkdocs(root, "serve", "-a", f"127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert f"{ENTROPY}:1: [front-matter] 没有 front matter" in done.stderr and "Traceback" not in done.stderr
