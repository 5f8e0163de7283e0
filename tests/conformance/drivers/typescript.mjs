// Drives one generation of the official TypeScript SDK, unmodified, through the lines of the
// matrix that it was asked for. It asserts nothing: it reports facts, and the harness judges
// them from outside. Usage: node driver.mjs JOB.json
import fs from "node:fs";
import path from "node:path";
import { ethers } from "ethers";

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const sdk = await import(job.package);
const secret = fs.readFileSync(job.keyFile, "utf8").trim();
const provider = new ethers.JsonRpcProvider(job.rpc);
const signer = new ethers.Wallet(secret, provider);
const indexer = new sdk.Indexer(job.indexer);
// The older generation takes options whole or not at all.
const options = {
  ...sdk.defaultUploadOption,
  finalityRequired: true,
  taskSize: 10,
  skipTx: false,
  skipIfFinalized: false,
};
// The older KvClient wants keys as its users are told to write them, in base64.
const legacy = job.package.startsWith("@0glabs/");
const textOf = (key) => Buffer.from(key, legacy ? "base64" : undefined).toString();
const keyOf = (text) => (legacy ? ethers.encodeBase64(Buffer.from(text)) : Buffer.from(text));

const bytesOf = (hex) => ethers.getBytes(hex);
const read = (name) => fs.readFileSync(path.join(job.inputs, name));
const target = (line, name) => path.join(job.outputs, `${line}-${name}`);

function must(result, error) {
  if (error) throw error;
  return result;
}

async function send(file, more = {}) {
  const [done, error] = await indexer.upload(file, job.rpc, signer, { ...options, ...more });
  return must(done, error);
}

async function fetchTo(roots, out) {
  const error = await indexer.download(roots, out, true);
  if (error) throw error;
}

async function roundTrip(line, name) {
  const file = await sdk.ZgFile.fromFilePath(path.join(job.inputs, name));
  const [tree, error] = await file.merkleTree();
  must(tree, error);
  const done = await send(file);
  await file.close();
  const out = target(line, name);
  await fetchTo(done.rootHash, out);
  return { name, root: tree.rootHash(), sent: done, out };
}

async function encrypted(line, name, encryption, decryption) {
  const done = await send(new sdk.MemData(read(name)), { encryption });
  const [blob, error] = await indexer.downloadToBlob(done.rootHash, { decryption });
  must(blob, error);
  const out = target(line, name);
  fs.writeFileSync(out, Buffer.from(await blob.arrayBuffer()));
  return { name, sent: done, out, root: done.rootHash };
}

async function write(version, pairs) {
  const [nodes, error] = await indexer.selectNodes(1);
  must(nodes, error);
  const batcher = new sdk.Batcher(version, nodes, sdk.getFlowContract(job.flow, signer), job.rpc);
  for (const [key, value] of pairs) {
    batcher.streamDataBuilder.set(job.stream, Buffer.from(key), Buffer.from(value));
  }
  const [done, failure] = await batcher.exec();
  return must(done, failure);
}

