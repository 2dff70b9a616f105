"""开放模型的账：手算、与厂商的说法相符、与页面的表一致、报错。"""

import re
from pathlib import Path

import pytest

from labs.architecture.counter import FOLDER, count, load
from labs.architecture.open_models import MODELS, UNCOUNTED, latent_experts, row, stored_elements, table

PAGE = Path(__file__).resolve().parents[3] / "docs/07-architecture/open-models.md"
COUNTED = [model for model in MODELS if model.config not in UNCOUNTED]


def test_one_row_by_hand():
    """Llama 3.1 405B：126 层 · 2 · 8 · 128 · 2 字节 = 516,096，131,072 个词元 63 GiB。"""
    found = row(MODELS[0])
    assert (found["layers"], found["growing_layers"], found["total"]) == (126, 126, 405_853_388_800)
    assert found["kv_bytes"] == 126 * 2 * 8 * 128 * 2 == 516_096
    assert found["kv_gib"] == 63 and found["state_mib"] == 0


def test_experts_of_kimi_k3_by_hand():
    """92 层 · 896 个 · 三张 3584 × 3072；若按宽 7168 算就翻倍，与公布的 2.8T 对不上。"""
    config = load("kimi-k3")
    assert latent_experts(config) == 92 * 896 * 3 * 3584 * 3072 == 2_722_740_830_208
    assert latent_experts(config, 7168) == 2 * latent_experts(config)


def test_experts_agree_with_the_counter():
    config = load("deepseek-v3")
    shared_and_routers = 58 * (3 * 7168 * 2048 + 7168 * 256)
    dense = 3 * (3 * 7168 * 18432)
    assert latent_experts(config) + shared_and_routers + dense == count(config).feed_forward


def test_packed_weights_look_smaller():
    """两个 FP4 装一个字节：Pro 约 861B，Flash 约 158B，正是 Hugging Face 一度显示的量级。"""
    assert round(stored_elements(load("deepseek-v4-pro")) / 1e9) == 861
    assert round(stored_elements(load("deepseek-v4-flash")) / 1e9) == 158


@pytest.mark.parametrize("model", COUNTED, ids=lambda model: model.name)
def test_vendors_and_counter_agree(model):
    """总数差不超过 7%：多模态模型的视觉部分、多词元预测层、四舍五入都在里面。"""
    answer = count(load(model.config))
    assert answer.total / 1e9 == pytest.approx(model.total, rel=0.07)
    if model.active:  # 两种口径把厂商的数夹住，或离得不到半个单位的舍入
        low, high = answer.active_without_embedding / 1e9, answer.active / 1e9
        assert low - 0.9 < model.active < high + 0.9


def test_reported_conventions():
    """GLM-4.5 的表 1：含多词元预测层、不含两张词表，是 355B；照配置直接数是 352.8B。"""
    config = load("glm-4.5")
    plain, longer = count(config), count({**config, "num_hidden_layers": 93})
    tables, projection = plain.embedding + plain.head, 2 * 5120 * 5120
    assert round(plain.total / 1e9, 1) == 352.8
    assert round((longer.total + projection - tables) / 1e9) == 355
    kimi = count({**load("kimi-k2"), "first_k_dense_replace": 0})  # 假如 61 层全是混合专家
    assert round(kimi.total / 1e9) == 1043


def test_the_table_of_gpt_oss():
    """模型卡表 1：MLP 114.71B，注意力 0.96B，两张词表 1.16B，激活 5.13B，总 116.83B。"""
    answer = count(load("gpt-oss-120b"))
    found = (answer.feed_forward, answer.attention, answer.embedding + answer.head, answer.active_without_embedding)
    assert [round(value / 1e9, 2) for value in found] == [114.71, 0.96, 1.16, 5.13]


def test_rows_are_dated_and_distinct():
    assert len({model.key for model in MODELS}) == len(MODELS) == len(table())
    assert [model.released for model in MODELS] == sorted(model.released for model in MODELS)
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", model.released) for model in MODELS)
    assert all(re.fullmatch(r"[a-z0-9_]+", model.key) for model in MODELS)
    assert {model.config for model in MODELS} <= {path.stem for path in FOLDER.glob("*.json")}
    assert "total" not in table()["kimi_k3"]


def test_the_page_tells_the_same_dates_and_totals():
    lines = PAGE.read_text("utf-8").split("\n")
    for model in MODELS:
        rows = [line for line in lines if line.startswith(f"| {model.name} |")]
        assert len(rows) == 3, f"三张表里 {model.name} 应各有一行"
        assert model.released in rows[0] or model.released[:7] in rows[0]
        total = f"{model.total / 1000:g}T" if model.total >= 1000 else f"{model.total:g}B"
        assert f"| {total} |" in rows[0]
        assert f"open-models.{model.key}.kv_kb" in rows[2]


def test_configs_without_experts_are_refused():
    with pytest.raises(ValueError, match="缺少 moe_intermediate_size"):
        latent_experts(load("llama-3-8b"))
