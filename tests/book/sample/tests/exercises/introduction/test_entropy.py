"""练习的公开测试。"""

from labs.exercises.introduction.entropy import entropy


def test_a_fair_coin_has_one_bit():
    assert entropy([0.5, 0.5]) == 1
