"""第 2 章「大模型的能力」的实验代码：一个文件一个想法，从打分搭到一张百行的评测台。

阅读顺序：perplexity_bounds → harness → char_lm → option_order，
成绩的误差：intervals → paired → pass_at_k → bradley_terry。
任何有 logprob(context, continuation) 的对象都能上评测台；对数一律以 e 为底。
"""
