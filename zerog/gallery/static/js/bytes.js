// Bytes and numbers: hex and words as the chain spells them, big endian.

import { concat, getBytes, hexlify, keccak256 as keccakHex, toBeHex } from "../vendor/ethers.min.js";

export const fromHex = (text) => getBytes(text.startsWith("0x") ? text : `0x${text}`);
export const toHex = (bytes) => hexlify(bytes);
export const joined = (...parts) => getBytes(concat(parts));
export const keccak256 = (bytes) => getBytes(keccakHex(bytes));
export const ascii = (text) => new TextEncoder().encode(text);

/** A non-negative BigInt or number in `size` bytes. */
export const encoded = (value, size) => getBytes(toBeHex(value, size));

/** The BigInt that the bytes spell. */
export const numberOf = (bytes) => BigInt(bytes.length ? hexlify(bytes) : 0);

export function same(left, right) {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) difference |= left[at] ^ right[at];
  return difference === 0;
}

export const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** HKDF-SHA256; salt may be empty. */
export async function hkdf(secret, salt, info, size) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: ascii(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * size));
}

/** AES-256-GCM; data ends with its 16-byte tag. Null when the tag is wrong. */
export async function openGcm(key, nonce, data, associated = new Uint8Array()) {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: nonce, additionalData: associated, tagLength: 128 };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(how, aes, data));
  } catch (error) {
    if (error.name === "OperationError") return null;
    throw error;
  }
}
