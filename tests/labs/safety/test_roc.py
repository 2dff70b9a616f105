"""ROC：手算、对照 sklearn（含并列）、报错。"""

import math
import random

import pytest
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as reference

from labs.safety.roc import auroc, roc_curve


def test_the_hand_worked_case():
    assert auroc([1, 3], [2, 4]) == 0.75
    assert roc_curve([1, 3], [2, 4]) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    assert auroc([1], [1]) == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_sklearn_with_ties(seed):
    generator = random.Random(seed)
    low = [generator.randrange(12) for _ in range(40)]
    high = [generator.randrange(3, 15) for _ in range(25)]
    labels, scores = [0] * 40 + [1] * 25, low + high
    assert auroc(low, high) == pytest.approx(roc_auc_score(labels, scores))
    fpr, tpr, _ = reference(labels, scores, drop_intermediate=False)
    for ours, theirs in zip(roc_curve(low, high), zip(fpr, tpr, strict=True), strict=True):
        assert ours == pytest.approx(theirs)
    assert auroc(high, low) == pytest.approx(1 - auroc(low, high))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: auroc([], [1]), "^negatives 应至少有一个分数"),
        (lambda: roc_curve([1], [math.nan]), "^positives 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
