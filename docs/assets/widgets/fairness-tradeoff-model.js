// 公平不可兼得，模型部分：纯函数，与 labs/fairness/thresholds.py 对应
// （tests/site/test_fairness_tradeoff.py 逐例核对）。不碰 DOM。

export const METRICS = ["selection", "fpr", "fnr", "ppv", "probability"];
const FAR = 12; // 门槛的求解范围

/** 标准正态的密度。 */
export const density = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/** 标准正态的上尾。靠近 0 用级数，远处用连分式。 */
export function tail(x) {
  if (x < 0) return 1 - tail(-x);
  if (x === Infinity) return 0;
  if (x < 3) {
    let term = x, sum = x;
    for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 - density(x) * sum;
  }
  let below = x;
  for (let k = 80; k > 0; k -= 1) below = x + k / below;
  return density(x) / below;
}

/** 得分为 s 的人真的违约的概率。 */
export function probability({ p, d }, s) {
  if (p === 0 || p === 1) return p;
  return 1 / (1 + Math.exp(-(Math.log(p / (1 - p)) + d * s - (d * d) / 2)));
}

/** 门槛 t 处的指标；没有定义的是 null。 */
export function metrics(group, t) {
  const { p, d } = group, hit = tail(t - d), wrong = tail(t), flagged = p * hit + (1 - p) * wrong;
  return { selection: flagged, fpr: p < 1 ? wrong : null, fnr: p > 0 ? tail(d - t) : null,
    ppv: flagged > 0 ? (p * hit) / flagged : null, probability: probability(group, t) };
}

/** 把 group 的门槛移到使 metric 等于 target 之处；够不着、没有定义，返回 null。 */
export function match(group, metric, target) {
  const gap = (t) => {
    const value = metrics(group, t)[metric];
    return value === null || target === null ? NaN : value - target;
  };
  let low = -FAR, high = FAR;
  const start = gap(low);
  if (!(start * gap(high) < 0)) return null;
  for (let k = 0; k < 80; k += 1) {
    const middle = (low + high) / 2;
    if (gap(middle) * start > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** 滑块一格 0.05；两端是全拒与全放。 */
export const ENDS = [-61, 101];
export const toThreshold = (stop) => (stop <= ENDS[0] ? -Infinity : stop >= ENDS[1] ? Infinity : stop / 20);
export const toStop = (t) => Math.min(ENDS[1], Math.max(ENDS[0], Math.round(20 * t)));

export const fixed = (x, places = 2) => (Math.abs(x) < 0.5 * 10 ** -places ? 0 : x).toFixed(places).replace("-", "−");
export const sayThreshold = (t) => (t === -Infinity ? "全拒" : t === Infinity ? "全放" : fixed(t));
