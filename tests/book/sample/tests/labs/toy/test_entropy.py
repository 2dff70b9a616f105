"""熵的手算例子。"""

from labs.toy.entropy import entropy


def test_a_fair_coin_has_one_bit():
    assert entropy([0.5, 0.5]) == 1
