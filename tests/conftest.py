"""全部测试共用：线程怎样等，持续集成里不许跳过。

实验的张量都很小，一个线程最快；多线程在忙机器上忙等，曾使一个测试从 1 秒变成 60 秒。
"""

import os

import pytest

# 要在第一次导入 torch 之前设；外面设过的不改
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

REFUSED = "CI=true 时不许跳过，少了的东西要装上："


def refuse_skips(report):
    """持续集成里把跳过改成失败：对照的引擎没装上，不能悄悄算过。"""
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", REFUSED + str(report.longrepr[-1])
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """一个测试里的跳过。"""
    return refuse_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """整个文件的跳过。"""
    return refuse_skips((yield))
