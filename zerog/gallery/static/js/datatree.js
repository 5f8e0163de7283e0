// The root by which storage names a file: twin of zerog/storage/codec.py.

import { joined, keccak256, same } from "./bytes.js";
import { Tampered } from "./errors.js";

const SECTOR = 256;
const PAUSE_EVERY = 4096;

export class WrongData extends Tampered {
  constructor() {
    super("the gateway served other bytes than the chain names", "try another gateway, or zerog inft open");
  }
}

/** Sectors of the padded file: a sixteenth of the next power of two at most is padding. */
export function paddedSectors(size) {
  const sectors = Math.ceil(size / SECTOR);
  const power = 2 ** Math.ceil(Math.log2(sectors));
  const unit = Math.max(1, power / 16);
  return Math.ceil(sectors / unit) * unit;
}

const breath = () => new Promise((resolve) => setTimeout(resolve));

async function leaves(file) {
  const count = paddedSectors(file.length);
  const empty = keccak256(new Uint8Array(SECTOR));
  const found = [];
  for (let at = 0; found.length < count; at += SECTOR) {
    const piece = file.subarray(at, at + SECTOR);
    if (piece.length === SECTOR) found.push(keccak256(piece));
    else if (piece.length) found.push(keccak256(joined(piece, new Uint8Array(SECTOR - piece.length))));
    else found.push(empty);
    if (found.length % PAUSE_EVERY === 0) await breath();
  }
  return found;
}

/** Root of the left-complete tree over `count` hashes from `first`. */
function rootOf(hashes, first, count) {
  if (count === 1) return hashes[first];
  let left = 1;
  while (left * 2 < count) left *= 2;
  return keccak256(joined(rootOf(hashes, first, left), rootOf(hashes, first + left, count - left)));
}

/** The data root of a file of at least one byte. */
export async function dataRoot(file) {
  const hashes = await leaves(file);
  return rootOf(hashes, 0, hashes.length);
}

/** Throws WrongData unless the file is the one that the root names. */
export async function checkFile(file, root) {
  if (!file.length || !same(await dataRoot(file), root)) throw new WrongData();
}
