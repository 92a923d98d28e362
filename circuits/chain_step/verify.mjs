#!/usr/bin/env node
// node verify.mjs CLAIM PROOF
//
// Exit 0 if and only if PROOF, a file of finalize.mjs, shows CLAIM (0x and 64 hex digits): the encoding
// is strict, the batches are chained, the claim is theirs and each Groth16 proof verifies. Exit 1 if
// not, with the reason on stderr; 64 usage, 75 verification key missing.
import fs from "node:fs";
import { dataPath, EXIT, Failure, readInput, run } from "./program.mjs";
import { firstInvalid } from "./snark.mjs";
import { BATCHES_MAX, checkClaim, decodeProof, parseClaim, toSnarkjs } from "./statement.mjs";

const PROOF_BYTES_MAX = (2 + 11 * BATCHES_MAX) * 32;

function readStatement(claim, proof) {
  try {
    const batches = decodeProof(readInput(proof, PROOF_BYTES_MAX));
    checkClaim(batches, parseClaim(claim));
    return batches;
  } catch (error) {
    if (error.exit !== EXIT.bad_input) throw error;
    throw new Failure(EXIT.failed, error.message);
  }
}

await run("node verify.mjs CLAIM PROOF", 2, async (claim, proof) => {
  const batches = readStatement(claim, proof);
  const key = JSON.parse(fs.readFileSync(dataPath("verification_key.json")));
  const bad = await firstInvalid(key, batches.map(toSnarkjs));
  if (bad >= 0) throw new Failure(EXIT.failed, `the proof of batch ${bad} does not verify`);
});
