// Replays with plain ethers what a client of the Final ERC-7857 and one of 0g-agent-nft call.
// ABI strings and signed texts are those of 0gfoundation/0g-agent-nft and of ERC-7857.
import { readFileSync, writeFileSync } from "node:fs";
import {
  AbiCoder, concat, Contract, hexlify, Interface, JsonRpcProvider, keccak256, NonceManager, randomBytes,
  SigningKey, solidityPacked, Wallet, ZeroAddress,
} from "ethers";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const provider = new JsonRpcProvider(job.rpc, undefined, { pollingInterval: 50, cacheTimeout: -1 });
const people = Object.fromEntries(
  Object.entries(job.keys).map(([name, key]) => [name, new NonceManager(new Wallet(key, provider))]),
);
const wallets = Object.fromEntries(Object.entries(job.keys).map(([name, key]) => [name, new Wallet(key)]));
const keyOf = (name) => "0x" + SigningKey.computePublicKey(job.keys[name], false).slice(4);
const facts = {};

const ACCESS2 = "tuple(bytes32 dataHash,bytes targetPubkey,bytes nonce,bytes proof)";
const OWNER2 = "tuple(uint8 oracleType,bytes32 dataHash,bytes sealedKey,bytes targetPubkey,bytes nonce,bytes proof)";
const P2 = `tuple(${ACCESS2} accessProof,${OWNER2} ownershipProof)[]`;
const ACCESS1 = "tuple(bytes32 oldDataHash,bytes32 newDataHash,bytes nonce,bytes encryptedPubKey,bytes proof)";
const OWNER1 =
  "tuple(uint8 oracleType,bytes32 oldDataHash,bytes32 newDataHash,bytes sealedKey,bytes encryptedPubKey,bytes nonce,bytes proof)";
const P1 = `tuple(${ACCESS1} accessProof,${OWNER1} ownershipProof)[]`;
const DATA = "tuple(string dataDescription,bytes32 dataHash)[]";

const AGENT_NFT = new Interface([
  `function mint(${DATA} iDatas,address to) payable returns (uint256)`,
  "function getMintFee() view returns (uint256)",
  `function intelligentDatasOf(uint256) view returns (${DATA})`,
  `function iTransferFrom(address,address,uint256,${P2})`,
  `function iCloneFrom(address,address,uint256,${P2}) returns (uint256)`,
  `function update(uint256,${DATA})`,
  "function delegateAccess(address)",
  "function getDelegateAccess(address) view returns (address)",
  "function authorizeUsage(uint256,address)",
  "function batchAuthorizeUsage(uint256,address[])",
  "function revokeAuthorization(uint256,address)",
  "function clearAuthorizedUsers(uint256)",
  "function authorizedUsersOf(uint256) view returns (address[])",
  "function ownerOf(uint256) view returns (address)",
  "function approve(address,uint256)",
  "function supportsInterface(bytes4) view returns (bool)",
  "event Transfer(address indexed from,address indexed to,uint256 indexed tokenId)",
  "event Cloned(uint256 indexed tokenId,uint256 indexed newTokenId,address from,address to)",
  "event PublishedSealedKey(address indexed to,uint256 indexed tokenId,bytes[] sealedKeys)",
]);
const FINAL = new Interface([
  `function iTransfer(address,uint256,${P1})`,
  `function iClone(address,uint256,${P1}) returns (uint256)`,
  `function intelligentDataOf(uint256) view returns (${DATA})`,
  "event Transferred(uint256 _tokenId,address indexed _from,address indexed _to)",
]);
const ORDER =
  "tuple(uint256 tokenId,uint256 expectedPrice,address currency,uint256 expireTime,bytes32 nonce,bytes signature,address receiver)";
const OFFER =
  "tuple(uint256 tokenId,uint256 offerPrice,uint256 expireTime,bytes32 nonce,bool needProof,bytes signature)";
const MARKET = new Interface([`function fulfillOrder(${ORDER},${OFFER},${P2}) payable`]);

const at = (iface, address, who) => new Contract(address, iface, people[who]);
const hash = () => hexlify(randomBytes(32));
// The references sign the 66 characters of the digest, not its 32 bytes.
const signText = (who, digest) => wallets[who].signMessage(digest);

async function sent(call) {
  return (await call).wait();
}

function eventsOf(receipt, iface, name) {
  return receipt.logs.map((log) => iface.parseLog(log)).filter((log) => log?.name === name);
}

async function agentNftProof(dataHash, receiver) {
  const sealedKey = hexlify(concat(["0x04", randomBytes(128)]));
  const [mine, theirs] = [hash(), hash()];
  const target = keyOf(receiver);
  const access = await signText(
    receiver, keccak256(solidityPacked(["bytes32", "bytes", "bytes"], [dataHash, "0x", mine])),
  );
  const ownership = await signText(
    "oracle",
    keccak256(solidityPacked(["bytes32", "bytes", "bytes", "bytes"], [dataHash, sealedKey, target, theirs])),
  );
  return {
    sealedKey,
    pair: [[dataHash, "0x", mine, access], [0, dataHash, sealedKey, target, theirs, ownership]],
  };
}

