// What a sequence shows and the bytes that show it; contracts/src/verifiers/ChainStepVerifier.sol
// reads the same two layouts.
//
//   claim = keccak256(abi.encode(uint256 pre, uint256 post, uint256[3][] publics))
//   proof = abi.encode(Batch[]), Batch = {uint256[2] a; uint256[2][2] b; uint256[2] c; uint256[3] publics}
//
// publics of a batch: pre, post, input_digest. Pre and post of a sequence are the first pre and the
// last post; each post is the next batch's pre.
import { keccak_256 } from "@noble/hashes/sha3";
import { badInput } from "./program.mjs";

export const BATCHES_MAX = 64;
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const WORD = 32;
const BATCH_WORDS = 11;
const HEAD_WORDS = 2;

/// A batch here: {points: 8 coordinates as a, b, c in the contract's order, publics: 3 values}.
function check(batches) {
  if (batches.length < 1 || batches.length > BATCHES_MAX) {
    throw badInput(`${batches.length} batches; a sequence has 1 to ${BATCHES_MAX}`);
  }
  batches.forEach(({ points, publics }, i) => {
    if (points.some((p) => p >= Q) || publics.some((p) => p >= R)) {
      throw badInput(`batch ${i}: a number outside its field`);
    }
    if (i > 0 && batches[i - 1].publics[1] !== publics[0]) {
      throw badInput(`batch ${i} does not start where batch ${i - 1} ends`);
    }
  });
}

const word = (value) => Buffer.from(value.toString(16).padStart(2 * WORD, "0"), "hex");
const words = (values) => Buffer.concat(values.map(word));

/// 0x… of 32 bytes. Requires at least one entry of `publics`.
export function claimOf(publics) {
  const head = [publics[0][0], publics.at(-1)[1], BigInt(3 * WORD), BigInt(publics.length)];
  return `0x${Buffer.from(keccak_256(words([...head, ...publics.flat()]))).toString("hex")}`;
}

export function checkClaim(batches, claim) {
  const shown = claimOf(batches.map((batch) => batch.publics));
  if (shown !== claim) throw badInput(`the batches show the claim ${shown}, not ${claim}`);
}

/// "0x" and 64 hex digits, in lower case.
export function parseClaim(text) {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw badInput("the claim must be 0x and 64 hex digits");
  return text.toLowerCase();
}

export function encodeProof(batches) {
  check(batches);
  const head = [BigInt(WORD), BigInt(batches.length)];
  return words([...head, ...batches.flatMap(({ points, publics }) => [...points, ...publics])]);
}

/// Strict: only what encodeProof() writes.
export function decodeProof(bytes) {
  const at = (i) => BigInt(`0x${bytes.subarray(i * WORD, (i + 1) * WORD).toString("hex")}`);
  const count = (bytes.length / WORD - HEAD_WORDS) / BATCH_WORDS;
  if (!Number.isInteger(count) || count < 1 || at(0) !== BigInt(WORD) || at(1) !== BigInt(count)) {
    throw badInput("not the encoding of a final proof");
  }
  const batches = Array.from({ length: count }, (_, i) => {
    const values = Array.from({ length: BATCH_WORDS }, (_, j) => at(HEAD_WORDS + i * BATCH_WORDS + j));
    return { points: values.slice(0, 8), publics: values.slice(8) };
  });
  check(batches);
  return batches;
}

/// snarkjs keeps a coordinate of G2 as [real, imaginary], the EVM takes the imaginary part first.
export function fromSnarkjs({ proof, publicSignals }) {
  const { pi_a: a, pi_b: b, pi_c: c } = proof;
  const points = [a[0], a[1], b[0][1], b[0][0], b[1][1], b[1][0], c[0], c[1]];
  return { points: points.map(BigInt), publics: publicSignals.map(BigInt) };
}

export function toSnarkjs({ points, publics }) {
  const p = points.map(String);
  const proof = {
    pi_a: [p[0], p[1], "1"],
    pi_b: [[p[3], p[2]], [p[5], p[4]], ["1", "0"]],
    pi_c: [p[6], p[7], "1"],
    protocol: "groth16",
    curve: "bn128",
  };
  return { proof, publicSignals: publics.map(String) };
}
