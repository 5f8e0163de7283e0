// Drives disperser and retriever with @grpc/grpc-js over the published messages; facts go to the report.
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const MIB = 1024 * 1024;
const ENDS = ["FINALIZED", "FAILED", "INSUFFICIENT_SIGNATURES"];
const done = {};

function load(folder, name) {
  const options = { keepCase: true, longs: String, enums: String, defaults: true };
  return grpc.loadPackageDefinition(loadSync(`${folder}/${name}.proto`, options))[name];
}

function client(kind, folder = job.protos, receive = 300 * MIB) {
  const service = load(folder, kind)[kind === "disperser" ? "Disperser" : "Retriever"];
  const options = { "grpc.max_send_message_length": -1 };
  if (receive) options["grpc.max_receive_message_length"] = receive;
  return new service(job[kind], grpc.credentials.createInsecure(), options);
}

const call = (stub, method, request) =>
  new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + 120_000 };
    stub[method](request, options, (error, reply) => (error ? reject(error) : resolve(reply)));
  });

async function dispersed(name, until = ENDS, folder = job.protos) {
  const stub = client("disperser", folder);
  const began = Date.now();
  try {
    const accepted = await call(stub, "DisperseBlob", { data: readFileSync(`${job.inputs}/${name}`) });
    const seen = [accepted.result];
    const reply = await followed(stub, accepted.request_id, seen, until);
    const header = reply.info.blob_header;
    return {
      name, id: accepted.request_id.toString(), seen, seconds: (Date.now() - began) / 1000, present: reply.info !== null,
      root: header.storage_root.toString("hex"), epoch: Number(header.epoch), quorum: Number(header.quorum_id),
    };
  } finally {
    stub.close();
  }
}

// The reply with one of these statuses; the harness is told as soon as CONFIRMED is seen.
async function followed(stub, id, seen, until) {
  let told = createHash("sha256").update(id).digest("hex");
  const tell = () => writeFileSync(`${job.told}/${told}`, "");
  const end = Date.now() + job.seconds * 1000;
  try {
    for (;;) {
      if (Date.now() > end) throw new Error(`it is ${seen.at(-1)} after ${job.seconds} s`);
      const reply = await call(stub, "GetBlobStatus", { request_id: id });
      if (reply.status !== seen.at(-1)) seen.push(reply.status);
      if (["CONFIRMED", ...ENDS].includes(reply.status)) {
        told = reply.info.blob_header.storage_root.toString("hex");
        tell();
      }
      if (until.includes(reply.status)) return reply;
      await sleep(100);
    }
  } finally {
    tell();
  }
}

async function fetched(kind, facts, receive, folder = job.protos) {
  const stub = client(kind, folder, receive);
  const request = { storage_root: Buffer.from(facts.root, "hex"), epoch: facts.epoch, quorum_id: facts.quorum };
  try {
    return (await call(stub, "RetrieveBlob", request)).data;
  } finally {
    stub.close();
  }
}

function keep(line, way, name, data) {
  const out = `${job.outputs}/${line}-${way}-${name}`;
  writeFileSync(out, data);
  return out;
}

async function refused(stub, method, request) {
  try {
    await call(stub, method, request);
    return { code: "OK", text: "" };
  } catch (error) {
    return { code: grpc.status[error.code], text: error.details };
  }
}

async function blob(line) {
  const name = line.slice("blob-".length);
  const facts = (done[name] = await dispersed(name));
  return {
    ...facts,
    disperser: keep(line, "disperser", name, await fetched("disperser", facts)),
    retriever: keep(line, "retriever", name, await fetched("retriever", facts)),
  };
}

async function nitro(line) {
  const facts = await dispersed(job.nitro, ["CONFIRMED", ...ENDS], job.nitroProtos);
  return { ...facts, disperser: keep(line, "disperser", job.nitro, await fetched("disperser", facts, 0, job.nitroProtos)) };
}

async function refusals() {
  const stub = client("disperser");
  const unknown = Buffer.from(`${"ab".repeat(32)}-00`);
  try {
    return {
      empty: await refused(stub, "DisperseBlob", {}),
      tooLarge: await refused(stub, "DisperseBlob", { data: Buffer.alloc(job.maximum + 1) }),
      noId: await refused(stub, "GetBlobStatus", {}),
      strangeId: await refused(stub, "GetBlobStatus", { request_id: Buffer.from("what?") }),
      unknownId: await refused(stub, "GetBlobStatus", { request_id: unknown }),
      shortRoot: await refused(stub, "RetrieveBlob", { storage_root: Buffer.from("short") }),
    };
  } finally {
    stub.close();
  }
}

async function defaultLimit() {
  try {
    await fetched("disperser", done[job.largest], 0);
    return { code: "OK" };
  } catch (error) {
    return { code: grpc.status[error.code], text: error.details };
  }
}

const lines = { nitro, refusals, "default-limit": defaultLimit };
for (const line of job.lines) {
  const began = Date.now();
  const found = { line };
  try {
    found.facts = await (lines[line] ?? blob)(line);
  } catch (error) {
    found.error = error.stack ?? String(error);
  }
  found.seconds = (Date.now() - began) / 1000;
  appendFileSync(job.report, `${JSON.stringify(found)}\n`);
}
