// <book-temperature>：温度旋钮。算式都在 temperature-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { SOURCES, count, digits, draw as pick, entropy, readNumber, show, stages, survivors, uniforms } from
  "./temperature-model.js";

const KNOBS = { t: ["温度 T", 0, 3, 0.05], k: ["top-k", 1, 5, 1], p: ["top-p", 0.01, 1, 0.01], m: ["min-p", 0, 1, 0.01] };
const CLEAR = { t: 1, k: null, p: 1, m: 0 }; // k 是 null：不截
const ROWS = 10, DRAWS = 20;

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(1332px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:16px 28px}.cols>*{display:grid;gap:8px;align-content:start}
label{display:block}caption,.t{text-align:left;font-weight:700}small{font-weight:400;font-size:13px;color:var(--mut)}
select,button,.num{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;
padding:3px 8px;width:100%}
select,button{cursor:pointer}.num{text-align:right}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
[aria-invalid=true]{border:2px solid var(--b)}
.knob{display:grid;grid-template-columns:1fr 92px;gap:0 10px;align-items:center}.knob>:nth-child(n+3){grid-column:1/-1}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
.hint{font-size:13px;line-height:1.4;min-height:2.8em;color:var(--mut)}.err{color:var(--b)}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}.notes:empty{display:none}
.chart{min-height:395px;align-content:start;display:grid}
table{width:100%;border-collapse:collapse;table-layout:fixed}
table{height:372px}thead th{height:28px}th,td{padding:2px 3px;border-bottom:1px solid var(--line);font-weight:400;text-align:right;white-space:nowrap;font-size:13px}
thead th{color:var(--mut)}th:first-child{text-align:left;width:5.2em}tbody th{font-size:14px}.mid{text-align:left}.n{width:4em}.few{width:3em}
.bar{position:relative;height:16px}.big .bar{height:34px}.bar *{position:absolute;left:0;top:0;height:100%}
.was{border:1px solid var(--mut);border-left:0}.is{background:var(--a)}
.out{color:var(--mut)}.out th{text-decoration:line-through}
.say{min-height:6.4em}
dl{display:grid;grid-template-columns:1fr 1fr;gap:0 20px}dl>div{display:flex;justify-content:space-between;gap:6px;padding:3px 0;border-top:1px solid var(--line)}
dt{color:var(--mut)}dd{font-weight:600}
.again{display:grid;grid-template-columns:1fr 92px 1fr;gap:8px;align-items:center}
ol{list-style:none;display:grid;grid-template-columns:repeat(10,1fr);gap:4px}
li{text-align:center;border:1px solid var(--mut);border-radius:4px;min-height:30px;line-height:28px}
.rare{border:2px solid var(--b);line-height:26px}
@media (pointer:coarse){:host{--tall:120px;--wide:8px}button,select,.num,[type=range]{min-height:44px}}
@media (prefers-reduced-motion:no-preference){.is,.was{transition:width .2s}}
@container (min-width:600px){.board{min-height:calc(792px + var(--wide,0px));padding:20px}.cols{grid-template-columns:1fr 1.25fr}}
`;

/** 造一个元素；字一律用 textContent。 */
function make(tag, props = {}, ...children) {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...children);
  return el;
}

const number = (key, name, extra = "") => `<label for="f-${key}">${name}</label>
<input class="num" id="f-${key}" data-field="${key}" inputmode="decimal" autocomplete="off" aria-describedby="e-${key}">${extra}`;

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div><label>哪一张分布<select data-source>${Object.entries(SOURCES).map(([key, { name, before, p }]) =>
  `<option value="${key}">${name}，“${before}”之后，${p.length} 个</option>`).join("")}</select></label>
${Object.entries(KNOBS).map(([key, [name, min, max, step]]) => `<div class="knob">${number(key, name,
  `<input type="range" data-knob="${key}" min="${min}" max="${max}" step="${step}" aria-label="${name}，滑块">`)}
