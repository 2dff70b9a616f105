// <book-shannon-game>：香农游戏。算式都在 shannon-game-model.js，这里只画图、收猜测。
import { Board } from "./board.js";
import { LEVELS, PASSAGES, answer, bet, curve, entropyBounds, favourite, giveUp, guess, guessShares, histogram, isOver, machine, newGame,
  places, readGuess, show, wilson } from "./shannon-game-model.js";

const KEYS = ["qwertyuiop", "asdfghjkl", "zxcvbnm "];
const W = 340, H = 132, L = 26, B = 112; // 曲线图的宽、高、左边与底边

const CSS = `
:host{display:block;container-type:inline-size;margin:1.5em 0;--fg:var(--fig-fg,#24221e);--mut:var(--fig-mut,#67625a);
--line:var(--fig-grid,#e3dfd4);--bg:var(--fig-bg,#fdfcf9);--a:var(--c0,#14699f);--b:var(--c1,#ad5118)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box;margin:0;padding:0;min-width:0}
.board{min-height:calc(1356px + var(--tall,0px));color:var(--fg);background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:14px;font-size:14px;line-height:1.6;text-align:left;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
::slotted(*){display:block;max-width:100%;height:auto;margin:auto}
.cols{display:grid;gap:16px 28px}.cols>*{display:grid;gap:10px;align-content:start}
label,legend,caption,.t{text-align:left;font-weight:700}small{font-weight:400;font-size:13px;color:var(--mut)}
select,button,.in{font:inherit;color:var(--fg);background:var(--bg);border:1px solid var(--mut);border-radius:6px;min-height:36px;padding:3px 8px;width:100%}
select,button{cursor:pointer}
:focus-visible{outline:3px solid var(--b);outline-offset:2px}
[aria-invalid=true]{border:2px solid var(--b)}
.notes{border-left:4px solid var(--b);padding:2px 10px;margin-bottom:14px}.notes:empty{display:none}
.before{color:var(--mut);min-height:3.2em}
ol{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(18px,1fr));gap:3px;min-height:190px;align-content:start}
li{text-align:center;border-bottom:2px solid var(--line);line-height:1.25;height:44px;font-size:16px;white-space:nowrap}
li b{display:block;font-size:12px;font-weight:400;color:var(--mut)}li.bad b{color:var(--b);font-weight:700}li.now{border-bottom-color:var(--b);background:var(--line)}
.play{min-height:calc(290px + var(--keys,0px))}.play,.mode{display:grid;gap:10px;align-content:start}
.row{display:flex;gap:4px}.row button{padding:0;flex:1}.row .wide{flex:2.5}
.used{color:var(--mut);text-decoration:line-through;border-style:dashed}
.type{display:grid;grid-template-columns:1fr 80px;gap:8px}.type label{grid-column:1/-1}
fieldset{border:0;display:grid;grid-template-columns:repeat(4,1fr);gap:6px}.six{grid-template-columns:repeat(3,1fr)}
legend{grid-column:1/-1}fieldset label{display:flex;gap:6px;align-items:center;justify-content:center;min-height:40px;border:1px solid var(--mut);border-radius:6px;
font-weight:400;cursor:pointer}.four label{font-size:20px}input[type=radio]{accent-color:var(--a);width:16px;height:16px}
.hint{font-size:13px;line-height:1.4;min-height:2.8em;color:var(--mut)}.err{color:var(--b)}
.two{display:grid;grid-template-columns:1fr 1fr;gap:8px}
.say{min-height:6.4em}
table{width:100%;border-collapse:collapse;table-layout:fixed;height:234px}
th,td{padding:2px 3px;border-bottom:1px solid var(--line);font-weight:400;text-align:right;white-space:nowrap;font-size:13px}
thead th{color:var(--mut)}th:first-child{text-align:left;width:5.2em}.n{width:3.4em}
.bar{height:9px;margin:2px 0}.me{background:var(--a)}.it{border:1px solid var(--b)}
svg.plot{display:block;width:100%;max-width:400px;height:auto}
.plot text{font-size:11px;fill:var(--mut)}.grid{stroke:var(--line)}.mine{stroke:var(--a);stroke-width:2;fill:none}.its{stroke:var(--b);stroke-width:1.5;stroke-dasharray:5 3;fill:none}
.fill{fill:var(--a);fill-opacity:.2}
dl>div{display:flex;justify-content:space-between;gap:8px;padding:3px 0;border-top:1px solid var(--line)}
dt{color:var(--mut)}dd{font-weight:600;text-align:right}
@media (pointer:coarse){:host{--tall:110px;--keys:60px}button,select,.in,fieldset label{min-height:44px}}
@container (min-width:640px){.board{min-height:calc(738px + var(--keys,0px));padding:20px}.cols{grid-template-columns:1.05fr 1fr}}
`;

