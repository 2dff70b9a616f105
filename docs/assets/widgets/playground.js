// <book-playground>：小模型游乐场。算式在 playground-model.js；这里画图、读控件，按下“载入”才取权重，此外不发请求。
import { Board } from "./board.js";
import { Model, count, distribution, draw as pick, entropy, parse, ranking, readNumber, summary, surprisals, uniforms } from "./playground-model.js";

const KNOBS = { t: ["温度 T", 0, 3, 0.05], k: ["top-k", 1, 64, 1], p: ["top-p", 0.01, 1, 0.01] };
const CLEAR = { t: 1, k: null, p: 1 }; // k 是 null：不截
const VIEWS = { next: "下一个字", bits: "每字几比特", look: "注意力" };
const ROWS = 10;

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:14px;font-size:14px;line-height:1.6;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.on{min-height:1370px}.cols>:nth-child(2){min-height:590px}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.start,.cols,.cols>*{display:grid;gap:8px;align-content:start}.cols{gap:12px 28px}
label,legend,caption{text-align:left;font-weight:700}small{font-weight:400;font-size:13px;color:var(--mut)}
select,button,.num,textarea{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:3px 8px;width:100%}
textarea{display:block;font-size:16px;height:92px;resize:none}select,button,[type=range],fieldset label{cursor:pointer}
:focus-visible,fieldset label:focus-within{outline:3px solid var(--b);outline-offset:2px}
[aria-invalid=true],fieldset label:has(:checked){border:2px solid var(--b)!important}
.hint{font-size:13px;line-height:1.4;min-height:2.8em;color:var(--mut)}.err{color:var(--b)}
.two,.views,ol,.cells{display:grid;gap:8px;grid-template-columns:1fr 1fr}.views{grid-template-columns:repeat(3,1fr)}
.knob{display:grid;grid-template-columns:1fr 92px;align-items:center}.knob>:nth-child(n+3){grid-column:1/-1}
[type=range]{height:28px;width:100%;accent-color:var(--a)}
fieldset{border:0}fieldset label,li{position:relative;border:1px solid var(--mut);border-radius:6px;font-weight:400;text-align:center}
.views label{line-height:44px}
.say{min-height:6.4em}
table{width:100%;height:354px;border-collapse:collapse;table-layout:fixed}
th,td{padding:2px 3px;border-bottom:1px solid var(--line);font-weight:400;text-align:right;white-space:nowrap;font-size:13px}
thead th{color:var(--mut)}th:first-child{text-align:left;width:5.4em}.n{width:4em}
.bar{position:relative}.bar,.bar *{height:16px}.bar *{position:absolute;left:0}.was{border:1px solid var(--mut)}.is{background:var(--a)}
.out{color:var(--mut)}
ol,.cells{list-style:none;gap:3px;grid-template-columns:repeat(auto-fill,minmax(31px,1fr))}
li,.cells label{font-size:16px;line-height:1.2;height:42px;border-color:var(--line);padding-top:2px}
fieldset input{position:absolute;opacity:0;inset:0;width:100%;height:100%}
b{display:block;font-size:12px;font-weight:400}
@media (pointer:coarse){button,select,.num,[type=range]{min-height:44px}}
@container (min-width:600px){.on{min-height:770px}.board{padding:20px}.cols{grid-template:auto 1fr/1fr 1.25fr}.cols>:nth-child(2){grid-row:span 2}}
`;

function make(tag, props = {}, ...children) {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...children);
  return el;
}

const show = (c) => (c === "\n" ? "↵" : c);
const digits = (x) => (x === 0 ? "0" : x < 0.0005 ? "<0.001" : x.toFixed(3));
const percent = (x) => Math.round(100 * x);
const shade = (el, colour, share) => { el.style.background = `color-mix(in srgb,var(--${colour}) ${(36 * share).toFixed(1)}%,var(--bg))`; };
const number = (key, name, extra) => `<label for="f-${key}">${name}</label>
<input class="num" id="f-${key}" data-field="${key}" inputmode="decimal" autocomplete="off" aria-describedby="e-${key}">${extra}<p class="hint" id="e-${key}" role="status"></p>`;

const START = `<div class="start"><button type="button" data-load>载入模型（从本站取 1.2 MB）</button>
<p class="hint" id="e-load" role="status">不按不取。载入之后都在你的浏览器里算，你写的字不离开这一页。</p></div><slot></slot>`;

const app = ({ context, n_layers, n_heads }) => `<div class="cols">
<div><label for="text">开头，或你的一句 <small>最多 ${context - 1} 个字</small></label><textarea id="text" spellcheck="false" autocomplete="off" aria-describedby="e-text"></textarea>
<p class="hint" id="e-text" role="status"></p><div class="two">${[1, 24].map((n) => `<button type="button" data-write="${n}">续写 ${n} 个字</button>`).join("")}</div>
<button type="button" data-own>退回我写的</button></div>
<div><fieldset class="views"><legend>看什么</legend>${Object.entries(VIEWS).map(([key, name]) =>
  `<label><input type="radio" name="view" value="${key}">${name}</label>`).join("")}</fieldset><p class="say" aria-live="polite" aria-atomic="true"></p>
