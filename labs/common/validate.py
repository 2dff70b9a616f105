"""公开函数共用的参数检查：哪个参数、得到什么、应为什么，一句话说清。"""

from torch import Tensor


def check_count(name: str, value: object, minimum: int = 1) -> None:
    """要求 value 是不小于 minimum 的整数。

    参数：name 是参数名，只用于报错。
    出错：value 不是整数（True 也不算）或小于 minimum，抛出 ValueError。
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name} 应为不小于 {minimum} 的整数，得到 {value!r}。")


def check_tensor(name: str, x: object, *tail: int | str, leading: bool = True) -> None:
    """要求 x 是浮点张量，且最后几维与 tail 相符。

    参数：tail 中的整数须与该维的长度相等；字符串是记号，长度不限，但不得为 0。
    leading 为 True 时，前面可以有任意多维；为 False 时，维数必须恰好是 len(tail)。
    出错：类型、维数或长度不符，抛出 ValueError。
    """
    dims_fit = isinstance(x, Tensor) and (x.dim() >= len(tail) if leading else x.dim() == len(tail))
    if dims_fit and x.is_floating_point():
        sizes = x.shape[x.dim() - len(tail) :]
        pairs = zip(sizes, tail, strict=True)
        if all(size > 0 if isinstance(want, str) else size == want for size, want in pairs):
            return
    expected = ", ".join([*(["…"] if leading else []), *map(str, tail)])  # 只在出错时拼：模型每步要查几十次
    got = f"形状 {tuple(x.shape)}、类型 {x.dtype}" if isinstance(x, Tensor) else f" {type(x).__name__}"
    raise ValueError(f"{name} 应为形如 ({expected}) 的浮点张量，得到{got}。")
