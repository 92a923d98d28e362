#!/usr/bin/env node
// node prove.mjs INPUT OUTPUT
//
// Proves one batch. INPUT: see batch.mjs. OUTPUT: {"proof":…,"publicSignals":[pre,post,input_digest]},
// as snarkjs prints them. Exit: 0 ok, 64 usage, 65 this input can never be proved, 75 keys missing.
import fs from "node:fs";
import { circuit, parseBatch } from "./batch.mjs";
import { dataPath, readInput, run } from "./program.mjs";
import { prove } from "./snark.mjs";

const INPUT_BYTES_MAX = 4096;

await run("node prove.mjs INPUT OUTPUT", 2, async (input, output) => {
  const signals = parseBatch(readInput(input, INPUT_BYTES_MAX).toString());
  const wtns = await (await circuit("calculateWTNSBin"))(signals);
  fs.writeFileSync(output, JSON.stringify(await prove(dataPath("chain_step.zkey"), wtns)));
});
