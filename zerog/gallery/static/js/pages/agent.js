// One agent: what the chain says of it, and what the person can do with it.

import { parseEther } from "../../vendor/ethers.min.js";
import { SALE, loadAgent, loadSeal, protection } from "../agents.js";
import { art } from "../art.js";
import { coins, el, facts, field, foreign, size, when } from "../dom.js";
import { GalleryError, lineOf } from "../errors.js";
import { buy, collect, creditOf, delist, list, refund, watchSale } from "../market.js";
import { openAgent } from "../opening.js";
import { filesView } from "./files.js";
import { badges, isOver, priceLine } from "./gallery.js";

const SUITES = { 1: "AES-256-GCM", 2: "keccak counter mode" };
const DAYS = [1, 7, 30, 90];
const WINDOWS = [[600, "10 minutes"], [3600, "1 hour"], [86400, "1 day"]];

class BadPrice extends GalleryError {
  constructor() {
    super("this is no price", "give a number such as 0.5");
  }
}

function priceOf(text) {
  let wei = -1n;
  try {
    wei = parseEther(text.trim());
  } catch {
    throw new BadPrice();
  }
  if (wei < 0n || wei >= 2n ** 128n) throw new BadPrice();
  return wei;
}

function head(app, agent, seal) {
  const labels = protection(agent, app.network);
  return el(
    "div",
    { class: "agent-head" },
    art(agent.dataHash, `Picture of agent ${agent.id}`),
    el(
      "div",
      {},
      el("h1", { tabindex: "-1" }, agent.role ? foreign(agent.role) : "Agent", el("span", { class: "number" }, ` ${agent.id}`)),
      el("p", { class: "price large" }, priceLine(agent)),
      badges(labels),
      el("ul", { class: "why" }, labels.map(({ text }) => el("li", {}, text))),
      facts([
        ["Owner", el("code", { class: "long" }, agent.owner)],
        ["Data", `${agent.size ? size(agent.size) : "size unknown"}, ${SUITES[agent.suite] ?? "unknown cipher"}`],
        ["Data hash", el("code", { class: "long" }, agent.dataHash)],
        ["Sealed key", seal],
        agent.listing ? ["Listed until", when(agent.listing.listedUntil)] : null,
      ]),
    ),
  );
}

/** What the seal says, filled in when the chain has answered. */
async function sealLine(app, agent, place) {
  const told = (text, kind = "") => place.replaceChildren(el("p", { class: kind }, text));
  try {
    const seal = await loadSeal(app.network, agent);
    if (seal.byCommittee) told("Made by the committee; the chain checked the hand-over.");
    else if (seal.proven) told("Proven: it was made for this very agent.");
    else if (seal.owner) told("Not made for this agent: it may be stolen. Do not trade it.", "warning");
    else told("Of an older form, without its owner's key.");
  } catch (error) {
    told(lineOf(error), "warning");
  }
}

// ------------------------------------------------------------------------------ what can be done

function listForm(app, agent, done) {
  const price = el("input", { type: "text", inputmode: "decimal", name: "price", required: true, autocomplete: "off", placeholder: "1.0" });
  const modes = [el("option", { value: "proof" }, "Proof: your home hands the key over")];
  if (agent.deposited) modes.push(el("option", { value: "committee" }, "Committee: sells while you are away"));
  const mode = el("select", { name: "mode" }, modes);
  const days = el("select", { name: "days" }, DAYS.map((count) => el("option", { value: count, selected: count === 30 }, `${count} day${count > 1 ? "s" : ""}`)));
  const patience = el("select", { name: "window" }, WINDOWS.map(([seconds, text]) => el("option", { value: seconds, selected: seconds === 3600 }, text)));
  const button = el("button", { type: "submit", class: "primary" }, "List for sale");
  const submit = (event) => {
    event.preventDefault();
    app.attempt(button, async () => {
      const terms = { price: priceOf(price.value), mode: mode.value, days: Number(days.value), window: Number(patience.value) };
      const after = await list(app.network, app.person, agent, terms, (line) => app.say(line));
      app.say(`Agent ${agent.id} is listed for ${coins(terms.price)}.`);
      done(after);
    });
  };
  const hint = agent.deposited ? null : "The committee's mode needs a deposit: zerog inft committee deposit.";
  return el(
    "form",
    { class: "panel", onsubmit: submit },
    el("h2", {}, "Sell it"),
    field("Price in 0G", price),
    field("Who hands the key over", mode, hint),
    field("Can be bought for", days),
    field("Time for the hand-over", patience),
    el("p", { class: "quiet" }, "A listing locks the agent in the market until it is sold or delisted. Keep your home running: it answers the payment by itself."),
    button,
  );
}

function button(app, text, work, primary = true) {
  const made = el("button", { type: "button", class: primary ? "primary" : "" }, text);
  made.addEventListener("click", () => app.attempt(made, work));
  return made;
}

function delistPanel(app, agent, done) {
  const work = async () => {
    const after = await delist(app.network, app.person, agent);
    app.say(`Agent ${agent.id} is no longer for sale.`);
    done(after);
  };
  return el("section", { class: "panel" }, el("h2", {}, "Yours, and for sale"), button(app, "Delist", work, false));
}

