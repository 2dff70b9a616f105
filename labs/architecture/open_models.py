"""2026 年的开放模型：把每份配置数一遍，与厂商写的总参数、激活参数对账。

    一行 = 厂商的说法（发布日期、总参数、激活参数）+ 数出来的（总参数、两种口径的激活、缓存字节）

手算一遍（DeepSeek-V4-Pro 在 Hugging Face 上曾标 862B）：专家的权重是 FP4，两个数装进一个 8 位整数，
按元素数只剩一半，再加上缩放系数和别的权重。见 stored_elements。
来源：发布日期与厂商数字见正文的表，核对日 2026-11-24；配置见 labs/data/SOURCES.md。
不含：性能、价格、训练数据；Kimi K3 的参数没有数（它的专家在一个较窄的空间里算），只算缓存。
正文：docs/07-architecture/open-models.md。
"""

from typing import NamedTuple

from labs.architecture.costs import kv_cost
from labs.architecture.counter import count, load
from labs.architecture.model_config import Config, d_model, layer_kinds, n_layers, number

LONG = 131_072  # 比较缓存用的长度


class Model(NamedTuple):
    """一行：名字、配置、开放权重的日期、厂商说的总参数与激活参数（单位 B，稠密模型只有前者）。"""

    name: str
    config: str
    released: str
    total: float
    active: float | None = None

    @property
    def key(self) -> str:
        """结果文件里的键。"""
        return self.config.replace("-", "_").replace(".", "_")


MODELS = (
    Model("Llama 3.1 405B", "llama-3.1-405b", "2024-07-23", 405),
    Model("DeepSeek-V3", "deepseek-v3", "2024-12-26", 671, 37),
    Model("Llama 4 Maverick", "llama-4-maverick", "2025-04-05", 400, 17),
    Model("Qwen3-235B-A22B", "qwen3-235b-a22b", "2025-04-29", 235, 22),
    Model("Kimi K2", "kimi-k2", "2025-07-11", 1040, 32),
    Model("GLM-4.5", "glm-4.5", "2025-07-28", 355, 32),
    Model("gpt-oss-120b", "gpt-oss-120b", "2025-08-05", 116.8, 5.1),
    Model("Qwen3-Next-80B-A3B", "qwen3-next-80b-a3b", "2025-09-11", 80, 3),
    Model("Kimi Linear 48B-A3B", "kimi-linear-48b-a3b", "2025-10-30", 48, 3),
    Model("DeepSeek-V3.2", "deepseek-v3.2", "2025-12-01", 671, 37),
    Model("GLM-5", "glm-5", "2026-02-11", 744, 40),
    Model("Qwen3.5-397B-A17B", "qwen3.5-397b-a17b", "2026-02-16", 397, 17),
    Model("Gemma 4 31B", "gemma-4-31b", "2026-04-02", 30.7),
    Model("DeepSeek-V4-Flash", "deepseek-v4-flash", "2026-04-24", 284, 13),
    Model("DeepSeek-V4-Pro", "deepseek-v4-pro", "2026-04-24", 1600, 49),
    Model("Kimi K3", "kimi-k3", "2026-07-27", 2800, 104),
    Model("Muse Glimmer 30B", "muse-glimmer-30b", "2026-08-10", 29.6),
    Model("Qwen3.8-2.4T-A95B", "qwen3.8-2.4t-a95b", "2026-08-12", 2400, 95),
    Model("Qwen3.8-27B", "qwen3.8-27b", "2026-08-14", 27),
)
UNCOUNTED = ("kimi-k3",)


def row(model: Model) -> dict[str, float]:
    """数一个模型；参数的单位是 B（十亿），缓存是字节与 GiB。"""
    config = load(model.config)
    cost, kinds = kv_cost(config, LONG), layer_kinds(config)
    found = {
        "layers": n_layers(config),
        "d_model": d_model(config),
        "vocabulary": number(config, "vocab_size"),
        "growing_layers": sum(kind not in ("linear", "window") for kind in kinds),  # 缓存随长度增长的层
        "kv_bytes": cost["per_token"],
        "kv_kb": cost["per_token"] / 1000,
        "kv_gib": cost["cache"] / 2**30,
        "state_mib": cost["state"] / 2**20,
    }
    if model.config not in UNCOUNTED:
        answer = count(config)
        found |= {
            "total": answer.total,
            "total_b": answer.total / 1e9,
            "active_b": answer.active / 1e9,
            "active_without_embedding_b": answer.active_without_embedding / 1e9,
            "feed_forward_share": answer.feed_forward / answer.total,
        }
    return found


def table() -> dict[str, dict[str, float]]:
    """全部模型，键是 Model.key。"""
    return {model.key: row(model) for model in MODELS}


def latent_experts(config: Config, width: int | None = None) -> int:
    """路由专家一共多少个参数；Kimi K3 的专家在 routed_expert_hidden_size 维里算，width 可以改成别的宽度。"""
    inner = number(config, "moe_intermediate_size")
    width = width or number(config, "routed_expert_hidden_size", "hidden_size")
    layers = n_layers(config) - number(config, "first_k_dense_replace", default=0)
    return layers * number(config, "num_experts", "n_routed_experts") * 3 * width * inner


# --8<-- [start:stored-elements]
def stored_elements(config: Config) -> int:
    """专家用 FP4 时，权重文件里有多少个元素。"""
    total, experts = count(config).total, latent_experts(config)
    packed = experts + experts // n_layers(config)  # 连同一层多词元预测的专家
    scales = packed // 32  # 每 32 个权重一个缩放系数
    return total - experts + packed // 2 + scales
# --8<-- [end:stored-elements]
