// <book-rope-dial>：旋转位置编码的刻度盘。算式都在 rope-dial-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { BASES, COLUMNS, DIMS, RANGES, count, curve, degrees, dial, digits, firstNegative, moveTogether, readCount,
  shown, theta, wrap } from "./rope-dial-model.js";

const MODES = { both: "q、k 都转", key: "只转 k" };
const CHOICES = { mode: Object.keys(MODES), dim: DIMS, base: BASES, range: RANGES };
const LIMITS = { m: [0, 32768], n: [0, 32768], pair: [0, 63] };
const PLACES = { m: "查询的位置 m", n: "键的位置 n" };
const LISTS = { dim: ["头宽 d_h", DIMS], base: ["底 b", BASES], range: ["位置最大到", RANGES] };

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
fieldset{border:0;display:grid;gap:6px;grid-template-columns:1fr 1fr}
legend{position:absolute;clip-path:inset(50%)}
.pill{position:relative}.pill input{position:absolute;width:100%;height:100%;opacity:0;cursor:pointer}
.pill span{display:block;text-align:center;padding:5px 2px;min-height:36px;border:1px solid var(--mut);border-radius:6px}
.pill :checked+span{background:var(--a);border-color:var(--a);color:var(--bg);font-weight:600}
:focus-visible,.pill :focus-visible+span{outline:3px solid var(--b);outline-offset:2px}
.place{display:grid;grid-template-columns:1fr 96px;gap:0 10px;align-items:center}.place [type=range],.place .err{grid-column:1/-1}
.num{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;
padding:2px 6px;width:100%;text-align:right}
[aria-invalid=true]{border:2px solid var(--b)}
.err{display:block;color:var(--b);font-size:13px;line-height:1.4}:empty:is(.err,.notes){display:none}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}
.check{display:flex;gap:8px;align-items:center;min-height:36px;cursor:pointer}.check input{width:20px;height:20px;accent-color:var(--a)}
label{display:block}b{font-weight:600}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
.trio{display:grid;gap:4px 14px;grid-template-columns:1fr 1fr}
svg{display:block;width:100%;height:auto;font-size:13px}
.big{max-width:300px;margin:auto;width:100%}.plot{max-width:420px;margin:auto;width:100%}
text{fill:var(--fg);text-anchor:middle;dominant-baseline:central}.m{fill:var(--mut)}.h{font-weight:700}.s{font-size:11px}
circle,path,line{fill:none}.rim{stroke:var(--line);stroke-width:2}.tick{stroke:var(--mut)}
.q{stroke:var(--a);stroke-width:4;stroke-linecap:round}.k{stroke:var(--b);stroke-width:4;stroke-dasharray:9 5}
.arc{stroke:var(--c);stroke-width:3}.tq{fill:var(--a)}.tk{fill:var(--b)}.tc{fill:var(--c)}
.minis{display:grid;grid-template-columns:repeat(8,1fr);gap:4px;max-width:420px;margin:auto;width:100%}
button{font:inherit;font-size:12px;color:var(--mut);background:var(--bg);border:1px solid transparent;border-radius:6px;padding:2px;
min-height:36px;cursor:pointer}
button[aria-pressed=true]{border-color:var(--a);color:var(--fg);font-weight:700}
button .rim{stroke-width:8}button .q,button .k{stroke-width:13;stroke-linecap:butt}button .k{stroke-dasharray:26 13}
.band{fill:var(--a);fill-opacity:.35;stroke:var(--a);stroke-width:1.2;stroke-linejoin:round}.one{stroke:var(--mut);stroke-width:1.2;stroke-dasharray:3 3}
.axis{stroke:var(--line)}.mark{stroke:var(--b);stroke-width:1.5}.dot{fill:var(--b);stroke:var(--bg);stroke-width:2}
.say{min-height:4.8em}.legend{color:var(--mut);font-size:13px;min-height:3.2em}
dl>div{display:flex;justify-content:space-between;gap:12px;padding:3px 0;border-top:1px solid var(--line)}
dt{color:var(--mut)}dd{font-weight:600;text-align:right}
@media (pointer:coarse){:host{--tall:140px;--wide:96px}.num,.pill span,.check,button{min-height:44px}.pill span{padding:10px 2px}[type=range]{height:44px}
.minis{grid-template-columns:repeat(4,1fr)}}
@container (min-width:400px){.board{min-height:calc(1322px + var(--tall,0px))}}
@container (min-width:600px){.board{min-height:calc(716px + var(--wide,0px));padding:20px}
.cols{grid-template:auto 1fr/1fr 1fr}.view{grid-area:1/2/3/3}}
`;

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div class="set"><fieldset><legend>转谁</legend>${Object.entries(MODES).map(([value, text]) =>
  `<label class="pill"><input type="radio" name="mode" value="${value}"><span>${text}</span></label>`).join("")}</fieldset>
${Object.entries(PLACES).map(([name, text]) => `<div class="place"><label for="f-${name}">${text}</label>
<input class="num" id="f-${name}" data-field="${name}" inputmode="numeric" autocomplete="off" aria-describedby="e-${name}">
<input type="range" data-place="${name}" min="0" aria-label="${text}，滑块"><span class="err" id="e-${name}"></span></div>`).join("")}
<label class="check"><input type="checkbox" data-together>一起移动，m − n 不变</label>
<div class="trio">${Object.entries(LISTS).map(([name, [text, list]]) => `<label>${text} <b></b>
<input type="range" data-list="${name}" min="0" max="${list.length - 1}"></label>`).join("")}
<label>第 i 对 <b></b><input type="range" data-pair min="0"></label></div></div>
<div class="view"><svg class="big" viewBox="0 0 300 250" aria-hidden="true"></svg><div class="minis" role="group" aria-label="各对的指针"></div>
<svg class="plot" viewBox="0 0 362 190" aria-hidden="true"></svg><p class="legend"></p></div>
<div class="read"><p class="say" aria-live="polite" aria-atomic="true"></p>
<dl>${[["rate", "θ_i，每个词元转"], ["wave", "波长，转一圈要"], ["tq", "q 转了"], ["tk", "k 转了"], ["rel", "相差"], ["one", "这一对的得分"],
  ["all", "各对平均的得分"]].map(([name, text]) => `<div><dt>${text}</dt><dd data-out="${name}"></dd></div>`).join("")}</dl></div></div>`;

