// <book-bpe-player>：BPE 合并播放器。算式都在 bpe-player-model.js，这里只画图、读控件。
import { Board } from "./board.js";
import { SAMPLES, UNITS, count, cut, longest, readCorpus, readWord, segment, show, trace } from
  "./bpe-player-model.js";

const UNIT_TEXT = { chars: "从字符起步", bytes: "从字节起步" };
const SAMPLE_TEXT = { hug: "五个词（手算的例子）", zh: "四个中文词（字节）", order: "次序要紧（ab、abc、bcd、cd）" };
const WORDS = { hug: "bug", zh: "明日", order: "abcd" }; // 每份语料配一个没见过的词
const CHOICES = { sample: Object.keys(SAMPLES), unit: UNITS };
const GO = { start: "开头", back: "上一步", play: "播放", next: "下一步", end: "到底" };
const ROWS = 7; // 表里最多写几对
const PAUSE = 1200; // 播放时每一步停多少毫秒

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(1516px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);
border-radius:6px;padding:14px;font-size:14px;line-height:1.6;text-align:left;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:18px 28px}.cols>*{display:grid;gap:10px;align-content:start}
.t{font-weight:700}.t small,.key,.more{font-weight:400;font-size:13px;color:var(--mut)}
fieldset{border:0;display:grid;gap:6px;grid-template-columns:1fr 1fr}
caption{text-align:left}legend,.vh{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden;white-space:nowrap}
.pill{position:relative}.pill input{position:absolute;width:100%;height:100%;opacity:0;cursor:pointer}
.pill span,button{display:block;text-align:center;padding:5px 2px;min-height:36px;border:1px solid var(--mut);border-radius:6px}
.pill :checked+span{background:var(--a);border-color:var(--a);color:var(--bg);font-weight:600}
:focus-visible,.pill :focus-visible+span{outline:3px solid var(--b);outline-offset:2px}
label{display:block}
select,button,textarea,.word{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;
min-height:36px;padding:4px 8px;width:100%}
textarea{display:block;height:138px;resize:vertical;line-height:1.6}
select,button{cursor:pointer}button:disabled{opacity:.45;cursor:default}
.steps{display:grid;grid-template-columns:repeat(5,1fr);gap:6px}.steps button{padding:4px 0;white-space:nowrap}
[type=range]{display:block;width:100%;height:28px;accent-color:var(--a);cursor:pointer}
[aria-invalid=true]{border:2px solid var(--b)}
.err{color:var(--b);font-size:13px;line-height:1.4}:empty:is(.err,.notes){display:none}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}
.stale{opacity:.55}
.say{min-height:4.8em}
.pairs{min-height:264px}
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:3px 4px;height:32px;border-bottom:1px solid var(--line);font-weight:400}
th{color:var(--mut);font-size:13px;white-space:nowrap}td:nth-child(2){color:var(--mut)}
td:nth-child(3),th:nth-child(3){text-align:right}.pick td{background:color-mix(in srgb,var(--b) 14%,transparent)}
.pick td:nth-child(3),.pick td:last-child{font-weight:700}td:last-child{white-space:nowrap;width:4em}
ul,ol{list-style:none}
li{position:relative}.words li{display:flex;gap:10px;padding:3px 0;min-height:36px;align-items:flex-start}.times{flex:0 0 auto;min-width:3.2em;text-align:right;color:var(--mut);padding-top:2px}
.cut{display:flex;flex-wrap:wrap;gap:4px}
i{font-style:normal;border:1px solid var(--mut);border-radius:4px;padding:1px 6px}
.hex{font-family:ui-monospace,monospace;font-size:12px;padding:3px 4px}
.new{background:var(--b);border-color:var(--b);color:var(--bg);font-weight:700}
.next{border:2px solid var(--a);padding:0 5px}.next.hex{padding:2px 3px}.no{border:1px dashed var(--b);color:var(--b)}
dl{display:grid;grid-template-columns:1fr 1fr;gap:0 20px}dl>div{display:flex;justify-content:space-between;gap:8px;padding:3px 0;border-top:1px solid var(--line)}
dt{color:var(--mut)}dd{font-weight:600;text-align:right}
svg{display:block;width:100%;max-width:420px;margin:auto;height:auto;font-size:12px}
text{fill:var(--mut);dominant-baseline:central}.axis{fill:none;stroke:var(--line)}.fall{fill:none;stroke:var(--a);stroke-width:2}
.dot{fill:var(--b);stroke:var(--bg);stroke-width:2}
.try ol{min-height:140px}.try li{display:flex;flex-wrap:wrap;gap:2px 10px;padding:3px 0;border-top:1px solid var(--line)}
.try li>span:first-child{flex:0 0 9em;color:var(--mut)}
.end{min-height:3.2em}
@media (pointer:coarse){:host{--tall:48px}button,select,.word,.pill span{min-height:44px}.pill span{padding:10px 2px}[type=range]{height:44px}}
@media (prefers-reduced-motion:no-preference){.dot{transition:cx .25s,cy .25s}i{transition:background-color .25s}}
@container (min-width:600px){.board{min-height:calc(872px + var(--tall,0px));padding:20px}.cols{grid-template-columns:1fr 1fr}}
`;

/** 造一个元素；字一律用 textContent，读者写什么都不会变成标签。 */
function make(tag, props = {}, ...children) {
  const { attrs = {}, ...own } = props, el = Object.assign(document.createElement(tag), own);
  for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
  el.append(...children);
  return el;
}

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div><div><label for="f-sample">语料</label><select id="f-sample" data-sample>${Object.entries(SAMPLE_TEXT).map(([value, text]) =>
  `<option value="${value}">${text}</option>`).join("")}<option value="">自己写的</option></select></div>
<fieldset><legend>最小的单位</legend>${UNITS.map((unit) =>
  `<label class="pill"><input type="radio" name="unit" value="${unit}"><span>${UNIT_TEXT[unit]}</span></label>`).join("")}</fieldset>
<div class="steps" role="group" aria-label="一步一步地合并">${Object.entries(GO).map(([go, text]) =>
  `<button type="button" data-go="${go}">${text}</button>`).join("")}</div>
<label><span class="at"></span><input type="range" data-step min="0"></label>
<p class="say" aria-live="polite" aria-atomic="true"></p>
<p class="t">每个词现在的切法</p><ul class="words"></ul><p class="key"></p></div>
<div><div class="pairs"><table><caption class="t">现在相邻的每一对 <small class="more"></small></caption>
<thead><tr><th scope="col">一对</th><th scope="col">编号</th><th scope="col">次数</th><th scope="col">下一步</th></tr></thead><tbody></tbody></table></div>
<dl><div><dt>词表</dt><dd class="vocab"></dd></div><div><dt>词元</dt><dd class="total"></dd></div></dl>
<svg viewBox="0 0 362 130" aria-hidden="true"></svg></div>
<div><label><span class="t">改语料</span>，一行一个词和它的次数<textarea data-corpus spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="e-corpus"></textarea></label>
<p class="err" id="e-corpus" role="status"></p></div>
<div class="try"><label><span class="t">切一个没见过的词</span><input class="word" data-word spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="e-word"></label>
<p class="err" id="e-word" role="status"></p><p class="end" aria-live="polite"></p><ol></ol></div></div>`;

