// Replays with plain viem what a client of 0g-agentic-id and a reader of the documentation's facade call.
// ABI and signed texts are those of 0gfoundation/0g-agentic-id and 0gfoundation/0g-doc.
import { readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import {
  createPublicClient, createWalletClient, defineChain, encodeAbiParameters, http, keccak256, parseAbi, parseAbiParameters,
  parseEventLogs, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const chain = defineChain({
  id: job.chainId, name: "devnet", nativeCurrency: { name: "OG", symbol: "OG", decimals: 18 },
  rpcUrls: { default: { http: [job.rpc] } },
});
const reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 });
const accounts = Object.fromEntries(Object.entries(job.keys).map(([name, key]) => [name, privateKeyToAccount(key)]));
const facts = {};

const ABI = parseAbi([
  "struct Access { bytes32 dataHash; bytes targetPubkey; bytes nonce; uint256 deadline; bytes proof; }",
  "struct Ownership { uint8 oracleType; bytes32 dataHash; bytes sealedKey; bytes targetPubkey; bytes nonce; uint256 deadline; bytes proof; }",
  "struct Pair { Access accessProof; Ownership ownershipProof; }",
  "struct Data { string dataDescription; bytes32 dataHash; }",
  "struct Entry { bytes32 dataHash; bytes sealedKey; }",
  "struct Metadata { string metadataKey; bytes metadataValue; }",
  "function register(string agentURI, Metadata[] metadata, Data[] iDatas, bytes[] sealedKeys) returns (uint256)",
  "function iTransferFrom(address from, address to, uint256 tokenId, Pair[] proofs) returns (Entry[])",
  "function iCloneFrom(address from, address to, uint256 tokenId, Pair[] proofs) returns (uint256)",
  "function intelligentDatasOf(uint256 tokenId) view returns (Data[])",
  "function sealedKeysOf(uint256 tokenId) view returns (bytes[])",
  "function setAccessDelegate(address delegate)",
  "function getAccessDelegate(address user) view returns (address)",
  "function update(uint256 tokenId, Data[] iDatas, bytes[] sealedKeys)",
  "function updateAt(uint256 tokenId, uint256 index, Data iData, bytes sealedKey)",
  "function authorizeUsage(uint256 tokenId, address user)",
  "function batchAuthorizeUsage(uint256 tokenId, address[] users)",
  "function clearAuthorizedUsers(uint256 tokenId)",
  "function authorizedUsersOf(uint256 tokenId) view returns (address[])",
  "function ownerOf(uint256 tokenId) view returns (address)",
  "function tokenURI(uint256 tokenId) view returns (string)",
  "event ITransferred(address indexed from, address indexed to, uint256 indexed tokenId, Entry[] entries)",
  "event Cloned(uint256 indexed tokenId, uint256 indexed newTokenId, address from, address to, Entry[] entries)",
  "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
]);
const DOC = parseAbi([
  "function getMetadataHash(uint256 tokenId) view returns (bytes32)",
  "function getEncryptedURI(uint256 tokenId) view returns (string)",
]);

const hash = () => toHex(randomBytes(32));
const seal = () => toHex(Buffer.concat([Buffer.from([4]), randomBytes(128)]));
const keyOf = (name) => `0x${accounts[name].publicKey.slice(4)}`;
const read = (functionName, args, abi = ABI) =>
  reader.readContract({ address: job.agenticId, abi, functionName, args });

async function send(who, functionName, args) {
  const wallet = createWalletClient({ account: accounts[who], chain, transport: http() });
  const { request } = await reader.simulateContract({
    account: accounts[who], address: job.agenticId, abi: ABI, functionName, args,
  });
  return reader.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
}

