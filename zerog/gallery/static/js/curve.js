// secp256k1 as the envelope needs it: points are 64 bytes X then Y, scalars 32 bytes.

import { SigningKey } from "../vendor/ethers.min.js";
import { encoded, fromHex, joined, numberOf, toHex } from "./bytes.js";
import { Tampered } from "./errors.js";

export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const POINT = 64;

export class NotAPoint extends Tampered {
  constructor() {
    super("these bytes are no point of secp256k1");
  }
}

export class NotAScalar extends Tampered {
  constructor() {
    super("a number is not between 1 and the order of secp256k1");
  }
}

const spelled = (point) => `0x04${toHex(point).slice(2)}`;
const bare = (text) => fromHex(text).slice(1);

/** The same 64 bytes, if they are a point; throws NotAPoint. */
export function checkPoint(point) {
  if (point.length !== POINT) throw new NotAPoint();
  try {
    return bare(SigningKey.computePublicKey(spelled(point), false));
  } catch {
    throw new NotAPoint();
  }
}

/** 32 bytes of a BigInt from 1 to n - 1; throws NotAScalar. */
export function scalar(value) {
  if (value <= 0n || value >= ORDER) throw new NotAScalar();
  return encoded(value, 32);
}

export const publicKeyOf = (secret) => bare(new SigningKey(scalar(numberOf(secret))).publicKey);

/** k times a point; throws NotAPoint, NotAScalar. */
export function multiply(point, k) {
  const checked = checkPoint(point);
  return bare(new SigningKey(scalar(numberOf(k))).computeSharedSecret(spelled(checked)));
}

/** The sum; throws NotAPoint, also where it is infinity. */
export function add(left, right) {
  const [one, two] = [checkPoint(left), checkPoint(right)];
  try {
    return bare(SigningKey.addPoints(spelled(one), spelled(two), false));
  } catch {
    throw new NotAPoint();
  }
}

export function negate(point) {
  const checked = checkPoint(point);
  return joined(checked.slice(0, 32), encoded(FIELD - numberOf(checked.slice(32)), 32));
}

export const subtract = (left, right) => add(left, negate(right));

/** 33 bytes: parity, then X. */
export function compress(point) {
  const checked = checkPoint(point);
  return joined(new Uint8Array([2 + (checked[63] & 1)]), checked.slice(0, 32));
}
