// Open an agent in the browser: sealed key, ciphertext, plaintext, files; verified before shown.

import { unpack } from "./archive.js";
import { fromHex, toHex } from "./bytes.js";
import { loadSeal } from "./agents.js";
import { openContainer } from "./container.js";
import { checkFile } from "./datatree.js";
import { WrongKey, openSeal } from "./envelope.js";
import { GalleryError, Refused, Unreachable } from "./errors.js";
import { registered, secretFor } from "./keys.js";

export const MAX_BYTES = 64 * 1024 * 1024;

export class TooLarge extends Refused {
  constructor() {
    super(`the agent is larger than ${MAX_BYTES / 1024 / 1024} MiB, too large for this page`, "use zerog inft open");
  }
}

async function received(answer, progress) {
  const pieces = [];
  let size = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MAX_BYTES) {
      await reader.cancel();
      throw new TooLarge();
    }
    pieces.push(part.value);
    progress(size);
  }
  const file = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}

/** The stored file that a data root names, checked against it; progress(bytes so far). */
export async function fetchData(network, dataHash, size, progress) {
  if (size > MAX_BYTES) throw new TooLarge();
  const url = `${network.endpoints.indexer}/file?root=${toHex(fromHex(dataHash))}`;
  let file;
  try {
    const answer = await fetch(url, { cache: "no-store", credentials: "omit", redirect: "error" });
    const type = answer.headers.get("content-type") ?? "";
    if (!answer.ok || type.startsWith("application/json")) throw await refusal(answer);
    file = await received(answer, progress);
  } catch (error) {
    if (error instanceof GalleryError) throw error;
    throw new Unreachable(`the storage gateway at ${network.endpoints.indexer} does not deliver the data`, "is the stack up? zerog status");
  }
  await checkFile(file, fromHex(dataHash));
  return file;
}

async function refusal(answer) {
  let message = `HTTP ${answer.status}`;
  try {
    message = String((await answer.json()).message).slice(0, 100);
  } catch {
    message = `HTTP ${answer.status}`;
  }
  return new GalleryError(`the storage gateway refuses: ${message}`, "the data may not be stored any more");
}

/** The files of an agent, for its owner; say(line) tells what is being done. */
export async function openAgent(network, person, ring, agent, say) {
  if (agent.items !== 1) throw new Refused(`this agent has ${agent.items} items of data`, "open it with the SDK");
  say("Reading the sealed key from the chain …");
  const seal = await loadSeal(network, agent);
  const ownKey = new Refused(
    "this agent is sealed to the account's own key, which no browser wallet decrypts with",
    `open it with: zerog inft open ${agent.id}, or seal it to your viewing key: zerog inft rekey ${agent.id}`,
  );
  const sealOwner = seal.owner ?? (await registered(network, person.address))?.publicKey;
  if (!sealOwner) throw ownKey;
  say("Sign in your wallet: the viewing key, which opens the agent in this tab.");
  let dataKey;
  try {
    dataKey = await openSeal(seal.sealed, await secretFor(network, person, ring, sealOwner));
  } catch (error) {
    throw error instanceof WrongKey ? ownKey : error;
  }
  const bytes = (count) => say(`Fetching the encrypted data … ${(count / 1024).toFixed(0)} KiB`);
  const file = await fetchData(network, agent.dataHash, agent.size, bytes);
  const pieces = (done, all) => say(`Decrypting and checking … ${done} of ${all}`);
  return unpack(await openContainer(dataKey, file, pieces));
}
