// <book-fairness-tradeoff>：公平不可兼得。算式都在 fairness-tradeoff-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { ENDS, METRICS, density, fixed, match, metrics, sayThreshold, toStop, toThreshold } from "./fairness-tradeoff-model.js";

const NAMES = { selection: "拒的比例", fpr: "误报率", fnr: "漏报率", ppv: "精确率", probability: "门槛处的违约概率" };
const SLIDES = { ta: ["甲群的门槛", ...ENDS], tb: ["乙群的门槛", ...ENDS], pa: ["甲群的基率，%", 0, 100], pb: ["乙群的基率，%", 0, 100], d: ["两条曲线的距离", 2, 40] };
const MISSING = { fpr: "没有守约的人", fnr: "没有违约的人", ppv: "没有人被拒" };

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(1150px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:18px 28px}.set,.view,.read{display:grid;gap:10px;align-content:start}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
.place{display:grid;grid-template-columns:1fr auto;gap:0 10px}.place input{grid-column:1/-1}output{font-weight:600}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
.locks{display:flex;flex-wrap:wrap;gap:8px}.locks span{flex-basis:100%}
button{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:2px 10px;cursor:pointer}
[aria-pressed=true]{border:2px solid var(--a);font-weight:600}
.say{min-height:6.4em}.legend{font-size:13px;line-height:1.4;color:var(--mut)}
svg{display:block;width:100%;max-width:420px;margin:auto;height:auto;font-size:12px}
text{fill:var(--fg)}.m{fill:var(--mut);text-anchor:middle}path{fill:none}.axis{stroke:var(--line)}
.good{stroke:var(--a);stroke-width:2}.bad{stroke:var(--b);stroke-width:2}.fg{fill:var(--a);fill-opacity:.28}.fb{fill:var(--b);fill-opacity:.28}
.cut{stroke:var(--fg);stroke-width:2;stroke-dasharray:5 4}
table{width:100%;border-collapse:collapse}th,td{padding:4px 0 4px 8px;border-bottom:1px solid var(--line);font-weight:400;text-align:right;vertical-align:top}
th{color:var(--mut)}th:first-child{text-align:left;padding-left:0}td{font-weight:600}.on th,.on td{color:var(--a)}
caption{position:absolute;clip-path:inset(50%)}
@media (pointer:coarse){:host{--tall:128px;--wide:128px}button{min-height:44px}[type=range]{height:44px}}
@container (min-width:400px){.board{min-height:calc(1230px + var(--tall,0px))}}
@container (min-width:600px){.board{min-height:calc(760px + var(--wide,0px));padding:20px}
.cols{grid-template:auto 1fr/1fr 1fr}.view{grid-area:1/2/3/3}}
`;

const html = () => `<div class="cols"><div class="set">${Object.entries(SLIDES).map(([name, [text, min, max]]) => `<div class="place">
<label for="s-${name}">${text}</label><output for="s-${name}" data-out="${name}"></output>
<input type="range" id="s-${name}" data-slide="${name}" min="${min}" max="${max}" step="1"></div>`).join("")}
<div class="locks" role="group" aria-labelledby="lock"><span id="lock">移动乙群的门槛，拉平：</span>${METRICS.map((m) =>
  `<button type="button" data-lock="${m}">${NAMES[m]}</button>`).join("")}</div></div>
