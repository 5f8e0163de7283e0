// The person's viewing key: registered on chain, its secret in this tab's memory only.

import { getAddress, hexlify, randomBytes } from "../vendor/ethers.min.js";
import { fromHex, numberOf, same, toHex } from "./bytes.js";
import { NotAScalar, publicKeyOf } from "./curve.js";
import { WrongKey } from "./envelope.js";
import { GalleryError, Refused } from "./errors.js";
import { derive, viewingKeyOf, viewingText } from "./viewing.js";

export const SOURCE = { none: 0, derived: 1, stored: 2 };
const TRIED_INDEXES = 16;

export class NoViewingKey extends Refused {
  constructor() {
    super("you have no viewing key yet", "make one on the page Viewing key");
  }
}

export class NotAStoredKey extends GalleryError {
  constructor() {
    super("this file holds no stored key", "choose the file that this page gave you when the key was made");
  }
}

/** {publicKey, source, index} of an owner, or null. */
export async function registered(network, owner) {
  const [key, source, index] = await network.contract("KeyDirectory").keyOf(owner);
  const bytes = fromHex(key);
  return bytes.length ? { publicKey: bytes, source: Number(source), index: Number(index) } : null;
}

/** Secrets of this tab: nothing is written anywhere. */
export class KeyRing {
  #secrets = [];

  add(secret) {
    const publicKey = viewingKeyOf(secret);
    if (!this.find(publicKey)) this.#secrets.push({ secret, publicKey });
    return publicKey;
  }

  find(publicKey) {
    return this.#secrets.find((one) => same(one.publicKey, publicKey))?.secret ?? null;
  }

  forget() {
    for (const one of this.#secrets) one.secret.fill(0);
    this.#secrets = [];
  }
}

const textFor = (network, person, index) =>
  viewingText(network.chainId, getAddress(network.address("KeyDirectory")), person.address, index);

/** Sign twice, register the key that both signatures make; gives the public key. */
export async function registerDerived(network, person, ring, index) {
  const secret = await derive(person.sign, textFor(network, person, index));
  const publicKey = ring.add(secret);
  await register(network, person, publicKey, SOURCE.derived, index);
  return publicKey;
}

async function register(network, person, publicKey, source, index) {
  const directory = network.contract("KeyDirectory", person.signer);
  await (await directory.register(toHex(publicKey), source, index)).wait();
}

/** A random secret for wallets that cannot make one again. */
export function newStoredKey() {
  for (;;) {
    const secret = randomBytes(32);
    try {
      publicKeyOf(secret);
      return secret;
    } catch (error) {
      if (!(error instanceof NotAScalar)) throw error;
    }
  }
}

/** The text of the file to keep: that of a key file of a home (HOME/keys/NAME.key). */
export const storedKeyFile = (secret) => `${hexlify(secret).slice(2)}\n`;

export function readStoredKey(text) {
  const trimmed = text.trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(trimmed)) throw new NotAStoredKey();
  const secret = fromHex(trimmed);
  if (numberOf(secret) === 0n) throw new NotAStoredKey();
  return secret;
}

export async function registerStored(network, person, ring, secret) {
  const publicKey = ring.add(secret);
  await register(network, person, publicKey, SOURCE.stored, 0);
  return publicKey;
}

/** The secret of a seal's key: from this tab, else by one signature for each index tried. */
export async function secretFor(network, person, ring, sealOwner) {
  const held = ring.find(sealOwner);
  if (held) return held;
  const entry = await registered(network, person.address);
  if (!entry) throw new WrongKey();
  if (entry.source === SOURCE.stored && same(entry.publicKey, sealOwner)) {
    throw new GalleryError("this agent is sealed to your stored key", "give its file on the page Viewing key");
  }
  const newest = entry.source === SOURCE.derived ? entry.index : 0;
  for (let index = newest; index >= 0 && index > newest - TRIED_INDEXES; index -= 1) {
    const secret = await derive(person.sign, textFor(network, person, index), 1);
    if (same(ring.add(secret), sealOwner)) return secret;
  }
  throw new WrongKey();
}
