"""半精度升到 float32，其余原样。"""

import pytest
import torch

from labs.common.precision import at_least_float32


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_only_half_precision_is_widened(given, expected):
    x = torch.tensor([1.5, -2.0], dtype=given)
    y = at_least_float32(x)
    assert y.dtype == expected and y.tolist() == [1.5, -2.0]


def test_the_reason_in_the_docstring_is_true():
    assert (torch.tensor(256.0, dtype=torch.bfloat16) + 1).item() == 256.0
