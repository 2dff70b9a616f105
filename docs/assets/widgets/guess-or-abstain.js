// <book-guess-or-abstain>：猜还是不猜。算式都在 guess-or-abstain-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { LIMITS, TOY, compare, honestCut, percent, readNumber, signed, threshold, trueRate } from "./guess-or-abstain-model.js";

const FIELDS = { c: ["答错扣几分 c", 0.5], g: ["说大了多少 γ", 0.1] };
const WAYS = { guess: "全猜", trust: "信自己说的", honest: "按真的划线" };
const COLUMNS = { coverage: "作答", accuracy: "答了的对", score: "每题得分" };

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(800px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:18px 28px}.set,.read{display:grid;gap:12px;align-content:start}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
.place{display:grid;grid-template-columns:1fr 96px;gap:0 10px;align-items:center}.place>:nth-child(n+3){grid-column:1/-1}
.num{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:2px 6px;width:100%;text-align:right}
[aria-invalid=true]{border:2px solid var(--b)}
.hint,.legend{font-size:13px;line-height:1.4;color:var(--mut)}.hint{min-height:2.8em}.err{color:var(--b)}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}.notes:empty{display:none}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
svg{display:block;width:100%;max-width:420px;margin:auto;height:auto;font-size:13px}
text{fill:var(--fg);text-anchor:middle;dominant-baseline:central}.m{fill:var(--mut)}.l{text-anchor:start}.r{text-anchor:end}.tb{fill:var(--b)}
path{fill:none}.axis{stroke:var(--line)}.same{stroke:var(--mut);stroke-dasharray:5 4}.cut{stroke:var(--b);stroke-width:2}
.bar{fill:none;stroke:var(--mut)}.on{fill:var(--a);stroke:var(--a)}
.say{min-height:6.4em}
table{width:100%;border-collapse:collapse}th,td{padding:4px 0 4px 8px;border-bottom:1px solid var(--line);font-weight:400;text-align:right}
th{color:var(--mut)}th:first-child{text-align:left;padding-left:0}td{font-weight:600}caption{position:absolute;clip-path:inset(50%)}
@media (pointer:coarse){:host{--tall:48px;--wide:48px}.num{min-height:44px}[type=range]{height:44px}}
@container (min-width:345px){.board{min-height:calc(817px + var(--tall,0px))}}
@container (min-width:390px){.board{min-height:calc(850px + var(--tall,0px))}}
@container (min-width:425px){.board{min-height:calc(880px + var(--tall,0px))}}
@container (min-width:600px){.board{min-height:calc(500px + var(--wide,0px));padding:20px}
.cols{grid-template:auto 1fr/1fr 1fr}.view{grid-area:1/2/3/3}}
`;

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div class="set">${Object.entries(FIELDS).map(([name, [text, step]]) => `<div class="place"><label for="f-${name}">${text}</label>
<input class="num" id="f-${name}" data-field="${name}" inputmode="decimal" autocomplete="off" aria-describedby="e-${name}">
<input type="range" data-slide="${name}" aria-label="${text}，滑块" min="${LIMITS[name][0]}" max="${LIMITS[name][1]}" step="${step}">
<p class="hint" id="e-${name}"></p></div>`).join("")}</div>
<div class="view"><svg viewBox="0 0 362 300" aria-hidden="true"></svg>
<p class="legend">柱高是真的对几成，虚线是说的把握；蓝柱是信自己说的话而作答的题，橙线是门槛 t。</p></div>
<div class="read"><p class="say" aria-live="polite" aria-atomic="true"></p>
<table><caption>三种做法</caption><thead><tr><th scope="col">做法</th>${Object.values(COLUMNS).map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead>
<tbody>${Object.entries(WAYS).map(([way, text]) => `<tr><th scope="row">${text}</th>${Object.keys(COLUMNS).map((column) =>
  `<td data-out="${way}-${column}"></td>`).join("")}</tr>`).join("")}</tbody></table></div></div>`;

class GuessOrAbstain extends Board {
  static observedAttributes = Object.keys(LIMITS).map((name) => `data-${name}`);

  constructor() {
    super(CSS);
    this.state = { c: 3, g: 1 };
  }

