// Replays with plain viem what the SDK of 0g-agentic-id (0.1.2) calls for agents that run under a seal key, and on
// the registries around them. ABI and signed texts are those of 0gfoundation/0g-agentic-id and of ERC-8004.
import { readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import {
  createPublicClient, createWalletClient, defineChain, encodeAbiParameters, http, keccak256, concat, parseAbi,
  parseAbiParameters, parseEventLogs, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const chain = defineChain({
  id: job.chainId, name: "devnet", nativeCurrency: { name: "OG", symbol: "OG", decimals: 18 },
  rpcUrls: { default: { http: [job.rpc] } },
});
const reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 });
const accounts = Object.fromEntries(Object.entries(job.keys).map(([name, key]) => [name, privateKeyToAccount(key)]));
const addressOf = (name) => accounts[name].address;
const hash = () => toHex(randomBytes(32));
const sealOf = () => toHex(Buffer.concat([Buffer.from([4]), randomBytes(128)]));

const AGENTS = parseAbi([
  "struct Data { string dataDescription; bytes32 dataHash; }",
  "struct Metadata { string metadataKey; bytes metadataValue; }",
  "function registerWithSeal(address to, string agentURI, Metadata[] metadata, Data[] iDatas, bytes[] sealedKeys, address agentSeal, bytes32 sealId) returns (uint256)",
  "function updateAt(uint256 tokenId, uint256 index, Data iData, bytes sealedKey)",
  "function transferFrom(address from, address to, uint256 tokenId)",
  "function safeTransferFrom(address from, address to, uint256 tokenId)",
  "function setAgentURI(uint256 agentId, string agentURI)",
  "function setMetadata(uint256 agentId, string key, bytes value)",
  "function getMetadata(uint256 agentId, string key) view returns (bytes)",
  "function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)",
  "function getAgentWallet(uint256 agentId) view returns (address)",
  "function unsetAgentWallet(uint256 agentId)",
  "function getAgentSeal(uint256 agentId) view returns (address)",
  "function getSealId(uint256 agentId) view returns (bytes32)",
  "function getAgentIdBySealId(bytes32 sealId) view returns (uint256)",
  "function isSealIdBound(bytes32 sealId) view returns (bool)",
  "function intelligentDatasOf(uint256 tokenId) view returns (Data[])",
  "function sealedKeysOf(uint256 tokenId) view returns (bytes[])",
  "function ownerOf(uint256 tokenId) view returns (address)",
  "function balanceOf(address owner) view returns (uint256)",
  "function tokenURI(uint256 tokenId) view returns (string)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
]);
const REPUTATION = parseAbi([
  "struct ServeProof { uint256 agentId; address submitter; uint256 timestamp; uint256 deadline; bytes32 taskHash; bytes32[] dataHashes; bytes32 frameworkHash; bytes signature; }",
  "function giveFeedback(uint256 agentId, int128 value, uint8 valueDecimals, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash, ServeProof proof)",
  "function revokeFeedback(uint256 agentId, uint64 feedbackIndex)",
  "function appendResponse(uint256 agentId, address clientAddress, uint64 feedbackIndex, string responseURI, bytes32 responseHash)",
  "function getLastIndex(uint256 agentId, address clientAddress) view returns (uint64)",
  "function getClients(uint256 agentId) view returns (address[])",
  "function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex) view returns (int128, uint8, string, string, bool)",
  "function getSummary(uint256 agentId, address[] clientAddresses, string tag1, string tag2) view returns (uint64, int128, uint8)",
  "function getResponseCount(uint256 agentId, address clientAddress, uint64 feedbackIndex, address[] responders) view returns (uint64)",
  "function getServeData(uint256 agentId, address clientAddress, uint64 feedbackIndex) view returns (bytes32[], bytes32)",
]);
const TRUST = parseAbi([
  "function acknowledgeApps(string[] appIds)",
  "function isAcknowledged(address user, string appId) view returns (bool)",
  "function deposit(address recipient, address provider) payable",
  "function getBalance(address user, address provider) view returns (uint256, uint256, uint256)",
]);

async function send(who, address, abi, functionName, args, value = 0n) {
  const wallet = createWalletClient({ account: accounts[who], chain, transport: http() });
  const { request } = await reader.simulateContract({
    account: accounts[who], address, abi, functionName, args, ...(value ? { value } : {}),
  });
  return reader.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
}
const agents = (functionName, args) => reader.readContract({ address: job.agenticId, abi: AGENTS, functionName, args });
const opinions = (functionName, args) =>
  reader.readContract({ address: job.reputation, abi: REPUTATION, functionName, args });

async function mintSealed(owner, seal = privateKeyToAccount(hash())) {
  const [dataHash, sealId] = [hash(), hash()];
  const receipt = await send("attestor", job.agenticId, AGENTS, "registerWithSeal", [
    addressOf(owner), "data:,card", [], [{ dataDescription: "framework", dataHash }], [sealOf()],
    seal.address, sealId,
  ]);
  const minted = parseEventLogs({ abi: AGENTS, eventName: "Transfer", logs: receipt.logs });
  const own = minted.filter((log) => log.address.toLowerCase() === job.agenticId.toLowerCase());
  return { id: own[0].args.tokenId, dataHash, sealId, seal };
}

