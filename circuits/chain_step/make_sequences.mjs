#!/usr/bin/env node
// node make_sequences.mjs --sequences N [--seed S] [--from HEIGHT] [--batches 1,3] [--shuffle]
//
// Prints one task for `cairn produce` per line: N sequences of one ledger, from HEIGHT (default 1) on,
// each starting where the one before it ends. --batches lists their sizes, taken in turn (default 1).
// All amounts come from the seed (default 1), as does the order with --shuffle; without it the lines
// are in height order. Pre, post and claim are what the circuit computes.
// Exit: 0 ok, 64 usage, 75 circuit missing.
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { circuit, parseBatch } from "./batch.mjs";
import { EXIT, Failure, run } from "./program.mjs";
import { BATCHES_MAX, claimOf } from "./statement.mjs";

const USAGE = "node make_sequences.mjs --sequences N [--seed S] [--from HEIGHT] [--batches 1,3] [--shuffle]";
const SEQUENCES_MAX = 100000;

function whole(text, name, min, max) {
  if (!/^[0-9]{1,16}$/.test(text ?? "") || Number(text) < min || Number(text) > max) {
    throw new Failure(EXIT.usage, `--${name} must be ${min} to ${max}\nusage: ${USAGE}`);
  }
  return Number(text);
}

function parseOptions() {
  const text = { type: "string" };
  let values;
  try {
    ({ values } = parseArgs({
      options: { sequences: text, seed: text, from: text, batches: text, shuffle: { type: "boolean" } },
    }));
  } catch (error) {
    throw new Failure(EXIT.usage, `${error.message}\nusage: ${USAGE}`);
  }
  return {
    sequences: whole(values.sequences, "sequences", 1, SEQUENCES_MAX),
    seed: whole(values.seed ?? "1", "seed", 0, Number.MAX_SAFE_INTEGER),
    from: whole(values.from ?? "1", "from", 0, Number.MAX_SAFE_INTEGER - SEQUENCES_MAX * BATCHES_MAX),
    batches: (values.batches ?? "1").split(",").map((size) => whole(size, "batches", 1, BATCHES_MAX)),
    shuffle: values.shuffle ?? false,
  };
}

/// below(n): the next number of the seed's stream, 0 <= it < n. SHA-256 in counter mode; its 256 bits
/// make the bias of the remainder negligible.
function numbersFrom(seed) {
  let counter = 0;
  return (n) => BigInt(`0x${createHash("sha256").update(`${seed}:${counter++}`).digest("hex")}`) % n;
}

function* batchesFrom(height, below) {
  let balance = below(1n << 32n);
  for (; ; height++) {
    const deposit = below(1n << 32n);
    const withdrawal = below(balance + deposit + 1n);
    yield { balance: `${balance}`, height, deposit: `${deposit}`, withdrawal: `${withdrawal}` };
    balance += deposit - withdrawal;
  }
}

async function makeSequences({ sequences, from, batches }, below) {
  const calculate = await circuit("calculateWitness");
  const inputs = batchesFrom(from, below);
  const lines = [];
  let post = null;
  for (let i = 0, height = from; i < sequences; i++) {
    const count = batches[i % batches.length];
    const publics = [];
    const parts = [];
    for (let j = 0; j < count; j++) {
      const input = inputs.next().value;
      const shown = (await calculate(parseBatch(JSON.stringify(input)))).slice(1, 4);
      if (post !== null && shown[0] !== post) throw new Error(`batch at height ${input.height} is not chained`);
      post = shown[1];
      publics.push(shown);
      parts.push({ input });
    }
    lines.push(JSON.stringify({
      start_height: height,
      end_height: height + count - 1,
      backend: "groth16",
      program: "chain_step",
      claim: claimOf(publics),
      batches: parts,
    }));
    height += count;
  }
  return lines;
}

function shuffle(items, below) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Number(below(BigInt(i + 1)));
    [items[i], items[j]] = [items[j], items[i]];
  }
}

await run(USAGE, process.argv.length - 2, async () => {
  const options = parseOptions();
  const below = numbersFrom(options.seed);
  const lines = await makeSequences(options, below);
  if (options.shuffle) shuffle(lines, below);
  for (const line of lines) console.log(line);
});
