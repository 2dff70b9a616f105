"""页面上的数要与代码算出的一致：取出一页、一道题的答案，写成容易比较的样子。"""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def plain(text: str) -> str:
    """去掉空白、反斜杠和千分位的花括号。"""
    return re.sub(r"[\s\\]", "", text).replace("{,}", ",")


class Chapter:
    """一章的页面；``folder`` 如 07-architecture。"""

    def __init__(self, folder: str) -> None:
        self.path = DOCS / folder

    def page(self, name: str) -> str:
        """一节的正文。"""
        return plain((self.path / f"{name}.md").read_text("utf-8"))

    def answer(self, label: str) -> str:
        """一道题的答案：从标签到下一个标题之间，最后一个折叠块；练习可以分在几页上。"""
        text = "".join(page.read_text("utf-8") for page in sorted(self.path.glob("exercises*.md")))
        return plain(re.split(r"^#{2,3} ", text.split(f"#{label} ")[1], maxsplit=1, flags=re.M)[0].split("???")[-1])


def figure_script(stem: str) -> ModuleType:
    """画图脚本 scripts/figures/<stem>.py，当作模块装进来。"""
    path = ROOT / f"scripts/figures/{stem}.py"
    spec = importlib.util.spec_from_file_location(stem, path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def assert_up_to_date(script: ModuleType) -> None:
    """脚本写的每个文件都与入库的逐字相同；一个文件也不写的脚本算错。"""
    outputs = script.outputs()
    assert outputs, f"{script.__name__} 什么也没有写"
    for file, content in outputs.items():
        assert file.read_text("utf-8") == content, f"{file.relative_to(ROOT)} 过期：运行 python scripts/figures/{script.__name__}.py"
