#!/usr/bin/env node
// node setup.mjs [--check] [--keep-key]
//
// Compiles the circuit and makes its Groth16 keys, in about a minute. FOR TESTS ONLY: all randomness of
// both phases comes from the constant below, so anyone can forge proofs under these keys. In return the
// outputs are a function of this directory and the locked npm packages.
//
// --check writes nothing and exits 1 when a committed file is not what this script makes. --keep-key
// takes the committed proving key instead of making it, and makes the rest: a few seconds.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as snarkjs from "snarkjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, "../..");
const MODULES = path.join(ROOT, "node_modules");
const LOG_CONSTRAINTS_MAX = 10;
const BEACON = createHash("sha256").update("cairn chain_step: insecure setup for tests").digest("hex");
const LOG_BEACON_ITERATIONS = 10;

/// The includes of the circuit, with Poseidon's constants cut down to the one width it uses. The
/// constraints stay the same, byte for byte; the witness program shrinks from 2.3 MB to 0.4 MB.
function writeIncludes(dir) {
  const to = path.join(dir, "circomlib/circuits");
  fs.mkdirSync(to, { recursive: true });
  for (const name of ["aliascheck", "binsum", "bitify", "comparators", "compconstant", "poseidon"]) {
    fs.copyFileSync(path.join(MODULES, `circomlib/circuits/${name}.circom`), `${to}/${name}.circom`);
  }
  const all = fs.readFileSync(`${MODULES}/circomlib/circuits/poseidon_constants.circom`, "utf8");
  const branch = /(?:\} else if|if) ?\(t ?== ?(\d+)\) \{\n[^{}]*(?=\})/g;
  const width3 = all
    .replace(branch, (text, t) => (t === "3" ? text : ""))
    .replace(/(function \w+\(t\) \{\n\s*)\} else if/g, "$1if");
  fs.writeFileSync(`${to}/poseidon_constants.circom`, width3);
}

function compile(dir) {
  writeIncludes(dir);
  fs.copyFileSync(path.join(HERE, "chain_step.circom"), path.join(dir, "chain_step.circom"));
  // Run inside `dir`: the compiler is sandboxed and resolves only paths below its working directory.
  const circom = path.join(MODULES, "circom2/cli.js");
  execFileSync(process.execPath, [circom, "chain_step.circom", "--r1cs", "--wasm", "--O2", "-l", ".", "-o", "."],
    { cwd: dir, stdio: ["ignore", "ignore", "inherit"] });
}

async function makeProvingKey(dir) {
  const at = (name) => path.join(dir, name);
  const curve = await snarkjs.curves.getCurveFromName("bn128");
  await snarkjs.powersOfTau.newAccumulator(curve, LOG_CONSTRAINTS_MAX, at("0.ptau"));
  await snarkjs.powersOfTau.beacon(at("0.ptau"), at("1.ptau"), "test", BEACON, LOG_BEACON_ITERATIONS);
  await snarkjs.powersOfTau.preparePhase2(at("1.ptau"), at("2.ptau"));
  await snarkjs.zKey.newZKey(at("chain_step.r1cs"), at("2.ptau"), at("0.zkey"));
  await snarkjs.zKey.beacon(at("0.zkey"), at("chain_step.zkey"), "test", BEACON, LOG_BEACON_ITERATIONS);
  if (!(await snarkjs.zKey.verifyFromR1cs(at("chain_step.r1cs"), at("2.ptau"), at("chain_step.zkey")))) {
    throw new Error("the key does not belong to the circuit");
  }
  await curve.terminate();
}

async function exportVerifiers(dir) {
  const zkey = path.join(dir, "chain_step.zkey");
  const key = await snarkjs.zKey.exportVerificationKey(zkey);
  fs.writeFileSync(path.join(dir, "verification_key.json"), `${JSON.stringify(key, null, 1)}\n`);
  const template = fs.readFileSync(`${MODULES}/snarkjs/templates/verifier_groth16.sol.ejs`, "utf8");
  const verifier = await snarkjs.zKey.exportSolidityVerifier(zkey, { groth16: template });
  fs.writeFileSync(path.join(dir, "Groth16Verifier.sol"), verifier.replace(/[ \t]+$/gm, ""));
}

const OUTPUTS = {
  "chain_step_js/chain_step.wasm": path.join(HERE, "data/chain_step.wasm"),
  "chain_step.zkey": path.join(HERE, "data/chain_step.zkey"),
  "verification_key.json": path.join(HERE, "data/verification_key.json"),
  "Groth16Verifier.sol": path.join(ROOT, "contracts/src/verifiers/Groth16Verifier.sol"),
};

const options = process.argv.slice(2);
const check = options.includes("--check");
const keepKey = options.includes("--keep-key");
if (options.length > Number(check) + Number(keepKey)) {
  console.error("usage: node setup.mjs [--check] [--keep-key]");
  process.exit(64);
}
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "chain_step-"));
let different = 0;
try {
  compile(dir);
  const zkey = "chain_step.zkey";
  if (keepKey) fs.copyFileSync(OUTPUTS[zkey], path.join(dir, zkey));
  else await makeProvingKey(dir);
  await exportVerifiers(dir);
  for (const [made, committed] of Object.entries(OUTPUTS)) {
    const bytes = fs.readFileSync(path.join(dir, made));
    const same = fs.existsSync(committed) && fs.readFileSync(committed).equals(bytes);
    console.log(`${same ? "same   " : "differs"} ${bytes.length} bytes ${path.relative(ROOT, committed)}`);
    if (same) continue;
    different += 1;
    if (check) continue;
    fs.mkdirSync(path.dirname(committed), { recursive: true });
    fs.writeFileSync(committed, bytes);
  }
} finally {
  fs.rmSync(dir, { recursive: true });
}
// The proof library keeps worker threads that would hold the process.
process.exit(check && different > 0 ? 1 : 0);
