// 每行一个 JSON 数组 [[tex, 是否独立成行], …]，逐行回一个数组 [{html} | {error}, …]。
const katex = require("katex");
// 这三类提醒不影响排版：\text 里的汉字、单位与数学符号混排、独立公式里的换行。
const allowed = ["unicodeTextInMathMode", "mathVsTextUnits", "newLineInDisplayMode"];
const strict = (code) => (allowed.includes(code) ? "ignore" : "error");

const render = ([tex, displayMode]) => {
  try {
    return { html: katex.renderToString(tex, { displayMode, throwOnError: true, trust: false, strict }) };
  } catch (error) {
    return { error: String(error.message) };
  }
};

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => process.stdout.write(JSON.stringify(JSON.parse(line).map(render)) + "\n"));