<table data-view="next"><caption>前十名 <small>空框原来，实条现在</small></caption><thead><tr><th scope="col">字</th><th scope="col">概率</th>
<th scope="col" class="n">原来</th><th scope="col" class="n">现在</th></tr></thead><tbody></tbody></table>
<ol data-view="bits" aria-label="每个字付几比特"></ol>
<div data-view="look"><div class="two">${[["layer", "层", n_layers], ["head", "头", n_heads]].map(([key, name, n]) =>
  `<label>${name}<select data-${key}>${Array.from({ length: n }, (_, i) => `<option value="${i}">第 ${i + 1} ${name}</option>`).join("")}</select></label>`).join("")}</div>
<fieldset class="cells"><legend>从哪个字往回看 <small>字下的数是百分比</small></legend></fieldset></div></div>
<div>${Object.entries(KNOBS).map(([key, [name, min, max, step]]) => `<div class="knob">${number(key, name,
  `<input type="range" data-knob="${key}" min="${min}" max="${max}" step="${step}" aria-label="${name}，滑块">`)}</div>`).join("")}
<div class="knob">${number("seed", "种子", "")}</div><div class="two"><button type="button" data-again>换一个种子</button><button type="button" data-clear>旋钮复位</button></div></div></div>`;

class Playground extends Board {
  constructor() {
    super(CSS);
    this.state = { text: "春雨过江城，", own: "春雨过江城，", seed: 1, view: "next", layer: 0, head: 0, at: null, ...CLEAR };
    this.$(".board").innerHTML = START;
    this.$("[data-load]").addEventListener("click", () => this.load());
  }

  async load() {
    if (this.loading) return;
    const board = this.$(".board"), say = (text) => this.text("#e-load", text);
    this.loading = true;
    say("正在取权重……");
    board.classList.add("on");
    try {
      const answer = await fetch(new URL("../models/tiny-lm.bin", import.meta.url));
      if (!answer.ok) throw new Error(`没有取到权重文件：服务器答 ${answer.status}`);
      this.model = new Model(parse(await answer.arrayBuffer()));
    } catch (error) {
      say(`${error instanceof TypeError ? "没有取到权重文件：网络断了？" : error.message}。可以再按一次。`);
      board.classList.remove("on");
    }
    this.loading = false;
    this.draw();
  }

  build() {
    this.built = true;
    const s = this.state, focused = this.shadowRoot.activeElement, turn = (key, value) => { s[key] = value; delete this.errors[key]; };
    this.$(".board").innerHTML = app(this.model.config);
    if (focused) this.$("#text").focus();
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, (event) => { edit(el, event); this.draw(); }));
    const back = () => { s.text = s.own; s.at = null; this.ended = false; };
    on("#text", "input", (el) => { s.own = el.value; back(); });
    on("[data-write]", "click", (el) => this.write(+el.dataset.write));
    on("[data-own]", "click", back);
    on("[data-clear]", "click", () => Object.entries(CLEAR).forEach(([key, value]) => turn(key, value)));
    on("[data-again]", "click", () => turn("seed", (s.seed % 9999) + 1));
    on("[data-knob]", "input", (el) => turn(el.dataset.knob, el.dataset.knob === "k" && el.value === el.max ? null : +el.value));
    on("[data-field]", "input", (el) => {
      const key = el.dataset.field, { value, error } = readNumber(key, el.value);
      if (error) this.errors[key] = error;
      else turn(key, value);
    });
    on("[data-field]", "blur", () => {});
    on(".views input", "change", (el) => { s.view = el.value; });
    for (const key of ["layer", "head"]) on(`[data-${key}]`, "change", (el) => { s[key] = +el.value; });
    on(".cells", "change", (_, event) => { s.at = +event.target.value; });
  }

  /** 读者的字 → 一句话；不合格时图留着上一句的。 */
  read() {
    const { model, state: { text } } = this, cap = model.config.context - 1, chars = [...text], n = chars.length, used = chars.slice(0, cap).join("");
    const { ids, outside } = model.encode(used), places = outside.slice(0, 3).map(([i, c]) => `第 ${i} 个“${c.trim() || "空格"}”`).join("、");
    this.bad = outside.length > 0;
    if (!this.bad) model.read([0, ...ids]);
    const full = n > cap ? `模型一次最多读 ${cap} 个字，现在有 ${count(n)} 个：` : "";
    if (this.bad) return `${full}${places}${outside.length > 3 ? `等 ${outside.length} 处` : ""}不在词表的 ${count(model.chars.length)} 个字里（标点只认，和。）。图还是上一句的。`;
    if (full) return `${full}只读前 ${cap} 个，后面的不算。`;
    if (this.ended) return "抽到了 ↵：这首诗写完了。";
    return n === 0 ? "空着：从第一个字猜起。" : n === cap ? "写满了。" : `${n} 个字，还写得下 ${cap - n} 个。`;
  }

  /** 第 i 个字用种子的第 i 个随机数，所以一个一个写与一次写完相同。 */
  write(n) {
    const { model, state: s } = this, cap = model.config.context, u = uniforms(s.seed, cap);
    this.read();
    if (this.bad) return;
    for (let i = 0; i < n && model.length < cap; i += 1) {
      const id = pick(distribution(model.logits.at(-1), s), u[model.length - 1]);
      this.ended = id === 0;
      if (this.ended) break;
      model.step(id);
      s.at = null;
    }
    s.text = model.tokens.slice(1).map((id) => model.chars[id]).join("");
  }

  draw() {
    if (!this.near || !this.model) return;
    if (!this.built) this.build();
    const { state: s, model } = this, hint = this.read();
    const box = this.$("#text"), wrong = this.bad || hint.startsWith("模型一次");
    if (box.value !== s.text) box.value = s.text;
    box.setAttribute("aria-invalid", wrong);
    this.$("#e-text").classList.toggle("err", wrong);
    this.text("#e-text", hint);
    this.drawKnobs();
    this.all("[data-view]").forEach((el) => { el.hidden = el.dataset.view !== s.view; });
    this.$(`[name=view][value=${s.view}]`).checked = true;
    this.text(".say", this[s.view](model.tokens.map((id) => show(model.chars[id]))));
  }

  drawKnobs() {
    const s = this.state, V = this.model.chars.length, k = s.k ?? V;
    const hints = { t: s.t === 0 ? "只取第一名" : s.t === 1 ? "不变" : s.t < 1 ? "更尖" : "更平", k: k >= V ? "不截" : `最多留 ${count(k)} 个`,
      p: s.p === 1 ? "不截" : `取到和不小于 ${s.p} 为止`, seed: "开头、旋钮、种子都不变，续写就不变" };
    for (const [key, hint] of Object.entries(hints)) {
      const value = key === "k" ? k : s[key], said = value === Infinity ? "∞" : String(value), error = this.errors[key] ?? "";
      const field = this.$(`[data-field=${key}]`), slider = this.$(`[data-knob=${key}]`);
      if (slider) {
        slider.value = Math.min(value, +slider.max);
        slider.setAttribute("aria-valuetext", `${said}，${hint}`);
      }
      if (!error && this.shadowRoot.activeElement !== field) field.value = said;
      field.setAttribute("aria-invalid", Boolean(error));
      this.$(`#e-${key}`).classList.toggle("err", Boolean(error));
      this.text(`#e-${key}`, error ? `${error}。图还是 ${said} 的。` : hint);
    }
  }

  next(tokens) {
    const { model, state: s } = this, z = model.logits.at(-1), was = distribution(z), now = distribution(z, s), ten = ranking(was).slice(0, ROWS);
    const rest = (p) => p.reduce((total, x, i) => total + (ten.includes(i) ? 0 : x), 0), left = now.reduce((n, x) => n + (x > 0), 0), h = entropy(now);
    const rows = [...ten.map((i) => [show(model.chars[i]), was[i], now[i]]), [`其余 ${count(was.length - ROWS)}`, rest(was), rest(now)]];
    const top = Math.max(was[ten[0]], now[ten[0]]);
    this.$("tbody").replaceChildren(...rows.map(([name, a, b], i) => {
      const bar = make("div", { className: "bar" }, ...[["is", b], ["was", a]].map(([className, x]) => { const el = make("span", { className }); el.style.width = `${(100 * x) / top}%`; return el; }));
      return make("tr", { className: b ? "" : "out" }, make("th", { scope: "row", textContent: name }), make("td", {}, i < ROWS ? bar : ""),
        make("td", { textContent: digits(a) }), make("td", { textContent: b ? digits(b) : "截掉" }));
    }));
    return `“${tokens.slice(-6).join("")}”之后最可能的是“${rows[0][0]}”，${digits(rows[0][2])}。模型的熵是 ${entropy(was).toFixed(3)} 比特，拧过之后 ${
      h.toFixed(3)}，相当于 ${(2 ** h).toFixed(1)} 个一样多的；还剩 ${count(left)} 个。`;
  }

  bits(tokens) {
    const bits = surprisals(this.model.logits, this.model.tokens), { total, mean, perplexity } = summary(bits);
    this.$("ol").replaceChildren(...bits.map((x, i) => {
      const el = make("li", { textContent: tokens[i + 1] }, make("b", { textContent: x.toFixed(1) }));
      shade(el, "b", Math.min(1, x / 12));
      return el;
    }));
    if (mean === null) return "还没有字，困惑度没有定义。";
    const dear = bits.indexOf(Math.max(...bits));
    return `${bits.length} 个字共 ${total.toFixed(1)} 比特，每字 ${mean.toFixed(2)}，困惑度 ${perplexity.toFixed(1)}。最贵的是第 ${dear + 1} 个“${tokens[dear + 1]}”，${bits[dear].toFixed(1)} 比特。`;
  }

  look(tokens) {
    const { model, state: s } = this, at = s.at ?? tokens.length - 1, row = model.row(s.layer, s.head, at), most = Math.max(...row), cells = this.$(".cells"), shown = tokens.join("");
    if (this.shown !== shown) {
      this.shown = shown;
      cells.querySelectorAll("label").forEach((el) => el.remove());
      cells.append(...tokens.map((c, value) => make("label", {}, make("input", { type: "radio", name: "at", value }), make("span", { textContent: c }), make("b"))));
    }
    cells.querySelectorAll("label").forEach((el, i) => {
      const [input, , b] = el.children, p = row[i] ?? 0;
      input.checked = i === at;
      input.setAttribute("aria-label", `第 ${i} 个“${tokens[i]}”，${i > at ? "看不见" : `${percent(p)}%`}`);
      b.textContent = i > at ? "–" : percent(p);
      shade(el, "a", p / most);
    });
    return `第 ${s.layer + 1} 层第 ${s.head + 1} 头，从第 ${at} 个“${tokens[at]}”往回看，占得最多的是${ranking(row).slice(0, 3).map((i) =>
      `第 ${i} 个“${tokens[i]}”${percent(row[i])}%`).join("、")}。`;
  }
}

if (!customElements.get("book-playground")) customElements.define("book-playground", Playground);