async function finalProof(before, after, receiver) {
  const sealedKey = hexlify(concat(["0x04", randomBytes(128)]));
  const [mine, theirs] = [hash(), hash()];
  const target = keyOf(receiver);
  const access = await signText(
    receiver,
    keccak256(solidityPacked(["bytes32", "bytes32", "bytes", "bytes"], [before, after, "0x", mine])),
  );
  const ownership = await signText(
    "oracle",
    keccak256(
      solidityPacked(["bytes32", "bytes32", "bytes", "bytes", "bytes"], [before, after, sealedKey, target, theirs]),
    ),
  );
  return {
    sealedKey,
    pair: [[before, after, mine, "0x", access], [0, before, after, sealedKey, target, theirs, ownership]],
  };
}

async function mint(who, dataHash) {
  const nft = at(AGENT_NFT, job.token, who);
  const value = await nft.getMintFee();
  const receipt = await sent(nft.mint([["model", dataHash]], wallets[who].address, { value }));
  return eventsOf(receipt, AGENT_NFT, "Transfer")[0].args.tokenId;
}

async function agentNft() {
  const [dataHash, updated] = [hash(), hash()];
  const id = await mint("alice", dataHash);
  const alice = at(AGENT_NFT, job.token, "alice");
  const bob = at(AGENT_NFT, job.token, "bob");
  const read = (await alice.intelligentDatasOf(id)).map((one) => [...one]);
  await sent(bob.delegateAccess(wallets.carol.address));
  const assistant = await alice.getDelegateAccess(wallets.bob.address);
  await sent(bob.delegateAccess(ZeroAddress));
  await sent(alice.authorizeUsage(id, wallets.carol.address));
  await sent(alice.batchAuthorizeUsage(id, [wallets.dave.address, wallets.oracle.address]));
  await sent(alice.revokeAuthorization(id, wallets.carol.address));
  const users = [...(await alice.authorizedUsersOf(id))];
  await sent(alice.clearAuthorizedUsers(id));
  const cleared = [...(await alice.authorizedUsersOf(id))];
  await sent(alice.update(id, [["model", updated]]));
  const moved = await agentNftProof(updated, "bob");
  const transfer = await sent(
    alice.iTransferFrom(wallets.alice.address, wallets.bob.address, id, [moved.pair]),
  );
  const copied = await agentNftProof(updated, "carol");
  const clone = await sent(bob.iCloneFrom(wallets.bob.address, wallets.carol.address, id, [copied.pair]));
  const [{ args: made }] = eventsOf(clone, AGENT_NFT, "Cloned");
  facts.agentNft = {
    id: Number(id), read, dataHash, updated, assistant, users, cleared,
    owner: await alice.ownerOf(id),
    published: [...eventsOf(transfer, AGENT_NFT, "PublishedSealedKey")[0].args.sealedKeys],
    sealed: moved.sealedKey, clone: Number(made.newTokenId), cloneOwner: await alice.ownerOf(made.newTokenId),
    cloneKeys: [...eventsOf(clone, AGENT_NFT, "PublishedSealedKey")[0].args.sealedKeys],
    cloneSealed: copied.sealedKey, gas: Number(transfer.gasUsed), cloneGas: Number(clone.gasUsed),
  };
}

async function final() {
  const [before, after, copy] = [hash(), hash(), hash()];
  const id = await mint("alice", before);
  const moved = await finalProof(before, after, "bob");
  const transfer = await sent(at(FINAL, job.token, "alice").iTransfer(wallets.bob.address, id, [moved.pair]));
  const copied = await finalProof(after, copy, "carol");
  const clone = await sent(at(FINAL, job.token, "bob").iClone(wallets.carol.address, id, [copied.pair]));
  const [{ args: made }] = eventsOf(clone, AGENT_NFT, "Cloned");
  const reader = at(FINAL, job.token, "alice");
  facts.final = {
    id: Number(id), after, copy, owner: await at(AGENT_NFT, job.token, "alice").ownerOf(id),
    data: (await reader.intelligentDataOf(id)).map((one) => [...one]),
    cloneData: (await reader.intelligentDataOf(made.newTokenId)).map((one) => [...one]),
    transferred: eventsOf(transfer, FINAL, "Transferred").length,
  };
}

const STATEMENT = "uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,bytes32 newDataHash";
const typed = (text) => text.split(",").map((one) => ({ type: one.split(" ")[0], name: one.split(" ")[1] }));
const TYPES = {
  Access: typed(`${STATEMENT},bytes32 wantedKeyHash,address verifier,uint256 nonce,uint256 deadline`),
  Ownership: typed(
    `${STATEMENT},bytes32 sealedKeyHash,bytes32 targetKeyHash,address verifier,uint256 nonce,uint256 deadline`,
  ),
};

