# ---
# title: 从零写 Llama 块与 KV 缓存
# description: 用前几节的函数拼出 Llama 的一块，与 transformers 对到小数点后十二位，再加上缓存，最后故意写错六处。
# type: lab
# chapter: 7
# status: stable
# labs: [architecture.embedding, architecture.rotary_attention, architecture.transformer_lm, architecture.decoding, architecture.llama_weights, architecture.fused_lm]
# tolerance: 0.001
# ---

# %% [markdown]
# # 从零写 Llama 块与 KV 缓存 { #llama-lab }
#
# 零件都有了：[均方根归一化](transformer-block.md#norm-placement)、[旋转位置](positions.md)、[分组查询](attention.md#grouped-query)、[带门的前馈](transformer-block.md#feed-forward)。
# 这里把它们拼成一个能生成文字的模型，装进 transformers 的权重，看分数差多少。
#
# 先写下你的猜测。
#
# 1. 提示 16 个词元，接着写 64 个。有缓存时，模型一共要算几行？没有呢？
# 2. 故意写错六处：掩码漏掉、旋转配错对、键值头排错、缓存后位置从头数、忘了最后的归一化、$\epsilon$ 抄错。
#    程序会不会报错？哪一处读提示时的分数分毫不差，写出的文字却错了？

# %%
import torch
import torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM

from labs.architecture.counter import count, load
from labs.architecture.decoding import generate
from labs.architecture.feed_forward import swiglu
from labs.architecture.fused_lm import FusedLM
from labs.architecture.kv_cache import Spec, bytes_per_token
from labs.architecture.llama_weights import from_config, load_llama, our_name
from labs.architecture.masks import causal_mask
from labs.architecture.multi_head import (
    grouped_query_attention,
    merge_heads,
    split_heads,
)
from labs.architecture.normalization import rms_norm
from labs.architecture.rope import rope_frequencies, rotate
from labs.architecture.transformer_lm import TransformerLM
from labs.common.results import save

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # 双精度：舍入小到看不见，差多少都要有个说法
_ = torch.set_grad_enabled(False)

# %% [markdown]
# ## 对照：同样的形状，同样的权重 { #reference }
#
# 请 transformers 造一个小 Llama：4 层，宽 64，8 个查询头，2 个键值头，词表 97。
# 权重是随机的，标准差取 0.3，比通常的 0.02 大得多：注意力若几乎是平均，许多错误就看不出来。
# 归一化的增益初值全是 1，也换成随机数，装错了才会露馅。

# %%
CONFIG = LlamaConfig(
    vocab_size=97, hidden_size=64, intermediate_size=160, num_hidden_layers=4,
    num_attention_heads=8, num_key_value_heads=2, max_position_embeddings=96, eos_token_id=None,
    initializer_range=0.3, rms_norm_eps=1e-5, tie_word_embeddings=False,
)  # fmt: skip
torch.manual_seed(7)
theirs = LlamaForCausalLM(CONFIG).double().eval()
for name, parameter in theirs.named_parameters():
    if "norm" in name:
        parameter.uniform_(0.5, 1.5)

W = {our_name(name): tensor for name, tensor in theirs.state_dict().items()}
for name in ("embedding.weight", "blocks.0.attention.W_q.weight", "blocks.0.attention.W_k.weight"):
    print(f"{name:32}{tuple(W[name].shape)}")
total = sum(tensor.numel() for tensor in W.values())
print("全部参数", total, "按配置数", count(CONFIG.to_dict()).total)

# %% [markdown]
# ## 十几行写完一个模型 { #from-scratch }
#
# 下面是整个模型，没有类，只有函数和一个装着权重的字典。
# PyTorch 的线性层把矩阵转置存放，所以每处都有一个 `.T`。
# 最后几个参数是给后面写错用的，现在都取对的值。

