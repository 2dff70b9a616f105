// 两点差距，模型部分：纯函数，与 labs/capabilities/gap.py 逐行对应
// （tests/site/test_two_point_gap.py 逐例核对，重抽的每一个数都相同）。不碰 DOM。

export const Z_95 = 1.96; // 双侧 95%
export const Z_POWER = 0.8416; // 80% 的把握
export const MOST_ITEMS = 20000;
export const TIMES = 200;
export const LIMITS = { n: [50, MOST_ITEMS], p1: [1, 99], p2: [1, 99], phi: [-1, 1], seed: [1, 999] };

/** φ 可取的最小值与最大值。 */
export function phiRange(p1, p2) {
  const spread = Math.sqrt(p1 * (1 - p1) * p2 * (1 - p2));
  return [(Math.max(0, p1 + p2 - 1) - p1 * p2) / spread, (Math.min(p1, p2) - p1 * p2) / spread];
}

/** φ 与两个正确率相容吗；不相容时给出一句能照着改的话。 */
export function phiError(p1, p2, phi) {
  const [low, high] = phiRange(p1, p2);
  if (phi >= low - 1e-9 && phi <= high + 1e-9) return "";
  return `正确率是 ${rate(p1)} 与 ${rate(p2)} 时，φ 只能取 ${allowed(p1, p2)}，现在是 ${signed(phi, 2)}`;
}

/** 可取的范围，向里取到两位小数：写出来的两个端点都可用。 */
export function allowed(p1, p2) {
  const [low, high] = phiRange(p1, p2);
  return `${signed(Math.ceil(low * 100 - 1e-7) / 100, 2)} 到 ${signed(Math.floor(high * 100 + 1e-7) / 100, 2)}`;
}

/** 一道题的四种结局的机会：都对、只有一对、只有二对、都错。 */
export function cells(p1, p2, phi) {
  const wanted = p1 * p2 + phi * Math.sqrt(p1 * (1 - p1) * p2 * (1 - p2));
  const both = Math.min(Math.max(wanted, 0, p1 + p2 - 1), p1, p2);
  return [both, p1 - both, p2 - both, 1 - p1 - p2 + both];
}

/** 一道题上两个对错之差的方差。 */
export function itemVariance(p1, p2, phi = 0) {
  const a = p1 * (1 - p1), b = p2 * (1 - p2);
  return Math.max(0, a + b - 2 * phi * Math.sqrt(a * b));
}

/** 差的标准误；phi 取 0 是不配对的算法。 */
export const standardError = (n, p1, p2, phi = 0) => Math.sqrt(itemVariance(p1, p2, phi) / n);

/** 有 80% 的把握看出的最小差距。 */
export const detectableGap = (n, p1, p2, phi = 0) => (Z_95 + Z_POWER) * standardError(n, p1, p2, phi);

/** 有 80% 的把握看出 p1 与 p2 之差，至少几道题；两者相等时给出 null。 */
export function itemsNeeded(p1, p2, phi = 0) {
  if (p1 === p2) return null;
  return Math.max(1, Math.ceil(itemVariance(p1, p2, phi) * ((Z_95 + Z_POWER) / (p1 - p2)) ** 2 - 1e-9));
}

/** 把 32 位整数搅匀（MurmurHash3 的收尾一步）。 */
export function mix(x) {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 重抽 times 次，每次 n 道题：[一答对几道, 二答对几道]。题数变了，前面的题不变。 */
export function redraw({ n, p1, p2, phi, seed }, times = TIMES) {
  const [both, , onlyTwo] = cells(p1, p2, phi), start = mix(seed);
  const [a, b, c] = [both, p1, p1 + onlyTwo].map((p) => Math.floor(p * 2 ** 32 + 0.5));
  return Array.from({ length: times }, (_, r) => {
    let one = 0, two = 0;
    for (let k = r * MOST_ITEMS + 1; k <= r * MOST_ITEMS + n; k += 1) {
      const u = mix(start + Math.imul(k, 0x9e3779b9));
      if (u < b) {
        one += 1;
        if (u < a) two += 1;
      } else if (u < c) two += 1;
    }
    return [one, two];
  });
}

/** 重抽里：弱的赢了几次，打平几次，离 0 超过 1.96 个标准误（配对、不配对）的几次。 */
export function tally({ n, p1, p2, phi }, draws) {
  const way = Math.sign(p1 - p2), bars = [phi, 0].map((f) => Z_95 * standardError(n, p1, p2, f));
  const gaps = draws.map(([one, two]) => one - two), number = (test) => gaps.filter(test).length;
  return { upset: number((g) => g * way < 0), tie: number((g) => g === 0),
    paired: number((g) => Math.abs(g) / n > bars[0]), unpaired: number((g) => Math.abs(g) / n > bars[1]) };
}

/** 容得下 x 的整齐刻度：1、2、5 乘十的幂。 */
export function nice(x) {
  const power = 10 ** Math.floor(Math.log10(x) + 1e-12), lead = x / power;
  return (lead <= 1 + 1e-9 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/** 滑块上的题数：大致等比，都是整齐的数。 */
export const STOPS = [50, 60, 80, ...[100, 1000].flatMap((k) => [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].map((m) => Math.round(m * k))),
  10000, 12000, 15000, 20000];

const ASK = { n: "的整数", p1: "的百分数，最多一位小数", p2: "的百分数，最多一位小数", phi: "的数，最多两位小数", seed: "的整数" };
const FORM = { n: /^\d{1,9}$/, p1: /^\d{1,3}(\.\d)?%?$/, p2: /^\d{1,3}(\.\d)?%?$/, phi: /^[+-]?(\d(\.\d{1,2})?|\.\d{1,2})$/, seed: /^\d{1,9}$/ };

/** 读一个数：容许全角数字、千位逗号、百分号；不合格时给出一句能照着改的话。正确率以百分数填，得到的也是百分数。 */
export function readNumber(name, text) {
  const raw = String(text ?? ""), [min, max] = LIMITS[name];
  const plain = raw.normalize("NFKC").replace(/[−–]/g, "-").replace(/(\d)[, ](?=\d{3})/g, "$1").trim();
  const value = FORM[name].test(plain) ? parseFloat(plain) : NaN;
  if (value >= min && value <= max) return { value: value + 0 };
  const fraction = /^p[12]$/.test(name) && Number(plain) > 0 && Number(plain) < 1 ? "；要写 71，不写 0.71" : "";
  return { error: `要填 ${signed(min)} 到 ${count(max)} ${ASK[name]}，现在是“${raw.slice(0, 16)}”${fraction}` };
}

export const count = (n) => n.toLocaleString("en-US");
export const signed = (x, places = 0) => (Math.abs(x) < 0.5 * 10 ** -places ? 0 : x).toFixed(places).replace("-", "−");
export const points = (x, places = 1) => signed(100 * x, places);
export const rate = (p) => `${+(100 * p).toFixed(1)}%`;