async function pairOf(dataHash, receiver) {
  const { timestamp } = await reader.getBlock();
  const deadline = timestamp + 3600n;
  const [sealedKey, mine, theirs, target] = [seal(), hash(), hash(), keyOf(receiver)];
  const access = keccak256(
    encodeAbiParameters(parseAbiParameters("uint256,address,bytes32,bytes,bytes,uint256"),
      [BigInt(job.chainId), job.agenticId, dataHash, "0x", mine, deadline]),
  );
  const ownership = keccak256(
    encodeAbiParameters(parseAbiParameters("uint256,address,bytes32,bytes,bytes,bytes,uint256"),
      [BigInt(job.chainId), job.agenticId, dataHash, sealedKey, target, theirs, deadline]),
  );
  return {
    sealedKey,
    pair: {
      accessProof: {
        dataHash, targetPubkey: "0x", nonce: mine, deadline,
        proof: await accounts[receiver].signMessage({ message: access }),
      },
      ownershipProof: {
        oracleType: 0, dataHash, sealedKey, targetPubkey: target, nonce: theirs, deadline,
        proof: await accounts.oracle.signMessage({ message: ownership }),
      },
    },
  };
}

const only = (receipt, eventName) => parseEventLogs({ abi: ABI, eventName, logs: receipt.logs });

async function agenticId() {
  const [first, second, third] = [hash(), hash(), hash()];
  const [one, two, three] = [seal(), seal(), seal()];
  const registered = await send("alice", "register", [
    "data:,card", [{ metadataKey: "species", metadataValue: "0x01" }], [{ dataDescription: "framework", dataHash: first }], [one],
  ]);
  const id = only(registered, "Transfer").filter((log) => log.address.toLowerCase() === job.agenticId.toLowerCase())[0].args
    .tokenId;
  const keys = [await read("sealedKeysOf", [id])];
  await send("alice", "update", [id, [{ dataDescription: "framework", dataHash: second }], [two]]);
  keys.push(await read("sealedKeysOf", [id]));
  await send("alice", "updateAt", [id, 0n, { dataDescription: "framework", dataHash: third }, three]);
  keys.push(await read("sealedKeysOf", [id]));
  await send("bob", "setAccessDelegate", [accounts.carol.address]);
  const delegate = await read("getAccessDelegate", [accounts.bob.address]);
  await send("bob", "setAccessDelegate", ["0x0000000000000000000000000000000000000000"]);
  await send("alice", "batchAuthorizeUsage", [id, [accounts.carol.address, accounts.dave.address]]);
  const users = await read("authorizedUsersOf", [id]);
  await send("alice", "clearAuthorizedUsers", [id]);
  const moved = await pairOf(third, "bob");
  const transfer = await send("alice", "iTransferFrom", [accounts.alice.address, accounts.bob.address, id, [moved.pair]]);
  const copied = await pairOf(third, "carol");
  const clone = await send("bob", "iCloneFrom", [accounts.bob.address, accounts.carol.address, id, [copied.pair]]);
  const [made] = only(clone, "Cloned");
  facts.agenticId = {
    id: Number(id), written: [one, two, three], keys, delegate, users,
    data: await read("intelligentDatasOf", [id]), third, uri: await read("tokenURI", [id]),
    owner: await read("ownerOf", [id]), after: await read("sealedKeysOf", [id]), sealed: moved.sealedKey,
    entries: only(transfer, "ITransferred").map((log) => log.args.entries),
    clone: Number(made.args.newTokenId), cloneOwner: await read("ownerOf", [made.args.newTokenId]),
    cloneKeys: await read("sealedKeysOf", [made.args.newTokenId]), cloneSealed: copied.sealedKey,
    gas: Number(transfer.gasUsed),
  };
  return id;
}

async function documentation(id) {
  facts.documentation = {
    hash: await read("getMetadataHash", [id], DOC), uri: await read("getEncryptedURI", [id], DOC),
  };
}

let running = "agenticId";
try {
  const id = await agenticId();
  running = "documentation";
  await documentation(id);
} catch (error) {
  facts[running] = { error: `${error.shortMessage ?? error.message} ${error.details ?? ""} ${error.metaMessages ?? ""}` };
}
writeFileSync(job.report, JSON.stringify(facts, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
