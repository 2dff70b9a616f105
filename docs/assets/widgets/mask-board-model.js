// 实验台的模型：纯函数，与 labs/architecture/kv_cache.py 逐项对应（tests/site/test_mask_board.py 逐例核对）。
// 不碰 DOM；词元都从 1 数起。

export const KINDS = ["full", "causal", "prefix", "window", "window-sinks", "document"];
export const windowed = (kind) => kind.startsWith("window");

const spec = (n_layers, n_heads, n_kv_heads, d_head, window = 0, n_window_layers = 0) =>
  ({ n_layers, n_heads, n_kv_heads, d_head, window, n_window_layers, bytes_per_number: 2 });
export const PRESETS = {
  "llama-3-8b": spec(32, 32, 8, 128),
  "llama-2-7b": spec(32, 32, 32, 128),
  "gpt-3": spec(96, 96, 96, 128),
  "falcon-7b": spec(32, 71, 1, 64),
  "mistral-7b-v0.1": spec(32, 32, 8, 128, 4096, 32),
  "gpt-oss-120b": spec(36, 64, 8, 64, 128, 18),
};

export function sees(kind, q, k, { window = 1, n_sinks = 0, n_prefix = 0, doc_len = 1 } = {}) {
  const past = k <= q;
  switch (kind) {
    case "full": return true;
    case "causal": return past;
    case "prefix": return past || k <= n_prefix;
    case "window": return past && k > q - window;
    case "window-sinks": return past && (k > q - window || k <= n_sinks);
    case "document": return past && Math.ceil(k / doc_len) === Math.ceil(q / doc_len);
  }
  throw new RangeError(`没有掩码 ${kind}`);
}

const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);
const sum = (list) => list.reduce((a, b) => a + b, 0);

/** 整张掩码：第 q 行第 k 列为真表示看得见。 */
export const grid = (kind, n_tokens, options) =>
  upTo(n_tokens).map((q) => upTo(n_tokens).map((k) => sees(kind, q, k, options)));

export const pairs = (mask) => sum(mask.map((row) => row.filter(Boolean).length));

/** 生成到第 step 个词元（前 first 个一次算完）：读哪些 K、V，算几个得分；对照是每步把整句重算一遍。 */
export function generation(mask, step, kind, first = 1) {
  if (!(1 <= first && first <= step && step <= mask.length)) throw new RangeError(`step ${step} 不合规定`);
  const fresh = (now) => (kind === "full" || now === first ? 1 : now);
  const scores = (now, since = 1) => pairs(mask.slice(since - 1, now).map((row) => row.slice(0, now)));
  const steps = upTo(step).slice(first - 1);
  const seen = (k) => mask[step - 1][k - 1];
  return {
    fresh: fresh(step),
    read: upTo(step).filter((k) => seen(k) && k < fresh(step)),
    dropped: upTo(step).filter((k) => !seen(k)),
    scores_cached: scores(step, fresh(step)),
    scores_rerun: scores(step),
    total_cached: sum(steps.map((now) => scores(now, fresh(now)))),
    total_rerun: sum(steps.map((now) => scores(now))),
  };
}

/** 每写入一个词元的 K、V 字节数：2 · L · h_kv · d_h · b。 */
export const bytesPerToken = (s) => 2 * s.n_layers * s.n_kv_heads * s.d_head * s.bytes_per_number;

/** 读到第 length 个词元时，一层要留几个词元的 K、V。 */
export function kept(kind, length, window, n_sinks) {
  if (kind === "full") return 0; // 后来的词元改写前面每一行，旧的 K、V 从第二层起就不能再用
  return windowed(kind) ? Math.min(length, window + (kind === "window" ? 0 : n_sinks)) : length;
}

/** 读到第 length 个词元时的缓存，以及再生成一个词元的注意力计算量。 */
export function account(s, length, kind = "causal", n_sinks = 0) {
  const masked = windowed(kind) ? s.n_window_layers : s.n_layers;
  const held = masked * kept(kind, length, s.window, n_sinks) + (s.n_layers - masked) * length;
  const pairs = kind === "full" ? s.n_layers * length ** 2 : held;
  const cache = (bytesPerToken(s) / s.n_layers) * held;
  const flops = 4 * s.n_heads * s.d_head * pairs;
  const mqa = (bytesPerToken(s) / s.n_kv_heads) * length;
  return { bytes_per_token: bytesPerToken(s), cache_bytes: cache, mha_bytes: mqa * s.n_heads, mqa_bytes: mqa,
    flops: flops, flops_per_byte: cache ? flops / cache : 0 };
}

export const divisors = (n) => upTo(n).filter((d) => n % d === 0);

/** 读一个整数：容许全角数字、千位逗号与空格；不合格时给出一句能照着改的话。 */
export function readCount(text, min, max) {
  const plain = String(text ?? "").normalize("NFKC").replace(/(\d)[,_ ](?=\d{3})/g, "$1").trim();
  const value = /^\d{1,9}$/.test(plain) ? Number(plain) : NaN;
  if (value >= min && value <= max) return { value };
  return { error: `要填 ${count(min)}–${count(max)} 的整数，现在是“${String(text ?? "").slice(0, 16)}”` };
}

export const count = (n) => n.toLocaleString("en-US");

/** 1、2、7–10：把递增的编号合并成段。 */
export function ranges(list) {
  const runs = [];
  for (const n of list) {
    const last = runs.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : b === a + 1 ? `${a}、${b}` : `${a}–${b}`)).join("、");
}

function scaled(value, step, units) {
  let i = 0;
  while (value >= step && i < units.length - 1) { value /= step; i += 1; }
  const digits = Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[i]}`;
}
export const bytes = (n) => scaled(n, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
export const flops = (n) => scaled(n, 1000, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"]);
export const times = (x) => (x >= 100 ? x.toFixed(0) : Number(x.toPrecision(3)).toString());
