"""字节对编码：从词和次数学出合并，再用它切没见过的词。

先读 docs/07-architecture/tokenization.md。写完后运行：python scripts/exercise.py 07/bpe-training
"""

from collections.abc import Mapping, Sequence

REFERENCE = "labs.architecture.bpe_training"  # 参考实现，做完再看


def learn_merges(words: Mapping[str, int], n_merges: int) -> list[tuple[str, str]]:
    """反复合并出现最多的相邻一对，返回按次序排的合并；没有可合并的对就提前停。

    参数：words 是词 → 次数，从单个字符起步，如 {"hug": 10, "pug": 5}。
    并列：取左边编号小的一对，再取右边编号小的；字符按码位编号，合并出的词元依次往后编。
    要求：合并不跨词；"aaa" 里有两处 ("a", "a")，合并时从左往右，得 "aa"、"a"；不改动 words。
    """
    raise NotImplementedError(
        "还没有写。提示：先写一个函数，把一串词元里的某一对从左往右换成新词元；两道题都用得上。"
    )


def segment(word: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    """用学到的合并切一个词，可以是训练时没见过的词；没有合并可用的字符单独成一个词元。"""
    raise NotImplementedError("还没有写。提示：按训练时的次序一条条重做合并，不是从左往右找最长的词元。")
