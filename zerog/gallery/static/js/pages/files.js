// The files of an opened agent: text is shown, everything can be saved; nothing of it is markup.

import { textOf } from "../archive.js";
import { download, el, foreign, size } from "../dom.js";

const FIRST = /^(persona|readme)\b/i;

function shown(entry) {
  if (entry.kind === "link") return el("p", { class: "quiet" }, "A link to ", foreign(entry.target), ". Links are not followed here.");
  const save = el("button", { type: "button", onclick: () => download(entry.bytes, entry.path) }, "Save this file");
  const text = textOf(entry);
  const body = text === null ? el("p", { class: "quiet" }, "This is no text, or too long to show.") : el("pre", { class: "text", tabindex: "0", "aria-label": "Content" }, text);
  return el("div", {}, el("p", { class: "row" }, el("span", { class: "quiet" }, size(entry.size)), save), body);
}

/** A list of files beside the content of the chosen one. */
export function filesView(entries) {
  const body = el("div", { class: "file", "aria-live": "polite" });
  const buttons = [];
  const choose = (entry, button) => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
    body.replaceChildren(el("h3", {}, foreign(entry.path)), shown(entry));
  };
  const rows = entries.map((entry) => {
    if (entry.kind === "folder") return el("li", { class: "folder" }, foreign(`${entry.path}/`));
    const button = el("button", { type: "button", "aria-pressed": "false" }, foreign(entry.path));
    button.addEventListener("click", () => choose(entry, button));
    buttons.push(button);
    return el("li", {}, button);
  });
  const files = entries.filter((entry) => entry.kind !== "folder");
  const texts = files.map((entry) => textOf(entry) !== null);
  const first = files.findIndex((entry, at) => texts[at] && FIRST.test(entry.path));
  const start = Math.max(0, first < 0 ? texts.indexOf(true) : first);
  if (files.length) choose(files[start], buttons[start]);
  return el(
    "section",
    { class: "files", "aria-label": "Files of the agent" },
    el("h2", { tabindex: "-1" }, "Opened in this tab"),
    el("div", { class: "files-grid" }, el("ul", { class: "tree" }, rows), body),
  );
}
