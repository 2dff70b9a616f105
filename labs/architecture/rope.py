"""旋转位置编码（rotary position embedding，RoPE）：第 m 个位置的查询和键，每一对坐标转 m·θ_i 弧度。

    ⟨R_m q, R_n k⟩ = ⟨R_{m−n} q, k⟩          两边同转一个角，内积不变：得分只看差几个位置，不看在哪里

来源：su2021roformer，式 (13)–(16)，θ_i = b^(−2i/d)，b = 10000。位置可以是任何数，不必从 0 数起。

手算一遍（d_h = 2，一步转四分之一圈，(x, y) → (−y, x)）：查询 (0, 1) 在位置 2，键 (2, 1)、(2, 3)、(0, 2) 在 0、1、2。
转过之后，查询 (0, −1)，键 (2, 1)、(−3, 2)、(0, −2)，得分 −1、−2、2；三个位置都加 1，得分不变。

谁和谁是一对，有两种约定，差一个固定的排列：
    interleaved   (x_0, x_1)、(x_2, x_3)……           论文与 GGUF 里的 Llama
    halves        (x_0, x_{n})、(x_1, x_{n+1})……      transformers，n 是对数
用错约定，程序照跑：每个数都转错了伙伴，短的提示也许还答得对，损失却涨上去。

角度一律用 float64 算：位置到了十万，float32 相邻两数差 1/128，角度错到 0.004 弧度。

不含：二维与多模态的位置、把频率改小以加长上下文（context_extension.py）。
正文：docs/07-architecture/positions.md。
"""

import torch
from torch import Tensor

from labs.common.precision import at_least_float32
from labs.common.validate import check_count, check_tensor

PAIRINGS = ("halves", "interleaved")


def rope_frequencies(d_rot: int, base: float = 10_000.0) -> Tensor:
    """每一对转多快，θ_i = base^(−2i/d_rot)，弧度每词元，从 1 往下排。形状：(d_rot/2,)，float64。

    出错：d_rot 不是正偶数，或 base 不大于 1，抛出 ValueError。
    """
    check_even("d_rot", d_rot)
    if not base > 1:
        raise ValueError(f"base 应大于 1，得到 {base!r}。")
    return float(base) ** (-torch.arange(0, d_rot, 2, dtype=torch.float64) / d_rot)  # (d_rot/2,)