class BpePlayer extends Board {
  static observedAttributes = ["data-sample", "data-unit", "data-step", "data-word"];

  constructor() {
    super(CSS);
    this.state = { step: 0, word: WORDS.hug };
    this.useSample("hug");
  }

  attributeChangedCallback(attribute, _, text) {
    const key = attribute.slice(5), s = this.state;
    delete this.notes[key];
    if (text !== null) {
      const step = /^\d{1,3}$/.test(text) ? +text : -1;
      const error = key === "word" ? readWord(text).error : key === "step" ? (step < 0 ? "要填 0–999 的整数" : "") :
        CHOICES[key].includes(text) ? "" : `要填 ${CHOICES[key].join("、")} 之一`;
      if (error) this.notes[key] = `属性 ${attribute}：${error}，现在是“${text.slice(0, 16)}”。没有采用。`;
      else if (key === "sample") { // 换了语料，别的属性仍然算数，不论谁写在前面
        this.useSample(text);
        for (const name of ["unit", "step", "word"]) {
          if (name in this.dataset) this.attributeChangedCallback(`data-${name}`, null, this.dataset[name]);
        }
      }
      else if (key === "unit") this.useUnit(text);
      else if (key === "step") s.step = step;
      else s.word = text;
    }
    this.draw();
  }

  useSample(name) {
    const { unit, text } = SAMPLES[name];
    Object.assign(this.state, { unit, text, step: 0, word: WORDS[name] });
    this.train();
  }

  useUnit(unit) {
    Object.assign(this.state, { unit, step: 0 });
    this.train();
  }

