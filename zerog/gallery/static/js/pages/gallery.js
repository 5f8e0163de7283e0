// Every agent, and the person's own.

import { getAddress } from "../../vendor/ethers.min.js";
import { SALE, loadPage, protection } from "../agents.js";
import { art } from "../art.js";
import { creditOf, withdraw } from "../market.js";
import { coins, el, foreign, short, size } from "../dom.js";

const PAGE = 12;

/** Whether nobody can buy it any more. */
export const isOver = (listing) => listing.state === SALE.listed && listing.listedUntil * 1000 < Date.now();

/** What is asked for an agent, as one short line. */
export function priceLine(agent) {
  if (agent.escrow) return `${coins(agent.escrow.price)}, in escrow`;
  if (!agent.listing) return "Not for sale";
  if (agent.listing.state === SALE.paid) return "Sold, being handed over";
  if (agent.listing.state === SALE.owed) return "Sold, waiting for its buyer";
  if (isOver(agent.listing)) return "Listing over";
  return agent.listing.currency ? "For sale in a token" : coins(agent.listing.price);
}

export const badges = (labels) =>
  el("ul", { class: "badges" }, labels.map(({ kind, label, text }) => el("li", { class: kind, title: text }, label)));

function card(app, agent) {
  const mine = app.person?.address === agent.owner;
  return el(
    "li",
    { class: "card" },
    el(
      "a",
      { href: `#/agent/${agent.id}` },
      art(agent.dataHash, `Picture of agent ${agent.id}`),
      el(
        "div",
        { class: "card-text" },
        el("h2", {}, agent.role ? foreign(agent.role) : "Agent", el("span", { class: "number" }, ` ${agent.id}`)),
        el("p", { class: "quiet" }, mine ? "yours" : short(agent.owner), " · ", agent.size ? size(agent.size) : "size unknown"),
        el("p", { class: agent.listing || agent.escrow ? "price" : "price none" }, priceLine(agent)),
        badges(protection(agent, app.network)),
      ),
    ),
  );
}

/** Fill a grid page by page; wanted(agent) chooses. */
async function grid(app, place, alive, wanted, empty) {
  const cards = el("ul", { class: "cards" });
  const more = el("button", { type: "button", class: "more" }, "Show more");
  const note = el("p", { class: "quiet" }, "Looking …");
  place.append(cards, note, more);
  more.hidden = true;
  let next = null;
  const load = async () => {
    const target = cards.childElementCount + PAGE;
    do {
      const found = await loadPage(app.network, next, PAGE);
      if (!alive()) return;
      next = found.next;
      cards.append(...found.agents.filter(wanted).map((agent) => card(app, agent)));
    } while (next > 0 && cards.childElementCount < target);
    note.textContent = cards.childElementCount ? "" : empty;
    more.hidden = next === 0;
  };
  more.addEventListener("click", () => app.attempt(more, load));
  await load();
}

/** What sales and refunds have brought, if anything. */
async function creditLine(app, place) {
  const amount = await creditOf(app.network, app.person);
  if (!amount) return place.replaceChildren();
  const take = el("button", { type: "button" }, "Withdraw");
  take.addEventListener("click", () =>
    app.attempt(take, async () => {
      app.say(`${coins(await withdraw(app.network, app.person))} are in your account.`);
      await creditLine(app, place);
    }),
  );
  const line = el("p", {}, "The market keeps ", el("strong", {}, coins(amount)), " for you.");
  return place.replaceChildren(el("div", { class: "credit" }, line, take));
}

export async function galleryPage(app, place, alive) {
  place.append(
    el("h1", {}, "Agents whose data really changes hands"),
    el("p", { class: "lead" }, "Each is a token with encrypted data. Who owns it can open it; who buys it gets the key, or the money back."),
  );
  await grid(app, place, alive, () => true, "No agent yet. Mint the first: zerog inft mint FOLDER --as NAME");
}

export async function minePage(app, place, alive) {
  place.append(el("h1", {}, "My agents"));
  if (!app.person) {
    place.append(
      el("p", { class: "lead" }, "Connect a wallet to see what you own."),
      el("button", { type: "button", class: "primary", onclick: () => app.connect() }, "Connect wallet"),
    );
    return;
  }
  const me = getAddress(app.person.address);
  const credit = el("div", {});
  place.append(credit);
  await creditLine(app, credit);
  await grid(app, place, alive, (agent) => agent.owner === me, "You own no agent yet. Buy one in the gallery.");
}
