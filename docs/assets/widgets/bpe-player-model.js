// BPE 合并播放器的模型：纯函数，与 labs/architecture/bpe_training.py 对应（tests/site/test_bpe_player.py 逐步核对）。
// 不碰 DOM。词元就是字符串；字节起步时一个字节当一个字母（U+0000–U+00FF），与 Python 的 latin-1 写法相同。

export const UNITS = ["chars", "bytes"];
export const LIMIT = { words: 24, symbols: 400, count: 999999, word: 24 };
export const SAMPLES = {
  hug: { unit: "chars", text: "hug 10\npug 5\npun 12\nbun 4\nhugs 5" },
  zh: { unit: "bytes", text: "今天 6\n今日 3\n明天 4\n大人 5" },
  order: { unit: "chars", text: "ab 5\nabc 4\nbcd 3\ncd 9" },
};

const bytes = (text) => Array.from(new TextEncoder().encode(text));

/** 一个词拆成最小的单位。 */
export const letters = (word, unit) => (unit === "bytes" ? bytes(word).map((b) => String.fromCharCode(b)) : [...word]);

/** 从左往右把每一处 a、b 换成 ab：aaa 得 aa·a。 */
export function merge(symbols, a, b) {
  const out = [];
  for (const symbol of symbols) {
    if (symbol === b && out.at(-1) === a) out[out.length - 1] = a + b;
    else out.push(symbol);
  }
  return out;
}

/** 按现在的切法数每一对；次数大的在前，并列时先比左边的编号，再比右边的。第一项就是要合并的。 */
export function pairCounts(pieces, times, number) {
  const found = new Map();
  pieces.forEach((symbols, i) => {
    for (let j = 1; j < symbols.length; j += 1) {
      const a = symbols[j - 1], b = symbols[j], key = `${a.length}:${a}${b}`;
      const pair = found.get(key) ?? { a, b, count: 0, ids: [number.get(a), number.get(b)] };
      pair.count += times[i];
      found.set(key, pair);
    }
  });
  return [...found.values()].sort((x, y) => y.count - x.count || x.ids[0] - y.ids[0] || x.ids[1] - y.ids[1]);
}

export const total = (pieces, times) => pieces.reduce((sum, symbols, i) => sum + symbols.length * times[i], 0);

/** 训练到没有可合并的为止。words 是 [词, 次数] 的表；states[k] 是合并 k 次之后的切法，pairs 是此刻每一对的次数。 */
export function trace(words, unit) {
  const times = words.map(([, n]) => n);
  let pieces = words.map(([word]) => letters(word, unit));
  const base = unit === "bytes" ? Array.from({ length: 256 }, (_, b) => String.fromCharCode(b)) :
    [...new Set(pieces.flat())].sort((x, y) => x.codePointAt(0) - y.codePointAt(0));
  const number = new Map(base.map((symbol, i) => [symbol, i])), merges = [], states = [];
  for (;;) {
    const pairs = pairCounts(pieces, times, number);
    states.push({ pieces, pairs, total: total(pieces, times), vocab: number.size });
    if (!pairs.length) return { words, unit, times, base: new Set(base), number, merges, states };
    const { a, b } = pairs[0];
    merges.push([a, b]);
    number.set(a + b, number.size);
    pieces = pieces.map((symbols) => merge(symbols, a, b));
  }
}

/** 用前 k 条合并切一个词：按次序重做；applied 是真正用上的几条，unknown 是语料里没有的字母。 */
export function segment(word, { merges, unit, base }, k = merges.length) {
  const start = letters(word, unit), applied = [];
  let pieces = start;
  merges.slice(0, k).forEach(([a, b], i) => {
    const next = merge(pieces, a, b);
    if (next.length < pieces.length) applied.push({ rank: i + 1, a, b, pieces: next });
    pieces = next;
  });
  return { start, applied, pieces, unknown: [...new Set(start.filter((symbol) => !base.has(symbol)))] };
}

/** 对照：不管次序，从左往右每次取词表里最长的词元。 */
export function longest(word, { merges, unit }, k = merges.length) {
  const made = new Set(merges.slice(0, k).map(([a, b]) => a + b)), symbols = letters(word, unit), out = [];
  for (let i = 0; i < symbols.length;) {
    let j = symbols.length;
    while (j > i + 1 && !made.has(symbols.slice(i, j).join(""))) j -= 1;
    out.push(symbols.slice(i, j).join(""));
    i = j;
  }
  return out;
}

