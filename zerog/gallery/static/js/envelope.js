// A sealed key: parse it, check who made it, open it. Twin of zerog/inft/envelope.py.

import { ascii, encoded, fromHex, hkdf, isZero, joined, keccak256, numberOf, openGcm, same } from "./bytes.js";
import { NotAPoint, NotAScalar, ORDER, checkPoint, compress, multiply, publicKeyOf, scalar, subtract } from "./curve.js";
import { Refused, Tampered } from "./errors.js";

const ECIES = 129;
const LENGTHS = { 1: 323, 2: 387 };
const SUITES = { 1: "AES-256-GCM", 2: "keccak counter mode" };
export const SUITE_KECCAK_CTR = 2;

export class NotAnEnvelope extends Tampered {
  constructor(reason) {
    super(`this is no sealed key: ${reason}`, "ask the seller for another");
  }
}

export class WrongKey extends Refused {
  constructor() {
    super("the agent is sealed to another key than this one", "open it with the account it is sealed to");
  }
}

export class PartsDiffer extends Tampered {
  constructor() {
    super("the two parts of the sealed key hold different keys", "do not trust its maker");
  }
}

/** {version, suite, ecies, owner or null, e1, e2, c, z}; every point lies on the curve. */
export function parse(sealed) {
  const version = sealed.length > ECIES + 1 ? sealed[ECIES] : 0;
  if (LENGTHS[version] !== sealed.length) {
    throw new NotAnEnvelope(`${sealed.length} bytes, version ${version}`);
  }
  const suite = sealed[ECIES + 1];
  if (!SUITES[suite]) throw new NotAnEnvelope(`cipher suite ${suite} is unknown`);
  let at = ECIES + 2;
  const point = () => checkPoint(sealed.slice(at, (at += 64)));
  const owner = version === 2 ? point() : null;
  const [e1, e2] = [point(), point()];
  const [c, z] = [numberOf(sealed.slice(at, at + 32)), numberOf(sealed.slice(at + 32))];
  return { version, suite, ecies: sealed.slice(0, ECIES), owner, e1, e2, c, z };
}

export const isProven = (envelope) => envelope.c !== 0n || envelope.z !== 0n;

/**
 * Whether its maker knew what is inside and made it for this token and key.
 * A committee's seal is unproven: the proof that the chain checked stands for it.
 */
export function isMadeFor(envelope, publicKey, { chainId, contract, tokenId }) {
  if (!isProven(envelope)) return false;
  const challenge = (commitment) =>
    numberOf(
      keccak256(
        joined(
          keccak256(ascii(`zerog/inft/seal/${envelope.version}`)),
          encoded(chainId, 32), fromHex(contract), encoded(tokenId, 32),
          new Uint8Array([envelope.version, envelope.suite]),
          publicKey, envelope.e1, envelope.e2, keccak256(envelope.ecies), commitment,
        ),
      ),
    ) % ORDER;
  try {
    const commitment = subtract(publicKeyOf(scalar(envelope.z)), multiply(envelope.e1, scalar(envelope.c)));
    return challenge(commitment) === envelope.c;
  } catch (error) {
    if (error instanceof NotAPoint || error instanceof NotAScalar) return false;
    throw error;
  }
}

/** ECIES as eciespy and eciesjs write it: ephemeral 65, nonce 16, tag 16, ciphertext. */
async function openEcies(secret, sealed) {
  const [ephemeral, nonce] = [sealed.slice(0, 65), sealed.slice(65, 81)];
  if (ephemeral[0] !== 4) throw new NotAPoint();
  const shared = joined(new Uint8Array([4]), multiply(ephemeral.slice(1), secret));
  const key = await hkdf(joined(ephemeral, shared), new Uint8Array(), "", 32);
  return openGcm(key, nonce, joined(sealed.slice(97), sealed.slice(81, 97)));
}

/**
 * The 32-byte data key: HKDF of K = E2 - q * E1, compared with the ECIES part where there is one.
 * Throws WrongKey, PartsDiffer, NotAnEnvelope, NotAPoint.
 */
export async function openSeal(sealed, secret) {
  const envelope = parse(sealed);
  if (envelope.owner && !same(envelope.owner, publicKeyOf(secret))) throw new WrongKey();
  const classic = isZero(envelope.ecies) ? null : await openEcies(secret, envelope.ecies);
  if (!classic && !isZero(envelope.ecies)) throw new WrongKey();
  let point;
  try {
    point = subtract(envelope.e2, multiply(envelope.e1, secret));
  } catch (error) {
    throw error instanceof NotAPoint ? new PartsDiffer() : error;
  }
  const key = await hkdf(compress(point), new Uint8Array(), "zerog/inft/data-key/1", 32);
  if (classic && !same(classic, key)) throw new PartsDiffer();
  return key;
}
