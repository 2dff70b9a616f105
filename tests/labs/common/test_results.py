"""结果文件：内容确定、往返不失真、坏值一概拒绝。"""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.common.results import plain, save


def test_the_file_has_exactly_this_text(tmp_path):
    path = save("attention-lab", {"loss": 1, "b": [1.23456789, "四"]}, {"b": 0.05}, directory=tmp_path)
    assert path == tmp_path / "attention-lab.json"
    assert path.read_bytes().decode() == (
        '{\n "lab": "attention-lab",\n "tolerance": {\n  "b": 0.05\n },\n "values": {\n'
        '  "b": [\n   1.23457,\n   "四"\n  ],\n  "loss": 1\n }\n}\n'
    )


def test_key_order_does_not_change_the_file(tmp_path):
    first = save("x", {"a": 1, "b": {"c": 2, "d": 3}}, directory=tmp_path / "1").read_bytes()
    second = save("x", {"b": {"d": 3, "c": 2}, "a": 1}, directory=tmp_path / "2").read_bytes()
    assert first == second


def test_hardware_is_written_only_when_given(tmp_path):
    with_it = json.loads(save("a", {"x": 1}, hardware="CPU，2 线程", directory=tmp_path).read_text("utf-8"))
    without = json.loads(save("b", {"x": 1}, directory=tmp_path).read_text("utf-8"))
    assert with_it["hardware"] == "CPU，2 线程"
    assert without == {"lab": "b", "tolerance": None, "values": {"x": 1}}


def test_the_default_directory_is_data_beside_the_lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("x", {"a": 1})
    save("x", {"a": 2})  # 目录已在也能写
    assert json.loads((tmp_path / "data/x.json").read_text("utf-8"))["values"] == {"a": 2}


def test_nested_directories_are_created(tmp_path):
    assert save("x", {"a": 1}, directory=str(tmp_path / "p/q")).is_file()


@pytest.mark.parametrize(
    ("scalar", "expected"),
    [
        (torch.tensor(0.1), 0.1),
        (torch.tensor(3), 3),
        (torch.tensor(True), True),
        (np.float64(2.5), 2.5),
        (np.int64(7), 7),
        (np.bool_(False), False),
        (123456789, 123456789),  # 整数不舍入
        (1.0000004, 1.0),
        (-0.0, 0.0),
        ((1, 2.0), [1, 2.0]),
        ("字", "字"),
        (True, True),
    ],
)
def test_scalars_become_plain_values(scalar, expected):
    result = plain(scalar, "values")
    assert result == expected and type(result) is type(expected)
    assert str(result) == str(expected)  # 分得清 0.0 与 −0.0


@settings(database=None, derandomize=True, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_six_significant_digits(x):
    y = plain(x, "values")
    assert abs(y - x) <= 5.1e-6 * abs(x) + 1e-322
    assert plain(y, "values") == y  # 再存一次不再变


@pytest.mark.parametrize(
    "name", ["", "Attention", "a_b", "-a", "a-", "a--b", "../a", "a.json", "注意力", None]
)
def test_bad_names_are_rejected(name, tmp_path):
    with pytest.raises(ValueError, match="name 应为小写字母"):
        save(name, {"a": 1}, directory=tmp_path)


@pytest.mark.parametrize("values", [{}, [], None, 3])
def test_values_must_be_a_nonempty_dict(values, tmp_path):
    with pytest.raises(ValueError, match="values 应为非空的字典"):
        save("x", values, directory=tmp_path)


@pytest.mark.parametrize("limit", [0, -0.1, 1.01, float("nan")])
def test_a_tolerance_is_a_fraction(limit, tmp_path):
    with pytest.raises(ValueError, match=f"tolerance 里的 a 是相对误差，应大于 0、不超过 1，得到 {limit}"):
        save("x", {"a": 1}, {"a": limit}, directory=tmp_path)


@pytest.mark.parametrize("path", ["b", "a.c", "a.b.0", "a.b.d", "a.n.x", ""])
def test_a_tolerance_for_a_key_that_does_not_exist_is_rejected(path, tmp_path):
    with pytest.raises(ValueError, match=f"tolerance 里的 {path} 不在 values 中"):
        save("x", {"a": {"b": [1], "n": 1}}, {path: 0.1}, directory=tmp_path)


def test_a_tolerance_may_name_a_nested_key(tmp_path):
    path = save("x", {"a": {"b": 1}}, {"a": 1, "a.b": 0.5}, directory=tmp_path)
    assert json.loads(path.read_text("utf-8"))["tolerance"] == {"a": 1, "a.b": 0.5}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), torch.tensor(float("nan"))])
def test_numbers_that_are_not_finite_are_rejected_with_their_place(bad, tmp_path):
    with pytest.raises(ValueError, match=r"values\.a\.1 应为有限的数"):
        save("x", {"a": [1.0, bad]}, directory=tmp_path)


@pytest.mark.parametrize("bad", [None, {1, 2}, b"x", torch.zeros(2), np.zeros(2), 1j, object()])
def test_values_json_cannot_hold_are_rejected(bad):
    with pytest.raises(ValueError, match=r"v\.k 应为数、字符串"):
        plain({"k": bad}, "v")


@pytest.mark.parametrize("key", ["a.b", "", "a b", "键", 1, "a-b", "a:b"])
def test_keys_that_a_dotted_path_could_not_reach_are_rejected(key):
    with pytest.raises(ValueError, match="v.k 的键应由字母"):
        plain({"k": {key: 1}}, "v")


def test_a_rejected_result_leaves_no_file(tmp_path):
    with pytest.raises(ValueError):
        save("x", {"a": None}, directory=tmp_path)
    assert list(tmp_path.iterdir()) == []
