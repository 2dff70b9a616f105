# ---
# title: 抛硬币
# description: 抛一枚有偏的硬币一千次，用频率估计熵，再与公式给出的值比较，看差多少。
# type: lab
# chapter: 1
# status: stable
# labs: [toy.entropy]
# tolerance: 0.01
# ---

# %% [markdown]
# # 抛硬币 { #coin }
#
# 先猜：正面概率 0.9 的硬币，熵比 0.5 比特大还是小？
# 定义见[@eq:entropy]。

# %%
from labs.toy.entropy import entropy

biased = entropy([0.9, 0.1])
print(f"{biased:.3f} 比特")

# %% [markdown]
# 答案是比 0.5 小。

# %%
values = {"entropy_biased": biased}
