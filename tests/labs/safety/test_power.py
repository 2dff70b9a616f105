"""所需字数：手算、对照 scipy、门槛恰好在边上、报错。"""

import math

import pytest
from scipy import stats

from labs.safety import power as module
from labs.safety.detection import z_score
from labs.safety.power import critical, false_positive_rate, length_for_power, length_for_z, power, tilted_share


def test_the_hand_worked_case():
    assert length_for_z(0.75, 0.5, 4) == 64 and length_for_power(0.75, 0.5, 4, 0.9) == 103
    assert 0.4 < power(64, 0.75, 0.5, 4) < 0.6
    assert tilted_share(0.4, 2) == pytest.approx(0.8313, abs=1e-4)
    assert tilted_share(0.5, 2) == pytest.approx(math.exp(2) / (1 + math.exp(2)))


def test_the_limits_of_the_share():
    assert tilted_share(0, 5) == 0 and tilted_share(1, 5) == 1 and tilted_share(0.3, 0) == pytest.approx(0.3)


@pytest.mark.parametrize(("scored", "gamma", "z"), [(16, 0.5, 2), (64, 0.5, 4), (70, 0.25, 4), (300, 0.1, 3), (100, 0.5, 0), (100, 0.5, -3)])
def test_the_critical_count_is_the_least_that_passes(scored, gamma, z):
    least = critical(scored, gamma, z)
    assert z_score(least, scored, gamma) > z
    assert least == 0 or z_score(least - 1, scored, gamma) <= z
    assert false_positive_rate(scored, gamma, z) == pytest.approx(stats.binom.sf(least - 1, scored, gamma))
    assert power(scored, 0.9, gamma, z) == pytest.approx(stats.binom.sf(least - 1, scored, 0.9))


def test_a_short_text_can_never_pass():
    assert critical(16, 0.5, 4) == 17  # 十六个全绿，z 恰是 4，不算超过
    assert power(16, 0.99, 0.5, 4) == 0 and false_positive_rate(16, 0.5, 4) == 0
    assert critical(17, 0.5, 4) == 17


def test_the_first_length_with_the_wanted_power():
    for share, gamma, target in ((0.75, 0.5, 0.9), (0.9, 0.5, 0.8), (0.5, 0.25, 0.9)):
        n = length_for_power(share, gamma, 4, target)
        assert power(n, share, gamma, 4) >= target
        assert all(power(m, share, gamma, 4) < target for m in range(1, n))


def test_impossible_requests(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 50)
    with pytest.raises(ValueError, match="太近，50 个字还不够"):
        length_for_power(0.75, 0.5, 4, 0.9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tilted_share(1.1, 1), "^p_green 应在 0 与 1 之间"),
        (lambda: length_for_z(0.5, 0.5, 4), "^share 应大于 gamma = 0.5"),
        (lambda: length_for_power(0.7, 0.5, 4, 1), "^target 应大于 0"),
        (lambda: power(0, 0.7, 0.5, 4), "^scored 应"),
        (lambda: power(9, 1.0, 0.5, 4), "^share 应"),
        (lambda: false_positive_rate(0, 0.5, 4), "^scored 应"),
        (lambda: false_positive_rate(9, 0, 4), "^gamma 应"),
    ],
)
def test_bad_arguments_are_rejected_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()