<p class="hint" id="e-${key}" role="status"></p></div>`).join("")}
<button type="button" data-clear>复位：T = 1，什么都不截</button></div>
<div><div class="chart"><table><caption><span class="at"></span> <small>空框原来，实条现在</small></caption><thead><tr><th scope="col">词元</th><th scope="col" class="mid">概率</th>
<th scope="col" class="n">原来</th><th scope="col" class="n">现在</th><th scope="col" class="few">抽到</th></tr></thead><tbody></tbody></table></div>
<p class="say" aria-live="polite" aria-atomic="true"></p>
<dl>${[["h0", "原来的熵"], ["h1", "现在的熵"], ["left", "还剩"], ["lost", "截掉的原概率"]].map(([key, name]) =>
  `<div><dt>${name}</dt><dd data-out="${key}"></dd></div>`).join("")}</dl>
<p class="t">照现在的分布抽 ${DRAWS} 次 <small>粗框：原来的前十名之外</small></p>
<ol></ol><div class="again">${number("seed", "种子", `<button type="button" data-again>换一组</button>`)}</div>
<p class="hint" id="e-seed" role="status"></p></div></div>`;

class Temperature extends Board {
  static observedAttributes = ["source", ...Object.keys(KNOBS), "seed"].map((name) => `data-${name}`);

  constructor() {
    super(CSS);
    this.state = { source: "five", seed: 1, ...CLEAR };
  }

