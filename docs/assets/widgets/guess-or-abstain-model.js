// 猜还是不猜，模型部分：纯函数，与 labs/safety/abstention.py 逐行对应
// （tests/site/test_guess_or_abstain.py 逐例核对）。不碰 DOM。

export const TOY = Array.from({ length: 10 }, (_, k) => (2 * k + 1) / 20); // 说的把握，各占一成的题
export const LIMITS = { c: [0, 19], g: [0.3, 3] };

/** 有 p 的机会答对时，作答的期望得分；不答是 0。 */
export const expectedScore = (p, c) => p - c * (1 - p);

/** 期望得分恰为 0 的把握。 */
export const threshold = (c) => c / (1 + c);

/** 说 q 的题真的对几成。 */
export const trueRate = (q, gamma) => q ** gamma;

/** 该在说的把握的哪里划线。 */
export const honestCut = (t, gamma) => t ** (1 / gamma);

/** 只答说的把握大于 cut 的题：作答率、答了的对几成（一题没答是 null）、每题平均得分。 */
export function outcome(said, right, cut, c) {
  const answered = right.filter((_, i) => said[i] > cut), sum = (xs) => xs.reduce((total, x) => total + x, 0);
  return { coverage: answered.length / said.length, accuracy: answered.length ? sum(answered) / answered.length : null,
    score: sum(answered.map((p) => expectedScore(p, c))) / said.length };
}

/** 三种做法：全猜；信自己说的；先把说的换成真的。 */
export function compare(c, gamma, said = TOY) {
  const right = said.map((q) => trueRate(q, gamma)), t = threshold(c);
  const run = (cut) => outcome(said, right, cut, c);
  return { guess: run(-1), trust: run(t), honest: run(honestCut(t, gamma)) };
}

const ASK = { c: "扣的分", g: "指数" };

/** 读一个数：容许全角数字；不合格时给出一句能照着改的话。 */
export function readNumber(name, text) {
  const raw = String(text ?? ""), [min, max] = LIMITS[name], plain = raw.normalize("NFKC").trim();
  const value = /^\d{1,2}(\.\d{1,2})?$/.test(plain) ? parseFloat(plain) : NaN;
  return value >= min && value <= max ? { value } : { error: `${ASK[name]}要填 ${min} 到 ${max} 的数，最多两位小数，现在是“${raw.slice(0, 16)}”` };
}

export const signed = (x, places = 3) => (Math.abs(x) < 0.5 * 10 ** -places ? 0 : x).toFixed(places).replace("-", "−");
export const percent = (p, places = 0) => (p === null ? "没有可算的" : `${(100 * p).toFixed(places)}%`);
