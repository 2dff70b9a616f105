"""无偏的 pass@k：抽 n 次对 c 次，估计试 k 次至少对一次的概率。

先读 docs/02-capabilities/exercises.md 里的推导题。写完后运行：python scripts/exercise.py 02/pass-at-k
"""

REFERENCE = "labs.capabilities.pass_at_k"  # 参考实现，做完再看


def pass_at_k(n: int, c: int, k: int) -> float:
    """从抽到的 n 次里任取 k 次（不放回），其中至少有一次是对的，这样的取法占几成。

    参数：1 ≤ k ≤ n，0 ≤ c ≤ n，都是整数。
    要求：n 上千也不溢出、不丢精度；c > n、k > n、k < 1 或 c < 0 时抛出 ValueError。
    """
    raise NotImplementedError(
        "还没有写。提示：数全错的取法，用 1 去减；错的不足 k 次时，没有一种取法是全错的。"
    )
