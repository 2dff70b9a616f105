/*
 * 全站的行为：明暗、抽屉、页题、本页目录、复制、折叠块、标出搜索词；搜索在点进搜索框时才加载。
 * 不用 Material 的脚本包（压缩后 35 KB，手机上要算 0.3 s），只用它的搜索线程（见 search.js）。
 */

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const article = $(".md-content__inner");

/* ---------- 明暗：没有选过就跟随系统 ---------- */

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const stored = () => { try { return localStorage.getItem("scheme"); } catch { return null; } };
const paint = (scheme) => (root.dataset.mdColorScheme = scheme);
dark.addEventListener("change", () => stored() || paint(dark.matches ? "slate" : "default"));
addEventListener("storage", ({ key, newValue }) => key === "scheme" && newValue && paint(newValue));
$(".md-header__scheme").addEventListener("click", () => {
  const scheme = paint(root.dataset.mdColorScheme === "slate" ? "default" : "slate");
  try { localStorage.setItem("scheme", scheme); } catch { /* 不许存就只管这一页 */ }
});

/* ---------- 抽屉（开合记在模板的复选框里，遮罩是它的标签）与快捷键 ---------- */

const drawer = $("#__drawer"), menu = $(".md-header__menu"), nav = $(".book-nav");
function slide(wide) {
  drawer.checked = wide;
  menu.ariaExpanded = wide;
  setTimeout(() => (wide ? $("a", nav) : menu).focus({ preventScroll: true }), 50); // 等它显示出来才能聚焦
}
menu.addEventListener("click", () => slide(!drawer.checked));
drawer.addEventListener("change", () => (menu.ariaExpanded = drawer.checked));
nav.addEventListener("click", ({ target }) => target.closest("a") && (drawer.checked = false));
addEventListener("keydown", ({ key }) => key === "Escape" && drawer.checked && slide(false));

/* ---------- 搜索：点进来才加载 ---------- */

const finder = $("#__search"), box = $("[name=query]");
if (box) {
  let search;
  const open = () => {
    finder.checked = true;
    search ??= import("./search.js").then(({ start }) => start(box, finder));
  };
  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");
  box.addEventListener("focus", open);
  $(".md-header__find").addEventListener("click", () => box.focus());
  $(".md-search__back").addEventListener("click", () => (finder.checked = false));
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || typing(event.target)) return;
    event.preventDefault();
    box.focus();
  });
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) { box.value = asked; box.focus(); open(); }
}

/* 从搜索结果点进来：标出词语，不改动页面的内容 */
const words = (new URLSearchParams(location.search).get("h") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
if (words.length && CSS.highlights) {
  const ranges = [], walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const text = node.data.toLowerCase();
    for (const word of words)
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, Math.min(at + word.length, node.length));
        ranges.push(range);
      }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

/* ---------- 页眉的页题；本页目录跟随 ---------- */

const title = $("h1", article), header = $(".md-header");
if (title)
  new IntersectionObserver(([{ isIntersecting, boundingClientRect }]) =>
    $(".md-header__title").classList.toggle("md-header__title--active", !isIntersecting && boundingClientRect.top < 100),
  { rootMargin: `-${header.offsetHeight}px 0px 0px` }).observe(title);

const stops = $$(".md-nav--secondary a")
  .map((link) => ({ link, head: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
  .filter(({ head }) => head);
let here, waiting = false;
const follow = () => {
  waiting = false;
  const end = innerHeight + scrollY >= root.scrollHeight - 4;
  const passed = stops.filter(({ head }) => head.getBoundingClientRect().top < (end ? innerHeight : 120));
  const now = passed.at(-1)?.link;
  if (now === here) return;
  here?.classList.remove("md-nav__link--active");
  here?.removeAttribute("aria-current");
  here = now;
  if (!here) return;
  here.classList.add("md-nav__link--active");
  here.setAttribute("aria-current", "true");
  center(here);
};
/** 在自己的栏里滚到看得见的地方。 */
function center(link) {
  const pane = link.closest(".md-sidebar__scrollwrap");
  if (pane.scrollHeight > pane.clientHeight) pane.scrollTop = link.offsetTop - pane.clientHeight / 2;
}
if (stops.length) {
  addEventListener("scroll", () => (waiting ||= (requestAnimationFrame(follow), true)), { passive: true });
  follow();
}
$$(".book-nav [aria-current=page]").forEach(center);

/* ---------- 复制代码 ---------- */

const dialog = $(".md-dialog");
dialog.setAttribute("role", "status");
let fading;
function say(text) {
  dialog.firstElementChild.textContent = text;
  dialog.classList.add("md-dialog--active");
  clearTimeout(fading);
  fading = setTimeout(() => dialog.classList.remove("md-dialog--active"), 2000);
}
async function copy(code) {
  const text = code.textContent.trimEnd();
  try {
    await navigator.clipboard.writeText(text);
  } catch { // 不是 https 时没有剪贴板接口，选中文字再用旧办法
    getSelection().selectAllChildren(code);
    if (!document.execCommand("copy")) return;
    getSelection().removeAllRanges();
  }
  say("已复制");
}
for (const code of $$(".highlight pre > code", article)) {
  const button = document.createElement("button");
  button.className = "md-code__button";
  button.type = "button";
  button.ariaLabel = button.title = "复制代码";
  button.onclick = () => copy(code);
  code.after(button);
}

/* ---------- 折叠块：跳到里面就展开，打印时全展开 ---------- */

const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  let opened = false;
  for (let block = target?.closest("details:not([open])"); block; block = block.parentElement.closest("details:not([open])"))
    block.open = opened = true;
  if (opened) target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();

let folded = [];
addEventListener("beforeprint", () => {
  folded = $$("details:not([open])", article);
  for (const block of folded) block.open = true;
});
addEventListener("afterprint", () => { for (const block of folded) block.open = false; });

/* ---------- 横向滚动的框要能用键盘滚 ---------- */

const wide = "pre > code, figure.book-figure, .table-scroll, x-m.display, div.lab-out";
(window.requestIdleCallback ?? setTimeout)(() => {
  const boxes = $$(wide, article).filter((element) => element.scrollWidth > element.clientWidth);
  for (const element of boxes) element.tabIndex = 0;
});