/** 造一个元素；字一律用 textContent。 */
function make(tag, props = {}, ...children) {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...children);
  return el;
}

const percent = (x) => `${Math.round(100 * x)}%`;

const html = () => `<div class="notes" role="status"></div><div class="cols">
<div><label>哪一段<select data-passage>${Object.entries(PASSAGES).map(([key, { name }]) => `<option value="${key}">${name}</option>`).join("")}</select></label>
<p class="before"></p><ol aria-label="已经揭开的字，下面是次数"></ol>
<div class="play"><div class="letters mode" data-mode="ranks"><div class="type"><label for="guess">下一个符号是什么？ <small>打一个字母，或点下面的键</small></label>
<input class="in" id="guess" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="e"><button type="button" data-go>猜</button></div>
${KEYS.map((row) => `<div class="row">${[...row].map((c) =>
  `<button type="button" data-key="${c}"${c === " " ? ' class="wide">空格' : `>${c}`}</button>`).join("")}</div>`).join("")}</div>
<div class="mode" data-mode="bits" hidden><fieldset class="four"><legend>下一个字是哪一个？</legend></fieldset>
<fieldset class="six"><legend>押多少在它上面？ <small>其余三个平分剩下的</small></legend>${LEVELS.map((x) =>
  `<label><input type="radio" name="level" value="${x}">${percent(x)}</label>`).join("")}</fieldset><button type="button" data-bet>押下，揭晓</button></div>
<p class="hint" id="e" role="status"></p></div>
<div class="two"><button type="button" data-give>不猜了，揭晓</button><button type="button" data-again>重来</button></div></div>
<div><p class="say" aria-live="polite" aria-atomic="true"></p>
<table><caption><span class="what"></span> <small>实条是你，空框是模型</small></caption><thead><tr><th scope="col" class="unit"></th><th scope="col">个数</th>
<th scope="col" class="n">你</th><th scope="col" class="n">模型</th></tr></thead><tbody></tbody></table>
<p class="t">走到第几格，算出多少 <small>比特；实线是你，虚线是模型</small></p><svg class="plot" viewBox="0 0 ${W} ${H}" role="img"></svg>
<dl>${["mine", "its", "first", "itsFirst"].map((key) => `<div><dt data-name="${key}"></dt><dd data-out="${key}"></dd></div>`).join("")}</dl></div></div>`;

class ShannonGame extends Board {
  static observedAttributes = ["data-passage"];

  constructor() {
    super(CSS);
    this.game = newGame("en");
    this.last = "";
  }

  attributeChangedCallback(attribute, _, text) {
    const names = Object.keys(PASSAGES);
    delete this.notes.passage;
    if (text !== null) {
      if (names.includes(text)) this.start(text);
      else this.notes.passage = `属性 ${attribute}：要填 ${names.join("、")} 之一，现在是“${text.slice(0, 16)}”。没有采用。`;
    }
    this.draw();
  }

  start(key) {
    this.game = newGame(key);
    this.last = "";
    this.error = "";
  }