const hex = (code, size) => code.toString(16).toUpperCase().padStart(size, "0");
const readable = (char, first) => ((first ? /[\p{C}\p{Z}\p{M}]/u : /[\p{C}\p{Z}]/u).test(char) ?
  `U+${hex(char.codePointAt(0), 4)}` : char); // 附标前面没有字可附时，也写码位

/** 词元写给人看：字节凑成了字就写字，凑不成的写十六进制，如 E5A4A9E4 是“天 E4”；看不见的字符写码位。 */
export function show(token, unit) {
  if (unit === "chars") return Array.from(token, (char, i) => readable(char, i === 0)).join("");
  const codes = Array.from(token, (c) => c.charCodeAt(0)), parts = [];
  let plain = false; // 前一块是字：字与字之间不空格
  for (let i = 0; i < codes.length;) {
    const b = codes[i], size = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    let char = null;
    try {
      char = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(codes.slice(i, i + size)));
    } catch { /* 不成字 */ }
    if (char) parts.push((plain ? parts.pop() : "") + readable(char, !plain));
    else parts.push(hex(b, 2));
    plain = Boolean(char);
    i += char ? size : 1;
  }
  return parts.join(" ");
}

export const cut = (pieces, unit) => pieces.map((token) => show(token, unit)).join("·");
export const count = (n) => n.toLocaleString("en-US");
const quote = (text) => `“${[...text].length > 12 ? `${[...text].slice(0, 12).join("")}…` : text}”`;

function wordError(word) {
  const half = /\p{Cs}/u.exec(word);
  if (half) return `有不成对的代理码位 U+${hex(half[0].charCodeAt(0), 4)}，不能写成 UTF-8；删掉它`;
  if (/\s/u.test(word)) return `${quote(word)}里有空格；预分词会先在空格处切开，这里一次写一个词`;
  return "";
}

/** 语料框里的字 → { words } 或 { error }：一行一个词和它的次数。 */
export function readCorpus(text, unit) {
  const lines = String(text ?? "").split(/\r\n|\r|\n/), words = [], where = new Map();
  const most = `最多 ${LIMIT.words} 个词、共 ${LIMIT.symbols} 个${unit === "bytes" ? "字节" : "字符"}`;
  const tooLong = { error: `语料太长（${count(String(text).length)} 个字符）：${most}。删去几行` };
  let size = 0;
  if (String(text).length > 5 * LIMIT.symbols) return tooLong;
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim(), at = `第 ${i + 1} 行：`;
    if (!line) continue;
    const [, word, number] = /^(.*?)(?:\s+(\S+))?$/su.exec(line);
    size += letters(line.replace(/\s+\S+$/u, ""), unit).length;
    if (words.length === LIMIT.words || size > LIMIT.symbols) return tooLong;
    const bad = wordError(number === undefined ? line : word);
    if (bad) return { error: at + bad };
    if (number === undefined) return { error: `${at}${quote(word)}后面没有次数；词和次数之间空一格，如“hug 10”` };
    const plain = number.normalize("NFKC").replace(/(\d)[,_](?=\d{3})/g, "$1"), n = /^\d{1,9}$/.test(plain) ? +plain : 0;
    if (n < 1 || n > LIMIT.count) {
      return { error: `${at}次数要填 1–${count(LIMIT.count)} 的整数，现在是${quote(number)}` };
    }
    if (where.has(word)) return { error: `${at}${quote(word)}在第 ${where.get(word)} 行已经有了；把次数加在一起` };
    where.set(word, i + 1);
    words.push([word, n]);
  }
  return words.length ? { words } : { error: "语料是空的；一行写一个词和它的次数，如“hug 10”" };
}

/** 要切的新词 → { word } 或 { error }。 */
export function readWord(text) {
  const word = String(text ?? "").trim(), size = [...word].length;
  if (!word) return { error: "写一个词，看合并怎样切它" };
  if (size > LIMIT.word) return { error: `最多 ${LIMIT.word} 个字符，现在有 ${count(size)} 个` };
  const bad = wordError(word);
  return bad ? { error: bad } : { word };
}
