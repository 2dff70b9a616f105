// <book-coin-toss>：拖动概率，看熵怎样变。
import { entropy } from "./coin-toss-model.js";

class CoinToss extends HTMLElement {
  connectedCallback() {
    this.append(`${entropy(0.5)} 比特`);
  }
}
customElements.define("book-coin-toss", CoinToss);
