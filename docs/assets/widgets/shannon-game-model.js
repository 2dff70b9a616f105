// 香农游戏，模型部分：纯函数，与 labs/introduction/shannon_game.py 逐例核对（tests/site/test_shannon_game.py）。不碰 DOM。

export const ALPHABET = [..." abcdefghijklmnopqrstuvwxyz"];
export const LEVELS = [0.25, 0.4, 0.55, 0.7, 0.85, 0.97]; // 押多少；没有 1：押 1 而猜错要付无穷多

// 三段文字与模型的猜法（猜中为止，长度就是次数）、下注，由 scripts/figures/shannon_game_fallback.py 算出。
export const PASSAGES = {
  en: { name: "英文：《世界人权宣言》第 27 条", before: "everyone has the right freely to ", text: "participate in the cultural life of the community",
    guesses: "aftsp|reuoli pa|r|t|i|c|leahti|etnap|l eoriupa|rt|ie| |atesroi|n| |t|h|e| |rpc|oharelti u|rtnl|e dilt|ey iarhu|r|eia|l| |airoptchsbfl|ai|mf|e| |ilao|rf| |t|h|e| |rpc|o|m|m|oiu|n|i|t|ey".split("|") },
  home: { name: "英文：一句家常话", before: "my sister opened the fridge and said there was ", text: "no milk left so we drank the coffee black",
    guesses: "catirhowdbsfmn|ao| |odathsfpbrecwlm|aei|ntsl|ye tiadoulsfvrpmncghbk|ei |artohsfpbiencwl|aie| adsnrlcetmf|oe fuiarlst|e |tifaohdbncws|uetho|cnvrlumtpw |oathsfpbrecw|hiaoe|lde |aotsirhenwbcmpd|eiu olasygvr|eia|tn|t ndcgiaoeyk|ie |art|h|e| |rpc|o|mnulr gtpvwcsoeiaydf| f|e|nc sradle|n |aotsirhenwb|oyeail|eiya|trnslivc|ehtlioayck".split("|") },
  poem: { name: "一首唐诗（下注）", before: "树顶烟微绿，", text: "山根菊暗香。何人独鞭马，落日上嘉祥。",
    bets: [
      ["近慈山此", 2, [0.0034, 0.0145, 0.9749, 0.0072]],
      ["非根然府", 1, [0.0002, 0.998, 0.0016, 0.0002]],
      ["菊遭惆入", 0, [0.5338, 0.0498, 0.0035, 0.413]],
      ["函奈暗白", 2, [0.0003, 0.0037, 0.9956, 0.0004]],
      ["近红草香", 3, [0, 0.9566, 0.0001, 0.0433]],
      ["斜只间何", 3, [0.3415, 0.4167, 0.0204, 0.2214]],
      ["人客彩下", 0, [1, 0, 0, 0]],
      ["独梦急道", 0, [0.6384, 0.0964, 0.0138, 0.2514]],
      ["白直思鞭", 3, [0.1185, 0.0267, 0.1723, 0.6825]],
      ["溪马分一", 1, [0.0005, 0.9988, 0.0001, 0.0006]],
      ["云落郭地", 1, [0.1361, 0.7954, 0.0273, 0.0411]],
      ["紫覆年日", 3, [0, 0.0012, 0, 0.9987]],
      ["塘听别上", 3, [0.0032, 0.3346, 0.0249, 0.6374]],
      ["画红有嘉", 3, [0.0713, 0.7013, 0.003, 0.2244]],
      ["无峰祥民", 2, [0.0002, 0.033, 0.9663, 0.0005]],
    ].map(([four, true_, bet]) => ({ four: [...four], true: true_, bet })) },
};

const sum = (p) => p.reduce((total, x) => total + x, 0);
const punctuation = (c) => "，。".includes(c);

/** 要猜的那些格：诗里的标点是给出的。 */
export const places = ({ text, bets }) => [...text].map((_, i) => i).filter((i) => !(bets && punctuation([...text][i])));

/** 新的一局：done 是每格的结果（英文是次数，诗是 {choice, level, bits, right}），tried 是这一格已经猜错的。 */
export const newGame = (key) => ({ key, done: [], tried: [] });

export const isOver = (game) => game.done.length >= places(PASSAGES[game.key]).length;

/** 眼下这一格的真字。 */
export function answer({ key, done }) {
  const passage = PASSAGES[key];
  return [...passage.text][places(passage)[done.length]];
}

