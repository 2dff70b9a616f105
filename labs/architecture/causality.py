"""有没有偷看未来：把第 t 个词以后全部换掉，第 t 个词以前的输出必须一个数都不变。

损失看不出泄漏，它只会显得太好；这条检查看得出，而且不必知道模型里面怎样写。
它只能抓住泄漏，不能证明没有：换一组输入或许又漏了。所以测试里多换几组，逐位置都查。

为什么敢要求「一个数都不变」：看不见的键权重恰好是 0（e^(−∞) = 0），乘什么数再相加都不改变结果。

不含：句子之间（同一批里）的泄漏，做法相同，换的是别的句子。
正文：docs/07-architecture/attention.md。
"""

from collections.abc import Callable

from torch import Tensor

from labs.common.validate import check_tensor


# --8<-- [start:sees-future]
def sees_future(model: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """换掉后面的词，前面的输出变了没有；变了便是偷看，返回 True。

    形状：x (…, T, d_model)，model 把它变成 (…, T, 任意宽度)。出错：x 或输出的形状不合，抛出 ValueError。
    """
    check_tensor("x", x, "T", "d_model")
    before = model(x)
    check_tensor("model(x)", before, *x.shape[:-1], "d_out", leading=False)
    for t in range(1, x.shape[-2]):
        changed = x.clone()
        changed[..., t:, :] *= -2  # 第 t 个词以后：换正负，也换大小
        if not model(changed)[..., :t, :].equal(before[..., :t, :]):
            return True
    return False


# --8<-- [end:sees-future]
