// The only door to snarkjs. Its entry point tests two well-known moduli for primality on every start
// (0.35 s), loads every proof system, and starts a thread per core for a proof of a thousand constraints.
// The modules below it do the same work on one thread, with the same field code, prebuilt.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const snarkjs = import.meta.resolve("snarkjs");
const require = createRequire(snarkjs);
/// Module `file` of the package `name` that snarkjs itself uses; `up` leads from its entry to its root.
const within = (name, up, file) => new URL(up + file, pathToFileURL(require.resolve(name))).href;
const load = async (url) => (await import(url)).default;

const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const G2_COFACTOR = 0x30644e72e131a029b85045b68181585e06ceecda572a2489345f2299c0f9fa8dn;

/// snarkjs takes its curve from this global when it is set.
async function setCurve() {
  const wasm = await load(within("wasmcurves", "./", "build/bn128_wasm.js"));
  await import(within("ffjavascript", "../", "src/bn128.js"));  // clears the global, so it goes first
  const buildEngine = await load(within("ffjavascript", "../", "src/engine.js"));
  globalThis.curve_bn128 = await buildEngine({
    name: "bn128",
    wasm: { ...wasm, code: Buffer.from(wasm.code, "base64"), q: Q, r: R },
    q: Q,
    r: R,
    n8q: 32,
    n8r: 32,
    cofactorG2: G2_COFACTOR,
    singleThread: true,
  });
}

/// calculateWitness(input) -> values of all wires; calculateWTNSBin(input) -> the same for prove().
/// Both throw when the input breaks a constraint.
export async function witnessCalculator(wasm) {
  const circomRuntime = await import(within("circom_runtime", "../", "main.js"));
  return circomRuntime.WitnessCalculatorBuilder(wasm, { memorySize: 1 });
}

/// -> {proof, publicSignals} as snarkjs prints them.
export async function prove(zkeyPath, wtns) {
  await setCurve();
  const groth16Prove = await load(new URL("src/groth16_prove.js", snarkjs).href);
  return groth16Prove(zkeyPath, { type: "mem", data: wtns });
}

/// Index of the first of `proofs` that does not verify, or -1.
export async function firstInvalid(verificationKey, proofs) {
  await setCurve();
  const groth16Verify = await load(new URL("src/groth16_verify.js", snarkjs).href);
  for (const [i, { proof, publicSignals }] of proofs.entries()) {
    if (!(await groth16Verify(verificationKey, publicSignals, proof))) return i;
  }
  return -1;
}
