"""滚动缓存：窗口层只留句首 s 个汇聚词元和最近 w 个词元，多写一个就盖掉最旧的一个。

    第 t 个词元放进第 t 格（t < s），否则放进第 s + (t − s) mod w 格

softmax 的和与次序无关，格子里谁先谁后不要紧；要紧的是键在写入时已按自己的绝对位置转好，以后不再动。
（StreamingLLM 不同：缓存没转过的键，每次读出时按格子的次序重新编位置，见 xiao2023efficient 与其代码。）
叠起来，信息一层最多往前传 w − 1 个位置（本书的窗口含自己），L 层之后末位看得见 L(w − 1) + 1 个词元。

手算一遍（w = 3，s = 1）：写到第 6 个词元（t = 5），第 0 格是 0，其余三格依次是 4、5、3；
掩码的第 5 行也正是 0、3、4、5。没有汇聚词元时，三格是 3、4、5。
Mistral 7B：w = 4096，L = 32，末位看得见 32 × 4095 + 1 = 131,041 个词元（论文写约 131K）。
来源：jiang2023mistral，第 2 节（滚动缓存与接力）；汇聚词元 xiao2023efficient。
不含：一次写入许多个词元（预填）、批里各句长短不一。
正文：docs/07-architecture/attention-cost.md。
"""

import torch
from torch import Tensor

from labs.architecture.kv_cache import visible
from labs.common.validate import check_count, check_tensor


# --8<-- [start:rolling-cache]
class RollingCache:
    """一层的缓存，最多 n_sinks + window 格。k (B, h_kv, 1, d_h)，v (B, h_kv, 1, d_v)。"""

    def __init__(self, window: int, n_sinks: int = 0) -> None:
        check_count("window", window)
        check_count("n_sinks", n_sinks, minimum=0)
        self.window, self.n_sinks = window, n_sinks
        self.seen = 0  # 一共写过几个词元
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        self.positions: list[int] = []

    def slot(self, t: int) -> int:
        """第 t 个词元放哪一格。"""
        after = t - self.n_sinks
        return t if after < 0 else self.n_sinks + after % self.window

    def append(self, k: Tensor, v: Tensor) -> None:
        """写入下一个词元；格子满了，盖掉最旧的（汇聚词元除外）。"""
        check_tensor("k", k, "B", "h_kv", 1, "d_h", leading=False)
        check_tensor("v", v, *k.shape[:2], 1, "d_v", leading=False)
        at = slice(self.slot(self.seen), self.slot(self.seen) + 1)  # 没用过的格子接在末尾
        self.keys[at], self.values[at], self.positions[at] = [k], [v], [self.seen]
        self.seen += 1

    def read(self) -> tuple[Tensor, Tensor, list[int]]:
        """现有的键 (B, h_kv, n, d_h)、值 (B, h_kv, n, d_v) 和各自的绝对位置。"""
        if not self.seen:
            raise ValueError("缓存还是空的，先用 append 写入。")
        keys, values = torch.cat(self.keys, dim=2), torch.cat(self.values, dim=2)
        return keys, values, self.positions.copy()


# --8<-- [end:rolling-cache]


def reach(n_layers: int, window: int, T: int) -> Tensor:
    """叠 n_layers 层窗口之后谁影响得到谁：掩码当矩阵，乘 n_layers 次。形状：(T, T)，布尔。"""
    check_count("n_layers", n_layers)
    step = visible("window", T, window=window)  # (T, T)
    found = step
    for _ in range(n_layers - 1):
        found = (found.float() @ step.float()) > 0
    return found


def receptive_field(n_layers: int, window: int) -> int:
    """末位一共看得见几个词元，连自己：L(w − 1) + 1。"""
    check_count("n_layers", n_layers)
    check_count("window", window)
    return n_layers * (window - 1) + 1
