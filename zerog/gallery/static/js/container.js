// Containers: an agent's archive, encrypted. Twin of zerog/crypto/aead.py and keccakctr.py.

import { ascii, encoded, hkdf, isZero, joined, keccak256, numberOf, openGcm, same } from "./bytes.js";
import { Tampered } from "./errors.js";

const SEGMENT = 262144;
const HEADER = 64;
const TAG = 16;
const MAGIC = ascii("0GSEAL");
const SECTOR = 256;
const CHUNK = 1024;
const SEGMENT_CHUNKS = 248;
const PRELUDE = SECTOR + 32 * SEGMENT_CHUNKS;
const WORDS = CHUNK / 32;
const MAX_CHUNKS = 2n ** 32n;

export class NotAContainer extends Tampered {
  constructor(reason) {
    super(`the stored data is no container: ${reason}`, "do not trust its maker");
  }
}

export class WrongKeyOrTampered extends Tampered {
  constructor(chunk) {
    super(`chunk ${chunk} does not open: the key is wrong or the data was changed`, "nothing of it is shown");
    this.chunk = chunk;
  }
}

export class Truncated extends Tampered {
  constructor(chunk) {
    super(`chunk ${chunk} is cut`, "nothing of it is shown");
    this.chunk = chunk;
  }
}

export class TrailingData extends Tampered {
  constructor() {
    super("unauthenticated bytes follow the data", "nothing of it is shown");
  }
}

const breath = () => new Promise((resolve) => setTimeout(resolve));

/** {suite, plainSize, salt, keyCheck, head}; not yet authenticated. */
export function readHeader(file) {
  if (file.length < HEADER) throw new NotAContainer(`${file.length} bytes are no header`);
  if (!same(file.subarray(0, 6), MAGIC)) throw new NotAContainer("another file format");
  const [version, suite] = [file[6], file[7]];
  if (version !== 1 || (suite !== 1 && suite !== 2)) {
    throw new NotAContainer(`version ${version} with suite ${suite} is not known here`);
  }
  const plain = numberOf(file.subarray(8, 16));
  if (plain > MAX_CHUNKS * BigInt(suite === 1 ? SEGMENT - TAG : CHUNK) - BigInt(HEADER)) {
    throw new NotAContainer(`a size of ${plain} bytes`);
  }
  const end = suite === 1 ? HEADER : 80;
  if (file.length < end) throw new NotAContainer(`${file.length} bytes are no header`);
  return {
    suite,
    plainSize: Number(plain),
    salt: file.slice(16, 48),
    keyCheck: file.slice(48, end),
    head: file.slice(0, HEADER),
  };
}

/**
 * The plaintext of a whole container, all of it verified.
 * progress(done, all) counts segments. Throws NotAContainer, WrongKeyOrTampered, Truncated,
 * TrailingData.
 */
export async function openContainer(dataKey, file, progress = () => {}) {
  const header = readHeader(file);
  if (header.plainSize > file.length) throw new Truncated(0);
  const open = header.suite === 1 ? openGcmStream : openKeccakStream;
  return open(dataKey, file, header, progress);
}

// ------------------------------------------------------------------------ suite 1, AES-256-GCM

async function openGcmStream(dataKey, file, header, progress) {
  const key = await hkdf(dataKey, header.salt, "zerog/container/1/content", 32);
  const check = await hkdf(dataKey, header.salt, "zerog/container/1/check", 16);
  if (!same(check, header.keyCheck)) throw new WrongKeyOrTampered(0);
  const room = (chunk) => SEGMENT - TAG - (chunk ? 0 : HEADER);
  const count = 1 + Math.max(0, Math.ceil((header.plainSize - room(0)) / room(1)));
  const plain = new Uint8Array(header.plainSize);
  let done = 0;
  for (let chunk = 0; chunk < count; chunk += 1) {
    const last = chunk === count - 1;
    const length = Math.min(room(chunk), header.plainSize - done);
    const start = chunk * SEGMENT + (chunk ? 0 : HEADER);
    const body = file.subarray(start, start + length + TAG);
    if (body.length < length + TAG) throw new Truncated(chunk);
    const nonce = joined(new Uint8Array(7), encoded(chunk, 4), encoded(last ? 1 : 0, 1));
    const associated = joined(header.head, encoded(chunk, 8), encoded(length, 4), encoded(last ? 1 : 0, 1));
    const clear = await openGcm(key, nonce, body, associated);
    if (!clear) throw new WrongKeyOrTampered(chunk);
    plain.set(clear, done);
    done += length;
    if (last && !isZero(file.subarray(start + length + TAG))) throw new TrailingData();
    progress(chunk + 1, count);
  }
  return plain;
}

// ---------------------------------------------------------------- suite 2, keccak counter mode

async function openKeccakStream(dataKey, file, header, progress) {
  const size = [...encoded(header.plainSize, 8)];
  const derived = (label) => hkdfBytes(dataKey, header.salt, [...ascii(`zerog/container/2/${label}`), ...size]);
  const [key, check] = [await derived("content"), await derived("check")];
  if (!same(check, header.keyCheck)) throw new WrongKeyOrTampered(0);
  const chunks = Math.max(1, Math.ceil(header.plainSize / CHUNK));
  const plain = new Uint8Array(header.plainSize);
  const message = joined(key, new Uint8Array(32));
  const spread = new Uint8Array(CHUNK + 32);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const [segment, place] = [Math.floor(chunk / SEGMENT_CHUNKS), chunk % SEGMENT_CHUNKS];
    const at = segment * SEGMENT + PRELUDE + place * CHUNK;
    const sealed = file.subarray(at, at + CHUNK);
    if (sealed.length < CHUNK) throw new Truncated(chunk);
    message.set(encoded(chunk, 16), 32);
    for (let word = 0; word <= WORDS; word += 1) {
      message[63] = word;
      spread.set(keccak256(message), 32 * word);
    }
    for (let byte = 0; byte < CHUNK; byte += 1) spread[byte] ^= sealed[byte];
    const leaf = segment * SEGMENT + SECTOR + 32 * place;
    if (!same(keccak256(spread), file.subarray(leaf, leaf + 32))) throw new WrongKeyOrTampered(chunk);
    const start = chunk * CHUNK;
    plain.set(spread.subarray(0, Math.min(CHUNK, header.plainSize - start)), start);
    if (place === SEGMENT_CHUNKS - 1 || chunk === chunks - 1) {
      progress(segment + 1, Math.ceil(chunks / SEGMENT_CHUNKS));
      await breath();
    }
  }
  return plain;
}

async function hkdfBytes(secret, salt, info) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}
