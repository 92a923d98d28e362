#!/usr/bin/env node
// node make_fixtures.mjs
//
// Writes contracts/test/verifiers/ChainStepFixtures.sol: real final proofs of a sequence of one batch
// and of one of three, made by the programs of this directory. Needed again after setup.mjs.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./program.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUTPUT = path.resolve(HERE, "../../contracts/test/verifiers/ChainStepFixtures.sol");
const HEX_PER_LINE = 96;

const node = (program, ...args) => execFileSync(process.execPath, [path.join(HERE, program), ...args]);

function finalProof(sequence, dir) {
  const at = (name) => path.join(dir, name);
  const leaves = sequence.batches.flatMap(({ input }) => {
    fs.writeFileSync(at("input"), JSON.stringify(input));
    node("prove.mjs", at("input"), at("leaf"));
    const leaf = fs.readFileSync(at("leaf"));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(leaf.length);
    return [length, leaf];
  });
  fs.writeFileSync(at("joined"), Buffer.concat(leaves));
  node("finalize.mjs", at("joined"), sequence.claim, at("final"));
  node("verify.mjs", sequence.claim, at("final"));
  return fs.readFileSync(at("final")).toString("hex");
}

function solidity(name, sequence, proof) {
  const lines = proof.match(new RegExp(`.{1,${HEX_PER_LINE}}`, "g")).map((line) => `        hex"${line}"`);
  return [
    `    bytes32 internal constant ${name}_CLAIM = ${sequence.claim};`,
    `    bytes internal constant ${name}_PROOF =`,
    `${lines.join("\n")};`,
  ].join("\n");
}

await run("node make_fixtures.mjs", 0, () => {
  const text = node("make_sequences.mjs", "--sequences", "2", "--batches", "1,3", "--from", "100").toString();
  const [one, three] = text.trim().split("\n").map((line) => JSON.parse(line));
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "chain_step-"));
  try {
    const constants = [
      solidity("ONE", one, finalProof(one, dir)),
      solidity("THREE", three, finalProof(three, dir)),
    ].join("\n\n");
    fs.mkdirSync(path.dirname(OUTPUT), { recursive: true });
    fs.writeFileSync(OUTPUT, `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Real proofs of chain_step, of sequences of one and of three batches.
/// @dev Written by circuits/chain_step/make_fixtures.mjs.
library ChainStepFixtures {
${constants}
}
`);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
