"""互动图的随机数：最小标准发生器，浏览器与 Python 逐个相同。

画静态后备图、写核对用的数时，画图脚本用它；网页上的每个 ``*-model.js`` 各抄一份，因为互动图不依赖别的脚本。
"""

from __future__ import annotations

MODULUS, MULTIPLIER, WARM_UP = 2**31 - 1, 48271, 4


def uniforms(seed: int, n: int) -> list[float]:
    """种子（1 到 2³¹ − 2）→ n 个 (0, 1) 里的数：s ← 48271 s mod (2³¹ − 1)，先空转四次，小种子才不相像。"""
    if not 0 < seed < MODULUS:
        raise ValueError(f"seed 应在 1 与 2³¹ − 2 之间，得到 {seed!r}；0 永远停在 0。")
    out, state = [], seed
    for _ in range(n + WARM_UP):
        state = MULTIPLIER * state % MODULUS
        out.append(state / MODULUS)
    return out[WARM_UP:]
