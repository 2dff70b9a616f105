"""校准表的公开测试：规格是逐格挑人再求平均。"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.exercises.harms_bias.calibration import calibration

PEOPLE = st.lists(st.tuples(st.integers(0, 64).map(lambda k: k / 64), st.integers(0, 1)), min_size=1, max_size=30)


@given(people=PEOPLE, bins=st.sampled_from([1, 2, 4, 8]))
def test_each_cell_averages_its_own_people(people, bins):
    scores, y = zip(*people, strict=True)
    found = calibration(list(scores), list(y), bins)
    assert len(found) == bins and sum(n for n, _, _ in found) == len(people)
    for k, (n, guess, truth) in enumerate(found):
        own = [(s, t) for s, t in people if k / bins <= s < (k + 1) / bins or (s == 1 and k == bins - 1)]
        assert n == len(own)
        if own:
            assert guess == pytest.approx(sum(s for s, _ in own) / n) and truth == pytest.approx(sum(t for _, t in own) / n)
        else:
            assert guess is None and truth is None


def test_the_upper_table_of_the_book():
    scores, y = [0.8] * 50 + [0.2] * 50, [1] * 40 + [0] * 10 + [1] * 10 + [0] * 40
    low, empty, empty_too, high = calibration(scores, y, 4)
    assert low == pytest.approx((50, 0.2, 0.2)) and high == pytest.approx((50, 0.8, 0.8))
    assert empty == empty_too == (0, None, None)


@pytest.mark.parametrize(("scores", "y"), [([], []), ([0.5], [1, 0]), ([1.2], [1]), ([-0.1], [0])])
def test_bad_tables_are_rejected(scores, y):
    with pytest.raises(ValueError):
        calibration(scores, y)
