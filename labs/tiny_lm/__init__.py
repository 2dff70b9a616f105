"""书里自己的小语言模型：两万多首唐诗上训练的 120 万参数 Llama 式模型，供各章的实验取用。

    from labs.tiny_lm.checkpoint import load
    model, vocabulary = load()

阅读顺序：corpus（语料与词表）→ training（怎样训练）→ evaluation（损失怎么算）→ checkpoint（存与取）→ quantize（给网页的 int8）。
模型类是 labs/architecture/transformer_lm.py；怎样重新训练、测得的数，见模型卡 labs/data/tiny-lm.md。
"""
