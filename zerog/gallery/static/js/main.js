// The page: which view is shown, who is connected, what is said.

import { Network } from "./chain.js";
import { el, short } from "./dom.js";
import { lineOf } from "./errors.js";
import { KeyRing } from "./keys.js";
import { agentPage } from "./pages/agent.js";
import { openConnect } from "./pages/connect.js";
import { galleryPage, minePage } from "./pages/gallery.js";
import { keyPage } from "./pages/key.js";
import { discover } from "./wallets.js";

const one = (selector) => document.querySelector(selector);

/** What every view gets: the network, the person, their keys, and ways to speak. */
class App {
  network = null;
  person = null;
  ring = new KeyRing();
  #turn = 0;

  say(line) {
    one("#alert").textContent = "";
    one("#status").textContent = line;
  }

  complain(error) {
    one("#status").textContent = "";
    one("#alert").textContent = lineOf(error);
  }

  /** Do something that may fail or take long; the button rests meanwhile. Gives null on failure. */
  async attempt(button, work) {
    if (button) button.disabled = true;
    try {
      return await work();
    } catch (error) {
      this.complain(error);
      return null;
    } finally {
      if (button) button.disabled = false;
    }
  }

  /** Connect, change or leave: what belonged to the person before is forgotten. */
  become(person) {
    this.ring.forget();
    this.person = person;
    one("#wallet").textContent = person ? short(person.address) : "Connect wallet";
    one("#wallet").title = person ? `${person.address} (${person.label})` : "";
    this.say(person ? `Connected: ${short(person.address)}, ${person.label}.` : "");
    this.show();
  }

  connect() {
    openConnect(this);
  }

  /** Draw what the address names; alive() is false as soon as another view is drawn. */
  async show() {
    const turn = (this.#turn += 1);
    const alive = () => turn === this.#turn;
    const path = location.hash.replace(/^#/, "") || "/";
    const agent = /^\/agent\/([1-9]\d{0,14})$/.exec(path);
    const name = agent ? "agent" : ({ "/": "gallery", "/mine": "mine", "/key": "key" }[path] ?? "gallery");
    const views = { gallery: galleryPage, mine: minePage, key: keyPage, agent: agentPage };
    for (const link of document.querySelectorAll("nav a")) {
      if (link.dataset.page === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const place = el("div", { class: `view ${name}` });
    one("#content").replaceChildren(place);
    if (!this.network) return;
    await this.attempt(null, () => views[name](this, place, alive, agent ? Number(agent[1]) : 0));
    const heading = place.querySelector("h1")?.textContent;
    if (alive()) document.title = heading ? `${heading} · zerog gallery` : "zerog gallery";
  }
}

async function start() {
  const app = new App();
  one("#wallet").addEventListener("click", () => app.connect());
  one(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    one("#content").focus();
  });
  window.addEventListener("hashchange", async () => {
    app.say("");
    await app.show();
    one("#content").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
  discover();
  try {
    app.network = await Network.load();
    const where = app.network.development ? "development chain" : "chain";
    one("#network").textContent = `On ${where} ${app.network.chainId}.`;
    one("#wallet").disabled = false; // not before: who connects is shown the chain's accounts
  } catch (error) {
    one("#network").textContent = "No network.";
    app.complain(error);
  }
  await app.show();
}

start();
