// 旋转位置编码的刻度盘，模型部分：纯函数，与 labs/architecture/rope.py、relative_score.py 对应
// （tests/site/test_rope_dial.py 逐例核对）。不碰 DOM。每一对的内容都是 q = k = (1, 0)，只看转动。

export const DIMS = [2, 4, 8, 16, 32, 64, 128];
export const BASES = [10, 100, 1000, 10000, 150000, 500000, 1000000, 10000000];
export const RANGES = [32, 512, 8192, 32768];
export const COLUMNS = 256;
const TURN = 2 * Math.PI;

/** 第 i 对每个词元转多少弧度。 */
export const theta = (i, dim, base) => base ** ((-2 * i) / dim);
export const wavelength = (i, dim, base) => TURN / theta(i, dim, base);

/** 收进 [0, 2π)。 */
export const wrap = (angle) => ((angle % TURN) + TURN) % TURN;

/** 每一对的频率。 */
export const thetas = (dim, base) => Array.from({ length: dim / 2 }, (_, i) => theta(i, dim, base));

/** 各对转过同一段距离之后的平均得分：Σ cos(s·θ_i) / 对数。 */
export function meanCosine(distance, dim, base) {
  const all = thetas(dim, base);
  return all.reduce((sum, t) => sum + Math.cos(distance * t), 0) / all.length;
}

/** 一对的两根指针与得分。mode 为 "both" 时 q、k 都转，为 "key" 时只转 k。 */
export function dial({ m, n, pair, dim, base, mode }) {
  const t = theta(pair, dim, base), turned = mode === "key" ? 0 : m, distance = turned - n;
  return { theta: t, wavelength: TURN / t, q: turned * t, k: n * t, relative: distance * t, distance,
    pair_score: Math.cos(distance * t), score: meanCosine(distance, dim, base) };
}

/** 一起移动：先动的走到 to，另一个跟着走同样多；谁到了边上，就一起停。 */
export function moveTogether(from, other, to, limit) {
  const low = Math.max(-from, -other), high = Math.min(limit - from, limit - other);
  const by = Math.min(Math.max(to - from, low), high);
  return [from + by, other + by];
}

/** 距离 0 到 range 分成若干列，每列里整数距离上的最低与最高平均得分。列首准确计算，列内逐步转，省去大半三角函数。 */
export function curve(dim, base, range, columns = COLUMNS) {
  const all = thetas(dim, base), step = Math.max(1, range / columns), out = [];
  for (let start = 0; start <= range; start += step) {
    const sums = new Float64Array(Math.min(step, range + 1 - start));
    for (const t of all) {
      let c = Math.cos(start * t), s = Math.sin(start * t);
      const dc = Math.cos(t), ds = Math.sin(t);
      for (let j = 0; j < sums.length; j += 1) {
        sums[j] += c;
        [c, s] = [c * dc - s * ds, s * dc + c * ds];
      }
    }
    let low = Infinity, high = -Infinity;
    for (const sum of sums) { low = Math.min(low, sum); high = Math.max(high, sum); }
    out.push([start, low / all.length, high / all.length]);
  }
  return out;
}

/** 平均得分第一次低于零的距离；range 之内没有，给出 null。 */
export function firstNegative(dim, base, range) {
  for (const [start, low] of curve(dim, base, range)) {
    if (low >= 0) continue;
    for (let s = start; ; s += 1) if (meanCosine(s, dim, base) < 0) return s;
  }
  return null;
}

/** 画得下的几对：不到八对全画，多了就均匀取八对。 */
export function shown(dim, most = 8) {
  const pairs = dim / 2, take = Math.min(pairs, most);
  return Array.from({ length: take }, (_, j) => (take === 1 ? 0 : Math.round((j * (pairs - 1)) / (take - 1))));
}

/** 读一个整数：容许全角数字、千位逗号与空格；不合格时给出一句能照着改的话。 */
export function readCount(text, min, max) {
  const plain = String(text ?? "").normalize("NFKC").replace(/(\d)[,_ ](?=\d{3})/g, "$1").trim();
  const value = /^\d{1,9}$/.test(plain) ? Number(plain) : NaN;
  if (value >= min && value <= max) return { value };
  return { error: `要填 ${count(min)}–${count(max)} 的整数，现在是“${String(text ?? "").slice(0, 16)}”` };
}

export const count = (n) => n.toLocaleString("en-US");

/** 三位有效数字，不用科学记数。 */
export function digits(x) {
  if (x === 0) return "0";
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x))));
  const text = Math.abs(x) >= 1000 ? count(Math.round(x)) : x.toFixed(Math.min(places, 12));
  return text.replace("-", "−");
}

/** 弧度写成度，转满的圈数另写：“2 圈又 30.0°”。 */
export function degrees(angle) {
  const size = Math.abs(angle), whole = Math.floor(size / TURN + 1e-12), rest = ((size - whole * TURN) * 360) / TURN;
  const part = `${Math.max(rest, 0).toFixed(1)}°`;
  return `${angle < 0 && size > 1e-9 ? "−" : ""}${whole ? `${count(whole)} 圈又 ` : ""}${part}`;
}
