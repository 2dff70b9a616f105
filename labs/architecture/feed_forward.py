"""前馈层：注意力在词与词之间搬运信息，前馈层在每个词内部加工它，各词互不相干。

    FFN(x) = act(x W_1) W_2                          来源：vaswani2017attention，式 (2)，这里不带偏置
    SwiGLU(x) = (SiLU(x W_1) ⊙ x W_3) W_2            来源：shazeer2020glu，式 (6)，那里的 W、V 即 W_1、W_3

SiLU(z) = z / (1 + e^(−z))，那篇论文记作 Swish_1。⊙ 是逐元素相乘：x W_1 决定门开多大，x W_3 是过门的内容。

手算一遍（x = (1, 2)，d_ff = 3；W_1 = [[1, 0, 1], [0, 1, −1]]，W_2 = [[1, 1], [0, 1], [2, 0]]）：
x W_1 = (1, 2, −1)；ReLU 得 (1, 2, 0)，输出 1·(1, 1) + 2·(0, 1) = (1, 3)。
取 W_3 = [[2, 1, −1], [0, 0, 1]]，x W_3 = (2, 1, 1)；SiLU 得 (0.731, 1.762, −0.269)，
两者逐元素相乘得 (1.462, 1.762, −0.269)，输出 (0.924, 3.224)。

参数量：普通 2 · d_model · d_ff；SwiGLU 3 · d_model · d_ff，所以 d_ff 取普通的 2/3 才公平。
不含：偏置、dropout、截断的 SwiGLU、混合专家（第 11 章）。
正文：docs/07-architecture/transformer-block.md。
"""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import gelu, relu, silu

from labs.common.validate import check_count, check_tensor

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "gelu": gelu}


def key_value_memory(x: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """把 ReLU 前馈层读作查表：x 与第 i 把键的内积是第 i 个值的系数，负的不取。

    形状：x (…, d_model)，keys、values (d_ff, d_model) → 系数 (…, d_ff) 与读出 (…, d_model)。
    与注意力相比，键和值是学来的常数，系数不必和为 1。来源：geva2021transformer，式 (1)。
    """
    check_tensor("keys", keys, "d_ff", "d_model", leading=False)
    d_ff, d_model = keys.shape
    check_tensor("values", values, d_ff, d_model, leading=False)
    check_tensor("x", x, d_model)
    coefficients = relu(x @ keys.T)  # (..., d_ff)：W_1 的列就是键
    return coefficients, coefficients @ values  # (..., d_model)：W_2 的行就是值


class FeedForward(nn.Module):
    """普通前馈层 act(x W_1) W_2，activation 为 "relu" 或 "gelu"。形状：(…, d_model) → (…, d_model)。"""

    def __init__(self, d_model: int, d_ff: int, activation: str = "relu") -> None:
        super().__init__()
        check_count("d_model", d_model)
        check_count("d_ff", d_ff)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation 应为 {'、'.join(ACTIVATIONS)} 之一，得到 {activation!r}。")
        self.activation = ACTIVATIONS[activation]
        self.W_1 = nn.Linear(d_model, d_ff, bias=False)
        self.W_2 = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """逐词加工；x 的宽度不是 d_model 则 ValueError。"""
        check_tensor("x", x, self.W_1.in_features)
        return self.W_2(self.activation(self.W_1(x)))  # (..., d_model) → (..., d_ff) → (..., d_model)


# --8<-- [start:swiglu]
def swiglu(x: Tensor, W_1: Tensor, W_3: Tensor, W_2: Tensor) -> Tensor:
    """带门的前馈层 (SiLU(x W_1) ⊙ x W_3) W_2。

    形状：x (…, d_model)，W_1、W_3 (d_model, d_ff)，W_2 (d_ff, d_model) → (…, d_model)；不合则 ValueError。
    """
    check_tensor("W_1", W_1, "d_model", "d_ff", leading=False)
    d_model, d_ff = W_1.shape
    check_tensor("W_3", W_3, d_model, d_ff, leading=False)
    check_tensor("W_2", W_2, d_ff, d_model, leading=False)
    check_tensor("x", x, d_model)
    gate = silu(x @ W_1)  # (..., d_ff)：接近 0 是关，越大开得越大
    return (gate * (x @ W_3)) @ W_2  # (..., d_ff) → (..., d_model)


# --8<-- [end:swiglu]


class SwiGLU(nn.Module):
    """函数 swiglu 加上三个可学的矩阵。形状：(…, d_model) → (…, d_model)；宽度不对则 ValueError。"""

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        check_count("d_model", d_model)
        check_count("d_ff", d_ff)
        self.W_1 = nn.Linear(d_model, d_ff, bias=False)
        self.W_3 = nn.Linear(d_model, d_ff, bias=False)
        self.W_2 = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """逐词加工。"""
        check_tensor("x", x, self.W_1.in_features)
        return self.W_2(silu(self.W_1(x)) * self.W_3(x))  # (..., d_ff) → (..., d_model)


def swiglu_width(d_model: int, multiple_of: int = 1) -> int:
    """与 d_ff = 4·d_model 的普通前馈层参数一样多的 d_ff：8/3·d_model，向上取到 multiple_of 的倍数。"""
    check_count("d_model", d_model)
    check_count("multiple_of", multiple_of)
    return -(-8 * d_model // (3 * multiple_of)) * multiple_of  # −(−a // b) 是 a / b 向上取整
