"""第 7 章「模型架构」的实验代码：一个文件一个想法，从注意力搭到 Transformer 块。

阅读顺序：attention → masks → multi_head → feed_forward → normalization → transformer_block，
整个模型：embedding → rope → rotary_attention → transformer_lm → decoding → llama_weights → fused_lm，
循环：ngram → recurrent → gradient_flow → lstm → gru → additive_attention；
     linear_attention → delta_rule → selective_ssm → memory_capacity → recall，
代价：decode_cost → mla → online_softmax → rolling_cache → sparse_attention，
扩散：masked_diffusion → unmasking，
数一数：kv_cache → model_config → weights → counter → costs → open_models。
记号与正文一致：B 句子数，T 查询的个数（序列长度），T_k 键的个数，d_model 宽度，
h = n_heads 查询头数，h_kv = n_kv_heads 键值头数，d_h 每头宽度，d_ff 前馈宽度。
"""
