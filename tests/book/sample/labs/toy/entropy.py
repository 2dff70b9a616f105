"""熵：按概率平均的惊讶。"""

from math import log2


# --8<-- [start:entropy]
def entropy(p: list[float]) -> float:
    """返回比特数；``p`` 的各项之和为 1。"""
    return -sum(x * log2(x) for x in p if x > 0)
# --8<-- [end:entropy]
