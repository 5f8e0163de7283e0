// Selling and buying: the transactions of contracts/interfaces/IAgentMarket.sol.

import { ZeroAddress, hexlify, keccak256, randomBytes, toBeHex } from "../vendor/ethers.min.js";
import { encoded, fromHex, joined, toHex } from "./bytes.js";
import { MODES, SALE, loadAgent, loadSeal } from "./agents.js";
import { GalleryError, Refused } from "./errors.js";
import { NoViewingKey, registered } from "./keys.js";
import { fetchData } from "./opening.js";

const CONSENT_MARGIN = 86400;
const TRANSFER = 1;
const LOOK_EVERY = 500;
const ACCESS = {
  Access: [
    { name: "op", type: "uint8" },
    { name: "tokenId", type: "uint256" },
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "oldDataHash", type: "bytes32" },
    { name: "newDataHash", type: "bytes32" },
    { name: "wantedKeyHash", type: "bytes32" },
    { name: "verifier", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

export class SealNotProven extends Refused {
  constructor(tokenId) {
    super(`the sealed key of agent ${tokenId} was not made for it: it may be a stolen one`, "do not trade it");
  }
}

/** [domain, types, message] of the buyer's consent; twin of zerog/inft/proofs.py. */
export function consentText(network, agent, buyer, wantedKey, nonce, deadline) {
  const domain = {
    name: "0G-iNFT",
    version: "1",
    chainId: network.chainId,
    verifyingContract: network.address("AgentNFT"),
  };
  const message = {
    op: TRANSFER,
    tokenId: agent.id,
    from: agent.listing.seller,
    to: buyer,
    oldDataHash: agent.dataHash,
    newDataHash: agent.dataHash,
    wantedKeyHash: keccak256(hexlify(wantedKey)),
    verifier: network.address("DataVerifier"),
    nonce: toBeHex(nonce),
    deadline: toBeHex(deadline),
  };
  return [domain, ACCESS, message];
}

async function requireFairSeal(network, agent) {
  const seal = await loadSeal(network, agent);
  if (seal.owner && !seal.proven && !seal.byCommittee) throw new SealNotProven(agent.id);
}

/** Approve the market and list; price in wei. Gives the agent as it is afterwards. */
export async function list(network, person, agent, { price, mode, days, window }, say) {
  await requireFairSeal(network, agent);
  const token = network.contract("AgentNFT", person.signer);
  const market = network.address("AgentMarket");
  const [approved, operator] = await Promise.all([
    token.getApproved(agent.id),
    token.isApprovedForAll(person.address, market),
  ]);
  if (approved !== market && !operator) {
    say("Confirm in your wallet: the market may lock this agent.");
    await (await token.approve(market, agent.id)).wait();
  }
  const until = (await network.time()) + days * 86400;
  const terms = [agent.id, ZeroAddress, price, MODES.indexOf(mode), until, window];
  say("Confirm in your wallet: the listing.");
  await (await network.contract("AgentMarket", person.signer).list(terms)).wait();
  return loadAgent(network, agent.id);
}

export async function delist(network, person, agent) {
  await (await network.contract("AgentMarket", person.signer).delist(agent.listing.id)).wait();
  return loadAgent(network, agent.id);
}

/** Check the data, consent, pay. Gives the agent as it is afterwards: its sale is paid. */
export async function buy(network, person, seen, say) {
  const agent = await loadAgent(network, seen.id);
  requireSame(agent, seen);
  const key = await registered(network, person.address);
  if (!key) throw new NoViewingKey();
  await requireFairSeal(network, agent);
  say("Fetching the encrypted data, to see that it is there …");
  await fetchData(network, agent.dataHash, agent.size, () => {});
  const consent = await consentTo(network, person, agent, key.publicKey, say);
  say("Confirm in your wallet: the payment, which the market keeps until the agent is yours.");
  const market = network.contract("AgentMarket", person.signer);
  const { id, price } = agent.listing;
  const sent = await market.buy(id, ZeroAddress, price, toHex(key.publicKey), [consent], { value: price });
  await sent.wait();
  return loadAgent(network, agent.id);
}

/** The person's signed consent to get an agent from its seller, sealed to a key of theirs. */
async function consentTo(network, person, agent, publicKey, say) {
  const nonce = BigInt(hexlify(randomBytes(32)));
  const deadline = BigInt((await network.time()) + agent.listing.window + CONSENT_MARGIN);
  say("Sign in your wallet: you consent to get this agent, sealed to your viewing key.");
  const signature = await person.sign(consentText(network, agent, person.address, publicKey, nonce, deadline));
  const bytes = joined(encoded(nonce, 32), encoded(deadline, 32));
  return [agent.dataHash, agent.dataHash, toHex(bytes), toHex(publicKey), signature];
}

/** Fetch an agent that is paid and owed to the person, with a new consent. */
export async function collect(network, person, agent, say) {
  const { id, paidAtBlock } = agent.listing;
  const market = network.contract("AgentMarket");
  const [told] = await market.queryFilter(market.filters.SaleOwed(id), paidAtBlock);
  if (!told) throw new GalleryError("the chain does not show the agent's new seal yet", "try again");
  const made = told.args.proofs[0].ownershipProof;
  const consent = await consentTo(network, person, agent, fromHex(made.encryptedPubKey), say);
  say("Confirm in your wallet: the agent comes to you.");
  await (await market.connect(person.signer).collect(id, [[consent, [...made]]])).wait();
  return loadAgent(network, agent.id);
}

function requireSame(agent, seen) {
  const now = agent?.listing;
  const was = seen.listing;
  if (!now || now.id !== was.id || now.state !== SALE.listed || now.price !== was.price || now.currency !== was.currency) {
    throw new GalleryError("the listing has changed since it was shown", "look at it again");
  }
  if (agent.items !== 1) throw new Refused(`this agent has ${agent.items} items of data`, "buy it with the SDK");
}

/**
 * Wait until a paid sale is over or overdue: "settled", "owed", "refunded" or "late".
 * alive() says whether anybody still looks.
 */
export async function watchSale(network, listing, alive) {
  const market = network.contract("AgentMarket");
  while (alive()) {
    const sale = await market.saleOf(listing.id);
    const mine = sale.buyer === listing.buyer && Number(sale.paidAtBlock) === listing.paidAtBlock;
    if (mine && Number(sale.state) === SALE.settled) return "settled";
    if (mine && Number(sale.state) === SALE.owed) return "owed";
    if (!mine) return "refunded";
    if ((await network.time()) > Number(sale.deadline)) return "late";
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
  return "left";
}

/** Take an overdue payment back, into the buyer's credit at the market. */
export async function refund(network, person, agent) {
  await (await network.contract("AgentMarket", person.signer).refund(agent.listing.id)).wait();
  return loadAgent(network, agent.id);
}

/** What the person can take out of the market, wei. */
export const creditOf = (network, person) =>
  network.contract("AgentMarket").credits(ZeroAddress, person.address);


/** Take all of the person's credit out; gives what it was, wei. */
export async function withdraw(network, person) {
  const amount = await creditOf(network, person);
  const market = network.contract("AgentMarket", person.signer);
  await (await market.withdraw(ZeroAddress, amount, person.address)).wait();
  return amount;
}