async function sealedAgent() {
  const { id, sealId } = await mintSealed("alice", accounts.seal);
  const read = {
    seal: await agents("getAgentSeal", [id]), sealId: await agents("getSealId", [id]),
    byId: await agents("getAgentIdBySealId", [sealId]), bound: await agents("isSealIdBound", [sealId]),
    balance: await agents("balanceOf", [addressOf("alice")]), uri: await agents("tokenURI", [id]),
  };
  // The runtime keeps its memory: it uploads, seals to its own key, and says so.
  const [memory, key] = [hash(), sealOf()];
  await send("seal", job.agenticId, AGENTS, "updateAt", [id, 0n, { dataDescription: "memory", dataHash: memory }, key]);
  await send("alice", job.agenticId, AGENTS, "transferFrom", [addressOf("alice"), addressOf("bob"), id]);
  await send("bob", job.agenticId, AGENTS, "safeTransferFrom", [addressOf("bob"), addressOf("carol"), id]);
  return {
    id, sealId, read, memory, key, owner: await agents("ownerOf", [id]),
    data: await agents("intelligentDatasOf", [id]), keys: await agents("sealedKeysOf", [id]),
  };
}

async function identity() {
  const { id } = await mintSealed("alice");
  await send("alice", job.agenticId, AGENTS, "setAgentURI", [id, "data:,other"]);
  await send("alice", job.agenticId, AGENTS, "setMetadata", [id, "species", "0x07"]);
  const { timestamp } = await reader.getBlock();
  const deadline = timestamp + 240n;
  const signature = await accounts.dave.signTypedData({
    domain: {
      name: "ERC8004IdentityRegistry", version: "1", chainId: job.chainId, verifyingContract: job.identity,
    },
    types: {
      AgentWalletSet: [
        { name: "agentId", type: "uint256" }, { name: "newWallet", type: "address" },
        { name: "owner", type: "address" }, { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "AgentWalletSet",
    message: { agentId: id, newWallet: addressOf("dave"), owner: job.agenticId, deadline },
  });
  await send("alice", job.agenticId, AGENTS, "setAgentWallet", [id, addressOf("dave"), deadline, signature]);
  const wallet = await agents("getAgentWallet", [id]);
  await send("alice", job.agenticId, AGENTS, "unsetAgentWallet", [id]);
  return {
    id, uri: await agents("tokenURI", [id]), metadata: await agents("getMetadata", [id, "species"]), wallet,
    unset: await agents("getAgentWallet", [id]),
  };
}

async function reputation() {
  const { id, dataHash, seal } = await mintSealed("alice");
  const { timestamp } = await reader.getBlock();
  const proof = {
    agentId: id, submitter: addressOf("bob"), timestamp, deadline: timestamp + 3600n, taskHash: hash(),
    dataHashes: [dataHash, hash()], frameworkHash: hash(),
  };
  const digest = keccak256(
    encodeAbiParameters(
      parseAbiParameters("uint256,address,address,uint256,uint256,uint256,bytes32,bytes32,bytes32"),
      [BigInt(job.chainId), job.agenticId, proof.submitter, id, proof.timestamp, proof.deadline, proof.taskHash,
        keccak256(concat(proof.dataHashes)), proof.frameworkHash],
    ),
  );
  proof.signature = await seal.signMessage({ message: { raw: digest } });
  await send("bob", job.reputation, REPUTATION, "giveFeedback",
    [id, 95n, 0, "quality", "", "/api/chat", "data:,fine", hash(), proof]);
  const index = await opinions("getLastIndex", [id, addressOf("bob")]);
  await send("alice", job.reputation, REPUTATION, "appendResponse", [id, addressOf("bob"), index, "data:,thanks", hash()]);
  const before = {
    entry: await opinions("readFeedback", [id, addressOf("bob"), index]),
    summary: await opinions("getSummary", [id, [addressOf("bob")], "", ""]),
    serve: await opinions("getServeData", [id, addressOf("bob"), index]),
    clients: await opinions("getClients", [id]),
    responses: await opinions("getResponseCount", [id, addressOf("bob"), index, []]),
  };
  await send("bob", job.reputation, REPUTATION, "revokeFeedback", [id, index]);
  const [, , , , revoked] = await opinions("readFeedback", [id, addressOf("bob"), index]);
  return { id, index, ...before, proof: [proof.dataHashes, proof.frameworkHash], revoked };
}

async function trust() {
  await send("dave", job.tapp, TRUST, "acknowledgeApps", [job.apps]);
  await send("dave", job.serving, TRUST, "deposit", [addressOf("dave"), addressOf("oracle")], 10n ** 17n);
  const acknowledged = [];
  for (const app of job.apps) {
    acknowledged.push(await reader.readContract({
      address: job.tapp, abi: TRUST, functionName: "isAcknowledged", args: [addressOf("dave"), app],
    }));
  }
  const [balance] = await reader.readContract({
    address: job.serving, abi: TRUST, functionName: "getBalance", args: [addressOf("dave"), addressOf("oracle")],
  });
  return { acknowledged, balance: String(balance) };
}

const facts = {};
for (const [name, run] of Object.entries({ sealedAgent, identity, reputation, trust })) {
  try {
    facts[name] = await run();
  } catch (error) {
    facts[name] = { error: `${error.shortMessage ?? error.message} ${error.details ?? ""} ${error.metaMessages ?? ""}` };
  }
}
writeFileSync(job.report, JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
