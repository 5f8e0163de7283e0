// The dialog in which a person says who they are.

import { el, short } from "../dom.js";
import { browserWallets, developmentAccounts, useBrowserWallet, useDevelopmentAccount } from "../wallets.js";

const DEVNET_NAMES = { 1: "deployer", 2: "oracle", 3: "alice", 4: "bob", 5: "carol", 6: "dave" };
const PEOPLE = [3, 4, 5, 6];

function choice(app, dialog, title, note, use) {
  const pick = async () => {
    dialog.close();
    const person = await app.attempt(null, use);
    if (person) app.become(person);
  };
  return el("li", {}, el("button", { type: "button", class: "choice", onclick: pick }, el("strong", {}, title), el("span", {}, note)));
}

function wallets(app, dialog) {
  const found = browserWallets();
  if (!found.length) return el("p", { class: "quiet" }, "No wallet extension is in this browser.");
  const changed = () => {
    app.become(null);
    app.say("The wallet changed; connect again.");
  };
  const rows = found.map((wallet) =>
    choice(app, dialog, wallet.name, "a wallet of this browser", () => useBrowserWallet(app.network, wallet, changed)),
  );
  return el("ul", { class: "choices" }, rows);
}

function accounts(app, dialog, addresses) {
  if (!addresses.length) return null;
  const indexes = addresses.map((_, index) => index);
  const ordered = [...indexes.filter((one) => PEOPLE.includes(one)), ...indexes.filter((one) => !PEOPLE.includes(one))];
  const rows = ordered.map((index) => {
    const [name, address] = [DEVNET_NAMES[index] ?? `account ${index}`, addresses[index]];
    return choice(app, dialog, name, short(address), () => useDevelopmentAccount(app.network, address));
  });
  return el(
    "section",
    {},
    el("h3", {}, "Development accounts"),
    el("p", { class: "quiet" }, "The node itself signs for these. Their keys are public: never send them anything of worth."),
    el("ul", { class: "choices columns" }, rows),
  );
}

/** Show the dialog; who chooses becomes the person of the page. */
export async function openConnect(app) {
  const dialog = document.querySelector("#connect");
  const leave = () => {
    dialog.close();
    app.become(null);
  };
  const addresses = await developmentAccounts(app.network);
  dialog.replaceChildren(
    ...[
      el("h2", { id: "connect-title" }, "Who are you?"),
      wallets(app, dialog),
      accounts(app, dialog, addresses),
      el(
        "div",
        { class: "row" },
        app.person ? el("button", { type: "button", onclick: leave }, "Disconnect") : null,
        el("button", { type: "button", onclick: () => dialog.close() }, "Close"),
      ),
    ].filter(Boolean),
  );
  if (!dialog.open) dialog.showModal();
}