  attributeChangedCallback(attribute, _, text) {
    const key = attribute.slice(5);
    delete this.notes[key];
    if (text !== null) {
      const { value, error } = readNumber(key, text);
      if (error) this.notes[key] = `属性 ${attribute}：${error}。没有采用。`;
      else this.state[key] = value;
    }
    this.draw();
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el, el.dataset.slide ?? el.dataset.field);
      this.draw();
    }));
    on("[data-slide]", "input", (el, name) => {
      this.state[name] = +el.value;
      delete this.errors[name];
    });
    on("[data-field]", "input", (el, name) => {
      const { value, error } = readNumber(name, el.value);
      delete this.errors[name];
      if (error) this.errors[name] = error;
      else this.state[name] = value;
    });
    on("[data-field]", "blur", () => {}); // 离开时把数写整齐
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) =>
      Object.assign(document.createElement("p"), { textContent })));
    this.drawControls();
    this.drawBars();
    this.tell();
  }

  drawControls() {
    const { c, g } = this.state;
    const hints = { c: `门槛 t = ${threshold(c).toFixed(3)}：把握高于它，作答才不亏`,
      g: `说 0.8 的题真的对 ${percent(trueRate(0.8, g), 1)}：${g === 1 ? "说多少对多少，是校准" : g > 1 ? "说大了" : "说小了"}` };
    for (const name of Object.keys(FIELDS)) {
      const slider = this.$(`[data-slide=${name}]`), field = this.$(`[data-field=${name}]`), error = this.errors[name] ?? "";
      const text = String(this.state[name]), line = this.$(`#e-${name}`);
      slider.value = text;
      slider.setAttribute("aria-valuetext", text);
      if (!error && this.shadowRoot.activeElement !== field) field.value = text;
      field.setAttribute("aria-invalid", Boolean(error));
      line.classList.toggle("err", Boolean(error));
      this.text(`#e-${name}`, error ? `${error}。图还是 ${text} 的。` : hints[name]);
    }
  }

  drawBars() {
    const { c, g } = this.state, t = threshold(c), x = (q) => 46 + 300 * q, y = (p) => 246 - 230 * p;
    const parts = [0, 0.5, 1].map((v) => `<path class="axis" d="M46 ${y(v)}H346"/><text class="m r" x="40" y="${y(v)}">${v}</text>
<text class="m" x="${x(v)}" y="260">${v}</text>`);
    TOY.forEach((q) => {
      const top = y(trueRate(q, g));
      parts.push(`<rect class="bar${q > t ? " on" : ""}" x="${x(q) - 11}" width="22" y="${top.toFixed(1)}" height="${(246 - top).toFixed(1)}"/>`);
    });
    parts.push(`<path class="same" d="M46 246L346 16"/><path class="cut" d="M46 ${y(t).toFixed(1)}H346"/>
<text class="tb l" x="50" y="${(y(t) > 40 ? y(t) - 11 : y(t) + 11).toFixed(1)}">门槛 ${t.toFixed(3)}</text>
<text class="m" x="196" y="284">说的把握，每根柱一成的题</text>`);
    this.$("svg").innerHTML = parts.join("");
  }

  tell() {
    const { c, g } = this.state, t = threshold(c), result = compare(c, g), { guess, trust, honest } = result;
    for (const way of Object.keys(WAYS)) {
      for (const column of Object.keys(COLUMNS)) {
        const value = result[way][column];
        this.text(`[data-out=${way}-${column}]`, column === "score" ? signed(value) : percent(value, column === "accuracy" ? 1 : 0));
      }
    }
    const gap = trust.score - guess.score, cut = honestCut(t, g).toFixed(3);
    const verdict = c === 0 ? "不扣分，门槛是 0：全猜最好" : gap > 1e-9 ? "不猜更好" : gap < -1e-9 ? "这时全猜反而更好" : "两样一样";
    const advice = g === 1 ? "说的就是真的，照门槛划线已经最好" : `真的该划在说的 ${cut}，${
      honest.coverage === trust.coverage ? "这批题恰好不变" : honest.coverage < trust.coverage ? "少答一些" : "多答一些"}，每题 ${signed(honest.score)} 分`;
    this.text(".say", `全猜每题 ${signed(guess.score)} 分；把握高于 ${t.toFixed(3)} 才答，答 ${percent(trust.coverage)}，每题 ${
      signed(trust.score)} 分：${verdict}。${advice}。`);
  }
}

if (!customElements.get("book-guess-or-abstain")) customElements.define("book-guess-or-abstain", GuessOrAbstain);
