// The archive inside a container: read it, trusting nobody who packed it.
// Accepts what zerog/inft/unpacking.py accepts: the canonical form of a folder, and nothing else.

import { ascii, isZero, joined, same } from "./bytes.js";
import { Tampered } from "./errors.js";

const BLOCK = 512;
const MAX_PAX = 65536;
const MAX_DEPTH = 100;
const MAX_LINKS = 40;
const MAX_ENTRIES = 20000;
const KINDS = { 48: "file", 53: "folder", 50: "link" };
const TYPES = { file: "0", folder: "5", link: "2" };
const PAX = 120;
const PAX_KEYS = ["path", "linkpath", "size"];

export class BadArchive extends Tampered {
  constructor(reason, path = "") {
    super(`the archive is refused${path ? ` at ${visible(path).slice(0, 80)}` : ""}: ${reason}`, "do not trust its packer");
  }
}

/** Text with what could lie about it (controls, direction marks) spelled out. */
export function visible(text) {
  const spell = (found) => `\\u{${found.codePointAt(0).toString(16)}}`;
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, spell);
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes, what) {
  try {
    return strict.decode(bytes);
  } catch {
    throw new BadArchive(`${what} is not UTF-8`);
  }
}

function field(block, start, size) {
  const raw = block.subarray(start, start + size);
  const end = raw.indexOf(0);
  return decoded(end < 0 ? raw : raw.subarray(0, end), "a header");
}

function octal(block, start, size) {
  const text = field(block, start, size);
  if (!/^[0-7]+$/.test(text)) throw new BadArchive("a header is malformed");
  return parseInt(text, 8);
}

// --------------------------------------------------------------------- the one canonical header

const plainName = (text) => Array.from(text, (one) => (one.codePointAt(0) < 128 ? one : "?")).slice(0, 100).join("");

