"""性能基准：一次运行量一遍，打印表格。不是测试，不设通过与否；预算写在数值旁边。

    python scripts/bench.py site                 站点：构建、首屏、搜索、慢手机
    python scripts/bench.py architecture         模型架构：分词器，前向与解码
    python scripts/bench.py lm                   小语言模型：训练与采样，网页上的采样
    python scripts/bench.py safety               水印：生成与检测的代价
    python scripts/bench.py site --json out.json 另存一份 JSON
    python scripts/bench.py                      列出全部基准

一个基准是 ``scripts/benchmarks/`` 里的一个模块：一行文档字符串，一个 ``run(root, report)``，
用 ``report.add(…)`` 逐行写下结果。新基准放进那里、登记在 ``BENCHMARKS``。
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

from benchmarks import Report  # noqa: E402

BENCHMARKS = {
    "architecture": "BPE 训练与编码对 tokenizers，前向与带缓存的解码对 transformers",
    "lm": "书里的小语言模型：训练与采样每秒多少字，与 transformers 的比，网页上每秒多少字",
    "safety": "水印使生成慢几成，检测的用时是不是与字数成正比",
    "site": "站点的构建时间与内存、首屏与搜索的字节、慢手机上的绘制",
}


def main() -> int:
    """命令行。"""
    parser = argparse.ArgumentParser(description="性能基准", epilog="；".join(f"{name}：{what}" for name, what in BENCHMARKS.items()))
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="哪一个基准；不写则列出")
    parser.add_argument("--json", metavar="文件", type=Path, help="结果另存为 JSON")
    options = parser.parse_args()
    if not options.name:
        print("\n".join(f"{name:14}{what}" for name, what in sorted(BENCHMARKS.items())))
        return 0
    report = Report()
    start = time.perf_counter()
    importlib.import_module(f"benchmarks.{options.name}").run(ROOT, report)
    seconds = time.perf_counter() - start
    machine = f"{os.cpu_count()} 核，{platform.system()} {platform.machine()}，Python {platform.python_version()}"
    if hasattr(os, "getloadavg"):
        machine += f"，一分钟平均负载 {os.getloadavg()[0]:.1f}"
    print(report.table())
    print(f"\n{machine}；本次运行 {seconds:.0f} s")
    if options.json:
        data = {"benchmark": options.name, "machine": machine, "seconds": round(seconds, 1), "rows": report.as_dicts()}
        options.json.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
