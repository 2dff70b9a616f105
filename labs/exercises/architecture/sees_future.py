"""抓泄漏：不看模型内部，判断它有没有偷看未来。

先读 docs/07-architecture/attention.md。写完后运行：python scripts/exercise.py 07/sees-future
"""

from collections.abc import Callable

from torch import Tensor

REFERENCE = "labs.architecture.causality"  # 参考实现，做完再看


def sees_future(model: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """存在 i < j，改动第 j 个词会使第 i 个词的输出改变，就返回 True；否则返回 False。

    形状：x (…, T, d_model)，model 把它变成 (…, T, 任意宽度)。
    要求：只调用 model，不看它的代码；不改动 x；泄漏再小、只漏一个词，也要抓住。
    """
    raise NotImplementedError(
        "还没有写。提示：只改最后一个词不够。对每个 t，换掉第 t 个词以后的输入，看第 t 个词以前的输出变了没有。"
    )