  build() {
    this.built = true;
    this.$(".board").innerHTML = html();
    const field = this.$("#guess");
    const on = (selector, type, act) => this.all(selector).forEach((el) => el.addEventListener(type, (event) => { act(el, event); this.draw(); }));
    const take = () => { this.try(field.value); field.value = ""; };
    on("[data-passage]", "change", (el) => this.start(el.value));
    on("[data-key]", "click", (el) => this.try(el.dataset.key));
    on("[data-go]", "click", take);
    on("[data-again]", "click", () => this.start(this.game.key));
    on("[data-give]", "click", () => this.reveal());
    on("[data-bet]", "click", () => this.wager());
    on("#guess", "input", (_, event) => { if (!event.isComposing && field.value) take(); }); // 输入法还没选好字时不收
    on("#guess", "compositionend", () => { if (field.value) take(); });
    on("#guess", "keydown", (_, event) => { if (event.key === "Enter" && !event.isComposing) take(); });
    on(".letters", "keydown", (_, event) => { // 焦点在屏幕键盘上时，直接打字母也行
      if (event.target !== field && /^[a-z]$/i.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.try(event.key);
    });
  }

  try(text) {
    const { symbol, error } = readGuess(text);
    this.error = error ? `${error}。这次不算。` : "";
    if (error) return;
    const before = this.game, { game, result } = guess(before, symbol);
    this.game = game;
    if (result === "again") this.error = `“${show(symbol)}”在这一格猜过了，不另计。`;
    else if (result === "wrong") this.last = `不是“${show(symbol)}”，这一格猜了 ${game.tried.length} 次。`;
    else if (result === "right") this.last = this.compare(before, `“${show(symbol)}”，第 ${game.done.at(-1)} 次猜中。`);
  }

  reveal() {
    const before = this.game;
    this.error = "";
    if (isOver(before)) return;
    this.game = giveUp(before);
    this.last = this.compare(before, `是“${show(answer(before))}”。余下的按空格、a、b……替你猜完，记第 ${this.game.done.at(-1)} 次。`);
  }

  compare(before, said) {
    const tries = [...PASSAGES[before.key].guesses[before.done.length]];
    return `${said}模型第 ${tries.length} 次，依次猜 ${tries.slice(0, 8).map(show).join(" ")}${tries.length > 8 ? " ……" : ""}。`;
  }

  wager() {
    const choice = this.$("[name=four]:checked"), level = this.$("[name=level]:checked");
    this.error = isOver(this.game) ? "" : !choice ? "先选一个字。这次不算。" : !level ? "再选押多少。这次不算。" : "";
    if (this.error || isOver(this.game)) return;
    const row = PASSAGES[this.game.key].bets[this.game.done.length];
    this.game = bet(this.game, +choice.value, +level.value);
    const { right, bits } = this.game.done.at(-1), top = favourite(row);
    this.last = `${right ? "对" : "错"}，是“${row.four[row.true]}”，你付 ${bits.toFixed(2)} 比特。模型在它上面押 ${percent(row.bet[row.true])}，付 ${
      machine(this.game.key)[this.game.done.length - 1].toFixed(2)}${top === row.true ? "" : `；它最看好“${row.four[top]}”`}。`;
    choice.checked = level.checked = false;
  }

  draw() {
    if (!this.near) return;
    if (!this.built) this.build();
    this.$(".notes").replaceChildren(...Object.values(this.notes).map((textContent) => make("p", { textContent })));
    const { key, done } = this.game, betting = Boolean(PASSAGES[key].bets);
    const mine = betting ? done.map((d) => d.bits) : done, its = machine(key, mine.length);
    this.drawText(betting);
    this.drawControls(betting);
    this.drawTable(mine, its, betting);
    this.drawCurve(mine, its, betting);
    this.tell(mine, its, betting);
  }

  drawText(betting) {
    const { key, done } = this.game, passage = PASSAGES[key], order = places(passage);
    this.text(".before", `已知：${passage.before}`);
    this.$("ol").replaceChildren(...[...passage.text].map((c, i) => {
      const at = order.indexOf(i), result = done[at], open = at < 0 || at < done.length;
      const bad = open && at >= 0 && (betting ? !result.right : result > 1);
      const li = make("li", { className: at === done.length ? "now" : bad ? "bad" : "", textContent: open ? show(c) : "·" });
      if (open && at >= 0) li.append(make("b", { textContent: betting ? result.bits.toFixed(1) : result }));
      return li;
    }));
  }

  drawControls(betting) {
    const { key, done, tried } = this.game, over = isOver(this.game), row = betting && PASSAGES[key].bets[done.length];
    this.$("[data-passage]").value = key;
    this.$("[data-mode=ranks]").hidden = betting;
    this.$("[data-mode=bits]").hidden = !betting;
    this.$("[data-give]").hidden = betting;
    this.all("[data-key]").forEach((el) => {
      el.classList.toggle("used", tried.includes(el.dataset.key));
      el.setAttribute("aria-disabled", tried.includes(el.dataset.key) || over);
    });
    const shown = `${key} ${row ? done.length : ""}`, four = this.$(".four");
    if (this.shown !== shown) { // 候选没换就不重画：选中的和焦点都要留着
      this.shown = shown;
      const focused = this.shadowRoot.activeElement;
      four.querySelectorAll("label").forEach((el) => el.remove());
      if (row) four.append(...row.four.map((c, i) => make("label", {}, make("input", { type: "radio", name: "four", value: i }), c)));
      if (focused?.matches("[data-bet]")) four.querySelector("input")?.focus();
    }
    this.$("#guess").setAttribute("aria-invalid", Boolean(this.error && !betting));
    this.$("#e").classList.toggle("err", Boolean(this.error));
    this.text("#e", this.error || (over ? "这一段猜完了。" : ""));
  }

  drawTable(mine, its, betting) {
    const { key } = this.game, yours = histogram(key, mine), models = histogram(key, its), most = Math.max(1, ...yours.map((r) => r[1]), ...models.map((r) => r[1]));
    const bar = (className, n) => { const el = make("div", { className: `bar ${className}` }); el.style.width = `${(100 * n) / most}%`; el.hidden = !n; return el; };
    this.text(".what", betting ? "每格付几比特" : "第几次猜中");
    this.text(".unit", betting ? "比特" : "次数");
    this.$("tbody").replaceChildren(...yours.map(([name, n], i) => make("tr", {}, make("th", { scope: "row", textContent: name }),
      make("td", {}, bar("me", n), bar("it", models[i][1])), make("td", { textContent: n }), make("td", { textContent: models[i][1] }))));
  }

  drawCurve(mine, its, betting) {
    const { key } = this.game, total = places(PASSAGES[key]).length, a = curve(key, mine), b = curve(key, its);
    const top = Math.max(betting ? 3 : 4, Math.ceil(Math.max(0, ...[...a, ...b].map((v) => v[1]))));
    const x = (i) => L + ((i + 1) / total) * (W - L - 6), y = (v) => B - (v / top) * (B - 8);
    const path = (values, j) => values.map((v, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(v[j]).toFixed(1)}`).join("");
    const back = a.map((v, i) => `L${x(i).toFixed(1)} ${y(v[0]).toFixed(1)}`).reverse().join("");
    const lines = Array.from({ length: top + 1 }, (_, v) => `<path class="grid" d="M${L} ${y(v)}H${W}"/><text x="${L - 6}" y="${y(v) + 4}" text-anchor="end">${v}</text>`);
    const dots = a.length === 1 ? a[0].map((v) => `<circle cx="${x(0)}" cy="${y(v)}" r="3" fill="var(--a)"/>`).join("") : "";
    this.$(".plot").innerHTML = `${lines.join("")}<text x="${W}" y="${H - 4}" text-anchor="end">第 ${total} 格</text>
${a.length ? `<path class="fill" d="${path(a, 1)}${back}Z"/>` : ""}${[0, 1].map((j) => `<path class="its" d="${path(b, j)}"/><path class="mine" d="${path(a, j)}"/>`).join("")}${dots}`;
    this.$(".plot").setAttribute("aria-label", `曲线：横轴是格数，纵轴是比特；走到第 ${mine.length} 格，数写在下面的表里`);
  }

  tell(mine, its, betting) {
    const { key, done } = this.game, total = places(PASSAGES[key]).length, n = mine.length, none = n ? null : "还没有";
    const mean = (v) => v.reduce((s, x) => s + x, 0) / n;
    const range = (v) => { const { lower, upper } = entropyBounds(guessShares(v)); return `${lower.toFixed(3)} – ${upper.toFixed(3)}`; };
    const share = (k) => { const [low, high] = wilson(k, n); return `${k} / ${n}（${percent(low)}–${percent(high)}）`; };
    const hits = betting ? [done.filter((d) => d.right).length, PASSAGES[key].bets.slice(0, n).filter((row) => favourite(row) === row.true).length] :
      [mine, its].map((v) => v.filter((r) => r === 1).length);
    const names = betting ? ["你平均付，比特", "模型平均付，比特", "你押对（95% 区间）", "模型押对（95% 区间）"] :
      ["你的下界 – 上界，比特", "模型的下界 – 上界，比特", "你一次猜中（95% 区间）", "模型一次猜中（95% 区间）"];
    const value = betting ? (v) => mean(v).toFixed(3) : range;
    ["mine", "its", "first", "itsFirst"].forEach((name, i) => {
      this.text(`[data-name=${name}]`, names[i]);
      this.text(`[data-out=${name}]`, none ?? (i < 2 ? value([mine, its][i]) : share(hits[i - 2])));
    });
    const start = betting ? `四个候选里一个是真的。不知道就各押 25%，每格付 2 比特。` : `27 个符号里一个是真的。猜到对为止，次数会记下。`;
    const end = isOver(this.game) ? `猜完了，一共只有 ${total} 格，这些数还很粗。` : `第 ${n + 1} 格，共 ${total} 格。`;
    this.text(".say", `${this.last || start}${end}`);
  }
}

if (!customElements.get("book-shannon-game")) customElements.define("book-shannon-game", ShannonGame);
