// <book-two-point-gap>：两点差距是真的吗。算式都在 two-point-gap-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { LIMITS, STOPS, TIMES, Z_95, allowed, count, detectableGap, itemsNeeded, nice, phiError, points, readNumber, redraw, signed,
  standardError, tally } from "./two-point-gap-model.js";

const FIELDS = { n: "题数 n", p1: "甲的正确率，%", p2: "乙的正确率，%", phi: "对错的相关 φ" };
const STEPS = { n: 1, p1: 0.5, p2: 0.5, phi: 0.01 };
const ROWS = { se: "标准误", ci: "95% 区间", hits: `${TIMES} 次里越过误差`, mdg: "八成把握看得出的差距", need: "看出这个差距要几道题" };

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118);--c:var(--c2,#0f5340)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(1262px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:18px 28px}
.set,.view,.read{display:grid;gap:12px;align-content:start}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
.place{display:grid;grid-template-columns:1fr 96px;gap:0 10px;align-items:center}.place>:nth-child(n+3){grid-column:1/-1}
.num,button{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:2px 6px}
.num{width:100%;text-align:right}button{padding:4px 14px;cursor:pointer}
[aria-invalid=true]{border:2px solid var(--b)}
.err{color:var(--b)}.err,.hint,.legend{font-size:13px;line-height:1.4}.hint,.legend{color:var(--mut)}:empty:is(.err,.notes){display:none}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}
.batch{display:flex;gap:12px;align-items:center}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
svg{display:block;width:100%;max-width:420px;margin:auto;height:auto;font-size:13px}
text{fill:var(--fg);text-anchor:middle;dominant-baseline:central}.m{fill:var(--mut)}.l{text-anchor:start}.r{text-anchor:end}.s{font-size:11px}
.ta{fill:var(--a)}.tb{fill:var(--b)}
path{fill:none}.axis{stroke:var(--line)}.zero{stroke:var(--fg);stroke-dasharray:5 4}
.dots{stroke-width:6;stroke-linecap:round;stroke-opacity:.65}.one,.ci0{stroke:var(--a)}.two{stroke:var(--b)}.tie{stroke:var(--mut)}
.true{stroke:var(--fg);stroke-width:2}.ci{stroke-width:4}.ci0{stroke:var(--mut)}.ci1{stroke:var(--c)}
.stale{opacity:.55}
.say{min-height:6.4em}
table{width:100%;border-collapse:collapse}th,td{padding:4px 0 4px 8px;border-bottom:1px solid var(--line);font-weight:400;text-align:right;vertical-align:top}
th{color:var(--mut)}th:first-child{text-align:left;padding-left:0}td{font-weight:600}caption{position:absolute;clip-path:inset(50%)}
@media (pointer:coarse){:host{--tall:88px;--wide:88px}.num,button{min-height:44px}[type=range]{height:44px}}
@container (min-width:400px){.board{min-height:calc(1320px + var(--tall,0px))}}
@container (min-width:450px){.board{min-height:calc(1369px + var(--tall,0px))}}
@container (min-width:600px){.board{min-height:calc(722px + var(--wide,0px));padding:20px}
.cols{grid-template:auto 1fr/1fr 1fr}.view{grid-area:1/2/3/3}}
`;

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div class="set">${Object.entries(FIELDS).map(([name, text]) => `<div class="place"><label for="f-${name}">${text}</label>
<input class="num" id="f-${name}" data-field="${name}" inputmode="${name === "n" ? "numeric" : name === "phi" ? "text" : "decimal"}" autocomplete="off"
aria-describedby="e-${name}${name === "phi" ? " hint" : ""}"><input type="range" data-slide="${name}" aria-label="${text}，滑块" step="${STEPS[name]}"
${name === "n" ? `min="0" max="${STOPS.length - 1}"` : `min="${LIMITS[name][0]}" max="${LIMITS[name][1]}"`}><span class="err" id="e-${name}"></span></div>`).join("")}
<p class="hint" id="hint"></p><div class="batch"><button type="button">换一批</button><span class="hint seed"></span></div></div>
<div class="view"><svg class="cloud" viewBox="0 -6 362 313" aria-hidden="true"></svg>
<svg class="strip" viewBox="0 0 362 196" aria-hidden="true"></svg><p class="legend"></p></div>
<div class="read"><p class="say" aria-live="polite" aria-atomic="true"></p>
<table><caption>两种算法</caption><thead><tr><th scope="col">百分点</th><th scope="col">当两份卷子</th><th scope="col">同卷配对</th></tr></thead>
<tbody>${Object.entries(ROWS).map(([name, text]) => `<tr><th scope="row">${text}</th><td data-out="${name}0"></td><td data-out="${name}1"></td></tr>`)
  .join("")}</tbody></table></div></div>`;