  attributeChangedCallback(attribute, _, text) {
    const key = attribute.slice(5), names = Object.keys(SOURCES);
    delete this.notes[key];
    if (text !== null) {
      const { value, error } = key !== "source" ? readNumber(key, text) : names.includes(text) ? { value: text } :
        { error: `要填 ${names.join("、")} 之一，现在是“${text.slice(0, 16)}”` };
      if (error) this.notes[key] = `属性 ${attribute}：${error}。没有采用。`;
      else this.state[key] = value;
    }
    this.draw();
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const s = this.state;
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el);
      this.draw();
    }));
    on("[data-source]", "change", (el) => { s.source = el.value; });
    on("[data-knob]", "input", (el) => {
      const key = el.dataset.knob;
      s[key] = key === "k" && el.value === el.max ? null : +el.value;
      delete this.errors[key];
    });
    on("[data-field]", "input", (el) => {
      const key = el.dataset.field, { value, error } = readNumber(key, el.value);
      delete this.errors[key];
      if (error) this.errors[key] = error;
      else s[key] = value;
    });
    on("[data-field]", "blur", () => {}); // 离开时把数写整齐
    on("[data-clear]", "click", () => {
      Object.assign(s, CLEAR);
      this.errors = {};
    });
    on("[data-again]", "click", () => {
      s.seed = (s.seed % 9999) + 1;
      delete this.errors.seed;
    });
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) => make("p", { textContent })));
    const s = this.state, source = SOURCES[s.source];
    const steps = stages(source.p, { ...s, m: s.m || null }), now = steps.at(-1);
    const drawn = uniforms(s.seed, DRAWS).map((u) => pick(now, u));
    this.drawControls(source);
    this.drawChart(source, now, drawn);
    this.drawDraws(source, drawn);
    this.tell(source, steps);
  }

  drawControls({ p }) {
    const s = this.state, size = p.length, k = s.k ?? size;
    const hints = { t: s.t === 0 ? "只取第一名，就是贪心" : s.t === 1 ? "不变" : s.t < 1 ? "更尖" : s.t === Infinity ? "一样多" : "更平",
      k: s.k === null ? "不截" : s.k >= size ? `表里只有 ${size} 个，等于不截` : `最多留 ${k} 个`,
      p: s.p === 1 ? "不截" : `取到和不小于 ${s.p} 为止`, m: s.m === 0 ? "不用" : `不小于第一名的 ${s.m} 倍才留`,
      seed: "种子不变，就是同样二十个随机数：只有分布在变" };
    this.$("[data-source]").value = s.source;
    this.$("[data-knob=k]").max = size;
    for (const [key, hint] of Object.entries(hints)) {
      const value = key === "k" ? k : s[key], field = this.$(`[data-field=${key}]`), slider = this.$(`[data-knob=${key}]`);
      const error = this.errors[key] ?? "", line = this.$(`#e-${key}`);
      const said = value === Infinity ? "∞" : String(value);
      if (slider) {
        slider.value = Math.min(value, +slider.max);
        slider.setAttribute("aria-valuetext", `${said}，${hint}`);
      }
      if (!error && this.shadowRoot.activeElement !== field) field.value = said;
      field.setAttribute("aria-invalid", Boolean(error));
      line.classList.toggle("err", Boolean(error));
      this.text(`#e-${key}`, error ? `${error}。图还是 ${said} 的。` : hint);
    }
  }

  drawChart({ before, tokens, p }, now, drawn) {
    const rest = (q) => q.slice(ROWS).reduce((total, x) => total + x, 0);
    const top = Math.max(p[0], now[0], rest(p), rest(now)), width = (x) => `${((100 * x) / top).toFixed(2)}%`;
    const times = (test) => drawn.filter(test).length || "";
    const row = (name, was, is, hit) => {
      const bar = make("div", { className: "bar" }, ...[["is", is], ["was", was]].map(([className, x]) => make("span", { className })));
      const old = this.rows?.get(name)?.querySelectorAll(".bar span");
      bar.querySelectorAll("span").forEach((el, i) => { el.style.width = old?.[i]?.style.width ?? width([is, was][i]); });
      const tr = make("tr", { className: is ? "" : "out" }, make("th", { scope: "row", textContent: name }), make("td", {}, bar),
        make("td", { textContent: digits(was) }), make("td", { textContent: is ? digits(is) : "截掉" }), make("td", { textContent: hit }));
      return [name, tr, () => bar.querySelectorAll("span").forEach((el, i) => { el.style.width = width([is, was][i]); })];
    };
    const rows = tokens.slice(0, ROWS).map((token, i) => row(show(token), p[i], now[i], times((j) => j === i)));
    if (tokens.length > ROWS) rows.push(row(`其余 ${tokens.length - ROWS}`, rest(p), rest(now), times((j) => j >= ROWS)));
    this.text(".at", `“${before}”之后`);
    this.$("table").className = tokens.length > ROWS ? "" : "big";
    this.$("tbody").replaceChildren(...rows.map(([, tr]) => tr));
    this.rows = new Map(rows.map(([name, tr]) => [name, tr]));
    this.$("tbody").getBoundingClientRect(); // 先按旧的宽度排一次，再改：条子才会滑过去
    rows.forEach(([, , settle]) => settle());
  }

  drawDraws({ tokens }, drawn) {
    this.$("ol").replaceChildren(...drawn.map((i) => make("li", { textContent: show(tokens[i]), className: i >= ROWS ? "rare" : "" })));
  }

  tell({ tokens, p }, steps) {
    const now = steps.at(-1), [t, k, tp, m] = steps.map(survivors), h0 = entropy(p), h1 = entropy(now);
    const lost = p.reduce((total, x, i) => total + (now[i] ? 0 : x), 0);
    this.text(".say", `温度之后 ${t} 个，top-k 之后 ${k} 个，top-p 之后 ${tp} 个，min-p 之后 ${m} 个。最可能的是“${
      show(tokens[now.indexOf(Math.max(...now))])}”，${digits(Math.max(...now))}；熵从 ${h0.toFixed(3)} 变成 ${h1.toFixed(3)} 比特，相当于在 ${
      (2 ** h1).toFixed(1)} 个一样多的里面挑。`);
    const out = { h0: h0.toFixed(3), h1: h1.toFixed(3), left: `${count(m)} / ${count(p.length)}`, lost: digits(lost) };
    for (const [key, text] of Object.entries(out)) this.text(`[data-out=${key}]`, text);
  }
}

if (!customElements.get("book-temperature")) customElements.define("book-temperature", Temperature);
