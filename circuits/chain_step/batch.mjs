// The input of one batch: {"balance":"100","height":7,"deposit":"20","withdrawal":"3"}.
// Amounts are decimal strings below 2^64, the height is a whole number below 2^53.
import fs from "node:fs";
import { badInput, dataPath } from "./program.mjs";
import { witnessCalculator } from "./snark.mjs";

const AMOUNTS = ["balance", "deposit", "withdrawal"];
const U64_MAX = (1n << 64n) - 1n;

function amount(value, key) {
  if (typeof value !== "string" || !/^(0|[1-9][0-9]{0,19})$/.test(value) || BigInt(value) > U64_MAX) {
    throw badInput(`field "${key}" must be a decimal string below 2^64`);
  }
  return BigInt(value);
}

/// Input signals of the circuit. Errors: bad_input naming the field.
export function parseBatch(text) {
  let batch;
  try {
    batch = JSON.parse(text);
  } catch (error) {
    throw badInput(`input is not JSON: ${error.message}`);
  }
  if (batch === null || typeof batch !== "object" || Array.isArray(batch)) {
    throw badInput("input must be a JSON object");
  }
  for (const key of Object.keys(batch)) {
    if (key !== "height" && !AMOUNTS.includes(key)) throw badInput(`field "${key}" is not known`);
  }
  if (!Number.isSafeInteger(batch.height) || batch.height < 0) {
    throw badInput('field "height" must be a whole number below 2^53');
  }
  const signals = { height: BigInt(batch.height) };
  for (const key of AMOUNTS) signals[key] = amount(batch[key], key);
  return signals;
}

/// A function that runs the circuit's witness program: signals -> result of its method `method`.
/// Errors: bad_input when the signals break a constraint, such as a withdrawal above the balance.
export async function circuit(method) {
  const calculator = await witnessCalculator(fs.readFileSync(dataPath("chain_step.wasm")));
  return async (signals) => {
    const report = console.error;
    console.error = () => {};  // the calculator prints what it also throws
    try {
      return await calculator[method](signals);
    } catch (error) {
      throw badInput(`the batch breaks a rule of the ledger: ${error.message.split("\n")[0]}`);
    } finally {
      console.error = report;
    }
  };
}
