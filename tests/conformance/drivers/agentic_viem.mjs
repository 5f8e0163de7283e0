// Replays with plain viem and fetch what the SDK of 0g-agentic-id does between fromAttestor and a rating.
// The package itself is on no registry; routes, signed texts and polling are those of 0gfoundation/0g-agentic-id: sdk/typescript.
import { readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { createPublicClient, createWalletClient, defineChain, http, keccak256, parseAbi, toHex, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ABI = parseAbi([
  "struct ServeProof { uint256 agentId; address submitter; uint256 timestamp; uint256 deadline; bytes32 taskHash; bytes32[] dataHashes; bytes32 frameworkHash; bytes signature; }",
  "struct TaskReveal { string method; string uri; bytes32 reqBodyHash; bytes32 respBodyHash; uint16 statusCode; }",
  "function acknowledgeApps(string[] appIds)",
  "function isAcknowledged(address user, string appId) view returns (bool)",
  "function deposit(address recipient, address provider) payable",
  "function getBalance(address user, address provider) view returns (uint256, uint256, uint256)",
  "function getAgentIdBySealId(bytes32 sealId) view returns (uint256)",
  "function getAgentSeal(uint256 agentId) view returns (address)",
  "function getSealId(uint256 agentId) view returns (bytes32)",
  "function ownerOf(uint256 tokenId) view returns (address)",
  "function tokenURI(uint256 tokenId) view returns (string)",
  "function safeTransferFrom(address from, address to, uint256 tokenId)",
  "function giveFeedback(uint256 agentId, int128 value, uint8 valueDecimals, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash, ServeProof proof)",
  "function getLastIndex(uint256 agentId, address client) view returns (uint64)",
  "function getSummary(uint256 agentId, address[] clients, string tag1, string tag2) view returns (uint64, int128, uint8)",
  "function getCanonicalReputation() view returns (address)",
  "function attestFeedbackWithTask(uint256 agentId, uint64 feedbackIndex, ServeProof proof, TaskReveal task)",
  "function isVerified(uint256 agentId, address client, uint64 feedbackIndex) view returns (bool)",
  "function getVerifiedEndpoint(uint256 agentId, address client, uint64 feedbackIndex) view returns (string)",
]);
const PLAIN = parseAbi([
  "function giveFeedback(uint256 agentId, int128 value, uint8 valueDecimals, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash)",
]);
const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => privateKeyToAccount(job.keys[name]));
const facts = {};
let config, chain, reader;

const seconds = () => Math.floor(Date.now() / 1000);
const b64 = (text) => Buffer.from(text, "utf8").toString("base64");
const json = async (path) => (await fetch(`${job.attestor}${path}`)).json();
const read = (address, functionName, args) => reader.readContract({ address, abi: ABI, functionName, args });

async function write(account, address, functionName, args, more = {}, abi = ABI) {
  const wallet = createWalletClient({ account, chain, transport: http() });
  const hash = await wallet.writeContract({ address, abi, functionName, args, ...more });
  const { status } = await reader.waitForTransactionReceipt({ hash });
  if (status !== "success") throw new Error(`${functionName} reverted`);
}

async function post(path, body) {
  const answer = await fetch(`${job.attestor}${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function until(what, look) {
  for (const end = Date.now() + job.seconds * 1000; Date.now() < end; await new Promise((go) => setTimeout(go, 200))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`no ${what} within ${job.seconds} s`);
}

async function envelope(account, action, resource = "") {
  const text = JSON.stringify({
    action, expires_at: seconds() + 180, nonce: randomBytes(16).toString("hex"),
    payload: action === "create" ? { snapshot: config.sandbox_snapshot, sealed: true, env: { API_KEY: "sk-of-alice" } } : {},
    resource_id: resource,
  });
  return { wallet_address: account.address, signed_message_b64: b64(text), wallet_signature: await account.signMessage({ message: text }) };
}

async function ownerSigned(account, text) {
  return { owner_signature: await account.signMessage({ message: text }), owner_signed_message_b64: b64(text) };
}

// fromAttestor, ack, deposit: what deploy() asks for before it sends anything.
async function prepare() {
  config = await json("/config");
  chain = defineChain({
    id: config.chain_id, name: "devnet", nativeCurrency: { name: "OG", symbol: "OG", decimals: 18 },
    rpcUrls: { default: { http: [config.chain_rpc] } },
  });
  reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 });
  const apps = [config.attestor_app_id, config.kms_app_id, config.sandbox_app_id];
  await write(alice, config.tapp_registry_addr, "acknowledgeApps", [apps]);
  const provider = config.sandbox_provider_addr;
  await write(alice, config.sandbox_serving_addr, "deposit", [alice.address, provider], { value: 10n ** 17n });
  facts.prepare = {
    acknowledged: await Promise.all(apps.map((app) => read(config.tapp_registry_addr, "isAcknowledged", [alice.address, app]))),
    balance: (await read(config.sandbox_serving_addr, "getBalance", [alice.address, provider]))[0].toString(),
  };
}

// deploy, waitForMint (an id of 0 means not yet), waitForRunning.
async function deploy() {
  const data = [
    { role: "framework", plaintext: { name: "openclaw", schema_version: 1 }, extra: {} },
    { role: "persona", plaintext: { system_prompt: "You are Ada. An agent\n", inference: { provider: "p", model: "m" } }, extra: {} },
  ];
  const fields = {
    idempotency_key: `sdk-${randomBytes(16).toString("hex")}`, owner: alice.address, name: "Ada", description: "An agent",
    image: null, i_data: data,
  };
  const signed = await ownerSigned(alice, JSON.stringify({ domain: "AgenticID.Deploy.v1", ...fields }));
  const body = { ...fields, ...signed, sandbox_envelope: await envelope(alice, "create") };
  const accepted = await post("/deploy", body);
  const again = await post("/deploy", { ...body, sandbox_envelope: await envelope(alice, "create") });
  const id = await until("mint", () => read(config.agentic_id_addr, "getAgentIdBySealId", [accepted.seal_id]));
  const row = await until("container", async () =>
    (await json("/deployments?slim=1")).find((one) => one.seal_id === accepted.seal_id && one.phase === "running"));
  const base = new URL(row.agent_card.url).origin;
  facts.deploy = {
    id: id.toString(), same: again.seal_id === accepted.seal_id, rowId: BigInt(row.agent_id).toString(), base,
    owner: await read(config.agentic_id_addr, "ownerOf", [id]), sealAddress: accepted.agent_seal_addr,
    onChain: await read(config.agentic_id_addr, "getAgentSeal", [id]),
  };
  return { id, base, sealId: accepted.seal_id };
}

function proofOf(answer) {
  const [signature, text] = answer.headers.get("x-agent-proof").split(".");
  const said = JSON.parse(Buffer.from(text, "base64url").toString());
  return {
    agentId: BigInt(said.agent_id), submitter: said.submitter, timestamp: BigInt(said.timestamp), deadline: BigInt(said.deadline),
    taskHash: said.task_hash, dataHashes: said.data_hashes, frameworkHash: said.framework_hash, signature,
  };
}

// client(id): the card behind tokenURI, the signed hello; then fetchWithProof and giveFeedback, in both forms.
async function rate({ id, base }) {
  const card = await (await fetch(await read(config.agentic_id_addr, "tokenURI", [id]))).json();
  const hello = await fetch(`${base}/hello`);
  const declared = await hello.json();
  const asked = JSON.stringify({ q: "hello" });
  const ask = async (question) => {
    const answer = await fetch(`${base}/api/echo?q=1`, {
      method: "POST", body: question, headers: { "content-type": "application/json", "X-Client-Address": bob.address },
    });
    return { proof: proofOf(answer), body: new Uint8Array(await answer.arrayBuffer()), status: answer.status };
  };
  const older = await ask(asked);
  const rating = [id, 5n, 0, "quality", "", `${base}/api/echo`, "", zeroHash];
  await write(bob, config.reputation_registry_addr, "giveFeedback", [...rating, older.proof]);
  const newer = await ask(JSON.stringify({ q: "again" }));
  const canonical = await read(config.verified_feedback_addr, "getCanonicalReputation", []);
  await write(bob, canonical, "giveFeedback", rating, {}, PLAIN);
  const index = await read(canonical, "getLastIndex", [id, bob.address]);
  const task = {
    method: "POST", uri: "/api/echo?q=1", reqBodyHash: keccak256(toHex(JSON.stringify({ q: "again" }))),
    respBodyHash: keccak256(newer.body), statusCode: newer.status,
  };
  await write(bob, config.verified_feedback_addr, "attestFeedbackWithTask", [id, index, newer.proof, task]);
  facts.rate = {
    cardBase: new URL(card.url).origin, helloId: proofOf(hello).agentId.toString(), submitter: older.proof.submitter,
    chat: declared.routes.some((route) => route.kind === "chat"), services: declared.services.map((one) => one.path),
    summary: (await read(config.reputation_registry_addr, "getSummary", [id, [bob.address], "", ""])).map(String),
    verified: await read(config.verified_feedback_addr, "isVerified", [id, bob.address, index]),
    endpoint: await read(config.verified_feedback_addr, "getVerifiedEndpoint", [id, bob.address, index]),
  };
}

// authenticate and chat, listMyDeployments, stop, start.
async function operate({ id, base, sealId }) {
  const message = `0GSealAuth:${await read(config.agentic_id_addr, "getSealId", [id])}:${seconds()}:${base}`;
  const given = await fetch(`${base}/_seal/auth`, {
    method: "POST", headers: { "X-Auth-Message": message, "X-Auth-Signature": await alice.signMessage({ message }) },
  });
  const { token } = await given.json();
  const chat = await (await fetch(`${base}/v1/chat/completions`, {
    method: "POST", headers: { "content-type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ messages: [{ role: "user", content: "hi" }], stream: true }),
  })).json();
  const listing = `0GDeployments:${alice.address}:${seconds()}`;
  const headers = { "X-Auth-Message": listing, "X-Auth-Signature": await alice.signMessage({ message: listing }) };
  const mine = await (await fetch(`${job.attestor}/deployments?owner=${alice.address}&slim=1`, { headers })).json();
  const { sandbox_id: sandbox } = mine.find((one) => one.seal_id === sealId);
  const phase = (wanted) => until(wanted, async () => (await json(`/deployment/${sealId}`)).phase === wanted);
  for (const [action, wanted] of [["stop", "stopped"], ["start", "running"]]) {
    const body = { seal_id: sealId, owner: alice.address, sandbox_envelope: await envelope(alice, action, sandbox) };
    await post(`/${action}`, body);
    await phase(wanted);
  }
  facts.operate = { said: chat.choices[0].message.content, mine: mine.length, sandbox: Boolean(sandbox) };
}

// clone to somebody else, and sell the agent by a plain transfer.
async function sell({ id }) {
  const fields = { idempotency_key: `sdk-${randomBytes(16).toString("hex")}`, source_agent_id: Number(id), target_owner: carol.address };
  const signed = await ownerSigned(alice, JSON.stringify({ domain: "AgenticID.Clone.v1", ...fields }));
  const { seal_id: sealId } = await post("/clone", { ...fields, ...signed });
  const clone = await until("clone", () => read(config.agentic_id_addr, "getAgentIdBySealId", [sealId]));
  await write(alice, config.agentic_id_addr, "safeTransferFrom", [alice.address, bob.address, id]);
  facts.sell = {
    clone: clone.toString(), cloneOwner: await read(config.agentic_id_addr, "ownerOf", [clone]),
    owner: await read(config.agentic_id_addr, "ownerOf", [id]), cloneSeal: await read(config.agentic_id_addr, "getAgentSeal", [clone]),
  };
}

let running = "prepare";
try {
  await prepare();
  running = "deploy";
  const agent = await deploy();
  for (const [name, step] of Object.entries({ rate, operate, sell })) {
    running = name;
    await step(agent);
  }
} catch (error) {
  facts[running] = { error: `${error.shortMessage ?? error.message} ${error.details ?? ""} ${error.metaMessages ?? ""}` };
}
writeFileSync(job.report, JSON.stringify(facts));