  /** 语料或单位变了就重新训练；写得不对，留着上一份。 */
  train() {
    const s = this.state, { words, error } = readCorpus(s.text, s.unit);
    this.error = error ?? "";
    if (!error) this.run = trace(words, s.unit);
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const s = this.state;
    const on = (selector, type, edit) => this.all(selector).forEach((el) => el.addEventListener(type, () => {
      edit(el);
      this.draw();
    }));
    on("[data-sample]", "change", (el) => el.value && (this.rest(), this.useSample(el.value)));
    on("[name=unit]", "change", (el) => { this.rest(); this.useUnit(el.value); });
    on("[data-corpus]", "input", (el) => {
      this.rest();
      s.text = el.value;
      this.train();
    });
    on("[data-word]", "input", (el) => { s.word = el.value; });
    on("[data-step]", "input", (el) => { this.rest(); s.step = +el.value; });
    on("[data-go]", "click", (el) => this.go(el.dataset.go));
  }

  get last() { return this.run.merges.length; }

  get step() { return Math.min(this.state.step, this.last); }

  go(where) {
    const to = { start: 0, back: this.step - 1, next: this.step + 1, end: this.last }[where], playing = this.timer;
    this.rest();
    if (to !== undefined) this.state.step = Math.min(Math.max(to, 0), this.last);
    else if (!playing) {
      if (this.step === this.last) this.state.step = 0;
      this.timer = setTimeout(() => this.tick(), PAUSE);
    }
  }

