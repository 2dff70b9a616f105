"""把实验测得的数写进 data/<名>.json；正文用 [=名.键:格式] 取，谁也不必抄数字。

写出的文件只取决于内容：键排序、浮点数留 6 位有效数字、UTF-8、缩进 1，重跑后没有无谓的改动。
"""

import json
import math
import re
from pathlib import Path
from typing import Any

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
KEY = re.compile(r"[A-Za-z0-9_]+")


def save(
    name: str,
    values: dict[str, Any],
    tolerance: dict[str, float] | None = None,
    hardware: str | None = None,
    directory: str | Path = "data",
) -> Path:
    """写 directory/name.json，返回它的路径；目录不存在就建立。

    参数：values 是可以嵌套的字典，叶子是数、字符串、真假值或它们的列表，torch 与 numpy 的标量也可以。
    tolerance 给个别的键（如 "mask.legal_rate"，连同它下面的键）另定重跑时允许的相对误差，
    其余的键用实验 front matter 里的那一个；hardware 说明测量所用的硬件，数与硬件无关时不写。
    出错：名字、键、数值或误差不合规定，抛出 ValueError，并指明是哪一个键。
    """
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise ValueError(f"name 应为小写字母、数字和连字符，如 attention-lab，得到 {name!r}。")
    if not (isinstance(values, dict) and values):
        raise ValueError(f"values 应为非空的字典，得到 {values!r}。")
    for path, limit in (tolerance or {}).items():
        check_tolerance(values, path, limit)
    record: dict[str, Any] = {"lab": name, "tolerance": tolerance, "values": plain(values, "values")}
    if hardware is not None:
        record["hardware"] = hardware
    path = Path(directory) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_bytes(f"{text}\n".encode())
    return path


def check_tolerance(values: dict[str, Any], path: str, limit: float) -> None:
    """要求 path 指向 values 里的一个键，limit 是 0 到 1 的相对误差；否则抛出 ValueError。"""
    node: Any = values
    for key in path.split("."):
        if not (isinstance(node, dict) and key in node):
            raise ValueError(f"tolerance 里的 {path} 不在 values 中：没有 {key}。")
        node = node[key]
    if not 0 < limit <= 1:
        raise ValueError(f"tolerance 里的 {path} 是相对误差，应大于 0、不超过 1，得到 {limit!r}。")


def plain(value: Any, where: str) -> Any:
    """换成 JSON 能存的值；where 是从 values 走到这里的路，用于报错。不能存则抛出 ValueError。"""
    if getattr(value, "ndim", None) == 0:  # torch、numpy 的标量
        value = value.item()
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and KEY.fullmatch(key)):
                raise ValueError(f"{where} 的键应由字母、数字和下划线组成，得到 {key!r}。")
        return {key: plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}.{index}") for index, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} 应为有限的数，得到 {value}。先查明它为什么不是一个数。")
        return float(f"{value:.6g}") + 0.0  # 加 0.0：把 −0.0 写成 0.0
    if isinstance(value, int | str):
        return value  # 真假值也是整数
    raise ValueError(
        f"{where} 应为数、字符串、真假值、列表或字典，得到 {type(value).__name__}；张量先用 .tolist()。"
    )
