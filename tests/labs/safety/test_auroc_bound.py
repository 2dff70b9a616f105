"""AUROC 的上界：页面上的例子取等，小分布上没有一种打分越过它，报错。"""

import math
import random

import pytest

from labs.safety.auroc_bound import auroc_bound, best_auroc, total_variation


def test_the_bound_is_reached_by_the_example_of_the_page():
    for t in (0.0, 0.1, 0.2, 0.5, 1.0):
        p, q = (t, 1 - t, 0), (0, 1 - t, t)
        assert total_variation(p, q) == pytest.approx(t)
        assert best_auroc(p, q) == pytest.approx(auroc_bound(t)) == pytest.approx(0.5 + t - t * t / 2)
    assert auroc_bound(0.2) == pytest.approx(0.68) and auroc_bound(0.1) == pytest.approx(0.595)


def test_no_scoring_of_a_small_world_beats_the_bound():
    generator = random.Random(1)
    for _ in range(200):
        size = generator.randrange(2, 7)
        p, q = ([generator.expovariate(1) for _ in range(size)] for _ in range(2))
        p, q = [x / sum(p) for x in p], [x / sum(q) for x in q]
        best, bound = best_auroc(p, q), auroc_bound(total_variation(p, q))
        assert 0.5 <= best <= bound + 1e-12
        scores = [generator.random() for _ in range(size)]
        other = sum(b * a * ((s > r) + 0.5 * (s == r)) for b, s in zip(q, scores, strict=True) for a, r in zip(p, scores, strict=True))
        assert other <= best + 1e-12


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: total_variation([1], [0.5, 0.5]), "^p 与 q 应等长"),
        (lambda: best_auroc([0.5, 0.4], [0.5, 0.5]), "^p 应非负、和为 1，得到和 0.9"),
        (lambda: best_auroc([0.5, 0.5], [1.5, -0.5]), "^q 应非负"),
        (lambda: auroc_bound(1.1), "^distance 应在 0 与 1 之间"),
        (lambda: auroc_bound(math.nan), "^distance 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
