// <book-mask-board>：注意力掩码与 KV 缓存实验台。算式都在 mask-board-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { KINDS, PRESETS, account, bytes, count, divisors, flops, generation, grid, kept, pairs, ranges,
  readCount, times, windowed } from "./mask-board-model.js";

const SENTENCE = [..."小猫追线球撞倒花瓶它吓了一大跳。"]; // 一个字算一个词元
const LONGEST = 1048576;
const KIND_TEXT = {
  full: ["全可见", "每个词元看得见整句，包括后面的。编码器用它；逐词生成用不了。"],
  causal: ["因果", "只看自己和前面：预测下一个词元时，答案不会漏进来。"],
  prefix: ["前缀", "前缀里的词元互相看得见，之后的只看自己和前面。"],
  window: ["滑动窗口", "只看最近 w 个词元，自己算一个。"],
  "window-sinks": ["窗口＋汇聚", "最近 w 个，加上句首 s 个汇聚词元（sink）。"],
  document: ["文档打包", "几篇文档接成一条训练序列，各看各的，不跨文档。"],
};
const PRESET_TEXT = {
  "gpt-3": ["GPT-3（2020）", "MHA。论文里的局部稀疏层也按全长算。"],
  "llama-2-7b": ["Llama-2-7B（2023）", "MHA：每个查询头都有自己的 K、V。"],
  "falcon-7b": ["Falcon-7B（2023）", "MQA：71 个查询头共用一个 KV 头。"],
  "mistral-7b-v0.1": ["Mistral-7B-v0.1（2023）", "GQA，每层只看最近 4,096 个词元。"],
  "llama-3-8b": ["Llama-3-8B（2024）", "GQA：每 4 个查询头共用一个 KV 头。"],
  "gpt-oss-120b": ["gpt-oss-120b（2025）", "GQA，一半的层只看最近 128 个词元。"],
};
const PARAMS = { // 名字：[标签, 最小, 最大（T：不超过词元数）, 哪些掩码用它, 属性名]
  T: ["词元数 T", 4, 16, KINDS, "tokens"],
  window: ["窗口 w", 1, "T", ["window", "window-sinks"], "window"],
  n_sinks: ["汇聚 s", 0, 4, ["window-sinks"], "sinks"],
  n_prefix: ["前缀 P", 1, "T", ["prefix"], "prefix"],
  doc_len: ["每篇长", 1, "T", ["document"], "doc"],
};
const FIELDS = { // 名字：[标签, 最小, 最大, 只有窗口类才显示]
  n_layers: ["层数 L", 1, 1000],
  n_heads: ["查询头 h", 1, 1024],
  d_head: ["头宽 d_h", 1, 4096],
  length: ["真实长度", 1, LONGEST],
  window: ["真实窗口", 1, LONGEST, true],
  n_window_layers: ["窗口层数", 0, 1000, true],
};
const BYTES = { 4: "4（fp32）", 2: "2（bf16）", 1: "1（fp8）", 0.5: "0.5（int4）" };
const MODES = { look: "看掩码", step: "逐词生成" };
const CHOICES = { kind: KIND_TEXT, mode: MODES, preset: PRESETS };
const LIMITS = { row: [1, 16], length: [1, LONGEST], tokens: [4, 16], window: [1, 16], sinks: [0, 4], prefix: [1, 16],
  doc: [1, 16] };

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);
--b:var(--c1,#ad5118);--c:var(--c2,#0f5340)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:1560px;color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:14px 28px}.cols+.cols{margin-top:18px;padding-top:16px;border-top:1px solid var(--line)}
.t{font-size:15px;font-weight:700}.t small{font-weight:400;color:var(--mut)}
.set,.read,.out{display:grid;gap:10px;align-content:start}
fieldset{border:0;display:grid;gap:6px;grid-template-columns:repeat(3,1fr)}.modes{grid-template-columns:1fr 1fr}
legend{position:absolute;clip-path:inset(50%)}
.pill{position:relative}.pill input{position:absolute;width:100%;height:100%;opacity:0;cursor:pointer}
.pill span,button{display:block;text-align:center;padding:5px 2px;border:1px solid var(--mut);border-radius:6px}
.pill span,button{min-height:36px}.pill :checked+span{background:var(--a);border-color:var(--a);color:var(--bg);font-weight:600}
:focus-visible,.pill :focus-visible+span{outline:3px solid var(--b);outline-offset:2px}
.why,.about{color:var(--mut)}.why,.say{min-height:3.2em}.say.long{min-height:8em}
.params{display:grid;grid:auto/auto-flow 1fr;gap:14px}
label{display:block}b{font-weight:600}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
.plot{max-width:420px;margin:auto;border-radius:6px;cursor:pointer;touch-action:manipulation}
svg{display:block;width:100%;height:auto;font-size:13px}
text{fill:var(--fg);text-anchor:middle;dominant-baseline:central}.m{fill:var(--mut)}.s{font-size:10px}.h{font-weight:700}
rect,path{fill:none}.no{stroke:var(--line)}.yes{fill:var(--a);opacity:.3}.on{fill:var(--a)}.new{fill:var(--b)}
.band{stroke:var(--fg);stroke-width:1.5}.gone{stroke:var(--mut);stroke-dasharray:2 2}.re{stroke:var(--a);opacity:.8}
.d0{stroke:var(--c);stroke-width:3}.d1{stroke:var(--b);stroke-width:3}
.legend{display:flex;flex-wrap:wrap;gap:0 14px;list-style:none;color:var(--mut);font-size:13px;min-height:4.8em;
align-content:start;margin-top:6px}
.legend svg{display:inline-block;width:14px;vertical-align:-2px;margin-right:4px}
.steps{display:grid;grid-template-columns:1fr 1fr;gap:6px}
button,select,.num{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;
min-height:36px;padding:2px 6px;width:100%}
button,select{cursor:pointer}:disabled{opacity:.45;cursor:default}
dl>div{display:flex;justify-content:space-between;gap:12px;padding:3px 0;border-top:1px solid var(--line)}
dt{color:var(--mut)}dd{font-weight:600;text-align:right}
.fields{display:grid;grid-template-columns:repeat(3,1fr);gap:8px 10px}.wide{grid-column:1/-1}
[aria-invalid=true]{border:2px solid var(--b)}
.err{display:block;color:var(--b);font-size:13px;line-height:1.4}:empty:is(.err,.notes){display:none}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}
.stale{color:var(--mut)}.stale i{opacity:.4}
.bars{display:grid;grid-template-columns:auto 1fr auto;gap:6px 10px;align-items:center}
.bars i{height:14px;background:var(--mut);border-radius:2px;min-width:1px}.bars .me{background:var(--a)}
.bars b{text-align:right}
@media (pointer:coarse){button,select,.num,.pill span{min-height:44px}.pill span{padding:10px 2px}[type=range]{height:44px}}
@media (prefers-reduced-motion:no-preference){.bars i{transition:width .2s}}
@container (min-width:600px){.board{min-height:max(840px,min(978px,461px + 57cqi));padding:20px}.cols{grid-template-columns:1fr 1fr}
.t{grid-column:1/-1}.mask{grid-template-rows:auto auto 1fr}.view{grid-area:2/1/4/2}}
`;

const pills = (group, map) => Object.entries(map).map(([value, text]) =>
  `<label class="pill"><input type="radio" name="${group}" value="${value}"><span>${text}</span></label>`).join("");
const options = (map) => Object.entries(map).map(([value, text]) => `<option value="${value}">${text}</option>`).join("");
const names = (map) => Object.fromEntries(Object.entries(map).map(([key, text]) => [key, text[0]]));
const field = (name) => `<label>${FIELDS[name][0]}<input class="num" inputmode="numeric" autocomplete="off"
data-field="${name}" aria-describedby="e-${name}"><span class="err" id="e-${name}"></span></label>`;

const html = () => `<div class="notes" role="status"></div>
<div class="cols mask" role="group" aria-labelledby="t1">
<p class="t" id="t1">一、谁能看见谁 <small>一个字算一个词元</small></p>
<div class="set"><fieldset><legend>掩码种类</legend>${pills("kind", names(KIND_TEXT))}</fieldset><p class="why"></p>
<div class="params">${Object.entries(PARAMS).map(([name, [text, min]]) => `<label>${text} <b></b>
<input type="range" data-param="${name}" min="${min}"></label>`).join("")}</div></div>
<div class="view"><div class="plot" role="slider" tabindex="0" aria-label="选一行查询，用方向键移动"
aria-orientation="vertical" aria-valuemin="1"><svg viewBox="0 0 362 412" aria-hidden="true"></svg></div>
<ul class="legend"></ul></div>
<div class="read"><div class="steps"><fieldset class="modes"><legend>怎么看</legend>${pills("mode", MODES)}</fieldset>
<div class="modes steps"><button type="button" data-go="-1"></button><button type="button" data-go="1"></button></div></div>
<p class="say" aria-live="polite" aria-atomic="true"></p>
<dl><div><dt>能看见的格子</dt><dd class="seen"></dd></div><div><dt class="upto"></dt><dd class="with"></dd></div>
<div><dt>若每步整句重算</dt><dd class="rerun"></dd></div></dl></div></div>
<div class="cols" role="group" aria-labelledby="t2">
<p class="t" id="t2">二、缓存占多少</p>
<div class="fields"><label class="wide">模型<select data-preset><option value="">自定义</option>${
  options(names(PRESET_TEXT))}</select></label><p class="wide about"></p>
