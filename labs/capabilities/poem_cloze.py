"""由诗出选择题：给出一首诗，缺最后一句，真句与别的诗的三个末句里选一个。

    题干    换行加诗的前文，到最后一个逗号为止          选项    末句连同句号，四个一样长
    干扰项  句数、字数都相同的诗按散列值排成一圈，取后面三首的末句
    答案的位置  一圈里依次是 0、1、2、3、0……

哪几首先出，也照散列值：与诗的次序、机器都无关。选项等长，除以字符、字节或词元就不改变名次。
手算一遍（四首各一联的五言，圈里依次是甲、乙、丙、丁）：甲的题，答案在 0，干扰项是乙、丙、丁的末句；
乙的题，答案在 1，选项依次是丙、乙、丁、甲的末句。
不含：押韵、对仗的控制（真句与前文同韵，干扰项多半不同韵，这是线索之一）；干扰项碰巧也通的，没有人工换掉。
正文：docs/02-capabilities/lab-harness.py。
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from labs.capabilities.harness import Item
from labs.common.validate import check_count
from labs.tiny_lm.corpus import BOUNDARY

CHOICES = 4


def cut(poem: str) -> tuple[str, str]:
    """诗 → 前文（到最后一个逗号）与末句（连同句号）；没有逗号或没有末句，ValueError。"""
    comma = poem.rfind("，")
    if comma < 0 or comma == len(poem) - 1:
        raise ValueError(f"poem 应有逗号，逗号后有末句，得到 {poem!r}。")
    return poem[: comma + 1], poem[comma + 1 :]


def next_line_items(poems: Iterable[str], n: int, seed: int = 0) -> list[Item]:
    """出 n 道题。出错：能用的诗不足 n 首（同样格式的至少要有四首末句不同的），抛出 ValueError。"""
    check_count("n", n)
    queue = sorted(set(poems), key=lambda poem: digest(seed, poem))
    rings: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for poem in queue:
        before, last = cut(poem)
        rings[len(before), len(last)].setdefault(last, poem)  # 末句相同的只留第一首
    items = {}
    for ring in rings.values():
        lines = list(ring)
        if len(lines) < CHOICES:
            continue
        for place, (last, poem) in enumerate(ring.items()):
            others = [lines[(place + step) % len(lines)] for step in range(1, CHOICES)]
            answer = place % CHOICES
            choices = (*others[:answer], last, *others[answer:])
            items[poem] = Item(BOUNDARY + cut(poem)[0], choices, answer, BOUNDARY)
    if len(items) < n:
        raise ValueError(f"poems 里只有 {len(items)} 首能出题，要不了 {n} 道；把 n 改小，或多给些诗。")
    return [items[poem] for poem in queue if poem in items][:n]


def digest(seed: int, poem: str) -> bytes:
    """SHA-256(种子 + 诗)。"""
    return hashlib.sha256(f"{seed} {poem}".encode()).digest()
