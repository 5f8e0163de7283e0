// Viewing keys: a decryption key that a wallet can make again by signing one text.
// Twin of zerog/inft/viewing.py; both are held to tests/vectors/inft/viewing.json.

import { TypedDataEncoder, recoverAddress } from "../vendor/ethers.min.js";
import { encoded, fromHex, hkdf, numberOf, same, toHex } from "./bytes.js";
import { ORDER, publicKeyOf } from "./curve.js";
import { WalletRefused } from "./errors.js";

export const WARNING =
  "This signature opens every agent that is sealed to this viewing key. " +
  "Sign it only where you trust the page with all of them.";
const TYPES = {
  ViewingKey: [
    { name: "warning", type: "string" },
    { name: "owner", type: "address" },
    { name: "index", type: "uint256" },
  ],
};
const INFO = "zerog/inft/viewing-key/1";

export class SignaturesDiffer extends WalletRefused {
  constructor(owner) {
    super(
      `the wallet ${owner} signs the same text differently each time, so no key can be made again from it`,
      "use a stored key",
    );
  }
}

export class NotTheWallet extends WalletRefused {
  constructor(owner) {
    super(
      `the signature is not that of ${owner}`,
      "sign with that account; a contract wallet has no key, so it uses a stored key",
    );
  }
}

/** What the wallet signs: [domain, types, message], as signTypedData takes them. */
export function viewingText(chainId, directory, owner, index) {
  const domain = { name: "0G-iNFT viewing key", version: "1", chainId, verifyingContract: directory };
  return [domain, TYPES, { warning: WARNING, owner, index }];
}

export const viewingDigest = (text) => TypedDataEncoder.hash(...text);

/** The viewing secret, 32 bytes, of a 65-byte signature: its r and s, stretched and reduced. */
export async function secretOf(signature) {
  const wide = await hkdf(signature.slice(0, 64), new Uint8Array(), INFO, 48);
  return encoded((numberOf(wide) % (ORDER - 1n)) + 1n, 32);
}

function checkSigner(text, signature) {
  const { owner } = text[2];
  let signer = "";
  try {
    if (signature.length === 65) signer = recoverAddress(viewingDigest(text), toHex(signature));
  } catch {
    signer = "";
  }
  if (signer !== owner) throw new NotTheWallet(owner);
}

/**
 * The viewing secret of a wallet.
 * sign(text) gives a signature as hex; it is asked `times` times, and all answers must be equal:
 * twice at registration; once later, when the registered key tells whether it is the same.
 */
export async function derive(sign, text, times = 2) {
  const signatures = [];
  for (let turn = 0; turn < times; turn += 1) {
    const signature = fromHex(await sign(text));
    checkSigner(text, signature);
    signatures.push(signature);
  }
  const [first] = signatures;
  if (!signatures.every((one) => same(one, first))) throw new SignaturesDiffer(text[2].owner);
  return secretOf(first);
}

export const viewingKeyOf = (secret) => publicKeyOf(secret);
