// The viewing key: what it is, how to make it, what to do where a wallet cannot.

import { toHex } from "../bytes.js";
import { download, el, facts, field } from "../dom.js";
import { SOURCE, newStoredKey, readStoredKey, registerDerived, registerStored, registered, storedKeyFile } from "../keys.js";
import { SignaturesDiffer, NotTheWallet, WARNING } from "../viewing.js";

const SOURCES = { [SOURCE.derived]: "made from your wallet's signature", [SOURCE.stored]: "stored in a file of yours" };
const MAX_FILE = 1024;

function state(entry) {
  if (!entry) return el("p", { class: "lead" }, "You have no viewing key yet.");
  const index = entry.source === SOURCE.derived ? ["Number", String(entry.index)] : null;
  return facts([
    ["Public key", el("code", { class: "long" }, toHex(entry.publicKey))],
    ["Source", SOURCES[entry.source] ?? "unknown"],
    index,
  ]);
}

function derivedForm(app, entry, redraw, offerStored) {
  const again = entry?.source === SOURCE.derived;
  const next = again ? entry.index + 1 : 0;
  const button = el("button", { type: "button", class: "primary" }, again ? `Make key number ${next}` : "Make a viewing key");
  button.addEventListener("click", () =>
    app.attempt(button, async () => {
      app.say("Sign the same text twice in your wallet, then confirm the registration.");
      try {
        await registerDerived(app.network, app.person, app.ring, next);
      } catch (error) {
        if (error instanceof SignaturesDiffer || error instanceof NotTheWallet) offerStored();
        throw error;
      }
      app.say("Your viewing key is registered.");
      await redraw();
    }),
  );
  return el(
    "section",
    { class: "panel" },
    el("h2", {}, again ? "Rotate it" : "Make it with your wallet"),
    el("p", {}, "Your wallet signs one text twice. The signature is the seed of the key, so the wallet can make it again whenever you open an agent; it is stored nowhere."),
    el("blockquote", { class: "warning" }, WARNING),
    again ? el("p", { class: "quiet" }, "Agents sealed to an earlier number still open with it.") : null,
    button,
  );
}

function storedForm(app, redraw) {
  const make = el("button", { type: "button" }, "Make a stored key");
  make.addEventListener("click", () =>
    app.attempt(make, async () => {
      const secret = newStoredKey();
      download(new TextEncoder().encode(storedKeyFile(secret)), "zerog-viewing-key.txt");
      app.say("The key's file was handed to you. Confirm the registration in your wallet.");
      await registerStored(app.network, app.person, app.ring, secret);
      app.say("Your stored key is registered. Keep its file: without it nobody opens your agents.");
      await redraw();
    }),
  );
  const input = el("input", { type: "file", accept: ".txt,text/plain" });
  input.addEventListener("change", () =>
    app.attempt(input, async () => {
      const [file] = input.files;
      const secret = readStoredKey(file && file.size <= MAX_FILE ? await file.text() : "");
      app.ring.add(secret);
      app.say("The stored key is in this tab until you leave it.");
    }),
  );
  return el(
    "details",
    { class: "panel", id: "stored" },
    el("summary", {}, "Use a stored key instead"),
    el("p", {}, "Passkeys, some MPC wallets and contract wallets sign the same text differently each time. For these the page makes a random key and gives it to you as a file; whoever has the file can open your agents."),
    make,
    field("Or use the file that you have", input),
  );
}

export async function keyPage(app, place, alive) {
  place.append(
    el("h1", {}, "Viewing key"),
    el("p", { class: "lead" }, "A wallet signs, but it does not decrypt. Agents that you buy here are sealed to your viewing key, so that you can open them in the browser."),
  );
  if (!app.person) {
    place.append(el("button", { type: "button", class: "primary", onclick: () => app.connect() }, "Connect wallet"));
    return;
  }
  const body = el("div", {});
  place.append(body);
  const draw = async () => {
    const entry = await registered(app.network, app.person.address);
    if (!alive()) return;
    const stored = storedForm(app, draw);
    const offerStored = () => {
      stored.open = true;
    };
    body.replaceChildren(state(entry), derivedForm(app, entry, draw, offerStored), stored);
  };
  await draw();
}
