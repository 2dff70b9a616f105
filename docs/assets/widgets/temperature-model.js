// 温度旋钮，模型部分：纯函数，与 labs/introduction/sampling.py 逐步对应（tests/site/test_temperature.py 逐例核对）。
// 不碰 DOM。分布都已从大到小排好，编号就是名次，所以“并列取编号小的”就是取排在前面的。

const CLOSE = 1e-6; // 和与门槛相差不到这么多，算已经够了
const sum = (p) => p.reduce((total, x) => total + x, 0);

// “值:词元们”：后几项分得同样多。两张真的分布出自 lab-shannon-ngram.py 的五元模型，数由 scripts/figures/temperature_fallback.py 写出。
const PACKED = {
  en: [[0.712555,"h"],[0.196307,"o"],[0.0344652,"r"],[0.0296407,"e"],[0.00589675,"i"],[0.00488283," "],[0.00440076,"y"],[0.00309467,"a"],[0.00170413,"u"],[0.00163823,","],[0.00124061,"s"],[0.00120107,"t"],[0.000777101,"l"],[0.000247684,"m"],[0.000208143,"."],[0.000174642,"\n"],[0.000168601,"w"],[0.000148281,"p"],[0.000135101,"n"],[0.00012192,"dgv"],[0.00010874,"cf"],[9.55591e-05,"b"],[5.60176e-05,"k"],[2.96566e-05,"j‐"],[1.64761e-05,"0123456789;AEMNPT"],[3.29563e-06,"CDFGHRSUWqxz"]],
  zh: [[0.478267,"权"],[0.119406,"思"],[0.119205,"资"],[0.0196889,"国"],[0.0166816,"主"],[0.0164812,"必效"],[0.0149645,"的"],[0.0101528,"和"],[0.0072676,","],[0.00714557,"人"],[0.00526276,"。"],[0.00514073,"平所"],[0.00453928,"刑"],[0.00446083,"有"],[0.00433879,"本生"],[0.00413831,"尊成罪"],[0.00405986,"、"],[0.00393782,"言"],[0.00373734,"单经"],[0.00333637,"很理"],[0.00325792,"不或"],[0.0022555,"以在"],[0.00205502,"一他自"],[0.00185453,"任条行"],[0.00165405,"法"],[0.00145356,"为受对而"],[0.00125308,"这"],[0.0010526,"于其领"],[0.000852111,"\n使发同婚家已性政社进"],[0.000651627,";之享会促保信公合地奴宗实并得教无时种联被身迫通重"],[0.000451143,"下世中义予作免出分判前及各基大定宣害干应律意护改方是普暴格正此治独由男者良视解论"],[0.000250658,"七三上个九了二五住体依侮侵全八六关内别制努包区十反员四因均完审宪寻属布庭开待心念愿承控攻施期构歧犯现用界禁立等管结表要见誉誓认证财赋违间限隶集非"],[5.01743e-05,"与且业严临乃乏买事些亦产介们仰价传位何倚值偏元兄充共具决况准凡击切则利到剥力加务动匮卖压原友双变叛只名否告命善回团固土境处天夺女好姻媒嫁宅安密居展常年庇序度式弟张当形役徙忍恐息情惧想戒才托拘拜括持指捕接措提援放救族旨最望未机来某标止步残每民水求污活消涉渐然煽玷申相真础确示礼神离私秘移章第籍类精系约缔罚肤育背能致色荣获蔑蛮补规讯诉该语诲走起践载较辖辩辱迁过返适逐递逮遇遍道遭遵避酷野鉴铤铭际除险需面项高"]],
};

/** 一串 [值, 词元们] → 词元与概率，除以总和。 */
export function unpack(groups) {
  const tokens = [], weights = [];
  for (const [value, text] of groups) for (const token of text) { tokens.push(token); weights.push(value); }
  const total = sum(weights);
  return { tokens, p: weights.map((x) => x / total) };
}

export const SOURCES = {
  five: { name: "五个候选（手算的例子）", before: "今天天气真", tokens: [..."好热冷怪蓝"], p: [0.4, 0.3, 0.15, 0.1, 0.05] },
  en: { name: "英文五元模型", before: "…has the right to t", ...unpack(PACKED.en) },
  zh: { name: "中文五元模型", before: "人人有", ...unpack(PACKED.zh) },
};

/** 不留的清零，留下的除以它们的和。 */
function renormalize(p, keep) {
  const kept = p.map((x, i) => (keep[i] ? x : 0)), total = sum(kept);
  return kept.map((x) => x / total);
}

/** 从大到小的编号；并列时编号小的在前。 */
const ranking = (p) => p.map((_, i) => i).sort((i, j) => p[j] - p[i] || i - j);

