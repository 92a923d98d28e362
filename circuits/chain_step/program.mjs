// What every program here has in common: exit codes, bounded reads, one line on stderr when it fails.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/// 65 and 75 are EX_DATAERR and EX_TEMPFAIL of sysexits.h; Cairn's command backend reads them so.
export const EXIT = { ok: 0, failed: 1, usage: 64, bad_input: 65, unavailable: 75 };

const HERE = path.dirname(fileURLToPath(import.meta.url));

export class Failure extends Error {
  constructor(exit, what) {
    super(what);
    this.exit = exit;
  }
}

/// This input will never work.
export const badInput = (what) => new Failure(EXIT.bad_input, what);

/// Path of a file made by setup.mjs.
export function dataPath(name) {
  const at = path.join(HERE, "data", name);
  if (!fs.existsSync(at)) {
    throw new Failure(EXIT.unavailable, `${at} is missing; make it with: node ${path.join(HERE, "setup.mjs")}`);
  }
  return at;
}

/// Bytes of a file of at most `bytesMax`.
export function readInput(file, bytesMax) {
  if (fs.statSync(file).size > bytesMax) throw badInput(`input of more than ${bytesMax} bytes`);
  return fs.readFileSync(file);
}

/// Runs `main(...args)`; ends the process at once, because idle handles of the proof library would
/// otherwise hold it.
export async function run(usage, argCount, main) {
  const args = process.argv.slice(2);
  let exit = EXIT.ok;
  try {
    if (args.length !== argCount) throw new Failure(EXIT.usage, `usage: ${usage}`);
    await main(...args);
  } catch (error) {
    exit = error instanceof Failure ? error.exit : EXIT.failed;
    console.error(error instanceof Failure ? error.message : error.stack);
  }
  process.exit(exit);
}