${field("n_layers")}${field("n_heads")}${field("d_head")}<label>字节/数 b<select data-bytes>${options(BYTES)}</select></label>
${field("length")}${field("window")}${field("n_window_layers")}
<label class="wide">KV 头 h_kv <b class="kv"></b><input type="range" data-kv min="0"></label></div>
<div class="out"><p class="err stop" role="status"></p><p class="big"></p>
<div class="bars"><span>MHA，全长</span><i></i><b></b><span>现在</span><i class="me"></i><b></b><span>MQA，全长</span><i></i><b></b></div>
<p class="cost" aria-live="polite"></p></div></div>`;

class MaskBoard extends Board {
  static observedAttributes = Object.keys({ ...CHOICES, ...LIMITS }).map((name) => `data-${name}`);

  constructor() {
    super(CSS);
    this.state = { kind: "causal", mode: "look", row: 5, T: 10, window: 4, n_sinks: 1, n_prefix: 4, doc_len: 5,
      length: 8192, spec: { ...PRESETS["llama-3-8b"] } };
  }

  attributeChangedCallback(attribute, _, text) {
    const key = attribute.slice(5), choices = CHOICES[key];
    delete this.notes[key];
    if (text !== null) {
      const read = !choices ? readCount(text, ...LIMITS[key]) : Object.hasOwn(choices, text) ? { value: text } :
        { error: `要填 ${Object.keys(choices).join("、")} 之一，现在是“${text.slice(0, 16)}”` };
      if (read.error) this.notes[key] = `属性 ${attribute}：${read.error}。没有采用。`;
      else if (key === "preset") this.usePreset(text);
      else if (key === "kind") this.useKind(text);
      else this.state[Object.keys(PARAMS).find((name) => PARAMS[name][4] === key) ?? key] = read.value;
    }
    this.draw();
  }

  usePreset(name) {
    const s = this.state, bytes_per_number = s.spec.bytes_per_number;
    s.spec = { ...PRESETS[name], bytes_per_number };
    if (Boolean(s.spec.window) !== windowed(s.kind)) s.kind = s.spec.window ? "window" : "causal";
    this.errors = this.errors.length ? { length: this.errors.length } : {};
  }

  useKind(kind) {
    const { spec } = this.state;
    this.state.kind = kind;
    if (windowed(kind) && !spec.window) Object.assign(spec, { window: 4096, n_window_layers: spec.n_layers });
  }

  // 状态里存读者想要的值；用之前收进当前 T 容得下的范围。
  now() {
    const s = this.state, fit = (n, low = 1) => Math.min(Math.max(n, low), s.T);
    const shape = { window: fit(s.window), n_sinks: s.n_sinks, n_prefix: fit(s.n_prefix), doc_len: fit(s.doc_len) };
    const first = s.kind === "prefix" ? shape.n_prefix : 1, low = s.mode === "step" ? first : 1;
    return { ...s, ...shape, shape, first, low, row: fit(s.row, low) };
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const s = this.state, plot = this.$(".plot");
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el);
      this.draw();
    }));
    on("[name=kind]", "change", (el) => this.useKind(el.value));
    on("[name=mode]", "change", (el) => { s.mode = el.value; });
    on("[data-param]", "input", (el) => { s[el.dataset.param] = +el.value; });
    on("[data-preset]", "change", (el) => el.value && this.usePreset(el.value));
    on("[data-bytes]", "change", (el) => { s.spec.bytes_per_number = +el.value; });
    on("[data-kv]", "input", (el) => { s.spec.n_kv_heads = divisors(s.spec.n_heads)[el.value]; });
    on("[data-field]", "input", (el) => this.edit(el.dataset.field, el.value));
    on("[data-field]", "blur", () => {}); // 离开时把数写整齐
    on("[data-go]", "click", (el) => this.go(+el.dataset.go));
    const point = (event) => {
      const box = plot.getBoundingClientRect();
      const row = Math.ceil((((event.clientY - box.top) / box.height) * 412 - 40) / (316 / s.T));
      if (row < 1 || row > s.T || row === s.row) return;
      s.row = row;
      this.draw();
    };
    plot.addEventListener("pointermove", (event) => event.pointerType === "mouse" && s.mode === "look" &&
      point(event));
    plot.addEventListener("click", point);
    plot.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -99, End: 99 }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.go(by);
      this.draw();
    });
  }

  go(by) {
    const { row, low, T } = this.now();
    this.state.row = Math.min(T, Math.max(low, row + by));
  }

  edit(name, text) {
    const s = this.state, { spec } = s, [, min, max] = FIELDS[name];
    const { value, error } = readCount(text, min, name === "n_window_layers" ? spec.n_layers : max);
    delete this.errors[name];
    if (error) this.errors[name] = error;
    else if (name === "length") s.length = value;
    else {
      if (name === "n_heads") spec.n_kv_heads = divisors(value).findLast((d) => d <= spec.n_kv_heads);
      if (name === "n_layers" && (spec.n_window_layers === spec.n_layers || spec.n_window_layers > value)) {
        spec.n_window_layers = value;
      }
      spec[name] = value;
    }
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    const now = this.now();
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) =>
      Object.assign(document.createElement("p"), { textContent })));
    this.drawControls(now);
    this.drawMask(now);
    this.drawCache(now);
  }

  drawControls(now) {
    this.$(`[value=${now.kind}]`).checked = this.$(`[value=${now.mode}]`).checked = true;
    this.text(".why", KIND_TEXT[now.kind][1]);
    for (const [name, [, , max, kinds]] of Object.entries(PARAMS)) {
      const input = this.$(`[data-param=${name}]`);
      input.parentNode.hidden = !kinds.includes(now.kind);
      input.max = max === "T" ? now.T : max;
      input.value = input.previousElementSibling.textContent = now[name];
    }
    const [back, next] = this.all("[data-go]"), unit = now.mode === "step" ? "步" : "行";
    back.textContent = `上一${unit}`;
    next.textContent = `下一${unit}`;
    back.disabled = now.row <= now.low;
    next.disabled = now.row >= now.T;
  }

  drawMask({ kind, mode, row, T, shape, first, n_prefix, n_sinks, doc_len }) {
    const mask = grid(kind, T, shape), step = mode === "step", size = 316 / T, inset = T < 8 ? 2 : 1;
    const gen = row >= first ? generation(mask, row, kind, first) : null;
    const seen = mask[row - 1].flatMap((yes, i) => (yes && (!step || i < row) ? [i + 1] : []));
    const x = (k) => 44 + (k - 1) * size, y = (q) => 40 + (q - 1) * size, parts = [];
    const box = (cls, k, top, height) => parts.push(`<rect class="${cls}" x="${x(k) + inset}" y="${top + inset}" width="${
      size - 2 * inset}" height="${height - 2 * inset}" rx="2"/>`);
    const text = (cls, px, py, value) => parts.push(`<text class="${cls}" x="${px}" y="${py}">${value}</text>`);
    const hatch = (l, t, a) => `<path class="re" d="M${l} ${t + a / 2}l${a / 2} ${-a / 2}M${l} ${t + a}l${a} ${-a}M${
      l + a / 2} ${t + a}l${a / 2} ${-a / 2}"/>`;
    const span = (cls, from, to) => parts.push(`<path class="${cls}" d="M${x(from) + 2} 36H${x(to + 1) - 2}"/>`);
    text("m s", 22, 13, "键 →");
    text("m s", 22, 28, "查询 ↓");
    for (let i = 1; i <= T; i += 1) {
      text(seen.includes(i) ? "h" : "m", x(i) + size / 2, 11, SENTENCE[i - 1]);
      text("m s", x(i) + size / 2, 26, i);
      text("m s", 13, y(i) + size / 2, i);
      text(i === row ? "h" : "m", 31, y(i) + size / 2, SENTENCE[i - 1]);
      for (let k = 1; k <= T; k += 1) {
        const yes = mask[i - 1][k - 1] && !(step && Math.max(i, k) > row), fresh = step && i >= gen.fresh;
        box(!yes ? "no" : fresh ? "new" : i === row ? "on" : "yes", k, y(i), size);
        if (yes && step && !fresh) parts.push(hatch(x(k) + inset, y(i) + inset, size - 2 * inset));
      }
    }
    if (kind === "prefix") span("d0", 1, n_prefix);
    if (kind === "window-sinks" && n_sinks) span("d0", 1, n_sinks);
    for (let a = 1; kind === "document" && a <= T; a += doc_len) {
      span(((a - 1) / doc_len) % 2 ? "d1" : "d0", a, Math.min(a + doc_len - 1, T));
    }
    parts.push(`<rect class="band" x="44" y="${y(row)}" width="317" height="${size}" rx="3"/>`);
    for (const [name, top] of [["K", 366], ["V", 389]]) { // 底下两排：缓存里的键和值
      text("m h", 31, top + 11, name);
      for (let k = 1; k <= T; k += 1) {
        const own = step && k >= gen.fresh && k <= row, gone = step && gen.dropped.includes(k);
        box(own ? "new" : seen.includes(k) ? "on" : gone ? "gone" : "no", k, top, 22);
      }
    }
    this.$(".plot svg").innerHTML = parts.join("");
    const key = (cls, name, extra = "") => `<li><svg viewBox="0 0 14 14"><rect class="${cls}" x="1" y="1" width="12"
height="12" rx="2"/>${extra}</svg>${name}</li>`;
    this.$(".legend").innerHTML = step ? key("new", "这一步新算、新写") + key("on", "从缓存读的 K、V") +
      key("yes", "没有缓存就要重算", hatch(1, 1, 12)) + key("gone", "不再需要") + key("no", "还没有或看不见") :
      key("on", "选中的行看得见") + key("yes", "别的行看得见") + key("no", "看不见") + "<li>底下两排：要用到的 K、V</li>";

    const word = `第 ${row} 个词元“${SENTENCE[row - 1]}”`, plot = this.$(".plot"), all = pairs(mask);
    plot.setAttribute("aria-valuemax", T);
    plot.setAttribute("aria-valuenow", row);
    plot.setAttribute("aria-valuetext", word);
    this.$(".say").classList.toggle("long", step);
    this.text(".say", step ? this.tell(gen, kind, row, first) :
      `${word}能看见第 ${ranges(seen)} 个词元，共 ${seen.length} 个。`);
    this.text(".seen", `${all} / ${T * T} = ${((100 * all) / (T * T)).toFixed(1)}%`);
    this.text(".upto", gen ? `生成到第 ${row} 个，累计` : `前 ${n_prefix} 个一次算完`);
    this.text(".with", gen ? `${count(gen.total_cached)} 个得分` : "—");
    this.text(".rerun", gen ? `${count(gen.total_rerun)} 个（${gen.total_rerun > gen.total_cached ?
      `${times(gen.total_rerun / gen.total_cached)} 倍` : "一样多"}）` : "—");
  }

  tell(gen, kind, row, first) {
    const word = SENTENCE[row - 1], all = `${row} 行、${gen.scores_rerun} 个得分`;
    if (row === first) {
      return row > 1 ? `前缀的 ${row} 个词元一次算完：${all}，写入 ${row} 份 K、V。` :
        `第 1 步：缓存是空的。算“${word}”这一行的 1 个得分，写入第 1 份 K、V。`;
    }
    if (kind === "full") {
      return `第 ${row} 步：多了“${word}”，前面每一行都多看见一个词元，结果全变。${all}全部重算，缓存用不上。`;
    }
    return `第 ${row} 步：只算“${word}”这一行，${gen.scores_cached} 个得分；${gen.read.length ?
      `从缓存读第 ${ranges(gen.read)} 个词元的 K、V` : "缓存里没有用得上的 K、V"}，写入自己的一份。${gen.dropped.length ?
      `第 ${ranges(gen.dropped)} 个的 K、V 不再需要。` : ""}没有缓存，要重算 ${all}。`;
  }

  drawCache({ kind, length, spec, n_sinks }) {
    const win = windowed(kind), bad = [], sameAs = (p) => Object.keys(p).every((key) =>
      key === "bytes_per_number" || p[key] === (win || !key.includes("window") ? spec[key] : 0));
    const preset = Object.keys(PRESETS).find((name) => sameAs(PRESETS[name])) ?? "";
    this.$("[data-preset]").value = preset;
    this.$("[data-bytes]").value = spec.bytes_per_number;
    this.text(".about", preset ? PRESET_TEXT[preset][1] : "自定义：每个数都可以改。");
    for (const [name, [text, , , only]] of Object.entries(FIELDS)) {
      const input = this.$(`[data-field=${name}]`), hidden = Boolean(only && !win), error = this.errors[name] ?? "";
      input.parentNode.hidden = hidden;
      if (error && !hidden) bad.push(`“${text}”`);
      if (!error && this.shadowRoot.activeElement !== input) input.value = count(name === "length" ? length : spec[name]);
      input.setAttribute("aria-invalid", Boolean(error));
      this.text(`#e-${name}`, error);
    }
    const heads = divisors(spec.n_heads), group = spec.n_heads / spec.n_kv_heads, kv = this.$("[data-kv]");
    const style = group === 1 ? "MHA，每个查询头一份" : spec.n_kv_heads === 1 ? "MQA，全部共用" : `GQA，${group} 个查询头共用`;
    kv.max = heads.length - 1;
    kv.value = heads.indexOf(spec.n_kv_heads);
    kv.setAttribute("aria-valuetext", `${spec.n_kv_heads}，${style}`);
    this.text(".kv", `= ${spec.n_kv_heads}（${style}）`);

    const a = account(spec, length, kind, n_sinks), sizes = [a.mha_bytes, a.cache_bytes, a.mqa_bytes];
    this.text(".stop", bad.length ? `${bad.join("")}填得不对，下面还是上一组数。` : "");
    this.$(".out").classList.toggle("stale", bad.length > 0);
    this.text(".big", `每个词元写入 2 × ${spec.n_layers} 层 × ${spec.n_kv_heads} 头 × ${spec.d_head} 维 × ${
      spec.bytes_per_number} 字节 = ${count(a.bytes_per_token)} 字节${a.bytes_per_token < 1024 ? "" :
      `（${bytes(a.bytes_per_token)}）`}。`);
    sizes.forEach((size, i) => {
      this.all(".bars i")[i].style.width = `${(100 * size) / Math.max(...sizes)}%`;
      this.all(".bars b")[i].textContent = size ? bytes(size) : "无";
    });
    const ratio = a.mha_bytes / a.cache_bytes, open = spec.n_layers - spec.n_window_layers;
    const held = win ? `${open ? `${count(open)} 层全留，` : ""}${count(spec.n_window_layers)} 层各留 ${
      count(kept(kind, length, spec.window, n_sinks))} 个词元。` :
      kind === "document" ? "打包只用于训练；生成时按一篇的长度算。" : "";
    this.text(".cost", !a.cache_bytes ? `全可见没有能用的缓存：每多一个词元就整句重算，注意力要做 ${flops(a.flops)}。` :
      `${count(length)} 个词元的缓存是 ${bytes(a.cache_bytes)}，${ratio === 1 ? "与 MHA 一样大" :
        `同样配置的 MHA 是它的 ${times(ratio)} 倍`}。${held}算出这一个词元，注意力做 ${flops(a.flops)}，要把缓存读一遍：每读 1 字节算 ${
        times(a.flops_per_byte)} 次。`);
  }
}

if (!customElements.get("book-mask-board")) customElements.define("book-mask-board", MaskBoard);