function buyPanel(app, agent, done) {
  const terms = `You pay ${coins(agent.listing.price)} into the market. The agent comes to you sealed to your viewing key, or the money comes back after ${Math.round(agent.listing.window / 60)} minutes.`;
  const work = async () => done(await buy(app.network, app.person, agent, (line) => app.say(line)));
  return el("section", { class: "panel" }, el("h2", {}, "Buy it"), el("p", {}, terms), button(app, `Buy for ${coins(agent.listing.price)}`, work));
}

/** What is bought on the command line, and why. */
function commandPanel(title, why, command) {
  return el("section", { class: "panel" }, el("h2", {}, title), el("p", {}, why), el("pre", {}, command));
}

const escrowPanel = (agent) =>
  commandPanel(
    "In escrow",
    "This agent is sold with the complaint game, which the command line plays:",
    `zerog inft escrow buy ${agent.escrow.id} --as NAME`,
  );

function salePanel(app, agent, done) {
  const { id, currency, mode } = agent.listing;
  if (currency) return commandPanel("Buy it", `It is sold for the token ${currency}:`, `zerog inft buy ${id} --currency ${currency} --as NAME`);
  if (mode === "oracle") return commandPanel("Buy it", "The buyer consents to data that the oracle makes after the payment:", `zerog inft buy ${id} --as NAME`);
  if (isOver(agent.listing)) return el("section", { class: "panel" }, el("p", {}, "The listing has ended; its owner can list it again."));
  return buyPanel(app, agent, done);
}

function openPanel(app, agent, place) {
  const work = async () => {
    const files = await openAgent(app.network, app.person, app.ring, agent, (line) => app.say(line));
    place.replaceChildren(filesView(files));
    app.say(`Opened: ${files.length} entries, all of them verified.`);
    place.querySelector("h2").focus();
  };
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, "Open it"),
    el("p", {}, "The data is fetched, checked against the chain and decrypted in this tab."),
    button(app, "Open", work),
  );
}

/** The hand-over of a sale that is paid, watched until it ends. */
function watchPanel(app, agent, alive, done) {
  const late = el("div", {});
  const panel = el(
    "section",
    { class: "panel", "aria-busy": "true" },
    el("h2", {}, "Paid, waiting for the hand-over"),
    el("p", {}, `The seller has until ${when(agent.listing.deadline)}. This page may be left: the sale goes on without it.`),
    late,
  );
  const take = async () => {
    const after = await refund(app.network, app.person, agent);
    app.say(`The payment is back: ${coins(await creditOf(app.network, app.person))} are yours to withdraw (zerog inft withdraw).`);
    done(after);
  };
  const watch = async () => {
    const end = await watchSale(app.network, agent.listing, alive);
    if (end === "left") return;
    panel.removeAttribute("aria-busy");
    if (end === "late") {
      app.say("The hand-over is overdue.");
      if (app.person) late.replaceChildren(button(app, "Take the payment back", take));
      return;
    }
    if (end === "owed") {
      app.say("The seller has done their part; the agent waits for its buyer.");
      done(await loadAgent(app.network, agent.id));
      return;
    }
    app.say(end === "settled" ? `Agent ${agent.id} has changed hands.` : "The payment went back to the buyer.");
    done(await loadAgent(app.network, agent.id));
  };
  app.attempt(null, watch);
  return panel;
}

/** A sale whose seller is paid, and whose agent waits for the buyer's consent. */
function owedPanel(app, agent, done) {
  const take = async () => {
    const after = await collect(app.network, app.person, agent, (line) => app.say(line));
    app.say(`Agent ${agent.id} has changed hands.`);
    done(after);
  };
  const mine = app.person?.address === agent.listing.buyer;
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, "Paid, waiting for its buyer"),
    el("p", {}, "The seller's half is proven and paid, but the consent was no longer good. The market keeps the agent for its buyer, who consents anew."),
    mine ? button(app, "Fetch it", take) : null,
  );
}

function actions(app, agent, alive, done, opened) {
  const me = app.person?.address;
  const { listing } = agent;
  if (listing?.state === SALE.paid) return [watchPanel(app, agent, alive, done)];
  if (listing?.state === SALE.owed) return [owedPanel(app, agent, done)];
  if (!me) {
    const text = listing ? "Connect a wallet to buy it." : "Connect a wallet to see what you can do with it.";
    return [el("section", { class: "panel" }, el("p", {}, text), button(app, "Connect wallet", async () => app.connect()))];
  }
  const found = [];
  if (agent.owner === me) {
    if (listing) found.push(delistPanel(app, agent, done));
    else if (!agent.locker) found.push(listForm(app, agent, done));
    found.push(openPanel(app, agent, opened));
  } else if (agent.escrow) found.push(escrowPanel(agent));
  else if (listing) found.push(salePanel(app, agent, done));
  return found;
}

export async function agentPage(app, place, alive, id) {
  const first = await loadAgent(app.network, id);
  if (!alive()) return;
  if (!first) {
    place.append(el("h1", {}, `There is no agent ${id}`), el("p", { class: "lead" }, el("a", { href: "#/" }, "Back to the gallery")));
    return;
  }
  let drawn = false;
  const draw = (agent) => {
    if (!alive()) return;
    const seal = el("div", {}, "…");
    const opened = el("div", { class: "opened" });
    place.replaceChildren(head(app, agent, seal), el("div", { class: "panels" }, actions(app, agent, alive, draw, opened)), opened);
    sealLine(app, agent, seal);
    if (drawn) place.querySelector("h1").focus({ preventScroll: true });
  };
  draw(first);
  drawn = true;
}