def proportional_frequencies(d_h: int, base: float, share: float) -> Tensor:
    """只留最快的几对，其余不转（θ = 0）。形状：(d_h/2,)。来源：barbero2024round，6.1 节；Gemma 4 的全局层。

    与“只转前几维”（rope_frequencies(d_rot)，d_rot < d_h）不同：那里的几对从最快排到最慢，这里只剩快的。
    """
    theta = rope_frequencies(d_h, base)
    if not 0 <= share <= 1:
        raise ValueError(f"share 应在 0 到 1 之间，得到 {share!r}。")
    theta[int(share * d_h // 2) :] = 0.0
    return theta


# --8<-- [start:rotate]
def rotate(
    x: Tensor, positions: Tensor, theta: Tensor,
    pairing: str = "halves", max_position: int | None = None,
) -> Tensor:
    """前 2n 维分成 n = len(theta) 对，各转 position · theta_i 弧度；其余维原样。

    形状：x (…, T, d_h)，positions 可广播到 (…, T) → 同 x，类型也同 x。
    出错：d_h 是奇数、对数太多、pairing 不认识，或位置超出 max_position，ValueError。
    """
    check_rotation(x, positions, theta, pairing)
    check_positions(positions, x.shape[:-1], max_position)
    angle = positions.double().unsqueeze(-1) * theta.double()  # (..., T, n)
    return turn(x, angle.cos(), angle.sin(), pairing)


def turn(x: Tensor, cos: Tensor, sin: Tensor, pairing: str = "halves") -> Tensor:
    """按现成的余弦和正弦转：各层同用一张表，只算一次。形状：cos、sin (…, T, n)；不检查参数。"""
    n_pairs, wide = cos.shape[-1], at_least_float32(x)
    cos, sin = cos.to(wide.dtype), sin.to(wide.dtype)
    a, b = split_pairs(wide[..., : 2 * n_pairs], pairing)  # 各 (..., T, n)
    turned = join_pairs(a * cos - b * sin, a * sin + b * cos, pairing)
    if 2 * n_pairs < x.shape[-1]:
        turned = torch.cat([turned, wide[..., 2 * n_pairs :]], dim=-1)
    return turned.to(x.dtype)


# --8<-- [end:rotate]


# --8<-- [start:pairing]
def split_pairs(x: Tensor, pairing: str) -> tuple[Tensor, Tensor]:
    """取出每一对的两个坐标。形状：(…, 2n) → (…, n) 与 (…, n)。"""
    if pairing == "interleaved":
        return x[..., 0::2], x[..., 1::2]
    return x.chunk(2, dim=-1)


def join_pairs(a: Tensor, b: Tensor, pairing: str) -> Tensor:
    """split_pairs 的逆。形状：(…, n) 与 (…, n) → (…, 2n)。"""
    if pairing == "interleaved":
        return torch.stack([a, b], dim=-1).flatten(-2)
    return torch.cat([a, b], dim=-1)


def change_pairing(x: Tensor, source: str, target: str) -> Tensor:
    """把最后一维从一种配对的次序换成另一种，形状不变。

    换权重时，对 Q、K 每个头的输出维各做一次。出错：名字不认识或维数是奇数，ValueError。
    """
    check_pairing(source)
    check_pairing(target)
    check_tensor("x", x, "d_rot")
    check_even("x.shape[-1]", x.shape[-1])
    return join_pairs(*split_pairs(x, source), target)


# --8<-- [end:pairing]


def check_even(name: str, value: object) -> None:
    """要求 value 是正偶数：旋转要两维一对；否则抛出 ValueError。"""
    check_count(name, value, minimum=2)
    if value % 2:
        raise ValueError(f"{name} 应为偶数，两维一对才转得动，得到 {value}。")


def check_pairing(pairing: str) -> None:
    """要求 pairing 是 PAIRINGS 之一；否则抛出 ValueError。"""
    if pairing not in PAIRINGS:
        raise ValueError(f"pairing 应为 {'、'.join(PAIRINGS)} 之一，得到 {pairing!r}。")


def check_rotation(x: Tensor, positions: object, theta: Tensor, pairing: str) -> None:
    """要求 x 的宽度是偶数、装得下 theta 的每一对，positions 是张量；否则抛出 ValueError。"""
    check_pairing(pairing)
    check_tensor("x", x, "T", "d_h")
    check_even("d_h", x.shape[-1])
    check_tensor("theta", theta, "n", leading=False)
    if 2 * theta.numel() > x.shape[-1]:
        raise ValueError(f"theta 有 {theta.numel()} 对，而 d_h = {x.shape[-1]} 只装得下 {x.shape[-1] // 2} 对。")
    if not isinstance(positions, Tensor) or positions.is_complex() or positions.dtype == torch.bool:
        raise ValueError(f"positions 应为整数或浮点张量，得到 {positions!r}。")


def check_positions(positions: Tensor, wanted: torch.Size, max_position: int | None) -> None:
    """要求 positions 可广播到 wanted；给了 max_position 时，每个位置都在 0 到 max_position − 1 之间。"""
    pairs = zip(positions.shape[::-1], wanted[::-1], strict=False)
    if positions.dim() > len(wanted) or not all(size in (1, want) for size, want in pairs):
        raise ValueError(f"positions 应可广播到 {tuple(wanted)}，得到形状 {tuple(positions.shape)}。")
    if max_position is not None:
        check_count("max_position", max_position)
        outside = positions[(positions < 0) | (positions >= max_position)]
        if outside.numel():
            raise ValueError(f"位置应在 0 到 {max_position - 1} 之间（max_position = {max_position}），得到 {outside[0].item()}。")
