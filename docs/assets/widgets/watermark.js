// <book-watermark>：水印检测器。算式都在 watermark-model.js，这里只上色、读控件。
import { Board } from "./board.js";
import { START, TEXTS, Z_LINE, detect, edit, fixed, readNumber, readText, sayP } from "./watermark-model.js";

const EDITS = { substitute: ["替换一成", "换"], delete: ["删去一成", "删"], shuffle: ["打乱", "打乱"] };
const FIELDS = { key: ["钥匙", "numeric"], gamma: ["绿字的份额 γ", "decimal"], seed: ["种子", "numeric"] };
const OUT = { scored: "计分的字", green: "其中绿的", z: "z", p: "p 值" };
const PLAIN = { "\n": "↵", " ": "␣", "\t": "⇥", "　": "␣" };

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--r:var(--c1,#ad5118);--g:var(--c2,#0f5340)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(930px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:16px 28px}.cols>*{display:grid;gap:10px;align-content:start}
label{font-weight:600}
select,button,input,textarea{display:block;font:inherit;font-weight:400;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:3px 8px;width:100%}
select,button{cursor:pointer}textarea{height:132px;resize:vertical}
:focus-visible{outline:3px solid var(--r);outline-offset:2px}
[aria-invalid=true]{border:2px solid var(--r)}
.three{display:grid;grid-template-columns:1fr 1fr 1fr;gap:8px;align-items:end}.four{display:grid;grid-template-columns:1fr 1fr;gap:8px}
.err{color:var(--r);font-size:13px;line-height:1.4;min-height:2.8em}
.ink{font-size:18px;line-height:1.9;min-height:8em;max-height:20em;overflow:auto}
.ink span{padding-bottom:1px;margin:0 1px;border-bottom:3px solid transparent}
.green{color:var(--g);border-color:var(--g)!important}.red{color:var(--r);border-bottom:3px dotted var(--r)!important}.none{color:var(--mut)}
.legend,.trail{font-size:13px;line-height:1.5;color:var(--mut)}.trail{min-height:3em}
dl{display:grid;grid-template-columns:repeat(4,auto);gap:8px}dt{color:var(--mut);font-size:13px}dd{font-weight:600}
.say{min-height:4.8em}
@media (pointer:coarse){:host{--tall:48px;--wide:48px}button,select,input{min-height:44px}}
@container (min-width:600px){.board{min-height:calc(490px + var(--wide,0px));padding:20px}.cols{grid-template-columns:1fr 1fr}}
`;

const html = () => `<div class="cols"><div><label>从哪一段开始<select data-preset>${Object.entries(TEXTS).map(([key, { name }]) =>
  `<option value="${key}">${name}</option>`).join("")}</select></label>
<label>文字，随便改<textarea data-text spellcheck="false" autocomplete="off" aria-describedby="e"></textarea></label>
<div class="three">${Object.entries(FIELDS).map(([name, [text, mode]]) =>
  `<label>${text}<input data-field="${name}" inputmode="${mode}" autocomplete="off" aria-describedby="e"></label>`).join("")}</div>
<div class="four">${Object.entries(EDITS).map(([how, [text]]) => `<button type="button" data-edit="${how}">${text}</button>`).join("")}
<button type="button" data-reset>复位</button></div><p class="err" id="e" role="status"></p></div>
<div><div class="ink" role="img" tabindex="0"></div><p class="legend">绿字下面是实线，红字下面是点线；没有线的不计分：第一个字，或前面数过的一对。↵ 是换行。</p>
<dl>${Object.entries(OUT).map(([name, text]) => `<div><dt>${text}</dt><dd data-out="${name}"></dd></div>`).join("")}</dl>
<p class="say" aria-live="polite" aria-atomic="true"></p><p class="trail"></p></div></div>`;

class Watermark extends Board {
  constructor() {
    super(CSS);
    this.reset("marked");
  }

  reset(preset) {
    this.state = { ...START, preset, text: TEXTS[preset].text };
    this.errors = {};
    this.trail = [];
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const on = (selector, type, act) => this.all(selector).forEach((el) => el.addEventListener(type, () => { act(el); this.draw(); }));
    on("[data-preset]", "change", (el) => this.reset(el.value));
    on("[data-reset]", "click", () => this.reset(this.state.preset));
    on("[data-text]", "input", (el) => { this.state.text = el.value; this.trail = []; });
    on("[data-field]", "input", (el) => {
      const name = el.dataset.field, { value, error } = readNumber(name, el.value);
      delete this.errors[name];
      if (error) this.errors[name] = `${error}。没有采用。`;
      else this.state[name] = value;
      if (name !== "seed") this.trail = [];
    });
    on("[data-edit]", "click", (el) => this.change(el.dataset.edit));
  }

  measure() {
    const { key, gamma, text } = this.state, read = readText(text);
    return { ...detect(read.text, key, gamma), text: read.text, error: read.error };
  }

  change(how) {
    const s = this.state, before = this.measure(), say = ({ z }) => (z === null ? "没有定义" : fixed(z));
    if (!before.text) { this.errors.text = "没有字可改，先写几个字，或按“复位”。"; return; }
    if (!this.trail.length) this.trail = [`开头 ${say(before)}`];
    s.text = edit(how, before.text, s.seed);
    s.seed = (s.seed % 9999) + 1;
    delete this.errors.seed;
    this.trail.push(`${EDITS[how][1]} ${say(this.measure())}`);
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    const s = this.state, found = this.measure(), box = this.$("[data-text]");
    this.$("[data-preset]").value = s.preset;
    if (box.value !== s.text) box.value = s.text;
    for (const name of Object.keys(FIELDS)) {
      const field = this.$(`[data-field=${name}]`);
      field.setAttribute("aria-invalid", Boolean(this.errors[name]));
      if (!this.errors[name] && readNumber(name, field.value).value !== s[name]) field.value = s[name];
    }
    if (s.text) delete this.errors.text;
    this.text(".err", [found.error && `${found.error}。`, ...Object.values(this.errors)].filter(Boolean).join(" "));
    this.paint(found);
    this.text("[data-out=scored]", String(found.scored));
    this.text("[data-out=green]", String(found.green));
    this.text("[data-out=z]", found.z === null ? "没有定义" : fixed(found.z));
    this.text("[data-out=p]", found.p === null ? "没有定义" : sayP(found.p));
    this.text(".say", this.tell(found));
    this.text(".trail", this.trail.length ? `z 的经过：${this.trail.slice(-12).join("，")}。` : "按左边的按钮改几遍，这里记下 z 的经过。");
  }

  paint({ text, marks }) {
    const ink = this.$(".ink"), parts = [];
    [...text].forEach((c, i) => {
      const mark = marks[i], shown = PLAIN[c] ?? (/\p{C}/u.test(c) ? "·" : c);
      parts.push(Object.assign(document.createElement("span"), { className: mark === "green" || mark === "red" ? mark : "none", textContent: shown }));
      if (c === "\n") parts.push(document.createElement("br"));
    });
    ink.replaceChildren(...parts);
    const red = marks.flatMap((m, i) => (m === "red" ? [i + 1] : []));
    ink.setAttribute("aria-label", `上了色的文字，共 ${marks.length} 个字；${red.length ? `红字是第 ${red.slice(0, 100).join("、")} 个${red.length > 100 ? "……" : ""}` : "没有红字"}`);
  }

  tell({ scored, green, z, p, reason }) {
    if (z === null) return `z 没有定义：${reason}。`;
    const { gamma } = this.state;
    return `${scored} 个计分的字，碰巧该有 ${fixed(gamma * scored, 1)} 个绿的，数到 ${green} 个。碰巧这么多或更多的机会是 ${sayP(p)}。${
      z > Z_LINE ? "z 过了 4：有这把钥匙的记号。" : "z 没有过 4：认不出这把钥匙的记号，不等于没用模型。"}`;
  }
}

if (!customElements.get("book-watermark")) customElements.define("book-watermark", Watermark);
