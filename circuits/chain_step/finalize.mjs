#!/usr/bin/env node
// node finalize.mjs JOINED CLAIM OUTPUT
//
// JOINED: the outputs of prove.mjs for all batches in height order, each after its length (4 bytes, big
// endian). CLAIM: 0x and 64 hex digits. OUTPUT: the final proof (statement.mjs). Checks the encoding,
// the chaining and the claim, not the proofs; verify.mjs does that.
// Exit: 0 ok, 64 usage, 65 these proofs can never show this claim.
import fs from "node:fs";
import { badInput, readInput, run } from "./program.mjs";
import { BATCHES_MAX, checkClaim, encodeProof, fromSnarkjs, parseClaim } from "./statement.mjs";

const LEAF_BYTES_MAX = 4096;

function splitList(bytes) {
  const leaves = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt32BE(at) : Infinity;
    if (end > bytes.length) throw badInput(`the list of proofs is cut off at byte ${at}`);
    leaves.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return leaves;
}

const isNumbers = (value, count) =>
  Array.isArray(value) && value.length === count &&
  value.every((v) => typeof v === "string" && /^(0|[1-9][0-9]{0,77})$/.test(v));

function parseLeaf(bytes, i) {
  let leaf = null;
  try {
    leaf = JSON.parse(bytes.toString());
  } catch {
    // reported below
  }
  const { pi_a: a, pi_b: b, pi_c: c } = leaf?.proof ?? {};
  const good = isNumbers(leaf?.publicSignals, 3) && isNumbers(a, 3) && a[2] === "1" && isNumbers(c, 3) &&
    c[2] === "1" && Array.isArray(b) && b.length === 3 && b.every((pair) => isNumbers(pair, 2)) &&
    b[2][0] === "1" && b[2][1] === "0";
  if (!good) throw badInput(`batch ${i}: not a proof of this program`);
  return fromSnarkjs(leaf);
}

await run("node finalize.mjs JOINED CLAIM OUTPUT", 3, (joined, claim, output) => {
  const leaves = splitList(readInput(joined, BATCHES_MAX * (LEAF_BYTES_MAX + 4)));
  const batches = leaves.map(parseLeaf);
  const proof = encodeProof(batches);
  checkClaim(batches, parseClaim(claim));
  fs.writeFileSync(output, proof);
});
