"""top-p：从大到小取，取够 p 就停，再归一。

先读 docs/01-introduction/sampling.md。写完后运行：python scripts/exercise.py 01/top-p
"""

from torch import Tensor

REFERENCE = "labs.introduction.sampling"  # 参考实现，做完再看


def top_p(p: Tensor, threshold: float) -> Tensor:
    """只留最少的几个最可能的词元，使它们的和不小于 threshold，其余置零，再归一。

    形状：p (…, V)，每一行是一个分布 → 同样的形状，每一行单独处理，次序不变。
    并列：编号小的先取。和与 threshold 相差不到 10⁻⁶，算已经够了。threshold = 1 时原样返回。
    要求：至少留一个；不改动输入；不用循环；threshold 不在 (0, 1] 里，抛出 ValueError。
    """
    raise NotImplementedError("还没有写。提示：先稳定地从大到小排，求“排在它前面的和”，前面还不够的才留；再用 scatter 放回原来的次序。")
