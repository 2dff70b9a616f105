"""线性层与词嵌入：手算、对照 torch、独热等价与坏输入。"""

import pytest
import torch
import torch.nn.functional as F

from labs.architecture.embedding import check_ids, embedding, linear


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_docstring_example():
    E = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    x = embedding(torch.tensor(2), E)
    assert x.tolist() == [1.0, 1.0]
    assert linear(x, E.T).tolist() == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
@pytest.mark.parametrize("bias", [False, True])
def test_linear_agrees_with_torch(leading, bias):
    x, W, b = draw(*leading, 4), draw(4, 5, seed=1), draw(5, seed=2) if bias else None
    torch.testing.assert_close(linear(x, W, b), F.linear(x, W.T, b), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_embedding_agrees_with_torch_and_with_one_hot(shape):
    ids = torch.randint(0, 7, shape, generator=torch.Generator().manual_seed(0))
    E = draw(7, 3)
    assert torch.equal(embedding(ids, E), F.embedding(ids, E))
    torch.testing.assert_close(embedding(ids, E), F.one_hot(ids, 7).float() @ E, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((draw(2, 3), draw(4, 5)), "x"), ((draw(2, 4), draw(4)), "W"), ((draw(2, 4), draw(4, 5), draw(4)), "b")],
)
def test_linear_names_the_wrong_argument(arguments, named):
    with pytest.raises(ValueError, match=f"^{named} "):
        linear(*arguments)


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (torch.tensor([0, 7]), "得到 7"),
        (torch.tensor([-1]), "得到 -1"),
        (torch.tensor([1.0]), "float32"),
        (torch.tensor([True]), "bool"),
        (torch.tensor([], dtype=torch.long), r"形状 \(0,\)"),
        ([1, 2], "list"),
    ],
)
def test_ids_out_of_range_or_of_another_kind_are_refused(ids, said):
    with pytest.raises(ValueError, match=f"^ids .*{said}"):
        embedding(ids, draw(7, 3))


def test_the_edges_of_the_vocabulary_are_allowed():
    check_ids("ids", torch.tensor([0, 6], dtype=torch.int32), 7)
