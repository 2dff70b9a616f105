// 小模型游乐场，模型部分：与 PyTorch 逐个核对（tests/site/test_playground.py）。不碰 DOM，不联网。
// 文件见 labs/tiny_lm/quantize.py，结构见 labs/architecture/transformer_lm.py，采样见 labs/introduction/sampling.py。

const MAGIC = "TLM1", FORMAT = "llm-book-tiny-lm-int8 第 1 版";
const CLOSE = 1e-6; // 差这么点算够了
const sum = (p) => p.reduce((total, x) => total + x, 0);
export const count = (n) => n.toLocaleString("en-US");

/** 读权重文件 → {config, chars, weights}；不对，抛出一句说清楚的话。 */
export function parse(buffer) {
  const size = buffer.byteLength;
  const need = (end, what) => { if (end > size) throw new Error(`权重文件只有 ${count(size)} 字节，${what}要到第 ${count(end)} 字节：没有下载完整`); };
  const start = String.fromCharCode(...new Uint8Array(buffer, 0, Math.min(4, size)));
  if (start !== MAGIC) throw new Error(`不是本书的权重文件：开头应是 ${MAGIC}，得到“${start.replace(/[^ -~]/g, "?")}”`);
  need(8, "开头");
  const base = 8 + new DataView(buffer).getUint32(4, true);
  need(base, "文件头");
  let about;
  try {
    about = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, base - 8)));
  } catch {
    throw new Error("权重文件的文件头读不出来");
  }
  const { format, version, config, vocabulary, tensors } = about ?? {};
  if (`${format} 第 ${version} 版` !== FORMAT) throw new Error(`不认识的权重格式：${format} 第 ${version} 版，这里只会读 ${FORMAT}`);
  const weights = {}, chars = [...vocabulary];
  for (const { name, shape, kind, offset } of tensors) {
    const n = shape.reduce((a, b) => a * b, 1), [R, C] = shape, at = base + offset;
    if (kind !== "int8" && kind !== "float32") throw new Error(`不认识的权重格式：${name} 是 ${kind}`);
    need(at + (kind === "int8" ? 4 * R + n : 4 * n), name);
    if (kind === "float32") { weights[name] = new Float32Array(buffer.slice(at, at + 4 * n)); continue; }
    const scale = new Float32Array(buffer.slice(at, at + 4 * R)), q = new Int8Array(buffer, at + 4 * R, n), w = new Float32Array(n);
    for (let r = 0, k = 0; r < R; r += 1) for (let c = 0; c < C; c += 1, k += 1) w[k] = q[k] * scale[r];
    weights[name] = w;
  }
  if (chars.length !== config.vocab_size) throw new Error(`词表有 ${chars.length} 个字，模型却要 ${config.vocab_size} 个`);
  return { config, chars, weights };
}

/** y ← W x，W 按行存；四行一起算，x 只读一遍，所以行数要是 4 的倍数。 */
function multiply(W, x, y, rows, columns) {
  for (let r = 0; r < rows; r += 4) {
    const k = r * columns, l = k + columns, m = l + columns, n = m + columns;
    let a = 0, b = 0, c = 0, d = 0;
    for (let i = 0; i < columns; i += 1) {
      const v = x[i];
      a += W[k + i] * v; b += W[l + i] * v; c += W[m + i] * v; d += W[n + i] * v;
    }
    y[r] = a; y[r + 1] = b; y[r + 2] = c; y[r + 3] = d;
  }
}

function normalize(x, gain, y, eps) {
  let squares = 0;
  for (const v of x) squares += v * v;
  const scale = 1 / Math.sqrt(squares / x.length + eps);
  for (let i = 0; i < x.length; i += 1) y[i] = x[i] * scale * gain[i];
}

/** 读过的字留着键和值。 */
export class Model {
  constructor({ config, chars, weights }) {
    const { context: T, vocab_size: V, n_layers: L, d_model: d, n_heads: h, n_kv_heads: g, d_ff: ff, rope_base: base, tied } = config;
    const dh = d / h, floats = (n) => new Float32Array(n);
    const get = (name, n) => {
      if (weights[name]?.length !== n) throw new Error(`权重文件缺少 ${name}，或它不是 ${count(n)} 个数`);
      return weights[name];
    };
    if (g !== h || !tied || V % 4 || d % 4 || ff % 4) throw new Error("不认识的结构：只会各头自有键值、共用词嵌入、宽是 4 的倍数的模型");
    Object.assign(this, { config, chars, dh, ids: new Map(chars.map((c, i) => [c, i])), E: get("embedding.weight", V * d), last: get("final_norm.gain", d) });
    this.blocks = Array.from({ length: L }, (_, l) => [["attention_norm.gain", d], ...["q", "k", "v", "o"].map((c) => [`attention.W_${c}.weight`, d * d]),
      ["feed_forward_norm.gain", d], ...[1, 3, 2].map((i) => [`feed_forward.W_${i}.weight`, ff * d])].map(([name, n]) => get(`blocks.${l}.${name}`, n)));
    this.angles = Array.from({ length: T }, (_, t) => [Math.cos, Math.sin].map((f) => Float32Array.from({ length: dh / 2 }, (__, i) => f(t * base ** ((-2 * i) / dh)))));
    this.keys = this.blocks.map(() => floats(T * d));
    this.values = this.blocks.map(() => floats(T * d));
    this.seen = this.blocks.map(() => floats(h * T * T)); // 注意力：[层][头, 位置, 看谁]
    Object.assign(this, { x: floats(d), y: floats(d), z: floats(d), q: floats(d), gate: floats(ff), up: floats(ff), tokens: [], logits: [] });
  }

