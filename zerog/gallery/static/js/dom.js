// The document, built from text alone: nothing that came from outside ever becomes markup.

import { formatEther } from "../vendor/ethers.min.js";
import { visible } from "./archive.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element; properties are attributes, or listeners where they begin with "on". */
export const el = (name, properties = {}, ...children) => fill(document.createElement(name), properties, children);
export const svg = (name, properties = {}, ...children) => fill(document.createElementNS(SVG, name), properties, children);

/** Foreign text on one line: controls spelled out, direction kept apart. */
export const foreign = (text) => el("bdi", {}, visible(text));

export const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;
export const coins = (wei) => `${formatEther(wei).replace(/\.0$/, "")} 0G`;

export function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit ? value.toFixed(value < 10 ? 1 : 0) : value} ${units[unit]}`;
}

export const when = (seconds) =>
  new Date(seconds * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** Name and value pairs as a description list. */
export const facts = (pairs) =>
  el("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));

/** A labelled input. */
export const field = (label, input, hint = null) =>
  el("label", { class: "field" }, el("span", {}, label), input, hint ? el("small", {}, hint) : null);

/** Offer bytes as a download under a name that cannot surprise. */
export function download(bytes, name) {
  const plain = visible(name.split("/").at(-1)).replace(/[\\/:*?"<>|{}]/g, "_").replace(/^\.+/, "_").slice(0, 120) || "file";
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  el("a", { href: url, download: plain }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