async function visible(client, key, value) {
  // The stream is written when the KV node has replayed it.
  for (;;) {
    const found = await client.getValue(job.stream, keyOf(key));
    if (found && Buffer.from(found.data, "base64").toString() === value) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function walk(client) {
  const seen = [];
  const iterator = client.newIterator(job.stream);
  let failure = await iterator.seekToFirst();
  while (!failure && iterator.valid()) {
    const pair = iterator.getCurrentPair();
    seen.push([textOf(pair.key), Buffer.from(pair.data, "base64").toString()]);
    failure = await iterator.next();
  }
  if (failure) throw failure;
  failure = await iterator.seekToLast();
  if (failure) throw failure;
  return { seen, last: textOf(iterator.getCurrentPair().key) };
}

const lines = {
  async files(line) {
    const found = [];
    for (const name of job.files) found.push(await roundTrip(line, name));
    return { files: found };
  },
  async duplicate(line) {
    const first = await roundTrip(`${line}-1`, job.small);
    const second = await roundTrip(`${line}-2`, job.small);
    return { files: [first, second] };
  },
  async skip(line) {
    const first = await roundTrip(line, job.small);
    const again = await sdk.ZgFile.fromFilePath(path.join(job.inputs, job.small));
    const sent = await send(again, { skipIfFinalized: true });
    await again.close();
    return { files: [first], again: sent };
  },
  async memory(line) {
    const done = await send(new sdk.MemData(read(job.small)));
    const out = target(line, job.small);
    await fetchTo(done.rootHash, out);
    return { files: [{ name: job.small, root: done.rootHash, sent: done, out }] };
  },
  async fragments(line) {
    const file = await sdk.ZgFile.fromFilePath(path.join(job.inputs, job.middle));
    const done = await send(file, { fragmentSize: 131072 });
    await file.close();
    const out = target(line, job.middle);
    await fetchTo(done.rootHashes, out);
    return { name: job.middle, roots: done.rootHashes, txs: done.txHashes, out };
  },
  async ecies(line) {
    const recipientPubKey = signer.signingKey.compressedPublicKey;
    const encryption = { type: "ecies", recipientPubKey };
    return { files: [await encrypted(line, job.small, encryption, { privateKey: secret })] };
  },
  async aes(line) {
    const key = bytesOf(fs.readFileSync(job.symmetricFile, "utf8").trim());
    const encryption = { type: "aes256", key };
    return { files: [await encrypted(line, job.small, encryption, { symmetricKey: key })] };
  },
  async unseal(line) {
    const key = bytesOf(fs.readFileSync(job.symmetricFile, "utf8").trim());
    const found = [];
    for (const { name, root, scheme } of job.sealedByUs) {
      const decryption = scheme === "ecies" ? { privateKey: secret } : { symmetricKey: key };
      const [blob, error] = await indexer.downloadToBlob(root, { decryption });
      must(blob, error);
      const out = target(line, `${scheme}-${name}`);
      fs.writeFileSync(out, Buffer.from(await blob.arrayBuffer()));
      found.push({ name, root, out });
    }
    return { files: found };
  },
  async replicas(line) {
    const file = await sdk.ZgFile.fromFilePath(path.join(job.inputs, job.replicated));
    const done = await send(file, { expectedReplica: 2 });
    await file.close();
    return { name: job.replicated, root: done.rootHash };
  },
  async kv() {
    const wide = 2 ** 40;
    await write(wide, [["a", "one"], ["b", "two"], ["c", "three"]]);
    const client = new sdk.KvClient(job.kv);
    const value = await visible(client, "c", "three");
    const result = await client.getTransactionResult(value.version);
    const walked = await walk(client);
    await write(wide, [["b", ""]]);
    const after = await waitGone(client, "b");
    return {
      ...walked,
      result,
      admin: await client.isAdmin(signer.address, job.stream),
      may: await client.hasWritePermission(signer.address, job.stream, keyOf("a")),
      streams: await client.getHoldingStreamIds(),
      remaining: after.seen.map(([key]) => key),
    };
  },
  async fetch(line) {
    const found = [];
    for (const { name, root } of job.foreign) {
      const out = target(line, name);
      await fetchTo(root, out);
      found.push({ name, root, out });
    }
    return { files: found };
  },
};

async function waitGone(client, key) {
  for (;;) {
    const found = await client.getValue(job.stream, keyOf(key));
    if (found && found.size === 0) return walk(client);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function limited(work) {
  const late = new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`not done in ${job.seconds} s`)), job.seconds * 1000),
  );
  return Promise.race([work, late]);
}

function report(line, fields) {
  const text = JSON.stringify({ line, ...fields }, (_, v) => (typeof v === "bigint" ? Number(v) : v));
  fs.appendFileSync(job.report, `${text}\n`);
}

for (const line of job.lines) {
  try {
    report(line, { facts: await limited(lines[line](line)) });
  } catch (error) {
    report(line, { error: String(error?.stack ?? error) });
  }
}
process.exit(0);
