"""“打开一个真实的模型”两道练习的数字，重算一遍，并且必须出现在页面的答案里。"""

import json

import pytest
import torch

from labs.architecture.inspection import weighted_by_length
from labs.architecture.kv_cache import Spec, bytes_per_token
from tests.labs.pages import Chapter

CHAPTER = Chapter("07-architecture")
DATA, answer = CHAPTER.path / "data/real-model.json", CHAPTER.answer


def test_the_size_of_the_file():
    matrices, table, gains = 30 * (2 * 576 * 64 * 12 + 3 * 576 * 1536), 49_152 * 576, (2 * 30 + 1) * 576
    sizes = [matrices * 20 // 32, table * 34 // 32, gains * 4]
    small = table * 20 // 32
    per_token = bytes_per_token(Spec(30, 9, 3, 64, bytes_per_number=4))
    file = 98_362_432
    wanted = [matrices, table, gains, *sizes, sum(sizes), file - sum(sizes), small, sizes[1] - small, int(per_token)]
    text = answer("ex:gguf-size")
    assert all(f"{value:,}" in text for value in wanted)
    assert f"{file / per_token:.1f}" == "2134.6" and "2,135" in text
    measured = json.loads(DATA.read_text("utf-8"))["values"]
    assert measured["file"]["mb"] == pytest.approx(file / 1e6, rel=1e-5)
    assert measured["file"]["parameters_m"] == pytest.approx((matrices + table + gains) / 1e6, rel=1e-5)
    assert measured["cache"]["bytes_per_token"] == per_token


def test_the_map_and_the_output():
    weights = torch.tensor([0.8, 0.15, 0.05])
    values = torch.tensor([[0.1, 0.0], [0.0, 1.0], [-2.0, 0.0]])
    parts = weights[:, None] * values
    assert parts.sum(0).tolist() == pytest.approx([-0.02, 0.15])
    maps = torch.stack([torch.tensor([1.0, 0, 0]), torch.tensor([0.5, 0.5, 0]), weights])
    share = weighted_by_length(maps, values.norm(dim=-1))[-1].tolist()
    text = answer("ex:map-and-output")
    assert all(f"{value:.3f}" in text for value in share)
    assert "(-0.02,0.15)" in text
    assert [parts[0].norm().item(), parts[2].norm().item()] == pytest.approx([0.08, 0.1])
    assert (parts[0] + parts[2]).norm().item() == pytest.approx(0.02)


def test_the_two_heads_of_the_answer():
    found = json.loads(DATA.read_text("utf-8"))["values"]
    ablation, before = found["ablation"], found["intact"]["second"]
    assert min(ablation[key]["score"] for key in ("h16_0", "h11_1")) > 0.8
    assert ablation["h16_0"]["second"] - before > 5
    assert abs(ablation["h11_1"]["second"] - before) < 0.25