/** 读一次猜：一个符号；大写、全角都认。不合格时给出一句能照着改的话。 */
export function readGuess(text) {
  const raw = String(text ?? ""), plain = raw.slice(0, 200).normalize("NFKC").toLowerCase(), letters = [...plain];
  const one = letters.length > 1 && plain.trim() ? [...plain.trim()] : letters;
  if (!one.length) return { error: "还没有猜：打一个字母，或按空格" };
  if (raw.length > 200 || one.length > 1) return { error: `一次只猜一个符号，现在有 ${[...raw].length.toLocaleString("en-US")} 个` };
  if (!ALPHABET.includes(one[0])) return { error: `“${one[0]}”不在 27 个符号里：只有 a–z 和空格（中文输入法请先切到英文）` };
  return { symbol: one[0] };
}

/** 猜一次 → 新的局和结果 right、wrong、again（猜过了，不另计）或 over。 */
export function guess(game, symbol) {
  if (isOver(game)) return { game, result: "over" };
  if (game.tried.includes(symbol)) return { game, result: "again" };
  if (symbol !== answer(game)) return { game: { ...game, tried: [...game.tried, symbol] }, result: "wrong" };
  return { game: { ...game, done: [...game.done, game.tried.length + 1], tried: [] }, result: "right" };
}

/** 不想猜了：余下的按空格、a、b……的次序替他猜完，所以仍能照样重演。 */
export function giveUp(game) {
  if (isOver(game)) return game;
  const left = ALPHABET.filter((c) => !game.tried.includes(c)), rank = game.tried.length + left.indexOf(answer(game)) + 1;
  return { ...game, done: [...game.done, rank], tried: [] };
}

/** 押 level 在第 choice 个上，其余三个平分剩下的。 */
export function bet(game, choice, level) {
  if (isOver(game)) return game;
  const right = PASSAGES[game.key].bets[game.done.length].true === choice;
  return { ...game, done: [...game.done, { choice, level, right, bits: Math.log2(right ? 1 / level : 3 / (1 - level)) }] };
}

/** 前 k 格里模型的次数，或付的比特。 */
export function machine(key, k = Infinity) {
  const { guesses, bets } = PASSAGES[key];
  return bets ? bets.slice(0, k).map((row) => Math.log2(1 / row.bet[row.true])) : guesses.slice(0, k).map((g) => g.length);
}

/** 模型押得最多的那一个。 */
export const favourite = ({ bet: p }) => p.indexOf(Math.max(...p));

/** 第 1、2、3……次才猜中的各占几成。 */
export function guessShares(ranks) {
  if (!ranks.length) throw new RangeError("ranks 至少要有一项，得到空的序列。");
  for (const r of ranks) if (!(Number.isInteger(r) && r >= 1)) throw new RangeError(`ranks 里的次数应为正整数，得到 ${r}。`);
  return Array.from({ length: Math.max(...ranks) }, (_, i) => ranks.filter((r) => r === i + 1).length / ranks.length);
}

/** 由 q 得熵的下界与上界，比特每字；先从大到小排好。 */
export function entropyBounds(q) {
  const falling = [...q].sort((a, b) => b - a);
  return { lower: sum(falling.map((x, i) => (i + 1) * (x - (falling[i + 1] ?? 0)) * Math.log2(i + 1))),
    upper: sum(falling.map((x) => (x > 0 ? x * Math.log2(1 / x) : 0))) };
}

/** 95% 的 Wilson 区间。 */
export function wilson(successes, n) {
  const z = 1.959963984540054, p = successes / n, centre = p + (z * z) / (2 * n), scale = 1 + (z * z) / n;
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [successes === 0 ? 0 : (centre - half) / scale, successes === n ? 1 : (centre + half) / scale];
}

/** 走到第 1、2、……格时的 [下, 上]：英文是上下界，诗是平均付的比特（下上相同）。 */
export function curve(key, values) {
  return values.map((_, i) => {
    const seen = values.slice(0, i + 1);
    if (PASSAGES[key].bets) return Array(2).fill(sum(seen) / seen.length);
    const { lower, upper } = entropyBounds(guessShares(seen));
    return [lower, upper];
  });
}

const BINS = { ranks: [[1, 1], [2, 2], [3, 3], [4, 5], [6, 10], [11, 27]], bits: [[0, 0.25], [0.25, 0.5], [0.5, 1], [1, 2], [2, 4], [4, 99]] };

/** 直方图：[名字, 个数]。比特的各格含左不含右，恰好 2 比特（押 25%）算在“2–4”。 */
export function histogram(key, values) {
  if (!PASSAGES[key].bets) return BINS.ranks.map(([a, b]) => [a === b ? `${a} 次` : `${a}–${b} 次`, values.filter((r) => r >= a && r <= b).length]);
  return BINS.bits.map(([a, b]) => [b === 99 ? `${a} 以上` : `${a}–${b}`, values.filter((x) => x >= a && x < b).length]);
}

/** 空格换个看得见的写法。 */
export const show = (c) => (c === " " ? "␣" : c);
