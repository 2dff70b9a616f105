"""正文 7.9 节“拆第一张”按报告的精度重算的几个数，和练习“744B 还是 754B”里的 752B。"""

from labs.architecture.costs import entries, indexer
from labs.architecture.counter import count, load
from labs.architecture.model_config import layer_kinds

MILLION = 2**20
EACH = {"csa": 4, "hca": 128}  # 几个词元压成一条


def cache_bytes(name: str) -> float:
    """每多一个词元的字节：旋转的 64 维 BF16，其余 FP8，索引键 FP4。"""
    config = load(name)
    entry = config["head_dim"] - 64 + 64 * 2
    key = {"csa": config["index_head_dim"] / 2, "hca": 0}
    return sum((entry + key[kind]) / EACH[kind] for kind in layer_kinds(config) if kind in EACH)


def fp8_flops(name: str, index: float) -> float:
    """折成 FP8：矩阵乘法一次算一次，索引器乘 index，别的注意力是 BF16，一次算两次。"""
    config = load(name)
    total = 2 * count(config).multiplied
    for kind in layer_kinds(config):
        for cost, keys in entries(config, kind, MILLION, "last"):
            total += cost * keys * (index if cost == indexer(config) else 2)
    return total


def test_cache_in_the_formats_of_the_report() -> None:
    before = 61 * (512 + 128 + 128)
    assert before == 46_848
    assert cache_bytes("deepseek-v4-pro") == 4939.5
    assert f"{cache_bytes('deepseek-v4-pro') / before:.1%}" == "10.5%"
    assert f"{cache_bytes('deepseek-v4-flash') / before:.1%}" == "7.4%"


def test_flops_with_a_half_for_fp4_and_two_for_bf16() -> None:
    before = fp8_flops("deepseek-v3.2", 1)
    assert f"{fp8_flops('deepseek-v4-pro', 0.5) / before:.1%}" == "27.6%"
    assert f"{fp8_flops('deepseek-v4-flash', 0.5) / before:.1%}" == "10.4%"


def test_glm_5_by_the_letter_of_its_caption() -> None:
    config = load("glm-5")
    with_mtp = count({**config, "num_hidden_layers": 79}).total + 2 * config["hidden_size"] ** 2
    assert with_mtp == 753_864_101_120
    assert f"{(with_mtp - 2 * config['vocab_size'] * config['hidden_size']) / 1e9:.2f}" == "751.96"