# %%
N_HEADS, N_KV_HEADS = CONFIG.num_attention_heads, CONFIG.num_key_value_heads
THETA = rope_frequencies(CONFIG.hidden_size // N_HEADS)


def attention(
    x, layer, mask, cache, start, pairing="halves", interleave=True
):
    q, k, v = (x @ W[f"blocks.{layer}.attention.W_{name}.weight"].T for name in "qkv")
    q, k, v = split_heads(q, N_HEADS), split_heads(k, N_KV_HEADS), split_heads(v, N_KV_HEADS)
    positions = torch.arange(start, start + x.shape[1])
    q, k = rotate(q, positions, THETA, pairing), rotate(k, positions, THETA, pairing)
    if cache is not None:
        if layer in cache:
            old_k, old_v = cache[layer]
            k, v = torch.cat([old_k, k], dim=2), torch.cat([old_v, v], dim=2)
        cache[layer] = k, v  # 留下转过的键：位置已经写在里面
    if not interleave:  # 键值头排成 1,2,1,2 而不是 1,1,2,2
        times = N_HEADS // N_KV_HEADS
        k, v = k.repeat(1, times, 1, 1), v.repeat(1, times, 1, 1)
    heads = grouped_query_attention(q, k, v, mask)
    return merge_heads(heads) @ W[f"blocks.{layer}.attention.W_o.weight"].T


def language_model(
    ids, cache=None, start=0, causal=True, eps=1e-5, final_norm=True, **options
):
    old = 0 if not cache else cache[0][0].shape[2]
    mask = causal_mask(ids.shape[1], offset=old) if causal else None
    x = W["embedding.weight"][ids]
    for layer in range(CONFIG.num_hidden_layers):
        h = rms_norm(x, W[f"blocks.{layer}.attention_norm.gain"], eps)
        x = x + attention(h, layer, mask, cache, start, **options)
        h = rms_norm(x, W[f"blocks.{layer}.feed_forward_norm.gain"], eps)
        matrices = (W[f"blocks.{layer}.feed_forward.W_{n}.weight"].T for n in (1, 3, 2))
        x = x + swiglu(h, *matrices)
    if final_norm:
        x = rms_norm(x, W["final_norm.gain"], eps)
    return x @ W["unembed.weight"].T


ids = torch.randint(0, 97, (3, 40), generator=torch.Generator().manual_seed(1))
expected = theirs(ids).logits
gap = (language_model(ids) - expected).abs().max().item()
print(f"分数的标准差 {expected.std().item():.2f}")
print("与 transformers 的差，不到 1e-4：", gap < 1e-4, "  不到 1e-6：", gap < 1e-6)

# %% [markdown]
# 双精度有十五六位，怎么只对到第四五位？
# 不是写错，是 transformers 有两处固定用单精度：归一化先转成 float32 再算，旋转的角度也用 float32 算。
# 把这两处换成双精度，再比一次。


# %%
def double_table(x, position_ids):
    angle = position_ids[..., None].double() * THETA
    return torch.cat([angle.cos()] * 2, dim=-1), torch.cat([angle.sin()] * 2, dim=-1)


for module in theirs.modules():
    if type(module).__name__ == "LlamaRMSNorm":
        module.forward = lambda x, m=module: rms_norm(x, m.weight, m.variance_epsilon)
theirs.model.rotary_emb.forward = double_table

expected = theirs(ids).logits
gap = (language_model(ids) - expected).abs().max().item()
print("都用双精度，相差不到 1e-12：", gap < 1e-12)

# %% [markdown]
# 差别有了来处，才能说两边相同；容许多大的误差，也要说得出理由。
#
# 再把注意力那一行换成 PyTorch 自己的核，结果也应一样。
# 这一次对照的是零件，上一次对照的是整体，两种都要：整体对了，零件的错可能互相抵消。

# %%
generator = torch.Generator().manual_seed(2)
q = torch.randn(2, 8, 10, 8, generator=generator)
k, v = (torch.randn(2, 2, 10, 8, generator=generator) for _ in "kv")
ours = grouped_query_attention(q, k, v, causal_mask(10))
fused = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
gap = (ours - fused).abs().max().item()
print("与 F.scaled_dot_product_attention 相差不到 1e-12：", gap < 1e-12)

# %% [markdown]
# ## 加上缓存 { #cache }
#
# `attention` 里已经留好了位置：给它一个字典，它把转过的键和值存进去，下一次接着用。
# 贪心地写 64 个词元，数一数两种办法各送进去多少行。

# %%
PROMPT, N_NEW = ids[:1, :16], 64


def write(cached, model=language_model, restart=False, **options):
    text, fresh, cache, rows = PROMPT, PROMPT, {} if cached else None, 0
    for _ in range(N_NEW):
        start = text.shape[1] - fresh.shape[1]
        logits = model(fresh, cache, 0 if restart else start, **options)
        rows += fresh.shape[1]
        chosen = logits[:, -1:].argmax(-1)
        text = torch.cat([text, chosen], dim=1)
        fresh = chosen if cached else text
    return text, rows


with_cache, rows_cached = write(cached=True)
without, rows_fresh = write(cached=False)
greedy = {"max_new_tokens": N_NEW, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
reference = theirs.generate(PROMPT, attention_mask=torch.ones_like(PROMPT), **greedy)
print(f"有缓存算 {rows_cached} 行，没有缓存算 {rows_fresh} 行", f"{rows_fresh / rows_cached:.1f} 倍")
same = torch.equal(with_cache, without) and torch.equal(with_cache, reference)
print("三份文字一样：", same)

# %% [markdown]
# 有缓存：提示 16 行，最后一个写出来的不用再读，$16+63=79$ 行。
# 没有缓存：$16+17+\dots+79=3{,}040$ 行。
# 行数少到三十几分之一。
# 得分也少了，一层一个头从 84,640 个（每步重算看得见的全部）降到 3,160 个（每一对只算一次）；但越往后，一行要比的旧键越多，最后一行要比 79 个，缓存省不掉这一份。
#
# 字典里的 `torch.cat` 每步把旧缓存整个抄一遍，教学可以，真用不行。
# `decoding.py` 的 `KVCache` 先把地方要够，每步只填自己的一格；字节数就是[那条公式](attention.md#mask-board)。

# %%
model = load_llama(CONFIG.to_dict(), theirs.state_dict()).double()
cache = model.new_cache(batch=1, capacity=80)
spec = Spec(n_layers=4, n_heads=8, n_kv_heads=2, d_head=8, bytes_per_number=8)
print("缓存占", cache.n_bytes, "字节，公式", int(bytes_per_token(spec) * 80))
for name, candidate in {"TransformerLM": model, "FusedLM": FusedLM(model)}.items():
    print(f"{name}：文字一样", torch.equal(generate(candidate, PROMPT, N_NEW), reference))

# %% [markdown]
# `TransformerLM` 是同一个模型写成的类，`FusedLM` 把几个小矩阵并成大的，专供逐词生成。
# 三种写法，一份文字。
#
# ## 故意写错六处 { #mistakes }
#
# 每处只改一个参数。
# “分数”是整段提示上与正确分数的最大差；“第几个”是生成的 64 个词元里，第一个写得不一样的。

# %%
MISTAKES = {
    "漏掉因果掩码": {"causal": False},
    "旋转配错对": {"pairing": "interleaved"},
    "键值头 1,2,1,2": {"interleave": False},
    "缓存后位置从头数": {"restart": True},
    "忘了最后的归一化": {"final_norm": False},
    "ε 抄成 1e-3": {"eps": 1e-3},
}
results = {}
for name, options in MISTAKES.items():
    on_prompt = {key: value for key, value in options.items() if key != "restart"}
    difference = (language_model(PROMPT, **on_prompt) - theirs(PROMPT).logits).abs().max().item()
    text, _ = write(cached=True, **options)
    differs = (text != reference)[0, 16:].nonzero()
    first = differs[0].item() + 1 if len(differs) else None
    results[name] = {"gap": round(difference, 6), "first": first or 0}  # 1e-14 的舍入，换台机器就变
    found = f"第 {first} 个写错" if first else "64 个全对"
    print(f"{name:12}\t分数差 {difference:7.3f}\t{found}")

# %% [markdown]
# 没有一处报错。
#
# “缓存后位置从头数”最难抓：读提示时分数分毫不差，写到第二个词元才错，因为第一个是读提示时顺带算出的。
# 只在整段文本上对照分数的测试，永远发现不了它，所以缓存一定要单独对照。
#
# “忘了最后的归一化”相反：分数差了几百，前几个词元却全对。
# 归一化主要是缩放，谁的分数最大常常不变；只对照文字的测试会放过它。
# $\epsilon$ 抄错，也要写到第十几个才露面。
#
# 这几行用的是随机权重，所以“第几个”只说明错误何时露面，不说明真实的模型会错成什么样。
#
# ## 放大到 8B { #scale-up }
#
# 同一个类，只换几个整数。
# 放在 PyTorch 的 `meta` 设备上，只有形状，不占内存。

# %%
sizes = {}
for key in ("llama-3-8b", "llama-3-70b"):
    with torch.device("meta"):
        big = TransformerLM(from_config(load(key)))
    sizes[key] = sum(parameter.numel() for parameter in big.parameters())
    print(f"{key:14}{sizes[key]:>16,}")
try:
    from_config(load("qwen3-8b"))
except ValueError as error:
    print(f"{'qwen3-8b':14}{error}")
others = ("gpt-3", "llama-3-8b", "llama-3-70b", "llama-3.1-405b", "deepseek-v3", "gpt-oss-120b")
for key in others:
    print(f"数参数 {key:16}{count(load(key)).total:>18,}")

# %% [markdown]
# 两个数与[数一数](counting.md)一节的相同：那里按公式数，这里把模型真的搭出来再数。
# Qwen3 的块多了查询和键的归一化，本书的类装不下，于是拒绝，而不是装错。
#
# ## 接着做 { #next }
#
# 1. 把 `rms_norm` 那两行换到相加之后（后归一化），文字还一样吗？先猜分数差的数量级。
# 2. 给 `language_model` 加上滑动窗口：`mask & sliding_window_mask(…)`，窗口取 8，从第几个词元起与原来不同？
# 3. 让 `write` 一次送进两个词元，前一个是猜的：猜对时省下一步。这正是投机解码（第 12 章）的骨架。

# %%
save(
    "llama",
    values={
        "rows": {"cached": rows_cached, "fresh": rows_fresh, "ratio": rows_fresh / rows_cached},
        "mistakes": dict(
            zip(("mask", "pairing", "heads", "restart", "final_norm", "eps"), results.values(), strict=True)
        ),
        "parameters": {key.replace("-", "_"): value for key, value in sizes.items()},
    },
)