class RopeDial extends Board {
  static observedAttributes = [...Object.keys(CHOICES), ...Object.keys(LIMITS), "together"].map((name) => `data-${name}`);

  constructor() {
    super(CSS);
    this.state = { mode: "both", m: 5, n: 2, pair: 0, dim: 8, base: 10000, range: 32, together: false };
  }

  attributeChangedCallback(attribute, _, text) {
    const key = attribute.slice(5), choices = CHOICES[key];
    delete this.notes[key];
    if (key === "together") this.state.together = text !== null && text !== "false";
    else if (text !== null) {
      const found = choices?.find((choice) => String(choice) === text.trim());
      const read = !choices ? readCount(text, ...LIMITS[key]) : found !== undefined ? { value: found } :
        { error: `要填 ${choices.join("、")} 之一，现在是“${text.slice(0, 16)}”` };
      if (read.error) this.notes[key] = `属性 ${attribute}：${read.error}。没有采用。`;
      else this.state[key] = read.value;
      const wide = RANGES.find((range) => range >= this.state.m && range >= this.state.n);
      if (!read.error && key in PLACES && wide > this.state.range) this.state.range = wide; // 写了远处的位置，就把范围放宽
    }
    this.draw();
  }

  // 状态里存读者想要的值；用之前收进当前头宽和范围容得下的地方。
  now() {
    const s = this.state;
    return { ...s, m: Math.min(s.m, s.range), n: Math.min(s.n, s.range), pair: Math.min(s.pair, s.dim / 2 - 1) };
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const s = this.state;
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el);
      this.draw();
    }));
    on("[name=mode]", "change", (el) => { s.mode = el.value; });
    on("[data-place]", "input", (el) => this.place(el.dataset.place, +el.value));
    on("[data-field]", "input", (el) => {
      const { value, error } = readCount(el.value, 0, s.range);
      delete this.errors[el.dataset.field];
      if (error) this.errors[el.dataset.field] = error;
      else this.place(el.dataset.field, value);
    });
    on("[data-field]", "blur", () => {}); // 离开时把数写整齐
    on("[data-together]", "change", (el) => { s.together = el.checked; });
    on("[data-list]", "input", (el) => { s[el.dataset.list] = LISTS[el.dataset.list][1][el.value]; });
    on("[data-pair]", "input", (el) => { s.pair = +el.value; });
    this.$(".minis").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      s.pair = +button.dataset.at;
      this.draw();
    });
  }

  place(name, to) {
    const s = this.state, now = this.now(), other = name === "m" ? "n" : "m";
    Object.assign(s, { m: now.m, n: now.n });
    if (s.together) [s[name], s[other]] = moveTogether(now[name], now[other], to, s.range);
    else s[name] = to;
    this.errors = {};
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    const now = this.now(), d = dial(now);
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) =>
      Object.assign(document.createElement("p"), { textContent })));
    this.drawControls(now);
    this.drawDial(now, d);
    this.drawCurve(now, d);
    this.tell(now, d);
  }

  drawControls(now) {
    this.$(`[value=${now.mode}]`).checked = true;
    this.$("[data-together]").checked = now.together;
    for (const name of Object.keys(PLACES)) {
      const slider = this.$(`[data-place=${name}]`), field = this.$(`[data-field=${name}]`), error = this.errors[name] ?? "";
      slider.max = now.range;
      slider.value = now[name];
      if (!error && this.shadowRoot.activeElement !== field) field.value = count(now[name]);
      field.setAttribute("aria-invalid", Boolean(error));
      this.text(`#e-${name}`, error);
    }
    for (const [name, [, list]] of Object.entries(LISTS)) {
      const slider = this.$(`[data-list=${name}]`);
      slider.value = list.indexOf(now[name]);
      slider.setAttribute("aria-valuetext", count(now[name]));
      slider.previousElementSibling.textContent = `= ${count(now[name])}`;
    }
    const slider = this.$("[data-pair]");
    slider.max = now.dim / 2 - 1;
    slider.value = now.pair;
    slider.disabled = now.dim === 2;
    slider.setAttribute("aria-valuetext", `第 ${now.pair} 对，共 ${now.dim / 2} 对`);
    slider.previousElementSibling.textContent = `i = ${now.pair}（0–${now.dim / 2 - 1}）`;
  }

  // 角度逆时针量，0 在右边；屏幕的 y 轴朝下，所以取负。
  drawDial(now, d) {
    const at = (angle, r) => [150 + r * Math.cos(angle), 125 - r * Math.sin(angle)].map((x) => x.toFixed(1));
    const q = wrap(d.q), k = wrap(d.k), parts = [`<circle class="rim" cx="150" cy="125" r="92"/>`];
    const hand = (cls, angle) => `<path class="${cls}" d="M150 125L${at(angle, 88).join(" ")}"/>`;
    for (let deg = 0; deg < 360; deg += 30) {
      const a = (deg * Math.PI) / 180;
      parts.push(`<path class="tick" d="M${at(a, 92).join(" ")}L${at(a, deg % 90 ? 88 : 83).join(" ")}"/>`);
    }
    for (const [text, x, y] of [["0°", 268, 125], ["90°", 150, 14], ["180°", 30, 125], ["270°", 150, 237]]) {
      parts.push(`<text class="m s" x="${x}" y="${y}">${text}</text>`);
    }
    const gap = wrap(q - k), large = gap > Math.PI ? 1 : 0;
    if (gap > 0.005 && gap < 2 * Math.PI - 0.005) { // 从 k 逆时针走到 q
      parts.push(`<path class="arc" d="M${at(k, 34).join(" ")}A34 34 0 ${large} 0 ${at(q, 34).join(" ")}"/>`);
    }
    parts.push(hand("q", q), hand("k", k));
    for (const [name, angle] of [["q", q], ["k", k]]) {
      const close = Math.min(gap, 2 * Math.PI - gap) < 0.2, [x, y] = at(angle + (close ? (name === "q" ? 0.14 : -0.14) : 0), 106);
      parts.push(`<text class="h t${name}" x="${x}" y="${y}">${name}</text>`);
    }
    this.$(".big").innerHTML = parts.join("");

    const minis = this.$(".minis"), pairs = shown(now.dim);
    if (minis.children.length !== pairs.length || minis.dataset.dim !== String(now.dim)) {
      minis.dataset.dim = now.dim;
      minis.innerHTML = pairs.map((i) => `<button type="button" data-at="${i}" aria-label="第 ${i} 对"><svg viewBox="30 5 240 240"
aria-hidden="true"></svg>${i}</button>`).join("");
    }
    pairs.forEach((i, j) => {
      const button = minis.children[j], t = theta(i, now.dim, now.base);
      button.setAttribute("aria-pressed", i === now.pair);
      button.firstChild.innerHTML = `<circle class="rim" cx="150" cy="125" r="110"/>${hand("q", now.mode === "key" ? 0 : now.m * t)}${
        hand("k", now.n * t)}`;
    });
  }

  drawCurve({ mode, dim, base, range, pair }, d) {
    const key = `${dim}/${base}/${range}`, x = (s) => 34 + (318 * s) / range, y = (v) => 84 - 66 * v;
    if (this.key !== key) Object.assign(this, { key, points: curve(dim, base, range), first: firstNegative(dim, base, range) });
    const where = Math.abs(d.distance), parts = [];
    for (const v of [-1, 0, 1]) {
      parts.push(`<path class="axis" d="M34 ${y(v)}H352"/><text class="m s" x="18" y="${y(v)}">${v < 0 ? "−1" : v}</text>`);
    }
    for (const part of [0, 0.5, 1]) {
      parts.push(`<text class="m s" x="${Math.min(x(range * part), 340)}" y="164">${count(range * part)}</text>`);
    }
    parts.push(`<text class="m s" x="193" y="181">${mode === "key" ? "n：句子往后挪，横坐标就跟着走" : "|m − n|：查询与键的距离"}</text>`);
    const line = (list) => list.map(([s, v]) => `${x(s).toFixed(1)} ${y(v).toFixed(1)}`).join("L");
    const tall = this.points.map(([s, , high]) => [s, high]), short = this.points.map(([s, low]) => [s, low]);
    parts.push(`<path class="band" d="M${line(tall)}L${line(short.reverse())}Z"/>`);
    const fits = range / d.wavelength <= COLUMNS / 8; // 转得太快的一对，画出来只是一片
    if (fits) {
      const t = d.theta;
      parts.push(`<path class="one" d="M${line(Array.from({ length: 129 }, (_, j) => [(j * range) / 128, Math.cos(((j * range) / 128) * t)]))}"/>`);
    }
    parts.push(`<path class="mark" d="M${x(where).toFixed(1)} 12V150"/><circle class="dot" cx="${x(where).toFixed(1)}" cy="${
      y(d.score).toFixed(1)}" r="5"/>`);
    this.$(".plot").innerHTML = parts.join("");
    this.text(".legend", `蓝带：${dim / 2} 对的平均，${this.first === null ? `到 ${count(range)} 为止没有低于 0` :
      `距离 ${count(this.first)} 处第一次低于 0`}。${fits ? `虚线：第 ${pair} 对。` : `第 ${pair} 对转得太快，画不下。`}圆点：此刻。`);
  }

  tell({ m, n, pair, mode }, d) {
    const out = { rate: `${digits(d.theta)} 弧度`, wave: `${digits(d.wavelength)} 个词元`, tq: degrees(d.q), tk: degrees(d.k),
      rel: degrees(d.relative), one: digits(d.pair_score), all: digits(d.score) };
    for (const [name, text] of Object.entries(out)) this.text(`[data-out=${name}]`, text);
    const far = mode === "key" ? `q 不转，得分看 k 自己在哪里：n = ${count(n)}。整句往后挪一格，得分就变。` :
      `两根指针相差 (m − n)θ = ${count(Math.abs(m - n))} 步的角度，与 m、n 各是多少无关。`;
    this.text(".say", `第 ${pair} 对：q 转了 ${degrees(d.q)}，k 转了 ${degrees(d.k)}，相差 ${degrees(d.relative)}，这一对的得分是 cos = ${
      digits(d.pair_score)}。${far}`);
  }
}

if (!customElements.get("book-rope-dial")) customElements.define("book-rope-dial", RopeDial);
