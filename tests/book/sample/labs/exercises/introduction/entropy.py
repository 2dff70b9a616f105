"""练习：写出熵。"""


def entropy(p: list[float]) -> float:
    """返回比特数；``p`` 的各项之和为 1。"""
    raise NotImplementedError