<div class="view">${["a", "b"].map((g) => `<svg class="curve" data-group="${g}" viewBox="0 0 362 170" aria-hidden="true"></svg>`).join("")}
<p class="legend">蓝线是守约的人，橙线是违约的人，高低按人数；虚线右边的一律拒。右边蓝的是冤枉，左边橙的是漏掉。</p></div>
<div class="read"><p class="say" aria-live="polite" aria-atomic="true"></p>
<table><caption>两群的指标</caption><thead><tr><th scope="col">指标</th><th scope="col">甲群</th><th scope="col">乙群</th><th scope="col">差</th></tr></thead>
<tbody>${METRICS.map((m) => `<tr data-row="${m}"><th scope="row">${NAMES[m]}</th>${["a", "b", "gap"].map((g) => `<td data-cell="${m}-${g}"></td>`).join("")}</tr>`)
  .join("")}</tbody></table></div></div>`;

class FairnessTradeoff extends Board {
  constructor() {
    super(CSS);
    this.state = { ta: 0.85, tb: 0.85, pa: 50, pb: 20, d: 17, lock: "" }; // 门槛是数，其余是滑块的格
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const s = this.state;
    this.all("[data-slide]").forEach((el) => el.addEventListener("input", () => {
      const name = el.dataset.slide;
      s[name] = name[0] === "t" ? toThreshold(+el.value) : +el.value;
      if (name === "tb") s.lock = ""; // 自己动手，就不再锁
      this.draw();
    }));
    this.all("[data-lock]").forEach((el) => el.addEventListener("click", () => {
      s.lock = s.lock === el.dataset.lock ? "" : el.dataset.lock;
      this.draw();
    }));
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    const s = this.state, a = { p: s.pa / 100, d: s.d / 10 }, b = { p: s.pb / 100, d: s.d / 10 };
    const one = metrics(a, s.ta), found = s.lock ? match(b, s.lock, one[s.lock]) : s.tb;
    const missed = found === null;
    if (!missed) s.tb = found; // 够不着就留在原处
    const two = metrics(b, s.tb);
    for (const [name, value] of Object.entries({ ta: s.ta, tb: s.tb, pa: s.pa, pb: s.pb, d: s.d })) {
      const slider = this.$(`[data-slide=${name}]`), text = name[0] === "t" ? sayThreshold(value) : name === "d" ? fixed(value / 10, 1) : `${value}%`;
      slider.value = name[0] === "t" ? toStop(value) : value;
      slider.setAttribute("aria-valuetext", text);
      this.text(`[data-out=${name}]`, text);
    }
    this.all("[data-lock]").forEach((el) => el.setAttribute("aria-pressed", el.dataset.lock === s.lock));
    for (const m of METRICS) {
      const show = (x) => (x === null ? `没有定义：${MISSING[m]}` : fixed(x));
      this.text(`[data-cell=${m}-a]`, show(one[m]));
      this.text(`[data-cell=${m}-b]`, show(two[m]));
      this.text(`[data-cell=${m}-gap]`, one[m] === null || two[m] === null ? "比不出" : fixed(Math.abs(one[m] - two[m])));
      this.$(`[data-row=${m}]`).classList.toggle("on", m === s.lock && !missed);
    }
    this.drawCurve("a", "甲群", a, s.ta);
    this.drawCurve("b", "乙群", b, s.tb);
    this.tell(one, two, missed);
  }

  drawCurve(name, title, { p, d }, t) {
    const x = (v) => 16 + (330 * (v + 3.2)) / 10.4, y = (v) => 140 - 290 * v, xs = Array.from({ length: 105 }, (_, k) => -3.2 + k / 10);
    const cut = Math.min(7.2, Math.max(-3.2, t)), parts = [`<path class="axis" d="M16 140H346"/>`];
    for (const v of [-2, 0, 2, 4, 6]) parts.push(`<text class="m" x="${x(v)}" y="156">${fixed(v, 0)}</text>`);
    for (const [key, weight, mean, side] of [["good", 1 - p, 0, 1], ["bad", p, d, -1]]) {
      const height = (v) => weight * density(v - mean), line = (vs) => vs.map((v) => `${x(v).toFixed(1)} ${y(height(v)).toFixed(1)}`).join("L");
      const kept = [cut, ...xs.filter((v) => (v - cut) * side > 0)].sort((u, v) => u - v);
      if (kept.length > 1) parts.push(`<path class="f${key[0]}" d="M${x(kept[0])} 140L${line(kept)}L${x(kept.at(-1))} 140z"/>`);
      parts.push(`<path class="${key}" d="M${line(xs)}"/>`);
    }
    parts.push(`<path class="cut" d="M${x(cut)} 6V140"/><text x="16" y="18">${title}，门槛 ${sayThreshold(t)}</text>`);
    this.$(`[data-group=${name}]`).innerHTML = parts.join("");
  }

  tell(one, two, missed) {
    const { lock, pa, pb } = this.state;
    if (missed) {
      this.text(".say", one[lock] === null ? `甲群的${NAMES[lock]}没有定义（${MISSING[lock]}），没有东西可拉平。乙群的门槛没有动。`
        : `乙群够不着甲群的${NAMES[lock]} ${fixed(one[lock])}：移到哪里都不行。乙群的门槛没有动。`);
      return;
    }
    const rest = METRICS.slice(0, 4).filter((m) => m !== lock && one[m] !== null && two[m] !== null)
      .map((m) => [m, Math.abs(one[m] - two[m])]).filter(([, gap]) => gap >= 0.005).sort((u, v) => v[1] - u[1]);
    const apart = rest.map(([m, gap]) => `${NAMES[m]}差 ${fixed(gap)}`).join("，");
    this.text(".say", `${lock ? `拉平了${NAMES[lock]}。` : "没有锁。"}${apart ? `${apart}。` : "四个指标里，有定义的都相等。"}${
      pa === pb ? "基率相等，可以兼得。" : `基率 ${pa}% 与 ${pb}%。`}`);
  }
}

if (!customElements.get("book-fairness-tradeoff")) customElements.define("book-fairness-tradeoff", FairnessTradeoff);
