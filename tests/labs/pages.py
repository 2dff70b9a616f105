"""页面上的数要与代码算出的一致：取出一页、一道题的答案，写成容易比较的样子。"""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


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
