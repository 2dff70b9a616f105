"""全部测试共用：实验的张量都很小，一个线程最快；多线程在忙机器上忙等，曾使一个测试从 1 秒变成 60 秒。"""

import os

# 要在第一次导入 torch 之前设；外面设过的不改
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
