// 水印检测器，模型部分：纯函数，与 labs/safety/watermark.py、detection.py 逐对相等
// （tests/site/test_watermark.py 逐例核对）。不碰 DOM。字一律按码位数，不按 UTF-16 单元数。

export const MOST = 2000; // 一次最多看这么多个字
export const Z_LINE = 4; // 本书的门槛
export const START = { key: 2026, gamma: 0.5, seed: 1 };

// 第一段由小语言模型写成（钥匙 2026，γ = 0.5，δ = 2），第二段是测试集里人写的诗；由 scripts/figures/watermark_fallback.py 给出。
export const TEXTS = {
  marked: { name: "小语言模型写的，带水印", text: "蜡烛微明胜袖中，一年醒一动行风。谁缘就枕残灯没，闻碎三春月压笼。\n洛下诗行更几春，又应仙杏莫争人。槿花休上高架上，回首微吟直上人。\n高阁便云里" },
  human: { name: "人写的：白居易《钱塘湖春行》", text: "孤山寺北贾亭西，水面初平云脚低。几处早莺争暖树，谁家新燕啄春泥。乱花渐欲迷人眼，浅草才能没马蹄。最爱湖东行不足，绿杨阴里白沙堤。" },
};

/** 替换时从这里抽字：两段里出现过的，不含标点与换行。 */
export const POOL = [...new Set(Object.values(TEXTS).flatMap(({ text }) => [...text]))].filter((c) => !"，。\n".includes(c));

/** 搅匀 32 位（MurmurHash3 的收尾）。 */
export function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 钥匙与相邻两字的码位 → 0 到 2³² − 1 的整数。 */
export const pairHash = (key, previous, current) => mix(mix(Math.imul(previous, 0x9e3779b1) ^ key) ^ current);

export const limit = (gamma) => Math.ceil(gamma * 2 ** 32);

export const isGreen = (key, previous, current, gamma) => pairHash(key, previous.codePointAt(0), current.codePointAt(0)) < limit(gamma);

/** 每个字的颜色：green、red，first（前面没有字）或 repeat（这一对前面数过了）。 */
export function colours(text, key, gamma) {
  const chars = [...text], seen = new Set();
  return chars.map((current, i) => {
    if (!i) return "first";
    const pair = chars[i - 1] + current;
    if (seen.has(pair)) return "repeat";
    seen.add(pair);
    return isGreen(key, chars[i - 1], current, gamma) ? "green" : "red";
  });
}

function checkCounts(green, scored, gamma) {
  if (!(Number.isInteger(scored) && scored >= 1)) throw new RangeError(`scored 应为正整数，得到 ${scored}。`);
  if (!(Number.isInteger(green) && green >= 0 && green <= scored)) throw new RangeError(`green 应为 0 到 ${scored} 的整数，得到 ${green}。`);
  if (!(gamma > 0 && gamma < 1)) throw new RangeError(`gamma 应大于 0、小于 1，得到 ${gamma}。`);
}

/** 绿字比碰巧多出几个标准差。 */
export function zScore(green, scored, gamma) {
  checkCounts(green, scored, gamma);
  return (green - gamma * scored) / Math.sqrt(scored * gamma * (1 - gamma));
}

/** scored 次里至少 green 次的概率，精确的二项尾。 */
export function binomialTail(green, scored, gamma) {
  checkCounts(green, scored, gamma);
  const odds = Math.log(gamma) - Math.log1p(-gamma), terms = [scored * Math.log1p(-gamma)];
  for (let k = 0; k < scored; k += 1) terms.push(terms[k] + Math.log((scored - k) / (k + 1)) + odds);
  const tail = terms.slice(green), top = Math.max(...tail);
  return Math.min(1, Math.exp(top) * tail.reduce((sum, x) => sum + Math.exp(x - top), 0));
}

/** 一段文字里有没有这把钥匙的水印；没有一对可数，z 与 p 是 null，reason 说明原因。 */
export function detect(text, key, gamma) {
  const marks = colours(text, key, gamma), green = marks.filter((m) => m === "green").length;
  const scored = green + marks.filter((m) => m === "red").length;
  if (!scored) return { marks, scored, green, z: null, p: null, reason: `只有 ${marks.length} 个字，没有相邻的两个字可以计分` };
  return { marks, scored, green, z: zScore(green, scored, gamma), p: binomialTail(green, scored, gamma), reason: "" };
}

/** 种子 → n 个 (0, 1) 里的数：s ← 48271 s mod (2³¹ − 1)，先空转四次。 */
export function uniforms(seed, n) {
  const M = 2147483647, out = [];
  let s = seed;
  for (let i = -4; i < n; i += 1) {
    s = (48271 * s) % M;
    if (i >= 0) out.push(s / M);
  }
  return out;
}

/** 打乱 0 到 n − 1。 */
function order(n, u) {
  const out = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(u[i] * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

/** 改一遍：substitute 换掉一成，delete 删去一成（至少一个字），shuffle 打乱；同一个种子改法相同。 */
export function edit(how, text, seed) {
  const chars = [...text], n = chars.length, u = uniforms(seed, 2 * n), places = order(n, u);
  if (how === "shuffle") return places.map((i) => chars[i]).join("");
  const hit = new Set(places.slice(0, Math.max(1, Math.floor(n / 10 + 0.5))));
  if (how === "delete") return chars.filter((_, i) => !hit.has(i)).join("");
  return chars.map((c, i) => {
    if (!hit.has(i)) return c;
    const others = POOL.filter((x) => x !== c);
    return others[Math.floor(u[n + i] * others.length)];
  }).join("");
}

const RULES = {
  key: [(x) => Number.isInteger(x) && x >= 0 && x < 2 ** 32, "钥匙要填 0 到 4,294,967,295 的整数"],
  gamma: [(x) => x > 0 && x < 1, "γ 要填大于 0、小于 1 的数"],
  seed: [(x) => Number.isInteger(x) && x >= 1 && x <= 9999, "种子要填 1 到 9,999 的整数"],
};

/** 读一个数；不合格时给出一句能照着改的话。 */
export function readNumber(name, text) {
  const plain = String(text ?? "").slice(0, 60).normalize("NFKC").trim().replace("−", "-"), value = plain ? Number(plain) : NaN;
  return RULES[name][0](value) ? { value } : { error: `${RULES[name][1]}，现在${plain ? `是“${plain.slice(0, 16)}”` : "是空的"}` };
}

/** 太长的只看前 MOST 个字。 */
export function readText(text) {
  const chars = [...text];
  if (chars.length <= MOST) return { text, error: "" };
  return { text: chars.slice(0, MOST).join(""), error: `一次最多看 ${MOST.toLocaleString("en-US")} 个字，现在有 ${chars.length.toLocaleString("en-US")} 个，只算前面的` };
}

export const fixed = (x, places = 2) => (Math.abs(x) < 0.5 * 10 ** -places ? 0 : x).toFixed(places).replace("-", "−");

/** 概率：不太小的写三位小数，小的写成 a × 10⁻ⁿ。 */
export function sayP(p) {
  if (p >= 0.001) return p.toFixed(3);
  if (p < 1e-300) return "不到 10⁻³⁰⁰";
  const [a, n] = p.toExponential(1).split("e-");
  return `${a} × 10⁻${[...n].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`;
}
