// Runs beside the official TypeScript SDK: node sdk_root.mjs FILE ROUNDS.
// Prints {"root", "seconds"}: the data root, and the least processor or wall time of the rounds.
import { ZgFile } from "@0gfoundation/0g-ts-sdk";

let best = Infinity;
let root = "";
for (let round = 0; round < Number(process.argv[3]); round += 1) {
  const file = await ZgFile.fromFilePath(process.argv[2]);
  const wall = process.hrtime.bigint();
  const before = process.cpuUsage();
  const [tree, error] = await file.merkleTree();
  const used = process.cpuUsage(before);
  const seconds = Number(process.hrtime.bigint() - wall) / 1e9;
  if (error !== null) throw error;
  best = Math.min(best, seconds, (used.user + used.system) / 1e6);
  root = tree.rootHash();
  await file.close();
}
console.log(JSON.stringify({ root, seconds: best }));
