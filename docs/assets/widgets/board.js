// 互动图共用的架子。子类写 super(CSS)、state、build()、draw()；走远要停的写 rest()。

export class Board extends HTMLElement {
  constructor(css) {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.shadowRoot.innerHTML = `<div class="board"><slot></slot></div>`;
    this.notes = {}; // 属性的错
    this.errors = {}; // 填写的错
  }

  // 走近才搭；走远不画，走回补画。
  connectedCallback() {
    this.watch = new IntersectionObserver((seen) => {
      this.near = seen.at(-1).isIntersecting;
      this.dataset.state = this.near ? "onscreen" : this.built ? "offscreen" : "ready";
      if (!this.near) this.rest();
      this.draw();
    }, { rootMargin: "400px" });
    this.watch.observe(this);
    if (this.title) this.setAttribute("aria-label", this.title); // 免得悬停时满板弹小字
    this.removeAttribute("title");
    this.setAttribute("role", "group");
  }

  disconnectedCallback() {
    this.watch.disconnect();
    this.near = false;
    this.rest();
  }

  rest() {}

  $(selector) { return this.shadowRoot.querySelector(selector); }

  all(selector) { return this.shadowRoot.querySelectorAll(selector); }

  text(selector, text) {
    const el = this.$(selector);
    if (el.textContent !== text) el.textContent = text; // 免得读屏器重复念
  }
}
