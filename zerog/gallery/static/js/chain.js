// The network as the page knows it: its chain, its contracts, and what they say.

import { Contract, JsonRpcProvider } from "../vendor/ethers.min.js";
import { GalleryError, Unreachable } from "./errors.js";

const ACCESS = "tuple(bytes32 oldDataHash, bytes32 newDataHash, bytes nonce, bytes encryptedPubKey, bytes proof)";
const OWNERSHIP =
  "tuple(uint8 oracleType, bytes32 oldDataHash, bytes32 newDataHash, bytes sealedKey, bytes encryptedPubKey, " +
  "bytes nonce, bytes proof)";
const PAIR = `tuple(${ACCESS} accessProof, ${OWNERSHIP} ownershipProof)`;
const TERMS =
  "tuple(uint256 tokenId, address currency, uint128 price, uint8 mode, uint64 listedUntil, uint32 window)";
const SALE =
  "tuple(uint8 state, uint8 mode, address token, uint16 feeBps, uint64 listedUntil, uint256 tokenId, " +
  "address seller, uint32 window, uint64 paidAtBlock, address currency, uint64 deadline, uint128 price, " +
  "uint128 royaltyCap, address buyer, bytes32 targetKeyHash, bytes32 consentsHash)";
const ESCROW =
  "tuple(uint8 state, uint16 feeBps, uint32 deliverySeconds, uint32 windowSeconds, uint32 answerSeconds, " +
  "uint32 challenges, uint64 deadline, address seller, uint64 challengesUntil, address buyer, " +
  "address currency, uint128 price, uint128 bond, uint128 royaltyCap, uint128 answerFee, uint256 tokenId, " +
  "bytes32 dataHash, bytes32 proofHash, bytes32 sealHash)";

const OFFER =
  "tuple(uint256 tokenId, address currency, uint128 price, uint128 bond, uint128 answerFee, " +
  "uint32 deliverySeconds, uint32 windowSeconds, uint32 answerSeconds)";

const ABIS = {
  AgentNFT: [
    "function nextTokenId() view returns (uint256)",
    "function ownerOf(uint256) view returns (address)",
    "function creatorOf(uint256) view returns (address)",
    "function parentOf(uint256) view returns (uint256)",
    "function lockerOf(uint256) view returns (address)",
    "function intelligentDataOf(uint256) view returns (tuple(string dataDescription, bytes32 dataHash)[])",
    "function sealedKeyHashesOf(uint256) view returns (bytes32[])",
    "function getApproved(uint256) view returns (address)",
    "function isApprovedForAll(address, address) view returns (bool)",
    "function approve(address to, uint256 tokenId)",
    "event PublishedSealedKey(address indexed to, uint256 indexed tokenId, bytes[] sealedKeys)",
  ],
  KeyDirectory: [
    "function keyOf(address) view returns (bytes publicKey, uint8 source, uint32 index)",
    "function register(bytes publicKey, uint8 source, uint32 index)",
    "error InvalidViewingKey(bytes publicKey)",
  ],
  AgentMarket: [
    "function listingCount() view returns (uint256)",
    "function listingOf(uint256) view returns (uint256)",
    "function committee() view returns (address)",
    `function saleOf(uint256) view returns (${SALE})`,
    "function credits(address currency, address account) view returns (uint256)",
    `function list(${TERMS} terms) returns (uint256)`,
    "function delist(uint256 listingId)",
    `function buy(uint256 listingId, address currency, uint256 price, bytes targetKey, ${ACCESS}[] consents) payable`,
    "function refund(uint256 listingId)",
    `function collect(uint256 listingId, ${PAIR}[] proofs)`,
    "function withdraw(address currency, uint256 amount, address to)",
    `event Listed(uint256 indexed listingId, address indexed seller, uint256 indexed tokenId, ${TERMS} terms)`,
    "event SaleOwed(uint256 indexed listingId, uint256 indexed tokenId, address indexed buyer, " +
      `uint256 proceeds, ${PAIR}[] proofs)`,
    "error NotTheOwner(uint256 tokenId, address owner, address caller)",
    "error AlreadyListed(uint256 tokenId, uint256 listingId)",
    "error ListingOver(uint256 until, uint256 time)",
    "error WindowOutOfRange(uint256 window)",
    "error NotDeposited(uint256 tokenId)",
    "error WrongState(uint256 listingId, uint8 state)",
    "error TermsChanged(address currency, uint256 price)",
    "error NotTheSeller(uint256 listingId, address caller)",
    "error TooLate(uint256 deadline)",
    "error TooEarly(uint256 deadline)",
    "error ConsentNotSigned(uint256 index)",
    "error ConsentDeadline(uint256 index, uint256 until)",
    "error TokenLocked(uint256 tokenId, address locker)",
    "error EnforcedPause()",
  ],
  FairExchange: [
    `function escrowOf(uint256) view returns (${ESCROW})`,
    "event Offered(uint256 indexed escrowId, uint256 indexed tokenId, address indexed seller, " +
      `bytes32 dataHash, ${OFFER} terms)`,
  ],
  KeyDeposits: ["function isLive(address token, uint256 tokenId, uint256 index) view returns (bool)"],
};

async function asked() {
  let answer;
  try {
    answer = await fetch("network.json", { cache: "no-store" });
  } catch {
    throw new Unreachable("the gallery's own server does not answer", "start it: zerog up");
  }
  if (!answer.ok) throw new GalleryError((await answer.text()).trim(), "deploy first: zerog up");
  return answer.json();
}

/** One network: provider, addresses, endpoints; contracts read through its own provider. */
export class Network {
  constructor(document) {
    this.chainId = document.chainId;
    this.development = document.development;
    this.addresses = document.contracts;
    this.endpoints = document.endpoints;
    this.attestation = document.attestation;
    const options = { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 100 };
    this.provider = new JsonRpcProvider(this.endpoints.chain, this.chainId, options);
    this.provider.pollingInterval = 300;
  }

  /** Raises Unreachable where the chain is away or another one answers. */
  static async load() {
    const made = new Network(await asked());
    let answered;
    try {
      answered = Number(await made.provider.send("eth_chainId", []));
    } catch {
      throw new Unreachable(`no chain answers at ${made.endpoints.chain}`, "is the stack up? zerog status");
    }
    if (answered !== made.chainId) {
      throw new Unreachable(`chain ${answered} answers at ${made.endpoints.chain}, not ${made.chainId}`, "check ZEROG_RPC_URL");
    }
    return made;
  }

  has(name) {
    return name in this.addresses;
  }

  address(name) {
    return this.addresses[name].address;
  }

  /** A contract of the registry, for reading; with a signer, for acting. */
  contract(name, signer = this.provider) {
    return new Contract(this.address(name), ABIS[name], signer);
  }

  deposits(address) {
    return new Contract(address, ABIS.KeyDeposits, this.provider);
  }

  /** Unix seconds that the next block has at least: an idle chain's head is old. */
  async time() {
    const head = await this.provider.getBlock("latest");
    return Math.max(head.timestamp, Math.floor(Date.now() / 1000));
  }
}