  get length() { return this.tokens.length; }

  /** 读一个编号 → 下一个字的得分 (V,)，以后不改写。 */
  step(id) {
    const { E, x, y, z, q, gate, up, length: t, config: { context: T, vocab_size: V, n_layers: L, d_model: d, n_heads: h, d_ff: ff, eps } } = this;
    if (!(Number.isInteger(id) && id >= 0 && id < V)) throw new RangeError(`编号应在 0–${V - 1}，得到 ${id}。`);
    if (t >= T) throw new RangeError(`上下文只有 ${T} 个字，满了。`);
    x.set(E.subarray(id * d, (id + 1) * d));
    for (let l = 0; l < L; l += 1) {
      const [g1, Wq, Wk, Wv, Wo, g2, W1, W3, W2] = this.blocks[l], keys = this.keys[l], values = this.values[l], k = keys.subarray(t * d, (t + 1) * d);
      normalize(x, g1, y, eps);
      multiply(Wq, y, q, d, d);
      multiply(Wk, y, k, d, d);
      multiply(Wv, y, values.subarray(t * d, (t + 1) * d), d, d);
      this.rotate(q, t);
      this.rotate(k, t);
      z.fill(0);
      for (let a = 0; a < h; a += 1) this.attend(a, t, q, keys, values, this.seen[l].subarray((a * T + t) * T, (a * T + t + 1) * T), z);
      multiply(Wo, z, y, d, d);
      for (let i = 0; i < d; i += 1) x[i] += y[i];
      normalize(x, g2, y, eps);
      multiply(W1, y, gate, ff, d);
      multiply(W3, y, up, ff, d);
      for (let i = 0; i < ff; i += 1) gate[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
      multiply(W2, gate, y, d, ff);
      for (let i = 0; i < d; i += 1) x[i] += y[i];
    }
    const out = new Float32Array(V);
    normalize(x, this.last, y, eps);
    multiply(E, y, out, V, d);
    this.tokens.push(id);
    this.logits.push(out);
    return out;
  }

  /** 旋转位置：每头前一半与后一半配对。 */
  rotate(v, t) {
    const [cos, sin] = this.angles[t], half = this.dh / 2;
    for (let o = 0; o < v.length; o += this.dh) {
      for (let i = 0; i < half; i += 1) {
        const a = v[o + i], b = v[o + i + half];
        v[o + i] = a * cos[i] - b * sin[i];
        v[o + i + half] = a * sin[i] + b * cos[i];
      }
    }
  }

  /** 第 a 个头：得分、softmax、加权平均；权重写进 row。 */
  attend(a, t, q, keys, values, row, out) {
    const { dh, config: { d_model: d } } = this, o = a * dh, scale = 1 / Math.sqrt(dh);
    let top = -Infinity, total = 0;
    for (let s = 0; s <= t; s += 1) {
      let dot = 0;
      for (let i = 0, k = s * d + o; i < dh; i += 1, k += 1) dot += q[o + i] * keys[k];
      row[s] = dot * scale;
      top = Math.max(top, row[s]);
    }
    for (let s = 0; s <= t; s += 1) total += row[s] = Math.exp(row[s] - top);
    for (let s = 0; s <= t; s += 1) {
      const p = (row[s] /= total);
      for (let i = 0, k = s * d + o; i < dh; i += 1, k += 1) out[o + i] += p * values[k];
    }
  }

  /** 退到只读过前 n 个字。 */
  rewind(n) {
    if (!(Number.isInteger(n) && n >= 0 && n <= this.length)) throw new RangeError(`只能退到 0–${this.length}，得到 ${n}。`);
    this.tokens.length = this.logits.length = n;
  }

  /** 读成这一串编号，与上次相同的开头不重算 → 各位置的得分。 */
  read(ids) {
    let n = 0;
    while (n < ids.length && ids[n] === this.tokens[n]) n += 1;
    this.rewind(n);
    for (; n < ids.length; n += 1) this.step(ids[n]);
    return this.logits;
  }

  /** 第 t 个位置的一行注意力，长 t + 1；层、头、位置都从 0 数。 */
  row(layer, head, t) {
    const { config: { n_layers: L, n_heads: h, context: T } } = this;
    for (const [name, i, n] of [["层", layer, L], ["头", head, h], ["位置", t, this.length]]) if (![...Array(n).keys()].includes(i)) throw new RangeError(`${name}应在 0–${n - 1}，得到 ${i}。`);
    return this.seen[layer].slice((head * T + t) * T, (head * T + t) * T + t + 1);
  }

  /** 文字 → {ids, outside: [[第几个, 字]……]}，按码位数。 */
  encode(text) {
    const ids = [], outside = [];
    [...text].forEach((c, i) => (this.ids.has(c) ? ids.push(this.ids.get(c)) : outside.push([i + 1, c])));
    return { ids, outside };
  }
}

/** 各位置的得分与编号 → 每个字付的比特，log₂(1/p)；第 0 个是开头的换行，不付。 */
export function surprisals(logits, ids) {
  return ids.slice(1).map((id, t) => {
    const z = logits[t], top = z.reduce((a, b) => Math.max(a, b));
    let total = 0;
    for (const v of z) total += Math.exp(v - top);
    return (Math.log(total) + top - z[id]) / Math.LN2;
  });
}

/** 比特 → {total, mean, perplexity}；没有字就没有平均，是 null。 */
export function summary(bits) {
  const total = sum(bits), mean = bits.length ? total / bits.length : null;
  return { total, mean, perplexity: mean === null ? null : 2 ** mean };
}

/** 从大到小的编号；并列时编号小的在前。 */
export const ranking = (p) => Array.from(p, (_, i) => i).sort((i, j) => p[j] - p[i] || i - j);

/** 最大的 m 个照旧，其余清零；并列时编号小的先留。sorted 是从小到大排好的 p。 */
function keepLargest(p, sorted, m) {
  if (m >= p.length) return;
  const edge = sorted[p.length - m];
  let ties = m;
  for (const x of p) if (x > edge) ties -= 1;
  for (let i = 0; i < p.length; i += 1) if (p[i] < edge || (p[i] === edge && ties-- <= 0)) p[i] = 0;
}

function divide(p) {
  let total = 0;
  for (const x of p) total += x;
  for (let i = 0; i < p.length; i += 1) p[i] /= total;
}

/** 得分 → 真正用来抽的分布：温度 → top-k → top-p；k 是 null、p 是 1 不截。 */
export function distribution(logits, { t = 1, k = null, p: threshold = 1 } = {}) {
  if (!(t >= 0)) throw new RangeError(`温度应为非负数，得到 ${t}。`);
  if (!(k === null || (Number.isInteger(k) && k >= 1))) throw new RangeError(`k 应为正整数，得到 ${k}。`);
  if (!(threshold > 0 && threshold <= 1)) throw new RangeError(`p 应大于 0、不超过 1，得到 ${threshold}。`);
  const n = logits.length, p = new Float64Array(n);
  let best = 0;
  for (let i = 1; i < n; i += 1) if (logits[i] > logits[best]) best = i;
  if (t === 0) p[best] = 1;
  else for (let i = 0; i < n; i += 1) p[i] = Math.exp((logits[i] - logits[best]) / t);
  divide(p);
  if (k !== null) {
    keepLargest(p, p.slice().sort(), k);
    divide(p);
  }
  if (threshold === 1) return p;
  const sorted = p.slice().sort();
  let m = 0, before = 0;
  while (m < n && (m === 0 || before < threshold - CLOSE)) before += sorted[n - 1 - m++]; // 排在它前面的还不够，就轮到它
  keepLargest(p, sorted, m);
  divide(p);
  return p;
}

/** 熵，比特。 */
export const entropy = (p) => p.reduce((total, x) => total + (x > 0 ? x * Math.log2(1 / x) : 0), 0);

/** 种子 → n 个 (0, 1) 里的数：s ← 48271 s mod (2³¹ − 1)，先空转四次。 */
export function uniforms(seed, n) {
  const M = 2147483647, out = [];
  let s = seed;
  for (let i = -4; i < n; i += 1) {
    s = (48271 * s) % M;
    if (i >= 0) out.push(s / M);
  }
  return out;
}

/** 累积和第一次超过 u 的编号；概率为 0 的不抽。 */
export function draw(p, u) {
  const target = u * sum(p);
  let total = 0, last = 0;
  for (let i = 0; i < p.length; i += 1) {
    if (p[i] > 0) last = i;
    if ((total += p[i]) > target) return i;
  }
  return last;
}

const LIMITS = {
  t: [(x) => x >= 0, "温度要填不小于 0 的数"],
  k: [(x) => Number.isInteger(x) && x >= 1 && x <= 999999, "k 要填 1–999,999 的整数"],
  p: [(x) => x > 0 && x <= 1, "p 要填大于 0、不超过 1 的数"],
  seed: [(x) => Number.isInteger(x) && x >= 1 && x <= 9999, "种子要填 1–9,999 的整数"],
};

/** 读一个数：容许全角、千位逗号与“∞”；不合格时给一句能照着改的话。 */
export function readNumber(key, text) {
  const raw = String(text ?? ""), [good, wanted] = LIMITS[key];
  const plain = raw.normalize("NFKC").replace(/(\d),(?=\d{3})/g, "$1").trim();
  const value = plain === "∞" ? Infinity : /^[\d.]+(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  if (good(value)) return { value };
  return { error: `${wanted}，现在${raw.trim() ? `是“${raw.slice(0, 16)}”` : "空着"}` };
}