  tick() {
    this.state.step = this.step + 1;
    this.timer = this.step < this.last ? setTimeout(() => this.tick(), PAUSE) : 0;
    this.draw();
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) => make("p", { textContent })));
    const { run, step } = this, state = run.states[step];
    this.drawControls(run, step);
    this.drawPairs(run, state);
    this.drawWords(run, step);
    this.drawFall(run, step);
    this.drawTry(run, step);
  }

  drawControls(run, step) {
    const s = this.state, box = this.$("[data-corpus]"), slider = this.$("[data-step]"), playing = Boolean(this.timer);
    const { vocab, total } = run.states[step], was = run.states[0];
    this.$("[data-sample]").value = Object.keys(SAMPLES).find((name) =>
      SAMPLES[name].text === s.text && SAMPLES[name].unit === s.unit) ?? "";
    this.$(`[value=${s.unit}]`).checked = true;
    if (box.value !== s.text) box.value = s.text;
    box.setAttribute("aria-invalid", Boolean(this.error));
    this.text("#e-corpus", this.error && `${this.error}。下面还是上一份语料。`);
    for (const selector of [".pairs", ".words", ".try ol"]) this.$(selector).classList.toggle("stale", Boolean(this.error));
    slider.max = this.last;
    slider.value = step;
    slider.setAttribute("aria-valuetext", `合并了 ${step} 次，共 ${this.last} 次`);
    this.text(".at", `合并了 ${step} 次，共 ${this.last} 次`);
    for (const button of this.all("[data-go]")) {
      const go = button.dataset.go;
      button.disabled = go === "play" ? !this.last : go === "start" || go === "back" ? step === 0 : step === this.last;
    }
    this.text("[data-go=play]", playing ? "暂停" : GO.play);
    this.$(".say").setAttribute("aria-live", playing ? "off" : "polite"); // 自己走的时候不念
    this.text(".say", this.tell(run, step));
    this.text(".vocab", `${count(was.vocab)} → ${count(vocab)}`);
    this.text(".total", `${count(was.total)} → ${count(total)}`);
  }

  tell({ merges, states, number, unit }, step) {
    if (!step) {
      return this.last ? `还没有合并。${UNIT_TEXT[unit]}，词表是${unit === "bytes" ? " 256 个字节" : "语料里的字母"}，表里最上面的一对将先合并。` :
        "每个词都只有一个单位，没有相邻的一对，不用合并。";
    }
    const [a, b] = merges[step - 1], [top] = states[step - 1].pairs, made = show(a + b, unit);
    const tied = states[step - 1].pairs.filter((pair) => pair.count === top.count).length;
    return `第 ${step} 步：${show(a, unit)} + ${show(b, unit)} 出现 ${count(top.count)} 次，${tied > 1 ?
      `${tied} 对并列最多，取编号小的` : "最多"}。合成“${made}”，编号 ${number.get(a + b)}；语料少了 ${
      count(states[step - 1].total - states[step].total)} 个词元。`;
  }

  chip(token, cls = "") {
    const text = show(token, this.run.unit), hex = this.run.unit === "bytes" && /^[\dA-F]{2}( |$)/.test(text) && token > "\x7f";
    return make("i", { textContent: text, className: `${hex ? "hex " : ""}${cls}` });
  }

  drawPairs({ number, unit }, { pairs }) {
    const more = pairs.length - ROWS, ids = (pair) => pair.ids.join("，");
    const rows = pairs.slice(0, ROWS).map((pair, i) => make("tr", { className: i ? "" : "pick" },
      make("td", {}, make("span", { textContent: `${show(pair.a, unit)} + ${show(pair.b, unit)}` })),
      make("td", { textContent: ids(pair) }), make("td", { textContent: count(pair.count) }),
      make("td", { textContent: i ? (pair.count === pairs[0].count ? "并列" : "") : "合并它" })));
    if (!rows.length) rows.push(make("tr", {}, make("td", { colSpan: 4, textContent: "没有了：每个词都成了一个词元。" })));
    this.$("tbody").replaceChildren(...rows);
    this.text(".more", more > 0 ? `另有 ${more} 对，各不超过 ${count(pairs[ROWS].count)} 次` : "");
  }

  drawWords({ words, merges, states, unit }, step) {
    const { pieces, pairs } = states[step], made = step ? merges[step - 1].join("") : null, next = pairs[0];
    this.$(".words").replaceChildren(...pieces.map((symbols, i) => {
      const marks = symbols.map((token) => (token === made ? "new" : ""));
      for (let j = 1; next && j < symbols.length; j += 1) {
        if (symbols[j - 1] !== next.a || symbols[j] !== next.b || marks[j - 1].includes("next")) continue;
        marks[j - 1] += " next";
        marks[j] += " next";
      }
      const [word, times] = words[i];
      return make("li", {}, make("span", { className: "vh", textContent: `${word}，${count(times)} 次，切成 ${cut(symbols, unit)}` }),
        make("span", { className: "times", textContent: `${count(times)} ×`, ariaHidden: "true" }),
        make("span", { className: "cut", ariaHidden: "true" }, ...symbols.map((token, j) => this.chip(token, marks[j]))));
    }));
    this.text(".key", `填色：刚合出的。蓝框：下一步要合的。${unit === "bytes" ? "十六进制：还没凑成字的字节。" : ""}`);
  }

  // 词元总数随合并次数落下去。
  drawFall({ states }, step) {
    const n = Math.max(states.length - 1, 1), top = states[0].total;
    const x = (k) => (40 + (312 * k) / n).toFixed(1), y = (v) => (104 - (88 * v) / top).toFixed(1);
    const line = states.map(({ total }, k) => `${x(k)} ${y(total)}`).join("L");
    const text = (px, py, words, anchor) => `<text x="${px}" y="${py}" text-anchor="${anchor}">${words}</text>`;
    if (this.drawn !== states) {
      this.drawn = states;
      this.$("svg").innerHTML = `<path class="axis" d="M40 104H352M40 16H352"/><path class="fall" d="M${line}"/><circle class="dot" r="5"/>${
        text(40, 7, `语料切成 ${count(top)} 个词元`, "start") + text(34, 104, 0, "end") + text(40, 120, 0, "middle") +
        text(352, 120, states.length - 1, "end") + text(196, 120, "合并次数", "middle")}`;
    }
    const dot = this.$(".dot");
    dot.setAttribute("cx", x(step));
    dot.setAttribute("cy", y(states[step].total));
  }

  drawTry(run, step) {
    const s = this.state, { unit } = run, input = this.$("[data-word]"), { word, error } = readWord(s.word), list = this.$(".try ol");
    if (input.value !== s.word) input.value = s.word;
    input.setAttribute("aria-invalid", Boolean(error));
    this.text("#e-word", error ? `${error}。` : "");
    if (error) {
      list.replaceChildren();
      this.text(".end", "");
      return;
    }
    const { start, applied, pieces, unknown } = segment(word, run, step);
    const row = (name, tokens, made) => make("li", {}, make("span", { textContent: name }), make("span", { className: "cut" },
      ...tokens.map((token) => this.chip(token, unknown.includes(token) ? "no" : token === made ? "new" : ""))));
    list.replaceChildren(row("起步", start), ...applied.map(({ rank, a, b, pieces: now }) =>
      row(`第 ${rank} 条 ${show(a, unit)} + ${show(b, unit)}`, now, a + b)));
    const other = longest(word, run, step), names = unknown.map((token) => `“${show(token, unit)}”`).join("");
    const differs = cut(other, unit) !== cut(pieces, unit);
    this.text(".end", `${step ? "" : "还没有合并可用。"}得 ${cut(pieces, unit)}，${pieces.length} 个词元。${
      unknown.length ? `${names}没在语料里出现过，不在词表里，是未知词；换成从字节起步，就没有未知词。` : differs ?
      `从左往右找最长的，会得到 ${cut(other, unit)}：不一样，因为合并要按次序。` : ""}`);
  }
}

if (!customElements.get("book-bpe-player")) customElements.define("book-bpe-player", BpePlayer);