class TwoPointGap extends Board {
  static observedAttributes = Object.keys(LIMITS).map((name) => `data-${name}`);

  constructor() {
    super(CSS);
    this.state = { n: 200, p1: 71, p2: 69, phi: 0, seed: 1 }; // 正确率以百分数存，免得 0.1 的零头
    this.good = { ...this.state, p1: 0.71, p2: 0.69 }; // 上一组说得通的设置
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
    const s = this.state;
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el, el.dataset.slide ?? el.dataset.field);
      this.draw();
    }));
    on("[data-slide]", "input", (el, name) => {
      s[name] = name === "n" ? STOPS[el.value] : +el.value;
      delete this.errors[name];
    });
    on("[data-field]", "input", (el, name) => {
      const { value, error } = readNumber(name, el.value);
      delete this.errors[name];
      if (error) this.errors[name] = error;
      else s[name] = value;
    });
    on("[data-field]", "blur", () => {}); // 离开时把数写整齐
    on("button", "click", () => { s.seed = (s.seed % LIMITS.seed[1]) + 1; });
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    const wanted = { ...this.state, p1: this.state.p1 / 100, p2: this.state.p2 / 100 };
    this.clash = phiError(wanted.p1, wanted.p2, wanted.phi); // 不可能的 φ：不算，留着上一组
    if (!this.clash) this.good = wanted;
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) =>
      Object.assign(document.createElement("p"), { textContent })));
    this.drawControls(wanted);
    for (const part of [".view", ".read"]) this.$(part).classList.toggle("stale", Boolean(this.clash));
    const key = JSON.stringify(this.good);
    if (this.key === key) return;
    Object.assign(this, { key, draws: redraw(this.good) });
    const { n, p1, p2, phi } = this.good, se = [0, phi].map((f) => standardError(n, p1, p2, f));
    this.drawCloud(this.good);
    this.drawStrip(this.good, se);
    this.tell(this.good, se);
  }

  drawControls({ p1, p2 }) {
    for (const name of Object.keys(FIELDS)) {
      const slider = this.$(`[data-slide=${name}]`), field = this.$(`[data-field=${name}]`), value = this.state[name];
      const wrong = this.errors[name] ?? "", error = wrong || (name === "phi" && this.clash ? `${this.clash}。图和表还是上一次的。` : "");
      const text = name === "n" ? count(value) : signed(value, name === "phi" ? 2 : 1);
      slider.value = name === "n" ? STOPS.findLastIndex((stop) => stop <= value) : value;
      slider.setAttribute("aria-valuetext", text);
      if (!wrong && this.shadowRoot.activeElement !== field) field.value = text;
      field.setAttribute("aria-invalid", Boolean(error));
      this.text(`#e-${name}`, error);
    }
    this.text("#hint", `φ 现在可取 ${allowed(p1, p2)}：0 是各错各的，越大越爱一起错。`);
    this.text(".seed", `第 ${this.state.seed} 批，${TIMES} 次`);
  }

  /** 各点按谁赢分成三条路径；长度为零的一段，画出来是一个圆点。 */
  dots(place) {
    const paths = { one: "", tie: "", two: "" };
    this.draws.forEach(([one, two], r) => {
      paths[one > two ? "one" : one < two ? "two" : "tie"] += `M${place(one, two, r).map((v) => v.toFixed(1)).join(" ")}h0`;
    });
    return Object.entries(paths).map(([name, d]) => `<path class="dots ${name}" d="${d}"/>`).join("");
  }

  drawCloud({ n, p1, p2 }) {
    const middle = 50 * (p1 + p2), far = Math.max(...this.draws.flat().map((k) => Math.abs((100 * k) / n - middle)), 50 * Math.abs(p1 - p2));
    const half = nice(far * 1.02), step = nice(half / 3), x = (v) => 198 + (132 * (v - middle)) / half, y = (v) => 138 - (132 * (v - middle)) / half;
    const parts = [];
    for (let j = Math.ceil((middle - half) / step - 1e-9); j * step <= middle + half + 1e-9; j += 1) {
      const v = j * step, text = v.toFixed(step < 1 ? 1 : 0);
      if (v < 0 || v > 100) continue;
      parts.push(`<path class="axis" d="M66 ${y(v)}H330M${x(v)} 6V270"/><text class="m s r" x="60" y="${y(v)}">${text}</text>
<text class="m s" x="${x(v)}" y="281">${text}</text>`);
    }
    parts.push(`<path class="zero" d="M66 270L330 6"/>`, this.dots((one, two) => [x((100 * two) / n), y((100 * one) / n)]));
    parts.push(`<path class="true" d="M${x(100 * p2) - 8} ${y(100 * p1)}h16m-8 -8v16"/><text class="ta l" x="74" y="18">甲赢</text>
<text class="tb r" x="324" y="258">乙赢</text><text class="m s" x="198" y="299">乙的得分，%</text>
<text class="m s" x="20" y="138" transform="rotate(-90 20 138)">甲的得分，%</text>`);
    this.$(".cloud").innerHTML = parts.join("");
  }

  drawStrip({ n, p1, p2 }, se) {
    const gap = 100 * (p1 - p2), far = Math.max(...this.draws.map(([one, two]) => (100 * Math.abs(one - two)) / n), Math.abs(gap) + 196 * se[0]);
    const wide = nice(far * 1.02), x = (v) => 181 + (160 * v) / wide, parts = [];
    for (const part of [-1, -0.5, 0, 0.5, 1]) {
      const v = wide * part;
      parts.push(`<path class="axis" d="M${x(v)} 4V160"/><text class="m s" x="${x(v)}" y="172">${signed(v, Number.isInteger(v) ? 0 : v * 10 % 1 ? 2 : 1)}</text>`);
    }
    parts.push(`<path class="zero" d="M181 4V160"/>`);
    parts.push(this.dots((one, two, r) => [x((100 * (one - two)) / n), 10 + 78 * ((r * 0.6180339887) % 1)])); // 上下错开只为看得清
    se.forEach((s, j) => {
      const [low, high] = [x(gap - 100 * Z_95 * s), x(gap + 100 * Z_95 * s)], at = 114 + 34 * j;
      parts.push(`<path class="ci ci${j}" d="M${low} ${at}H${high}"/><path class="ci${j}" d="M${low} ${at - 6}v12M${high} ${at - 6}v12"/>
<path class="true" d="M${x(gap)} ${at - 5}v10"/><text class="s m l" x="4" y="${at - 13}">${j ? "配对" : "当两份卷子"}</text>`);
    });
    parts.push(`<text class="m s" x="181" y="188">甲 − 乙，百分点</text>`);
    this.$(".strip").innerHTML = parts.join("");
  }

  tell({ n, p1, p2, phi }, se) {
    const t = tally(this.good, this.draws), gap = p1 - p2, [strong, weak] = gap > 0 ? ["甲", "乙"] : ["乙", "甲"];
    const half = Z_95 * se[1], ones = this.draws.filter(([one, two]) => one > two).length;
    [0, phi].forEach((f, j) => {
      const need = itemsNeeded(p1, p2, f);
      const out = { se: points(se[j], 2), ci: `${points(gap)} ± ${points(Z_95 * se[j])}`, hits: `${j ? t.paired : t.unpaired} 次`,
        mdg: points(detectableGap(n, p1, p2, f)), need: need === null ? "没有差距" : count(need) };
      for (const [name, text] of Object.entries(out)) this.text(`[data-out=${name}${j}]`, text);
    });
    this.text(".say", `${gap ? `${strong}真的强 ${points(Math.abs(gap))} 个百分点。${TIMES} 次重抽里，弱的${weak}反而赢了 ${t.upset} 次（${
      signed((100 * t.upset) / TIMES, 1)}%），打平 ${t.tie} 次。` : `两家一样强。${TIMES} 次重抽里，甲赢 ${ones} 次，乙赢 ${
      TIMES - ones - t.tie} 次，打平 ${t.tie} 次，全是运气。`}配对的误差是 ±${points(half)} 个百分点，${
      gap && half < Math.abs(gap) ? "小于差距" : gap ? "盖过差距" : "差落在外面就是误判"}；${TIMES} 次里有 ${t.paired} 次的差越过它。`);
    this.text(".legend", `每点是一次考试：上图看两个得分，下图看它们的差。蓝点甲赢，橙点乙赢，灰点打平；十字与短竖是真值，虚线是一样高。`);
  }
}

if (!customElements.get("book-two-point-gap")) customElements.define("book-two-point-gap", TwoPointGap);
