// Agents as the page shows them: what the chain says of each token, its listing, its protection.

import { ZeroAddress } from "../vendor/ethers.min.js";
import { fromHex, keccak256, toHex } from "./bytes.js";
import { SUITE_KECCAK_CTR, isMadeFor, isProven, parse } from "./envelope.js";
import { GalleryError } from "./errors.js";

export const MODES = ["proof", "committee", "oracle"];
export const SALE = { none: 0, listed: 1, paid: 2, settled: 3, delisted: 4, owed: 5 };
const ESCROW_OPEN = [1, 2, 3];
const SUITE_NAMES = { "AES-GCM-256": 1, "KECCAK-CTR-256": SUITE_KECCAK_CTR };
const MAX_ROLE = 120;

/** What a token's description says; hostile text gives empty fields, never an error. */
export function readDescription(text) {
  let top = {};
  try {
    top = JSON.parse(text) ?? {};
  } catch {
    top = {};
  }
  const size = top.storage_ptr?.size;
  const role = typeof top.role === "string" ? top.role.slice(0, MAX_ROLE) : "";
  const suite = Object.hasOwn(SUITE_NAMES, top.encryption) ? SUITE_NAMES[top.encryption] : 0;
  return { role, suite, size: Number.isSafeInteger(size) && size >= 0 ? size : 0 };
}

const orNull = async (promise) => {
  try {
    return await promise;
  } catch (error) {
    if (error.code === "CALL_EXCEPTION") return null;
    throw error;
  }
};

async function listingOf(network, tokenId) {
  const market = network.contract("AgentMarket");
  const id = Number(await market.listingOf(tokenId));
  if (!id) return null;
  const sale = await market.saleOf(id);
  return {
    id,
    state: Number(sale.state),
    mode: MODES[Number(sale.mode)],
    price: sale.price,
    currency: sale.currency === ZeroAddress ? "" : sale.currency,
    seller: sale.seller,
    buyer: sale.buyer === ZeroAddress ? "" : sale.buyer,
    window: Number(sale.window),
    deadline: Number(sale.deadline),
    listedUntil: Number(sale.listedUntil),
    paidAtBlock: Number(sale.paidAtBlock),
  };
}

/** The open escrow that a locked token is in: its newest offer, while that is open. */
async function escrowOf(network, tokenId) {
  const exchange = network.contract("FairExchange");
  const first = network.addresses.FairExchange.block;
  const offers = await exchange.queryFilter(exchange.filters.Offered(null, tokenId), first);
  if (!offers.length) return null;
  const id = offers.at(-1).args.escrowId;
  const found = await exchange.escrowOf(id);
  if (!ESCROW_OPEN.includes(Number(found.state))) return null;
  return { id: Number(id), price: found.price, seller: found.seller };
}

async function isDeposited(network, tokenId) {
  const committee = await network.contract("AgentMarket").committee();
  if (committee === ZeroAddress) return false;
  return (await orNull(network.deposits(committee).isLive(network.address("AgentNFT"), tokenId, 0))) ?? false;
}

/** One agent, or null where there is none (burnt, or never minted). */
export async function loadAgent(network, tokenId) {
  const token = network.contract("AgentNFT");
  const [owner, data, locker, deposited] = await Promise.all([
    orNull(token.ownerOf(tokenId)),
    orNull(token.intelligentDataOf(tokenId)),
    orNull(token.lockerOf(tokenId)),
    isDeposited(network, tokenId),
  ]);
  if (!owner || !data) return null;
  const listing = await listingOf(network, tokenId);
  const inEscrow = network.has("FairExchange") && locker === network.address("FairExchange");
  const escrow = inEscrow ? await escrowOf(network, tokenId) : null;
  const first = data.length ? readDescription(data[0].dataDescription) : readDescription("");
  return {
    id: tokenId,
    owner,
    ...first,
    items: data.length,
    dataHash: data.length ? data[0].dataHash : "",
    locker: locker && locker !== ZeroAddress ? locker : "",
    listing,
    escrow,
    deposited,
    seller: listing?.seller ?? escrow?.seller ?? owner,
  };
}

/** Agents with ids from `newest` downwards; {agents, next: where to go on, 0 at the end}. */
export async function loadPage(network, newest, count) {
  const last = newest ?? Number(await network.contract("AgentNFT").nextTokenId()) - 1;
  const ids = Array.from({ length: Math.max(0, Math.min(count, last)) }, (_, step) => last - step);
  const found = await Promise.all(ids.map((id) => loadAgent(network, id)));
  return { agents: found.filter((one) => one !== null), next: Math.max(0, last - count) };
}

/** The sealed key that the chain committed to, and what can be said of it without any secret. */
export async function loadSeal(network, agent) {
  const token = network.contract("AgentNFT");
  const [hashes, parent] = await Promise.all([token.sealedKeyHashesOf(agent.id), orNull(token.parentOf(agent.id))]);
  const first = network.addresses.AgentNFT.block;
  const logs = await token.queryFilter(token.filters.PublishedSealedKey(null, agent.id), first);
  for (const log of logs.reverse()) {
    for (const text of log.args.sealedKeys) {
      const sealed = fromHex(text);
      if (toHex(keccak256(sealed)) === hashes[0]) return described(network, agent, sealed, Number(parent ?? 0));
    }
  }
  throw new GalleryError("the chain has not published this agent's key", "ask its owner to publish it");
}

function described(network, agent, sealed, parent) {
  const envelope = parse(sealed);
  const place = { chainId: network.chainId, contract: network.address("AgentNFT") };
  const tokens = parent ? [agent.id, parent] : [agent.id];
  const fits = (tokenId) => isMadeFor(envelope, envelope.owner, { ...place, tokenId });
  return {
    sealed,
    owner: envelope.owner,
    version: envelope.version,
    suite: envelope.suite,
    byCommittee: !isProven(envelope),
    proven: envelope.owner !== null && tokens.some(fits),
  };
}

const MODE_TEXT = {
  proof: ["Proof mode", "The seller's home hands the key over with a proof that the chain checks."],
  committee: ["Committee mode", "A threshold committee hands the key over, also while the seller is away."],
  oracle: ["Oracle mode", "An oracle encrypts the data anew for the buyer."],
};

/** Labels of how an agent is sold: [{kind, label, text}]; kind: good, plain or warn. */
export function protection(agent, network) {
  if (agent.escrow) {
    const text = "The price stays in escrow until the key opens the committed data; a complaint brings it back.";
    return [{ kind: "good", label: "Fair-exchange protection", text }];
  }
  if (!agent.listing) {
    if (agent.suite !== SUITE_KECCAK_CTR) return [];
    return [{ kind: "plain", label: "Escrow possible", text: "Its cipher lets a contract judge a complaint." }];
  }
  const [label, text] = MODE_TEXT[agent.listing.mode];
  const found = [{ kind: "plain", label, text }];
  found.push({
    kind: "warn",
    label: "Without fair-exchange protection",
    text:
      agent.suite === SUITE_KECCAK_CTR
        ? "Nobody checks that the data is what the seller says. This agent could also be sold in escrow."
        : "Nobody checks that the data is what the seller says, and its cipher cannot be judged on chain.",
  });
  if (agent.listing.mode === "oracle" && network.attestation === "simulated") {
    const why = "A development oracle: no hardware vouches for it.";
    found.push({ kind: "warn", label: "Simulated attestation", text: why });
  }
  return found;
}