// The same with typed data, as every deployment takes it: signed by any wallet, no text of ours.
async function typedProof(op, id, [from, to], [before, after]) {
  const sealedKey = hexlify(concat(["0x04", randomBytes(128)]));
  const { timestamp } = await provider.getBlock("latest");
  const [nonce, deadline] = [BigInt(hash()), BigInt(timestamp + 3600)];
  const { chainId } = await provider.getNetwork();
  const domain = { name: "0G-iNFT", version: "1", chainId, verifyingContract: job.token };
  const said = {
    op, tokenId: id, from: wallets[from].address, to: wallets[to].address, oldDataHash: before, newDataHash: after,
    verifier: job.verifier, nonce, deadline, wantedKeyHash: keccak256("0x"),
    sealedKeyHash: keccak256(sealedKey), targetKeyHash: keccak256(keyOf(to)),
  };
  const fields = (kind) => Object.fromEntries(TYPES[kind].map(({ name }) => [name, said[name]]));
  const access = await wallets[to].signTypedData(domain, { Access: TYPES.Access }, fields("Access"));
  const ownership = await wallets.oracle.signTypedData(domain, { Ownership: TYPES.Ownership }, fields("Ownership"));
  const raw = AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [nonce, deadline]);
  return { sealedKey, raw, access, ownership, target: keyOf(to) };
}

async function safe() {
  const [before, after] = [hash(), hash()];
  const id = await mint("alice", before);
  const first = await typedProof(1, id, ["alice", "bob"], [before, after]);
  await sent(at(FINAL, job.token, "alice").iTransfer(wallets.bob.address, id, [[
    [before, after, first.raw, "0x", first.access],
    [0, before, after, first.sealedKey, first.target, first.raw, first.ownership],
  ]]));
  const second = await typedProof(1, id, ["bob", "carol"], [after, after]);
  await sent(at(AGENT_NFT, job.token, "bob").iTransferFrom(wallets.bob.address, wallets.carol.address, id, [[
    [after, "0x", second.raw, second.access],
    [0, after, second.sealedKey, second.target, second.raw, second.ownership],
  ]]));
  facts.safe = { id: Number(id), after, sealed: second.sealedKey };
}

async function market() {
  const dataHash = hash();
  const id = await mint("alice", dataHash);
  await sent(at(AGENT_NFT, job.token, "alice").approve(job.market, id));
  const { chainId } = await provider.getNetwork();
  const domain = { name: "AgentMarket", version: "1.0.0", chainId, verifyingContract: job.market };
  const price = 10n ** 15n;
  const expireTime = BigInt((await provider.getBlock("latest")).timestamp + 3600);
  const order = {
    tokenId: id, expectedPrice: price, currency: ZeroAddress, expireTime, nonce: hash(), receiver: ZeroAddress,
  };
  const offer = { tokenId: id, offeredPrice: price, expireTime, needProof: true, nonce: hash() };
  const tail = [
    { name: "chainId", type: "uint256" }, { name: "verifyingContract", type: "address" },
  ];
  const field = (text) => text.split(",").map((one) => ({ type: one.split(" ")[0], name: one.split(" ")[1] }));
  const bound = { chainId, verifyingContract: job.market };
  const asked = await wallets.alice.signTypedData(domain, {
    Order: [...field("uint256 tokenId,uint256 expectedPrice,address currency,uint256 expireTime,bytes32 nonce,address receiver"), ...tail],
  }, { ...order, ...bound });
  const offered = await wallets.bob.signTypedData(domain, {
    Offer: [...field("uint256 tokenId,uint256 offeredPrice,uint256 expireTime,bool needProof,bytes32 nonce"), ...tail],
  }, { ...offer, ...bound });
  const proof = await agentNftProof(dataHash, "bob");
  const receipt = await sent(
    at(MARKET, job.market, "bob").fulfillOrder(
      [order.tokenId, price, ZeroAddress, expireTime, order.nonce, asked, ZeroAddress],
      [offer.tokenId, price, expireTime, offer.nonce, true, offered],
      [proof.pair],
      { value: price },
    ),
  );
  facts.market = {
    id: Number(id), owner: await at(AGENT_NFT, job.token, "alice").ownerOf(id), gas: Number(receipt.gasUsed),
    topics: receipt.logs.map((log) => log.topics[0]),
  };
}

for (const [name, run] of Object.entries({ agentNft, final, safe, market })) {
  try {
    await run();
  } catch (error) {
    facts[name] = { error: `${error.shortMessage ?? error.message} ${error.data ?? ""}` };
    // A call that was refused before it was sent has taken a nonce of the manager's.
    Object.values(people).forEach((one) => one.reset());
  }
}
writeFileSync(job.report, JSON.stringify(facts));
provider.destroy();
