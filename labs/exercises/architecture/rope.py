"""旋转位置编码：把每一对坐标按位置转一个角，使得分只看距离。

先读 docs/07-architecture/positions.md。写完后运行：python scripts/exercise.py 07/rope
"""

from torch import Tensor

REFERENCE = "labs.architecture.rope"  # 参考实现，做完再看


def rotate(
    x: Tensor, positions: Tensor, theta: Tensor, pairing: str = "halves", max_position: int | None = None
) -> Tensor:
    """第 t 行的第 i 对坐标逆时针转 positions[t] · theta[i] 弧度，i = 0, …, n − 1；第 2n 维以后原样。

    配对：halves 时第 i 维与第 n + i 维是一对，interleaved 时第 2i 维与第 2i + 1 维是一对，n 是 theta 的长度。
    形状：x (…, T, d_h)，positions 可广播到 (…, T)，theta (n,) → (…, T, d_h)，类型同 x。
    要求：位置可以是负数和小数，远到十万也要转得准；不改动输入。以下抛出 ValueError：d_h 是奇数，2n 超过 d_h，
    pairing 不是这两个词，或给了 max_position 而有位置不在 0 到 max_position − 1 之间。
    """
    raise NotImplementedError(
        "还没有写。提示：先用 float64 算角度，形状 (…, T, n)；每一对 (a, b) 变成 (a·cos − b·sin, a·sin + b·cos)，再放回原来的两维。"
    )
