"""把 transformers 的 Llama 权重装进 TransformerLM：零件相同，只是名字不同。

    transformers                                  本书
    model.embed_tokens.weight                     embedding.weight
    model.layers.i.input_layernorm.weight         blocks.i.attention_norm.gain
    model.layers.i.self_attn.{q,k,v,o}_proj       blocks.i.attention.W_{q,k,v,o}
    model.layers.i.post_attention_layernorm       blocks.i.feed_forward_norm.gain    （名不副实：它在前馈之前）
    model.layers.i.mlp.{gate,up,down}_proj        blocks.i.feed_forward.W_{1,3,2}
    model.norm.weight                             final_norm.gain
    lm_head.weight                                unembed.weight

两边的 nn.Linear 都把矩阵转置存放，旋转的配对都是 halves，所以数一个也不用动。
来源：transformers 5.23.0 的 modeling_llama.py，huggingface2026transformers。
不含：带偏置的投影、缩放过的 RoPE（Llama 3.1 起）、量化的权重、几个文件拼成的检查点。
正文：docs/07-architecture/lab-llama.py。
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from labs.architecture.model_config import d_head, d_model, n_heads, n_kv_heads, n_layers, number
from labs.architecture.transformer_lm import LMConfig, TransformerLM

NAMES = {
    r"model\.embed_tokens": "embedding",
    r"model\.norm\.weight": "final_norm.gain",
    r"lm_head": "unembed",
    r"model\.layers": "blocks",
    r"input_layernorm\.weight": "attention_norm.gain",
    r"post_attention_layernorm\.weight": "feed_forward_norm.gain",
    r"self_attn\.([qkvo])_proj": r"attention.W_\1",
    r"mlp\.gate_proj": "feed_forward.W_1",
    r"mlp\.up_proj": "feed_forward.W_3",
    r"mlp\.down_proj": "feed_forward.W_2",
}


def from_config(config: Mapping[str, Any]) -> LMConfig:
    """读 Llama 的 config.json。出错：不是 llama，或用了本书的块没有的零件，抛出 ValueError 并说是哪一项。"""
    if config.get("model_type") != "llama":
        raise ValueError(f"model_type 应为 llama，得到 {config.get('model_type')!r}。")
    rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
    wanted = {
        "hidden_act": (config.get("hidden_act", "silu"), "silu"),
        "rope_type": (rope.get("rope_type", rope.get("type", "default")), "default"),
        "attention_bias": (bool(config.get("attention_bias")), False),
        "mlp_bias": (bool(config.get("mlp_bias")), False),
        "head_dim": (d_head(config), d_model(config) // n_heads(config)),
    }
    for name, (got, want) in wanted.items():
        if got != want:
            raise ValueError(f"配置的 {name} 应为 {want!r}，本书的块只实现了这一种，得到 {got!r}。")
    return LMConfig(
        vocab_size=number(config, "vocab_size", minimum=1),
        context=number(config, "max_position_embeddings", default=2048, minimum=1),
        n_layers=n_layers(config),
        d_model=d_model(config),
        n_heads=n_heads(config),
        n_kv_heads=n_kv_heads(config),
        d_ff=number(config, "intermediate_size", minimum=1),
        rope_base=rope.get("rope_theta", config.get("rope_theta", 10_000.0)),
        eps=config.get("rms_norm_eps", 1e-6),
        tied=bool(config.get("tie_word_embeddings", False)),
    )


def our_name(name: str) -> str:
    """把一个权重的名字从 transformers 的说法换成本书的。"""
    for pattern, replacement in NAMES.items():
        name = re.sub(rf"(?<![^.]){pattern}(?=\.|$)", replacement, name)  # 只认点号隔开的整段
    return name


def load_llama(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> TransformerLM:
    """造一个同样大小的模型并装进权重。出错：缺少、多出或形状不合的权重，ValueError 逐一列出。"""
    model = TransformerLM(from_config(config))
    state = {our_name(name): tensor for name, tensor in weights.items()}
    if model.config.tied:
        state["unembed.weight"] = state.get("embedding.weight")
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items()}
    wrong = [name for name in wanted.keys() | state.keys() if getattr(state.get(name), "shape", None) != wanted.get(name)]
    if wrong:
        raise ValueError(f"缺少、多出或形状不合的权重：{'、'.join(sorted(wrong))}。")
    model.load_state_dict(state)
    return model