function block(name, mode, size, type, link) {
  const made = new Uint8Array(BLOCK);
  const put = (at, text) => made.set(ascii(text), at);
  put(0, plainName(name));
  put(100, mode.toString(8).padStart(7, "0"));
  put(108, "0000000");
  put(116, "0000000");
  put(124, size.toString(8).padStart(11, "0"));
  put(136, "00000000000");
  put(148, "        ");
  put(156, type);
  put(157, plainName(link));
  put(257, "ustar\u000000");
  const sum = made.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\u0000`);
  return made;
}

function record(key, value) {
  const body = ascii(` ${key}=${value}\n`);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return joined(ascii(String(length)), body);
}

const padded = (bytes) => joined(bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK));
const needsPax = (text) => /[^\u0000-\u007f]/.test(text) || Array.from(text).length > 100;

/** The bytes that packing this entry gives: its header, after a PAX header where one is needed. */
export function headerOf(entry) {
  const name = entry.kind === "folder" ? `${entry.path}/` : entry.path;
  const records = [];
  if (needsPax(name)) records.push(record("path", name));
  if (needsPax(entry.target)) records.push(record("linkpath", entry.target));
  const mode = entry.executable || entry.kind !== "file" ? 0o755 : 0o644;
  const main = block(name, mode, entry.size, TYPES[entry.kind], entry.target);
  if (!records.length) return main;
  const extra = joined(...records);
  return joined(block("././@PaxHeader", 0, extra.length, "x", ""), padded(extra), main);
}

// ------------------------------------------------------------------------------------- reading

function parsePax(raw) {
  const found = {};
  for (let at = 0; at < raw.length; ) {
    const space = raw.indexOf(32, at);
    const digits = decoded(raw.subarray(at, Math.max(at, space)), "a PAX record");
    const length = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
    if (!length || at + length > raw.length) throw new BadArchive("a PAX record has no length");
    const text = decoded(raw.subarray(space + 1, at + length - 1), "a PAX record");
    const key = text.split("=", 1)[0];
    if (!PAX_KEYS.includes(key)) throw new BadArchive("a PAX record is none of path, linkpath, size");
    found[key] = text.slice(key.length + 1);
    at += length;
  }
  return found;
}

function parseEntry(header, records) {
  const path = (records.path ?? field(header, 0, 100)).replace(/\/$/, "");
  const kind = KINDS[header[156]];
  if (!kind) throw new BadArchive("it is no file, folder or link", path);
  const size = octal(header, 124, 12);
  const target = records.linkpath ?? field(header, 157, 100);
  return { path, kind, size, executable: kind === "file" && (octal(header, 100, 8) & 0o100) !== 0, target };
}

function checkPath(path) {
  const parts = path.split("/");
  const plain = path && !path.includes("\0") && parts.every((part) => part && part !== "." && part !== "..");
  if (!plain) throw new BadArchive("the path is not plain and relative", path);
  if (parts.length > MAX_DEPTH) throw new BadArchive("it is nested too deep", path);
}

function isBefore(left, right) {
  const [one, two] = [ascii(left), ascii(right)];
  for (let at = 0; at < Math.min(one.length, two.length); at += 1) {
    if (one[at] !== two[at]) return one[at] < two[at];
  }
  return one.length < two.length;
}

/** Walk a link's target; false once a step leaves the root. Loops and dangling links stay inside. */
function staysInside(path, target, links) {
  const here = path.split("/").slice(0, -1);
  const steps = target.split("/").reverse();
  let followed = 0;
  if (!target || target.startsWith("/")) return false;
  while (steps.length) {
    const step = steps.pop();
    if (step === "" || step === ".") continue;
    if (step === "..") {
      if (!here.length) return false;
      here.pop();
      continue;
    }
    here.push(step);
    const onward = links.get(here.join("/"));
    if (onward === undefined) continue;
    followed += 1;
    if (followed > MAX_LINKS) return true;
    if (onward.startsWith("/")) return false;
    here.pop();
    steps.push(...onward.split("/").reverse());
  }
  return true;
}

function checkLinks(entries) {
  const links = new Map(entries.filter((one) => one.kind === "link").map((one) => [one.path, one.target]));
  for (const [path, target] of links) {
    if (!staysInside(path, target, links)) throw new BadArchive("a link leaves the folder", path);
  }
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(size) {
    if (this.at + size > this.bytes.length) throw new BadArchive("it ends too early");
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }
}

function nextEntry(reader) {
  const start = reader.at;
  let header = reader.take(BLOCK);
  if (isZero(header)) {
    if (!isZero(reader.take(BLOCK))) throw new BadArchive("its end mark is broken");
    return null;
  }
  let records = {};
  if (header[156] === PAX) {
    const length = octal(header, 124, 12);
    if (!length || length > MAX_PAX) throw new BadArchive("a PAX header has an impossible size");
    records = parsePax(reader.take(Math.ceil(length / BLOCK) * BLOCK).subarray(0, length));
    header = reader.take(BLOCK);
  }
  const entry = parseEntry(header, records);
  checkPath(entry.path);
  if (entry.size && entry.kind !== "file") throw new BadArchive("its size makes no sense", entry.path);
  if (!same(headerOf(entry), reader.bytes.subarray(start, reader.at))) {
    throw new BadArchive("a header is not in canonical form", entry.path);
  }
  return entry;
}

/**
 * The entries of an archive, in its order: {path, kind, size, executable, target, bytes}.
 * kind: file, folder or link; a link is only shown, never followed. Throws BadArchive.
 */
export function unpack(archive) {
  const reader = new Reader(archive);
  const folders = new Set([""]);
  const found = [];
  for (let entry = nextEntry(reader); entry; entry = nextEntry(reader)) {
    if (found.length && !isBefore(found.at(-1).path, entry.path)) {
      throw new BadArchive("it is a duplicate or out of order", entry.path);
    }
    if (found.length === MAX_ENTRIES) throw new BadArchive(`more than ${MAX_ENTRIES} entries`);
    const parent = entry.path.includes("/") ? entry.path.slice(0, entry.path.lastIndexOf("/")) : "";
    if (!folders.has(parent)) throw new BadArchive("its folder is missing", entry.path);
    if (entry.kind === "folder") folders.add(entry.path);
    entry.bytes = reader.take(entry.size);
    if (!isZero(reader.take((BLOCK - (entry.size % BLOCK)) % BLOCK))) {
      throw new BadArchive("its padding is not zero", entry.path);
    }
    found.push(entry);
  }
  if (!found.length) throw new BadArchive("it is empty");
  if (reader.at !== archive.length) throw new BadArchive("bytes follow its end");
  checkLinks(found);
  return found;
}

const MAX_TEXT = 1024 * 1024;

/** The text of a file for people, or null where it is none or too long to show. */
export function textOf(entry) {
  if (entry.kind !== "file" || entry.size > MAX_TEXT || entry.bytes.includes(0)) return null;
  try {
    return strict.decode(entry.bytes);
  } catch {
    return null;
  }
}