/** 温度：p^(1/T) 再归一。T = 0 只留编号最小的第一名，T = ∞ 在非零的上面均匀。 */
export function temper(p, temperature) {
  if (!(temperature >= 0)) throw new RangeError(`温度应为非负数，得到 ${temperature}。`);
  const top = Math.max(...p);
  if (temperature === 0) { const best = p.indexOf(top); return p.map((_, i) => Number(i === best)); }
  const e = p.map((x) => (x > 0 ? Math.exp((Math.log(x) - Math.log(top)) / temperature) : 0)), total = sum(e);
  return e.map((x) => x / total);
}

/** 只留最大的 k 个；k 超过词表大小等于不截。 */
export function topK(p, k) {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`k 应为正整数，得到 ${k}。`);
  const kept = new Set(ranking(p).slice(0, k));
  return renormalize(p, p.map((_, i) => kept.has(i)));
}

function checkFraction(name, value) {
  if (!(value > 0 && value <= 1)) throw new RangeError(`${name} 应大于 0、不超过 1，得到 ${value}。`);
}

/** 从大到小取，取到和不小于 threshold 为止；至少留一个，threshold = 1 等于不截。 */
export function topP(p, threshold) {
  checkFraction("p", threshold);
  const keep = p.map(() => false);
  let total = 0;
  ranking(p).forEach((i, rank) => {
    total += p[i];
    keep[i] = threshold === 1 || rank === 0 || total - p[i] < threshold - CLOSE; // 排在它前面的还不够，就轮到它
  });
  return renormalize(p, keep);
}

/** 只留不小于 ratio · max p 的。 */
export function minP(p, ratio) {
  checkFraction("min-p", ratio);
  const floor = ratio * (1 - CLOSE) * Math.max(...p);
  return renormalize(p, p.map((x) => x >= floor));
}

/** 温度 → top-k → top-p → min-p；null 表示不用。给出每一步之后的分布。 */
export function stages(p, { t = 1, k = null, p: threshold = null, m = null }) {
  const warm = temper(p, t);
  const first = k === null ? warm : topK(warm, k);
  const second = threshold === null ? first : topP(first, threshold);
  return [warm, first, second, m === null ? second : minP(second, m)];
}

/** 熵，比特：Σ p log₂(1/p)，p = 0 的一项是 0。 */
export const entropy = (p) => sum(p.map((x) => (x > 0 ? x * Math.log2(1 / x) : 0)));

export const survivors = (p) => p.filter((x) => x > 0).length;

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

/** 累积和第一次超过 u 的编号；概率为 0 的不抽。 */
export function draw(p, u) {
  const cumulative = [];
  p.reduce((total, x) => (cumulative.push(total + x), total + x), 0);
  const target = u * cumulative.at(-1), index = cumulative.findIndex((c) => c > target);
  const last = p.findLastIndex((x) => x > 0);
  return index < 0 ? last : Math.min(index, last);
}

const LIMITS = {
  t: [(x) => x >= 0, "温度要填不小于 0 的数（0 只取第一名，∞ 一样多）"],
  k: [(x) => Number.isInteger(x) && x >= 1 && x <= 999999, "k 要填 1–999,999 的整数（超过词表等于不截）"],
  p: [(x) => x > 0 && x <= 1, "p 要填大于 0、不超过 1 的数（1 是不截）"],
  m: [(x) => x >= 0 && x <= 1, "min-p 要填 0 到 1 的数（0 是不用）"],
  seed: [(x) => Number.isInteger(x) && x >= 1 && x <= 9999, "种子要填 1–9,999 的整数"],
};

/** 读一个数：容许全角、千位逗号与“∞”；不合格时给出一句能照着改的话。 */
export function readNumber(key, text) {
  const raw = String(text ?? ""), [good, wanted] = LIMITS[key];
  const plain = raw.normalize("NFKC").replace(/(\d),(?=\d{3})/g, "$1").trim();
  const value = /^(∞|inf|infinity)$/i.test(plain) ? Infinity : /^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  if (good(value)) return { value };
  return { error: `${wanted}，现在${raw.trim() ? `是“${raw.slice(0, 16)}”` : "空着"}` };
}

export const count = (n) => n.toLocaleString("en-US");

/** 三位小数；不是零而不到 0.0005 的，写成“<0.001”。 */
export const digits = (x) => (x === 0 ? "0" : x < 0.0005 ? "<0.001" : x.toFixed(3));

/** 看不见的字符换个看得见的写法。 */
export const show = (token) => ({ " ": "␣", "\n": "↵" })[token] ?? token;
