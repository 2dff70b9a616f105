/*
 * 搜索框里的事。第一次点进搜索框时由 book.js 加载：取索引，启动 Material 的搜索线程
 * （地址写在页面的 #__config 里），问一句，画结果。与线程的约定只有四种消息。
 */

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
const SHOWN = 30; // 最多列出的页数

const config = JSON.parse(document.getElementById("__config").textContent);
const base = new URL(config.base, location);
const say = (key, n) => config.translations[`search.result.${key}`].replace("#", n);

export function start(box, toggle) {
  const panel = box.closest(".md-search");
  const [meta, list] = panel.querySelector(".md-search-result").children;
  const ghost = panel.querySelector(".md-search__suggest");
  const worker = new Worker(new URL(config.search, location));
  let ready = false, asked = "", rest = "";

  fetch(new URL("search/search_index.json", base))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((index) => worker.postMessage({ type: SETUP, data: { ...index, options: { suggest: true } } }))
    .catch(() => (meta.textContent = "索引没有载入，请刷新页面再试"));

  worker.onmessage = ({ data: { type, data } }) => {
    if (type === READY) { ready = true; meta.textContent = say("placeholder"); ask(); }
    else if (type === RESULT && asked) show(data);
  };

  function ask() {
    const query = box.value.trim();
    if (!ready || query === asked) return;
    asked = query;
    suggest("");
    if (query) return worker.postMessage({ type: QUERY, data: query });
    list.replaceChildren();
    meta.textContent = say("placeholder");
  }

  function show({ items, suggest: terms = [] }) {
    const n = items.length;
    meta.textContent = n === 0 ? say("none") : n === 1 ? say("one") : say("other", n);
    list.replaceChildren(...items.slice(0, SHOWN).map(item));
    list.setAttribute("role", "list");
    list.parentElement.parentElement.scrollTop = 0;
    const last = asked.split(/\s+/).at(-1), term = terms.at(-1) ?? "";
    suggest(term.startsWith(last) ? term.slice(last.length) : "");
  }

  /** 联想：把补全的部分淡淡地写在已输入的字后面，按右方向键接受。 */
  function suggest(text) {
    rest = text;
    const typed = document.createElement("span");
    typed.textContent = box.value;
    ghost.replaceChildren(...(text ? [typed, text] : []));
  }

  box.addEventListener("input", (event) => event.isComposing || ask());
  box.addEventListener("compositionend", ask);
  box.form.addEventListener("reset", () => setTimeout(() => { box.focus(); ask(); }));
  box.form.addEventListener("submit", (event) => event.preventDefault());

  panel.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.isComposing) return;
    if (key === "Escape") {
      toggle.checked = false;
      document.activeElement.blur();
    } else if (key === "Enter" && event.target === box) {
      event.preventDefault();
      list.querySelector("[data-best]")?.click();
    } else if (key === "ArrowRight" && rest && box.selectionStart === box.value.length) {
      box.value += rest;
      ask();
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const stops = [box, ...list.querySelectorAll("a, summary")].filter((element) => element.offsetParent);
      const next = stops.indexOf(event.target) + (key === "ArrowDown" ? 1 : -1);
      stops.at(next % stops.length).focus();
    }
  });
  panel.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !panel.contains(relatedTarget)) toggle.checked = false;
  });
  list.addEventListener("click", ({ target }) => target.closest("a") && (toggle.checked = false));
}

/** 一页的结果：页题一行，命中的各节各一行；较弱的几节收在“还有几处”里。 */
function item(group) {
  const page = group.find(({ location }) => !location.includes("#")) ?? group[0];
  const sections = group.filter((part) => part !== page);
  const strong = sections.filter(({ score }) => score >= group[0].score);
  const weak = sections.filter(({ score }) => score < group[0].score);
  const row = document.createElement("li");
  row.className = "md-search-result__item";
  if (page !== group[0] && !Object.keys(page.terms).length) page.terms = group[0].terms;
  row.append(link(page, "h1", !strong.length), ...strong.map((part) => link(part, "h2", true)));
  // 各组按分数从高到低，组内第一个是最好的；回车去的就是第一组的它
  row.children[group[0] === page ? 0 : 1].dataset.best = "";
  if (weak.length) {
    const more = document.createElement("details"), summary = document.createElement("summary");
    more.className = "md-search-result__more";
    summary.textContent = weak.length === 1 ? say("more.one") : say("more.other", weak.length);
    more.append(summary, ...weak.map((part) => link(part, "h2", true)));
    row.append(more);
  }
  return row;
}

/** 一条结果。题目与正文是线程从本站索引里取出、已转义的 HTML，命中处带 <mark>。 */
function link({ location: place, title, text, terms }, tag, teaser) {
  const url = new URL(place, base), a = document.createElement("a");
  const found = Object.keys(terms).filter((term) => terms[term]);
  const missing = Object.keys(terms).filter((term) => !terms[term]);
  if (found.length) url.searchParams.set("h", found.join(" "));
  a.className = "md-search-result__link";
  a.href = url;
  a.innerHTML = `<article class="md-search-result__article"><${tag}>${title}</${tag}></article>`;
  if (teaser && text.includes("<mark")) a.firstChild.insertAdjacentHTML("beforeend", text);
  if (teaser && missing.length && found.length) {
    const note = document.createElement("p");
    note.className = "md-search-result__terms";
    note.textContent = `${say("term.missing")}：${missing.join("、")}`;
    a.firstChild.append(note);
  }
  return a;
}
